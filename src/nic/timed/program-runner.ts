// What the pipeline knows of the program that runs on its frames.
import type { Batch } from './batch.js';

/** What a packet takes where its program runs, and what becomes of it. */
export interface RunTime {
  /** On a core of the card. */
  readonly engineNanos: number;
  /** How long shared memories of the card are kept busy. */
  readonly memories: readonly MemoryTime[];
  /** On a core of the host. */
  readonly hostNanos: number;
  /** Where it goes: 0 nowhere, 1 to the stack, 2 back out, 3 to a redirect target. */
  readonly exit: number;
}

/** One memory's share of a packet. */
export interface MemoryTime {
  readonly name: string;
  readonly nanos: number;
}

/** Exits of a frame, as `RunTime.exit` counts them. */
export const EXIT_OF_FRAME = { dropped: 0, stack: 1, sent: 2, redirected: 3 } as const;

/** Runs the program. */
export interface ProgramRunner {
  /** On the frames of a batch, in order, each from its `begin` on; fills in what became of them. */
  run(batch: Batch): void;
}
