// 64-bit arithmetic on registers that are pairs of 32-bit words: dst = dst op src, `d` and `s` the indices of the low words.
// Part of the hot path; measured by test/engine/interpreter-speed.ts.

/** The upper 32 bits of the product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (other >>> 16)) | 0;
}

/** dst *= src */
export function multiply(r: Int32Array, d: number, s: number): void {
  const a = r[d]!;
  const b = r[s]!;
  r[d + 1] = multiplyHigh(a, b) + Math.imul(r[d + 1]!, b) + Math.imul(a, r[s + 1]!);
  r[d] = Math.imul(a, b);
}

/** dst = src != 0 ? dst / src : 0, unsigned */
export function divide(r: Int32Array, d: number, s: number): void {
  if (fitsDouble(r, d) && fitsDouble(r, s)) {
    const divisor = toDouble(r, s);
    putDouble(r, d, divisor === 0 ? 0 : Math.floor(toDouble(r, d) / divisor));
  } else {
    const divisor = unsigned(r, s);
    put(r, d, divisor === 0n ? 0n : unsigned(r, d) / divisor);
  }
}

/** dst = src != 0 ? dst % src : dst, unsigned */
export function remainder(r: Int32Array, d: number, s: number): void {
  if (fitsDouble(r, d) && fitsDouble(r, s)) {
    const divisor = toDouble(r, s);
    if (divisor !== 0) putDouble(r, d, toDouble(r, d) % divisor);
  } else {
    const divisor = unsigned(r, s);
    if (divisor !== 0n) put(r, d, unsigned(r, d) % divisor);
  }
}

/** dst = src != 0 ? dst / src : 0, signed, rounded to 0; the smallest number divided by -1 is itself. */
export function signedDivide(r: Int32Array, d: number, s: number): void {
  const divisor = signed(r, s);
  put(r, d, divisor === 0n ? 0n : signed(r, d) / divisor);
}

/** dst = src != 0 ? dst % src : dst, signed, with the sign of the dividend. */
export function signedRemainder(r: Int32Array, d: number, s: number): void {
  const divisor = signed(r, s);
  if (divisor !== 0n) put(r, d, signed(r, d) % divisor);
}

/** dst <<= src & 63 */
export function shiftLeft(r: Int32Array, d: number, s: number): void {
  const count = r[s]! & 63;
  if (count === 0) return;
  const low = r[d]!;
  r[d + 1] = count < 32 ? (r[d + 1]! << count) | (low >>> (32 - count)) : low << (count - 32);
  r[d] = count < 32 ? low << count : 0;
}

/** dst >>= src & 63, filling with zeros */
export function shiftRight(r: Int32Array, d: number, s: number): void {
  const count = r[s]! & 63;
  if (count === 0) return;
  const high = r[d + 1]!;
  r[d] = count < 32 ? (r[d]! >>> count) | (high << (32 - count)) : high >>> (count - 32);
  r[d + 1] = count < 32 ? high >>> count : 0;
}

/** dst >>= src & 63, filling with the sign */
export function shiftRightSigned(r: Int32Array, d: number, s: number): void {
  const count = r[s]! & 63;
  if (count === 0) return;
  const high = r[d + 1]!;
  r[d] = count < 32 ? (r[d]! >>> count) | (high << (32 - count)) : high >> (count - 32);
  r[d + 1] = count < 32 ? high >> count : high >> 31;
}

/** Whether a register, unsigned, is below 2^53, so that a quotient of two such is exact: floor never rounds up to the next whole number. */
function fitsDouble(r: Int32Array, at: number): boolean {
  return r[at + 1]! >>> 0 < 0x20_0000;
}

function toDouble(r: Int32Array, at: number): number {
  return (r[at + 1]! >>> 0) * 0x1_0000_0000 + (r[at]! >>> 0);
}

function putDouble(r: Int32Array, at: number, value: number): void {
  r[at] = value;
  r[at + 1] = value / 0x1_0000_0000;
}

function unsigned(r: Int32Array, at: number): bigint {
  return (BigInt(r[at + 1]! >>> 0) << 32n) | BigInt(r[at]! >>> 0);
}

function signed(r: Int32Array, at: number): bigint {
  return (BigInt(r[at + 1]!) << 32n) | BigInt(r[at]! >>> 0);
}

function put(r: Int32Array, at: number, value: bigint): void {
  r[at] = Number(value & 0xffff_ffffn);
  r[at + 1] = Number((value >> 32n) & 0xffff_ffffn);
}
