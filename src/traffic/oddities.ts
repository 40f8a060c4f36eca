// Packets that are seen once: rare but proper ones, and malformed ones that a filter must survive.
import {
  arp,
  ethernet,
  gre,
  type Ipv4Fields,
  type Ipv6Fields,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  ipv6Extension,
  ipv6Fragment,
  packet,
  tcp,
  udp,
  vlan,
  vxlan,
} from '../capture/packet.js';
import { ROUTER_MAC, SERVER_MAC, type TimedFrame } from './flows.js';
import type { Random } from './random.js';

/** Rare packets, all well-formed but for what their line says. */
export function oneOfAKind(random: Random): Uint8Array[] {
  const link = ethernet({ source: ROUTER_MAC, destination: SERVER_MAC, padToBytes: 60 });
  const v4 = (fields: Partial<Ipv4Fields>) => ipv4({ source: '192.0.2.200', destination: '192.0.2.10', ...fields });
  const v6 = (fields: Partial<Ipv6Fields>) => ipv6({ source: '2001:db8:c::1', destination: '2001:db8::80', ...fields });
  const dns = udp({ sourcePort: 40_000, destinationPort: 53 });
  const syn = tcp({ sourcePort: 40_001, destinationPort: 80, flags: ['SYN'] });
  const inner = ethernet({ source: '02:00:5e:00:02:01', destination: '02:00:5e:00:02:02' });
  const recordRoute = Uint8Array.from([7, 39, 4, ...new Array(36).fill(0)]);
  return [
    packet(link, v4({ options: recordRoute }), icmp({ type: 8, rest: 1 }), 'record route'),
    packet(link, v4({ options: Uint8Array.of(148, 4, 0, 0) }), dns, 'router alert'),
    packet(link, v4({}), udp({ sourcePort: 40_002, destinationPort: 53, checksum: 0 }), 'no UDP checksum'),
    packet(link, v4({}), tcp({ sourcePort: 1, destinationPort: 80, flags: ['FIN', 'PSH', 'URG'] })),
    packet(link, v4({}), tcp({ sourcePort: 2, destinationPort: 80, flags: [] })),
    packet(link, v4({}), tcp({ sourcePort: 3, destinationPort: 80, flags: ['SYN', 'FIN'] })),
    packet(link, v4({}), tcp({ sourcePort: 4, destinationPort: 80, flags: ['SYN'] }), 'data in a SYN'),
    packet(link, v4({}), tcp({ sourcePort: 5, destinationPort: 80, flags: ['RST', 'ACK'] })),
    packet(link, v4({ source: '192.0.2.10' }), tcp({ sourcePort: 80, destinationPort: 80, flags: ['SYN'] })),
    packet(link, v4({ ttl: 1 }), udp({ sourcePort: 40_003, destinationPort: 33_434 }), 'traceroute'),
    packet(link, v4({ trafficClass: 0xb8 }), dns, 'expedited forwarding'),
    packet(link, v4({ protocol: 132 }), random.bytes(32)),
    packet(link, v4({ protocol: 50 }), random.bytes(64)),
    packet(link, v4({ protocol: 112, ttl: 255, destination: '224.0.0.18' }), random.bytes(20)),
    packet(link, v4({}), gre(), v4({ source: '192.0.2.201' }), dns, 'GRE'),
    packet(link, v4({}), gre({ key: 7, sequence: 1, hasChecksum: true }), v6({}), dns, 'GRE with all'),
    packet(link, v4({}), gre(), inner, v4({}), dns, 'Ethernet in GRE'),
    packet(link, v4({}), v4({ source: '192.0.2.202' }), syn),
    packet(link, v4({}), v6({}), syn),
    packet(link, v6({}), v4({}), syn),
    packet(
      link,
      v4({}),
      udp({ sourcePort: 50_000, destinationPort: 4789 }),
      vxlan({ networkId: 42 }),
      inner,
      v4({}),
      syn,
    ),
    packet(
      link,
      v4({}),
      udp({ sourcePort: 50_001, destinationPort: 4789 }),
      vxlan({ networkId: 43 }),
      inner,
      vlan({ id: 9 }),
      v6({}),
      dns,
      '6',
    ),
    packet(
      link,
      v6({}),
      ipv6Extension({ kind: 'hopByHop', content: Uint8Array.of(5, 2, 0, 0) }),
      icmpv6({ type: 131 }),
    ),
    packet(link, v6({}), ipv6Extension({ kind: 'destinationOptions' }), ipv6Extension({ kind: 'routing' }), syn),
    packet(
      link,
      v6({}),
      ipv6Fragment({ identification: 77, offsetBytes: 0, moreFragments: true }),
      dns,
      random.bytes(64),
    ),
    packet(
      link,
      v6({}),
      ipv6Fragment({ identification: 77, offsetBytes: 72, moreFragments: false, nextHeader: 17 }),
      random.bytes(40),
    ),
    packet(link, v6({}), ipv6Fragment({ identification: 78, offsetBytes: 0, moreFragments: false }), syn),
    packet(link, v6({ nextHeader: 59 })),
    packet(link, v6({ flowLabel: 0xbeef1, trafficClass: 0x2e }), dns, 'flow label'),
    packet(
      ethernet({ destination: '33:33:ff:00:00:80' }),
      v6({ hopLimit: 255, destination: 'ff02::1:ff00:80' }),
      icmpv6({ type: 135 }),
      random.bytes(16),
    ),
    packet(ethernet({ destination: '01:80:c2:00:00:0e', etherType: 0x88cc, padToBytes: 60 }), random.bytes(40)),
    packet(ethernet({ destination: '01:80:c2:00:00:00', etherType: 38, padToBytes: 60 }), 'BBB spanning tree, LLC'),
    packet(ethernet({ etherType: 0x8847, padToBytes: 60 }), Uint8Array.of(0, 16, 1, 64), v4({}), dns, 'MPLS'),
    packet(
      ethernet({ destination: 'ff:ff:ff:ff:ff:ff', padToBytes: 60 }),
      arp({
        operation: 'reply',
        senderMac: SERVER_MAC,
        senderAddress: '192.0.2.10',
        targetAddress: '192.0.2.10',
      }),
    ),
    packet(
      link,
      v4({ destination: '255.255.255.255', source: '0.0.0.0' }),
      udp({ sourcePort: 68, destinationPort: 67 }),
      random.bytes(240),
    ),
    packet(link, v4({ checksum: 0xdead }), dns, 'wrong IPv4 checksum'),
    packet(link, v4({}), tcp({ sourcePort: 6, destinationPort: 80, flags: ['SYN'], checksum: 0xdead })),
  ];
}

/** Frames that are malformed, cut, tiny or huge, with the length on the wire where they are cut. */
export function oddFrames(random: Random): Pick<TimedFrame, 'bytes' | 'originalLengthBytes'>[] {
  const link = ethernet({ source: ROUTER_MAC, destination: SERVER_MAC });
  const v4 = (fields: Partial<Ipv4Fields>) => ipv4({ source: '192.0.2.200', destination: '192.0.2.10', ...fields });
  const v6 = (fields: Partial<Ipv6Fields>) => ipv6({ source: '2001:db8:c::1', destination: '2001:db8::80', ...fields });
  const syn = tcp({ sourcePort: 40_001, destinationPort: 80, flags: ['SYN'] });
  const dns = udp({ sourcePort: 40_000, destinationPort: 53 });
  const whole4 = packet(link, v4({}), syn);
  const whole6 = packet(link, v6({}), dns, 'a question');
  const wholeVlan = packet(link, vlan({ id: 5 }), v4({}), dns, 'tagged');
  const frames = [
    ...[1, 6, 13, 14, 15, 18, 33, 34, 35, 46, 53].map(length => whole4.subarray(0, length)),
    ...[20, 53, 54, 58, 61, 62].map(length => whole6.subarray(0, length)),
    ...[16, 17, 18, 37, 38, 45].map(length => wholeVlan.subarray(0, length)),
    packet(link, v4({ version: 5 }), syn),
    packet(link, v4({ headerLengthWords: 4 }), syn),
    packet(link, v4({ headerLengthWords: 15 }), syn),
    packet(link, v4({ totalLength: 10 }), syn),
    packet(link, v4({ totalLength: 65_535 }), syn),
    packet(link, v4({}), tcp({ sourcePort: 1, destinationPort: 80, dataOffsetWords: 0 })),
    packet(link, v4({}), tcp({ sourcePort: 1, destinationPort: 80, dataOffsetWords: 15 })),
    packet(link, v4({}), udp({ sourcePort: 1, destinationPort: 53, length: 4 })),
    packet(link, v4({}), udp({ sourcePort: 1, destinationPort: 53, length: 9000 }), 'too short'),
    packet(link, v4({ fragmentOffsetBytes: 65_528, moreFragments: true }), icmp({ type: 8 }), 'ping of death'),
    packet(link, v6({ version: 7 }), dns),
    packet(link, v6({ payloadLength: 65_535 }), dns),
    packet(link, v6({ payloadLength: 0 }), dns, 'jumbogram without its option'),
    packet(link, v6({}), ipv6Extension({ kind: 'hopByHop', lengthUnits: 255 }), dns),
    packet(link, v6({}), ...new Array(40).fill(ipv6Extension({ kind: 'destinationOptions' })), dns),
    packet(link, ...new Array(40).fill(vlan({ id: 1 })), v4({}), syn),
    packet(link, ...new Array(40).fill(v4({}))),
    packet(ethernet({ etherType: 0x0800 })),
    packet(ethernet({ etherType: 0x86dd }), 'six'),
    packet(link, v4({}), dns, random.bytes(9000 - 28)),
    packet(link, v6({}), tcp({ sourcePort: 9, destinationPort: 80, flags: ['ACK'] }), random.bytes(9000 - 60)),
    new Uint8Array(60),
    new Uint8Array(64).fill(0xff),
  ];
  const long = packet(link, v4({}), dns, random.bytes(1400));
  const snapped = [64, 96, 128].map(length => ({
    bytes: long.subarray(0, length),
    originalLengthBytes: long.byteLength,
  }));
  return [...frames.map(bytes => ({ bytes })), ...snapped];
}
