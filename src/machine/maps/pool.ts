// Elements of one size that come and go: memory is taken in chunks that double, so a map takes room for the entries it holds.
import type { MachineMemory } from '../memory.js';
import { DESCRIPTOR } from './layout.js';

const FIRST_CHUNK_ELEMENTS = 8;
const MAX_CHUNK_BYTES = 2 ** 20;

/**
 * When an element that was given back is handed out again, as in the kernel: `at-once`, the latest first, where it comes from a free list or
 * bpf_mem_cache_free; or `late`, the earliest first and once LATE_ELEMENTS others were given back after it, where the kernel waits until no
 * program can hold a pointer to it any more (RCU).
 */
export type Reuse = 'at-once' | 'late';

const LATE_ELEMENTS = 64;

/**
 * Hands out elements aligned to 8 bytes: free ones first, then those of the current chunk in ascending order. They never move, so that a program
 * may keep a pointer to one. Free elements are linked by their word 0 from FREE of the descriptor. Contents survive giving back, except for
 * word 0, until the element is handed out again.
 */
export class Pool {
  private readonly memory: MachineMemory;
  private readonly descriptor: number;
  private readonly strideBytes: number;
  private readonly label: string;
  private readonly reuse: Reuse;
  private readonly onChunk: (start: number, elements: number) => void;
  private lastFree = 0;
  private freeElements = 0;
  private chunkElements = FIRST_CHUNK_ELEMENTS;
  private next = 0;
  private left = 0;

  /** `onChunk` is called with every new chunk of zeroes before elements of it are handed out. */
  constructor(
    memory: MachineMemory,
    descriptor: number,
    strideBytes: number,
    label: string,
    reuse: Reuse,
    onChunk: (start: number, elements: number) => void,
  ) {
    this.memory = memory;
    this.descriptor = descriptor;
    this.strideBytes = strideBytes;
    this.label = label;
    this.reuse = reuse;
    this.onChunk = onChunk;
  }

  /** @throws InputError `memory-exhausted` */
  take(): number {
    if (this.freeElements <= (this.reuse === 'late' ? LATE_ELEMENTS : 0)) return this.carve();
    const { u32 } = this.memory;
    const free = (this.descriptor + DESCRIPTOR.FREE) >>> 2;
    const element = u32[free]!;
    u32[free] = u32[element >>> 2]!;
    this.freeElements--;
    return element;
  }

  give(element: number): void {
    const { u32 } = this.memory;
    const free = (this.descriptor + DESCRIPTOR.FREE) >>> 2;
    if (this.reuse === 'late' && this.freeElements > 0) {
      u32[element >>> 2] = 0;
      u32[this.lastFree >>> 2] = element;
    } else {
      u32[element >>> 2] = u32[free]!;
      u32[free] = element;
    }
    this.lastFree = element;
    this.freeElements++;
  }

  private carve(): number {
    if (this.left === 0) this.addChunk();
    const element = this.next;
    this.next += this.strideBytes;
    this.left--;
    return element;
  }

  private addChunk(): void {
    const elements = this.chunkElements;
    this.next = this.memory.allocate(elements * this.strideBytes, 8, this.label);
    this.left = elements;
    this.onChunk(this.next, elements);
    const roomy = Math.floor(MAX_CHUNK_BYTES / this.strideBytes);
    this.chunkElements = Math.max(1, Math.min(2 * elements, roomy));
  }
}
