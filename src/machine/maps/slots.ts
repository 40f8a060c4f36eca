// Elements by index: one flat run where that is small enough to reserve, else pages that come into being when first touched.
import { InternalError } from '../../support/errors.js';
import type { MachineMemory } from '../memory.js';

/** Largest flat run. Reserving costs address space only: untouched pages of a WebAssembly memory are not resident. */
export const MAX_FLAT_BYTES = 2 ** 30;
const PAGE_BYTES = 65536;

/** Told about memory that holds elements, `strideBytes` apart from `start` to `end`. */
export type OnElements = (start: number, end: number) => void;

/**
 * `count` zero elements of `strideBytes` each.
 * ```
 * flat   base -> | element 0 | element 1 | ...                       address = base + index * stride
 * paged  base -> | page 0 | page 1 | 0 | page 3 | ...  u32 each       address = page[index >>> shift] + (index & mask) * stride
 * ```
 * A page holds 2^shift elements, at least one; 0 stands for a page of zeroes that was never touched. Flat runs have shift 0, mask 0.
 */
export class Slots {
  readonly base: number;
  readonly pageShift: number;
  readonly pageMask: number;
  readonly strideBytes: number;
  private readonly memory: MachineMemory;
  private readonly count: number;
  private readonly label: string;
  private readonly onElements: OnElements;

  /** @throws InputError `memory-exhausted` where not even the table of pages fits */
  constructor(memory: MachineMemory, count: number, strideBytes: number, label: string, onElements: OnElements) {
    this.memory = memory;
    this.count = count;
    this.strideBytes = strideBytes;
    this.label = label;
    this.onElements = onElements;
    const isFlat = count * strideBytes <= MAX_FLAT_BYTES || count === 1;
    this.pageShift = isFlat ? 0 : pageShiftFor(strideBytes);
    this.pageMask = 2 ** this.pageShift - 1;
    this.base = isFlat ? this.reserveFlat() : this.reserveTable();
  }

  /** Address of an element that is below `count`. */
  address(index: number): number {
    if (this.pageShift === 0) return this.base + index * this.strideBytes;
    const page = this.memory.u32[(this.base >>> 2) + (index >>> this.pageShift)]!;
    return (page === 0 ? this.addPage(index) : page) + (index & this.pageMask) * this.strideBytes;
  }

  /** As `address`, 0 for an element of a page that was never touched. */
  addressIfTouched(index: number): number {
    if (this.pageShift !== 0 && this.memory.u32[(this.base >>> 2) + (index >>> this.pageShift)] === 0) return 0;
    return this.address(index);
  }

  /** The index of the element at `address`. */
  indexOf(address: number): number {
    if (this.pageShift === 0) return Math.floor((address - this.base) / this.strideBytes);
    const table = this.base >>> 2;
    for (let page = 0; page * (this.pageMask + 1) < this.count; page++) {
      const start = this.memory.u32[table + page]!;
      const within = Math.floor((address - start) / this.strideBytes);
      if (start !== 0 && address >= start && within <= this.pageMask) return page * (this.pageMask + 1) + within;
    }
    throw new InternalError('expected the address of an element');
  }

  private reserveFlat(): number {
    const sizeBytes = this.count * this.strideBytes;
    const base = this.memory.allocate(sizeBytes, 8, this.label);
    this.onElements(base, base + sizeBytes);
    return base;
  }

  private reserveTable(): number {
    return this.memory.allocate(4 * Math.ceil(this.count / (this.pageMask + 1)), 8, this.label);
  }

  private addPage(index: number): number {
    const first = index - (index & this.pageMask);
    const sizeBytes = Math.min(this.pageMask + 1, this.count - first) * this.strideBytes;
    const page = this.memory.allocate(sizeBytes, 8, this.label);
    this.memory.u32[(this.base >>> 2) + (index >>> this.pageShift)] = page;
    this.onElements(page, page + sizeBytes);
    return page;
  }
}

/** At least 1, since 0 says flat. */
function pageShiftFor(strideBytes: number): number {
  return Math.max(1, Math.floor(Math.log2(PAGE_BYTES / strideBytes)));
}
