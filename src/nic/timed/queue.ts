// The parts that stages are made of: a queue of bounded size, servers, and histograms. Hot path: nothing is allocated per frame.

/** Places of a ring or bytes of a buffer, taken until a known time. Times never go back. */
export class BoundedQueue {
  private readonly capacity: number;
  private until: Float64Array;
  private amounts: Float64Array;
  private head = 0;
  private count = 0;
  private used = 0;
  readonly depths = new Float64Array(32);

  /** @param capacity in whatever `take` takes */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.until = new Float64Array(1024);
    this.amounts = new Float64Array(1024);
  }

  /** Whether so much fits at a time; notes the depth. */
  hasRoom(nowNanos: number, amount: number): boolean {
    while (this.count > 0 && this.until[this.head]! <= nowNanos) {
      this.used -= this.amounts[this.head]!;
      this.head = (this.head + 1) % this.until.length;
      this.count--;
    }
    this.depths[depthBucket(this.count)]!++;
    return this.used + amount <= this.capacity;
  }

  /** Takes it until then. */
  take(untilNanos: number, amount: number): void {
    if (this.count === this.until.length) this.grow();
    const at = (this.head + this.count) % this.until.length;
    this.until[at] = untilNanos;
    this.amounts[at] = amount;
    this.count++;
    this.used += amount;
  }

  private grow(): void {
    const { until, amounts, head } = this;
    this.until = new Float64Array(until.length * 2);
    this.amounts = new Float64Array(until.length * 2);
    for (let index = 0; index < this.count; index++) {
      this.until[index] = until[(head + index) % until.length]!;
      this.amounts[index] = amounts[(head + index) % until.length]!;
    }
    this.head = 0;
  }
}

/** 0, 1, 2-3, 4-7, ... */
function depthBucket(depth: number): number {
  return depth === 0 ? 0 : 32 - Math.clz32(depth);
}

/** Servers that take one frame each, in order of arrival: cores, or with one server a wire. */
export class Servers {
  private readonly freeAt: Float64Array;
  busyNanos = 0;

  constructor(count: number) {
    this.freeAt = new Float64Array(count);
  }

  get count(): number {
    return this.freeAt.length;
  }

  /** Starts a frame as soon as a server is free; the time at which it starts. */
  serve(nowNanos: number, serviceNanos: number): number {
    const heap = this.freeAt;
    const start = Math.max(nowNanos, heap[0]!);
    this.busyNanos += serviceNanos;
    this.replaceLeast(start + serviceNanos);
    return start;
  }

  /** Earliest time at which a server is free. */
  get leastFreeAt(): number {
    return this.freeAt[0]!;
  }

  /** The array is a heap: the server that is free first stands in front. */
  private replaceLeast(value: number): void {
    const heap = this.freeAt;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= value) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = value;
  }
}

/** Slots that a SlottedServer remembers; work further back counts as done. */
const SLOTS = 1 << 16;

/**
 * One server for frames that several cores hand over, not in order of time: time is cut into slots, and a frame goes into the first one, from
 * its own on, that has room.
 */
export class SlottedServer {
  private readonly slotNanos: number;
  private readonly slots = new Float64Array(SLOTS).fill(-1);
  private readonly used = new Float64Array(SLOTS);
  /** Where to look on from a slot that is full. */
  private readonly onwards = new Float64Array(SLOTS);
  private leastService = Number.POSITIVE_INFINITY;
  readonly count = 1;
  busyNanos = 0;

  /** @param longestNanos service of the longest frame */
  constructor(longestNanos: number) {
    this.slotNanos = Math.max(1000, 16 * longestNanos);
  }

  /** The time at which the frame starts. */
  serve(nowNanos: number, serviceNanos: number): number {
    this.busyNanos += serviceNanos;
    if (serviceNanos < this.leastService) this.leastService = serviceNanos;
    const first = Math.floor(nowNanos / this.slotNanos);
    let slot = first;
    for (;;) {
      const used = this.usedOf(slot);
      if (used === 0 || used + serviceNanos <= this.slotNanos) break;
      slot = used + this.leastService > this.slotNanos ? this.onwards[slot % SLOTS]! : slot + 1;
    }
    if (slot !== first) this.onwards[first % SLOTS] = slot;
    const at = slot % SLOTS;
    const start = Math.max(nowNanos, slot * this.slotNanos + this.used[at]!);
    this.used[at] = this.used[at]! + serviceNanos;
    return start;
  }

  private usedOf(slot: number): number {
    const at = slot % SLOTS;
    if (this.slots[at] !== slot) {
      this.slots[at] = slot;
      this.used[at] = 0;
      this.onwards[at] = slot + 1;
    }
    return this.used[at]!;
  }
}

/** Sub-buckets of each power of two. */
const SUB_BUCKETS = 32;

/** Latencies in buckets of about 3 %; least and greatest exactly. */
export class LatencyHistogram {
  private readonly buckets = new Float64Array(64 * SUB_BUCKETS);
  private count = 0;
  private least = Number.POSITIVE_INFINITY;
  private greatest = 0;

  add(nanos: number): void {
    this.count++;
    if (nanos < this.least) this.least = nanos;
    if (nanos > this.greatest) this.greatest = nanos;
    this.buckets[bucketOf(nanos)]!++;
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
