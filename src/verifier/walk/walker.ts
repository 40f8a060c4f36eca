// The walk over all paths of one function: the state being walked, the branches still waiting, and the counters that end it.

import type { Btf } from '../../btf/btf.js';
import type { Instruction } from '../../isa/instruction.js';
import { VERIFIER_LIMIT } from '../../platform/limits.js';
import type { LogSink } from '../log/sink.js';
import type { Bounds } from '../number/bounds.js';
import type { Obligation } from '../obligations.js';
import type { Prepared } from '../program.js';
import { Loops } from '../prune/loops.js';
import { reject } from '../rejected.js';
import type { UsedPointer } from '../rules/same-pointer.js';
import { type Register, scalar, UNINITIALISED } from '../state/register.js';
import { FRAME_POINTER, type Frame, State } from '../state/state.js';
import type { Plan } from './plan.js';

/** A branch to walk later. */
interface Pending {
  readonly state: State;
  readonly slot: number;
  readonly previousSlot: number;
}

/** What was counted; the kernel prints the same numbers in its last line. */
export interface Counters {
  /** Instructions walked, over all paths. */
  processed: number;
  maxStatesPerInstruction: number;
  totalStates: number;
  peakStates: number;
}

/** Facts about the machine that change the answer. */
export interface WalkSettings {
  readonly instructionBudget: number;
  readonly cpuCount: number;
  readonly isDeviceBound: boolean;
  /** Types of the kernel; undefined where they are not known. */
  readonly kernelTypes: Btf | undefined;
  /** Paths end where an earlier visit covers them. */
  readonly prunes: boolean;
}

/** The walk. Rules read and change `state`, and may push branches. */
export class Walker {
  readonly prepared: Prepared;
  readonly plan: Plan;
  readonly settings: WalkSettings;
  readonly log: LogSink;
  readonly counters: Counters = { processed: 0, maxStatesPerInstruction: 0, totalStates: 0, peakStates: 0 };
  readonly explored = new Map<number, State[]>();
  readonly loops = new Loops();
  /** Slots that some path reached. */
  readonly visited: Uint8Array;
  /** Global functions that were called, and so must be verified. */
  readonly calledGlobals = new Set<number>();
  /** Kinds of the pointers that load and store instructions used. */
  readonly pointerKinds = new Map<number, UsedPointer>();
  /** Stack bytes that each subprogram uses. */
  readonly stackBytes: number[];
  readonly pending: Pending[] = [];
  /** What the instruction of each slot that was walked must prove. */
  readonly obligations: (readonly Obligation[] | undefined)[];
  state: State;
  /** The instruction being walked. */
  slot = 0;
  /** Function whose walk this is: 0 or a global one. */
  entry = 0;
  previousSlot = -1;
  jumps = 0;
  jumpsAtState = 0;
  processedAtState = 0;
  private lastId = 0;

  constructor(prepared: Prepared, plan: Plan, settings: WalkSettings, log: LogSink) {
    this.prepared = prepared;
    this.plan = plan;
    this.settings = settings;
    this.log = log;
    this.visited = new Uint8Array(prepared.raw.length);
    this.obligations = new Array(prepared.raw.length);
    this.stackBytes = prepared.subprograms.map(() => 0);
    this.state = new State([]);
  }

  get frame(): Frame {
    return this.state.frame;
  }

  get instruction(): Instruction {
    return this.prepared.instructions[this.slot]!;
  }

  /** A number that no register carries yet. */
  newId(): number {
    return ++this.lastId;
  }

  restartIds(): void {
    this.lastId = 0;
  }

  get(register: number): Register {
    return this.state.frame.registers[register]!;
  }

  set(register: number, value: Register): void {
    this.state.frame.registers[register] = value;
  }

  setScalar(register: number, bounds: Bounds): void {
    this.set(register, scalar(bounds));
  }

  /** The register, which must have been written. */
  read(register: number): Register {
    const value = this.state.frame.registers[register]!;
    this.log.touch(register);
    if (value.kind === 'uninitialised') reject('EACCES', `R${register} !read_ok`, register);
    return value;
  }

  /** The register as an argument of a kernel function, which asks for its kind before it asks whether it was written. */
  argument(register: number): Register {
    this.log.touch(register);
    return this.get(register);
  }

  requireWritable(register: number): void {
    this.log.touch(register);
    if (register === FRAME_POINTER) reject('EACCES', 'frame pointer is read only', register);
  }

  /** r1 to r5 hold nothing after a call. */
  forgetCallerSaved(registers: Register[]): void {
    for (let register = 0; register <= 5; register++) {
      registers[register] = UNINITIALISED;
      this.log.touch(register);
    }
  }

  /** A copy of the current state, to be walked from `slot` later; `errno` is the kernel's where too many wait. */
  push(slot: number, errno: 'ENOMEM' | 'EFAULT' = 'ENOMEM'): State {
    const state = this.state.copy();
    state.branches = 1;
    if (state.parent !== undefined) state.parent.branches++;
    this.pending.push({ state, slot, previousSlot: this.slot });
    if (this.pending.length > VERIFIER_LIMIT.MAX_PENDING_JUMPS) {
      reject(errno, `The sequence of ${this.pending.length} jumps is too complex.`);
    }
    return state;
  }

  /** Goes on with the branch pushed last; false where none waits. */
  pop(): boolean {
    const next = this.pending.pop();
    if (next === undefined) return false;
    this.state = next.state;
    this.slot = next.slot;
    this.previousSlot = next.previousSlot;
    return true;
  }

  /** Counts an instruction; refuses the program once the budget is used up. */
  count(): void {
    this.counters.processed++;
    if (this.counters.processed > this.settings.instructionBudget) {
      reject('E2BIG', `BPF program is too large. Processed ${this.counters.processed} insn`);
    }
  }
}
