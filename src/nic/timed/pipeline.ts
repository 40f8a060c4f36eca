// The timed pipeline: every frame's way through wire, MAC, engine or PCIe, ring, host and transmit ring, in order of arrival. Each stage
// is first come, first served, so that a frame's times follow from those of the frames before it. Hot path.
import type { HostSetup } from '../cost/host.js';
import { lineRatePps } from '../cost/law.js';
import type { Mode, NicModel } from '../model.js';
import { type Batch, bringToCores, bringToHost, type WayIn } from './batch.js';
import type { FrameStore } from './frame-store.js';
import { HostQueue, type Leaving } from './host-queue.js';
import { LatencyHistogram } from './latency.js';
import { EXIT_OF_FRAME, type ProgramRunner, type RunTime } from './program-runner.js';
import { BoundedQueue, Ring, Server, Servers, SlottedServer } from './queue.js';

/** Where a frame can be lost in the pipeline. */
export const LOSSES = ['macFull', 'ringFull', 'transmitFull', 'redirectFull'] as const;
/** One of them. */
export type Loss = (typeof LOSSES)[number];

/** How busy one part was. */
export interface Busy {
  readonly name: string;
  readonly busyPercent: number;
}

/** A card and its host, empty at time 0. Frames are offered in order of arrival. */
export class TimedPipeline implements Leaving, WayIn {
  readonly latency = new LatencyHistogram();
  /** Frames and bytes by queue and loss, the losses of a queue together in the order of LOSSES. */
  readonly lostFrames: Float64Array;
  readonly lostBytes: Float64Array;
  /** Frames by exit that were not lost. */
  readonly exits = new Float64Array(4);
  readonly fifo: BoundedQueue;
  readonly queues: readonly HostQueue[];
  private readonly model: NicModel;
  private readonly runner: ProgramRunner;
  readonly wire = new Server();
  readonly mac = new Server();
  readonly pcie = new Server();
  private readonly engine: Servers | undefined;
  private readonly isInCard: boolean;
  private readonly memories = new Map<string, Server>();
  private readonly sender: SlottedServer;
  private readonly redirectPort: SlottedServer;
  private readonly transmitCap = new SlottedServer(0);
  /** Each queue has its own, as drivers make them. */
  private readonly transmitRings: readonly Ring[];
  private readonly redirectRings: readonly Ring[];
  readonly macNanos: number;
  readonly pcieFrameNanos: number;
  readonly pcieByteNanos: number;
  private readonly transmitCapNanos: number;
  private readonly leastLatencyNanos: number;
  private readonly latencyPerByteNanos: number;
  private lastNanos = 0;
  private toHostNanos = 0;
  /** By length; -1 where not known yet. */
  private readonly wireTimes = new Float64Array(16_384).fill(-1);

  constructor(model: NicModel, mode: Mode, setup: HostSetup, runner: ProgramRunner) {
    this.model = model;
    this.runner = runner;
    const { engine, rings, mac, pcie, host, frame } = model;
    const { transmitDescriptors = Number.POSITIVE_INFINITY } = rings;
    this.isInCard = mode === 'hw';
    this.engine = this.isInCard && engine.clockHz !== undefined ? new Servers(engine.cores ?? 1) : undefined;
    this.queues = Array.from(
      { length: setup.cores },
      (_, queue) => new HostQueue(queue, model, setup.receiveDescriptors, this),
    );
    this.lostFrames = new Float64Array(LOSSES.length * setup.cores);
    this.lostBytes = new Float64Array(LOSSES.length * setup.cores);
    this.fifo = new BoundedQueue(mac.fifoBytes ?? Number.POSITIVE_INFINITY);
    this.transmitRings = this.queues.map(() => new Ring(transmitDescriptors));
    this.redirectRings = this.queues.map(() => new Ring(transmitDescriptors));
    this.sender = new SlottedServer(this.wireNanos(frame.maximumLengthBytes));
    this.redirectPort = new SlottedServer(this.wireNanos(frame.maximumLengthBytes));
    this.macNanos = nanosOf(mac.capPps);
    this.pcieFrameNanos = nanosOf(pcie.capPps);
    this.pcieByteNanos = nanosOf(pcie.bytesPerSecond);
    this.transmitCapNanos = this.isInCard ? 0 : nanosOf(host.transmitCapPps);
    const { minimumLatencyNanos = 0, maximumLatencyNanos = minimumLatencyNanos } = this.isInCard ? engine : {};
    this.leastLatencyNanos = minimumLatencyNanos;
    this.latencyPerByteNanos = (maximumLatencyNanos - minimumLatencyNanos) / (LONG_FRAME_BYTES - SHORT_FRAME_BYTES);
  }

  /**
   * Brings a frame in; the program runs on it unless it is lost before.
   * @param arrivalNanos when its first bit comes, not before the frame before it
   * @param lengthBytes on the wire, without frame check sequence
   * @param countedBytes what a loss counts
   * @returns the place in LOSSES of what it was lost to before a program saw it, -1 where one did
   */
  offer(arrivalNanos: number, lengthBytes: number, queue: number, countedBytes = lengthBytes): number {
    const wireNanos = this.wireNanos(lengthBytes);
    const received = this.wire.serve(arrivalNanos, wireNanos);
    const start = received - wireNanos;
    if (received > this.lastNanos) this.lastNanos = received;
    if (!this.fifo.hasRoom(received, lengthBytes)) return this.lose(MAC_FULL, queue, countedBytes);
    const now = this.macNanos === 0 ? received : this.mac.serve(received, this.macNanos) - this.macNanos;
    return this.isInCard
      ? this.inCard(now, start, lengthBytes, queue)
      : this.onHost(now, start, lengthBytes, queue, countedBytes);
  }

  /** How many frames that come next, the first one then, are sure to come to a program at a time that does not depend on the others'. */
  certainFrames(arrivalNanos: number): number {
    if (this.isInCard) {
      const begin = Math.max(arrivalNanos, this.wire.freeAt, this.mac.freeAt);
      return this.engine === undefined ? Number.POSITIVE_INFINITY : this.engine.freeServers(begin);
    }
    let least = Number.POSITIVE_INFINITY;
    for (const { leastDescriptors } of this.queues) least = Math.min(least, leastDescriptors);
    return least;
  }

  /** Brings frames in as far as `offer` does before the program runs, at most `certainFrames`. `takeOut` goes on. */
  takeIn(frames: FrameStore, first: number, end: number, batch: Batch): void {
    if (this.isInCard) bringToCores(this, frames, first, end, batch);
    else bringToHost(this, frames, first, end, batch);
    if (this.wire.freeAt > this.lastNanos) this.lastNanos = this.wire.freeAt;
  }

  loseAtMac({ queue, lengthBytes }: FrameStore, at: number): void {
    this.lose(MAC_FULL, queue[at]!, lengthBytes[at]!);
  }

  /** What the program was run on goes on its way. */
  takeOut(frames: FrameStore, batch: Batch): void {
    if (this.isInCard) this.takeOutOfCores(frames, batch);
    else this.takeOutOfMemory(frames, batch);
  }

  private takeOutOfMemory({ queue }: FrameStore, { count, frame, start, asking, begin, time, leavingBytes }: Batch): void {
    for (let place = 0; place < count; place++) {
      const host = this.queues[queue[frame[place]!]!]!;
      const { hostNanos, exit } = time[place]!;
      host.hasDescriptor(asking[place]!);
      this.exits[exit]!++;
      host.receive(begin[place]!, hostNanos, exit < 2 ? 0 : exit - 1, start[place]!, leavingBytes[place]!);
    }
  }

  private takeOutOfCores({ queue, wireBytes }: FrameStore, { count, frame, start, begin, time, leavingBytes }: Batch): void {
    for (let place = 0; place < count; place++) {
      const at = frame[place]!;
      this.fromCore(begin[place]!, begin[place]!, start[place]!, wireBytes[at]!, queue[at]!, time[place]!, leavingBytes[place]!);
    }
  }

  /** Into host memory, and through the program there. Frames without a descriptor do not cross PCIe. */
  private onHost(now: number, start: number, lengthBytes: number, queue: number, countedBytes: number): number {
    const host = this.queues[queue]!;
    const begin = Math.max(now, this.pcie.freeAt);
    if (!host.hasDescriptor(begin)) {
      this.fifo.take(begin, lengthBytes);
      return this.lose(RING_FULL, queue, countedBytes);
    }
    const inMemory = this.throughPcie(now, lengthBytes);
    this.fifo.take(inMemory, lengthBytes);
    const { hostNanos, exit } = this.runner.run(queue, inMemory);
    this.exits[exit]!++;
    host.receive(inMemory, hostNanos, exit < 2 ? 0 : exit - 1, start, this.runner.leavingBytes);
    return NOT_LOST;
  }

  /** Through the program in the card; what passes goes on to the host. */
  private inCard(now: number, start: number, lengthBytes: number, queue: number): number {
    const { engine } = this;
    const begin = engine === undefined ? now : Math.max(now, engine.leastFreeAt);
    this.fifo.take(begin, lengthBytes);
    const time = this.runner.run(queue, begin);
    this.fromCore(now, begin, start, lengthBytes, queue, time, this.runner.leavingBytes);
    return NOT_LOST;
  }

  /** The program began on a core at `begin`; the frame was there at `now`. */
  private fromCore(
    now: number,
    begin: number,
    start: number,
    lengthBytes: number,
    queue: number,
    { engineNanos, memories, hostNanos, exit }: RunTime,
    leavingBytes: number,
  ): void {
    let done = begin + engineNanos;
    this.engine?.serve(begin, engineNanos);
    for (let at = 0; at < memories.length; at++) {
      const { name, nanos } = memories[at]!;
      done = Math.max(done, this.memory(name).serve(begin, nanos));
    }
    const least = this.leastLatencyNanos + this.latencyPerByteNanos * (lengthBytes - SHORT_FRAME_BYTES);
    if (least > 0) done = Math.max(done, now + least);
    this.exits[exit]!++;
    if (exit === EXIT_OF_FRAME.stack) this.toHost(done, start, lengthBytes, queue, hostNanos);
    else if (exit === EXIT_OF_FRAME.dropped) this.end(start, done);
    else this.leaveCard(exit === EXIT_OF_FRAME.redirected, start, done, leavingBytes);
  }

  /** A frame that an offloaded program passes. */
  private toHost(now: number, start: number, lengthBytes: number, queue: number, hostNanos: number): void {
    const host = this.queues[queue]!;
    // Cores of the card finish out of order; what reaches a ring does not.
    this.toHostNanos = Math.max(this.toHostNanos, now);
    const inMemory = this.throughPcie(this.toHostNanos, lengthBytes);
    if (host.hasDescriptor(inMemory)) host.receive(inMemory, hostNanos, 0, start, lengthBytes);
    else this.loseAfter(RING_FULL, EXIT_OF_FRAME.stack, queue, lengthBytes);
  }

  private leaveCard(isRedirect: boolean, start: number, done: number, lengthBytes: number): void {
    const wireNanos = this.wireNanos(lengthBytes);
    this.end(start, (isRedirect ? this.redirectPort : this.sender).serve(done, wireNanos) + wireNanos);
  }

  /** For the queues: a frame whose way ended. */
  end(startNanos: number, doneNanos: number): void {
    this.latency.add(doneNanos - startNanos);
    if (doneNanos > this.lastNanos) this.lastNanos = doneNanos;
  }

  /** For the queues: a frame that is put into a transmit ring. */
  send(queue: number, isRedirect: boolean, startNanos: number, handedNanos: number, lengthBytes: number): void {
    const ring = (isRedirect ? this.redirectRings : this.transmitRings)[queue]!;
    if (!ring.hasRoom(handedNanos, 0)) {
      const exit = isRedirect ? EXIT_OF_FRAME.redirected : EXIT_OF_FRAME.sent;
      this.loseAfter(isRedirect ? REDIRECT_FULL : TRANSMIT_FULL, exit, queue, lengthBytes);
      return;
    }
    const sendable =
      this.transmitCapNanos === 0 ? handedNanos : this.transmitCap.serve(handedNanos, this.transmitCapNanos);
    const wireNanos = this.wireNanos(lengthBytes);
    const left = (isRedirect ? this.redirectPort : this.sender).serve(sendable, wireNanos) + wireNanos;
    ring.take(left);
    this.end(startNanos, left);
  }

  /** Brings everything that is on its way to its end. */
  finish(): void {
    for (const queue of this.queues) queue.finish();
  }

  private lose(loss: number, queue: number, lengthBytes: number): number {
    const at = queue * LOSSES.length + loss;
    this.lostFrames[at]!++;
    this.lostBytes[at]! += lengthBytes;
    return loss;
  }

  /** Lost behind the program: it does not take the exit that was counted. */
  private loseAfter(loss: number, exit: number, queue: number, lengthBytes: number): void {
    this.exits[exit]!--;
    this.lose(loss, queue, lengthBytes);
  }

  private throughPcie(now: number, lengthBytes: number): number {
    const nanos = Math.max(this.pcieFrameNanos, this.pcieByteNanos * lengthBytes);
    return nanos === 0 ? now : this.pcie.serve(now, nanos);
  }

  /** How long a frame takes on the wire. */
  wireNanos(lengthBytes: number): number {
    const known = this.wireTimes[lengthBytes];
    if (known !== undefined && known >= 0) return known;
    const nanos = nanosOf(lineRatePps(this.model, lengthBytes));
    if (known !== undefined) this.wireTimes[lengthBytes] = nanos;
    return nanos;
  }

  private memory(name: string): Server {
    let server = this.memories.get(name);
    if (server === undefined) {
      server = new Server();
      this.memories.set(name, server);
    }
    return server;
  }

  /** Time at which the last frame was gone. */
  get durationNanos(): number {
    return this.lastNanos;
  }

  /** How busy each part was over the whole run, the busiest first. */
  busy(): readonly (Busy & { readonly nanos: number })[] {
    const parts: (readonly [string, { readonly busyNanos: number; readonly count: number }])[] = [
      ['wire', this.wire],
      ['MAC', this.mac],
      ['PCIe', this.pcie],
      ['transmit', this.transmitCap],
      ['wire out', this.sender],
      ['wire of the redirect target', this.redirectPort],
      ...(this.engine === undefined ? [] : [['cores', this.engine] as const]),
      ...[...this.memories].map(([name, servers]) => [name, servers] as const),
    ];
    const shares = parts.map(([name, { busyNanos, count }]) => ({ name, nanos: busyNanos / count }));
    const hosts = this.queues.map(({ busyNanos }, at) => ({ name: `host core ${at}`, nanos: busyNanos }));
    return [...shares, ...hosts]
      .filter(({ nanos }) => nanos > 0)
      .sort((a, b) => b.nanos - a.nanos)
      .map(({ name, nanos }) => ({ name, nanos, busyPercent: this.percent(nanos) }));
  }

  /** A part of the run's duration, to a thousandth. */
  percent(nanos: number): number {
    return Math.min(100, Math.round((1e5 * nanos) / Math.max(1, this.lastNanos)) / 1000);
  }
}

const NOT_LOST = -1;
const MAC_FULL = LOSSES.indexOf('macFull');
const RING_FULL = LOSSES.indexOf('ringFull');
const TRANSMIT_FULL = LOSSES.indexOf('transmitFull');
const REDIRECT_FULL = LOSSES.indexOf('redirectFull');

/** Frames of `engine.minimumLatencyNanos` and `engine.maximumLatencyNanos`. */
const SHORT_FRAME_BYTES = 60;
const LONG_FRAME_BYTES = 1514;

function nanosOf(perSecond: number | undefined): number {
  return perSecond === undefined ? 0 : 1e9 / perSecond;
}
