// The parts that stages are made of: a queue of bounded size, and servers. Hot path: nothing is allocated per frame.

/** Places of a ring or bytes of a buffer, taken until a known time. Times never go back. */
export class BoundedQueue {
  private readonly capacity: number;
  private until = new Float64Array(1024);
  private amounts = new Float64Array(1024);
  private head = 0;
  private count = 0;
  private used = 0;
  /** Frames by the depth that they met: 0, 1, 2 to 3, 4 to 7, ... */
  readonly depths = new Float64Array(32);

  /** @param capacity in whatever `take` takes */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Whether so much fits at a time, beside `waiting` frames whose time is not known yet; notes the depth. */
  hasRoom(nowNanos: number, amount: number, waiting = 0): boolean {
    const { until, amounts } = this;
    const mask = until.length - 1;
    while (this.count > 0 && until[this.head]! <= nowNanos) {
      this.used -= amounts[this.head]!;
      this.head = (this.head + 1) & mask;
      this.count--;
    }
    const depth = this.count + waiting;
    this.depths[depth === 0 ? 0 : 32 - Math.clz32(depth)]!++;
    return this.used + amount + waiting <= this.capacity;
  }

  /** Takes it until then. */
  take(untilNanos: number, amount: number): void {
    if (this.count === this.until.length) this.grow();
    const at = (this.head + this.count) & (this.until.length - 1);
    this.until[at] = untilNanos;
    this.amounts[at] = amount;
    this.count++;
    this.used += amount;
  }

  /** Keeps a power of two. */
  private grow(): void {
    const { until, amounts, head } = this;
    const mask = until.length - 1;
    this.until = new Float64Array(until.length * 2);
    this.amounts = new Float64Array(until.length * 2);
    for (let index = 0; index < this.count; index++) {
      this.until[index] = until[(head + index) & mask]!;
      this.amounts[index] = amounts[(head + index) & mask]!;
    }
    this.head = 0;
  }
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
