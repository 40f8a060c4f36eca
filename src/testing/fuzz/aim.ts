// Changes to an input that are aimed at what was seen when it ran: a byte that was compared becomes what it was compared with, a packet
// that was too short grows, a key that was looked for is stored. After "input-to-state correspondence" (Aschermann et al., NDSS 2019).
import { isEqual } from '../../capture/packet-diff.js';
import type { MapSpec } from '../../object/spec.js';
import type { Coverage } from './coverage.js';
import { type EntryOperation, type FuzzInput, lastPacket, type PacketOperation } from './input.js';
import { mend } from './mend.js';
import type { Comparison, Watched } from './watch.js';

/** Places of a value in a packet that are tried; small values stand everywhere. */
const MAX_PLACES = 48;
const FEW_PLACES = 4;
const MIN_PACKET_BYTES = 14;
const MAX_PACKET_BYTES = 65_000;
/** Bits of headers that are turned one by one. */
const FLIPPED_BYTES = 96;
/** Values of addresses in the machine begin here; a difference of two tells a length. */
const LEAST_ADDRESS = 0x1000n;

/**
 * Inputs made from `input`: with entries that were looked for, aimed at branches with an untried way, and with single bits turned. Lazy: what is
 * open is asked when an input is due.
 */
export function* aimed(
  input: FuzzInput,
  watched: Watched,
  coverage: Coverage,
  maps: readonly MapSpec[],
): Generator<FuzzInput, void, undefined> {
  yield* withEntries(input, watched.keys, maps);
  for (const comparison of watched.comparisons) {
    for (const variant of towards(input, comparison)) {
      if (!coverage.isOpen(comparison.programIndex, comparison.slot)) break;
      yield variant;
    }
  }
  yield* nearby(input, watched);
  yield* flipped(input);
}

/** Inputs with one compared value turned into the other: branches whose ways are all known may still hide a line behind two of them together. */
export function* nearby(input: FuzzInput, watched: Watched): Generator<FuzzInput, void, undefined> {
  const packet = lastPacket(input);
  for (const { left, right } of watched.comparisons) {
    yield* replaced(input, packet, left, right, FEW_PLACES);
    yield* replaced(input, packet, right, left, FEW_PLACES);
  }
}

/** Changes that make the branch's two values equal, or one more or less. */
function* towards(input: FuzzInput, { left, right, isMask }: Comparison): Generator<FuzzInput> {
  const packet = lastPacket(input);
  for (const [from, to] of [
    [left, right],
    [right, left],
  ] as const) {
    const wanted = isMask ? [from | to, from & ~to] : [to, to + 1n, to - 1n];
    for (const value of wanted) yield* replaced(input, packet, from, value);
    if (from === BigInt(packet.bytes.byteLength))
      for (const value of wanted) yield* resized(input, packet, Number(value));
    if (to > 1000n && to < 1n << 43n) yield [...input, { ...packet, gapNanos: Number(to) }];
    if (from === BigInt(packet.ingressIfindex) && to > 0n && to < 1n << 31n) {
      yield [...input.slice(0, -1), { ...packet, ingressIfindex: Number(to) }];
    }
  }
  const missing = Number(left - right);
  if (left > LEAST_ADDRESS && right > LEAST_ADDRESS && Math.abs(missing) < MAX_PACKET_BYTES) {
    for (const more of [missing, missing - 1, missing + 1])
      yield* resized(input, packet, packet.bytes.byteLength + more);
  }
}

/** The packet with one occurrence of `from` turned into `to`, in every size and byte order. */
function* replaced(
  input: FuzzInput,
  packet: PacketOperation,
  from: bigint,
  to: bigint,
  mostPlaces = MAX_PLACES,
): Generator<FuzzInput> {
  for (const size of [1, 2, 4, 8]) {
    const bits = BigInt(8 * size);
    if (from === to || from >> bits !== 0n || to < 0n || to >> bits !== 0n) continue;
    for (const isBigEndian of size === 1 ? [true] : [true, false]) {
      const [pattern, value] = [encoded(from, size, isBigEndian), encoded(to, size, isBigEndian)];
      for (const at of placesOf(packet.bytes, pattern, mostPlaces)) {
        const bytes = packet.bytes.slice();
        bytes.set(value, at);
        yield* asIsAndMended(input, packet, bytes);
      }
    }
  }
}

function encoded(value: bigint, size: number, isBigEndian: boolean): Uint8Array {
  const bytes = Uint8Array.from({ length: size }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
  return isBigEndian ? bytes.reverse() : bytes;
}

function placesOf(bytes: Uint8Array, pattern: Uint8Array, most: number): number[] {
  const places: number[] = [];
  for (let at = 0; at + pattern.byteLength <= bytes.byteLength && places.length < most; at++) {
    if (pattern.every((byte, index) => bytes[at + index] === byte)) places.push(at);
  }
  return places;
}

function* resized(input: FuzzInput, packet: PacketOperation, lengthBytes: number): Generator<FuzzInput> {
  if (lengthBytes < MIN_PACKET_BYTES || lengthBytes > MAX_PACKET_BYTES) return;
  yield withPacket(input, packet, resizedBytes(packet.bytes, lengthBytes));
}

/** The bytes cut, or with zeros behind. */
export function resizedBytes(bytes: Uint8Array, lengthBytes: number): Uint8Array {
  const out = new Uint8Array(lengthBytes);
  out.set(bytes.subarray(0, lengthBytes));
  return out;
}

/** The input with other bytes in its last packet. */
export function withPacket(input: FuzzInput, packet: PacketOperation, bytes: Uint8Array): FuzzInput {
  return [...input.slice(0, -1), { ...packet, bytes }];
}

/** The bytes as they are, and with lengths and checksums that fit where that is not the same. */
function* asIsAndMended(input: FuzzInput, packet: PacketOperation, bytes: Uint8Array): Generator<FuzzInput> {
  yield withPacket(input, packet, bytes);
  const whole = bytes.slice();
  mend(whole);
  if (!isEqual(whole, bytes)) yield withPacket(input, packet, whole);
}

/** First words of values that are stored under keys that were looked for. */
const VALUE_WORDS = [0, 1, 2, 0xffff_ffff] as const;

/** The input with an entry stored before its last packet, under a key that the program looked for. */
function* withEntries(input: FuzzInput, keys: readonly Uint8Array[], maps: readonly MapSpec[]): Generator<FuzzInput> {
  for (const key of keys) {
    for (const map of maps) {
      if (map.keySizeBytes > key.byteLength) continue;
      for (const entry of entriesFor(map, key.slice(0, map.keySizeBytes))) yield withEntry(input, entry);
    }
  }
}

/** The input with an entry before its last packet. */
export function withEntry(input: FuzzInput, entry: EntryOperation): FuzzInput {
  return [...input.slice(0, -1), entry, lastPacket(input)];
}

function entriesFor({ name, valueSizeBytes }: MapSpec, key: Uint8Array): EntryOperation[] {
  return VALUE_WORDS.flatMap(first =>
    VALUE_WORDS.slice(0, valueSizeBytes > 4 ? undefined : 1).map(rest => {
      const value = new Uint8Array(valueSizeBytes);
      for (let at = 0; at < valueSizeBytes; at++) value[at] = ((at < 4 ? first : rest) >>> (8 * (at & 3))) & 0xff;
      return { kind: 'entry' as const, map: name, key, value };
    }),
  );
}

function* flipped(input: FuzzInput): Generator<FuzzInput> {
  const packet = lastPacket(input);
  const bits = 8 * Math.min(packet.bytes.byteLength, FLIPPED_BYTES);
  for (let bit = 0; bit < bits; bit++) {
    const bytes = packet.bytes.slice();
    bytes[bit >>> 3] = bytes[bit >>> 3]! ^ (0x80 >>> (bit & 7));
    yield* asIsAndMended(input, packet, bytes);
  }
}
