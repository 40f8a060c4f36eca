// The state of a program at one place on one path: the functions being called, with registers and stacks, and what is held.

import { pointer, type Register, UNINITIALISED } from './register.js';
import { SlotSet } from './slot-set.js';
import { EMPTY_SLOT, type Slot } from './stack.js';
import type { Trace } from './trace.js';

/** The frame pointer. */
export const FRAME_POINTER = 10;
const REGISTER_COUNT = 11;

/** Registers and stack of one function call. */
export class Frame {
  registers: Register[];
  /** Only as many as were touched. */
  slots: Slot[];
  readonly number: number;
  readonly subprogram: number;
  /** Slot of the call; -1 for the first frame. */
  readonly callSite: number;
  /** What a callback may return; undefined outside callbacks. */
  callbackRange: readonly [minimum: number, maximum: number] | undefined;
  isAsync = false;
  /** A callback that may sleep, and so does not run under RCU. */
  isSleepable = false;
  /** Which callback of this frame's function runs: counts unrolled iterations. */
  callbackDepth = 0;
  /** Registers (bits) and slots whose exact numbers the proofs relied on; only of saved states. */
  preciseRegisters = 0;
  readonly preciseSlots = new SlotSet();

  constructor(number: number, subprogram: number, callSite: number) {
    this.number = number;
    this.subprogram = subprogram;
    this.callSite = callSite;
    this.registers = new Array<Register>(REGISTER_COUNT).fill(UNINITIALISED);
    this.registers[FRAME_POINTER] = pointer('stack', { frame: number });
    this.slots = [];
    this.callbackRange = undefined;
  }

  copy(): Frame {
    const copy = new Frame(this.number, this.subprogram, this.callSite);
    copy.registers = this.registers.slice();
    copy.slots = this.slots.slice();
    copy.callbackRange = this.callbackRange;
    copy.isAsync = this.isAsync;
    copy.isSleepable = this.isSleepable;
    copy.callbackDepth = this.callbackDepth;
    return copy;
  }

  /** Bytes of stack that were touched. */
  get allocatedBytes(): number {
    return 8 * this.slots.length;
  }

  slot(index: number): Slot {
    return this.slots[index] ?? EMPTY_SLOT;
  }

  /** Makes room for at least `bytes` of stack. */
  grow(bytes: number): void {
    const count = (bytes + 7) >> 3;
    while (this.slots.length < count) this.slots.push(EMPTY_SLOT);
  }
}

/** A reference that must be given back, or a lock. */
export interface Reference {
  readonly kind: 'object' | 'lock' | 'resilientLock' | 'resilientIrqLock' | 'irq';
  readonly id: number;
  /** Instruction that took it. */
  readonly slot: number;
  /** Of a lock: the map or object it lies in. */
  readonly owner: unknown;
}

/** Everything that may differ between two visits of an instruction. */
export class State {
  frames: Frame[];
  references: readonly Reference[] = [];
  /** Locks among the references. */
  activeLocks = 0;
  activeRcu = 0;
  activePreemption = 0;
  mayGotoDepth = 0;
  callbackUnrollDepth = 0;
  /** The last saved state on this path. */
  parent: State | undefined;
  /** Paths from here that are still to be walked. */
  branches = 0;
  /** Where this state was saved; -1 for the one being walked. */
  slot = -1;
  /** The path walked so far, newest first. */
  trace: Trace | undefined;
  /** Where the stretch since `parent` begins: the newest entry that does not belong to it. */
  traceStart: Trace | undefined;
  hits = 0;
  misses = 0;
  dfsDepth = 0;
  firstSlot = 0;

  constructor(frames: Frame[]) {
    this.frames = frames;
  }

  /** The function being executed. */
  get frame(): Frame {
    return this.frames[this.frames.length - 1]!;
  }

  copy(): State {
    const copy = new State(this.frames.map(frame => frame.copy()));
    copy.references = this.references;
    copy.activeLocks = this.activeLocks;
    copy.activeRcu = this.activeRcu;
    copy.activePreemption = this.activePreemption;
    copy.mayGotoDepth = this.mayGotoDepth;
    copy.callbackUnrollDepth = this.callbackUnrollDepth;
    copy.parent = this.parent;
    copy.trace = this.trace;
    copy.traceStart = this.traceStart;
    copy.dfsDepth = this.dfsDepth;
    copy.firstSlot = this.firstSlot;
    return copy;
  }

  /** Replaces every register and spilled register of all frames by what `change` makes of it. */
  changeAll(change: (register: Register) => Register): void {
    for (const frame of this.frames) {
      const { registers, slots } = frame;
      for (let at = 0; at < registers.length; at++) registers[at] = change(registers[at]!);
      for (let at = 0; at < slots.length; at++) {
        const slot = slots[at]!;
        if (slot.register.kind === 'uninitialised') continue;
        const changed = change(slot.register);
        if (changed !== slot.register) slots[at] = { ...slot, register: changed };
      }
    }
  }
}
