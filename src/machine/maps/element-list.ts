// Lists of the elements of an LRU map, through words of the elements themselves. Hot.
import type { MachineMemory } from '../memory.js';
import { ELEMENT } from './table.js';

/**
 * Elements from the oldest to the newest. An element is in one list at most, and its word LIST says in which.
 * ```
 * oldest -> element  <- OLDER - - NEWER ->  element ... <- newest       0 at the ends
 * ```
 */
export class ElementList {
  oldest = 0;
  newest = 0;
  count = 0;
  private readonly memory: MachineMemory;
  private readonly number: number;

  /** @param number what stands in LIST of its elements */
  constructor(memory: MachineMemory, number: number) {
    this.memory = memory;
    this.number = number;
  }

  /** The element behind this one; 0 behind the newest. */
  newer(element: number): number {
    return this.memory.u32[(element + ELEMENT.NEWER) >>> 2]!;
  }

  /** The element before this one; 0 before the oldest. */
  older(element: number): number {
    return this.memory.u32[(element + ELEMENT.OLDER) >>> 2]!;
  }

  /** Puts an element that is in no list behind all others. Its mark is taken away. */
  push(element: number): void {
    const { u32 } = this.memory;
    const at = element >>> 2;
    u32[at + ELEMENT.REFERENCED / 4] = 0;
    u32[at + ELEMENT.LIST / 4] = this.number;
    u32[at + ELEMENT.OLDER / 4] = this.newest;
    u32[at + ELEMENT.NEWER / 4] = 0;
    if (this.newest === 0) this.oldest = element;
    else u32[(this.newest + ELEMENT.NEWER) >>> 2] = element;
    this.newest = element;
    this.count++;
  }

  /** Takes an element out. */
  remove(element: number): void {
    const { u32 } = this.memory;
    const [newer, older] = [this.newer(element), this.older(element)];
    if (older === 0) this.oldest = newer;
    else u32[(older + ELEMENT.NEWER) >>> 2] = newer;
    if (newer === 0) this.newest = older;
    else u32[(newer + ELEMENT.OLDER) >>> 2] = older;
    this.count--;
  }
}
