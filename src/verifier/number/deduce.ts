// How the five views of a number teach each other. Ranges as Linux 6.18 deduces them: a wider one would refuse programs that it takes,
// a narrower one would take programs that it refuses.
import { type Bounds, type Draft, S32_MAX, S32_MIN, S64_MIN } from './bounds.js';
import {
  type Tnum,
  tnumConstant,
  tnumIntersect,
  tnumLow32,
  tnumNext,
  tnumRange,
  tnumWithLow32,
  U32_MASK,
  U64_MAX,
} from './tnum.js';

const HIGH = U64_MAX ^ U32_MASK;

const maximum = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const minimum = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);
const low = (value: bigint): number => Number(value & U32_MASK);
const high = (value: bigint): number => Number(BigInt.asUintN(64, value) >> 32n);

/** Brings all views to agreement; the draft is finished afterwards. */
export function settle(draft: Draft): Bounds {
  if (draft.bits.mask === 0n && draft.umin === draft.umax && draft.smin === draft.smax && isSettledConstant(draft)) {
    return draft;
  }
  if (draft.umax <= SMALL_MAX && settleSmall(draft)) return draft;
  learnFromBits(draft);
  deduce(draft);
  deduce(draft);
  deduce(draft);
  draft.bits = bitsWithin(draft);
  learnFromBits(draft);
  return draft;
}

const SMALL_MAX = BigInt(S32_MAX);

/**
 * Numbers below 2^31, which most are, look the same in every view: one range of plain numbers settles all. False where the views contradict each
 * other, which the long way must sort out.
 */
function settleSmall(draft: Draft): boolean {
  const { bits, smin, smax, u32min, u32max, s32min, s32max } = draft;
  const value = Number(bits.value & U32_MASK);
  const mask = Number(bits.mask & SMALL_MAX);
  if (bits.value > SMALL_MAX) return false;
  let from = Math.max(Number(draft.umin), u32min, s32min, value);
  let to = Math.min(Number(draft.umax), u32max, s32max, value | mask);
  if (smin > 0n) from = Math.max(from, smin > SMALL_MAX ? 2 ** 31 : Number(smin));
  if (smax < SMALL_MAX) to = Math.min(to, smax < 0n ? -1 : Number(smax));
  if (from > to) return false;
  const open = from === to ? 0 : 2 ** (32 - Math.clz32(from ^ to)) - 1;
  const known = mask & open;
  const fixed = value | (from & ~open);
  if ((value & ~open & ~from) !== 0 || (from & ~open & ~mask & ~value) !== 0) return false;
  const number = fixed & ~known;
  from = Math.max(from, number);
  to = Math.min(to, number | known);
  draft.bits = { value: BigInt(number), mask: BigInt(known) };
  const [low64, high64] = [BigInt(from), BigInt(to)];
  draft.setUnsigned(low64, high64);
  draft.setSigned(low64, high64);
  draft.setUnsigned32(from, to);
  draft.setSigned32(from, to);
  const only = (known & (known + 1)) === 0 ? undefined : onlyNumber(draft);
  if (only !== undefined) become(draft, only);
  return true;
}

function isSettledConstant(draft: Draft): boolean {
  const { value } = draft.bits;
  const word = low(value);
  return (
    draft.umin === value &&
    draft.smin === signed(value) &&
    draft.u32min === word &&
    draft.u32max === word &&
    draft.s32min === (word | 0) &&
    draft.s32max === (word | 0)
  );
}

/** Ranges can be no wider than the bits allow. */
export function learnFromBits(draft: Draft): void {
  learnFromLowBits(draft);
  const { value, mask } = draft.bits;
  const sign = mask & unsigned(S64_MIN);
  draft.smin = maximum(draft.smin, signed(value | sign));
  draft.smax = minimum(draft.smax, signed(value | (mask & ~sign)));
  draft.umin = maximum(draft.umin, value);
  draft.umax = minimum(draft.umax, value | mask);
  const only = onlyNumber(draft);
  if (only !== undefined) become(draft, only);
}

/** The one number that is both in the unsigned range and in the bits, where there is just one; bits without gaps have no such. */
function onlyNumber({ bits, umin, umax }: Draft): bigint | undefined {
  const { value, mask } = bits;
  if ((mask & (mask + 1n)) === 0n) return undefined;
  const isMember = (umin & ~mask) === value;
  const next = tnumNext(bits, umin);
  if (isMember) return next > umax ? umin : undefined;
  if (next === (value | mask)) return next;
  return next <= umax && tnumNext(bits, next) > umax ? next : undefined;
}

function become(draft: Draft, number: bigint): void {
  draft.bits = tnumConstant(number);
  draft.setUnsigned(number, number);
  draft.setSigned(signed(number), signed(number));
  const word = low(number);
  draft.setUnsigned32(word, word);
  draft.setSigned32(word | 0, word | 0);
}

/** As learnFromBits, of the lower half only. */
export function learnFromLowBits(draft: Draft): void {
  const value = low(draft.bits.value);
  const mask = low(draft.bits.mask);
  draft.s32min = Math.max(draft.s32min, value | (mask & S32_MIN));
  draft.s32max = Math.min(draft.s32max, value | (mask & S32_MAX));
  draft.u32min = Math.max(draft.u32min, value);
  draft.u32max = Math.min(draft.u32max, (value | mask) >>> 0);
}

function deduce(draft: Draft): void {
  deduce32(draft);
  deduce64(draft);
  deduceAcross(draft);
}

function deduce32(draft: Draft): void {
  deduce32From(draft, draft.umin, draft.umax);
  deduce32From(draft, draft.smin, draft.smax);
  if ((draft.u32min | 0) <= (draft.u32max | 0)) {
    narrowSigned32(draft, draft.u32min | 0, draft.u32max | 0);
  }
  const [first, last] = [draft.s32min >>> 0, draft.s32max >>> 0];
  if (first <= last) {
    narrowUnsigned32(draft, first, last);
  } else if (draft.u32max < first) {
    draft.s32min = draft.u32min | 0;
    draft.u32max = Math.min(draft.u32max, last);
  } else if (last < draft.u32min) {
    draft.s32max = draft.u32max | 0;
    draft.u32min = Math.max(draft.u32min, first);
  }
}

/** What a 64-bit range says of the lower half: all where the upper half is the same at both ends, something where it steps by one. */
function deduce32From(draft: Draft, from: bigint, to: bigint): void {
  const [first, last] = [low(from), low(to)];
  const [firstHigh, lastHigh] = [high(from), high(to)];
  if (firstHigh === lastHigh) {
    if (first <= last) narrowUnsigned32(draft, first, last);
    if ((first | 0) <= (last | 0)) narrowSigned32(draft, first | 0, last | 0);
  } else if ((firstHigh + 1) >>> 0 === lastHigh && (first | 0) < 0 && (last | 0) >= 0) {
    narrowSigned32(draft, first | 0, last | 0);
  }
}

function narrowUnsigned32(draft: Draft, from: number, to: number): void {
  draft.u32min = Math.max(draft.u32min, from);
  draft.u32max = Math.min(draft.u32max, to);
}

function narrowSigned32(draft: Draft, from: number, to: number): void {
  draft.s32min = Math.max(draft.s32min, from);
  draft.s32max = Math.min(draft.s32max, to);
}

function deduce64(draft: Draft): void {
  if (signed(draft.umin) <= signed(draft.umax)) {
    draft.smin = maximum(draft.smin, signed(draft.umin));
    draft.smax = minimum(draft.smax, signed(draft.umax));
  }
  const [first, last] = [unsigned(draft.smin), unsigned(draft.smax)];
  if (first <= last) {
    draft.umin = maximum(draft.umin, first);
    draft.umax = minimum(draft.umax, last);
  } else if (draft.umax < first) {
    // The signed range wraps round the unsigned one: only its part from 0 upwards is left.
    draft.smin = signed(draft.umin);
    draft.umax = minimum(draft.umax, last);
  } else if (last < draft.umin) {
    draft.smax = signed(draft.umax);
    draft.umin = maximum(draft.umin, first);
  }
}

/** The lower half's range, put under the upper halves of the 64-bit ends. */
function deduceAcross(draft: Draft): void {
  const from = BigInt(draft.u32min);
  const to = BigInt(draft.u32max);
  draft.umin = maximum(draft.umin, (draft.umin & HIGH) | from);
  draft.umax = minimum(draft.umax, (draft.umax & HIGH) | to);
  draft.smin = maximum(draft.smin, signed((unsigned(draft.smin) & HIGH) | from));
  draft.smax = minimum(draft.smax, signed((unsigned(draft.smax) & HIGH) | to));
  // A sign-extended word whose lower half is not negative has an upper half of zeros.
  if (draft.s32min >= 0 && draft.smin >= BigInt(S32_MIN) && draft.smax <= BigInt(S32_MAX)) {
    draft.setSigned(BigInt(draft.s32min), BigInt(draft.s32max));
    draft.setUnsigned(unsigned(draft.smin), unsigned(draft.smax));
    draft.bits = tnumIntersect(draft.bits, tnumRange(draft.umin, draft.umax));
  }
}

/** The bits that the ranges leave open. */
function bitsWithin(draft: Draft): Tnum {
  const whole = tnumIntersect(draft.bits, tnumRange(draft.umin, draft.umax));
  const lower = tnumIntersect(tnumLow32(whole), tnumRange(BigInt(draft.u32min), BigInt(draft.u32max)));
  const upper = { value: whole.value & HIGH, mask: whole.mask & HIGH };
  return tnumWithLow32(upper, lower);
}

/** The unsigned 64-bit range of a zero-extended lower half. */
export function assignLow32(draft: Draft): void {
  draft.bits = tnumLow32(draft.bits);
  draft.umin = BigInt(draft.u32min);
  draft.umax = BigInt(draft.u32max);
  // The signed range follows only where it cannot be mistaken; `settle` finds the rest.
  const isPositive = draft.s32min >= 0 && draft.s32min <= draft.s32max;
  draft.smin = isPositive ? BigInt(draft.s32min) : 0n;
  draft.smax = isPositive ? BigInt(draft.s32max) : U32_MASK;
}
