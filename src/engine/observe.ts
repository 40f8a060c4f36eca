// What an engine can note about the instructions it runs, where it is asked to: counts for coverage, ways for the reasons of verdicts,
// single steps for tracing. All of it costs; nothing is paid by who does not ask.
import type { ProgramSpec } from '../object/spec.js';

/** What to note. Engines that cannot note something leave it out of their results and sessions. */
export interface ObserveOptions {
  /** Count executions and taken branches by instruction: `Session.counts`. */
  readonly counts?: boolean;
  /** Count how often each program is entered: `Session.counts` holds at least the executions of first instructions. Costs next to nothing. */
  readonly entries?: boolean;
  /** Keep the way of each packet: `Result.way`. */
  readonly ways?: boolean;
  /** Called before each instruction. */
  readonly onStep?: (step: Step) => void;
}

/** How often the instructions of a program ran. */
export interface SlotCounts {
  readonly program: ProgramSpec;
  /** By slot. */
  readonly executed: Float64Array;
  /** By slot of a conditional branch: how often it did not go on with the next instruction. */
  readonly taken: Float64Array;
}

/** The instructions that a packet executed, in order; the same object for packets that went the same way, as long as there are few ways. */
export interface Way {
  /** One entry an instruction: its slot in the low 20 bits, above them the place of its program in the object. */
  readonly steps: Uint32Array;
  /** Call depth of each entry; 0 is the main program. */
  readonly depths: Uint16Array;
  /** False where the beginning was dropped, since the way was longer than MAX_WAY_STEPS. */
  readonly isWhole: boolean;
}

/** The most steps that a way keeps: its last ones. */
export const MAX_WAY_STEPS = 65_536;

/** Ways with lesser numbers last; greater ones are given anew. */
export const LASTING_WAYS = 4096;

/** Bits of a step that hold the slot: programs have at most 1,000,000. */
const SLOT_BITS = 20;

/** Makes an entry of `Way.steps`. */
export function stepOf(programIndex: number, slot: number): number {
  return ((programIndex << SLOT_BITS) | slot) >>> 0;
}

export function slotOfStep(step: number): number {
  return step & ((1 << SLOT_BITS) - 1);
}

/** Place of the step's program in the object. */
export function programOfStep(step: number): number {
  return step >>> SLOT_BITS;
}

/** The moment before an instruction. Valid during the call only. */
export interface Step {
  readonly program: ProgramSpec;
  readonly slot: number;
  /** 0 is the main program. */
  readonly depth: number;
  /** r0 to r10, low word before high word. */
  readonly registers: Int32Array;
  /** Memory at an address of the machine, undefined where there is none. */
  readonly read: (address: number, lengthBytes: number) => Uint8Array | undefined;
}
