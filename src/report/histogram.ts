// Counts of values by size: fixed limits, or powers of two in four steps each.

/** Values from `from` up to, not including, `below`. */
export interface HistogramBucket {
  readonly from: number;
  /** null: no limit. */
  readonly below: number | null;
  readonly count: number;
}

/** A histogram of whole numbers from 0. */
export class Histogram {
  private readonly limits: readonly number[];
  private readonly counts: Float64Array;

  /** @param limits where one bucket ends and the next begins, ascending; log2-linear ones up to 2^40 unless given */
  constructor(limits: readonly number[] = LOG_LIMITS) {
    this.limits = limits;
    this.counts = new Float64Array(limits.length + 1);
  }

  add(value: number): void {
    const at = this.bucketOf(value);
    this.counts[at] = this.counts[at]! + 1;
  }

  /** From the first bucket that is not empty to the last. */
  buckets(): HistogramBucket[] {
    const all = Array.from(this.counts, (count, at) => ({
      from: at === 0 ? 0 : this.limits[at - 1]!,
      below: this.limits[at] ?? null,
      count,
    }));
    const first = all.findIndex(({ count }) => count > 0);
    const last = all.findLastIndex(({ count }) => count > 0);
    return first < 0 ? [] : all.slice(first, last + 1);
  }

  private bucketOf(value: number): number {
    let low = 0;
    let high = this.limits.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.limits[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20 ... */
const LOG_LIMITS = logLimits();

function logLimits(): number[] {
  const limits = [1, 2, 3];
  for (let power = 4; power <= 2 ** 40; power *= 2)
    for (let quarter = 4; quarter < 8; quarter++) limits.push((power * quarter) / 4);
  return limits;
}
