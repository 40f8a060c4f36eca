// The parts that stages are made of: a queue of bounded size, and servers. Hot path: nothing is allocated per frame.

/** Frames by the depth that they met: 0, 1, 2 to 3, 4 to 7, ... */
export type Depths = Float64Array;

/** Where a depth is counted in `Depths`. */
function depthClass(depth: number): number {
  return 32 - Math.clz32(depth);
}

/** Bytes of a buffer, taken until a known time. Times never go back. */
export class BoundedQueue {
  readonly depths: Depths = new Float64Array(33);
  private readonly capacity: number;
  private until = new Float64Array(1024);
  private amounts = new Float64Array(1024);
  private head = 0;
  private count = 0;
  private used = 0;

  /** @param capacity in whatever `take` takes */
  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Whether so much fits at a time; notes the depth. */
  hasRoom(nowNanos: number, amount: number): boolean {
    const { until, amounts } = this;
    const mask = until.length - 1;
    while (this.count > 0 && until[this.head]! <= nowNanos) {
      this.used -= amounts[this.head]!;
      this.head = (this.head + 1) & mask;
      this.count--;
    }
    this.depths[depthClass(this.count)]!++;
    return this.used + amount <= this.capacity;
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

  private grow(): void {
    this.until = unrolled(this.until, this.head);
    this.amounts = unrolled(this.amounts, this.head);
    this.head = 0;
  }
}

/** Places of a ring, taken until a known time. Times never go back. */
export class Ring {
  readonly depths: Depths = new Float64Array(33);
  private readonly capacity: number;
  private until = new Float64Array(64);
  private head = 0;
  private count = 0;

  /** @param capacity places; more than 2^31 are as many */
  constructor(capacity: number) {
    this.capacity = Math.min(capacity, MOST_PLACES);
  }

  /** Whether a place is free at a time, beside `waiting` frames whose time is not known yet; notes the depth. */
  hasRoom(nowNanos: number, waiting: number): boolean {
    const { until } = this;
    const mask = until.length - 1;
    let { head, count } = this;
    while (count > 0 && until[head]! <= nowNanos) {
      head = (head + 1) & mask;
      count--;
    }
    this.head = head;
    this.count = count;
    const depth = count + waiting;
    this.depths[depthClass(depth)]!++;
    return depth < this.capacity;
  }

  /** How many places are free at least, whatever the time. */
  get leastFree(): number {
    return this.capacity - this.count;
  }

  /** Takes a place until then. */
  take(untilNanos: number): void {
    if (this.count === this.until.length) {
      this.until = unrolled(this.until, this.head);
      this.head = 0;
    }
    this.until[(this.head + this.count) & (this.until.length - 1)] = untilNanos;
    this.count++;
  }
}

const MOST_PLACES = 0x7fffffff;

/** A full ring of a power of two in twice the room, its first entry in front. */
function unrolled(ring: Float64Array, head: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * ring.length);
  larger.set(ring.subarray(head));
  larger.set(ring.subarray(0, head), ring.length - head);
  return larger;
}

/** One server that takes frames in order of arrival: a wire, a bus. */
export class Server {
  /** When it is free again. */
  freeAt = 0;
  busyNanos = 0;
  readonly count = 1;

  /** Starts a frame as soon as it is free; the time at which the frame is done. */
  serve(nowNanos: number, serviceNanos: number): number {
    const start = nowNanos > this.freeAt ? nowNanos : this.freeAt;
    this.busyNanos += serviceNanos;
    this.freeAt = start + serviceNanos;
    return this.freeAt;
  }

  /** For loops: numbers of an object that does not leave a function are kept in registers. */
  copy(): Server {
    const copy = new Server();
    copy.become(this);
    return copy;
  }

  become({ freeAt, busyNanos }: Server): void {
    this.freeAt = freeAt;
    this.busyNanos = busyNanos;
  }
}

/** Servers that take one frame each, in order of arrival: cores. */
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

  /** How many are free at a time. */
  freeServers(nowNanos: number): number {
    const { freeAt } = this;
    let free = 0;
    for (let at = 0; at < freeAt.length; at++) if (freeAt[at]! <= nowNanos) free++;
    return free;
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
