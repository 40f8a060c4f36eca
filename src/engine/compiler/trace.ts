// Ways of packets from emitted code: each run of instructions notes itself when it is entered, and what was noted becomes the way.
import type { BoundProgram, Machine } from '../../machine/machine.js';
import { LASTING_WAYS, MAX_WAY_STEPS, programOfStep, slotOfStep, stepOf, type Way } from '../observe.js';
import { STATE } from './state.js';

/** Entries of a way that are kept, the last ones: a power of two. A longer way is not whole. */
export const TRACE_ENTRIES = 16_384;

/** What the packets that run have entered. */
export class Trace {
  /** Address of the entries, u32 each: there is room for two ways. */
  readonly address: number;
  private readonly machine: Machine;
  private readonly counter: number;
  private readonly executedWord: number;
  private readonly start: number;
  /** By entry: the last slot of the instructions that run together. */
  private readonly lasts = new Map<number, number>();
  private readonly lasting: Way[] = [];
  private passing: Way[] = [];
  /** Of lasting ways, by number: their entries, and those entries' hash. */
  private readonly entries: Uint32Array[] = [];
  private readonly hashes = new Int32Array(LASTING_WAYS);
  /** From the last bits of a hash on, up to the next 0: numbers, and 1. */
  private readonly places = new Uint16Array(2 * LASTING_WAYS);

  /** @throws InputError `memory-exhausted` */
  constructor(machine: Machine, stateAddress: number) {
    this.machine = machine;
    this.address = machine.memory.allocate(2 * 4 * TRACE_ENTRIES, 64, 'trace');
    this.counter = (stateAddress + STATE.TRACED) >>> 2;
    this.executedWord = (stateAddress + STATE.EXECUTED) >>> 2;
    this.start = (stateAddress + STATE.TRACE_AT) >>> 2;
  }

  /** What stands for the instructions from `first` to `last`. */
  entry({ id }: BoundProgram, first: number, last: number): number {
    const entry = stepOf(id - 1, first);
    this.lasts.set(entry, last);
    return entry;
  }

  /** A packet begins, or several of which each notes how long its way is. */
  begin(): void {
    const { u32 } = this.machine.memory;
    u32[this.executedWord] = 0;
    u32[this.executedWord + 1] = 0;
    if (this.passing.length > 0) this.passing = [];
    this.rewind();
  }

  /** Entries were read: the next packet's stand in their place. */
  rewind(): void {
    const { u32 } = this.machine.memory;
    u32[this.counter] = 0;
    u32[this.start] = this.address;
  }

  /** How many instructions the way has; of one that is not whole, as many as were counted, 0 where they were not. */
  executed({ steps, isWhole }: Way): number {
    const { u32 } = this.machine.memory;
    return isWhole ? steps.length : u32[this.executedWord + 1]! * 2 ** 32 + u32[this.executedWord]!;
  }

  /**
   * The way of the packet that just ended.
   * @param stoppedAt slot at which it was stopped, undefined where it came to its end
   */
  end(stoppedAt?: number): Way {
    return this.way(this.numberOf(this.address, this.traced, stoppedAt));
  }

  /** How many entries the packet that ran last made. */
  get traced(): number {
    return this.machine.memory.u32[this.counter]!;
  }

  /** The way of a number, which lasts where it is less than LASTING_WAYS; others hold until `begin`. */
  way(number: number): Way {
    return number < LASTING_WAYS ? this.lasting[number]! : this.passing[number - LASTING_WAYS]!;
  }

  /**
   * The number of a way.
   * @param address of its entries
   * @param count how many it made
   * @param stoppedAt as for `end`
   */
  numberOf(address: number, count: number, stoppedAt: number | undefined): number {
    const { u32 } = this.machine.memory;
    const start = address >>> 2;
    if (stoppedAt !== undefined || count > TRACE_ENTRIES) {
      return this.pass(this.wayOf(this.kept(start, count), count, stoppedAt));
    }
    let hash = count;
    for (let at = start; at < start + count; at++) hash = Math.imul(hash ^ u32[at]!, 0x9e3779b1);
    hash ^= hash >>> 15;
    const { places, hashes } = this;
    let place = hash & (places.length - 1);
    for (; places[place] !== 0; place = (place + 1) & (places.length - 1)) {
      const number = places[place]! - 1;
      if (hashes[number] === hash && isSame(this.entries[number]!, u32, start, count)) return number;
    }
    const entries = this.kept(start, count);
    const way = this.wayOf(entries, count, undefined);
    if (this.lasting.length === LASTING_WAYS) return this.pass(way);
    const number = this.lasting.push(way) - 1;
    this.entries.push(entries);
    hashes[number] = hash;
    places[place] = number + 1;
    return number;
  }

  private pass(way: Way): number {
    return LASTING_WAYS + this.passing.push(way) - 1;
  }

  /** The entries in order, the oldest dropped where there were too many. */
  private kept(start: number, count: number): Uint32Array {
    const ring = this.machine.memory.u32.subarray(start, start + Math.min(count, TRACE_ENTRIES));
    if (count <= TRACE_ENTRIES) return ring.slice();
    const split = count % TRACE_ENTRIES;
    return Uint32Array.from([...ring.subarray(split), ...ring.subarray(0, split)]);
  }

  /** The instructions of the entries. */
  private wayOf(entries: Uint32Array, count: number, stoppedAt: number | undefined): Way {
    const steps: number[] = [];
    const depths: number[] = [];
    const callers: number[] = [];
    for (const [at, entry] of entries.entries()) {
      const program = programOfStep(entry);
      const { instructions } = this.machine.programs[program]!;
      const isStop = stoppedAt !== undefined && at === entries.length - 1;
      const last = isStop ? stoppedAt : (this.lasts.get(entry) ?? slotOfStep(entry));
      if (at > 0 && callers.at(-1) === entry) callers.pop();
      for (let slot = slotOfStep(entry); slot <= last; slot++) {
        if (instructions[slot] === undefined) continue;
        steps.push(stepOf(program, slot));
        depths.push(callers.length);
      }
      if (instructions[last]?.kind === 'call') this.noteCall(callers, stepOf(program, last + 1), entries[at + 1]);
    }
    const isWhole = count <= TRACE_ENTRIES && steps.length <= MAX_WAY_STEPS;
    const cut = Math.max(0, steps.length - MAX_WAY_STEPS);
    return { steps: Uint32Array.from(steps.slice(cut)), depths: Uint16Array.from(depths.slice(cut)), isWhole };
  }

  /** Control comes back to `next` some time, where it does not go on there at once, nor for good in another program. */
  private noteCall(callers: number[], next: number, following: number | undefined): void {
    if (following === undefined || following === next) return;
    if (programOfStep(following) === programOfStep(next)) callers.push(next);
  }
}

function isSame(entries: Uint32Array, u32: Uint32Array, start: number, count: number): boolean {
  if (entries.length !== count) return false;
  for (let at = 0; at < count; at++) if (entries[at] !== u32[start + at]) return false;
  return true;
}
