// TCP, UDP and ICMP layers of packets to build, and the tunnels GRE, VXLAN and GENEVE.
import { ByteWriter } from '../support/bytes.js';
import { internetChecksum, pseudoHeaderSum } from './checksum.js';
import { setU16 } from './packet-ip.js';
import { joined, type Layer } from './packet-layer.js';
import { ETHER_TYPE, IP_PROTOCOL, TCP_FLAG, type TcpFlag } from './protocols.js';

/** Fields of a TCP header; those not given are computed, or 0 where nothing else is said. */
export interface TcpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  /** None unless given. */
  readonly flags?: readonly TcpFlag[];
  /** 65,535 unless given. */
  readonly window?: number;
  readonly urgentPointer?: number;
  /** Padded with zero bytes to a multiple of 4; at most 40. */
  readonly options?: Uint8Array;
  readonly dataOffsetWords?: number;
  readonly checksum?: number;
}

/** A TCP header. RFC 9293 section 3.1. */
export function tcp(fields: TcpFields): Layer {
  return {
    ipProtocol: IP_PROTOCOL.tcp,
    encode(payload, { ip }) {
      const options = fields.options ?? new Uint8Array(0);
      const headerBytes = 20 + Math.ceil(options.byteLength / 4) * 4;
      const flags = (fields.flags ?? []).reduce((bits, flag) => bits | TCP_FLAG[flag], 0);
      const out = new ByteWriter('big', headerBytes + payload.byteLength);
      out
        .u16(fields.sourcePort)
        .u16(fields.destinationPort)
        .u32(fields.sequence ?? 0)
        .u32(fields.acknowledgement ?? 0);
      out
        .u8((fields.dataOffsetWords ?? headerBytes / 4) << 4)
        .u8(flags)
        .u16(fields.window ?? 65_535);
      out
        .u16(0)
        .u16(fields.urgentPointer ?? 0)
        .raw(options)
        .align(4)
        .raw(payload);
      return withChecksum(out.finish(), 16, fields.checksum, IP_PROTOCOL.tcp, ip);
    },
  };
}

/** Fields of a UDP header. */
export interface UdpFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly length?: number;
  /** 0 says that there is none. */
  readonly checksum?: number;
}

/** A UDP header. RFC 768. */
export function udp(fields: UdpFields): Layer {
  return {
    ipProtocol: IP_PROTOCOL.udp,
    encode(payload, { ip }) {
      const out = new ByteWriter('big', 8 + payload.byteLength);
      out
        .u16(fields.sourcePort)
        .u16(fields.destinationPort)
        .u16(fields.length ?? 8 + payload.byteLength);
      const bytes = out.u16(0).raw(payload).finish();
      withChecksum(bytes, 6, fields.checksum, IP_PROTOCOL.udp, ip);
      if (fields.checksum === undefined && bytes[6] === 0 && bytes[7] === 0) setU16(bytes, 6, 0xffff);
      return bytes;
    },
  };
}

/** Fields of an ICMP or ICMPv6 message. */
export interface IcmpFields {
  readonly type: number;
  readonly code?: number;
  /** The four bytes after the checksum: identifier and sequence of an echo, MTU, pointer or nothing. */
  readonly rest?: number;
  readonly checksum?: number;
}

/** An ICMP message. RFC 792. */
export function icmp(fields: IcmpFields): Layer {
  return {
    ipProtocol: IP_PROTOCOL.icmp,
    encode(payload) {
      const bytes = icmpBytes(fields, payload);
      setU16(bytes, 2, fields.checksum ?? internetChecksum(bytes));
      return bytes;
    },
  };
}

/** An ICMPv6 message. RFC 4443 section 2. */
export function icmpv6(fields: IcmpFields): Layer {
  return {
    ipProtocol: IP_PROTOCOL.icmpv6,
    encode: (payload, { ip }) => withChecksum(icmpBytes(fields, payload), 2, fields.checksum, IP_PROTOCOL.icmpv6, ip),
  };
}

/** The `rest` of an echo request or reply. */
export function echo(identifier: number, sequence: number): number {
  return ((identifier << 16) | (sequence & 0xffff)) >>> 0;
}

function icmpBytes({ type, code = 0, rest = 0 }: IcmpFields, payload: Uint8Array): Uint8Array {
  const out = new ByteWriter('big', 8 + payload.byteLength);
  return out.u8(type).u8(code).u16(0).u32(rest).raw(payload).finish();
}

/** Sets the checksum over pseudo-header and bytes; without an IP layer around there is no pseudo-header. */
function withChecksum(
  bytes: Uint8Array,
  offset: number,
  given: number | undefined,
  protocol: number,
  ip: Layer | undefined,
): Uint8Array {
  const addresses = ip?.addresses;
  const start = addresses && pseudoHeaderSum(addresses.source, addresses.destination, protocol, bytes.byteLength);
  setU16(bytes, offset, given ?? internetChecksum(bytes, start));
  return bytes;
}

/** Fields of a GRE header. */
export interface GreFields {
  readonly protocol?: number;
  readonly hasChecksum?: boolean;
  readonly key?: number;
  readonly sequence?: number;
}

/** A GRE header. RFC 2784, with the key and sequence number of RFC 2890. */
export function gre(fields: GreFields = {}): Layer {
  return {
    ipProtocol: IP_PROTOCOL.gre,
    encode(payload, { inside }) {
      const { hasChecksum, key, sequence } = fields;
      const flags =
        (hasChecksum ? 0x8000 : 0) | (key === undefined ? 0 : 0x2000) | (sequence === undefined ? 0 : 0x1000);
      const out = new ByteWriter('big', 16 + payload.byteLength);
      out.u16(flags).u16(fields.protocol ?? inside?.etherType ?? 0);
      if (hasChecksum) out.u32(0);
      if (key !== undefined) out.u32(key);
      if (sequence !== undefined) out.u32(sequence);
      const bytes = joined(out.finish(), payload);
      if (hasChecksum) setU16(bytes, 4, internetChecksum(bytes));
      return bytes;
    },
  };
}

/** A VXLAN header; the UDP layer around it goes to port 4789. RFC 7348 section 5. */
export function vxlan(fields: { readonly networkId: number; readonly flags?: number }): Layer {
  return {
    encode(payload) {
      const out = new ByteWriter('big', 8 + payload.byteLength);
      return out
        .u32(((fields.flags ?? 0x08) << 24) >>> 0)
        .u32((fields.networkId << 8) >>> 0)
        .raw(payload)
        .finish();
    },
  };
}

/** Fields of a GENEVE header. */
export interface GeneveFields {
  readonly networkId: number;
  /** EtherType of what is inside; bridged Ethernet unless the inner layer says otherwise. */
  readonly protocol?: number;
  /** Padded with zero bytes to a multiple of 4; at most 252. */
  readonly options?: Uint8Array;
}

/** A GENEVE header; the UDP layer around it goes to port 6081. RFC 8926 section 3.4. */
export function geneve(fields: GeneveFields): Layer {
  return {
    encode(payload, { inside }) {
      const options = fields.options ?? new Uint8Array(0);
      const out = new ByteWriter('big', 8 + options.byteLength + payload.byteLength);
      out.u8(Math.ceil(options.byteLength / 4)).u8(0);
      out.u16(fields.protocol ?? inside?.etherType ?? ETHER_TYPE.bridgedEthernet);
      return out
        .u32((fields.networkId << 8) >>> 0)
        .raw(options)
        .align(4)
        .raw(payload)
        .finish();
    },
  };
}
