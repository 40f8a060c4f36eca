// Where elements of an LRU map find room: the common kind with small stocks for each CPU, and the kind that every CPU has for itself. Hot.
// Source: kernel Documentation/bpf/map_hash.rst, and what Linux 6.18 was seen to evict (test/machine/maps/kernel.test.ts).
import { assert } from '../../support/errors.js';
import type { MachineMemory } from '../memory.js';
import { ElementList } from './element-list.js';
import { Ageing, type Evict } from './lru-ageing.js';
import { ELEMENT } from './table.js';

/** Hands out the places of a map, max_entries of them. */
export interface Places {
  /** Takes a place for an element that this CPU is about to add, evicting others where none is free. False where there is none. */
  take(cpu: number): boolean;
  /** Puts an element into the place that the CPU took. */
  add(element: number, cpu: number): void;
  /** Gives back the place that the CPU took, without an element. */
  giveBack(cpu: number): void;
  /** Takes an element out of its place, which is free then. */
  remove(element: number): void;
}

/** Most places that a CPU takes in stock, and most elements of a list that one step looks at. */
const COMMON_STOCK = 128;
const OWN_STOCK = 4;

interface Stock {
  free: number;
  /** Elements that this CPU added since it last went for places. */
  readonly recent: ElementList;
  /** The CPU from which it takes a place when nothing else is left. */
  victim: number;
}

/**
 * One pair of ageing lists for all CPUs. A CPU goes to it for several places at once; what it adds stays in a list of its own until then, and is
 * not evicted meanwhile. So a full map loses as many elements at a time.
 */
export class CommonPlaces implements Places {
  private readonly memory: MachineMemory;
  private readonly ageing: Ageing;
  private readonly stocks: readonly Stock[];
  private readonly stockSize: number;
  private readonly evict: Evict;

  constructor(memory: MachineMemory, maxEntries: number, cpuCount: number, evict: Evict) {
    this.memory = memory;
    this.stockSize = Math.max(1, Math.min(COMMON_STOCK, Math.floor(maxEntries / cpuCount / 2)));
    this.ageing = new Ageing(memory, cpuCount, COMMON_STOCK, maxEntries);
    this.stocks = Array.from({ length: cpuCount }, (_, cpu) => {
      return { free: 0, recent: new ElementList(memory, cpu), victim: (cpu + 1) % cpuCount };
    });
    this.evict = evict;
  }

  take(cpu: number): boolean {
    const stock = this.stocks[cpu]!;
    if (stock.free === 0) this.restock(stock);
    if (stock.free === 0) return this.takeFromOthers(stock);
    stock.free--;
    return true;
  }

  add(element: number, cpu: number): void {
    this.stocks[cpu]!.recent.push(element);
  }

  giveBack(cpu: number): void {
    this.stocks[cpu]!.free++;
  }

  remove(element: number): void {
    const number = this.memory.u32[(element + ELEMENT.LIST) >>> 2]!;
    const stock = this.stocks[number];
    if (stock === undefined) {
      this.ageing.remove(number === this.stocks.length ? this.ageing.active : this.ageing.inactive, element);
      this.ageing.free++;
    } else {
      stock.recent.remove(element);
      stock.free++;
    }
  }

  private restock(stock: Stock): void {
    const { ageing, stockSize } = this;
    this.release(stock.recent);
    ageing.rotate();
    const found = Math.min(ageing.free, stockSize);
    ageing.free -= found;
    stock.free += found;
    if (found < stockSize) stock.free += ageing.shrink(stockSize - found, this.evict);
  }

  /** What the CPU added goes to the lists of all. */
  private release(recent: ElementList): void {
    const { u32 } = this.memory;
    while (recent.count > 0) {
      const element = recent.oldest;
      const isUsed = u32[(element + ELEMENT.REFERENCED) >>> 2] !== 0;
      recent.remove(element);
      (isUsed ? this.ageing.active : this.ageing.inactive).push(element);
    }
  }

  private takeFromOthers(stock: Stock): boolean {
    const first = stock.victim;
    do {
      const other = this.stocks[stock.victim]!;
      stock.victim = (stock.victim + 1) % this.stocks.length;
      if (other.free > 0) {
        other.free--;
        return true;
      }
      if (other.recent.count > 0) {
        this.evictRecent(other.recent);
        return true;
      }
    } while (stock.victim !== first);
    return false;
  }

  /** The oldest that was not used, or else the oldest. */
  private evictRecent(recent: ElementList): void {
    const { u32 } = this.memory;
    let element = recent.oldest;
    while (element !== 0 && u32[(element + ELEMENT.REFERENCED) >>> 2] !== 0) element = recent.newer(element);
    if (element === 0) element = recent.oldest;
    recent.remove(element);
    this.evict(element);
  }
}

/** BPF_F_NO_COMMON_LRU: as many places for every CPU, and ageing lists of its own. What another CPU put there is found all the same. */
export class OwnPlaces implements Places {
  private readonly memory: MachineMemory;
  private readonly ageings: readonly Ageing[];
  private readonly evict: Evict;

  constructor(memory: MachineMemory, maxEntries: number, cpuCount: number, evict: Evict) {
    assert(maxEntries % cpuCount === 0, 'as many places for every CPU');
    this.memory = memory;
    this.ageings = Array.from({ length: cpuCount }, (_, cpu) => {
      return new Ageing(memory, 2 * cpu, OWN_STOCK, maxEntries / cpuCount);
    });
    this.evict = evict;
  }

  take(cpu: number): boolean {
    const ageing = this.ageings[cpu]!;
    ageing.rotate();
    if (ageing.free === 0) ageing.free += ageing.shrink(OWN_STOCK, this.evict);
    if (ageing.free === 0) return false;
    ageing.free--;
    return true;
  }

  add(element: number, cpu: number): void {
    this.ageings[cpu]!.inactive.push(element);
  }

  giveBack(cpu: number): void {
    this.ageings[cpu]!.free++;
  }

  remove(element: number): void {
    const number = this.memory.u32[(element + ELEMENT.LIST) >>> 2]!;
    const ageing = this.ageings[number >> 1]!;
    ageing.remove(number % 2 === 0 ? ageing.active : ageing.inactive, element);
    ageing.free++;
  }
}
