// What the thread that replays says to those that help it, and what they answer. Plain values, as threads exchange them.
import type { FilePart } from '../../capture/open.js';
import type { AccountingValues } from '../../nic/count.js';
import type { RunArguments } from '../run-arguments.js';

/** What one thread is to do. */
export interface PartRequest {
  readonly objectPath: string;
  readonly options: RunArguments;
  readonly captures: readonly { readonly path: string; readonly part: FilePart }[];
  /** Maps whose contents are wanted. */
  readonly maps: readonly string[];
  /** How far the threads are, and whether they are to end. */
  readonly control: SharedArrayBuffer;
  /** Which thread this is. */
  readonly index: number;
}

/** What one thread found. */
export type PartAnswer =
  | {
      readonly kind: 'counted';
      /** False where it was told to end before. */
      readonly isWhole: boolean;
      readonly accounting: AccountingValues;
      /** How often each program was entered, in the object's order. */
      readonly runs: readonly number[];
      /** By map, by entry, by CPU. */
      readonly maps: readonly (readonly (readonly Uint8Array[])[])[];
    }
  /** Something that one thread cannot tell as one run over everything would. */
  | { readonly kind: 'unusual'; readonly message: string };

/** Shared memory: whether to end, then packets and bytes so far of each thread. */
export class Control {
  readonly shared: SharedArrayBuffer;
  private readonly flags: Int32Array;
  private readonly progress: Float64Array;

  /** @param from a number of threads, or what the other side shared */
  constructor(from: number | SharedArrayBuffer) {
    this.shared = typeof from === 'number' ? new SharedArrayBuffer(8 + 16 * from) : from;
    this.flags = new Int32Array(this.shared, 0, 2);
    this.progress = new Float64Array(this.shared, 8);
  }

  get isStopped(): boolean {
    return Atomics.load(this.flags, 0) !== 0;
  }

  stop(): void {
    Atomics.store(this.flags, 0, 1);
  }

  note(index: number, packets: number, bytes: number): void {
    this.progress[2 * index] = packets;
    this.progress[2 * index + 1] = bytes;
  }

  /** Of all threads together. */
  sum(): { readonly packets: number; readonly bytes: number } {
    const sumOf = (first: number) =>
      this.progress.reduce((sum, value, at) => (at % 2 === first ? sum + value : sum), 0);
    return { packets: sumOf(0), bytes: sumOf(1) };
  }
}
