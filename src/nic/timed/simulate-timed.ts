// A capture through a card in simulated time: what is lost where, how late frames leave, what is the bottleneck, and the driver's counters.
import type { Frame } from '../../capture/frame.js';
import type { Session } from '../../engine/engine.js';
import type { Fault } from '../../machine/fault.js';
import type { ObjectSpec } from '../../object/spec.js';
import { InputError, InternalError } from '../../support/errors.js';
import type { Accounting } from '../accounting.js';
import type { HostSetup } from '../cost/host.js';
import type { Mode, NicModel } from '../model.js';
import { defaultMode } from '../offload/check.js';
import type { FrameSource, ObservedPacket, Simulation } from '../simulate.js';
import { type Arrival, ArrivalClock } from './arrival.js';
import { FrameStore } from './frame-store.js';
import { lengthRule } from './lengths.js';
import { TimedPipeline } from './pipeline.js';
import { ProgramOnCard } from './program-on-card.js';
import { CHECKSUM_STATES, checksumState, tagOf, withoutTag } from './reception.js';
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
  readonly sources: readonly FrameSource[];
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
  readonly onProgress?: Simulation['onProgress'];
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

/** What is kept of captures that are sent again. */
const KEPT_BYTES = 1 << 29;

/**
 * Runs the captures.
 * @throws InputError `option` where the session notes no ways or the arrival cannot be; whatever reading throws
 */
export async function simulateTimed(simulation: TimedSimulation): Promise<TimedOutcome> {
  const run = new TimedRun(simulation);
  const loops = simulation.loops ?? 1;
  run.beginLoop();
  let isKept = await readSources(simulation.sources, run, loops > 1);
  for (let loop = 1; loop < loops && !run.isStopped; loop++) {
    run.beginLoop();
    if (isKept) run.takeAll();
    else isKept = await readSources(simulation.sources, run, false);
  }
  return run.finish();
}

/** Whether all frames have been kept. */
async function readSources(sources: readonly FrameSource[], run: TimedRun, keeps: boolean): Promise<boolean> {
  let isKept = keeps;
  for (const source of sources) {
    if (run.isStopped) break;
    await source.forEach(frame => {
      isKept &&= run.keptBytes < KEPT_BYTES;
      return run.meet(frame, isKept);
    });
  }
  return isKept;
}

class TimedRun {
  isStopped = false;
  private readonly simulation: TimedSimulation;
  private readonly mode: Mode;
  private readonly setup: HostSetup;
  private readonly pipeline: TimedPipeline;
  private readonly program: ProgramOnCard;
  private readonly clock: ArrivalClock;
  private readonly spreader: Spreader;
  private readonly tally: Tally;
  private readonly lengths: ReturnType<typeof lengthRule>;
  private readonly strips: boolean;
  private readonly checks: boolean;
  private readonly limit: number;
  private readonly frames = new FrameStore();
  private readonly observes: boolean;
  private origin: bigint | undefined;
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
    this.spreader = new Spreader(model, cores, isSymmetric);
    this.tally = new Tally(cores);
    this.lengths = lengthRule(model, mode, spec?.hasFragments ?? false, simulation.mtuBytes);
    this.strips = mode !== 'hw' && (simulation.vlanStripping ?? model.receive.vlanStripping ?? false);
    this.checks = model.receive.checksum ?? false;
    this.limit = simulation.maximumPackets ?? Number.POSITIVE_INFINITY;
    this.isStopped = this.limit === 0;
    this.observes = simulation.onPacket !== undefined;
  }

  beginLoop(): void {
    this.clock.beginLoop();
  }

  /** What is kept of frames. */
  get keptBytes(): number {
    return this.frames.usedBytes;
  }

  /** A frame is read, and comes in; whether to go on. */
  meet({ bytes, originalLengthBytes, timestampNanos, options }: Frame, isKept: boolean): boolean {
    const { spreader, frames } = this;
    if (this.origin === undefined) {
      this.origin = timestampNanos;
      this.program.begin(timestampNanos);
    }
    if (!isKept) frames.clear();
    const vlan = this.strips ? tagOf(bytes) : -1;
    const queue = spreader.queueOf(bytes);
    const at = frames.add(bytes, vlan < 0 ? bytes : withoutTag(bytes), {
      wireBytes: originalLengthBytes,
      recordedNanos: Number(timestampNanos - this.origin),
      queue,
      hash: spreader.hash,
      covers: spreader.covers,
      vlan,
      comments: this.observes ? options?.comments : undefined,
    });
    return this.take(at);
  }

  /** All frames that were kept come in again. */
  takeAll(): void {
    const { count } = this.frames;
    for (let at = 0; at < count; at++) if (!this.take(at)) return;
  }

  private take(at: number): boolean {
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
    if (tally.received >= this.limit) this.isStopped = true;
    if (tally.received % FRAMES_BETWEEN_LOOKS === 0 && this.simulation.onProgress?.(tally.received) === true) {
      this.isStopped = true;
    }
    return !this.isStopped;
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
    const { checksum } = this.frames;
    if (checksum[at] === 0) checksum[at] = 1 + CHECKSUM_STATES.indexOf(checksumState(this.frames.frame(at)));
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
      timestampNanos: this.origin! + BigInt(Math.round(arrival)),
      bytes: frames.frame(at),
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
