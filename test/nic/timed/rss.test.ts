// Receive side scaling against the verification suite of the Microsoft RSS specification.
import { describe, expect, it } from 'vitest';
import { crc32, hashInput, toeplitz } from '../../../src/nic/timed/rss.js';

const bytes = (...parts: (string | number)[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap(part => (typeof part === 'string' ? part.split('.').map(Number) : [part >> 8, part & 255])),
  );

const SUITE = [
  { from: '66.9.149.187', fromPort: 2794, to: '161.142.100.80', toPort: 1766, addresses: 0x323e8fc2, all: 0x51ccc178 },
  { from: '199.92.111.2', fromPort: 14230, to: '65.69.140.83', toPort: 4739, addresses: 0xd718262a, all: 0xc626b0ea },
  { from: '24.19.198.95', fromPort: 12898, to: '12.22.207.184', toPort: 38024, addresses: 0xd2d0a5de, all: 0x5c2b394a },
];

describe('toeplitz', () => {
  it.each(SUITE)(
    'hashes $from:$fromPort to $to:$toPort as the suite says',
    ({ from, fromPort, to, toPort, addresses, all }) => {
      expect(toeplitz(bytes(from, to))).toBe(addresses);
      expect(toeplitz(bytes(from, to, fromPort, toPort))).toBe(all);
    },
  );
});

it('CRC-32 of the check string is cbf43926', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
});

describe('hashInput', () => {
  const udp = (from: string, to: string, fromPort: number, toPort: number, fragment = 0): Uint8Array =>
    Uint8Array.from([
      ...bytes('2.0.0.0.0.1', '2.0.0.0.0.2', 0x0800, '69.0', 46, 0, fragment, '64.17', 0, from, to, fromPort, toPort),
      ...new Array(22).fill(0),
    ]);

  it('is addresses and ports of UDP', () => {
    expect(hashInput(udp('1.2.3.4', '5.6.7.8', 1000, 2000))).toEqual(bytes('1.2.3.4', '5.6.7.8', 1000, 2000));
  });

  it('is addresses alone of a fragment', () => {
    expect(hashInput(udp('1.2.3.4', '5.6.7.8', 1000, 2000, 0x2000))).toEqual(bytes('1.2.3.4', '5.6.7.8'));
  });

  it('is the same in both directions where it is symmetric', () => {
    expect(hashInput(udp('5.6.7.8', '1.2.3.4', 2000, 1000), true)).toEqual(
      hashInput(udp('1.2.3.4', '5.6.7.8', 1000, 2000), true),
    );
  });

  it('is nothing where there is no IP', () => {
    expect(hashInput(new Uint8Array(60))).toBeUndefined();
  });

  it('reads no byte behind the end of a cut frame', () => {
    const frame = udp('1.2.3.4', '5.6.7.8', 1000, 2000);
    for (let length = 0; length <= frame.length; length++)
      expect(() => hashInput(frame.subarray(0, length))).not.toThrow();
  });
});
