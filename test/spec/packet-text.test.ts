// Packets as text, and the differences between two packets.
import { describe, expect, it } from 'vitest';
import { ethernet, geneve, ipv4, ipv6, ipv6Extension, packet, tcp, udp, vlan } from '../../src/capture/packet.js';
import { packetDiff } from '../../src/capture/packet-diff.js';
import { packetFromText } from '../../src/capture/packet-text.js';

const v4 = ipv4({ source: '198.51.100.7', destination: '192.0.2.1' });
const v6 = ipv6({ source: '2001:db8::1', destination: '2001:db8::2' });
const syn = tcp({ sourcePort: 1024, destinationPort: 80, flags: ['SYN'] });

describe('packetFromText()', () => {
  const same: readonly { readonly text: string; readonly built: Uint8Array }[] = [
    { text: 'ipv4 198.51.100.7 > 192.0.2.1 / tcp 1024 > 80 SYN', built: packet(ethernet(), v4, syn) },
    {
      text: 'ipv4 source=198.51.100.7 destination=192.0.2.1 / tcp sourcePort=1024 flags=SYN',
      built: packet(ethernet(), v4, syn),
    },
    {
      text: 'ethernet padToBytes=60 / vlan 5 priority=3 / ipv4 198.51.100.7 > 192.0.2.1 / udp 1 > 2 / "a / \\"b\\""',
      built: packet(
        ethernet({ padToBytes: 60 }),
        vlan({ id: 5, priority: 3 }),
        v4,
        udp({ sourcePort: 1, destinationPort: 2 }),
        'a / "b"',
      ),
    },
    {
      text: 'ipv6 / extension hopByHop / tcp 1024 > 80 SYN',
      built: packet(ethernet(), v6, ipv6Extension({ kind: 'hopByHop' }), syn),
    },
    {
      text: 'ipv6 / udp 1 > 6081 / geneve 7 / ethernet / ipv4 198.51.100.7 > 192.0.2.1 / tcp 1024 > 80 SYN',
      built: packet(
        ethernet(),
        v6,
        udp({ sourcePort: 1, destinationPort: 6081 }),
        geneve({ networkId: 7 }),
        ethernet(),
        v4,
        syn,
      ),
    },
    { text: 'hex 00:11:22 / zeros 3', built: Uint8Array.of(0, 0x11, 0x22, 0, 0, 0) },
  ];
  for (const { text, built } of same) it(`builds ${text}`, () => expect(packetFromText(text)).toEqual(built));

  const wrong: readonly (readonly [text: string, message: string])[] = [
    ['', 'a layer is missing before or after a slash'],
    ['ipv4 /', 'a layer is missing before or after a slash'],
    ['ipv4 1.2.3.4 >', 'ipv4: nothing stands behind 1.2.3.4 >'],
    ['ipv4 dontfragment', 'ipv4: what is dontfragment?'],
    ['ipv4 ttl=256', 'ipv4: ttl: not a whole number from 0 to 255: "256"'],
    ['ipv4 fragmentOffsetBytes=9', 'ipv4: fragmentOffsetBytes: not a multiple of 8: "9"'],
    ['tcp FOO', 'tcp: flags: not flags of FIN, SYN'],
    ['ipv4 / "open', 'a text without its closing quote'],
    ['ethernet source=1:2', 'ethernet: source: not a MAC address: 1:2'],
  ];
  for (const [text, message] of wrong) {
    it(`says what is wrong with ${text || 'nothing'}`, () => expect(() => packetFromText(text)).toThrow(message));
  }
});

describe('packetDiff()', () => {
  const diff = (left: string, right: string) => packetDiff(packetFromText(left), packetFromText(right));

  it('is empty for equal packets', () => expect(diff('ipv4 / udp', 'ipv4 / udp')).toEqual([]));

  it('names fields', () => {
    expect(diff('ipv6 hopLimit=9 / tcp 1 > 2 SYN', 'ipv6 hopLimit=8 / tcp 1 > 2 SYN+ACK')).toEqual([
      'ipv6.hopLimit: expected 9, got 8',
      'tcp.flags: expected SYN, got SYN ACK',
      expect.stringMatching(/^tcp.checksum: expected 0x\w+ \(right\), got 0x\w+ \(right\)$/),
    ]);
  });

  it('says when a checksum is wrong', () => {
    expect(diff('ipv4 / udp', 'ipv4 checksum=1 / udp')).toEqual([
      expect.stringMatching(/^ipv4.checksum: expected 0x\w{4} \(right\), got 0x0001 \(wrong\)$/),
    ]);
  });

  it('aligns layers that only one has', () => {
    expect(diff('vlan 5 / ipv4 / udp', 'ipv4 / udp 40000 > 54')).toEqual([
      'length: expected 46 bytes, got 42',
      'layers: expected ethernet / vlan / ipv4 / udp',
      '             got ethernet / ipv4 / udp',
      'ethernet.etherType: expected 0x8100, got 0x0800',
      'udp.destinationPort: expected 53, got 54',
      expect.stringContaining('udp.checksum'),
    ]);
  });

  it('shows where the payload differs', () => {
    expect(diff('ipv4 / udp checksum=0 / "abcdef"', 'ipv4 / udp checksum=0 / "abcXef"')).toEqual([
      'payload: differs from its byte 3 on (byte 45 of the packet)',
      '  expected from byte 1: 62 63 64 65 66',
      '       got from byte 1: 62 63 58 65 66',
    ]);
  });
});
