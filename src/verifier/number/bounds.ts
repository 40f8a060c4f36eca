// What is known of a 64-bit number: its bits, and its range read as unsigned and as signed number of 64 and of 32 bits. Each of the five
// views teaches the others. Kernel Documentation/bpf/verifier.rst, "Register value tracking"; deductions as Linux 6.18 makes them.
import { type Tnum, tnumConstant, U32_MASK, U64_MAX, UNKNOWN_TNUM } from './tnum.js';

export const S64_MIN = -(1n << 63n);
export const S64_MAX = (1n << 63n) - 1n;
export const U32_MAX = 0xffff_ffff;
export const S32_MIN = -0x8000_0000;
export const S32_MAX = 0x7fff_ffff;

/** Knowledge of a number. Values are shared: never changed once `settle` gave them out. All ends are included. */
export interface Bounds {
  readonly bits: Tnum;
  readonly umin: bigint;
  readonly umax: bigint;
  readonly smin: bigint;
  readonly smax: bigint;
  readonly u32min: number;
  readonly u32max: number;
  readonly s32min: number;
  readonly s32max: number;
}

/** Bounds in the making. */
export class Draft implements Bounds {
  bits: Tnum;
  umin: bigint;
  umax: bigint;
  smin: bigint;
  smax: bigint;
  u32min: number;
  u32max: number;
  s32min: number;
  s32max: number;

  constructor(from: Bounds) {
    this.bits = from.bits;
    this.umin = from.umin;
    this.umax = from.umax;
    this.smin = from.smin;
    this.smax = from.smax;
    this.u32min = from.u32min;
    this.u32max = from.u32max;
    this.s32min = from.s32min;
    this.s32max = from.s32max;
  }

  setUnsigned(minimum: bigint, maximum: bigint): void {
    this.umin = minimum;
    this.umax = maximum;
  }

  setSigned(minimum: bigint, maximum: bigint): void {
    this.smin = minimum;
    this.smax = maximum;
  }

  setUnsigned32(minimum: number, maximum: number): void {
    this.u32min = minimum;
    this.u32max = maximum;
  }

  setSigned32(minimum: number, maximum: number): void {
    this.s32min = minimum;
    this.s32max = maximum;
  }

  forget64(): void {
    this.setUnsigned(0n, U64_MAX);
    this.setSigned(S64_MIN, S64_MAX);
  }

  forget32(): void {
    this.setUnsigned32(0, U32_MAX);
    this.setSigned32(S32_MIN, S32_MAX);
  }

  /** Takes over all of `other`. */
  assign(other: Bounds): void {
    this.bits = other.bits;
    this.setUnsigned(other.umin, other.umax);
    this.setSigned(other.smin, other.smax);
    this.setUnsigned32(other.u32min, other.u32max);
    this.setSigned32(other.s32min, other.s32max);
  }
}

/** Nothing known. */
export const UNKNOWN: Bounds = {
  bits: UNKNOWN_TNUM,
  umin: 0n,
  umax: U64_MAX,
  smin: S64_MIN,
  smax: S64_MAX,
  u32min: 0,
  u32max: U32_MAX,
  s32min: S32_MIN,
  s32max: S32_MAX,
};

const small = new Map<bigint, Bounds>();

/** Exactly this number, given as its 64 bits (any sign). */
export function constant(number: bigint): Bounds {
  const value = BigInt.asUintN(64, number);
  const cached = small.get(value);
  if (cached !== undefined) return cached;
  const signed = BigInt.asIntN(64, value);
  const low = Number(value & U32_MASK);
  const made: Bounds = {
    bits: tnumConstant(value),
    umin: value,
    umax: value,
    smin: signed,
    smax: signed,
    u32min: low,
    u32max: low,
    s32min: low | 0,
    s32max: low | 0,
  };
  if (small.size < 4096) small.set(value, made);
  return made;
}

/** Exactly zero. */
export const ZERO: Bounds = constant(0n);

/** Whether the number is one number. */
export function isConstantBounds(bounds: Bounds): boolean {
  return bounds.bits.mask === 0n;
}

/** Whether the bits and the unsigned and signed ranges of that width say one number. */
export function isExact(bounds: Bounds, width: 32 | 64): boolean {
  if (width === 64) return bounds.bits.mask === 0n;
  return (bounds.bits.mask & U32_MASK) === 0n;
}

/** Bits that the number may need: 32 where the upper half is known to be 0. */
export function widthOf(bounds: Bounds): number {
  return bounds.umax <= U32_MASK ? (bounds.umax <= 0xffffn ? (bounds.umax <= 0xffn ? 8 : 16) : 32) : 64;
}

/** Whether every number of `inner` is one of `outer`, as ranges and as bits. */
export function contains(outer: Bounds, inner: Bounds): boolean {
  return (
    outer.umin <= inner.umin &&
    outer.umax >= inner.umax &&
    outer.smin <= inner.smin &&
    outer.smax >= inner.smax &&
    outer.u32min <= inner.u32min &&
    outer.u32max >= inner.u32max &&
    outer.s32min <= inner.s32min &&
    outer.s32max >= inner.s32max
  );
}

/** Whether the two say the same. */
export function sameBounds(a: Bounds, b: Bounds): boolean {
  if (a === b) return true;
  return a.bits.value === b.bits.value && a.bits.mask === b.bits.mask && contains(a, b) && contains(b, a);
}

/** Whether the ranges contradict themselves: no number fits. */
export function isEmpty(bounds: Bounds): boolean {
  const { umin, umax, smin, smax, u32min, u32max, s32min, s32max } = bounds;
  return umin > umax || smin > smax || u32min > u32max || s32min > s32max;
}
