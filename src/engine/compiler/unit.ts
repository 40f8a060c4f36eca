// What the functions of one module share: the machine they are for, what they import, which types they have.
import type { MachineHelper } from '../../machine/helpers/table.js';
import { machineHelper } from '../../machine/helpers/table.js';
import type { BoundProgram, Machine } from '../../machine/machine.js';
import type { ProgramSpec } from '../../object/spec.js';
import { XDP_HELPERS } from '../../platform/helpers.js';
import type { Counters } from './instrument.js';
import { callsHelper } from './reach.js';
import type { Trace } from './trace.js';
import { I32, I64 } from './wasm/code.js';
import { ModuleWriter, type Signature } from './wasm/module.js';

/** Of every function of a program: r1 to r5 and the frame pointer, r0. */
export const BPF_SIGNATURE: Signature = { parameters: [I64, I64, I64, I64, I64, I32], results: [I64] };

/** Helpers that the programs of a session call, by the index that emitted calls hold. */
export class HelperList {
  readonly helpers: MachineHelper[] = [];

  /** undefined where there is no such helper. */
  indexOf(id: number): number | undefined {
    const at = this.helpers.findIndex(known => known.facts.id === id);
    if (at >= 0) return at;
    const helper = machineHelper(id);
    return helper === undefined ? undefined : this.helpers.push(helper) - 1;
  }
}

/** What is the same for all modules of a session. */
export interface UnitContext {
  readonly machine: Machine;
  readonly helpers: HelperList;
  /** Address of the state block, see state.ts. */
  readonly stateAddress: number;
  /** Whether every access of a program is checked. */
  readonly isChecked: (program: ProgramSpec) => boolean;
  /** Instructions that one packet may execute. */
  readonly instructionBudget: number;
  /** undefined: executions are not counted. */
  readonly counters: Counters | undefined;
  /** Cycles that the instructions of a program from `first` to `last` take; undefined: they are not added up. */
  readonly cyclesOf: CyclesOf | undefined;
  /** undefined: ways are not noted. */
  readonly trace?: Trace | undefined;
}

/** The price of instructions that run together, in whole cycles. `last` is a slot too. */
export type CyclesOf = (program: ProgramSpec, first: number, last: number) => number;

/** Indexes of imported functions. */
export interface Imports {
  /** (helper, frame pointer) -> 0, or 1 where it refused. */
  readonly helper: number;
  /** (address low, address high, 16 * size + (1: write, 2: sign-extending)) -> 1 where the access is allowed. */
  readonly allowed: number;
  /** (frame pointer) -> index of the program to go on in, 0 for none, -1 where it refused. */
  readonly tailCall: number;
  /** (slot and reason, frame pointer, program): does not return. */
  readonly stop: number;
  /** Ends a packet: user space takes what was output. */
  readonly endPacket: number;
}

const LOOKUP_SIGNATURE: Signature = { parameters: [I32, I32], results: [I32] };

/** A module that is being written. */
export class Unit {
  readonly module = new ModuleWriter();
  readonly context: UnitContext;
  readonly program: BoundProgram;
  readonly imports: Imports;
  readonly bpfType: number;
  readonly isChecked: boolean;
  readonly hasTailCalls: boolean;
  /** Whether the program calls anything, so that budget may be used up elsewhere. */
  readonly hasCalls: boolean;
  /** Functions that were asked for and are yet to be written, by their slot. */
  readonly pending: { readonly slot: number; readonly index: number }[] = [];
  private readonly functions = new Map<number, number>();
  private readonly sharedFunctions = new Map<string, number>();

  constructor(context: UnitContext, program: BoundProgram) {
    this.context = context;
    this.program = program;
    const { module } = this;
    this.imports = {
      helper: module.importFunction('helper', { parameters: [I32, I32], results: [I32] }),
      allowed: module.importFunction('allowed', { parameters: [I32, I32, I32], results: [I32] }),
      tailCall: module.importFunction('tailCall', { parameters: [I32], results: [I32] }),
      stop: module.importFunction('stop', { parameters: [I32, I32, I32], results: [] }),
      endPacket: module.importFunction('endPacket', { parameters: [], results: [] }),
    };
    this.isChecked = context.isChecked(program.spec);
    this.hasTailCalls = callsHelper(program, ({ id }) => id === XDP_HELPERS.tail_call.id);
    this.hasCalls = program.instructions.some(instruction => instruction?.kind === 'call');
    this.bpfType = module.typeIndex(BPF_SIGNATURE);
  }

  /** Index of the function that starts at `slot`; it will be written. */
  functionAt(slot: number): number {
    const known = this.functions.get(slot);
    if (known !== undefined) return known;
    const index = this.module.declareFunction(BPF_SIGNATURE);
    this.functions.set(slot, index);
    this.pending.push({ slot, index });
    return index;
  }

  /** Index of a function (i32, i32) -> i32 that programs share, by a name that says all about it. */
  shared(name: string, write: () => Uint8Array): number {
    const known = this.sharedFunctions.get(name);
    if (known !== undefined) return known;
    const index = this.module.declareFunction(LOOKUP_SIGNATURE);
    this.sharedFunctions.set(name, index);
    this.module.defineFunction(index, write());
    return index;
  }
}
