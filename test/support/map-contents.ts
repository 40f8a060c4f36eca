// Map contents that make the programs of test/programs act on given traffic.
import type { Packet, Session } from '../../src/engine/engine.js';
import { ByteWriter, toHex } from '../../src/support/bytes.js';

type Fill = (session: Session, packets: readonly Packet[]) => void;

/** By object name without ending. */
export const MAP_CONTENTS: Readonly<Record<string, Fill>> = {
  'source-blocklist': (session, packets) => {
    for (const source of everyThird(packets.flatMap(ipv4Source)))
      put(session, 'blocked_sources', source, new Uint8Array(8));
  },
  'cidr-firewall': (session, packets) => {
    everyThird(packets.flatMap(ipv4Source)).forEach((source, index) => {
      put(session, 'ipv4_rules', prefix(16 + (index % 3) * 8, source), rule(index % 2));
    });
    everyThird(packets.flatMap(ipv6Source)).forEach((source, index) => {
      put(session, 'ipv6_rules', prefix(index % 2 === 0 ? 64 : 128, source), rule(index % 2));
    });
  },
  'load-balancer': (session, packets) => {
    everyThird(packets.flatMap(service)).forEach((key, index) => {
      put(
        session,
        'services',
        key,
        new ByteWriter()
          .u32(index % 8)
          .u32(1 + (index % 3))
          .finish(),
      );
    });
    for (let index = 0; index < 11; index++) {
      const backend = new ByteWriter()
        .raw(Uint8Array.of(10, 0, 0, index, 2, 0, 0, 0, 0, index))
        .u16(0)
        .finish();
      put(session, 'backends', u32(index), backend);
    }
  },
  'redirect-devmap': session => {
    const loopback = new ByteWriter().u32(1).u32(0).finish();
    put(session, 'ports_by_protocol', u32(0), loopback);
    put(session, 'ports_by_protocol', u32(2), loopback);
    put(session, 'ports_by_ingress', u32(1), loopback);
  },
};

function put(session: Session, map: string, key: Uint8Array, value: Uint8Array): void {
  const error = session.maps.get(map)!.update(key, [value], 0);
  if (error < 0) throw new Error(`map ${map}: update refused: ${error}`);
}

function u32(value: number): Uint8Array {
  return new ByteWriter().u32(value).finish();
}

function prefix(bits: number, address: Uint8Array): Uint8Array {
  return new ByteWriter()
    .u32(Math.min(bits, address.byteLength * 8))
    .raw(address)
    .finish();
}

function rule(action: number): Uint8Array {
  return new ByteWriter().u32(action).u32(0).u64(0n).u64(0n).finish();
}

const isEthertype = (bytes: Uint8Array, type: number) => bytes[12] === type >> 8 && bytes[13] === (type & 0xff);

function ipv4Source({ bytes }: Packet): Uint8Array[] {
  return isEthertype(bytes, 0x0800) && bytes.byteLength >= 34 ? [bytes.slice(26, 30)] : [];
}

function ipv6Source({ bytes }: Packet): Uint8Array[] {
  return isEthertype(bytes, 0x86dd) && bytes.byteLength >= 54 ? [bytes.slice(22, 38)] : [];
}

/** Address, port and protocol of where an IPv4 packet without options goes. */
function service({ bytes }: Packet): Uint8Array[] {
  if (!isEthertype(bytes, 0x0800) || bytes.byteLength < 38 || bytes[14] !== 0x45) return [];
  return [Uint8Array.of(...bytes.slice(30, 34), ...bytes.slice(36, 38), bytes[23]!, 0)];
}

/** Every third of the different values, at most 100, in order of appearance. */
function everyThird(values: readonly Uint8Array[]): Uint8Array[] {
  const different = [...new Map(values.map(value => [toHex(value), value])).values()];
  return different.filter((_, index) => index % 3 === 0).slice(0, 100);
}
