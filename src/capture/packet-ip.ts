// IPv4 and IPv6 layers of packets to build, with options, extension headers and fragments.
import { ByteWriter } from '../support/bytes.js';
import { assert } from '../support/errors.js';
import { parseIpv4, parseIpv6 } from './addresses.js';
import { internetChecksum } from './checksum.js';
import { joined, type Layer } from './packet-layer.js';
import { ETHER_TYPE, IP_PROTOCOL } from './protocols.js';

/** Fields of an IPv4 header; those not given are computed, or 0 where nothing else is said. */
export interface Ipv4Fields {
  readonly source: string;
  readonly destination: string;
  /** 64 unless given. */
  readonly ttl?: number;
  readonly protocol?: number;
  /** DSCP and ECN. */
  readonly trafficClass?: number;
  readonly identification?: number;
  readonly dontFragment?: boolean;
  readonly moreFragments?: boolean;
  /** A multiple of 8. */
  readonly fragmentOffsetBytes?: number;
  /** Padded with zero bytes to a multiple of 4; at most 40. */
  readonly options?: Uint8Array;
  readonly version?: number;
  readonly headerLengthWords?: number;
  readonly totalLength?: number;
  readonly checksum?: number;
}

/** An IPv4 header. RFC 791 section 3.1. */
export function ipv4(fields: Ipv4Fields): Layer {
  const addresses = { source: parseIpv4(fields.source), destination: parseIpv4(fields.destination) };
  return {
    etherType: ETHER_TYPE.ipv4,
    ipProtocol: IP_PROTOCOL.ipv4,
    addresses,
    encode(payload, { inside }) {
      const options = padded(fields.options ?? new Uint8Array(0), 4);
      const headerBytes = 20 + options.byteLength;
      const out = new ByteWriter('big', headerBytes);
      out.u8(((fields.version ?? 4) << 4) | (fields.headerLengthWords ?? headerBytes / 4)).u8(fields.trafficClass ?? 0);
      out.u16(fields.totalLength ?? headerBytes + payload.byteLength).u16(fields.identification ?? 0);
      out
        .u16(fragmentWord(fields))
        .u8(fields.ttl ?? 64)
        .u8(fields.protocol ?? inside?.ipProtocol ?? NO_PROTOCOL);
      out.u16(0).raw(addresses.source).raw(addresses.destination).raw(options);
      const header = out.finish();
      setU16(header, 10, fields.checksum ?? internetChecksum(header));
      return joined(header, payload);
    },
  };
}

/** Reserved for experiments (RFC 3692): names plain bytes. */
const NO_PROTOCOL = 253;

function fragmentWord({ dontFragment, moreFragments, fragmentOffsetBytes = 0 }: Ipv4Fields): number {
  assert(fragmentOffsetBytes % 8 === 0, 'a fragment offset that is a multiple of 8');
  return (dontFragment ? 0x4000 : 0) | (moreFragments ? 0x2000 : 0) | ((fragmentOffsetBytes / 8) & 0x1fff);
}

/** Fields of an IPv6 header. */
export interface Ipv6Fields {
  readonly source: string;
  readonly destination: string;
  /** 64 unless given. */
  readonly hopLimit?: number;
  readonly trafficClass?: number;
  readonly flowLabel?: number;
  readonly nextHeader?: number;
  readonly version?: number;
  readonly payloadLength?: number;
}

/** An IPv6 header. RFC 8200 section 3. */
export function ipv6(fields: Ipv6Fields): Layer {
  const addresses = { source: parseIpv6(fields.source), destination: parseIpv6(fields.destination) };
  return {
    etherType: ETHER_TYPE.ipv6,
    ipProtocol: IP_PROTOCOL.ipv6,
    addresses,
    encode(payload, { inside }) {
      const out = new ByteWriter('big', 40 + payload.byteLength);
      const first = ((fields.version ?? 6) << 28) | ((fields.trafficClass ?? 0) << 20) | (fields.flowLabel ?? 0);
      out.u32(first >>> 0).u16(fields.payloadLength ?? payload.byteLength);
      out.u8(fields.nextHeader ?? nextHeaderFor(inside, payload)).u8(fields.hopLimit ?? 64);
      return out.raw(addresses.source).raw(addresses.destination).raw(payload).finish();
    },
  };
}

function nextHeaderFor(inside: Layer | undefined, payload: Uint8Array): number {
  return inside?.ipProtocol ?? (payload.byteLength === 0 ? IP_PROTOCOL.noNextHeader : NO_PROTOCOL);
}

/** Fields of an IPv6 extension header of the common form. */
export interface Ipv6ExtensionFields {
  readonly kind: 'hopByHop' | 'routing' | 'destinationOptions';
  /** What follows next header and length; padded to fill a multiple of 8 bytes: options with Pad1, a routing header with zeros. */
  readonly content?: Uint8Array;
  readonly nextHeader?: number;
  /** In units of 8 bytes, without the first. */
  readonly lengthUnits?: number;
}

/** An IPv6 hop-by-hop, routing or destination options header. RFC 8200 section 4. */
export function ipv6Extension(fields: Ipv6ExtensionFields): Layer {
  return {
    ipProtocol: IP_PROTOCOL[fields.kind],
    encode(payload, { inside }) {
      const body = padded(joined(new Uint8Array(2), fields.content ?? new Uint8Array(0)), 8);
      body[0] = fields.nextHeader ?? nextHeaderFor(inside, payload);
      body[1] = fields.lengthUnits ?? body.byteLength / 8 - 1;
      return joined(body, payload);
    },
  };
}

/** Fields of an IPv6 fragment header. */
export interface Ipv6FragmentFields {
  readonly identification: number;
  /** A multiple of 8. */
  readonly offsetBytes: number;
  readonly moreFragments: boolean;
  readonly nextHeader?: number;
}

/** An IPv6 fragment header. RFC 8200 section 4.5. */
export function ipv6Fragment(fields: Ipv6FragmentFields): Layer {
  return {
    ipProtocol: IP_PROTOCOL.fragment,
    encode(payload, { inside }) {
      const out = new ByteWriter('big', 8 + payload.byteLength);
      out.u8(fields.nextHeader ?? nextHeaderFor(inside, payload)).u8(0);
      out.u16((fields.offsetBytes & 0xfff8) | (fields.moreFragments ? 1 : 0)).u32(fields.identification);
      return out.raw(payload).finish();
    },
  };
}

/** Zero bytes behind, up to a multiple of `multiple`. */
function padded(bytes: Uint8Array, multiple: number): Uint8Array {
  const all = new Uint8Array(Math.ceil(bytes.byteLength / multiple) * multiple);
  all.set(bytes);
  return all;
}

/** Writes a 16-bit number in network order. */
export function setU16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value & 0xff;
}

/**
 * The fragments of an untagged Ethernet frame with an IPv4 packet, each with at most `payloadBytes` (a multiple of 8) behind the IPv4
 * header. RFC 791 section 2.3; options are copied into every fragment.
 */
export function ipv4Fragments(frame: Uint8Array, payloadBytes: number): Uint8Array[] {
  assert(
    frame[12] === 0x08 && frame[13] === 0 && payloadBytes % 8 === 0,
    'an untagged IPv4 frame cut at a multiple of 8',
  );
  const headerEnd = 14 + (frame[14]! & 15) * 4;
  const fragments: Uint8Array[] = [];
  for (let offset = 0; headerEnd + offset < frame.byteLength; offset += payloadBytes) {
    const end = Math.min(headerEnd + offset + payloadBytes, frame.byteLength);
    const fragment = joined(frame.subarray(0, headerEnd), frame.subarray(headerEnd + offset, end));
    setU16(fragment, 16, fragment.byteLength - 14);
    setU16(fragment, 20, (end < frame.byteLength ? 0x2000 : 0) | (offset / 8));
    setU16(fragment, 24, 0);
    setU16(fragment, 24, internetChecksum(fragment.subarray(14, headerEnd)));
    fragments.push(fragment);
  }
  return fragments;
}
