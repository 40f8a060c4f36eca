// Rules on instructions: conformance groups of RFC 9669, operations that a card lacks, and what operands must be known to be.
import type { Instruction } from '../../isa/instruction.js';
import { CONFORMANCE_GROUPS, type ConformanceGroup } from '../../isa/operation.js';
import type { ISA_EXCEPTIONS } from '../model-fields.js';
import type { CheckContext } from './check.js';
import { immediateAt, opcodeAt, operationAt } from './program.js';
import { isConstant, U32_MAX, type ValueFact, type Values } from './ranges.js';
import type { RuleName } from './rules.js';

/** An operation that a card may lack. */
export type IsaException = (typeof ISA_EXCEPTIONS)[number];

/** Checks each instruction that a path reaches. */
export function checkInstructions(context: CheckContext): void {
  const groups = closure(context.model.isa.groups);
  context.program.instructions.forEach((instruction, slot) => {
    if (instruction === undefined || !context.ranges.isReached(slot)) return;
    checkOperation(instruction, slot, groups, context);
    if (instruction.kind === 'alu') checkOperands(instruction, slot, context);
  });
}

/** The groups with those that they include; undefined where the model does not say. */
function closure(groups: readonly ConformanceGroup[] | undefined): ReadonlySet<string> | undefined {
  if (groups === undefined) return undefined;
  const all = new Set<string>(groups);
  for (const group of groups) for (const included of CONFORMANCE_GROUPS[group].includes) all.add(included);
  return all;
}

function checkOperation(
  instruction: Instruction,
  slot: number,
  groups: ReadonlySet<string> | undefined,
  context: CheckContext,
): void {
  const { model, found, program } = context;
  const { unsupported = [], misread = [], isComplete } = model.isa;
  const operation = operationAt(program, slot);
  const values = {
    opcode: `0x${opcodeAt(program, slot).toString(16)}`,
    operation: operation?.description ?? instruction.kind,
    imm: immediateAt(program, slot),
    plain: PLAIN[instruction.kind] ?? 'something else',
    advice: adviceFor(instruction),
  };
  const names = exceptionsOf(instruction);
  const isLacking = (list: readonly string[]) => names.some(name => list.includes(name));
  if (isLacking(misread)) found.add('broken', 'misread', { slot, values, figures: ['isa.misread'] });
  if (isLacking(unsupported)) {
    const isAtomic = instruction.kind === 'atomic' && model.messages.atomicOperation !== undefined;
    const rule: RuleName = isAtomic || isWideAtomic(instruction, context) ? 'atomicOperation' : 'instruction';
    found.add('broken', rule, { slot, values, figures: ['isa.unsupported'] });
  } else if (operation?.group !== undefined && groups?.has(operation.group) === false && instruction.kind !== 'exit') {
    const rule: RuleName = isComplete === false && operation.group === 'packet' ? 'instructionUnknown' : 'instruction';
    found.add(rule === 'instruction' ? 'broken' : 'undecided', rule, { slot, values, figures: ['isa.groups'] });
  }
}

/** A load-acquire or store-release of a size that shares its opcode byte with an atomic operation. */
function isWideAtomic(instruction: Instruction, { model }: CheckContext): boolean {
  const isOrdered = instruction.kind === 'loadAcquire' || instruction.kind === 'storeRelease';
  return isOrdered && instruction.size >= 4 && model.messages.atomicOperation !== undefined;
}

const PLAIN: Readonly<Record<string, string>> = {
  movsx: 'a plain move',
  alu: 'an unsigned division',
  addressSpaceCast: 'a plain move',
};

function adviceFor(instruction: Instruction): string {
  switch (instruction.kind) {
    case 'alu':
      return instruction.op.endsWith('mod') ? 'mask with a power of two less one instead' : 'rewrite without it';
    case 'load':
    case 'movsx':
    case 'byteswap':
    case 'jump':
      return 'compile with -mcpu=v3 or lower';
    case 'atomic':
      return 'use an atomic add and ignore its result';
    default:
      return 'rewrite without it';
  }
}

/** The names under which a model can say that it lacks an instruction. */
export function exceptionsOf(instruction: Instruction): readonly IsaException[] {
  switch (instruction.kind) {
    case 'alu':
      return ARITHMETIC[instruction.op] ?? [];
    case 'movsx':
      return ['movsx'];
    case 'byteswap':
      return instruction.op === 'bswap' ? ['bswap'] : instruction.op === 'le' ? ['to-le'] : [];
    case 'load':
      return instruction.isSigned ? ['memsx'] : [];
    case 'jump':
      return instruction.isLong ? ['gotol'] : [];
    case 'mayGoto':
      return ['may-goto'];
    case 'atomic':
      return [ATOMICS[instruction.op], ...(instruction.fetch ? (['atomic-fetch'] as const) : [])];
    case 'loadAcquire':
    case 'storeRelease':
      return ['acquire-release'];
    case 'addressSpaceCast':
      return ['address-space-cast'];
    case 'jumpRegister':
    case 'callRegister':
      return ['indirect'];
    case 'loadImmediate64':
      return instruction.source === 4 ? ['function-address'] : [];
    case 'call':
      return callExceptions(instruction);
    default:
      return [];
  }
}

const TAIL_CALL = 12;

function callExceptions({ target }: Extract<Instruction, { kind: 'call' }>): readonly IsaException[] {
  if (target.kind === 'function') return ['local-call'];
  if (target.kind === 'kfunc') return ['kfunc-call'];
  return target.id === TAIL_CALL ? ['tail-call'] : [];
}

const ARITHMETIC: Readonly<Record<string, readonly IsaException[]>> = {
  mul: ['mul'],
  div: ['div'],
  mod: ['mod'],
  sdiv: ['sdiv'],
  smod: ['smod', 'mod'],
};

const ATOMICS = {
  add: 'atomic-add',
  or: 'atomic-or',
  and: 'atomic-and',
  xor: 'atomic-xor',
  xchg: 'atomic-exchange',
  cmpxchg: 'atomic-exchange',
} as const;

type Arithmetic = Extract<Instruction, { kind: 'alu' }>;

function checkOperands(instruction: Arithmetic, slot: number, context: CheckContext): void {
  const { operands } = context.model;
  if (instruction.op === 'mul' && operands.multiplyU32 === true) checkMultiply(instruction, slot, context);
  if ((instruction.op === 'div' || instruction.op === 'sdiv') && operands.divideU32Constant === true) {
    checkDivide(instruction, slot, context);
  }
}

function checkMultiply({ dst, source, width }: Arithmetic, slot: number, context: CheckContext): void {
  const figures = ['operands.multiplyU32'];
  checkU32('multiplier', slot, dst, figures, context);
  if (source.kind === 'register') checkU32('multiplicand', slot, source.register, figures, context);
  else if (width === 64 && source.value < 0) context.found.add('broken', 'multiplicandSign', { slot, figures });
}

function checkDivide({ dst, source }: Arithmetic, slot: number, context: CheckContext): void {
  const figures = ['operands.divideU32Constant'];
  checkU32('dividend', slot, dst, figures, context);
  if (source.kind === 'immediate') {
    if (source.value < 0) context.found.add('broken', 'divisorSign', { slot, figures });
    return;
  }
  const values = context.ranges.valuesAt(slot, source.register);
  const [only, ...others] = values ?? [];
  if (only?.kind === 'scalar' && others.length === 0 && isConstant(only)) {
    checkU32('divisor', slot, source.register, figures, context);
  } else if (isVarying(values)) context.found.add('broken', 'divisorVariable', { slot, figures });
  else {
    context.found.add('undecided', 'divisorVariable', {
      slot,
      figures,
      question: `whether r${source.register}, a divisor, is constant`,
    });
  }
}

/** Certainly no constant: a number that a load gave, or different constants on different paths. */
function isVarying(values: Values): boolean {
  if (values === undefined || values.some(value => value.kind === 'pointer')) return false;
  return values.length > 1 || values.some(value => value.isVarying);
}

/** The value before the instruction must fit 32 bits unsigned, whatever the width of the operation. */
function checkU32(
  rule: RuleName,
  slot: number,
  register: number,
  figures: readonly string[],
  context: CheckContext,
): void {
  const values = context.ranges.valuesAt(slot, register);
  if (values?.every(value => value.kind === 'scalar' && value.maximum <= U32_MAX) === true) return;
  if (values?.some(isCertainlyWide) === true) context.found.add('broken', rule, { slot, figures });
  else context.found.add('undecided', rule, { slot, figures, question: `whether r${register} fits 32 bits unsigned` });
}

function isCertainlyWide(value: ValueFact): boolean {
  return value.kind === 'scalar' && value.maximum > U32_MAX && !value.mayBeNarrower;
}
