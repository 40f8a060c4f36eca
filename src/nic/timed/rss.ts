// Receive side scaling: which queue a frame goes to. Toeplitz: Microsoft's RSS specification and its verification suite. Hot path.
import type { NicModel } from '../model.js';

/** The key of the verification suite, which drivers also fall back to. */
const STANDARD_KEY = Uint8Array.from([
  0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b,
  0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac,
  0x01, 0xfa,
]);

/** Addresses of IPv6 and ports: the longest input. */
const MAX_INPUT_BYTES = 36;

/** By place in the input and byte there: what it adds to the hash. */
const TOEPLITZ = toeplitzTable(STANDARD_KEY);

function toeplitzTable(key: Uint8Array): Uint32Array {
  const table = new Uint32Array(MAX_INPUT_BYTES * 256);
  let window = ((key[0]! << 24) | (key[1]! << 16) | (key[2]! << 8) | key[3]!) >>> 0;
  for (let at = 0; at < MAX_INPUT_BYTES; at++) {
    for (let bit = 7; bit >= 0; bit--) {
      for (let byte = 0; byte < 256; byte++) if ((byte >> bit) & 1) table[at * 256 + byte]! ^= window;
      window = ((window << 1) | (((key[at + 4] ?? 0) >> bit) & 1)) >>> 0;
    }
  }
  return table;
}

/** Toeplitz hash of at most 36 bytes with the standard key. */
export function toeplitz(input: Uint8Array, length = input.length): number {
  let hash = 0;
  for (let at = 0; at < length; at++) hash ^= TOEPLITZ[at * 256 + input[at]!]!;
  return hash >>> 0;
}

const CRC32 = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 of IEEE 802.3. */
export function crc32(input: Uint8Array, length = input.length): number {
  let crc = 0xffffffff;
  for (let at = 0; at < length; at++) crc = (crc >>> 8) ^ CRC32[(crc ^ input[at]!) & 0xff]!;
  return ~crc >>> 0;
}

/** XDP_RSS_* bits of Linux, include/net/xdp.h: what a hash covers. */
const COVERS = { ipv4: 1, ipv6: 2, ports: 8, tcp: 16, udp: 32 } as const;

/**
 * Reads what the hash is made of: source and destination address, then ports where TCP or UDP and not a fragment. Nothing of frames that are
 * neither IPv4 nor IPv6.
 */
export class HashInput {
  readonly bytes = new Uint8Array(MAX_INPUT_BYTES);
  length = 0;
  /** XDP_RSS_* bits; 0 where there is nothing. */
  covers = 0;
  private readonly isSymmetric: boolean;

  /** @param isSymmetric both directions of a flow give the same */
  constructor(isSymmetric = false) {
    this.isSymmetric = isSymmetric;
  }

  read(frame: Uint8Array): void {
    let at = 12;
    let etherType = word(frame, at);
    while (etherType === 0x8100 || etherType === 0x88a8) {
      at += 4;
      etherType = word(frame, at);
    }
    const ip = at + 2;
    this.length = 0;
    this.covers = 0;
    if (etherType === 0x0800 && frame.length >= ip + 20) {
      const isFragment = (word(frame, ip + 6) & 0x3fff) !== 0;
      const ports = ip + (frame[ip]! & 15) * 4;
      this.take(frame, ip + 12, 4, isFragment ? 0 : frame[ip + 9]!, ports, COVERS.ipv4);
    } else if (etherType === 0x86dd && frame.length >= ip + 40) {
      this.take(frame, ip + 8, 16, frame[ip + 6]!, ip + 40, COVERS.ipv6);
    }
  }

  private take(frame: Uint8Array, at: number, size: number, protocol: number, ports: number, address: number): void {
    const { bytes } = this;
    const isTcp = protocol === 6;
    const hasPorts = (isTcp || protocol === 17) && frame.length >= ports + 4;
    for (let index = 0; index < 2 * size; index++) bytes[index] = frame[at + index]!;
    if (hasPorts) for (let index = 0; index < 4; index++) bytes[2 * size + index] = frame[ports + index]!;
    this.length = 2 * size + (hasPorts ? 4 : 0);
    this.covers = address | (hasPorts ? COVERS.ports | (isTcp ? COVERS.tcp : COVERS.udp) : 0);
    if (this.isSymmetric) this.order(size, hasPorts);
  }

  /** The lesser address first, and its port. */
  private order(size: number, hasPorts: boolean): void {
    const { bytes } = this;
    let at = 0;
    while (at < size && bytes[at] === bytes[size + at]) at++;
    const isEqual = at === size;
    const isSwapped = isEqual
      ? hasPorts && word(bytes, 2 * size) > word(bytes, 2 * size + 2)
      : bytes[at]! > bytes[size + at]!;
    if (!isSwapped) return;
    swap(bytes, 0, size);
    if (hasPorts) swap(bytes, 2 * size, 2);
  }
}

/** Exchanges two runs of bytes, one behind the other. */
function swap(bytes: Uint8Array, start: number, size: number): void {
  for (let at = start; at < start + size; at++) {
    const byte = bytes[at]!;
    bytes[at] = bytes[at + size]!;
    bytes[at + size] = byte;
  }
}

/** What `HashInput` reads of a frame; undefined where there is nothing. */
export function hashInput(frame: Uint8Array, isSymmetric = false): Uint8Array | undefined {
  const input = new HashInput(isSymmetric);
  input.read(frame);
  return input.length === 0 ? undefined : input.bytes.slice(0, input.length);
}

function word(bytes: Uint8Array, at: number): number {
  return at + 1 < bytes.length ? (bytes[at]! << 8) | bytes[at + 1]! : 0;
}

/** Spreads frames over queues as a model does; frames without a hash go to queue 0. The indirection table is filled in turn. */
export class Spreader {
  /** Of the frame that was asked about last; 0 where the card makes none of it. */
  hash = 0;
  /** XDP_RSS_* bits of what it covers; 0 where there is no hash. */
  covers = 0;
  private readonly input: HashInput;
  private readonly kind: NicModel['rss']['hash'];
  private readonly entries: number;
  private readonly queues: number;

  constructor({ rss }: NicModel, queues: number, isSymmetric = false) {
    this.input = new HashInput(isSymmetric);
    this.kind = rss.hash;
    this.entries = Math.max(1, rss.indirectionEntries ?? queues);
    this.queues = queues;
  }

  /** The queue of a frame. */
  queueOf(frame: Uint8Array): number {
    const { input, kind } = this;
    this.hash = 0;
    this.covers = 0;
    if (kind === undefined || kind === 'none') return 0;
    input.read(frame);
    this.covers = input.covers;
    if (input.length === 0) return 0;
    this.hash = kind === 'toeplitz' ? toeplitz(input.bytes, input.length) : crc32(input.bytes, input.length);
    return (this.hash % this.entries) % this.queues;
  }
}
