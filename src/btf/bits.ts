// Bitfields in memory. BTF counts the bits of a struct from the least significant bit of its first byte on little-endian machines, from
// the most significant one on big-endian machines.
import type { ByteOrder, ByteReader } from '../support/bytes.js';

/** The `bits` bits at `bitOffset` as an unsigned number. Reads only the bytes that hold them. */
export function readBits(reader: ByteReader, bitOffset: number, bits: number): bigint {
  const { first, lengthBytes, shift } = span(bitOffset, bits, reader.order);
  return BigInt.asUintN(bits, toInteger(reader.take(first, lengthBytes), reader.order) >> shift);
}

/** Replaces these bits in `bytes`; those beside them stay. `value` is cut to `bits`. */
export function writeBits(bytes: Uint8Array, bitOffset: number, bits: number, value: bigint, order: ByteOrder): void {
  const { first, lengthBytes, shift } = span(bitOffset, bits, order);
  const part = bytes.subarray(first, first + lengthBytes);
  const mask = ((1n << BigInt(bits)) - 1n) << shift;
  let whole = (toInteger(part, order) & ~mask) | (BigInt.asUintN(bits, value) << shift);
  for (let index = 0; index < lengthBytes; index++) {
    part[order === 'little' ? index : lengthBytes - 1 - index] = Number(whole & 0xffn);
    whole >>= 8n;
  }
}

/** The bytes that hold the bits, and how far the lowest bit stands from the lowest of their integer. */
function span(bitOffset: number, bits: number, order: ByteOrder) {
  const first = Math.floor(bitOffset / 8);
  const before = bitOffset % 8;
  const lengthBytes = Math.ceil((before + bits) / 8);
  const shift = order === 'little' ? before : 8 * lengthBytes - before - bits;
  return { first, lengthBytes, shift: BigInt(shift) };
}

/** Up to 6 bytes fit a plain number, which is several times faster. */
function toInteger(bytes: Uint8Array, order: ByteOrder): bigint {
  const count = bytes.byteLength;
  const byteAt = (index: number) => bytes[order === 'little' ? count - 1 - index : index]!;
  const plainBytes = Math.min(count, 6);
  let start = 0;
  for (let index = 0; index < plainBytes; index++) start = start * 256 + byteAt(index);
  let value = BigInt(start);
  for (let index = plainBytes; index < count; index++) value = (value << 8n) | BigInt(byteAt(index));
  return value;
}
