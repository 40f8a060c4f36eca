// The packet builder, and the dissector that describes what it builds.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpv4, formatIpv6, formatMac, parseIpv4, parseIpv6, parseMac } from '../../src/capture/addresses.js';
import { internetChecksum, isChecksumValid } from '../../src/capture/checksum.js';
import { describePacket, type PacketDescription, packetLine } from '../../src/capture/describe.js';
import {
  arp,
  echo,
  ethernet,
  gre,
  icmp,
  icmpv6,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Extension,
  ipv6Fragment,
  packet,
  tcp,
  udp,
  vlan,
  vxlan,
} from '../../src/capture/packet.js';
import { fromHex, toHex } from '../../src/support/bytes.js';
import { readBytes } from './files.js';
import { captureFiles } from './real-captures.js';

const link = ethernet({ source: '02:00:00:00:00:aa', destination: '02:00:00:00:00:bb' });
const v4 = ipv4({ source: '198.51.100.7', destination: '192.0.2.1', identification: 1 });
const v6 = ipv6({ source: '2001:db8::1', destination: '2001:db8::2' });
const dns = udp({ sourcePort: 1234, destinationPort: 53 });
const syn = tcp({ sourcePort: 1024, destinationPort: 80, sequence: 7, flags: ['SYN'] });

const kinds = ({ layers }: PacketDescription): string[] => layers.map(({ layer }) => layer.kind);

describe('packet()', () => {
  it('builds an IPv4 UDP packet byte for byte', () => {
    const built = packet(link, v4, dns, 'hi');
    expect(toHex(built)).toBe(
      ['0200000000bb 0200000000aa 0800', '4500 001e 0001 0000 4011 8e92 c6336407 c0000201', '04d2 0035 000a a62d 6869']
        .join('')
        .replaceAll(' ', ''),
    );
  });

  it('computes the checksum of the example of RFC 1071', () => {
    expect(internetChecksum(fromHex('0001f203f4f5f6f7'))).toBe(0x220d);
    expect(internetChecksum(fromHex('4500003c1c4640004006' + '0000' + 'ac100a63ac100a0c'))).toBe(0xb1e6);
    expect(isChecksumValid(fromHex('4500003c1c4640004006b1e6ac100a63ac100a0c'))).toBe(true);
  });

  const stacks = [
    { name: 'TCP over IPv4', bytes: packet(link, v4, syn), expected: ['ethernet', 'ipv4', 'tcp'] },
    { name: 'UDP over IPv6', bytes: packet(link, v6, dns, 'question'), expected: ['ethernet', 'ipv6', 'udp'] },
    {
      name: 'ICMP',
      bytes: packet(link, v4, icmp({ type: 8, rest: echo(1, 2) }), 'ping'),
      expected: ['ethernet', 'ipv4', 'icmp'],
    },
    {
      name: 'ICMPv6',
      bytes: packet(link, v6, icmpv6({ type: 128 }), 'ping!'),
      expected: ['ethernet', 'ipv6', 'icmpv6'],
    },
    {
      name: 'QinQ',
      bytes: packet(link, vlan({ id: 100, tagType: 0x88a8 }), vlan({ id: 7, priority: 5 }), v4, dns),
      expected: ['ethernet', 'vlan', 'vlan', 'ipv4', 'udp'],
    },
    {
      name: 'ARP',
      bytes: packet(
        link,
        arp({
          operation: 'request',
          senderMac: '02:00:00:00:00:aa',
          senderAddress: '192.0.2.1',
          targetAddress: '192.0.2.2',
        }),
      ),
      expected: ['ethernet', 'arp'],
    },
    { name: 'IPIP', bytes: packet(link, v4, v4, syn), expected: ['ethernet', 'ipv4', 'ipv4', 'tcp'] },
    { name: 'IPv6 in IPv4', bytes: packet(link, v4, v6, syn), expected: ['ethernet', 'ipv4', 'ipv6', 'tcp'] },
    {
      name: 'GRE with checksum, key and sequence',
      bytes: packet(link, v4, gre({ hasChecksum: true, key: 9, sequence: 1 }), v6, dns),
      expected: ['ethernet', 'ipv4', 'gre', 'ipv6', 'udp'],
    },
    {
      name: 'Ethernet in GRE',
      bytes: packet(link, v4, gre(), link, v4, dns),
      expected: ['ethernet', 'ipv4', 'gre', 'ethernet', 'ipv4', 'udp'],
    },
    {
      name: 'VXLAN',
      bytes: packet(link, v4, udp({ sourcePort: 5, destinationPort: 4789 }), vxlan({ networkId: 42 }), link, v6, syn),
      expected: ['ethernet', 'ipv4', 'udp', 'vxlan', 'ethernet', 'ipv6', 'tcp'],
    },
    {
      name: 'IPv6 extension headers',
      bytes: packet(
        link,
        v6,
        ipv6Extension({ kind: 'hopByHop' }),
        ipv6Extension({ kind: 'routing', content: new Uint8Array(20) }),
        syn,
      ),
      expected: ['ethernet', 'ipv6', 'ipv6-extension', 'ipv6-extension', 'tcp'],
    },
    {
      name: 'IPv4 options',
      bytes: packet(
        link,
        ipv4({ source: '192.0.2.1', destination: '192.0.2.2', options: Uint8Array.of(148, 4, 0, 0, 1) }),
        syn,
      ),
      expected: ['ethernet', 'ipv4', 'tcp'],
    },
  ];
  for (const { name, bytes, expected } of stacks) {
    it(`builds ${name}, with lengths and checksums that hold`, () => {
      const described = describePacket(bytes);
      expect(kinds(described)).toEqual(expected);
      expect(described.problem).toBeUndefined();
      expect(described.areChecksumsValid).toBe(true);
      const checked = described.layers.filter(({ layer }) => 'isChecksumValid' in layer);
      expect(checked.length).toBe(
        expected.filter(kind => ['ipv4', 'tcp', 'udp', 'icmp', 'icmpv6'].includes(kind)).length,
      );
    });
  }

  it('leaves fields that are given as they are', () => {
    const bytes = packet(
      link,
      ipv4({
        source: '192.0.2.1',
        destination: '192.0.2.2',
        version: 5,
        headerLengthWords: 15,
        totalLength: 9,
        checksum: 0x1234,
        protocol: 99,
      }),
      tcp({ sourcePort: 1, destinationPort: 2, dataOffsetWords: 1, checksum: 0xabcd }),
    );
    expect(toHex(bytes.subarray(14, 18))).toBe('5f000009');
    expect(toHex(bytes.subarray(23, 26))).toBe('631234');
    expect([bytes[46], toHex(bytes.subarray(50, 52))]).toEqual([0x10, 'abcd']);
  });

  it('writes a UDP checksum of zero as 0xffff, and zero only when told', () => {
    // The word that makes the sum 0xffff turns the computed checksum to zero.
    const plain = packet(link, v4, dns, Uint8Array.of(0, 0));
    const filler = plain.subarray(40, 42);
    expect(toHex(packet(link, v4, dns, filler).subarray(40, 42))).toBe('ffff');
    const without = udp({ sourcePort: 1, destinationPort: 2, checksum: 0 });
    expect(toHex(packet(link, v4, without, 'x').subarray(40, 42))).toBe('0000');
  });

  it('cuts a packet into fragments that put together are the packet', () => {
    const whole = packet(link, v4, dns, new Uint8Array(100).fill(7));
    const fragments = ipv4Fragments(whole, 48);
    expect(fragments.map(fragment => fragment.length)).toEqual([82, 82, 46]);
    const described = fragments.map(describePacket);
    expect(described.map(({ isFragment, areChecksumsValid }) => [isFragment, areChecksumsValid])).toEqual([
      [true, true],
      [true, true],
      [true, true],
    ]);
    expect(described.map(({ layers }) => layers.length)).toEqual([3, 2, 2]);
    expect(toHex(whole.subarray(34))).toBe(fragments.map(fragment => toHex(fragment.subarray(34))).join(''));
  });
});

describe('describePacket', () => {
  it('gives addresses, ports, tags and names', () => {
    expect(describePacket(packet(link, vlan({ id: 9 }), v4, syn))).toMatchObject({
      protocol: 'TCP',
      source: '198.51.100.7',
      destination: '192.0.2.1',
      sourcePort: 1024,
      destinationPort: 80,
      vlanIds: [9],
      isFragment: false,
    });
  });

  it('gives the addresses of the outermost IP layer, and MAC addresses where there is none', () => {
    expect(describePacket(packet(link, v4, v6, syn))).toMatchObject({ source: '198.51.100.7', protocol: 'TCP' });
    expect(describePacket(packet(link, v4, v6, syn)).sourcePort).toBeUndefined();
    const unknown = packet(ethernet({ source: '02:00:00:00:00:aa', etherType: 0x88cc }), 'x');
    expect(describePacket(unknown)).toMatchObject({ source: '02:00:00:00:00:aa', protocol: 'ethertype 0x88cc' });
  });

  it('finds wrong checksums', () => {
    for (const at of [24, 30, 40, 50]) {
      const bytes = packet(link, v4, syn);
      bytes[at]! ^= 1;
      expect(describePacket(bytes).areChecksumsValid).toBe(false);
    }
  });

  const problems = [
    { name: 'nothing', bytes: new Uint8Array(0), problem: 'Ethernet header of 14 bytes is cut to 0' },
    {
      name: 'a cut IPv4 header',
      bytes: packet(link, v4, syn).subarray(0, 30),
      problem: 'IPv4 header of 20 bytes is cut to 16',
    },
    {
      name: 'a cut TCP header',
      bytes: packet(link, v4, syn).subarray(0, 40),
      problem: 'TCP header of 20 bytes is cut to 6',
    },
    {
      name: 'a header of 16 bytes',
      bytes: packet(link, ipv4({ source: '192.0.2.1', destination: '192.0.2.2', headerLengthWords: 4 }), syn),
      problem: 'IPv4 version 4, header of 16 bytes, total length 40',
    },
    {
      name: 'a UDP length of 4',
      bytes: packet(link, v4, udp({ sourcePort: 1, destinationPort: 2, length: 4 })),
      problem: 'UDP length 4',
    },
    {
      name: 'forty tags',
      bytes: packet(link, ...new Array(40).fill(vlan({ id: 1 })), v4),
      problem: 'more than 32 layers',
    },
  ];
  for (const { name, bytes, problem } of problems) {
    it(`says what is wrong: ${name}`, () => expect(describePacket(bytes).problem).toBe(problem));
  }

  it('knows later fragments, whose upper header lies elsewhere', () => {
    const later = packet(
      link,
      v6,
      ipv6Fragment({ identification: 1, offsetBytes: 64, moreFragments: false, nextHeader: 17 }),
      'rest',
    );
    expect(describePacket(later)).toMatchObject({ isFragment: true, protocol: 'UDP', areChecksumsValid: true });
    expect(kinds(describePacket(later))).toEqual(['ethernet', 'ipv6', 'ipv6-extension']);
    const behind = packet(
      link,
      v6,
      ipv6Extension({ kind: 'destinationOptions', content: new Uint8Array(30) }),
      ipv6Fragment({ identification: 1, offsetBytes: 0, moreFragments: true }),
      dns,
    );
    expect(describePacket(behind)).toMatchObject({ isFragment: true, destinationPort: 53 });
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), bytes => packetLine(bytes).length > 0));
    const built = packet(
      link,
      vlan({ id: 1 }),
      v4,
      gre({ key: 1 }),
      v6,
      ipv6Extension({ kind: 'hopByHop' }),
      syn,
      'payload',
    );
    const change = fc.record({ at: fc.nat(built.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.nat(built.length), (changes, length) => {
        const bytes = built.slice(0, length);
        for (const { at, value } of changes) if (at < length) bytes[at] = value;
        return packetLine(bytes).length > 0;
      }),
      { numRuns: 2000 },
    );
  });

  it('describes every packet of every capture within its bytes', async () => {
    for (const { read } of captureFiles()) {
      const { frames } = await readBytes(read());
      for (const { bytes } of frames) {
        const end = describePacket(bytes).layers.reduce(
          (last, { offsetBytes, headerBytes }) => Math.max(last, offsetBytes + headerBytes),
          0,
        );
        expect(end).toBeLessThanOrEqual(bytes.length);
      }
    }
  });
});

describe('packetLine', () => {
  const lines = [
    { bytes: packet(link, v4, syn), line: 'TCP 198.51.100.7:1024 > 192.0.2.1:80 [SYN]' },
    { bytes: packet(link, vlan({ id: 5 }), v6, dns), line: 'UDP [2001:db8::1]:1234 > [2001:db8::2]:53 [vlan 5]' },
    {
      bytes: packet(link, v4, syn).subarray(0, 40),
      line: 'TCP 198.51.100.7 > 192.0.2.1 (TCP header of 20 bytes is cut to 6)',
    },
    { bytes: new Uint8Array(3), line: 'Ethernet (Ethernet header of 14 bytes is cut to 3)' },
  ];
  for (const { bytes, line } of lines) it(`gives ${line}`, () => expect(packetLine(bytes)).toBe(line));
});

describe('addresses', () => {
  const texts = ['::', '::1', '1::', '2001:db8::1', '2001:db8:0:1:1:1:1:1', 'fe80::1:0:0:1', '1:2:3:4:5:6:7:8'];
  for (const text of texts) it(`reads and prints ${text}`, () => expect(formatIpv6(parseIpv6(text))).toBe(text));

  it('prints what it reads, whatever the bytes', () => {
    const exactly = (length: number): fc.Arbitrary<Uint8Array> =>
      fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(fc.property(exactly(16), bytes => toHex(parseIpv6(formatIpv6(bytes))) === toHex(bytes)));
    fc.assert(fc.property(exactly(4), bytes => toHex(parseIpv4(formatIpv4(bytes))) === toHex(bytes)));
    fc.assert(fc.property(exactly(6), bytes => toHex(parseMac(formatMac(bytes))) === toHex(bytes)));
  });

  it('reads IPv4 at the end of IPv6', () => {
    expect(formatIpv6(parseIpv6('::ffff:192.0.2.1'))).toBe('::ffff:c000:201');
  });

  for (const text of ['', '1.2.3', '1.2.3.256', '1.2.3.4.5', 'a.b.c.d']) {
    it(`refuses IPv4 '${text}'`, () => expect(() => parseIpv4(text)).toThrow(`not an IPv4 address: ${text}`));
  }
  for (const text of ['', ':', '1:2', '1::2::3', '12345::', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8:9', 'g::']) {
    it(`refuses IPv6 '${text}'`, () => expect(() => parseIpv6(text)).toThrow(`not an IPv6 address: ${text}`));
  }
  it('refuses a MAC address of five bytes', () =>
    expect(() => parseMac('1:2:3:4:5')).toThrow('not a MAC address: 1:2:3:4:5'));
});
