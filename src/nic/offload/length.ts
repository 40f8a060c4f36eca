// How many of the card's instructions a program becomes: an estimate from the model's `expansion`, since the driver's translator is not here.
import type { Instruction, Operand } from '../../isa/instruction.js';
import type { SectionValues } from '../model-fields.js';
import type { CheckContext } from './check.js';
import { pointersIn } from './pointers.js';
import { constantOf, offsetOf, type RangeOracle } from './ranges.js';
import type { Reached } from './reached.js';

/** The card's instructions for one BPF instruction, by kind. */
export type Expansion = SectionValues<'expansion'>;

/** Checks the program against the card's instruction store. */
export function checkLength(context: CheckContext): void {
  const { model, found, facts } = context;
  const allowed = model.limits.nativeInstructions;
  if (allowed === undefined || model.expansion.perInstruction === undefined) return;
  const used = facts.lengthBy(model.expansion);
  found.addLimit(
    'programLength',
    { name: 'instructions of the card', used, allowed, isEstimate: true },
    { figures: ['limits.nativeInstructions'] },
  );
}

/** The card's instructions for a whole program with its prologue, epilogue and padding; code that no path reaches is removed before. */
export function nativeLength({ operations }: Reached, expansion: Expansion, ranges: RangeOracle): number {
  const { prologue = 0, epilogue = 0, padding = 0 } = expansion;
  const body = operations.map(({ instruction, slot }) => nativeInstructions(instruction, slot, expansion, ranges));
  return Math.ceil(body.reduce((sum, count) => sum + count, prologue + epilogue + padding));
}

/** The card's instructions for one instruction. */
export function nativeInstructions(
  instruction: Instruction,
  slot: number,
  expansion: Expansion,
  ranges: RangeOracle,
): number {
  const fallback = expansion.perInstruction ?? 1;
  switch (instruction.kind) {
    case 'alu':
      return arithmetic(instruction, slot, expansion, ranges) ?? fallback;
    case 'neg':
      return (instruction.width === 64 ? expansion.alu64 : withZero(expansion.alu32, expansion)) ?? fallback;
    case 'byteswap':
      return (
        { 16: expansion.byteswap16, 32: expansion.byteswap32, 64: expansion.byteswap64 }[instruction.bits] ?? fallback
      );
    case 'load':
      return load(instruction, slot, expansion, ranges) ?? fallback;
    case 'store':
      return store(instruction, slot, expansion, ranges) ?? fallback;
    case 'atomic':
      return add(instruction, slot, expansion, ranges) ?? fallback;
    case 'jump':
    case 'exit':
      return expansion.jump ?? fallback;
    case 'branch':
      return branch(instruction, expansion) ?? fallback;
    case 'loadImmediate64':
      return plus(expansion.loadImmediate64, extraHalves(instruction.low, instruction.high, 16)) ?? fallback;
    case 'call':
      return call(instruction, slot, expansion, ranges) ?? fallback;
    default:
      return fallback;
  }
}

function plus(count: number | undefined, more: number): number | undefined {
  return count === undefined ? undefined : count + more;
}

function withZero(count: number | undefined, { zeroExtension = 0 }: Expansion): number | undefined {
  return plus(count, zeroExtension);
}

/** Instructions that load an immediate half: none where it fits the operand, else one, or two where its bits are spread. */
function immediateLoads(half: number, operandBits: number): number {
  const value = half >>> 0;
  if (value < 2 ** operandBits) return 0;
  return fitsShifted16(value) || fitsShifted16(~value >>> 0) ? 1 : 2;
}

/** 16 bits in a row, at byte 0, 1 or 2. */
function fitsShifted16(value: number): boolean {
  return (value & 0xffff0000) === 0 || (value & 0xff0000ff) === 0 || (value & 0x0000ffff) === 0;
}

/** Halves that take two instructions to load instead of one. */
function extraHalves(low: number, high: number, operandBits: number): number {
  return [low, high].filter(half => immediateLoads(half, operandBits) > 1).length;
}

type Arithmetic = Extract<Instruction, { kind: 'alu' }>;

function arithmetic(alu: Arithmetic, slot: number, expansion: Expansion, ranges: RangeOracle): number | undefined {
  const { op, width, source } = alu;
  switch (op) {
    case 'mov': {
      const moves = width === 64 ? expansion.move64 : expansion.move32;
      return plus(moves, source.kind === 'immediate' ? extraHalves(source.value, highHalf(source, width), 16) : 0);
    }
    case 'mul':
      return multiply(alu, slot, expansion, ranges);
    case 'div':
      return isPowerOfTwo(constantDivisor(source, slot, ranges)) ? expansion.divideByPower : expansion.divideByConstant;
    case 'lsh':
    case 'rsh':
    case 'arsh':
      return shift(alu, slot, expansion, ranges);
    default: {
      const count = width === 64 ? expansion.alu64 : withZero(expansion.alu32, expansion);
      return plus(count, wideOperand(source, width, expansion) - (width === 64 ? idleHalves(op, source) : 0));
    }
  }
}

/** Halves of a register that an immediate leaves as they are: the driver has no instruction for those. */
function idleHalves(op: Arithmetic['op'], source: Operand): number {
  const idle = { and: -1, or: 0, xor: 0 }[op as string];
  if (source.kind === 'register' || idle === undefined) return 0;
  return [source.value | 0, source.value < 0 ? -1 : 0].filter(half => half === idle).length;
}

function highHalf(source: Operand, width: number): number {
  return width === 64 && source.kind === 'immediate' && source.value < 0 ? -1 : 0;
}

/** An immediate wider than the operand field is loaded first, each half on its own; adding a negative one is subtracting. */
function wideOperand(source: Operand, width: number, { wideImmediateHalf = 1 }: Expansion): number {
  if (source.kind === 'register') return 0;
  const value = Math.abs(source.value);
  const halves = immediateLoads(value, 8) + (width === 64 ? immediateLoads(0, 8) : 0);
  return halves * wideImmediateHalf;
}

function multiply(
  { dst, source }: Arithmetic,
  slot: number,
  expansion: Expansion,
  ranges: RangeOracle,
): number | undefined {
  const fits16 = (register: number) =>
    ranges.valuesAt(slot, register)?.every(value => value.kind === 'scalar' && value.maximum <= 0xffffn) ?? false;
  const isNarrow =
    fits16(dst) && (source.kind === 'register' ? fits16(source.register) : source.value >= 0 && source.value <= 0xffff);
  const count = isNarrow ? expansion.multiply16 : expansion.multiply32;
  const loads = source.kind === 'immediate' ? Math.max(1, immediateLoads(source.value, 8)) : 0;
  return plus(count, loads);
}

function constantDivisor(source: Operand, slot: number, ranges: RangeOracle): bigint | undefined {
  return source.kind === 'immediate' ? BigInt(source.value) : constantOf(ranges.valuesAt(slot, source.register));
}

function isPowerOfTwo(value: bigint | undefined): boolean {
  return value !== undefined && value > 0n && (value & (value - 1n)) === 0n;
}

function shift(
  { width, source }: Arithmetic,
  slot: number,
  expansion: Expansion,
  ranges: RangeOracle,
): number | undefined {
  const isConstant = source.kind === 'immediate' || constantOf(ranges.valuesAt(slot, source.register)) !== undefined;
  if (width === 32) return isConstant ? expansion.shift32 : withZero(expansion.shift32, expansion);
  return isConstant ? expansion.shift64 : expansion.variableShift;
}

function load(
  { base, offset, size }: Extract<Instruction, { kind: 'load' }>,
  slot: number,
  expansion: Expansion,
  ranges: RangeOracle,
): number | undefined {
  const [pointer] = pointersIn(ranges.valuesAt(slot, base));
  switch (pointer?.to) {
    case 'context':
      return expansion.contextLoad;
    case 'stack':
      return stack(offsetOf(pointer), offset, size, size < 8, expansion);
    case 'mapValue':
      return expansion.mapValueLoad;
    default:
      return expansion.packetLoad;
  }
}

function store(
  { base, offset, size }: Extract<Instruction, { kind: 'store' }>,
  slot: number,
  expansion: Expansion,
  ranges: RangeOracle,
): number | undefined {
  const [pointer] = pointersIn(ranges.valuesAt(slot, base));
  if (pointer?.to === 'stack') return stack(offsetOf(pointer), offset, size, false, expansion);
  return plus(expansion.packetStore, size === 8 ? 1 : 0);
}

/** Words of a stack access; far ones set a pointer up first. */
function stack(
  at: number | undefined,
  offset: number,
  size: number,
  isExtended: boolean,
  expansion: Expansion,
): number | undefined {
  const { stackWord, farStack = 0, zeroExtension = 0 } = expansion;
  const isFar = at === undefined || at + offset < -NEAR_STACK_BYTES;
  const words = Math.ceil(size / 4) + (offset % 4 !== 0 && size > 1 ? 1 : 0);
  return stackWord === undefined
    ? undefined
    : words * stackWord + (isFar ? farStack : 0) + (isExtended ? zeroExtension : 0);
}

/** The part of a frame that is reached without setting up a pointer. */
const NEAR_STACK_BYTES = 64;

function add(
  { src }: Extract<Instruction, { kind: 'atomic' }>,
  slot: number,
  expansion: Expansion,
  ranges: RangeOracle,
): number | undefined {
  const amount = constantOf(ranges.valuesAt(slot, src));
  return amount !== undefined && amount <= 0xffffn ? expansion.atomicImmediate : expansion.atomicRegister;
}

function branch(
  { op, width, source }: Extract<Instruction, { kind: 'branch' }>,
  expansion: Expansion,
): number | undefined {
  const wide = wideOperand(source, width, expansion);
  const isZero = source.kind === 'immediate' && source.value === 0;
  switch (op) {
    case 'jeq':
      return source.kind === 'register'
        ? expansion.jumpEqualRegister
        : plus(expansion.jumpEqual, wide + (isZero ? 0 : 1));
    case 'jne':
      return isZero ? expansion.jumpEqual : plus(expansion.jumpNotEqual, wide);
    case 'jset':
      return plus(expansion.jumpBits, wide);
    default:
      return plus(width === 64 ? expansion.jumpOrdered64 : expansion.jumpOrdered32, wide);
  }
}

function call(
  { target }: Extract<Instruction, { kind: 'call' }>,
  slot: number,
  expansion: Expansion,
  ranges: RangeOracle,
): number | undefined {
  if (target.kind !== 'helper') return expansion.localCall;
  switch (target.id) {
    case 1:
    case 2:
    case 3:
      return expansion.mapCall;
    case 7:
      return expansion.random;
    case 25:
      return expansion.eventOutput;
    case 44:
      return constantOf(ranges.valuesAt(slot, 2)) === undefined ? expansion.adjustHead : expansion.adjustHeadConstant;
    case 65:
      return expansion.adjustTail;
    default:
      return undefined;
  }
}
