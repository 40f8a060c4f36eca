// Latencies as a histogram of fixed size. Hot path: nothing is allocated per frame.

/** Sub-buckets of each power of two. */
const SUB_BUCKETS = 32;

/** Latencies in buckets of about 3 %; least and greatest exactly. */
export class LatencyHistogram {
  private readonly buckets = new Float64Array(64 * SUB_BUCKETS);
  private least = Number.POSITIVE_INFINITY;
  private greatest = 0;

  add(nanos: number): void {
    if (nanos < this.least) this.least = nanos;
    if (nanos > this.greatest) this.greatest = nanos;
    this.buckets[bucketOf(nanos)]!++;
  }

  private get count(): number {
    return this.buckets.reduce((sum, count) => sum + count, 0);
  }

  /** The value below which that share of all lies, to 3 %. */
  percentile(share: number): number {
    let left = Math.ceil(share * this.count);
    for (let bucket = 0; bucket < this.buckets.length; bucket++) {
      left -= this.buckets[bucket]!;
      if (left <= 0) return Math.min(this.greatest, Math.max(this.least, upperEnd(bucket)));
    }
    return this.greatest;
  }

  summary(): LatencySummary | null {
    if (this.count === 0) return null;
    const at = (share: number): number => Math.round(this.percentile(share));
    const [minimum, maximum] = [Math.round(this.least), Math.round(this.greatest)];
    return { minimum, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), maximum };
  }

  /** Counts in groups, four to each power of two, from the first that is not empty to the last. */
  groups(): LatencyGroup[] {
    const all = Array.from({ length: this.buckets.length / GROUPED_BUCKETS }, (_, group) => {
      const first = group * GROUPED_BUCKETS;
      const count = this.buckets.subarray(first, first + GROUPED_BUCKETS).reduce((sum, value) => sum + value, 0);
      return {
        from: first < SUB_BUCKETS ? 0 : upperEnd(first - 1),
        below: upperEnd(first + GROUPED_BUCKETS - 1),
        count,
      };
    });
    const first = all.findIndex(({ count }) => count > 0);
    return first < 0 ? [] : all.slice(first, all.findLastIndex(({ count }) => count > 0) + 1);
  }
}

const GROUPED_BUCKETS = SUB_BUCKETS / 4;

/** Frames with latencies from `from` up to, not including, `below` nanoseconds. */
export interface LatencyGroup {
  readonly from: number;
  readonly below: number;
  readonly count: number;
}

/** In nanoseconds. */
export interface LatencySummary {
  readonly minimum: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly maximum: number;
}

function bucketOf(nanos: number): number {
  if (nanos < 1) return 0;
  if (nanos < 2 ** 31) {
    const whole = Math.trunc(nanos);
    const top = 31 - Math.clz32(whole);
    const part = top >= 5 ? whole >> (top - 5) : whole << (5 - top);
    return (top + 1) * SUB_BUCKETS + (part & (SUB_BUCKETS - 1));
  }
  const power = Math.min(62, Math.floor(Math.log2(nanos)));
  return (power + 1) * SUB_BUCKETS + Math.min(SUB_BUCKETS - 1, Math.floor((nanos / 2 ** power - 1) * SUB_BUCKETS));
}

function upperEnd(bucket: number): number {
  const power = Math.floor(bucket / SUB_BUCKETS) - 1;
  return power < 0 ? 1 : 2 ** power * (1 + ((bucket % SUB_BUCKETS) + 1) / SUB_BUCKETS);
}
