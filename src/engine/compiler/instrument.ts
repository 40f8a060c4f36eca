// Counters in linear memory for who asks: how often each run of instructions was entered, and how often each branch was taken.
import type { BoundProgram, Machine } from '../../machine/machine.js';
import type { SlotCounts } from '../observe.js';

/** u64 of entries and u64 of taken branches, by slot. */
const SLOT_BYTES = 16;
const TAKEN_OFFSET = 8;

/** What one program's instructions did. */
interface ProgramCounters {
  readonly program: BoundProgram;
  readonly base: number;
  /** By first slot: the last slot of the instructions that run together from there. */
  readonly segments: Map<number, number>;
  /** By slot: executions that did not happen although their segment was entered, since the program stopped before. */
  readonly missed: Float64Array;
}

/** The counters of a session. */
export class Counters {
  /** False: only entries of programs are counted. */
  readonly isWhole: boolean;
  private readonly machine: Machine;
  private readonly programs: readonly ProgramCounters[];

  /** @throws InputError `memory-exhausted` */
  constructor(machine: Machine, isWhole: boolean) {
    this.machine = machine;
    this.isWhole = isWhole;
    this.programs = machine.programs.map(program => ({
      program,
      base: machine.memory.allocate(SLOT_BYTES * this.countedSlots(program), 8, 'execution counters'),
      segments: new Map(),
      missed: new Float64Array(program.instructions.length),
    }));
  }

  private countedSlots({ instructions }: BoundProgram): number {
    return this.isWhole ? instructions.length : 1;
  }

  /** Whether executions of the instructions from `first` on are counted. */
  counts(first: number): boolean {
    return this.isWhole || first === 0;
  }

  /** Address of the u64 that counts entries of the instructions from `first` to `last`. */
  segment(program: BoundProgram, first: number, last: number): number {
    const { base, segments } = this.of(program);
    segments.set(first, last);
    return base + SLOT_BYTES * first;
  }

  /** Address of the u64 that counts how often the branch at `slot` was taken. */
  taken(program: BoundProgram, slot: number): number {
    return this.of(program).base + SLOT_BYTES * slot + TAKEN_OFFSET;
  }

  /** The program stopped at `slot`: what was to run behind it did not. */
  stopped(program: BoundProgram, slot: number): void {
    const { segments, missed } = this.of(program);
    let first = slot;
    while (first >= 0 && !segments.has(first)) first--;
    const last = segments.get(first) ?? slot;
    for (let behind = slot + 1; behind <= last; behind++) missed[behind]!++;
  }

  /** Executions so far, of the programs in the object's order. */
  totals(): readonly SlotCounts[] {
    return this.programs.map(counters => this.countsOf(counters));
  }

  private countsOf({ program, base, segments, missed }: ProgramCounters): SlotCounts {
    const { length } = program.instructions;
    const executed = new Float64Array(length);
    const taken = new Float64Array(length);
    const { view } = this.machine.memory;
    for (const [first, last] of segments) {
      const entries = Number(view.getBigUint64(base + SLOT_BYTES * first, true));
      for (let slot = first; slot <= last; slot++) {
        if (program.instructions[slot] !== undefined) executed[slot] = entries - missed[slot]!;
      }
    }
    for (let slot = 0; this.isWhole && slot < length; slot++) {
      taken[slot] = Number(view.getBigUint64(base + SLOT_BYTES * slot + TAKEN_OFFSET, true));
    }
    return { program: program.spec, executed, taken };
  }

  private of(program: BoundProgram): ProgramCounters {
    return this.programs[program.id - 1]!;
  }
}
