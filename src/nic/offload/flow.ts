// What the program's text alone says of its registers: constants, bounds and pointers, followed along all paths to a fixed point. It
// knows less than the verifier and says so; it is the RangeOracle where no verifier is at hand.
import type { Instruction, Operand, SizeBytes } from '../../isa/instruction.js';
import { xdpHelper } from '../../platform/helpers.js';
import { calleeOf, functionStart, type OffloadProgram, referenceAt } from './program.js';
import {
  anyOf,
  constant,
  constantOf,
  isConstant,
  offsetOf,
  type PointerFact,
  pointerTo,
  type RangeOracle,
  someOf,
  U32_MAX,
  type ValueFact,
  type Values,
} from './ranges.js';
import { EMPTY_STACK, forgetStack, isZeroAt, joinStacks, loadSlot, type Stack, storeSlot } from './stack-facts.js';
import { areSame, arithmetic, compare, narrowed, unite } from './values.js';

/** Registers and stack before an instruction. */
interface State {
  readonly registers: readonly Values[];
  readonly stack: Stack;
}

/** Visits of one place after which bounds are given up, so that loops end. */
const VISITS_BEFORE_WIDENING = 4;
/** Instructions looked at before the whole analysis is given up: then nothing is known. */
const MAX_STEPS = 400_000;

const FRAME_POINTER = 10;
const UNKNOWN: readonly Values[] = new Array(11).fill(undefined);

/** Analyses a program. */
export function localRanges(program: OffloadProgram): RangeOracle {
  const states = new Flow(program).run();
  return {
    valuesAt: (slot, register) => states[slot]?.registers[register],
    isReached: slot => states[slot] !== undefined,
    isStackZero: (slot, offset, sizeBytes) => {
      const stack = states[slot]?.stack;
      return stack === undefined ? undefined : isZeroAt(stack, offset, sizeBytes);
    },
  };
}

/** An edge to follow: where to, with what, and whether other paths lead there too. */
interface Edge {
  readonly slot: number;
  readonly state: State;
}

class Flow {
  private readonly program: OffloadProgram;
  private readonly states: (State | undefined)[] = [];
  private readonly visits: number[] = [];
  private readonly pending: Uint8Array;
  /** No slot below this one is pending. */
  private lowest = 0;
  /** What functions return, by the slot at which they start; and who waits for it. */
  private readonly returns = new Map<number, Values>();
  private readonly callers = new Map<number, Set<number>>();

  constructor(program: OffloadProgram) {
    this.program = program;
    this.pending = new Uint8Array(program.instructions.length);
  }

  run(): readonly (State | undefined)[] {
    const entry = frameRegisters([[pointerTo('context')], undefined, undefined, undefined, undefined], 0);
    this.flowTo({ slot: 0, state: { registers: entry, stack: EMPTY_STACK } });
    let steps = 0;
    for (let slot = this.takePending(); slot !== undefined; slot = this.takePending()) {
      if (++steps > MAX_STEPS) return this.everythingUnknown();
      for (const edge of this.step(slot, this.states[slot]!)) this.flowTo(edge);
    }
    return this.states;
  }

  /** The first pending slot: in the order of the program most paths meet before what follows is looked at. */
  private takePending(): number | undefined {
    const slot = this.pending.indexOf(1, this.lowest);
    if (slot < 0) return undefined;
    this.pending[slot] = 0;
    this.lowest = slot;
    return slot;
  }

  private markPending(slot: number): void {
    this.pending[slot] = 1;
    this.lowest = Math.min(this.lowest, slot);
  }

  private everythingUnknown(): readonly (State | undefined)[] {
    return this.program.instructions.map(() => ({ registers: UNKNOWN, stack: EMPTY_STACK }));
  }

  private flowTo({ slot, state }: Edge): void {
    if (this.program.instructions[slot] === undefined) return;
    const known = this.states[slot];
    const visits = (this.visits[slot] ?? 0) + 1;
    const joined = known === undefined ? state : join(known, state, visits > VISITS_BEFORE_WIDENING);
    if (known !== undefined && isSameState(known, joined)) return;
    this.visits[slot] = visits;
    this.states[slot] = joined;
    this.markPending(slot);
  }

  private step(slot: number, state: State): readonly Edge[] {
    const instruction = this.program.instructions[slot]!;
    const next = slot + (instruction.kind === 'loadImmediate64' ? 2 : 1);
    switch (instruction.kind) {
      case 'exit':
        this.leave(slot, state);
        return [];
      case 'jump':
        return [{ slot: next + instruction.offset, state }];
      case 'mayGoto':
        return [
          { slot: next, state },
          { slot: next + instruction.offset, state },
        ];
      case 'branch':
        return branchEdges(instruction, state, next);
      case 'call':
        return this.call(instruction, slot, state);
      case 'loadImmediate64':
        return [{ slot: next, state: this.loadReference(instruction, slot, state) }];
      default:
        return [{ slot: next, state: this.execute(instruction, slot, state) }];
    }
  }

  private execute(instruction: Instruction, slot: number, state: State): State {
    if (instruction.kind === 'load') {
      const frozen = this.frozenValue(instruction, state);
      if (frozen !== undefined) return withRegister(state, instruction.dst, [constant(frozen)]);
    }
    return execute(instruction, state, functionStart(this.program, slot));
  }

  /** What a load from a read-only data section gives: the verifier takes it for the constant that it is. */
  private frozenValue(load: Extract<Instruction, { kind: 'load' }>, state: State): bigint | undefined {
    const [only, ...others] = state.registers[load.base] ?? [];
    if (only?.kind !== 'pointer' || only.to !== 'mapValue' || others.length > 0 || load.isSigned) return undefined;
    const map = this.program.mapsByName.get(only.map ?? '');
    const at = offsetOf(only);
    if (map?.contents === undefined || !map.isFrozen || at === undefined) return undefined;
    const bytes = map.contents.subarray(at + load.offset, at + load.offset + load.size);
    if (at + load.offset < 0 || bytes.byteLength < load.size) return undefined;
    return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  private leave(slot: number, state: State): void {
    const start = functionStart(this.program, slot);
    const hadOne = this.returns.has(start);
    const before = this.returns.get(start);
    const result = hadOne ? joinValues(before, state.registers[0], false) : state.registers[0];
    if (hadOne && areSame(before, result)) return;
    this.returns.set(start, hadOne ? joinValues(before, result, true) : result);
    for (const caller of this.callers.get(start) ?? []) this.markPending(caller);
  }

  private call(instruction: Extract<Instruction, { kind: 'call' }>, slot: number, state: State): readonly Edge[] {
    const { target } = instruction;
    if (target.kind === 'helper') return [{ slot: slot + 1, state: afterHelper(target.id, slot, state) }];
    const callee = calleeOf(this.program, slot);
    if (callee === undefined) return [{ slot: slot + 1, state: afterCall(state, [anyOf(64)], true) }];
    const waiting = this.callers.get(callee) ?? new Set();
    this.callers.set(callee, waiting.add(slot));
    const inside: Edge = {
      slot: callee,
      state: { registers: frameRegisters(state.registers.slice(1, 6), callee), stack: EMPTY_STACK },
    };
    if (!this.returns.has(callee)) return [inside];
    return [inside, { slot: slot + 1, state: afterCall(state, this.returns.get(callee), true) }];
  }

  private loadReference(
    instruction: Extract<Instruction, { kind: 'loadImmediate64' }>,
    slot: number,
    state: State,
  ): State {
    return withRegister(state, instruction.dst, [this.referenced(instruction, slot)]);
  }

  private referenced(instruction: Extract<Instruction, { kind: 'loadImmediate64' }>, slot: number): ValueFact {
    const reference = referenceAt(this.program, slot);
    switch (reference?.kind) {
      case 'map':
        return pointerTo('map', { map: reference.map });
      case 'mapValue': {
        const offset = BigInt(reference.offset);
        return pointerTo('mapValue', { map: reference.map, minimum: offset, maximum: offset });
      }
      case 'function':
        this.flowTo({ slot: reference.slot, state: callbackState(reference.slot) });
        return pointerTo('function');
      case undefined:
        break;
      default:
        return pointerTo('other');
    }
    if (instruction.source !== 0) return pointerTo('other');
    return constant((BigInt(instruction.high) << 32n) | BigInt(instruction.low >>> 0));
  }
}

/** A callback starts with arguments of which nothing is known. */
function callbackState(start: number): State {
  return {
    registers: frameRegisters([undefined, undefined, undefined, undefined, undefined], start),
    stack: EMPTY_STACK,
  };
}

/** Registers at a function's start: r1 to r5 as given, r10 its frame. */
function frameRegisters(parameters: readonly Values[], start: number): readonly Values[] {
  const [r1, r2, r3, r4, r5] = parameters;
  const none = undefined;
  return [none, r1, r2, r3, r4, r5, none, none, none, none, [pointerTo('stack', { frame: start })]];
}

function execute(instruction: Instruction, state: State, frame: number): State {
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

function operandValues(operand: Operand, { registers }: State): Values {
  return operand.kind === 'register' ? registers[operand.register] : [constant(BigInt(operand.value))];
}

function loaded(
  { base, offset, size, ...rest }: Extract<Instruction, { kind: 'load' | 'loadAcquire' }>,
  state: State,
  frame: number,
): Values {
  const isSigned = rest.kind === 'load' && rest.isSigned;
  const plain = isSigned ? [someOf(64, true)] : [anyOf(bitsOf(size))];
  const [only, ...others] = state.registers[base] ?? [];
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

function isStackPointer(value: ValueFact): boolean {
  return value.kind === 'pointer' && value.to === 'stack';
}

/** Argument kinds through which a helper writes memory. */
const WRITTEN = ['memory', 'fixedMemory', 'mapValue', 'dynptr', 'callback'];

function afterHelper(id: number, slot: number, state: State): State {
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
function afterCall({ registers, stack }: State, result: Values, mayWrite: boolean): State {
  const given = registers.slice(1, 6);
  const isStackGiven = given.some(values => values?.some(isStackPointer) ?? false);
  const kept = registers.slice(6);
  return {
    registers: [result, undefined, undefined, undefined, undefined, undefined, ...kept],
    stack: mayWrite && isStackGiven ? forgetStack() : stack,
  };
}

function branchEdges(branch: Extract<Instruction, { kind: 'branch' }>, state: State, next: number): readonly Edge[] {
  const edges: Edge[] = [];
  for (const holds of [true, false]) {
    const narrower = assume(branch, state, holds);
    if (narrower !== undefined) edges.push({ slot: holds ? next + branch.offset : next, state: narrower });
  }
  return edges;
}

/** The state where the comparison came out so; undefined where it cannot. */
function assume(branch: Extract<Instruction, { kind: 'branch' }>, state: State, holds: boolean): State | undefined {
  const { op, width, dst, source } = branch;
  const values = state.registers[dst];
  if (values === undefined) return state;
  const limit = constantOf(operandValues(source, state));
  const isNullCheck = limit === 0n && (op === 'jeq' || op === 'jne');
  const checked = isNullCheck ? assumeNull(state, values, (op === 'jeq') === holds) : loosened(state, source);
  const narrower = (checked.registers[dst] ?? []).flatMap((value): readonly ValueFact[] => {
    if (value.kind === 'pointer') return [value];
    if (limit === undefined) return [{ ...value, mayBeNarrower: !isConstant(value) }];
    if (isConstant(value)) return compare(op, width, value.minimum, limit) === holds ? [value] : [];
    if (width === 32 && value.maximum > U32_MAX) return [{ ...value, mayBeNarrower: true }];
    const bounds = narrowed(value, op, limit, holds);
    return bounds === undefined ? [] : [bounds];
  });
  return narrower.length === 0 ? undefined : withRegister(checked, dst, narrower);
}

/** The kernel narrows the other side of a comparison as well. */
function loosened(state: State, source: Operand): State {
  if (source.kind === 'immediate') return state;
  const values = state.registers[source.register]?.map(value =>
    value.kind === 'scalar' ? { ...value, mayBeNarrower: !isConstant(value) } : value,
  );
  return withRegister(state, source.register, values);
}

/** Pointers that may be NULL, and all that become NULL with them, are NULL, or are not. */
function assumeNull(state: State, values: readonly ValueFact[], isNull: boolean): State {
  const ids = new Set(values.map(value => (value.kind === 'pointer' ? value.nullId : undefined)));
  ids.delete(undefined);
  if (ids.size === 0) return state;
  const decide = (held: Values): Values =>
    held?.map(value => {
      if (value.kind === 'scalar' || !ids.has(value.nullId)) return value;
      return isNull ? constant(0n) : { ...value, nullId: undefined };
    });
  const slots = new Map([...state.stack.slots].map(([at, held]) => [at, decide(held)] as const));
  return { registers: state.registers.map(decide), stack: { ...state.stack, slots } };
}

function withRegister({ registers, stack }: State, register: number, values: Values): State {
  if (register === FRAME_POINTER) return { registers, stack };
  const changed = [...registers];
  changed[register] = values;
  return { registers: changed, stack };
}

function join(known: State, other: State, isWidening: boolean): State {
  return {
    registers: known.registers.map((values, index) => joinValues(values, other.registers[index], isWidening)),
    stack: joinStacks(known.stack, other.stack, isWidening),
  };
}

function joinValues(a: Values, b: Values, isWidening: boolean): Values {
  if (a === undefined || b === undefined) return undefined;
  return areSame(a, b) ? a : unite([...a, ...b], isWidening);
}

function isSameState(a: State, b: State): boolean {
  return a.registers.every((values, index) => areSame(values, b.registers[index])) && a.stack === b.stack;
}
