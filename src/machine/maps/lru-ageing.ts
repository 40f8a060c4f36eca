// How elements of an LRU map grow old: two lists, and marks of what was used. Hot.
import type { MachineMemory } from '../memory.js';
import { ElementList } from './element-list.js';
import { ELEMENT } from './table.js';

/** Takes an element out of the map, so that its place is free. */
export type Evict = (element: number) => void;

/**
 * An active list and an inactive one, as the kernel keeps them for all CPUs, or for each of them. Used elements move to the active list, active
 * ones that were not used again become inactive, and inactive ones are evicted, the oldest first.
 */
export class Ageing {
  readonly active: ElementList;
  readonly inactive: ElementList;
  /** Places that hold no element. */
  free: number;
  private readonly memory: MachineMemory;
  /** Most elements of a list that one step looks at. */
  private readonly scans: number;
  /** Inactive element at which the next search for used ones begins; 0 for the oldest. */
  private cursor = 0;

  /** @param firstNumber of its lists: the active one has it, the inactive one the next */
  constructor(memory: MachineMemory, firstNumber: number, scans: number, free: number) {
    this.memory = memory;
    this.active = new ElementList(memory, firstNumber);
    this.inactive = new ElementList(memory, firstNumber + 1);
    this.scans = scans;
    this.free = free;
  }

  /** Takes an element that is in one of the lists out of it. */
  remove(list: ElementList, element: number): void {
    if (element === this.cursor) this.cursor = this.inactive.newer(element);
    list.remove(element);
  }

  /** Makes active ones inactive where they are the more, and active what was used of the inactive ones. */
  rotate(): void {
    if (this.inactive.count < this.active.count) this.ageActive();
    this.reviveInactive();
  }

  /**
   * Evicts up to `wanted` inactive elements that were not used, among the oldest; if there are none, one element, used or not.
   * @returns how many were evicted
   */
  shrink(wanted: number, evict: Evict): number {
    const evicted = this.evictUnused(wanted, evict);
    if (evicted > 0) return evicted;
    const list = this.inactive.count > 0 ? this.inactive : this.active;
    if (list.count === 0) return 0;
    this.drop(list, list.oldest, evict);
    return 1;
  }

  private ageActive(): void {
    const { active, inactive } = this;
    let element = active.oldest;
    for (let left = Math.min(this.scans, active.count); left > 0; left--) {
      const next = active.newer(element);
      this.move(active, element, this.isUsed(element) ? active : inactive);
      element = next;
    }
  }

  private reviveInactive(): void {
    const { active, inactive } = this;
    if (inactive.count === 0) return;
    let element = this.cursor;
    for (let left = Math.min(this.scans, inactive.count); left > 0; left--) {
      if (element === 0) element = inactive.oldest;
      const next = inactive.newer(element);
      if (this.isUsed(element)) this.move(inactive, element, active);
      element = next;
    }
    this.cursor = element;
  }

  private evictUnused(wanted: number, evict: Evict): number {
    const { active, inactive } = this;
    let evicted = 0;
    let element = inactive.oldest;
    for (let left = Math.min(this.scans, inactive.count); left > 0 && evicted < wanted; left--) {
      const next = inactive.newer(element);
      if (this.isUsed(element)) this.move(inactive, element, active);
      else {
        this.drop(inactive, element, evict);
        evicted++;
      }
      element = next;
    }
    return evicted;
  }

  private isUsed(element: number): boolean {
    return this.memory.u32[(element + ELEMENT.REFERENCED) >>> 2] !== 0;
  }

  private move(from: ElementList, element: number, to: ElementList): void {
    this.remove(from, element);
    to.push(element);
  }

  private drop(list: ElementList, element: number, evict: Evict): void {
    this.remove(list, element);
    evict(element);
  }
}
