// Tristate numbers: what is known of the 64 bits of a value, bit by bit. Kernel Documentation/bpf/verifier.rst, "Register value tracking".

/** A bit that is 1 in `mask` is unknown, and 0 in `value`; a bit that is 0 in `mask` is that of `value`. Both unsigned 64-bit. */
export interface Tnum {
  readonly value: bigint;
  readonly mask: bigint;
}

export const U64_MAX = 0xffff_ffff_ffff_ffffn;
export const U32_MASK = 0xffff_ffffn;

/** Nothing known. */
export const UNKNOWN_TNUM: Tnum = { value: 0n, mask: U64_MAX };

/** The number of exactly these 64 bits. */
export function tnumConstant(value: bigint): Tnum {
  return { value, mask: 0n };
}

/** The best tnum that holds every number from `minimum` to `maximum`, both unsigned. */
export function tnumRange(minimum: bigint, maximum: bigint): Tnum {
  if (minimum > maximum) return UNKNOWN_TNUM;
  const bits = bitLength(minimum ^ maximum);
  if (bits > 63) return UNKNOWN_TNUM;
  const mask = (1n << BigInt(bits)) - 1n;
  return { value: minimum & ~mask, mask };
}

/** Whether every bit is known. */
export function isConstant(tnum: Tnum): boolean {
  return tnum.mask === 0n;
}

export function tnumAdd(a: Tnum, b: Tnum): Tnum {
  const low = a.value + b.value;
  const unknown = a.mask + b.mask;
  const mask = ((low + unknown) ^ low) | a.mask | b.mask;
  return known(low, mask);
}

export function tnumSub(a: Tnum, b: Tnum): Tnum {
  const difference = a.value - b.value;
  const mask = ((difference + a.mask) ^ (difference - b.mask)) | a.mask | b.mask;
  return known(difference, mask);
}

export function tnumAnd(a: Tnum, b: Tnum): Tnum {
  const possible = (a.value | a.mask) & (b.value | b.mask);
  const value = a.value & b.value;
  return { value, mask: possible & ~value };
}

export function tnumOr(a: Tnum, b: Tnum): Tnum {
  const value = a.value | b.value;
  return { value, mask: (a.mask | b.mask) & ~value };
}

export function tnumXor(a: Tnum, b: Tnum): Tnum {
  return known(a.value ^ b.value, a.mask | b.mask);
}

/** Long multiplication over the bits of `a`; an unknown bit joins both outcomes. */
export function tnumMul(a: Tnum, b: Tnum): Tnum {
  let sum: Tnum = { value: 0n, mask: 0n };
  let left = a;
  let right = b;
  while (left.value !== 0n || left.mask !== 0n) {
    if ((left.value & 1n) === 1n) sum = tnumAdd(sum, right);
    else if ((left.mask & 1n) === 1n) sum = tnumUnion(sum, tnumAdd(sum, right));
    left = tnumShiftRight(left, 1n);
    right = tnumShiftLeft(right, 1n);
  }
  return sum;
}

/** What is known of a number that is one or the other. */
export function tnumUnion(a: Tnum, b: Tnum): Tnum {
  return known(a.value & b.value, (a.value ^ b.value) | a.mask | b.mask);
}

/** What is known of a number that is both. */
export function tnumIntersect(a: Tnum, b: Tnum): Tnum {
  return known(a.value | b.value, a.mask & b.mask);
}

export function tnumShiftLeft(a: Tnum, bits: bigint): Tnum {
  return { value: BigInt.asUintN(64, a.value << bits), mask: BigInt.asUintN(64, a.mask << bits) };
}

export function tnumShiftRight(a: Tnum, bits: bigint): Tnum {
  return { value: a.value >> bits, mask: a.mask >> bits };
}

/** Arithmetic shift of the low `width` bits; what lies above is 0 afterwards for 32. */
export function tnumShiftRightSigned(a: Tnum, bits: bigint, width: 32 | 64): Tnum {
  const shift = (part: bigint) => BigInt.asUintN(width, BigInt.asIntN(width, part) >> bits);
  return { value: shift(a.value), mask: shift(a.mask) };
}

/** The low `bytes` bytes, zero-extended. */
export function tnumCast(a: Tnum, bytes: number): Tnum {
  return { value: BigInt.asUintN(8 * bytes, a.value), mask: BigInt.asUintN(8 * bytes, a.mask) };
}

/** The low 32 bits. */
export function tnumLow32(a: Tnum): Tnum {
  return { value: a.value & U32_MASK, mask: a.mask & U32_MASK };
}

/** `a` with the low 32 bits of `low`. */
export function tnumWithLow32(a: Tnum, low: Tnum): Tnum {
  return {
    value: (a.value & ~U32_MASK) | (low.value & U32_MASK),
    mask: (a.mask & ~U32_MASK) | (low.mask & U32_MASK),
  };
}

/** The low `bits` bits with their bytes in reverse order. */
export function tnumByteswap(a: Tnum, bits: 16 | 32 | 64): Tnum {
  return { value: byteswap(a.value, bits), mask: byteswap(a.mask, bits) };
}

/** The smallest number above `from` that is in it: its smallest where `from` lies below all, its largest where none is above. */
export function tnumNext({ value, mask }: Tnum, from: bigint): bigint {
  if (from >= (value | mask)) return value | mask;
  if (from < value) return value;
  const least = from + 1n;
  const wrong = (least ^ value) & ~mask & U64_MAX;
  if (wrong === 0n) return least;
  const low = (1n << BigInt(bitLength(wrong))) - 1n;
  if ((value & (low ^ (low >> 1n))) !== 0n) return (least & ~low) | (value & low);
  const free = mask & ~least & ~low;
  const step = free & -free;
  return (least & ~(step - 1n)) | step | (value & (step - 1n));
}

/** Whether every number in `inner` is also in `outer`. */
export function tnumContains(outer: Tnum, inner: Tnum): boolean {
  if ((inner.mask & ~outer.mask) !== 0n) return false;
  return (inner.value & ~outer.mask) === outer.value;
}

/** Whether some number is in both. */
export function tnumsOverlap(a: Tnum, b: Tnum): boolean {
  const bothKnown = ~(a.mask | b.mask);
  return (a.value & bothKnown) === (b.value & bothKnown);
}

/** Whether every number in it is a multiple of `alignment`, a power of two. */
export function tnumIsAligned(a: Tnum, alignment: number): boolean {
  return ((a.value | a.mask) & (BigInt(alignment) - 1n)) === 0n;
}

function known(value: bigint, mask: bigint): Tnum {
  const unknown = BigInt.asUintN(64, mask);
  return { value: BigInt.asUintN(64, value & ~unknown), mask: unknown };
}

function byteswap(value: bigint, bits: number): bigint {
  let rest = value;
  let result = 0n;
  for (let at = 0; at < bits; at += 8) {
    result = (result << 8n) | (rest & 0xffn);
    rest >>= 8n;
  }
  return result;
}

function bitLength(value: bigint): number {
  const high = Number(value >> 32n);
  return high === 0 ? 32 - Math.clz32(Number(value & U32_MASK)) : 64 - Math.clz32(high);
}
