// Which addresses a program may touch: the table behind the checks that unverified programs run with.

/** A range of addresses with one rule. */
export interface Region {
  readonly start: number;
  /** First address behind it. */
  readonly end: number;
  /** Distance between elements, 0 where the whole region is one element: an access must stay inside one element. */
  readonly strideBytes: number;
  /** Bytes of each element that may be touched. */
  readonly elementBytes: number;
  readonly isWritable: boolean;
  /** True unless given. */
  readonly isReadable?: boolean;
  /** For messages: `map blocklist`, `stack`. */
  readonly label: string;
}

/** Regions that do not overlap, found by address. Packet, stack and context move with every packet and are checked by the engine itself. */
export class Regions {
  private readonly sorted: Region[] = [];
  private last: Region | undefined;

  add(region: Region): void {
    this.sorted.splice(this.indexAfter(region.start), 0, region);
  }

  remove(region: Region): void {
    const at = this.sorted.indexOf(region);
    if (at >= 0) this.sorted.splice(at, 1);
    if (this.last === region) this.last = undefined;
  }

  /** The region that holds `address`, undefined where there is none. */
  find(address: number): Region | undefined {
    const last = this.last;
    if (last !== undefined && address >= last.start && address < last.end) return last;
    const candidate = this.sorted[this.indexAfter(address) - 1];
    if (candidate === undefined || address >= candidate.end) return undefined;
    this.last = candidate;
    return candidate;
  }

  /** Whether all of an access lies in one element of one region that allows it. */
  allows(address: number, sizeBytes: number, isWrite: boolean): boolean {
    const region = this.find(address);
    if (region === undefined || !(isWrite ? region.isWritable : (region.isReadable ?? true))) return false;
    const within = region.strideBytes === 0 ? address - region.start : (address - region.start) % region.strideBytes;
    return within + sizeBytes <= region.elementBytes && address + sizeBytes <= region.end;
  }

  private indexAfter(address: number): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sorted[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
