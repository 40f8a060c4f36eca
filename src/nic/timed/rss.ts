// Receive side scaling: which queue a frame goes to. Toeplitz: Microsoft's RSS specification and its verification suite. Hot path.
import type { NicModel } from '../model.js';
import type { FrameStore } from './frame-store.js';

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

function toeplitzTable(key: Uint8Array): Int32Array {
  const table = new Int32Array(MAX_INPUT_BYTES * 256);
  let window = ((key[0]! << 24) | (key[1]! << 16) | (key[2]! << 8) | key[3]!) >>> 0;
  for (let at = 0; at < MAX_INPUT_BYTES; at++) {
    for (let bit = 7; bit >= 0; bit--) {
      for (let byte = 0; byte < 256; byte++) if ((byte >> bit) & 1) table[at * 256 + byte]! ^= window;
      window = ((window << 1) | (((key[at + 4] ?? 0) >> bit) & 1)) >>> 0;
    }
  }
  return table;
}

/** What four bytes, as a little-endian word, add that stand at `at` of the input. */
function ofFour(word: number, at: number): number {
  const row = at * 256;
  return (
    TOEPLITZ[row + (word & 255)]! ^
    TOEPLITZ[row + 256 + ((word >>> 8) & 255)]! ^
    TOEPLITZ[row + 512 + ((word >>> 16) & 255)]! ^
    TOEPLITZ[row + 768 + (word >>> 24)]!
  );
}

/** Toeplitz hash of at most 36 bytes with the standard key. */
export function toeplitz(input: Uint8Array, length = input.length): number {
  let hash = 0;
  for (let at = 0; at < length; at++) hash ^= TOEPLITZ[at * 256 + input[at]!]!;
  return hash >>> 0;
}

/** By how many bytes follow in a word, 0 to 3, and byte: what it adds to the CRC. */
const CRC32 = crc32Table();

function crc32Table(): Int32Array {
  const table = new Int32Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 32; bit++) {
      crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
      if (bit % 8 === 7) table[256 * (bit >>> 3) + byte] = crc;
    }
  }
  return table;
}

/** A CRC after four bytes more, as a little-endian word. */
function crcOfFour(crc: number, word: number): number {
  const mixed = crc ^ word;
  return (
    CRC32[768 + (mixed & 255)]! ^
    CRC32[512 + ((mixed >>> 8) & 255)]! ^
    CRC32[256 + ((mixed >>> 16) & 255)]! ^
    CRC32[mixed >>> 24]!
  );
}

/** CRC-32 of IEEE 802.3. */
export function crc32(input: Uint8Array, length = input.length): number {
  let crc = 0xffffffff;
  for (let at = 0; at < length; at++) crc = (crc >>> 8) ^ CRC32[(crc ^ input[at]!) & 0xff]!;
  return ~crc >>> 0;
}

/** XDP_RSS_* bits of Linux, include/net/xdp.h: what a hash covers. */
const COVERS = { ipv4: 1, ipv6: 2, ports: 8, tcp: 16, udp: 32 } as const;

/**
 * Finds what the hash is made of: source and destination address, then ports where TCP or UDP and not a fragment. Nothing of frames that are
 * neither IPv4 nor IPv6.
 */
export class HashInput {
  /** XDP_RSS_* bits; 0 where there is nothing. */
  covers = 0;
  /** Where both addresses stand one behind the other, and how long one is; where the ports stand, -1 without. */
  addressesAt = 0;
  addressBytes = 0;
  portsAt = -1;
  private readonly isSymmetric: boolean;
  private readonly ordered = new Uint8Array(MAX_INPUT_BYTES);

  /** @param isSymmetric both directions of a flow give the same */
  constructor(isSymmetric = false) {
    this.isSymmetric = isSymmetric;
  }

  /** Looks at the frame from `bytes[start]` to before `bytes[end]`. */
  find(bytes: Uint8Array, start: number, end: number): void {
    let at = start + 12;
    let etherType = word(bytes, at, end);
    while (etherType === 0x8100 || etherType === 0x88a8) {
      at += 4;
      etherType = word(bytes, at, end);
    }
    const ip = at + 2;
    this.covers = 0;
    if (etherType === 0x0800 && end >= ip + 20) {
      const isFragment = (word(bytes, ip + 6, end) & 0x3fff) !== 0;
      this.addressesAt = ip + 12;
      this.addressBytes = 4;
      this.note(isFragment ? 0 : bytes[ip + 9]!, ip + (bytes[ip]! & 15) * 4, end, COVERS.ipv4);
    } else if (etherType === 0x86dd && end >= ip + 40) {
      this.addressesAt = ip + 8;
      this.addressBytes = 16;
      this.note(bytes[ip + 6]!, ip + 40, end, COVERS.ipv6);
    }
  }

  private note(protocol: number, ports: number, end: number, address: number): void {
    const isTcp = protocol === 6;
    const hasPorts = (isTcp || protocol === 17) && end >= ports + 4;
    this.portsAt = hasPorts ? ports : -1;
    this.covers = address | (hasPorts ? COVERS.ports | (isTcp ? COVERS.tcp : COVERS.udp) : 0);
  }

  /** Toeplitz hash of what was found, as i32. */
  toeplitz(bytes: Uint8Array): number {
    return toeplitz(this.copy(bytes), this.length) | 0;
  }

  /** CRC-32 of what was found, as i32. */
  crc32(bytes: Uint8Array): number {
    return crc32(this.copy(bytes), this.length) | 0;
  }

  /** Bytes of what was found. */
  get length(): number {
    return this.covers === 0 ? 0 : 2 * this.addressBytes + (this.portsAt < 0 ? 0 : 4);
  }

  /** What was found, in one piece, the lesser address and its port first where it is symmetric; overwritten by the next call. */
  copy(bytes: Uint8Array): Uint8Array {
    const { ordered, addressesAt, addressBytes, portsAt } = this;
    for (let at = 0; at < 2 * addressBytes; at++) ordered[at] = bytes[addressesAt + at]!;
    if (portsAt >= 0) for (let at = 0; at < 4; at++) ordered[2 * addressBytes + at] = bytes[portsAt + at]!;
    if (this.isSymmetric) this.order(addressBytes, portsAt >= 0);
    return ordered;
  }

  private order(size: number, hasPorts: boolean): void {
    const { ordered } = this;
    let at = 0;
    while (at < size && ordered[at] === ordered[size + at]) at++;
    const isEqual = at === size;
    const isSwapped = isEqual
      ? hasPorts && word(ordered, 2 * size) > word(ordered, 2 * size + 2)
      : ordered[at]! > ordered[size + at]!;
    if (!isSwapped) return;
    swap(ordered, 0, size);
    if (hasPorts) swap(ordered, 2 * size, 2);
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

/** What `HashInput` finds in a frame; undefined where there is nothing. */
export function hashInput(frame: Uint8Array, isSymmetric = false): Uint8Array | undefined {
  const input = new HashInput(isSymmetric);
  input.find(frame, 0, frame.length);
  return input.length === 0 ? undefined : input.copy(frame).slice(0, input.length);
}

/** Big-endian; 0 where it does not end before `end`. */
function word(bytes: Uint8Array, at: number, end = bytes.length): number {
  return at + 1 < end ? (bytes[at]! << 8) | bytes[at + 1]! : 0;
}

/** The commonest frames: TCP and UDP over IPv4 without options and fragments, no VLAN tag. As little-endian words at their offsets. */
const QUICK = {
  LEAST_BYTES: 38,
  TYPE_AT: 12,
  TYPE_MASK: 0xff_ffff,
  TYPE: 0x45_0008,
  FRAGMENT_AT: 20,
  FRAGMENT_MASK: 0xff3f,
  SOURCE_AT: 26,
  DESTINATION_AT: 30,
  PORTS_AT: 34,
} as const;
const TCP = 6;
const UDP = 17;

/** Spreads frames over queues as a model does; frames without a hash go to queue 0. The indirection table is filled in turn. */
export class Spreader {
  private readonly input: HashInput;
  private readonly kind: NicModel['rss']['hash'];
  private readonly isQuick: boolean;
  private readonly queues: Uint16Array;
  /** One less than the entries of the table where they are a power of two, as they nearly always are; else 0. */
  private readonly mask: number;

  constructor({ rss }: NicModel, queues: number, isSymmetric = false) {
    this.input = new HashInput(isSymmetric);
    this.kind = rss.hash ?? 'none';
    this.isQuick = !isSymmetric;
    const entries = Math.max(1, rss.indirectionEntries ?? queues);
    this.queues = Uint16Array.from({ length: entries }, (_, entry) => entry % queues);
    this.mask = (entries & (entries - 1)) === 0 ? entries - 1 : 0;
  }

  /** Fills in queue and hash of the frames from `first` to before `end`. */
  spread(frames: FrameStore, first: number, end: number): void {
    const { firstByte, lengthBytes, queue, hash, covers } = frames;
    if (this.kind === 'none') {
      for (const column of [queue, hash, covers]) column.fill(0, first, end);
      return;
    }
    const { bytes, view } = frames.memory;
    for (let at = first; at < end; at++) {
      const start = firstByte[at]!;
      const protocol = this.isQuick ? quickProtocol(view, start, lengthBytes[at]!) : 0;
      if (protocol === 0) this.spreadOne(frames, at, bytes);
      else {
        const value = this.quickHash(view, start);
        hash[at] = value;
        covers[at] = COVERS.ipv4 | COVERS.ports | (protocol === TCP ? COVERS.tcp : COVERS.udp);
        queue[at] = this.queueOf(value);
      }
    }
  }

  private spreadOne({ firstByte, lengthBytes, queue, hash, covers }: FrameStore, at: number, bytes: Uint8Array): void {
    const { input } = this;
    const start = firstByte[at]!;
    input.find(bytes, start, start + lengthBytes[at]!);
    const hasHash = input.covers !== 0;
    const value = hasHash ? (this.kind === 'toeplitz' ? input.toeplitz(bytes) : input.crc32(bytes)) : 0;
    hash[at] = value;
    covers[at] = input.covers;
    queue[at] = hasHash ? this.queueOf(value) : 0;
  }

  /** As i32. */
  private quickHash(view: DataView, start: number): number {
    const source = view.getUint32(start + QUICK.SOURCE_AT, true);
    const destination = view.getUint32(start + QUICK.DESTINATION_AT, true);
    const ports = view.getUint32(start + QUICK.PORTS_AT, true);
    if (this.kind === 'toeplitz') return ofFour(source, 0) ^ ofFour(destination, 4) ^ ofFour(ports, 8);
    return ~crcOfFour(crcOfFour(crcOfFour(-1, source), destination), ports);
  }

  private queueOf(hash: number): number {
    const { queues, mask } = this;
    return queues[mask === 0 ? (hash >>> 0) % queues.length : hash & mask]!;
  }
}

/** Of the commonest frames; 0 of all others. */
function quickProtocol(view: DataView, start: number, lengthBytes: number): number {
  if (lengthBytes < QUICK.LEAST_BYTES) return 0;
  if ((view.getUint32(start + QUICK.TYPE_AT, true) & QUICK.TYPE_MASK) !== QUICK.TYPE) return 0;
  const word = view.getUint32(start + QUICK.FRAGMENT_AT, true);
  if ((word & QUICK.FRAGMENT_MASK) !== 0) return 0;
  const protocol = word >>> 24;
  return protocol === TCP || protocol === UDP ? protocol : 0;
}
