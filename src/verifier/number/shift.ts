// Shifts by a known count. The 32-bit forms leave the 64-bit ranges open: the caller fills them from the lower half.
import type { Width } from '../../isa/instruction.js';
import { type Draft, S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX } from './bounds.js';
import { learnFromBits, learnFromLowBits } from './deduce.js';
import { tnumLow32, tnumShiftLeft, tnumShiftRight, tnumShiftRightSigned, U64_MAX } from './tnum.js';

export function shiftLeft(dst: Draft, bits: number, width: Width): void {
  const low = tnumLow32(dst.bits);
  if (width === 64) shiftLeft64(dst, BigInt(bits));
  shiftLeftUnsigned32(dst, bits);
  if (width === 32) {
    dst.bits = tnumLow32(tnumShiftLeft(low, BigInt(bits)));
    dst.forget64();
    learnFromLowBits(dst);
  } else {
    dst.bits = tnumShiftLeft(dst.bits, BigInt(bits));
    learnFromBits(dst);
  }
}

function shiftLeft64(dst: Draft, bits: bigint): void {
  // `<< 32` is half of a sign extension: the signed lower half becomes the upper one.
  const [smin, smax] = bits === 32n ? [BigInt(dst.s32min) << 32n, BigInt(dst.s32max) << 32n] : [S64_MIN, S64_MAX];
  dst.setSigned(smin, smax);
  const loses = dst.umax > 1n << (63n - bits);
  dst.setUnsigned(loses ? 0n : dst.umin << bits, loses ? U64_MAX : dst.umax << bits);
}

function shiftLeftUnsigned32(dst: Draft, bits: number): void {
  dst.setSigned32(S32_MIN, S32_MAX);
  const loses = bits > 31 || dst.u32max > 2 ** (31 - bits);
  dst.setUnsigned32(loses ? 0 : dst.u32min * 2 ** bits, loses ? U32_MAX : dst.u32max * 2 ** bits);
}

export function shiftRight(dst: Draft, bits: number, width: Width): void {
  if (width === 32) {
    dst.setSigned32(S32_MIN, S32_MAX);
    dst.bits = tnumShiftRight(tnumLow32(dst.bits), BigInt(bits));
    dst.setUnsigned32(dst.u32min >>> bits, dst.u32max >>> bits);
    dst.forget64();
    learnFromLowBits(dst);
    return;
  }
  dst.setSigned(S64_MIN, S64_MAX);
  dst.bits = tnumShiftRight(dst.bits, BigInt(bits));
  dst.setUnsigned(dst.umin >> BigInt(bits), dst.umax >> BigInt(bits));
  dst.forget32();
  learnFromBits(dst);
}

export function shiftRightSigned(dst: Draft, bits: number, width: Width): void {
  if (width === 32) {
    dst.setSigned32(dst.s32min >> bits, dst.s32max >> bits);
    dst.bits = tnumShiftRightSigned(tnumLow32(dst.bits), BigInt(bits), 32);
    dst.setUnsigned32(0, U32_MAX);
    dst.forget64();
    learnFromLowBits(dst);
    return;
  }
  dst.setSigned(dst.smin >> BigInt(bits), dst.smax >> BigInt(bits));
  dst.bits = tnumShiftRightSigned(dst.bits, BigInt(bits), 64);
  dst.setUnsigned(0n, U64_MAX);
  dst.forget32();
  learnFromBits(dst);
}
