// Rules on instructions: conformance groups of RFC 9669, operations that a card lacks, and what operands must be known to be.
import type { Instruction } from '../../isa/instruction.js';
import { CONFORMANCE_GROUPS, type ConformanceGroup } from '../../isa/operation.js';
import type { NicModel } from '../model.js';
import type { CheckContext } from './check.js';
import type { Arithmetic } from './facts.js';
import { isConstant, U32_MAX, type ValueFact, type Values } from './ranges.js';
import type { PlacedOperation } from './reached.js';
import type { RuleName } from './rules.js';

/** Checks each instruction that a path reaches. */
export function checkInstructions(context: CheckContext): void {
  const { model, facts } = context;
  const groups = closure(model.isa.groups);
  if (groups !== undefined) {
    context.found.rely('isa.groups');
    const operations = groups.has('base64') ? facts.special : facts.operations;
    for (const placed of operations) checkOperation(placed, groups, context);
  }
  for (const { instruction, slot } of facts.products) checkOperands(instruction, slot, context);
}

/** The groups with those that they include; undefined where the model does not say. */
function closure(groups: readonly ConformanceGroup[] | undefined): ReadonlySet<string> | undefined {
  if (groups === undefined) return undefined;
  const all = new Set<string>(groups);
  for (const group of groups) for (const included of CONFORMANCE_GROUPS[group].includes) all.add(included);
  return all;
}

function checkOperation(placed: PlacedOperation, groups: ReadonlySet<string>, { model, found }: CheckContext): void {
  const { slot, instruction, raw, operation, exceptions } = placed;
  const { unsupported = [], misread = [] } = model.isa;
  const isLacking = (list: readonly string[]) => exceptions.some(name => list.includes(name));
  const hasGroup = operation?.group === undefined || groups.has(operation.group) || instruction.kind === 'exit';
  if (hasGroup && exceptions.length === 0) return;
  const values = {
    opcode: `0x${raw.opcode.toString(16)}`,
    operation: operation?.description ?? instruction.kind,
    imm: raw.imm,
    plain: PLAIN[instruction.kind] ?? 'something else',
    advice: () => adviceFor(instruction),
  };
  if (isLacking(misread)) found.add('broken', 'misread', { slot, values, figures: ['isa.misread'] });
  if (isLacking(unsupported)) {
    const rule: RuleName = isAtomic(instruction, model) ? 'atomicOperation' : 'instruction';
    found.add('broken', rule, { slot, values, figures: ['isa.unsupported'] });
  } else if (!hasGroup) found.add('broken', 'instruction', { slot, values, figures: ['isa.groups'] });
}

/** What shares its opcode byte with atomic operations, where the driver has words for those. */
function isAtomic(instruction: Instruction, { messages }: NicModel): boolean {
  if (!Object.hasOwn(messages, 'atomicOperation')) return false;
  const isOrdered = instruction.kind === 'loadAcquire' || instruction.kind === 'storeRelease';
  return instruction.kind === 'atomic' || (isOrdered && instruction.size >= 4);
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
