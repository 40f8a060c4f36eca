// What an instruction does to what is known.
import type { AluOp, BranchOp, Instruction, Operand } from '../../../isa/instruction.js';
import type { Machine } from '../../../machine/machine.js';
import type { BpfMap } from '../../../machine/map.js';
import { XDP_HELPERS, type XdpHelper, xdpHelper } from '../../../platform/helpers.js';
import { mapType } from '../../../platform/map-types.js';
import type { State } from './state.js';
import { DATA, DATA_META, FIRST_ID, maximum, moved, scalar, UNKNOWN, type Value } from './value.js';

const FRAME_BYTES = 512;
const WORD_BYTES = 8;
const CONTEXT_WORDS = { DATA: 0, DATA_END: 4, DATA_META: 8 } as const;

/** Maps whose lookups give an address of memory that programs may use, of the map's value size. */
const VALUE_TYPES: readonly string[] = [
  'array',
  'percpu_array',
  'hash',
  'percpu_hash',
  'lru_hash',
  'lru_percpu_hash',
  'lpm_trie',
];

/** Walks over the instruction at `slot`; branches only by `refine`. */
export function step(machine: Machine, state: State, slot: number, instruction: Instruction): void {
  const { registers } = state;
  switch (instruction.kind) {
    case 'alu':
      registers[instruction.dst] = arithmetic(machine, state, slot, instruction);
      break;
    case 'neg':
    case 'movsx':
      registers[instruction.dst] = UNKNOWN;
      break;
    case 'byteswap':
      registers[instruction.dst] = instruction.bits === 64 ? UNKNOWN : scalar(2 ** instruction.bits - 1);
      break;
    case 'load':
      registers[instruction.dst] = loaded(state, instruction);
      break;
    case 'loadAcquire':
      registers[instruction.dst] = UNKNOWN;
      break;
    case 'store':
      store(state, instruction);
      break;
    case 'storeRelease':
      overwrite(state, registers[instruction.base]!, instruction.offset, instruction.size);
      break;
    case 'atomic':
      overwrite(state, registers[instruction.base]!, instruction.offset, instruction.size);
      if (instruction.op === 'cmpxchg') registers[0] = UNKNOWN;
      else if (instruction.fetch) registers[instruction.src] = UNKNOWN;
      break;
    case 'loadImmediate64':
      registers[instruction.dst] =
        instruction.high === 0 ? { kind: 'constant', value: instruction.low >>> 0 } : UNKNOWN;
      break;
    case 'call':
      call(machine, state, slot, instruction);
      break;
    default:
      break;
  }
}

// ---- arithmetic ----

function operandValue(state: State, source: Operand): Value {
  return source.kind === 'register' ? state.registers[source.register]! : { kind: 'constant', value: source.value };
}

function arithmetic(machine: Machine, state: State, slot: number, instruction: Instruction & { kind: 'alu' }): Value {
  const { op, width, dst, source } = instruction;
  const left = state.registers[dst]!;
  const right = operandValue(state, source);
  if (op === 'mov') return width === 64 ? right : truncated(right);
  if (width === 64) {
    if (op === 'add') return sum(machine, state, slot, left, right);
    if (op === 'sub' && right.kind === 'constant') return moved(left, -right.value);
  }
  return number(op, width, left, right);
}

/** The low half of a value as a number. */
function truncated(value: Value): Value {
  if (value.kind === 'constant') return { kind: 'constant', value: value.value >>> 0 };
  return value.kind === 'scalar' ? value : scalar(0xffff_ffff);
}

function sum(machine: Machine, state: State, slot: number, left: Value, right: Value): Value {
  if (right.kind === 'constant') return moved(left, right.value);
  if (left.kind === 'constant' && isPointer(right)) return moved(right, left.value);
  if (left.kind === 'packet') return advanced(state, slot, left, right);
  if (right.kind === 'packet') return advanced(state, slot, right, left);
  if (left.kind === 'constant') return around(machine, left.value);
  if (left.kind === 'around') return left;
  return number('add', 64, left, right);
}

function isPointer({ kind }: Value): boolean {
  return kind === 'packet' || kind === 'stack' || kind === 'context' || kind === 'value';
}

/** A packet pointer plus a number: a base of its own, which lies no lower if the number is small and not negative. */
function advanced(state: State, slot: number, pointer: Value & { kind: 'packet' }, by: Value): Value {
  const id = FIRST_ID + slot;
  const { low } = state.extent(pointer.id);
  const by16 = maximum(by) ?? Number.POSITIVE_INFINITY;
  const newLow = by16 <= 0xffff ? low - pointer.offset : Number.POSITIVE_INFINITY;
  state.redefine(id);
  state.extents.set(id, { low: newLow, high: Number.NEGATIVE_INFINITY });
  return { kind: 'packet', id, offset: 0 };
}

/** An address in a map's memory plus a number: stays in the neighbourhood. */
function around(machine: Machine, address: number): Value {
  const region = address > 0 ? machine.regions.find(address) : undefined;
  if (region === undefined || region.isReadable === false) return UNKNOWN;
  const within = region.strideBytes === 0 ? 0 : (address - region.start) % region.strideBytes;
  const start = region.strideBytes === 0 ? region.start : address - within;
  return { kind: 'around', start, lengthBytes: region.elementBytes, isWritable: region.isWritable };
}

function number(op: AluOp, width: 32 | 64, left: Value, right: Value): Value {
  const [a, b] = [maximum(left), maximum(right)];
  const limit = width === 32 ? scalar(0xffff_ffff) : UNKNOWN;
  if (op === 'and' && (a !== undefined || b !== undefined)) return scalar(Math.min(a ?? b!, b ?? a!));
  if (a === undefined) return limit;
  const by = right.kind === 'constant' && right.value >= 0 ? right.value : undefined;
  switch (op) {
    case 'add':
      return b === undefined ? limit : bounded(a + b, limit);
    case 'mul':
      return b === undefined ? limit : bounded(a * b, limit);
    case 'or':
    case 'xor':
      return b === undefined ? limit : bounded(2 ** (32 - Math.clz32(a | b)) - 1, limit);
    case 'lsh':
      return by === undefined || by > 31 ? limit : bounded(a * 2 ** by, limit);
    case 'rsh':
      return by === undefined || by > 31 ? limit : scalar(Math.floor(a / 2 ** by));
    case 'div':
      return scalar(a);
    case 'mod':
      return scalar(a);
    default:
      return limit;
  }
}

function bounded(max: number, limit: Value): Value {
  return max <= 0xffff_ffff ? scalar(max) : limit;
}

// ---- memory ----

function loaded(state: State, { base, offset, size, isSigned }: Instruction & { kind: 'load' }): Value {
  const pointer = state.registers[base]!;
  if (pointer.kind === 'context' && size === 4) return contextField(pointer.offset + offset);
  if (pointer.kind === 'stack' && size === WORD_BYTES) return state.stack.get(pointer.offset + offset) ?? UNKNOWN;
  return isSigned || size === 8 ? UNKNOWN : scalar(2 ** (8 * size) - 1);
}

function contextField(offset: number): Value {
  switch (offset) {
    case CONTEXT_WORDS.DATA:
      return { kind: 'packet', id: DATA, offset: 0 };
    case CONTEXT_WORDS.DATA_META:
      return { kind: 'packet', id: DATA_META, offset: 0 };
    case CONTEXT_WORDS.DATA_END:
      return { kind: 'packetEnd' };
    default:
      return scalar(0xffff_ffff);
  }
}

function store(state: State, { base, offset, size, source }: Instruction & { kind: 'store' }): void {
  const pointer = state.registers[base]!;
  overwrite(state, pointer, offset, size);
  if (pointer.kind !== 'stack' || size !== WORD_BYTES) return;
  const at = pointer.offset + offset;
  if (at >= -FRAME_BYTES && at <= -WORD_BYTES) state.keep(at, operandValue(state, source));
}

/** A write through a pointer: to the stack or, if it is not known, perhaps there. */
function overwrite(state: State, pointer: Value, offset: number, sizeBytes: number): void {
  if (pointer.kind === 'stack') state.forgetStack(pointer.offset + offset, sizeBytes);
  else if (!isElsewhere(state, pointer, offset, sizeBytes)) state.stack.clear();
}

/** Whether an access that is allowed cannot be one to the stack. */
function isElsewhere(state: State, pointer: Value, offset: number, sizeBytes: number): boolean {
  if (pointer.kind === 'packet') {
    const { low, high } = state.extent(pointer.id);
    return pointer.offset + offset >= low && pointer.offset + offset + sizeBytes <= high;
  }
  return (
    pointer.kind === 'value' &&
    pointer.offset + offset >= 0 &&
    pointer.offset + offset + sizeBytes <= pointer.map.spec.valueSizeBytes
  );
}

// ---- calls ----

function call(machine: Machine, state: State, slot: number, { target }: Instruction & { kind: 'call' }): void {
  const helper = target.kind === 'helper' ? xdpHelper(target.id) : undefined;
  if (helper === undefined) {
    state.forgetPacket();
    state.stack.clear();
  } else forgetAfter(state, helper);
  const map =
    target.kind === 'helper' && target.id === XDP_HELPERS.map_lookup_elem.id ? mapOf(machine, state) : undefined;
  state.registers[0] = map === undefined ? UNKNOWN : { kind: 'valueOrNull', map, id: slot };
}

function forgetAfter(state: State, helper: XdpHelper): void {
  const callsBack = helper.arguments.some(({ kind }) => kind === 'callback');
  if (helper.changesPacketData || callsBack) state.forgetPacket();
  if (callsBack || helper.arguments.some(writesMemory)) state.stack.clear();
}

function writesMemory(argument: XdpHelper['arguments'][number]): boolean {
  return 'access' in argument ? argument.access !== 'read' : argument.kind === 'dynptr' || argument.kind === 'spinLock';
}

/** The map in r1, where its lookups give memory. */
export function mapOf(machine: Machine, state: State): BpfMap | undefined {
  const value = state.registers[1]!;
  const map = value.kind === 'constant' ? machine.mapAt(value.value) : undefined;
  const name = map === undefined ? undefined : mapType(map.spec.type)?.name;
  return name !== undefined && VALUE_TYPES.includes(name) ? map : undefined;
}

// ---- branches ----

/** Learns from a branch that was taken, or was not. */
export function refine(state: State, branch: Instruction & { kind: 'branch' }, isTaken: boolean): void {
  if (branch.width !== 64) return;
  const left = state.registers[branch.dst]!;
  const right = operandValue(state, branch.source);
  if (left.kind === 'valueOrNull' && right.kind === 'constant' && right.value === 0) {
    if ((branch.op === 'jne') === isTaken && (branch.op === 'jne' || branch.op === 'jeq')) state.found(left.id);
    return;
  }
  const op = isTaken ? branch.op : OPPOSITE[branch.op];
  learnOrder(state, op, left, right);
}

/** What holds where a branch is not taken. */
const OPPOSITE: Partial<Record<BranchOp, BranchOp>> = { jgt: 'jle', jge: 'jlt', jlt: 'jge', jle: 'jgt' };

/** Learns from `left op right` about packet pointers and the packet's end, and about small numbers. */
function learnOrder(state: State, op: BranchOp | undefined, left: Value, right: Value): void {
  if (op === 'jlt' || op === 'jle') learnBelow(state, left, right, op === 'jlt');
  else if (op === 'jgt' || op === 'jge') learnBelow(state, right, left, op === 'jgt');
}

function learnBelow(state: State, lower: Value, upper: Value, isStrict: boolean): void {
  if (lower.kind !== 'packet' || !isAtMostEnd(state, upper)) return;
  state.widen(lower.id, { low: Number.POSITIVE_INFINITY, high: lower.offset + (isStrict ? 1 : 0) });
}

function isAtMostEnd(state: State, value: Value): boolean {
  if (value.kind === 'packetEnd') return true;
  return value.kind === 'packet' && value.id === DATA && value.offset <= state.extent(DATA).high;
}
