// One receive queue of the host and the core that serves it: descriptors, interrupt moderation, NAPI polls, and the bulks in which frames
// leave again. Hot path: nothing is allocated per frame.
import type { NicModel } from '../model.js';
import { Ring } from './queue.js';

/** Takes frames that leave the core, in order of time. */
export interface Leaving {
  /** A frame whose way ends on this core. */
  end(startNanos: number, doneNanos: number): void;
  /** A frame that is handed over to be sent. */
  send(queue: number, isRedirect: boolean, startNanos: number, handedNanos: number, lengthBytes: number): void;
}

/** What the model says about polling. */
interface Polling {
  readonly budgetPackets: number;
  readonly moderationNanos: number;
  readonly moderationFrames: number;
  readonly bulkPackets: number;
}

/** Most frames that wait for an interrupt whose model counts no frames. */
const MAX_WAITING = 4096;

/** Frames on their way through the core: what `process` is told of each. */
class FrameList {
  readonly start: Float64Array;
  readonly service: Float64Array;
  readonly lengthBytes: Float64Array;
  /** 0: ends here, 1: sent back, 2: redirected. */
  readonly exit: Uint8Array;
  count = 0;

  constructor(capacity: number) {
    this.start = new Float64Array(capacity);
    this.service = new Float64Array(capacity);
    this.lengthBytes = new Float64Array(capacity);
    this.exit = new Uint8Array(capacity);
  }

  add(start: number, service: number, lengthBytes: number, exit: number): void {
    const at = this.count++;
    this.start[at] = start;
    this.service[at] = service;
    this.lengthBytes[at] = lengthBytes;
    this.exit[at] = exit;
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
  private readonly queue: number;
  private readonly leaving: Leaving;
  private readonly polling: Polling;
  /** Frames in memory for which no interrupt came yet. */
  private readonly waiting: FrameList;
  /** Frames that were decided on and leave together. */
  private readonly bulk: FrameList;
  private freeAt = 0;
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

  /** Whether a descriptor is free; where none is, the frame is lost. */
  hasDescriptor(nowNanos: number): boolean {
    if (this.waiting.count > 0 && nowNanos >= this.wakeAt) this.wake(this.wakeAt);
    if (this.ring.hasRoom(nowNanos, this.waiting.count)) return true;
    this.drops++;
    return false;
  }

  /** How many frames find a descriptor in any case. */
  get leastDescriptors(): number {
    return this.ring.leastFree - this.waiting.count;
  }

  /**
   * A frame is in memory; `hasDescriptor` was true of it.
   * @param startNanos its first bit on the wire
   * @param exit 0: its way ends here, 1: it is sent back, 2: redirected
   */
  receive(nowNanos: number, serviceNanos: number, exit: number, startNanos: number, lengthBytes: number): void {
    this.packets++;
    if (this.waiting.count === 0 && this.freeAt > nowNanos) {
      this.process(this.freeAt, serviceNanos, exit, startNanos, lengthBytes);
      return;
    }
    if (this.waiting.count === 0) {
      this.endPoll(this.freeAt);
      this.wakeAt = nowNanos + this.polling.moderationNanos;
      if (this.wakeAt === nowNanos) {
        this.interrupts++;
        this.process(nowNanos, serviceNanos, exit, startNanos, lengthBytes);
        return;
      }
    }
    const { waiting } = this;
    waiting.add(startNanos, serviceNanos, lengthBytes, exit);
    if (waiting.count === waiting.start.length) this.wake(nowNanos);
  }

  /** Brings everything that waits to its end. */
  finish(): void {
    if (this.waiting.count > 0) this.wake(this.wakeAt);
    this.endPoll(this.freeAt);
  }

  private wake(nowNanos: number): void {
    const { start, service, lengthBytes, exit, count } = this.waiting;
    this.interrupts++;
    this.waiting.count = 0;
    let begin = Math.max(nowNanos, this.freeAt);
    for (let at = 0; at < count; at++) {
      this.process(begin, service[at]!, exit[at]!, start[at]!, lengthBytes[at]!);
      begin = this.freeAt;
    }
  }

  private process(begin: number, service: number, exit: number, start: number, lengthBytes: number): void {
    const done = begin + service;
    this.freeAt = done;
    this.busyNanos += service;
    this.ring.take(done);
    if (exit === 0) this.leaving.end(start, done);
    else {
      const { bulk } = this;
      bulk.add(start, 0, lengthBytes, exit);
      if (bulk.count === bulk.start.length) this.flush(done);
    }
    if (++this.polled === this.polling.budgetPackets) this.endPoll(done);
  }

  /** A poll ends when its budget is used up, or when there is nothing left to do. */
  private endPoll(nowNanos: number): void {
    if (this.polled === 0) return;
    this.polled = 0;
    this.polls++;
    if (this.bulk.count > 0) this.flush(nowNanos);
  }

  private flush(nowNanos: number): void {
    const { bulk, queue, leaving } = this;
    const { start, lengthBytes, exit, count } = bulk;
    for (let at = 0; at < count; at++) leaving.send(queue, exit[at] === 2, start[at]!, nowNanos, lengthBytes[at]!);
    bulk.count = 0;
  }
}

function pollingOf({ interrupts, rings }: NicModel): Polling {
  const { moderationMicroseconds = 0, moderationFrames = MAX_WAITING, napiBudgetPackets = 64 } = interrupts;
  return {
    budgetPackets: Math.max(1, napiBudgetPackets),
    moderationNanos: moderationMicroseconds * 1e3,
    moderationFrames: Math.min(MAX_WAITING, Math.max(1, moderationFrames)),
    bulkPackets: Math.min(MAX_WAITING, Math.max(1, rings.bulkPackets ?? 1)),
  };
}
