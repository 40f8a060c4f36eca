// What one instruction does to what is known of registers and stack.
import type { Instruction, Operand, SizeBytes } from '../../isa/instruction.js';
import { xdpHelper } from '../../platform/helpers.js';
import { type State, withRegister } from './flow-state.js';
import {
  anyOf,
  constant,
  offsetOf,
  type PointerFact,
  pointerTo,
  someOf,
  type ValueFact,
  type Values,
} from './ranges.js';
import { forgetStack, isZeroAt, loadSlot, type Stack, storeSlot } from './stack-facts.js';
import { arithmetic } from './values.js';

/** The state after an instruction that neither jumps nor calls, in the function that starts at `frame`. */
export function execute(instruction: Instruction, state: State, frame: number): State {
  const { registers } = state;
  switch (instruction.kind) {
    case 'alu': {
      const { op, width, dst, source } = instruction;
      return withRegister(state, dst, arithmetic(op, width, registers[dst], operandValues(source, state)));
    }
    case 'neg': {
      const { width, dst } = instruction;
      return withRegister(state, dst, arithmetic('sub', width, [constant(0n)], registers[dst]));
    }
    case 'byteswap':
      return withRegister(state, instruction.dst, [anyOf(instruction.bits)]);
    case 'movsx':
      return withRegister(state, instruction.dst, [someOf(instruction.width)]);
    case 'load':
    case 'loadAcquire':
      return withRegister(state, instruction.dst, loaded(instruction, state, frame));
    case 'store':
      return { registers, stack: stored(instruction, state, frame) };
    case 'storeRelease':
      return { registers, stack: forgetIfStack(state, registers[instruction.base]) };
    case 'atomic': {
      const after = { registers, stack: forgetIfStack(state, registers[instruction.base]) };
      if (!instruction.fetch) return after;
      return withRegister(after, instruction.op === 'cmpxchg' ? 0 : instruction.src, [anyOf(bitsOf(instruction.size))]);
    }
    case 'packetLoad':
      return afterCall(state, [anyOf(bitsOf(instruction.size))], false);
    case 'addressSpaceCast':
      return withRegister(state, instruction.dst, [pointerTo('other')]);
    default:
      return state;
  }
}

function bitsOf(size: SizeBytes): 8 | 16 | 32 | 64 {
  return (8 * size) as 8 | 16 | 32 | 64;
}

/** What the second operand holds. */
export function operandValues(operand: Operand, { registers }: State): Values {
  return operand.kind === 'register' ? registers[operand.register] : [constant(BigInt(operand.value))];
}

function loaded(
  { base, offset, size, ...rest }: Extract<Instruction, { kind: 'load' | 'loadAcquire' }>,
  state: State,
  frame: number,
): Values {
  const isSigned = rest.kind === 'load' && rest.isSigned;
  const plain = isSigned ? [someOf(64, true)] : [anyOf(bitsOf(size))];
  const from = state.registers[base];
  // Kernel memory holds pointers too, and what is not known may be kernel memory.
  if (size === 8 && (from === undefined || from.some(isKernelPointer))) return undefined;
  const [only, ...others] = from ?? [];
  if (only?.kind !== 'pointer' || others.length > 0) return plain;
  const at = offsetOf(only);
  if (only.to === 'context' && at !== undefined && size === 4) return contextValue(at + offset) ?? plain;
  if (only.to !== 'stack' || only.frame !== frame || at === undefined) return plain;
  return loadSlot(state.stack, at + offset, size) ?? spilledOrPlain(state.stack, at + offset, size, plain);
}

/** Eight bytes from the stack of which nothing is known may be anything, a pointer too. */
function spilledOrPlain(stack: Stack, offset: number, size: number, plain: Values): Values {
  if (isZeroAt(stack, offset, size) === true) return [constant(0n)];
  return size === 8 ? undefined : plain;
}

function contextValue(offset: number): Values {
  const target = (
    [
      [0, 'packet'],
      [4, 'packetEnd'],
      [8, 'packetMeta'],
    ] as const
  ).find(([at]) => at === offset)?.[1];
  return target === undefined ? undefined : [pointerTo(target)];
}

function stored(
  { base, offset, size, source }: Extract<Instruction, { kind: 'store' }>,
  state: State,
  frame: number,
): Stack {
  const targets = state.registers[base];
  if (targets === undefined) return forgetStack();
  const pointers = targets.filter(
    (target): target is PointerFact => target.kind === 'pointer' && target.to === 'stack',
  );
  if (pointers.length === 0 || pointers.every(pointer => pointer.frame !== frame)) return state.stack;
  const at = pointers.length === 1 && targets.length === 1 ? offsetOf(pointers[0]!) : undefined;
  return at === undefined ? forgetStack() : storeSlot(state.stack, at + offset, size, operandValues(source, state));
}

function forgetIfStack(state: State, values: Values): Stack {
  return values === undefined || values.some(isStackPointer) ? forgetStack() : state.stack;
}

function isKernelPointer(value: ValueFact): boolean {
  return value.kind === 'pointer' && value.to === 'other';
}

function isStackPointer(value: ValueFact): boolean {
  return value.kind === 'pointer' && value.to === 'stack';
}

/** Argument kinds through which a helper writes memory. */
const WRITTEN = ['memory', 'fixedMemory', 'mapValue', 'dynptr', 'callback'];

/** The state after a helper call at `slot`. */
export function afterHelper(id: number, slot: number, state: State): State {
  const helper = xdpHelper(id);
  if (helper === undefined) return afterCall(state, [anyOf(64)], true);
  const isWriting = helper.arguments.some(
    argument => WRITTEN.includes(argument.kind) && !('access' in argument && argument.access === 'read'),
  );
  return afterCall(state, helperResult(helper.result.kind, slot, state), isWriting);
}

function helperResult(kind: string, slot: number, { registers }: State): Values {
  if (kind === 'integer' || kind === 'void') return [anyOf(64)];
  if (kind !== 'mapValueOrNull') return undefined;
  const maps = (registers[1] ?? []).flatMap(value =>
    value.kind === 'pointer' && value.map !== undefined ? [value.map] : [],
  );
  if (maps.length === 0) return undefined;
  return maps.map(map => pointerTo('mapValue', { map, nullId: slot }));
}

/** After a call: r0 is its result, r1 to r5 are gone, and so may be the stack if a pointer to it was given. */
export function afterCall({ registers, stack }: State, result: Values, mayWrite: boolean): State {
  const given = registers.slice(1, 6);
  const isStackGiven = given.some(values => values?.some(isStackPointer) ?? false);
  const kept = registers.slice(6);
  return {
    registers: [result, undefined, undefined, undefined, undefined, undefined, ...kept],
    stack: mayWrite && isStackGiven ? forgetStack() : stack,
  };
}
