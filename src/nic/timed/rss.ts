// Receive side scaling: which queue a frame goes to. Toeplitz: Microsoft's RSS specification and its verification suite.
import type { NicModel } from '../model.js';

/** The key of the verification suite, which drivers also fall back to. */
const STANDARD_KEY = Uint8Array.from([
  0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b,
  0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac,
  0x01, 0xfa,
]);

/** Toeplitz hash of at most 36 bytes with the standard key. */
export function toeplitz(input: Uint8Array, key: Uint8Array = STANDARD_KEY): number {
  let hash = 0;
  let window = ((key[0]! << 24) | (key[1]! << 16) | (key[2]! << 8) | key[3]!) >>> 0;
  for (let at = 0; at < input.length; at++) {
    for (let bit = 7; bit >= 0; bit--) {
      if ((input[at]! >> bit) & 1) hash ^= window;
      window = (window << 1) | (((key[at + 4] ?? 0) >> bit) & 1);
    }
  }
  return hash >>> 0;
}

/** CRC-32 of IEEE 802.3. */
export function crc32(input: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of input) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/**
 * Source and destination address, then ports where TCP or UDP and not a later fragment; undefined for frames that are neither IPv4 nor IPv6.
 * @param isSymmetric both directions of a flow give the same
 */
export function hashInput(frame: Uint8Array, isSymmetric = false): Uint8Array | undefined {
  let at = 12;
  let etherType = word(frame, at);
  for (; etherType === 0x8100 || etherType === 0x88a8; etherType = word(frame, at)) at += 4;
  const ip = at + 2;
  if (etherType === 0x0800) return ipv4Input(frame, ip, isSymmetric);
  if (etherType !== 0x86dd || frame.length < ip + 40) return undefined;
  return tuple(frame, ip + 8, 16, frame[ip + 6]!, ip + 40, isSymmetric);
}

function ipv4Input(frame: Uint8Array, ip: number, isSymmetric: boolean): Uint8Array | undefined {
  if (frame.length < ip + 20) return undefined;
  const isFragment = (word(frame, ip + 6) & 0x3fff) !== 0;
  return tuple(frame, ip + 12, 4, isFragment ? 0 : frame[ip + 9]!, ip + (frame[ip]! & 15) * 4, isSymmetric);
}

function tuple(
  frame: Uint8Array,
  at: number,
  size: number,
  protocol: number,
  ports: number,
  isSymmetric: boolean,
): Uint8Array {
  const hasPorts = (protocol === 6 || protocol === 17) && frame.length >= ports + 4;
  const input = new Uint8Array(2 * size + (hasPorts ? 4 : 0));
  input.set(frame.subarray(at, at + 2 * size));
  if (hasPorts) input.set(frame.subarray(ports, ports + 4), 2 * size);
  if (isSymmetric) order(input, size, hasPorts);
  return input;
}

/** The lesser address first, and its port. */
function order(input: Uint8Array, size: number, hasPorts: boolean): void {
  const first = input.slice(0, size);
  const second = input.slice(size, 2 * size);
  const difference = first.findIndex((byte, at) => byte !== second[at]);
  if (difference < 0 || first[difference]! < second[difference]!) return;
  input.set(second);
  input.set(first, size);
  if (hasPorts)
    input.set([input[2 * size + 2]!, input[2 * size + 3]!, input[2 * size]!, input[2 * size + 1]!], 2 * size);
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Spreads frames over queues as a model does; frames without a hash go to queue 0. The indirection table is filled in turn. */
export function queueChooser({ rss }: NicModel, queues: number, isSymmetric = false): (frame: Uint8Array) => number {
  const entries = rss.indirectionEntries ?? queues;
  const hash = rss.hash === 'toeplitz' ? toeplitz : rss.hash === 'crc32' ? crc32 : undefined;
  if (hash === undefined || queues <= 1) return () => 0;
  return frame => {
    const input = hashInput(frame, isSymmetric);
    return input === undefined ? 0 : (hash(input) % entries) % queues;
  };
}
