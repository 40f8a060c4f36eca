// What a comparison says: whether its outcome is known beforehand, and what each outcome teaches about both sides.
import type { BranchOp, Width } from '../../isa/instruction.js';
import { type Bounds, Draft } from './bounds.js';
import { settle } from './deduce.js';
import {
  type Tnum,
  tnumAnd,
  tnumConstant,
  tnumIntersect,
  tnumLow32,
  tnumOr,
  tnumsOverlap,
  tnumWithLow32,
  U32_MASK,
} from './tnum.js';

/** A comparison as it holds on one side of a branch: `jclear` is `jset` not taken. */
export type Relation = BranchOp | 'jclear';

/** The relation that holds where `op` does not. */
export const NEGATED = {
  jeq: 'jne',
  jne: 'jeq',
  jgt: 'jle',
  jle: 'jgt',
  jge: 'jlt',
  jlt: 'jge',
  jsgt: 'jsle',
  jsle: 'jsgt',
  jsge: 'jslt',
  jslt: 'jsge',
  jset: 'jclear',
} as const satisfies Record<BranchOp, Relation>;

/** The relation with its sides exchanged. */
export const FLIPPED = {
  jeq: 'jeq',
  jne: 'jne',
  jset: 'jset',
  jgt: 'jlt',
  jlt: 'jgt',
  jge: 'jle',
  jle: 'jge',
  jsgt: 'jslt',
  jslt: 'jsgt',
  jsge: 'jsle',
  jsle: 'jsge',
} as const satisfies Record<BranchOp, BranchOp>;

/** Both sides seen through one width: exact integers, whichever it is. */
interface Side {
  readonly bits: Tnum;
  readonly umin: bigint | number;
  readonly umax: bigint | number;
  readonly smin: bigint | number;
  readonly smax: bigint | number;
}

function sideOf(bounds: Bounds, width: Width): Side {
  if (width === 64) return bounds;
  const { u32min, u32max, s32min, s32max } = bounds;
  return { bits: tnumLow32(bounds.bits), umin: u32min, umax: u32max, smin: s32min, smax: s32max };
}

/** True or false where the comparison comes out one way for all numbers, else undefined. */
export function outcome(op: BranchOp, width: Width, a: Bounds, b: Bounds): boolean | undefined {
  const [x, y] = [sideOf(a, width), sideOf(b, width)];
  switch (op) {
    case 'jeq':
      return areEqual(a, b, x, y, width);
    case 'jne': {
      const equal = areEqual(a, b, x, y, width);
      return equal === undefined ? undefined : !equal;
    }
    case 'jset':
      return sharesBits(x.bits, y.bits);
    case 'jgt':
      return x.umin > y.umax ? true : x.umax <= y.umin ? false : undefined;
    case 'jge':
      return x.umin >= y.umax ? true : x.umax < y.umin ? false : undefined;
    case 'jlt':
      return x.umax < y.umin ? true : x.umin >= y.umax ? false : undefined;
    case 'jle':
      return x.umax <= y.umin ? true : x.umin > y.umax ? false : undefined;
    case 'jsgt':
      return x.smin > y.smax ? true : x.smax <= y.smin ? false : undefined;
    case 'jsge':
      return x.smin >= y.smax ? true : x.smax < y.smin ? false : undefined;
    case 'jslt':
      return x.smax < y.smin ? true : x.smin >= y.smax ? false : undefined;
    case 'jsle':
      return x.smax <= y.smin ? true : x.smin > y.smax ? false : undefined;
  }
}

function areEqual(a: Bounds, b: Bounds, x: Side, y: Side, width: Width): boolean | undefined {
  if (x.bits.mask === 0n && y.bits.mask === 0n) return x.bits.value === y.bits.value;
  if (!tnumsOverlap(x.bits, y.bits)) return false;
  if (x.umin > y.umax || x.umax < y.umin || x.smin > y.smax || x.smax < y.smin) return false;
  if (width === 32) return undefined;
  const apart32 = a.u32min > b.u32max || a.u32max < b.u32min || a.s32min > b.s32max || a.s32max < b.s32min;
  return apart32 ? false : undefined;
}

function sharesBits(a: Tnum, b: Tnum): boolean | undefined {
  const [x, y] = b.mask === 0n ? [a, b.value] : [b, a.value];
  if (b.mask !== 0n && a.mask !== 0n) return undefined;
  if ((x.value & y) !== 0n) return true;
  return ((x.mask | x.value) & y) === 0n ? false : undefined;
}

/** What is known of both sides where the relation holds; `isSame` where one register is compared with itself. */
export function refine(
  relation: Relation,
  width: Width,
  a: Bounds,
  b: Bounds,
  isSame = false,
): readonly [Bounds, Bounds] {
  const left = new Draft(a);
  const right = isSame ? left : new Draft(b);
  REFINEMENTS[relation](left, right, width);
  return [settle(left), settle(right)];
}

type Refinement = (a: Draft, b: Draft, width: Width) => void;

const REFINEMENTS: Record<Relation, Refinement> = {
  jeq: refineEqual,
  jne: refineUnequal,
  jset: (a, b, width) => refineBits(a, b, width, true),
  jclear: (a, b, width) => refineBits(a, b, width, false),
  jle: (a, b, width) => refineUnsigned(a, b, width, 0),
  jlt: (a, b, width) => refineUnsigned(a, b, width, 1),
  jsle: (a, b, width) => refineSigned(a, b, width, 0),
  jslt: (a, b, width) => refineSigned(a, b, width, 1),
  jge: (a, b, width) => refineUnsigned(b, a, width, 0),
  jgt: (a, b, width) => refineUnsigned(b, a, width, 1),
  jsge: (a, b, width) => refineSigned(b, a, width, 0),
  jsgt: (a, b, width) => refineSigned(b, a, width, 1),
};

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

function refineEqual(a: Draft, b: Draft, width: Width): void {
  if (width === 32) {
    a.setUnsigned32(Math.max(a.u32min, b.u32min), Math.min(a.u32max, b.u32max));
    a.setSigned32(Math.max(a.s32min, b.s32min), Math.min(a.s32max, b.s32max));
    b.setUnsigned32(a.u32min, a.u32max);
    b.setSigned32(a.s32min, a.s32max);
    const low = tnumIntersect(tnumLow32(a.bits), tnumLow32(b.bits));
    a.bits = tnumWithLow32(a.bits, low);
    b.bits = tnumWithLow32(b.bits, low);
    return;
  }
  a.setUnsigned(larger(a.umin, b.umin), smaller(a.umax, b.umax));
  a.setSigned(larger(a.smin, b.smin), smaller(a.smax, b.smax));
  b.setUnsigned(a.umin, a.umax);
  b.setSigned(a.smin, a.smax);
  a.bits = tnumIntersect(a.bits, b.bits);
  b.bits = a.bits;
}

/** Only a constant at the edge of a range teaches anything. */
function refineUnequal(a: Draft, b: Draft, width: Width): void {
  if (isKnown(b, width)) excludeEdge(a, b.bits.value, width);
  else if (isKnown(a, width)) excludeEdge(b, a.bits.value, width);
}

function isKnown(draft: Draft, width: Width): boolean {
  return (width === 32 ? draft.bits.mask & U32_MASK : draft.bits.mask) === 0n;
}

function excludeEdge(draft: Draft, value: bigint, width: Width): void {
  if (width === 64) {
    const number = BigInt.asIntN(64, value);
    if (draft.umin === value) draft.umin++;
    if (draft.umax === value) draft.umax--;
    if (draft.smin === number) draft.smin++;
    if (draft.smax === number) draft.smax--;
    return;
  }
  const word = Number(value & U32_MASK);
  if (draft.u32min === word) draft.u32min++;
  if (draft.u32max === word) draft.u32max--;
  if (draft.s32min === (word | 0)) draft.s32min++;
  if (draft.s32max === (word | 0)) draft.s32max--;
}

/** `a & b` is not 0 (`isSet`: teaches something where b is one bit) or is 0. */
function refineBits(a: Draft, b: Draft, width: Width, isSet: boolean): void {
  if (isKnown(b, width)) refineBitsOf(a, b.bits.value, width, isSet);
  else if (isKnown(a, width)) refineBitsOf(b, a.bits.value, width, isSet);
}

function refineBitsOf(draft: Draft, constant: bigint, width: Width, isSet: boolean): void {
  const value = width === 32 ? constant & U32_MASK : constant;
  if (isSet && (value === 0n || (value & (value - 1n)) !== 0n)) return;
  const bits = width === 32 ? tnumLow32(draft.bits) : draft.bits;
  if (!isSet) {
    // The ranges might contradict the bits on a side that cannot be reached; they are found again from the bits.
    draft.forget64();
    draft.forget32();
  }
  const learned = isSet ? tnumOr(bits, tnumConstant(value)) : tnumAnd(bits, tnumConstant(BigInt.asUintN(64, ~value)));
  draft.bits = width === 32 ? tnumWithLow32(draft.bits, learned) : learned;
}

/** a + step <= b, unsigned. */
function refineUnsigned(a: Draft, b: Draft, width: Width, step: 0 | 1): void {
  if (width === 32) {
    a.u32max = Math.min(a.u32max, b.u32max - step);
    b.u32min = Math.max(a.u32min + step, b.u32min);
    return;
  }
  a.umax = smaller(a.umax, b.umax - BigInt(step));
  b.umin = larger(a.umin + BigInt(step), b.umin);
}

/** a + step <= b, signed. */
function refineSigned(a: Draft, b: Draft, width: Width, step: 0 | 1): void {
  if (width === 32) {
    a.s32max = Math.min(a.s32max, b.s32max - step);
    b.s32min = Math.max(a.s32min + step, b.s32min);
    return;
  }
  a.smax = smaller(a.smax, b.smax - BigInt(step));
  b.smin = larger(a.smin + BigInt(step), b.smin);
}
