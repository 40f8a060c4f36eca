// Arithmetic: numbers with numbers, and numbers added to pointers.
import type { AluOp, Instruction, Width } from '../../isa/instruction.js';
import { ALU } from '../../isa/opcode.js';
import { VERIFIER_LIMIT } from '../../platform/limits.js';
import { evaluate, negate } from '../number/arithmetic.js';
import {
  type Bounds,
  constant,
  Draft,
  isEmpty,
  S32_MAX,
  S32_MIN,
  S64_MAX,
  S64_MIN,
  UNKNOWN,
  ZERO,
} from '../number/bounds.js';
import { settle } from '../number/deduce.js';
import { changeByteOrder, signExtend, signExtend32, withLow32, zeroExtend32 } from '../number/resize.js';
import { tnumAdd, tnumSub, U32_MASK, U64_MAX } from '../number/tnum.js';
import { markPrecise } from '../prune/precision.js';
import { reject } from '../rejected.js';
import { type Register, scalar, UNKNOWN_SCALAR } from '../state/register.js';
import type { Walker } from '../walk/walker.js';
import { typeName } from './names.js';

type Alu = Extract<Instruction, { kind: 'alu' }>;

/** dst = dst op source. */
export function arithmetic(walker: Walker, instruction: Alu): void {
  const { op, dst, source } = instruction;
  if (op === 'mov') return move(walker, instruction);
  const left = walker.get(dst);
  if (source.kind === 'immediate') {
    const value = scalar(constant(BigInt(source.value)));
    walker.set(
      dst,
      left.isPointer ? offsetPointer(walker, instruction, left, value) : sum(walker, instruction, left, value),
    );
    return;
  }
  const right = walker.get(source.register);
  walker.set(dst, combine(walker, instruction, left, right, source.register));
}

/** Messages name the operation without its sign. */
function symbolOf(op: AluOp): string {
  return ALU[op === 'sdiv' ? 'div' : op === 'smod' ? 'mod' : op].symbol;
}

function combine(walker: Walker, instruction: Alu, left: Register, right: Register, register: number): Register {
  const { op, dst } = instruction;
  if (left.isPointer && right.isPointer) {
    if (op === 'sub') return UNKNOWN_SCALAR;
    reject('EACCES', `R${dst} pointer ${symbolOf(op)} pointer prohibited`, dst);
  }
  if (right.isPointer) {
    markPrecise(walker, dst);
    return offsetPointer(walker, instruction, right, left, true);
  }
  if (left.isPointer) {
    markPrecise(walker, register);
    return offsetPointer(walker, instruction, left, right);
  }
  return sum(walker, instruction, left, right);
}

/**
 * A number made of two. Adding or subtracting a constant keeps the tie to the copies of the first, once. What is all ones or all zeros, as a
 * sign shifted down leaves it, is walked as either before a constant is masked in.
 */
function sum(walker: Walker, { op, width, dst }: Alu, left: Register, right: Register): Register {
  const forked = canFork(op, width, left, right) ? fork(walker, width, dst, left) : left;
  const bounds = evaluate(op, width, forked.bounds, right.bounds);
  const delta = tieDelta(op, width, left, right);
  return delta === undefined ? scalar(bounds) : scalar(bounds).with({ id: left.id, sumWidth: width, offset: delta });
}

/** How far the result is from the copies of `left`, where that is worth keeping. */
function tieDelta(op: AluOp, width: Width, left: Register, right: Register): number | undefined {
  if ((op !== 'add' && op !== 'sub') || left.id === 0 || left.sumWidth !== 0) return undefined;
  const added = right.constant;
  const wraps = width === 32 && left.bounds.umax > U32_MASK;
  if (added === undefined || wraps) return undefined;
  const value = Number(BigInt.asIntN(width, op === 'add' ? added : -added));
  return value >= S32_MIN && value <= S32_MAX ? value : undefined;
}

function canFork(op: AluOp, width: Width, { bounds }: Register, right: Register): boolean {
  if ((op !== 'and' && op !== 'or') || right.bounds.bits.mask !== 0n) return false;
  return width === 64 ? bounds.smin === -1n && bounds.smax === 0n : bounds.s32min === -1 && bounds.s32max === 0;
}

function fork(walker: Walker, width: Width, dst: number, left: Register): Register {
  const zero = walker.push(walker.slot);
  zero.frame.registers[dst] = left.withBounds(width === 64 ? ZERO : withLow32(left.bounds, 0));
  return left.withBounds(width === 64 ? constant(-1n) : withLow32(left.bounds, -1));
}

function move(walker: Walker, { width, dst, source }: Alu): void {
  if (source.kind === 'immediate') {
    walker.setScalar(dst, constant(width === 64 ? BigInt(source.value) : BigInt(source.value >>> 0)));
    return;
  }
  const value = walker.get(source.register);
  if (width === 64) {
    walker.set(dst, tied(walker, source.register, value));
  } else if (value.kind !== 'scalar') {
    walker.setScalar(dst, zeroExtend32(UNKNOWN));
  } else if (value.bounds.umax <= U32_MASK) {
    const copy = tied(walker, source.register, value);
    walker.set(dst, copy.withBounds(zeroExtend32(copy.bounds)));
  } else {
    walker.setScalar(dst, zeroExtend32(value.bounds));
  }
}

/** The number to copy, with an id so that what is learned of one copy is learned of all. */
export function tied(walker: Walker, register: number, value: Register): Register {
  const changed = withId(walker, value);
  if (changed !== value) walker.set(register, changed);
  return changed;
}

/** A number with an id where it needs one: constants need none. */
export function withId(walker: Walker, value: Register): Register {
  if (value.kind !== 'scalar') return value;
  const free = value.sumWidth !== 0 ? value.with({ id: 0, sumWidth: 0, offset: 0 }) : value;
  return free.id === 0 && free.bounds.bits.mask !== 0n ? free.with({ id: walker.newId() }) : free;
}

/** dst = the low bits of src, sign-extended. */
export function signExtendingMove(walker: Walker, instruction: Extract<Instruction, { kind: 'movsx' }>): void {
  const { width, bits, dst, src } = instruction;
  const value = walker.get(src);
  if (value.kind !== 'scalar') {
    walker.setScalar(dst, width === 64 ? UNKNOWN : zeroExtend32(UNKNOWN));
    return;
  }
  const fits = value.bounds.umax < 1n << BigInt(bits - 1);
  const copy = fits ? tied(walker, src, value) : scalar(value.bounds);
  const bytes = (bits / 8) as 1 | 2 | 4;
  const bounds = width === 64 ? signExtend(copy.bounds, bytes) : signExtend32(copy.bounds, bytes as 1 | 2);
  walker.set(dst, copy.withBounds(bounds));
}

/** dst = -dst. */
export function negation(walker: Walker, { dst, width }: Extract<Instruction, { kind: 'neg' }>): void {
  const value = walker.get(dst);
  walker.set(dst, value.kind === 'scalar' ? scalar(negate(value.bounds, width)) : UNKNOWN_SCALAR);
}

/** dst with its bytes turned round. */
export function byteswap(walker: Walker, { dst, op, bits }: Extract<Instruction, { kind: 'byteswap' }>): void {
  const value = walker.get(dst);
  if (value.kind !== 'scalar') walker.set(dst, UNKNOWN_SCALAR);
  else if (op === 'le' && bits === 64) walker.set(dst, value);
  else walker.setScalar(dst, changeByteOrder(value.bounds, op, bits));
}

const MOVABLE: ReadonlySet<string> = new Set([
  'context',
  'mapValue',
  'mapKey',
  'stack',
  'packet',
  'packetMeta',
  'object',
  'memory',
  'function',
  'dynptr',
]);

/** A pointer and a number; `isReversed` where the number stood in dst. */
function offsetPointer(
  walker: Walker,
  { op, width, dst }: Alu,
  base: Register,
  number: Register,
  isReversed = false,
): Register {
  if (isEmpty(number.bounds)) return UNKNOWN_SCALAR;
  if (width === 32) {
    if (op === 'sub') return UNKNOWN_SCALAR;
    reject('EACCES', `R${dst} 32-bit pointer arithmetic prohibited`, dst);
  }
  requireMovable(base, number, op, dst);
  requireSaneOffset(base, number);
  requireSaneOffset(base, base);
  const moved = movePointer(walker, op, dst, base, number, isReversed);
  requireSaneOffset(base, moved);
  return moved;
}

function requireMovable(base: Register, number: Register, op: AluOp, dst: number): void {
  if (base.isNullable) {
    reject('EACCES', `R${dst} pointer arithmetic on ${typeName(base)} prohibited, null-check it first`, dst);
  }
  const addsNothing = base.kind === 'map' && op === 'add' && number.constant === 0n;
  if (MOVABLE.has(base.kind) || addsNothing) return;
  reject('EACCES', `R${dst} pointer arithmetic on ${typeName(base)} prohibited`, dst);
}

const MAX_OFFSET = VERIFIER_LIMIT.MAX_VARIABLE_OFFSET;

/** Offsets stay far below where sums of them could overflow. */
function requireSaneOffset(base: Register, { bounds, offset, kind }: Register): void {
  const value = BigInt.asIntN(64, bounds.bits.value);
  const limit = BigInt(MAX_OFFSET);
  const name = typeName(base);
  if (bounds.bits.mask === 0n && (value >= limit || value <= -limit)) {
    reject('EINVAL', `math between ${name} pointer and ${value} is not allowed`);
  }
  if (kind !== 'scalar' && (offset >= MAX_OFFSET || offset <= -MAX_OFFSET)) {
    reject('EINVAL', `${name} pointer offset ${offset} is not allowed`);
  }
  if (bounds.smin === S64_MIN) {
    reject('EINVAL', `math between ${name} pointer and register with unbounded min value is not allowed`);
  }
  if (bounds.smin >= limit || bounds.smin <= -limit) {
    reject('EINVAL', `value ${bounds.smin} makes ${name} pointer be out of bounds`);
  }
}

function movePointer(
  walker: Walker,
  op: AluOp,
  dst: number,
  base: Register,
  number: Register,
  isReversed: boolean,
): Register {
  switch (op) {
    case 'add':
      return addToPointer(walker, base, number);
    case 'sub':
      if (isReversed) reject('EACCES', `R${dst} tried to subtract pointer from scalar`, dst);
      if (base.kind === 'stack') reject('EACCES', `R${dst} subtraction from stack pointer prohibited`, dst);
      return subtractFromPointer(walker, base, number);
    case 'and':
    case 'or':
    case 'xor':
      return reject('EACCES', `R${dst} bitwise operator ${symbolOf(op)} on pointer prohibited`, dst);
    default:
      return reject('EACCES', `R${dst} pointer arithmetic with ${symbolOf(op)} operator prohibited`, dst);
  }
}

/** The fixed offset that results where the number is one number and the sum fits 32 bits. */
function fixedOffset(base: Register, number: Register, sign: 1n | -1n): number | undefined {
  if (number.bounds.bits.mask !== 0n) return undefined;
  const sum = BigInt(base.offset) + sign * number.bounds.smin;
  return BigInt.asIntN(32, sum) === sum ? Number(sum) : undefined;
}

function addToPointer(walker: Walker, base: Register, number: Register): Register {
  const offset = fixedOffset(base, number, 1n);
  if (offset !== undefined) return base.withBounds(pointerBounds(base.bounds)).with({ offset });
  const [a, b] = [base.bounds, number.bounds];
  const draft = new Draft(a);
  const [smin, smax] = [a.smin + b.smin, a.smax + b.smax];
  const fits = smin >= S64_MIN && smax <= S64_MAX && smin <= S64_MAX && smax >= S64_MIN;
  draft.setSigned(fits ? smin : S64_MIN, fits ? smax : S64_MAX);
  const overflows = a.umax + b.umax > U64_MAX;
  draft.setUnsigned(overflows ? 0n : a.umin + b.umin, overflows ? U64_MAX : a.umax + b.umax);
  draft.bits = tnumAdd(a.bits, b.bits);
  draft.forget32();
  const moved = base.withBounds(settle(draft));
  return base.isPacketPointer ? moved.with({ id: walker.newId(), range: 0 }) : moved;
}

function subtractFromPointer(walker: Walker, base: Register, number: Register): Register {
  const offset = fixedOffset(base, number, -1n);
  if (offset !== undefined) return base.withBounds(pointerBounds(base.bounds)).with({ offset });
  const [a, b] = [base.bounds, number.bounds];
  const draft = new Draft(a);
  const [smin, smax] = [a.smin - b.smax, a.smax - b.smin];
  const fits = smin >= S64_MIN && smin <= S64_MAX && smax <= S64_MAX && smax >= S64_MIN;
  draft.setSigned(fits ? smin : S64_MIN, fits ? smax : S64_MAX);
  const overflows = a.umin < b.umax;
  draft.setUnsigned(overflows ? 0n : a.umin - b.umax, overflows ? U64_MAX : a.umax - b.umin);
  draft.bits = tnumSub(a.bits, b.bits);
  draft.forget32();
  const moved = base.withBounds(settle(draft));
  if (!base.isPacketPointer) return moved;
  return moved.with({ id: walker.newId(), range: b.smin < 0n ? 0 : base.range });
}

/** 32-bit ranges of pointers are not kept beyond what the 64-bit ones say. */
function pointerBounds(bounds: Bounds): Bounds {
  if (bounds.bits.mask === 0n) return bounds;
  const draft = new Draft(bounds);
  draft.forget32();
  return settle(draft);
}
