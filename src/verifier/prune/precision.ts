// Which numbers mattered. When a proof relies on the exact value of a register, the instructions that led to it are walked back and every saved
// state on the way remembers the registers and slots that the value came from. Only these need to agree for a later visit to be
// covered by an earlier one. Kernel Documentation/bpf/verifier.rst, "Register parentage chains" and "Tracking precision".
import type { Instruction } from '../../isa/instruction.js';
import { instructionText, wholeState } from '../log/writer.js';
import { isAbsentKfunc, subprogramAt } from '../program.js';
import { SlotSet } from '../state/slot-set.js';
import type { State } from '../state/state.js';
import type { Trace } from '../state/trace.js';
import type { Walker } from '../walk/walker.js';

const ARGUMENTS = 0b11_1110;
const ALL_REGISTERS = 0x7ff;

/** The current value of `register` matters. */
export function markPrecise(walker: Walker, register: number): void {
  const { state } = walker;
  if (walker.get(register).kind !== 'scalar') return;
  const wanted = new Wanted(state.frames.length - 1);
  wanted.registers[wanted.frame] = 1 << register;
  trackBack(walker, state, wanted, state.trace?.previous, walker.slot);
}

/** The number in a stack slot matters. */
export function markSlotPrecise(walker: Walker, frame: number, index: number): void {
  const { state } = walker;
  const wanted = new Wanted(state.frames.length - 1);
  wanted.slots[frame]!.add(index);
  trackBack(walker, state, wanted, state.trace?.previous, walker.slot);
}

/** What mattered to `old` matters to `state`, at `slot`, which `old` covers. True where a mark was missing. */
export function propagatePrecision(walker: Walker, old: State, state = walker.state, slot = walker.slot): boolean {
  if (old.frames.every(frame => frame.preciseRegisters === 0 && frame.preciseSlots.isEmpty)) return false;
  const wanted = new Wanted(state.frames.length - 1);
  old.frames.forEach((frame, number) => {
    frame.registers.forEach((register, at) => {
      if (register.kind === 'scalar' && (frame.preciseRegisters & (1 << at)) !== 0) {
        wanted.registers[number] = (wanted.registers[number] ?? 0) | (1 << at);
      }
    });
    if (frame.preciseSlots.isEmpty) return;
    frame.slots.forEach((place, at) => {
      if (place.register.kind === 'scalar' && frame.preciseSlots.has(at)) wanted.slots[number]!.add(at);
    });
  });
  return trackBack(walker, state, wanted, state.trace, slot);
}

/** Registers and slots whose value is asked for, per frame, at one place of the path. */
class Wanted {
  frame: number;
  readonly registers: number[] = [0, 0, 0, 0, 0, 0, 0, 0];
  readonly slots: readonly SlotSet[] = Array.from({ length: 8 }, () => new SlotSet());

  constructor(frame: number) {
    this.frame = frame;
  }

  get isEmpty(): boolean {
    for (let at = 0; at <= this.frame; at++) if (this.registers[at] !== 0 || !this.slots[at]!.isEmpty) return false;
    return true;
  }

  has(register: number): boolean {
    return (this.registers[this.frame]! & (1 << register)) !== 0;
  }

  add(register: number): void {
    if (register !== 10) this.registers[this.frame]! |= 1 << register;
  }

  drop(registers: number): void {
    this.registers[this.frame]! &= ~registers;
  }
}

/** What the kernel's log says of the way back. */
class PrecisionLog {
  private readonly walker: Walker;
  private readonly wanted: Wanted;

  constructor(walker: Walker, wanted: Wanted) {
    this.walker = walker;
    this.wanted = wanted;
  }

  /** The instructions since a state was saved are next; `after` is the one behind them, -1 for the one at hand. */
  stretch(state: State, last: number, after: number): void {
    const first = state.parent?.slot ?? this.walker.prepared.subprograms[this.walker.entry]!.start;
    this.line(`last_idx ${last} first_idx ${first} subseq_idx ${after} `);
  }

  before(slot: number): void {
    const text = instructionText(this.walker.prepared, slot) ?? '';
    this.line(`${this.what(this.wanted.frame)} before ${slot}: ${text}`);
  }

  /** Marks that a saved state was given. */
  parent(state: State): void {
    for (let number = this.wanted.frame; number >= 0; number--) {
      const frame = state.frames[number];
      if (frame === undefined) continue;
      this.line(`parent state ${this.what(number)}:  ${wholeState(state, frame)}`, number);
    }
  }

  private what(number: number): string {
    const registers = this.wanted.registers[number]!;
    const slots = this.wanted.slots[number]!;
    const names = Array.from({ length: 10 }, (_, at) => at).filter(at => (registers & (1 << at)) !== 0);
    const places = Array.from({ length: 64 }, (_, at) => at).filter(at => slots.has(at));
    return `regs=${names.map(at => `r${at}`).join(',')} stack=${places.map(at => -8 * (at + 1)).join(',')}`;
  }

  private line(text: string, frame = this.wanted.frame): void {
    this.walker.log.line(`mark_precise: frame${frame}: ${text}`);
  }
}

/** Steps back from `from` to the beginning; `later` is the slot of the step after it. True where a saved state got a new mark. */
function trackBack(walker: Walker, current: State, wanted: Wanted, from: Trace | undefined, later: number): boolean {
  if (wanted.isEmpty) return false;
  let changed = false;
  const log = walker.log.isSilent ? undefined : new PrecisionLog(walker, wanted);
  let state = current;
  let entry = from;
  let after = later;
  log?.stretch(state, later, -1);
  for (;;) {
    while (entry === state.traceStart) {
      const { parent } = state;
      if (parent === undefined) {
        if ((wanted.registers[0]! & ~ARGUMENTS) !== 0 || wanted.frame > 0) markAllPrecise(current);
        return changed;
      }
      markState(parent, wanted);
      log?.parent(parent);
      if (wanted.isEmpty) return changed;
      changed = true;
      state = parent;
      log?.stretch(state, entry?.slot ?? 0, after);
    }
    if (entry === undefined) return changed;
    log?.before(entry.slot);
    if (!undo(walker, entry, after, wanted)) {
      markAllPrecise(current);
      return changed;
    }
    if (wanted.isEmpty) return changed;
    after = entry.slot;
    entry = entry.previous;
  }
}

/** The marks that are not there yet are made; those that are need no further tracking. */
function markState(state: State, wanted: Wanted): void {
  for (let number = 0; number <= wanted.frame; number++) {
    const frame = state.frames[number];
    if (frame === undefined) continue;
    let scalars = 0;
    const registers = wanted.registers[number]!;
    for (let at = 0; at < 10; at++) {
      if ((registers & (1 << at)) !== 0 && frame.registers[at]!.kind === 'scalar') scalars |= 1 << at;
    }
    const fresh = scalars & ~frame.preciseRegisters;
    frame.preciseRegisters |= fresh;
    wanted.registers[number] = fresh;
    if (!wanted.slots[number]!.isEmpty) markSlots(state, wanted, number);
  }
}

function markSlots(state: State, wanted: Wanted, number: number): void {
  const frame = state.frames[number]!;
  const slots = wanted.slots[number]!;
  for (let at = 0; at < 64; at++) {
    if (!slots.has(at)) continue;
    if (frame.slots[at]?.register.kind === 'scalar' && !frame.preciseSlots.has(at)) frame.preciseSlots.add(at);
    else slots.delete(at);
  }
}

/** Tracking failed: every number of every saved state on the path matters. */
export function markAllPrecise(current: State): void {
  for (let state = current.parent; state !== undefined; state = state.parent) {
    for (const frame of state.frames) {
      frame.preciseRegisters = ALL_REGISTERS;
      frame.preciseSlots.fill();
    }
  }
}

/** Turns what is wanted after an instruction into what is wanted before it; false where that cannot be said. */
function undo(walker: Walker, entry: Trace, after: number, wanted: Wanted): boolean {
  const { instructions } = walker.prepared;
  const instruction = instructions[entry.slot];
  if (instruction === undefined) return false;
  addLinked(entry, wanted);
  const known = undoInstruction(walker, instruction, entry, after, wanted);
  addLinked(entry, wanted);
  return known;
}

/** Registers that were refined together matter together. */
function addLinked({ linked }: Trace, wanted: Wanted): void {
  if (linked === undefined) return;
  const isWanted = linked.some(({ frame, isRegister, index }) =>
    isRegister ? (wanted.registers[frame]! & (1 << index)) !== 0 : wanted.slots[frame]!.has(index),
  );
  if (!isWanted) return;
  for (const { frame, isRegister, index } of linked) {
    if (isRegister) wanted.registers[frame]! |= 1 << index;
    else wanted.slots[frame]!.add(index);
  }
}

function undoInstruction(
  walker: Walker,
  instruction: Instruction,
  entry: Trace,
  after: number,
  wanted: Wanted,
): boolean {
  switch (instruction.kind) {
    case 'alu':
      return undoArithmetic(instruction, wanted);
    case 'movsx':
      if (!wanted.has(instruction.dst)) return true;
      wanted.drop(1 << instruction.dst);
      wanted.add(instruction.src);
      return true;
    case 'loadImmediate64':
      wanted.drop(1 << instruction.dst);
      return true;
    case 'load':
    case 'loadAcquire':
      return undoFill(instruction.dst, entry, wanted);
    case 'store':
      if (wanted.has(instruction.base)) return false;
      return undoSpill(instruction.source.kind === 'register' ? instruction.source.register : undefined, entry, wanted);
    case 'storeRelease':
      return wanted.has(instruction.base) ? false : undoSpill(instruction.src, entry, wanted);
    case 'atomic': {
      const result = instruction.op === 'cmpxchg' ? 0 : instruction.src;
      if (instruction.fetch) wanted.drop(1 << result);
      return !wanted.has(instruction.base);
    }
    case 'branch': {
      const { dst, source } = instruction;
      if (source.kind === 'register' && (wanted.has(dst) || wanted.has(source.register))) {
        wanted.add(dst);
        wanted.add(source.register);
      }
      return true;
    }
    case 'call':
      return undoCall(walker, instruction, entry, after, wanted);
    case 'exit':
      return undoExit(walker, after, wanted);
    default:
      return true;
  }
}

function undoArithmetic({ op, dst, source }: Extract<Instruction, { kind: 'alu' }>, wanted: Wanted): boolean {
  if (!wanted.has(dst)) return true;
  if (op === 'mov') wanted.drop(1 << dst);
  if (source.kind === 'register') wanted.add(source.register);
  return true;
}

function undoFill(dst: number, entry: Trace, wanted: Wanted): boolean {
  if (!wanted.has(dst)) return true;
  wanted.drop(1 << dst);
  if (entry.stackSlot >= 0) wanted.slots[entry.stackSlot >> 6]!.add(entry.stackSlot & 63);
  return true;
}

function undoSpill(source: number | undefined, entry: Trace, wanted: Wanted): boolean {
  if (entry.stackSlot < 0) return true;
  const frame = entry.stackSlot >> 6;
  const slot = entry.stackSlot & 63;
  if (!wanted.slots[frame]!.has(slot)) return true;
  wanted.slots[frame]!.delete(slot);
  if (source !== undefined) wanted.add(source);
  return true;
}

function undoCall(
  walker: Walker,
  { target }: Extract<Instruction, { kind: 'call' }>,
  entry: Trace,
  after: number,
  wanted: Wanted,
): boolean {
  if (target.kind === 'function') {
    const callee = subprogramAt(walker.prepared.subprograms, entry.slot + 1 + target.offset);
    if (callee.isGlobal) {
      wanted.drop(1);
      return (wanted.registers[wanted.frame]! & ARGUMENTS) === 0;
    }
    if (after !== callee.start) return false;
    return leaveCallee(wanted, true);
  }
  if (isAbsentKfunc(walker.prepared, entry.slot, walker.settings.kernelTypes)) return false;
  if (walker.plan.callsCallback[entry.slot] === 1 && after !== entry.slot + 1) {
    return after === entry.slot ? true : leaveCallee(wanted, false);
  }
  wanted.drop(1);
  return (wanted.registers[wanted.frame]! & ARGUMENTS) === 0;
}

/** Back from a function's first instruction to its call. */
function leaveCallee(wanted: Wanted, passesArguments: boolean): boolean {
  const { frame } = wanted;
  const registers = wanted.registers[frame]!;
  if (frame === 0 || (registers & ~ARGUMENTS) !== 0 || !wanted.slots[frame]!.isEmpty) return false;
  if (passesArguments) wanted.registers[frame - 1]! |= registers & ARGUMENTS;
  wanted.registers[frame] = 0;
  wanted.frame--;
  return true;
}

/** Back from the instruction behind a call into the function that was called. */
function undoExit(walker: Walker, after: number, wanted: Wanted): boolean {
  const isCallback = walker.plan.callsCallback[after] === 1;
  if (isCallback) wanted.drop(ARGUMENTS);
  if ((wanted.registers[wanted.frame]! & ARGUMENTS) !== 0) return false;
  const before = walker.prepared.instructions[after - 1];
  const returnsValue = before?.kind === 'call' && before.target.kind === 'function' && wanted.has(0);
  wanted.drop(1);
  if (wanted.frame === 7) return false;
  wanted.frame++;
  wanted.registers[wanted.frame] = returnsValue ? 1 : 0;
  wanted.slots[wanted.frame]!.clear();
  return true;
}
