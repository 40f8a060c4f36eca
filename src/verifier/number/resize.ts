// Narrowing, widening and byte order: what remains known of a number cut to fewer bits, sign-extended, or turned round.
import { type Bounds, constant, Draft, S32_MAX, S32_MIN, U32_MAX, UNKNOWN } from './bounds.js';
import { assignLow32, settle } from './deduce.js';
import {
  tnumByteswap,
  tnumCast,
  tnumConstant,
  tnumLow32,
  tnumRange,
  tnumWithLow32,
  U32_MASK,
  U64_MAX,
  UNKNOWN_TNUM,
} from './tnum.js';

/** The low `bytes` bytes, zero-extended. */
export function truncate(bounds: Bounds, bytes: number): Bounds {
  if (bytes === 8) return bounds;
  const draft = new Draft(bounds);
  const mask = (1n << BigInt(8 * bytes)) - 1n;
  draft.bits = tnumCast(draft.bits, bytes);
  const sameAbove = (draft.umin & ~mask) === (draft.umax & ~mask);
  draft.setUnsigned(sameAbove ? draft.umin & mask : 0n, sameAbove ? draft.umax & mask : mask);
  draft.setSigned(draft.umin, draft.umax);
  if (bytes < 4) draft.forget32();
  return settle(draft);
}

/** The low 32 bits, zero-extended, as a 32-bit move leaves them. */
export function zeroExtend32(bounds: Bounds): Bounds {
  const draft = new Draft(bounds);
  assignLow32(draft);
  return settle(draft);
}

/** The same upper half, with a known lower one. */
export function withLow32(bounds: Bounds, word: number): Bounds {
  const draft = new Draft(bounds);
  draft.forget64();
  draft.bits = tnumWithLow32(bounds.bits, tnumConstant(BigInt(word >>> 0)));
  draft.setUnsigned32(word >>> 0, word >>> 0);
  draft.setSigned32(word | 0, word | 0);
  return settle(draft);
}

/** The low `bytes` bytes, sign-extended to 64 bits. */
export function signExtend(bounds: Bounds, bytes: 1 | 2 | 4): Bounds {
  const bits = 8 * bytes;
  if (bounds.bits.mask === 0n) return constant(BigInt.asIntN(bits, bounds.bits.value));
  const draft = new Draft(bounds);
  const [from, to] = [BigInt.asIntN(bits, bounds.smin), BigInt.asIntN(bits, bounds.smax)];
  const sameAbove = bounds.smin >> BigInt(bits) === bounds.smax >> BigInt(bits);
  if (!sameAbove || from < 0n !== to < 0n) return signExtended(bits);
  const [smin, smax] = from < to ? [from, to] : [to, from];
  draft.setSigned(smin, smax);
  draft.setSigned32(Number(smin), Number(smax));
  draft.setUnsigned(BigInt.asUintN(64, smin), BigInt.asUintN(64, smax));
  draft.setUnsigned32(Number(smin) >>> 0, Number(smax) >>> 0);
  draft.bits = tnumRange(draft.umin, draft.umax);
  return draft;
}

function signExtended(bits: number): Bounds {
  const limit = 1n << BigInt(bits - 1);
  return {
    ...UNKNOWN,
    bits: UNKNOWN_TNUM,
    umax: U64_MAX,
    smin: -limit,
    smax: limit - 1n,
    s32min: Number(-limit),
    s32max: Number(limit - 1n),
  };
}

/** The low `bytes` bytes of the lower half, sign-extended to 32 bits; the upper half as `zeroExtend32` leaves it. */
export function signExtend32(bounds: Bounds, bytes: 1 | 2): Bounds {
  const draft = new Draft(bounds);
  const bits = 8 * bytes;
  const extend = (value: number): number => (value << (32 - bits)) >> (32 - bits);
  if ((bounds.bits.mask & U32_MASK) === 0n) {
    setLow(draft, extend(Number(bounds.bits.value & U32_MASK)), extend(Number(bounds.bits.value & U32_MASK)));
  } else {
    const [from, to] = [extend(bounds.s32min), extend(bounds.s32max)];
    const sameAbove = bounds.s32min >> bits === bounds.s32max >> bits;
    if (sameAbove && from < 0 === to < 0) setLow(draft, Math.min(from, to), Math.max(from, to));
    else forgetLow(draft, bits);
  }
  assignLow32(draft);
  return settle(draft);
}

function setLow(draft: Draft, from: number, to: number): void {
  draft.setSigned32(from, to);
  draft.setUnsigned32(from >>> 0, to >>> 0);
  draft.bits = tnumLow32(tnumRange(BigInt(from >>> 0), BigInt(to >>> 0)));
}

function forgetLow(draft: Draft, bits: number): void {
  const limit = 2 ** (bits - 1);
  draft.setSigned32(Math.max(S32_MIN, -limit), Math.min(S32_MAX, limit - 1));
  draft.setUnsigned32(0, U32_MAX);
  draft.bits = tnumLow32(UNKNOWN_TNUM);
}

/** `le`, `be` and `bswap` on a little-endian machine: `le` only truncates. */
export function changeByteOrder(bounds: Bounds, op: 'le' | 'be' | 'bswap', bits: 16 | 32 | 64): Bounds {
  let result = bounds;
  if (op !== 'le') {
    const draft = new Draft(UNKNOWN);
    draft.bits = tnumByteswap(bounds.bits, bits);
    result = bits === 64 ? settle(draft) : draft;
  }
  return bits === 64 ? result : truncate(result, bits / 8);
}
