// Frames that go through a card together, stage by stage: a loop that does one thing with many frames is quicker than one that does
// everything with each. Times stand in columns, since a number that is handed to a function or back costs memory. Hot path.
import type { FrameBatch } from '../../engine/engine.js';
import type { FrameStore } from './frame-store.js';
import type { RunTime } from './program-runner.js';

/** Most frames of a batch: their columns stay in the processor's cache. */
export const FRAMES_AT_ONCE = 64;

/** Frames of a store that come to a program, in order, by place from 0, and what becomes of them. Times in nanoseconds. */
export class Batch implements FrameBatch {
  readonly frames: FrameStore;
  count = 0;
  /** By number in the store. */
  readonly frame: Uint32Array;
  /** Its first bit on the wire; when it asks for a descriptor or a core; when the program begins. */
  readonly start: Float64Array;
  readonly asking: Float64Array;
  readonly begin: Float64Array;
  /** What the program said, which way it went, and how long the frame is then. */
  readonly returnValue: Uint32Array;
  readonly way: Uint32Array;
  readonly lengthBytes: Uint32Array;
  /** What it took and where the frame goes; how long on a core of the host. */
  readonly time: RunTime[] = [];
  readonly service: Float64Array;
  /** What the core does with it: see `Leaves`. */
  readonly exit: Uint8Array;

  constructor(frames: FrameStore, capacity: number) {
    this.frames = frames;
    this.frame = new Uint32Array(capacity);
    this.start = new Float64Array(capacity);
    this.asking = new Float64Array(capacity);
    this.begin = new Float64Array(capacity);
    this.returnValue = new Uint32Array(capacity);
    this.way = new Uint32Array(capacity);
    this.lengthBytes = new Uint32Array(capacity);
    this.service = new Float64Array(capacity);
    this.exit = new Uint8Array(capacity);
  }
}
