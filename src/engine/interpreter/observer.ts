// Notes what the interpreter runs. Hot path where counts or ways are asked for: typed arrays, nothing allocated per instruction.
import type { Instruction } from '../../isa/instruction.js';
import type { Machine } from '../../machine/machine.js';
import { MAX_WAY_STEPS, type ObserveOptions, type SlotCounts, type Step, stepOf, type Way } from '../observe.js';
import type { Code } from './lower.js';

/** Ways that are remembered in order to give the same object again. */
const MAX_KNOWN_WAYS = 4096;

/** What is noted about one program. */
interface Notes extends SlotCounts {
  readonly index: number;
  readonly isBranch: Uint8Array;
}

/** Told of each instruction before it runs. */
export class Observer {
  /** Instructions that the packet may still execute; the interpreter's own budget is 0 meanwhile. */
  left = 0;
  readonly counts: readonly SlotCounts[];
  private readonly notes: ReadonlyMap<Code, Notes>;
  private readonly machine: Machine;
  private readonly registers: Int32Array;
  private readonly options: ObserveOptions;
  private readonly ways: WayRecorder | undefined;
  private last: Notes | undefined;
  private lastSlot = 0;

  constructor(options: ObserveOptions, machine: Machine, codes: readonly Code[], registers: Int32Array) {
    this.options = options;
    this.machine = machine;
    this.registers = registers;
    this.notes = new Map(codes.map((code, index) => [code, notesOf(code, index)]));
    this.counts = [...this.notes.values()];
    this.ways = options.ways ? new WayRecorder() : undefined;
  }

  /** A packet begins. */
  begin(budget: number): void {
    this.left = budget;
    this.last = undefined;
    this.ways?.begin();
  }

  /** An instruction is about to run. */
  step(code: Code, slot: number, depth: number): void {
    const notes = this.notes.get(code)!;
    if (slot < notes.executed.length) {
      notes.executed[slot] = notes.executed[slot]! + 1;
      this.noteBranch(notes, slot);
      this.ways?.add(stepOf(notes.index, slot), depth);
    }
    if (this.options.onStep !== undefined) this.tell(this.options.onStep, notes, slot, depth);
  }

  /** The way of the packet that just ended; undefined where none was asked for. */
  end(): Way | undefined {
    return this.ways?.end();
  }

  /** A branch was taken when what runs after it is not what follows it. */
  private noteBranch(notes: Notes, slot: number): void {
    const { last, lastSlot } = this;
    if (last !== undefined && last.isBranch[lastSlot] === 1 && slot !== lastSlot + 1) {
      last.taken[lastSlot] = last.taken[lastSlot]! + 1;
    }
    this.last = notes;
    this.lastSlot = slot;
  }

  private tell(onStep: (step: Step) => void, { program }: Notes, slot: number, depth: number): void {
    const { bytes } = this.machine.memory;
    onStep({
      program,
      slot,
      depth,
      registers: this.registers,
      read: (address, lengthBytes) =>
        address >= 0 && address + lengthBytes <= bytes.byteLength
          ? bytes.subarray(address, address + lengthBytes)
          : undefined,
    });
  }
}

function notesOf(code: Code, index: number): Notes {
  const { instructions, spec } = code.program;
  return {
    program: spec,
    index,
    executed: new Float64Array(instructions.length),
    taken: new Float64Array(instructions.length),
    isBranch: Uint8Array.from(instructions, isBranch),
  };
}

function isBranch(instruction: Instruction | undefined): number {
  return instruction?.kind === 'branch' || instruction?.kind === 'mayGoto' ? 1 : 0;
}

/** The steps of one packet at a time, in a ring; ways that were seen before are given as the object they were then. */
class WayRecorder {
  private readonly steps = new Uint32Array(MAX_WAY_STEPS);
  private readonly depths = new Uint16Array(MAX_WAY_STEPS);
  private count = 0;
  private hash = 0;
  private readonly known = new Map<number, Way>();

  begin(): void {
    this.count = 0;
    this.hash = 0;
  }

  add(step: number, depth: number): void {
    const at = this.count++ % MAX_WAY_STEPS;
    this.steps[at] = step;
    this.depths[at] = depth;
    this.hash = (Math.imul(this.hash, 31) + step) | 0;
  }

  end(): Way {
    const known = this.known.get(this.hash);
    if (known !== undefined && this.isSame(known)) return known;
    const way = this.keep();
    if (known === undefined && this.known.size < MAX_KNOWN_WAYS) this.known.set(this.hash, way);
    return way;
  }

  private isSame(way: Way): boolean {
    if (!way.isWhole || way.steps.length !== this.count) return false;
    for (let at = 0; at < this.count; at++) {
      if (way.steps[at] !== this.steps[at] || way.depths[at] !== this.depths[at]) return false;
    }
    return true;
  }

  private keep(): Way {
    const isWhole = this.count <= MAX_WAY_STEPS;
    const start = isWhole ? 0 : this.count % MAX_WAY_STEPS;
    const order = <T extends Uint32Array | Uint16Array>(ring: T, result: T): T => {
      result.set(ring.subarray(start));
      result.set(ring.subarray(0, start), result.length - start);
      return result;
    };
    if (isWhole) return { steps: this.steps.slice(0, this.count), depths: this.depths.slice(0, this.count), isWhole };
    return {
      steps: order(this.steps, new Uint32Array(MAX_WAY_STEPS)),
      depths: order(this.depths, new Uint16Array(MAX_WAY_STEPS)),
      isWhole,
    };
  }
}
