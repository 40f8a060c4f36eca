// The timed pipeline: every frame's way through wire, MAC, engine or PCIe, ring, host and transmit ring, in order of arrival. Each stage
// is first come, first served, so that a frame's times follow from those of the frames before it. Hot path.
import type { HostSetup } from '../cost/host.js';
import type { Mode, NicModel } from '../model.js';
import { Batch, FRAMES_AT_ONCE } from './batch.js';
import type { FrameStore } from './frame-store.js';
import { type CoreFrames, HostQueue, LEAVES, type Leaving } from './host-queue.js';
import { LatencyHistogram } from './latency.js';
import { LossCounts, NOT_LOST, REDIRECT_FULL, RING_FULL, TRANSMIT_FULL } from './losses.js';
import { EXIT_OF_FRAME, type ProgramRunner } from './program-runner.js';
import { type Depths, Ring, Server, Servers, SlottedServer } from './queue.js';
import { nanosOf, WayIn } from './way-in.js';

/** How busy one part was. */
export interface Busy {
  readonly name: string;
  readonly busyPercent: number;
}

/** Fewer frames are not worth the stages. */
const LEAST_TOGETHER = 4;

/** A card and its host, empty at time 0. Frames are offered in order of arrival. */
export class TimedPipeline implements Leaving {
  readonly latency = new LatencyHistogram();
  readonly losses: LossCounts;
  /** Frames by exit that were not lost. */
  readonly exits = new Float64Array(4);
  readonly queues: readonly HostQueue[];
  private readonly wayIn: WayIn;
  private readonly runner: ProgramRunner;
  private readonly engine: Servers | undefined;
  private readonly isInCard: boolean;
  private readonly memories = new Map<string, Server>();
  private readonly sender: SlottedServer;
  private readonly redirectPort: SlottedServer;
  private readonly transmitCap = new SlottedServer(0);
  /** Each queue has its own, as drivers make them. */
  private readonly transmitRings: readonly Ring[];
  private readonly redirectRings: readonly Ring[];
  private readonly transmitCapNanos: number;
  private readonly leastLatencyNanos: number;
  private readonly latencyPerByteNanos: number;
  private readonly together: Batch;
  private readonly single: Batch;
  private latestNanos = 0;
  private toHostNanos = 0;

  /** @param frames the store of those that are offered */
  constructor(model: NicModel, mode: Mode, setup: HostSetup, frames: FrameStore, runner: ProgramRunner) {
    this.runner = runner;
    const { engine, rings, host, frame } = model;
    const { transmitDescriptors = Number.POSITIVE_INFINITY } = rings;
    this.isInCard = mode === 'hw';
    this.engine = this.isInCard && engine.clockHz !== undefined ? new Servers(engine.cores ?? 1) : undefined;
    this.queues = Array.from(
      { length: setup.cores },
      (_, queue) => new HostQueue(queue, model, setup.receiveDescriptors, this),
    );
    this.losses = new LossCounts(setup.cores);
    this.wayIn = new WayIn(model, this.losses, this.isInCard, this.engine);
    this.transmitRings = this.queues.map(() => new Ring(transmitDescriptors));
    this.redirectRings = this.queues.map(() => new Ring(transmitDescriptors));
    this.sender = new SlottedServer(this.wayIn.wireNanos(frame.maximumLengthBytes));
    this.redirectPort = new SlottedServer(this.wayIn.wireNanos(frame.maximumLengthBytes));
    this.transmitCapNanos = this.isInCard ? 0 : nanosOf(host.transmitCapPps);
    const { minimumLatencyNanos = 0, maximumLatencyNanos = minimumLatencyNanos } = this.isInCard ? engine : {};
    this.leastLatencyNanos = minimumLatencyNanos;
    this.latencyPerByteNanos = (maximumLatencyNanos - minimumLatencyNanos) / (LONG_FRAME_BYTES - SHORT_FRAME_BYTES);
    this.together = new Batch(frames, FRAMES_AT_ONCE);
    this.single = new Batch(frames, 1);
  }

  /** Brings in frames of the store from `first` to before `end`, at most FRAMES_AT_ONCE; the program runs on those that are not lost before. */
  offerAll(first: number, end: number): void {
    const { arrivalNanos } = this.together.frames;
    for (let at = first; at < end; ) {
      const certain = Math.min(end - at, this.certainFrames(arrivalNanos[at]!));
      if (certain < LEAST_TOGETHER) this.offer(at++);
      else {
        this.offerTogether(at, at + certain);
        at += certain;
      }
    }
  }

  /**
   * Brings in one frame.
   * @returns the place in LOSSES of what it was lost to before a program saw it, NOT_LOST where one did
   */
  offer(at: number): number {
    const { single, wayIn } = this;
    wayIn.bring(single, at, at + 1, this.isInCard ? undefined : this.queues);
    if (single.count === 0) return wayIn.latestLoss;
    this.runner.run(single);
    if (this.isInCard) this.takeFromCores(single);
    else this.takeFromMemory(single, false);
    return NOT_LOST;
  }

  private offerTogether(first: number, end: number): void {
    const { together, wayIn } = this;
    wayIn.bring(together, first, end, undefined);
    this.runner.run(together);
    if (this.isInCard) this.takeFromCores(together);
    else this.takeFromMemory(together, true);
  }

  /** How many frames that come next, the first one then, are sure to come to a program at a time that does not depend on the others'. */
  private certainFrames(arrivalNanos: number): number {
    if (this.isInCard) {
      const { engine } = this;
      return engine === undefined ? FRAMES_AT_ONCE : engine.freeServers(this.wayIn.earliest(arrivalNanos));
    }
    let least = FRAMES_AT_ONCE;
    for (const { leastDescriptors } of this.queues) least = Math.min(least, leastDescriptors);
    return least;
  }

  /** Frames in host memory go through the program there and on. */
  private takeFromMemory(batch: Batch, asksForDescriptors: boolean): void {
    const { count, frame, time, service, exit } = batch;
    const { queue } = batch.frames;
    for (let place = 0; place < count; place++) {
      const host = this.queues[queue[frame[place]!]!]!;
      const taken = time[place]!;
      if (asksForDescriptors) host.hasDescriptor(batch, place);
      this.exits[taken.exit]!++;
      service[place] = taken.hostNanos;
      exit[place] = LEAVES_AT[taken.exit]!;
      host.receive(batch, place);
    }
  }

  /** Frames go through the program in the card; what passes goes on to the host. */
  private takeFromCores(batch: Batch): void {
    const { count, frame, start, asking, begin, time, lengthBytes } = batch;
    const { wireBytes } = batch.frames;
    for (let place = 0; place < count; place++) {
      const { engineNanos, memories, exit } = time[place]!;
      let done = begin[place]! + engineNanos;
      this.engine?.serve(begin[place]!, engineNanos);
      for (let at = 0; at < memories.length; at++) {
        const { name, nanos } = memories[at]!;
        done = Math.max(done, this.memory(name).serve(begin[place]!, nanos));
      }
      const onWire = wireBytes[frame[place]!]!;
      const least = this.leastLatencyNanos + this.latencyPerByteNanos * (onWire - SHORT_FRAME_BYTES);
      if (least > 0) done = Math.max(done, asking[place]! + least);
      this.exits[exit]!++;
      if (exit === EXIT_OF_FRAME.dropped) this.end(start[place]!, done);
      else if (exit === EXIT_OF_FRAME.stack) this.toHost(batch, place, done);
      else {
        const wireNanos = this.wayIn.wireNanos(lengthBytes[place]!);
        const port = exit === EXIT_OF_FRAME.redirected ? this.redirectPort : this.sender;
        this.end(start[place]!, port.serve(done, wireNanos) + wireNanos);
      }
    }
  }

  /** A frame that an offloaded program passes. */
  private toHost(batch: Batch, place: number, now: number): void {
    const at = batch.frame[place]!;
    const { queue, wireBytes } = batch.frames;
    const host = this.queues[queue[at]!]!;
    // Cores of the card finish out of order; what reaches a ring does not.
    this.toHostNanos = Math.max(this.toHostNanos, now);
    const inMemory = this.wayIn.acrossPcie(this.toHostNanos, wireBytes[at]!);
    batch.asking[place] = inMemory;
    batch.begin[place] = inMemory;
    batch.service[place] = batch.time[place]!.hostNanos;
    batch.exit[place] = LEAVES.not;
    if (host.hasDescriptor(batch, place)) host.receive(batch, place);
    else this.loseAfter(RING_FULL, EXIT_OF_FRAME.stack, queue[at]!, wireBytes[at]!);
  }

  /** A frame's way ended. */
  private end(startNanos: number, doneNanos: number): void {
    this.latency.add(doneNanos - startNanos);
    if (doneNanos > this.latestNanos) this.latestNanos = doneNanos;
  }

  send(queue: number, frames: CoreFrames, count: number, handedNanos: number): void {
    const { transmitCapNanos } = this;
    for (let at = 0; at < count; at++) {
      const isRedirect = frames.exit[at] === LEAVES.redirected;
      const ring = (isRedirect ? this.redirectRings : this.transmitRings)[queue]!;
      const lengthBytes = frames.lengthBytes[at]!;
      if (!ring.hasRoom(handedNanos, 0)) {
        const exit = isRedirect ? EXIT_OF_FRAME.redirected : EXIT_OF_FRAME.sent;
        this.loseAfter(isRedirect ? REDIRECT_FULL : TRANSMIT_FULL, exit, queue, lengthBytes);
        continue;
      }
      const sendable = transmitCapNanos === 0 ? handedNanos : this.transmitCap.serve(handedNanos, transmitCapNanos);
      const wireNanos = this.wayIn.wireNanos(lengthBytes);
      const left = (isRedirect ? this.redirectPort : this.sender).serve(sendable, wireNanos) + wireNanos;
      ring.take(left);
      this.end(frames.start[at]!, left);
    }
  }

  /** Brings everything that is on its way to its end. */
  finish(): void {
    for (const queue of this.queues) queue.finish();
  }

  /** Lost behind the program: it does not take the exit that was counted. */
  private loseAfter(loss: number, exit: number, queue: number, lengthBytes: number): void {
    this.exits[exit]!--;
    this.losses.lose(loss, queue, lengthBytes);
  }

  private memory(name: string): Server {
    let server = this.memories.get(name);
    if (server === undefined) {
      server = new Server();
      this.memories.set(name, server);
    }
    return server;
  }

  /** Frames by how many were in the MAC's buffer when they came: 0, 1, 2 to 3, 4 to 7, ... */
  get bufferDepths(): Depths {
    return this.wayIn.fifo.depths;
  }

  /** Time at which the last frame was gone. */
  get durationNanos(): number {
    return this.queues.reduce(
      (last, { freeAt }) => Math.max(last, freeAt),
      Math.max(this.latestNanos, this.wayIn.wire.freeAt),
    );
  }

  /** How busy each part was over the whole run, the busiest first. */
  busy(): readonly (Busy & { readonly nanos: number })[] {
    const parts: (readonly [string, { readonly busyNanos: number; readonly count: number }])[] = [
      ['wire', this.wayIn.wire],
      ['MAC', this.wayIn.mac],
      ['PCIe', this.wayIn.pcie],
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
    return Math.min(100, Math.round((1e5 * nanos) / Math.max(1, this.durationNanos)) / 1000);
  }
}

/** By `RunTime.exit`: what the core does with the frame. */
const LEAVES_AT = [LEAVES.not, LEAVES.not, LEAVES.sent, LEAVES.redirected] as const;

/** Frames of `engine.minimumLatencyNanos` and `engine.maximumLatencyNanos`. */
const SHORT_FRAME_BYTES = 60;
const LONG_FRAME_BYTES = 1514;
