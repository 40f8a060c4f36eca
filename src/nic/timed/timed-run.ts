// The frames of a run on their way through a card, and what is counted of them. Hot path.
import { InternalError } from '../../support/errors.js';
import type { HostSetup } from '../cost/host.js';
import { MIN_WIRE_FRAME_BYTES } from '../cost/law.js';
import type { Mode } from '../model.js';
import { defaultMode } from '../offload/check.js';
import type { ObservedPacket } from '../simulate.js';
import { ArrivalClock } from './arrival.js';
import { type Batch, FRAMES_AT_ONCE } from './batch.js';
import { FrameStore } from './frame-store.js';
import { FrameIntake, type FrameTaker } from './intake.js';
import { lengthRule } from './lengths.js';
import { NOT_LOST } from './losses.js';
import { TimedPipeline } from './pipeline.js';
import { ProgramOnCard } from './program-on-card.js';
import type { ProgramRunner } from './program-runner.js';
import { CHECKSUM_STATES, checksumState } from './reception.js';
import { Spreader } from './rss.js';
import { LOSS_REASONS, Tally } from './tally.js';
import { timedReport } from './timed-report.js';
import type { TimedOutcome, TimedSimulation } from './timed-simulation.js';

/** Frames between two questions whether to go on. */
const FRAMES_BETWEEN_LOOKS = 4096;

/** What a capture holds beside each frame. */
const RECORD_HEADER_BYTES = 16;

/** What is kept of captures that are sent again. */
const KEPT_BYTES = 1 << 29;

/** A run; frames are put into `intake`. */
export class TimedRun implements FrameTaker, ProgramRunner {
  readonly intake: FrameIntake;
  private readonly simulation: TimedSimulation;
  private readonly mode: Mode;
  private readonly setup: HostSetup;
  private readonly pipeline: TimedPipeline;
  private readonly program: ProgramOnCard;
  private readonly clock: ArrivalClock;
  private readonly tally: Tally;
  private readonly lengths: ReturnType<typeof lengthRule>;
  private readonly strips: boolean;
  private readonly checks: boolean;
  private readonly limit: number;
  private readonly frames = new FrameStore();
  private readonly observes: boolean;
  private readonly atOnce: number;
  private origin = 0n;
  private readonly checkBytes: number;
  private firstArrival = 0;
  private lastArrival = 0;

  constructor(simulation: TimedSimulation) {
    const { model, object, session, program, arrival, isSymmetric, mode = defaultMode(model) } = simulation;
    const spec = object.programs.find(({ name }) => name === program);
    this.simulation = simulation;
    this.mode = mode;
    const cores = simulation.queues ?? model.rings.receiveQueues ?? 1;
    this.setup = { cores, receiveDescriptors: simulation.receiveDescriptors ?? model.rings.receiveDescriptors ?? 1024 };
    this.program = new ProgramOnCard({
      session,
      object,
      program,
      model,
      mode,
      setup: this.setup,
      needsResults: simulation.onPacket !== undefined,
    });
    this.pipeline = new TimedPipeline(model, mode, this.setup, this.frames, this);
    this.clock = new ArrivalClock(arrival, model);
    this.tally = new Tally(cores);
    this.lengths = lengthRule(model, mode, spec?.hasFragments ?? false, simulation.mtuBytes);
    this.strips = mode !== 'hw' && (simulation.vlanStripping ?? model.receive.vlanStripping ?? false);
    this.checks = model.receive.checksum ?? false;
    this.checkBytes = model.link.frameCheckBytes ?? 0;
    this.limit = simulation.maximumPackets ?? Number.POSITIVE_INFINITY;
    this.observes = simulation.onPacket !== undefined;
    this.atOnce = this.observes ? 1 : FRAMES_AT_ONCE;
    const { frames, strips, observes: keepsComments } = this;
    const spreader = new Spreader(model, cores, isSymmetric);
    const { chunks } = this.program;
    this.intake = new FrameIntake({ frames, spreader, strips, keepsComments, taker: this, chunks }, KEPT_BYTES);
    this.intake.isStopped = this.limit === 0;
  }

  beginLoop(): void {
    this.clock.beginLoop();
  }

  /** The first frame comes, and with it the origin of time. */
  begin(originNanos: bigint): void {
    this.origin = originNanos;
    this.program.begin(originNanos);
  }

  /** All frames that were kept come in again. */
  takeAll(): void {
    const { count } = this.frames;
    let goesOn = true;
    let end = 0;
    for (let first = 0; first < count && goesOn; first = end) {
      end = Math.min(count, first + this.room);
      goesOn = this.take(first, end);
    }
    this.intake.isStopped = !goesOn;
  }

  /** As many as are taken at once, but none beyond the limit or the next look; whoever observes is told of each at once. */
  get room(): number {
    const { received } = this.tally;
    return Math.min(this.atOnce, FRAMES_BETWEEN_LOOKS - (received % FRAMES_BETWEEN_LOOKS), this.limit - received);
  }

  /** Frames of the store come in; whether to go on. */
  take(first: number, end: number): boolean {
    const { tally, frames } = this;
    const { arrivalNanos } = frames;
    this.clock.stamp(frames, first, end);
    if (tally.received === 0) this.firstArrival = arrivalNanos[first]!;
    this.lastArrival = arrivalNanos[end - 1]!;
    this.program.offset = tally.received + 1 - first;
    if (this.countLengths(first, end) && !this.observes) this.pipeline.offerAll(first, end);
    else for (let at = first; at < end; at++) this.offer(at);
    tally.received += end - first;
    if (tally.received >= this.limit) return false;
    return tally.received % FRAMES_BETWEEN_LOOKS !== 0 || !this.isInterrupted();
  }

  /** Whether all frames are of lengths that the card receives. */
  private countLengths(first: number, end: number): boolean {
    const { tally, checkBytes } = this;
    const { wireBytes, lengthBytes } = this.frames;
    let wire = 0;
    let port = 0;
    let received = 0;
    let cut = 0;
    let least = wireBytes[first]!;
    let most = 0;
    for (let at = first; at < end; at++) {
      const onWire = wireBytes[at]!;
      const captured = lengthBytes[at]!;
      const atPort = onWire + checkBytes;
      if (onWire < least) least = onWire;
      if (onWire > most) most = onWire;
      if (onWire > captured) cut++;
      wire += onWire;
      port += atPort < MIN_WIRE_FRAME_BYTES ? MIN_WIRE_FRAME_BYTES : atPort;
      received += captured;
    }
    tally.wireBytes += wire;
    tally.portBytes += port;
    tally.receivedBytes += received;
    tally.cutFrames += cut;
    return least >= this.lengths.least && most <= this.lengths.most;
  }

  /** The program, for the pipeline. */
  run(batch: Batch): void {
    this.program.run(batch);
    const { count, frame, returnValue } = batch;
    for (let place = 0; place < count; place++) this.countRun(frame[place]!, returnValue[place]!);
  }

  private countRun(at: number, returnValue: number): void {
    const { tally, frames } = this;
    const queue = frames.queue[at]!;
    tally.count(queue, returnValue, frames.lengthBytes[at]!);
    if (returnValue !== PASS) return;
    if (frames.vlan[at]! >= 0) tally.stripped[queue]!++;
    if (this.checks) this.noteChecksum(at, queue);
  }

  private isInterrupted(): boolean {
    const { received, receivedBytes } = this.tally;
    return this.simulation.onProgress?.(received, receivedBytes + RECORD_HEADER_BYTES * received) ?? false;
  }

  /** One frame, which may be of a length that the card does not receive. */
  private offer(at: number): void {
    const { lengths } = this;
    const length = this.frames.wireBytes[at]!;
    if (length < lengths.least || length > lengths.most) this.refuse(at, length);
    else {
      const loss = this.pipeline.offer(at);
      if (this.observes) this.show(at, loss === NOT_LOST ? undefined : LOSS_TEXTS[loss]!);
    }
  }

  private noteChecksum(at: number, queue: number): void {
    const { checksum, memory, firstByte, lengthBytes } = this.frames;
    const start = firstByte[at]!;
    if (checksum[at] === 0) {
      checksum[at] =
        1 + CHECKSUM_STATES.indexOf(checksumState(memory.bytes, memory.view, start, start + lengthBytes[at]!));
    }
    if (checksum[at] === GOOD) this.tally.good[queue]!++;
    else if (checksum[at] === BAD) this.tally.bad[queue]!++;
  }

  private refuse(at: number, length: number): void {
    const reason = length < this.lengths.least ? this.lengths.tooShort : this.lengths.tooLong;
    this.tally.countBadLength(reason, this.frames.lengthBytes[at]!);
    this.tally.portBytes -= Math.max(MIN_WIRE_FRAME_BYTES, length + this.checkBytes);
    if (this.observes) this.show(at, reason);
  }

  private show(at: number, lostTo: string | undefined): void {
    this.simulation.onPacket?.(this.observed(at, lostTo), lostTo === undefined ? this.program.result : undefined);
  }

  private observed(at: number, dropReason: string | undefined): ObservedPacket {
    const { frames } = this;
    const comments = frames.comments.get(at);
    return {
      number: at + this.program.offset,
      timestampNanos: this.origin + BigInt(Math.round(frames.arrivalNanos[at]!)),
      bytes: frames.frame(at),
      originalLengthBytes: frames.wireBytes[at]!,
      queue: frames.queue[at]!,
      dropReason,
      ...(comments !== undefined && { comments }),
    };
  }

  finish(): TimedOutcome {
    const { pipeline, tally, program, mode, setup, simulation } = this;
    pipeline.finish();
    tally.faults = program.faults;
    tally.instructions = program.instructions;
    const losses = tally.losses(pipeline, mode === 'hw');
    const accounting = tally.accounting(losses);
    const ended = pipeline.exits.reduce((sum, count) => sum + count, 0);
    const lost = losses.reduce((sum, { packets }) => sum + packets, 0);
    if (ended + lost !== tally.received) {
      throw new InternalError(`expected every frame counted once: ${tally.received} in, ${ended + lost} out`);
    }
    const report = timedReport({
      model: simulation.model,
      mode,
      arrival: simulation.arrival,
      loops: simulation.loops ?? 1,
      setup,
      pipeline,
      tally,
      losses,
      offeredNanos: this.lastArrival - this.firstArrival,
      meanWireBytes: tally.received === 0 ? 0 : tally.wireBytes / tally.received,
      hasVlanStripping: this.strips,
      missing: [...program.missing],
    });
    return { accounting, report, firstFault: program.firstFault };
  }
}

const GOOD = 1 + CHECKSUM_STATES.indexOf('good');
const BAD = 1 + CHECKSUM_STATES.indexOf('bad');
const PASS = 2;
const LOSS_TEXTS = Object.values(LOSS_REASONS).map(({ reason }) => reason);
