// Elements of one size that come and go: memory is taken in chunks that double, so a map takes room for the entries it holds.
import type { MachineMemory } from '../memory.js';
import { DESCRIPTOR } from './layout.js';

const FIRST_CHUNK_ELEMENTS = 8;
const MAX_CHUNK_BYTES = 2 ** 20;

/**
 * Hands out elements aligned to 8 bytes. They never move, so that a program may keep a pointer to one. What was given back is handed out again
 * first, the latest first; then the current chunk is used up in ascending order. Free elements are linked by their word 0 from FREE of the
 * descriptor. Contents survive giving back until the element is handed out again, as in the kernel.
 */
export class Pool {
  private readonly memory: MachineMemory;
  private readonly descriptor: number;
  private readonly strideBytes: number;
  private readonly label: string;
  private readonly onChunk: (start: number, elements: number) => void;
  private chunkElements = FIRST_CHUNK_ELEMENTS;
  private next = 0;
  private left = 0;

  /** `onChunk` is called with every new chunk of zeroes before elements of it are handed out. */
  constructor(
    memory: MachineMemory,
    descriptor: number,
    strideBytes: number,
    label: string,
    onChunk: (start: number, elements: number) => void,
  ) {
    this.memory = memory;
    this.descriptor = descriptor;
    this.strideBytes = strideBytes;
    this.label = label;
    this.onChunk = onChunk;
  }

  /** @throws InputError `memory-exhausted` */
  take(): number {
    const free = (this.descriptor + DESCRIPTOR.FREE) >>> 2;
    const element = this.memory.u32[free]!;
    if (element === 0) return this.carve();
    this.memory.u32[free] = this.memory.u32[element >>> 2]!;
    return element;
  }

  give(element: number): void {
    const free = (this.descriptor + DESCRIPTOR.FREE) >>> 2;
    this.memory.u32[element >>> 2] = this.memory.u32[free]!;
    this.memory.u32[free] = element;
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
