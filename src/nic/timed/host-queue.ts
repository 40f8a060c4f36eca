// One receive queue of the host and the core that serves it: descriptors, interrupt moderation, NAPI polls, and the bulks in which frames
// leave again. Hot path: nothing is allocated per frame.
import type { NicModel } from '../model.js';
import type { Batch } from './batch.js';
import type { LatencyHistogram } from './latency.js';
import { Ring } from './queue.js';

/** What a core knows of frames, by place. */
export interface CoreFrames {
  /** First bit on the wire. */
  readonly start: Float64Array;
  /** How long the core takes. */
  readonly service: Float64Array;
  /** As the program left it. */
  readonly lengthBytes: Uint32Array;
  /** What becomes of it: see LEAVES. */
  readonly exit: Uint8Array;
}

/** Frames end on the core, or are handed over to be sent. */
export const LEAVES = { not: 0, sent: 1, redirected: 2 } as const;

/** Takes frames that leave the core, in order of time. */
export interface Leaving {
  /** Frames whose way ends on the core: how late. */
  readonly latency: Pick<LatencyHistogram, 'add'>;
  /** Frames of a queue that are handed over together at a time. */
  send(queue: number, frames: CoreFrames, count: number, handedNanos: number): void;
}

/** What the model says about polling. */
interface Polling {
  readonly budgetPackets: number;
  readonly interruptNanos: number;
  readonly moderationNanos: number;
  readonly moderationFrames: number;
  readonly bulkPackets: number;
}

/** Most frames that wait for an interrupt whose model counts no frames. */
const MAX_WAITING = 4096;

/** Frames on their way through the core. */
class FrameList implements CoreFrames {
  readonly start: Float64Array;
  readonly service: Float64Array;
  readonly lengthBytes: Uint32Array;
  readonly exit: Uint8Array;
  count = 0;

  constructor(capacity: number) {
    this.start = new Float64Array(capacity);
    this.service = new Float64Array(capacity);
    this.lengthBytes = new Uint32Array(capacity);
    this.exit = new Uint8Array(capacity);
  }

  get isFull(): boolean {
    return this.count === this.start.length;
  }

  add(from: CoreFrames, place: number): void {
    const at = this.count++;
    this.start[at] = from.start[place]!;
    this.service[at] = from.service[place]!;
    this.lengthBytes[at] = from.lengthBytes[place]!;
    this.exit[at] = from.exit[place]!;
  }
}

/** A queue with its core. Frames come in order of time. */
export class HostQueue {
  readonly ring: Ring;
  packets = 0;
  drops = 0;
  interrupts = 0;
  polls = 0;
  busyNanos = 0;
  /** When the core is done with everything that it has begun. */
  freeAt = 0;
  private readonly queue: number;
  private readonly leaving: Leaving;
  private readonly polling: Polling;
  /** Frames in memory for which no interrupt came yet. */
  private readonly waiting: FrameList;
  /** Frames that were decided on and leave together. */
  private readonly bulk: FrameList;
  private wakeAt = 0;
  private polled = 0;

  constructor(queue: number, model: NicModel, receiveDescriptors: number, leaving: Leaving) {
    this.queue = queue;
    this.leaving = leaving;
    this.polling = pollingOf(model);
    this.ring = new Ring(receiveDescriptors);
    this.waiting = new FrameList(Math.min(this.polling.moderationFrames, receiveDescriptors));
    this.bulk = new FrameList(this.polling.bulkPackets);
  }

  /** Whether a descriptor is free when the frame asks for one; where none is, the frame is lost. */
  hasDescriptor({ asking }: Batch, place: number): boolean {
    const nowNanos = asking[place]!;
    const { waiting } = this;
    if (waiting.count > 0 && nowNanos >= this.wakeAt) this.wake(this.wakeAt);
    if (this.ring.hasRoom(nowNanos, waiting.count)) return true;
    this.drops++;
    return false;
  }

  /** How many frames find a descriptor in any case. */
  get leastDescriptors(): number {
    return this.ring.leastFree - this.waiting.count;
  }

  /** A frame is in memory, on which the program begins as soon as the core does; `hasDescriptor` was true of it. */
  receive(batch: Batch, place: number): void {
    const nowNanos = batch.begin[place]!;
    const { waiting, polling } = this;
    this.packets++;
    if (waiting.count === 0 && this.freeAt > nowNanos) {
      this.process(batch, place);
      return;
    }
    if (waiting.count === 0) {
      this.endPoll();
      this.wakeAt = nowNanos + polling.moderationNanos;
      if (this.wakeAt === nowNanos) {
        this.interrupt(nowNanos);
        this.process(batch, place);
        return;
      }
    }
    waiting.add(batch, place);
    if (waiting.isFull) this.wake(nowNanos);
  }

  /** Brings everything that waits to its end. */
  finish(): void {
    if (this.waiting.count > 0) this.wake(this.wakeAt);
    this.endPoll();
  }

  /** The core turns to its queue then, or when it is done with what it does. */
  private interrupt(nowNanos: number): void {
    const { interruptNanos } = this.polling;
    this.interrupts++;
    this.busyNanos += interruptNanos;
    this.freeAt = Math.max(nowNanos, this.freeAt) + interruptNanos;
  }

  private wake(nowNanos: number): void {
    const { waiting } = this;
    const { count } = waiting;
    this.interrupt(nowNanos);
    waiting.count = 0;
    for (let at = 0; at < count; at++) this.process(waiting, at);
  }

  /** The core takes the frame when it is free. */
  private process(frames: CoreFrames, at: number): void {
    const service = frames.service[at]!;
    const done = this.freeAt + service;
    this.freeAt = done;
    this.busyNanos += service;
    this.ring.take(done);
    if (frames.exit[at] === LEAVES.not) this.leaving.latency.add(done - frames.start[at]!);
    else {
      this.bulk.add(frames, at);
      if (this.bulk.isFull) this.flush();
    }
    if (++this.polled === this.polling.budgetPackets) this.endPoll();
  }

  /** A poll ends when its budget is used up, or when there is nothing left to do. */
  private endPoll(): void {
    if (this.polled === 0) return;
    this.polled = 0;
    this.polls++;
    if (this.bulk.count > 0) this.flush();
  }

  private flush(): void {
    const { bulk } = this;
    this.leaving.send(this.queue, bulk, bulk.count, this.freeAt);
    bulk.count = 0;
  }
}

function pollingOf({ interrupts, rings }: NicModel): Polling {
  const { moderationMicroseconds = 0, moderationFrames = MAX_WAITING, napiBudgetPackets = 64 } = interrupts;
  const { interruptNanos = 0 } = interrupts;
  return {
    budgetPackets: Math.max(1, napiBudgetPackets),
    interruptNanos,
    moderationNanos: moderationMicroseconds * 1e3,
    moderationFrames: Math.min(MAX_WAITING, Math.max(1, moderationFrames)),
    bulkPackets: Math.min(MAX_WAITING, Math.max(1, rings.bulkPackets ?? 1)),
  };
}
