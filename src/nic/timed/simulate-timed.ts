// A capture through a card in simulated time: what is lost where, how late frames leave, what is the bottleneck, and the driver's counters.
import type { Session } from '../../engine/engine.js';
import type { Fault } from '../../machine/fault.js';
import type { ObjectSpec } from '../../object/spec.js';
import { InputError, InternalError } from '../../support/errors.js';
import type { Accounting } from '../accounting.js';
import type { HostSetup } from '../cost/host.js';
import type { RecordSource } from '../count.js';
import type { Mode, NicModel } from '../model.js';
import { defaultMode } from '../offload/check.js';
import type { FrameSource, ObservedPacket, Simulation } from '../simulate.js';
import { type Arrival, ArrivalClock } from './arrival.js';
import { FrameStore } from './frame-store.js';
import { FrameIntake, type FrameTaker } from './intake.js';
import { lengthRule } from './lengths.js';
import { TimedPipeline } from './pipeline.js';
import { ProgramOnCard } from './program-on-card.js';
import { CHECKSUM_STATES, checksumState } from './reception.js';
import { Spreader } from './rss.js';
import { LOSS_REASONS, Tally } from './tally.js';
import { type TimedReport, timedReport } from './timed-report.js';

export type { Arrival } from './arrival.js';
export type { TimedReport } from './timed-report.js';

/** What a timed run needs. */
export interface TimedSimulation {
  /** Of an engine that notes ways: `observe: { ways: true }`. */
  readonly session: Session;
  readonly object: ObjectSpec;
  readonly program: string;
  readonly model: NicModel;
  /** Where the program runs; as the card is usually used unless told. */
  readonly mode?: Mode | undefined;
  /** What passes its records on is read many times faster. */
  readonly sources: readonly (FrameSource | RecordSource)[];
  readonly arrival: Arrival;
  /** How often the captures are sent; 1 unless told. */
  readonly loops?: number | undefined;
  /** Queues, each with a core of the host; the model's unless told. */
  readonly queues?: number | undefined;
  readonly receiveDescriptors?: number | undefined;
  /** Both directions of a flow go to one queue. */
  readonly isSymmetric?: boolean | undefined;
  /** Whether the card takes VLAN tags out of frames; as the model says unless told. */
  readonly vlanStripping?: boolean | undefined;
  /** MTU of the interface; the largest at which the card takes the program unless told. */
  readonly mtuBytes?: number | undefined;
  /** Stops after this many frames. */
  readonly maximumPackets?: number | undefined;
  /** As of `simulate`; with it, results are made for each packet, which takes longer. Timestamps are those of arrival in the simulation. */
  readonly onPacket?: Simulation['onPacket'];
  /** As of `simulate`; also told is about how many bytes of captures that took. */
  readonly onProgress?: ((packets: number, bytes: number) => boolean) | undefined;
}

/** What a timed run gives. */
export interface TimedOutcome {
  /** By what the program said, and what was lost before it; conservation has been checked. */
  readonly accounting: Accounting;
  readonly report: TimedReport;
  /** The first trap, undefined where nothing trapped. */
  readonly firstFault: { readonly fault: Fault; readonly packet: number } | undefined;
}

/** Frames between two questions whether to go on. */
const FRAMES_BETWEEN_LOOKS = 4096;

/** What a capture holds beside each frame. */
const RECORD_HEADER_BYTES = 16;

/** What is kept of captures that are sent again. */
const KEPT_BYTES = 1 << 29;

/**
 * Runs the captures.
 * @throws InputError `option` where the session notes no ways or the arrival cannot be; whatever reading throws
 */
export async function simulateTimed(simulation: TimedSimulation): Promise<TimedOutcome> {
  const run = new TimedRun(simulation);
  const { intake } = run;
  const loops = simulation.loops ?? 1;
  run.beginLoop();
  intake.isKeeping = loops > 1;
  await readSources(simulation.sources, intake);
  for (let loop = 1; loop < loops && !intake.isStopped; loop++) {
    run.beginLoop();
    if (intake.isKeeping) run.takeAll();
    else await readSources(simulation.sources, intake);
  }
  return run.finish();
}

async function readSources(sources: TimedSimulation['sources'], intake: FrameIntake): Promise<void> {
  for (const source of sources) {
    if (intake.isStopped) break;
    if ('pass' in source) await source.pass(intake);
    else {
      await source.forEach(frame => {
        intake.takeFrame(frame);
        return !intake.isStopped;
      });
    }
  }
}

class TimedRun implements FrameTaker {
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
  private origin = 0n;
  private wireBytes = 0;
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
      frames: this.frames,
      session,
      object,
      program,
      model,
      mode,
      setup: this.setup,
      needsResults: simulation.onPacket !== undefined,
    });
    this.pipeline = new TimedPipeline(model, mode, this.setup, this.program);
    this.clock = new ArrivalClock(arrival, model);
    this.tally = new Tally(cores);
    this.lengths = lengthRule(model, mode, spec?.hasFragments ?? false, simulation.mtuBytes);
    this.strips = mode !== 'hw' && (simulation.vlanStripping ?? model.receive.vlanStripping ?? false);
    this.checks = model.receive.checksum ?? false;
    this.limit = simulation.maximumPackets ?? Number.POSITIVE_INFINITY;
    this.observes = simulation.onPacket !== undefined;
    const { frames, strips, observes: keepsComments } = this;
    const spreader = new Spreader(model, cores, isSymmetric);
    this.intake = new FrameIntake({ frames, spreader, strips, keepsComments, taker: this }, KEPT_BYTES);
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
    for (let at = 0; at < count && goesOn; at++) goesOn = this.take(at);
    this.intake.isStopped = !goesOn;
  }

  /** A frame of the store comes in; whether to go on. */
  take(at: number): boolean {
    const { tally, frames, lengths } = this;
    const wireBytes = frames.wireBytes[at]!;
    const lengthBytes = frames.lengthBytes[at]!;
    const arrival = this.clock.next(wireBytes, frames.recordedNanos[at]!);
    tally.received++;
    tally.receivedBytes += lengthBytes;
    this.wireBytes += wireBytes;
    if (wireBytes > lengthBytes) tally.cutFrames++;
    if (tally.received === 1) this.firstArrival = arrival;
    this.lastArrival = arrival;
    if (wireBytes < lengths.least || wireBytes > lengths.most) this.refuse(at, arrival);
    else this.send(at, wireBytes, lengthBytes, arrival);
    if (tally.received >= this.limit) return false;
    return tally.received % FRAMES_BETWEEN_LOOKS !== 0 || !this.isInterrupted();
  }

  private isInterrupted(): boolean {
    const { received, receivedBytes } = this.tally;
    return this.simulation.onProgress?.(received, receivedBytes + RECORD_HEADER_BYTES * received) ?? false;
  }

  private send(at: number, wireBytes: number, lengthBytes: number, arrival: number): void {
    const { tally, program, frames } = this;
    const queue = frames.queue[at]!;
    program.next = at;
    program.number = tally.received;
    const loss = this.pipeline.offer(arrival, wireBytes, queue, lengthBytes);
    if (loss < 0) {
      tally.count(queue, program.returnValue, lengthBytes);
      if (frames.vlan[at]! >= 0) tally.stripped[queue]!++;
      if (this.checks && program.returnValue === PASS) this.noteChecksum(at, queue);
    }
    if (this.observes) this.show(at, arrival, loss);
  }

  private noteChecksum(at: number, queue: number): void {
    const { checksum, bytes, halves, firstWord, lengthBytes } = this.frames;
    const start = 4 * firstWord[at]!;
    if (checksum[at] === 0) {
      checksum[at] = 1 + CHECKSUM_STATES.indexOf(checksumState(bytes, halves, start, start + lengthBytes[at]!));
    }
    if (checksum[at] === GOOD) this.tally.good[queue]!++;
    else if (checksum[at] === BAD) this.tally.bad[queue]!++;
  }

  private refuse(at: number, arrival: number): void {
    const reason = this.frames.wireBytes[at]! < this.lengths.least ? this.lengths.tooShort : this.lengths.tooLong;
    this.tally.countBadLength(reason, this.frames.lengthBytes[at]!);
    this.simulation.onPacket?.(this.observed(at, arrival, reason), undefined);
  }

  private show(at: number, arrival: number, loss: number): void {
    const reason = loss < 0 ? undefined : LOSS_TEXTS[loss]!;
    this.simulation.onPacket?.(this.observed(at, arrival, reason), loss < 0 ? this.program.result : undefined);
  }

  private observed(at: number, arrival: number, dropReason: string | undefined): ObservedPacket {
    const { frames, tally } = this;
    const comments = frames.comments.get(at);
    return {
      number: tally.received,
      timestampNanos: this.origin + BigInt(Math.round(arrival)),
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
      meanWireBytes: tally.received === 0 ? 0 : this.wireBytes / tally.received,
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

/** Whether the model can be timed in a mode at all. @throws InputError `nic-mode` where its programs are kept but never run */
export function requireRunning({ name, verdicts }: NicModel, mode: Mode): void {
  if (mode !== 'hw' || verdicts.pass !== 'never run') return;
  throw new InputError('nic-mode', `${name} keeps offloaded programs and never runs them; try --mode native`);
}
