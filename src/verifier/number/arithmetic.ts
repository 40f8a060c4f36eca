// What arithmetic does to knowledge of numbers, one entry per operation. Ranges as Linux 6.18 computes them.
import type { AluOp, Width } from '../../isa/instruction.js';
import {
  type Bounds,
  constant,
  Draft,
  isExact,
  S32_MAX,
  S32_MIN,
  S64_MAX,
  S64_MIN,
  U32_MAX,
  UNKNOWN,
} from './bounds.js';
import { assignLow32, learnFromBits, learnFromLowBits, settle } from './deduce.js';
import { shiftLeft, shiftRight, shiftRightSigned } from './shift.js';
import {
  type Tnum,
  tnumAdd,
  tnumAnd,
  tnumLow32,
  tnumMul,
  tnumOr,
  tnumSub,
  tnumXor,
  U32_MASK,
  U64_MAX,
} from './tnum.js';

/** Moves the ranges of `dst`; its bits are set separately. */
type RangeRule = (dst: Draft, src: Bounds) => void;

const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

interface Rule {
  readonly bits: (a: Tnum, b: Tnum) => Tnum;
  readonly ranges: RangeRule;
  /** The rule reads the new bits, so they are set first. */
  readonly bitsFirst: boolean;
}

const RULES: Partial<Record<AluOp, Rule>> = {
  add: { bits: tnumAdd, ranges: add, bitsFirst: false },
  sub: { bits: tnumSub, ranges: subtract, bitsFirst: false },
  mul: { bits: tnumMul, ranges: multiply, bitsFirst: true },
  and: { bits: tnumAnd, ranges: and, bitsFirst: true },
  or: { bits: tnumOr, ranges: or, bitsFirst: true },
  xor: { bits: tnumXor, ranges: xor, bitsFirst: true },
};

const SHIFTS: Partial<Record<AluOp, (dst: Draft, bits: number, width: Width) => void>> = {
  lsh: shiftLeft,
  rsh: shiftRight,
  arsh: shiftRightSigned,
};

/** The number that `op` makes of `dst` and `src`; a division's result is unknown, whatever its width, as is a shift by an unknown count. */
export function evaluate(op: AluOp, width: Width, dst: Bounds, src: Bounds): Bounds {
  const shift = SHIFTS[op];
  const draft = new Draft(dst);
  if (shift !== undefined) {
    if (!isExact(src, width) || src.umax >= BigInt(width)) return UNKNOWN;
    shift(draft, Number(src.umin), width);
  } else {
    const rule = RULES[op];
    if (rule === undefined) return UNKNOWN;
    const bits = rule.bits(dst.bits, src.bits);
    if (rule.bitsFirst) draft.bits = bits;
    rule.ranges(draft, src);
    draft.bits = bits;
  }
  if (width === 32) assignLow32(draft);
  return settle(draft);
}

/** 0 less the number. */
export function negate(dst: Bounds, width: Width): Bounds {
  return evaluate('sub', width, constant(0n), dst);
}

function add(dst: Draft, src: Bounds): void {
  const [u32min, u32max] = [dst.u32min + src.u32min, dst.u32max + src.u32max];
  const keep32 = u32min > U32_MAX || u32max <= U32_MAX;
  dst.setUnsigned32(keep32 ? u32min >>> 0 : 0, keep32 ? u32max >>> 0 : U32_MAX);
  setSigned32(dst, dst.s32min + src.s32min, dst.s32max + src.s32max);
  const [umin, umax] = [dst.umin + src.umin, dst.umax + src.umax];
  const keep = umin > U64_MAX || umax <= U64_MAX;
  dst.setUnsigned(keep ? umin & U64_MAX : 0n, keep ? umax & U64_MAX : U64_MAX);
  setSigned(dst, dst.smin + src.smin, dst.smax + src.smax);
}

function subtract(dst: Draft, src: Bounds): void {
  const [u32min, u32max] = [dst.u32min - src.u32max, dst.u32max - src.u32min];
  const keep32 = u32min >= 0 || u32max < 0;
  dst.setUnsigned32(keep32 ? u32min >>> 0 : 0, keep32 ? u32max >>> 0 : U32_MAX);
  setSigned32(dst, dst.s32min - src.s32max, dst.s32max - src.s32min);
  const [umin, umax] = [dst.umin - src.umax, dst.umax - src.umin];
  const keep = umin >= 0n || umax < 0n;
  dst.setUnsigned(keep ? BigInt.asUintN(64, umin) : 0n, keep ? BigInt.asUintN(64, umax) : U64_MAX);
  setSigned(dst, dst.smin - src.smax, dst.smax - src.smin);
}

/** The range unless one of its ends overflowed. */
function setSigned32(dst: Draft, from: number, to: number): void {
  const fits = from >= S32_MIN && from <= S32_MAX && to >= S32_MIN && to <= S32_MAX;
  dst.setSigned32(fits ? from : S32_MIN, fits ? to : S32_MAX);
}

function setSigned(dst: Draft, from: bigint, to: bigint): void {
  const fits = from >= S64_MIN && from <= S64_MAX && to >= S64_MIN && to <= S64_MAX;
  dst.setSigned(fits ? from : S64_MIN, fits ? to : S64_MAX);
}

function multiply(dst: Draft, src: Bounds): void {
  const u32max = BigInt(dst.u32max) * BigInt(src.u32max);
  const isSmall = u32max <= U32_MASK;
  dst.setUnsigned32(isSmall ? dst.u32min * src.u32min : 0, isSmall ? Number(u32max) : U32_MAX);
  const words = corners(BigInt(dst.s32min), BigInt(dst.s32max), BigInt(src.s32min), BigInt(src.s32max));
  const fits32 = words.from >= BigInt(S32_MIN) && words.to <= BigInt(S32_MAX);
  dst.setSigned32(fits32 ? Number(words.from) : S32_MIN, fits32 ? Number(words.to) : S32_MAX);
  const umax = dst.umax * src.umax;
  dst.setUnsigned(umax <= U64_MAX ? dst.umin * src.umin : 0n, umax <= U64_MAX ? umax : U64_MAX);
  const whole = corners(dst.smin, dst.smax, src.smin, src.smax);
  setSigned(dst, whole.from, whole.to);
}

/** Least and greatest product of the ends. */
function corners(a: bigint, b: bigint, c: bigint, d: bigint): { readonly from: bigint; readonly to: bigint } {
  const products = [a * c, a * d, b * c, b * d];
  return {
    from: products.reduce((least, product) => (product < least ? product : least)),
    to: products.reduce((most, product) => (product > most ? product : most)),
  };
}

function and(dst: Draft, src: Bounds): void {
  bitwise(
    dst,
    low => [low.value, Math.min(dst.u32max, src.u32max)],
    ({ value }) => [value, dst.umax < src.umax ? dst.umax : src.umax],
  );
}

function or(dst: Draft, src: Bounds): void {
  bitwise(
    dst,
    low => [Math.max(dst.u32min, src.u32min), (low.value | low.mask) >>> 0],
    ({ value, mask }) => [dst.umin > src.umin ? dst.umin : src.umin, value | mask],
  );
}

function xor(dst: Draft): void {
  bitwise(
    dst,
    low => [low.value, (low.value | low.mask) >>> 0],
    ({ value, mask }) => [value, value | mask],
  );
}

interface Word {
  readonly value: number;
  readonly mask: number;
}

/** Unsigned ranges from the rules, signed ones where the unsigned do not cross the sign; known results as constants. */
function bitwise(
  dst: Draft,
  range32: (low: Word) => readonly [number, number],
  range64: (bits: Tnum) => readonly [bigint, bigint],
): void {
  const { value, mask } = tnumLow32(dst.bits);
  const [from32, to32] =
    mask === 0n ? [Number(value), Number(value)] : range32({ value: Number(value), mask: Number(mask) });
  dst.setUnsigned32(from32, to32);
  const ordered32 = (from32 | 0) <= (to32 | 0);
  dst.setSigned32(ordered32 ? from32 | 0 : S32_MIN, ordered32 ? to32 | 0 : S32_MAX);
  if (dst.bits.mask === 0n) {
    dst.assign(constant(dst.bits.value));
    return;
  }
  const [from, to] = range64(dst.bits);
  dst.setUnsigned(from, to);
  const ordered = signed(from) <= signed(to);
  dst.setSigned(ordered ? signed(from) : S64_MIN, ordered ? signed(to) : S64_MAX);
  learnFromBits(dst);
}

export { learnFromLowBits };
