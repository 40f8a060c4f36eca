// The way of frames from the wire to the program: wire, MAC with its buffer, PCIe. Hot path.
import { lineRatePps } from '../cost/law.js';
import type { NicModel } from '../model.js';
import type { Batch } from './batch.js';
import type { HostQueue } from './host-queue.js';
import { type LossCounts, MAC_FULL, RING_FULL } from './losses.js';
import { BoundedQueue, Server, type Servers } from './queue.js';

/** More than any frame has bytes. */
const KEPT_LENGTHS = 1 << 17;

/** The stages, each first come, first served. */
export class WayIn {
  readonly wire = new Server();
  readonly mac = new Server();
  readonly pcie = new Server();
  readonly fifo: BoundedQueue;
  /** What the frame that was lost last was lost to: a place in LOSSES. */
  latestLoss = MAC_FULL;
  private readonly losses: LossCounts;
  private readonly model: NicModel;
  private readonly isInCard: boolean;
  private readonly cores: Servers | undefined;
  private readonly macNanos: number;
  private readonly pcieFrameNanos: number;
  private readonly pcieByteNanos: number;
  /** By length; -1 where not known yet. */
  private readonly wireTimes = new Float64Array(KEPT_LENGTHS).fill(-1);

  /** @param cores of the card, where the program runs there; undefined for as many as it takes */
  constructor(model: NicModel, losses: LossCounts, isInCard: boolean, cores: Servers | undefined) {
    this.isInCard = isInCard;
    this.cores = cores;
    this.model = model;
    this.losses = losses;
    this.fifo = new BoundedQueue(model.mac.fifoBytes ?? Number.POSITIVE_INFINITY);
    this.macNanos = nanosOf(model.mac.capPps);
    this.pcieFrameNanos = nanosOf(model.pcie.capPps);
    this.pcieByteNanos = nanosOf(model.pcie.bytesPerSecond);
  }

  /** When a frame that comes then may be through the MAC at the earliest. */
  earliest(arrivalNanos: number): number {
    return Math.max(arrivalNanos, this.wire.freeAt, this.mac.freeAt);
  }

  /**
   * Brings the frames of the batch's store from `first` to before `end` to where the program runs on them, in memory of the host or on a core
   * of the card; the batch holds those that got there. Frames without a descriptor do not cross PCIe.
   * @param asked queues that are asked for a descriptor here; undefined where all have enough, and on a card,
   *   where a frame waits for a core; of several that are brought together, each finds one free
   */
  bring(batch: Batch, first: number, end: number, asked: readonly HostQueue[] | undefined): void {
    const { fifo, macNanos, pcieFrameNanos, pcieByteNanos, wireTimes, isInCard } = this;
    const { frame, start, asking, begin } = batch;
    const { wireBytes, arrivalNanos, queue } = batch.frames;
    const wire = this.wire.copy();
    const mac = this.mac.copy();
    const pcie = this.pcie.copy();
    const freeAt = this.cores?.leastFreeAt ?? 0;
    let count = 0;
    for (let at = first; at < end; at++) {
      const lengthBytes = wireBytes[at]!;
      if (!(wireTimes[lengthBytes]! >= 0)) this.measure(lengthBytes);
      const wireNanos = wireTimes[lengthBytes]!;
      const received = wire.serve(arrivalNanos[at]!, wireNanos);
      if (!fifo.hasRoom(received, lengthBytes)) {
        this.lose(batch, at, MAC_FULL);
        continue;
      }
      const now = macNanos === 0 ? received : mac.serve(received, macNanos) - macNanos;
      asking[count] = isInCard ? now : Math.max(now, pcie.freeAt);
      if (asked !== undefined && !asked[queue[at]!]!.hasDescriptor(batch, count)) {
        fifo.take(asking[count]!, lengthBytes);
        this.lose(batch, at, RING_FULL);
        continue;
      }
      let begins = Math.max(now, freeAt);
      if (!isInCard) {
        const pcieNanos = Math.max(pcieFrameNanos, pcieByteNanos * lengthBytes);
        begins = pcieNanos === 0 ? now : pcie.serve(now, pcieNanos);
      }
      fifo.take(begins, lengthBytes);
      frame[count] = at;
      start[count] = received - wireNanos;
      begin[count++] = begins;
    }
    batch.count = count;
    this.wire.become(wire);
    this.mac.become(mac);
    this.pcie.become(pcie);
  }

  /** Across PCIe, for frames that come out of the card's own cores; when it is there. */
  acrossPcie(nowNanos: number, lengthBytes: number): number {
    const nanos = Math.max(this.pcieFrameNanos, this.pcieByteNanos * lengthBytes);
    return nanos === 0 ? nowNanos : this.pcie.serve(nowNanos, nanos);
  }

  /** How long a frame takes on the wire. */
  wireNanos(lengthBytes: number): number {
    if (!(this.wireTimes[lengthBytes]! >= 0)) this.measure(lengthBytes);
    return this.wireTimes[lengthBytes]!;
  }

  private measure(lengthBytes: number): void {
    this.wireTimes[lengthBytes] = nanosOf(lineRatePps(this.model, lengthBytes));
  }

  private lose({ frames }: Batch, at: number, loss: number): void {
    this.latestLoss = loss;
    this.losses.lose(loss, frames.queue[at]!, frames.lengthBytes[at]!);
  }
}

/** Between events of a rate; 0 where there is none. */
export function nanosOf(perSecond: number | undefined): number {
  return perSecond === undefined ? 0 : 1e9 / perSecond;
}
