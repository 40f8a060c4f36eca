// What the program's text alone says of its registers: constants, bounds and pointers, followed along all paths to a fixed point. It
// knows less than the verifier and says so; it is the RangeOracle where no verifier is at hand.
import type { Instruction } from '../../isa/instruction.js';
import { specialFields } from '../../verifier/state/special-fields.js';
import { branchEdges, type Edge } from './flow-branch.js';
import { frameRegisters, isSameState, join, joinValues, type State, withRegister } from './flow-state.js';
import { afterCall, afterHelper, execute } from './flow-step.js';
import { calleeOf, functionStart, type OffloadProgram, referenceAt } from './program.js';
import { anyOf, constant, offsetOf, pointerTo, type RangeOracle, type ValueFact, type Values } from './ranges.js';
import { EMPTY_STACK, isZeroAt } from './stack-facts.js';
import { areSame } from './values.js';

/** Visits of one place after which bounds are given up, so that loops end. */
const VISITS_BEFORE_WIDENING = 4;
/** Instructions looked at before the whole analysis is given up: then nothing is known. */
const MAX_STEPS = 400_000;

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

class Flow {
  private readonly program: OffloadProgram;
  private readonly states: (State | undefined)[] = [];
  private readonly visits: number[] = [];
  private readonly pending: Uint8Array;
  /** Slots to which something else leads than the instruction before: 1. */
  private readonly meetings: Uint8Array;
  /** No slot below this one is pending. */
  private lowest = 0;
  /** What functions return, by the slot at which they start; and who waits for it. */
  private readonly returns = new Map<number, Values>();
  private readonly pointerMaps = new Map<string, boolean>();
  private readonly callers = new Map<number, Set<number>>();

  constructor(program: OffloadProgram) {
    this.program = program;
    this.pending = new Uint8Array(program.instructions.length);
    this.meetings = meetingsOf(program);
  }

  run(): readonly (State | undefined)[] {
    const entry = frameRegisters([[pointerTo('context')], undefined, undefined, undefined, undefined], 0);
    this.flowTo({ slot: 0, state: { registers: entry, stack: EMPTY_STACK } });
    let steps = 0;
    for (let slot = this.takePending(); slot !== undefined; slot = this.takePending()) {
      let [state, at] = [this.states[slot]!, slot];
      for (;;) {
        if (++steps > MAX_STEPS) return this.everythingUnknown();
        const edges = this.step(at, state);
        const [only] = edges;
        if (only === undefined || edges.length > 1 || !this.leadsOnlyOn(at, only.slot)) {
          for (const edge of edges) this.flowTo(edge);
          break;
        }
        ({ slot: at, state } = only);
        this.states[at] = state;
      }
    }
    return this.states;
  }

  /** Whether the next slot is reached from this one alone, so that nothing meets there. */
  private leadsOnlyOn(slot: number, next: number): boolean {
    return next > slot && this.meetings[next] === 0 && this.program.instructions[next] !== undefined;
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
      if (this.mayGivePointer(instruction, state)) return withRegister(state, instruction.dst, undefined);
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

  /** Whether a load is of a map value in which kernel pointers are kept. */
  private mayGivePointer({ base, size }: Extract<Instruction, { kind: 'load' }>, { registers }: State): boolean {
    if (size !== 8) return false;
    return (registers[base] ?? []).some(
      value => value.kind === 'pointer' && value.to === 'mapValue' && this.holdsPointers(value.map ?? ''),
    );
  }

  private holdsPointers(name: string): boolean {
    const known = this.pointerMaps.get(name);
    if (known !== undefined) return known;
    const { mapsByName, object } = this.program;
    const map = mapsByName.get(name);
    const hasTypes = object.btf !== undefined && map?.valueTypeId !== undefined;
    const fields = hasTypes ? specialFields(object.btf, map.valueTypeId, map.variables) : [];
    const holds = fields.some(({ target }) => target !== undefined);
    this.pointerMaps.set(name, holds);
    return holds;
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
    // Kernel functions give numbers and pointers of all kinds, and write through what they are given.
    if (callee === undefined) return [{ slot: slot + 1, state: afterCall(state, undefined, true) }];
    if (this.isGlobal(callee)) return this.callGlobal(callee, slot, state);
    const waiting = this.callers.get(callee) ?? new Set();
    this.callers.set(callee, waiting.add(slot));
    const inside: Edge = {
      slot: callee,
      state: { registers: frameRegisters(state.registers.slice(1, 6), callee), stack: EMPTY_STACK },
    };
    if (!this.returns.has(callee)) return [inside];
    return [inside, { slot: slot + 1, state: afterCall(state, this.returns.get(callee), true) }];
  }

  private isGlobal(start: number): boolean {
    return this.program.spec.functions.some(({ slot, linkage }) => slot === start && linkage === 'global');
  }

  /** A global function is verified on its own, by its types alone: neither side knows of the other's registers. */
  private callGlobal(callee: number, slot: number, state: State): readonly Edge[] {
    return [
      { slot: callee, state: unknownFrame(callee) },
      { slot: slot + 1, state: afterCall(state, [anyOf(64)], true) },
    ];
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
        this.flowTo({ slot: reference.slot, state: unknownFrame(reference.slot) });
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

/** Targets of jumps, starts of functions, and what follows a call of the program's own. */
function meetingsOf({ instructions, spec }: OffloadProgram): Uint8Array {
  const meetings = new Uint8Array(instructions.length);
  for (const { slot } of spec.functions) meetings[slot] = 1;
  instructions.forEach((instruction, slot) => {
    if (instruction === undefined) return;
    const isJump = instruction.kind === 'branch' || instruction.kind === 'jump' || instruction.kind === 'mayGoto';
    if (isJump) meetings[slot + 1 + instruction.offset] = 1;
    if (instruction.kind === 'call' && instruction.target.kind === 'function') {
      meetings[slot + 1] = 1;
      meetings[slot + 1 + instruction.target.offset] = 1;
    }
    if (instruction.kind === 'loadImmediate64') {
      const reference = spec.references.get(slot);
      if (reference?.kind === 'function') meetings[reference.slot] = 1;
    }
  });
  return meetings;
}

/** A function that starts with arguments of which nothing is known, such as a callback. */
function unknownFrame(start: number): State {
  return {
    registers: frameRegisters([undefined, undefined, undefined, undefined, undefined], start),
    stack: EMPTY_STACK,
  };
}
