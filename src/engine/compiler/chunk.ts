// The part of a machine's memory that captures are read into, so that frames run where they lie.
import type { MachineMemory } from '../../machine/memory.js';
import { AHEAD_BYTES } from './packets/record-loop.js';

/** Chunks that stay in the processor's cache are read fastest. */
const CHUNK_BYTES = 256 * 1024;

/** Chunks begin at a page, where the operating system copies fastest. */
export const CHUNK_ALIGNMENT = 4096;

/** One for all runs of a machine: they take turns. */
export class CaptureChunk {
  private readonly memory: MachineMemory;
  private readonly address: number;
  private view: Uint8Array<ArrayBuffer> | undefined;

  /** @throws InputError `memory-exhausted` */
  constructor(memory: MachineMemory) {
    this.memory = memory;
    this.address = memory.allocate(CHUNK_BYTES + AHEAD_BYTES, CHUNK_ALIGNMENT, 'capture chunk');
  }

  /** Where it is now: other memory is behind it once the machine's has grown. */
  bytes(): Uint8Array<ArrayBuffer> {
    const { buffer } = this.memory.bytes;
    if (this.view?.buffer !== buffer) this.view = new Uint8Array(buffer, this.address, CHUNK_BYTES);
    return this.view;
  }
}
