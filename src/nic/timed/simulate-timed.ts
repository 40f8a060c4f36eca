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
import type { FrameSource, Simulation } from '../simulate.js';
import { type Arrival, ArrivalClock } from './arrival.js';
import { lengthRule } from './lengths.js';
import { TimedPipeline } from './pipeline.js';
import { ProgramOnCard } from './program-on-card.js';
import { checksumState, withoutTag } from './reception.js';
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
  const kept = loops > 1 ? new KeptFrames() : undefined;
  for (let loop = 0; loop < loops && !run.isStopped; loop++) {
    run.beginLoop();
    if (loop > 0 && kept?.isComplete === true) kept.forEach(frame => run.take(frame));
    else await readSources(simulation.sources, run, loop === 0 ? kept : undefined);
  }
  return run.finish();
}

async function readSources(
  sources: readonly FrameSource[],
  run: TimedRun,
  kept: KeptFrames | undefined,
): Promise<void> {
  for (const source of sources) {
    if (run.isStopped) return;
    await source.forEach(frame => {
      const met = run.meet(frame);
      kept?.add(met);
      return run.take(met);
    });
  }
  kept?.complete();
}

/** A frame, and what the card works out about it. */
interface MetFrame {
  /** As it came in, and as a program on the host sees it. */
  bytes: Uint8Array;
  received: Uint8Array;
  /** On the wire, without frame check sequence. */
  wireBytes: number;
  /** Since the first frame of the run. */
  recordedNanos: number;
  queue: number;
  hash: number;
  /** XDP_RSS_* bits; 0 without a hash. */
  covers: number;
  /** Tag control information; -1 where no tag was taken out. */
  vlan: number;
}

/** Frames in memory, for captures that are sent more than once. */
class KeptFrames {
  isComplete = false;
  private readonly frames: MetFrame[] = [];
  private bytes = 0;

  add(frame: MetFrame): void {
    this.bytes += frame.bytes.length;
    if (this.bytes > KEPT_BYTES) {
      this.frames.length = 0;
      return;
    }
    const bytes = frame.bytes.slice();
    this.frames.push({ ...frame, bytes, received: frame.vlan < 0 ? bytes : frame.received });
  }

  complete(): void {
    this.isComplete = this.bytes <= KEPT_BYTES;
  }

  /** Until `visit` returns false. */
  forEach(visit: (frame: MetFrame) => boolean): void {
    for (let at = 0; at < this.frames.length; at++) if (!visit(this.frames[at]!)) return;
  }
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
  private readonly met: MetFrame = {
    bytes: NO_BYTES,
    received: NO_BYTES,
    wireBytes: 0,
    recordedNanos: 0,
    queue: 0,
    hash: 0,
    covers: 0,
    vlan: -1,
  };
  private origin: bigint | undefined;
  private wireBytes = 0;
  private firstArrival: number | undefined;
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
    this.pipeline = new TimedPipeline(model, mode, this.setup, this.program);
    this.clock = new ArrivalClock(arrival, model);
    this.spreader = new Spreader(model, cores, isSymmetric);
    this.tally = new Tally(cores);
    this.lengths = lengthRule(model, mode, spec?.hasFragments ?? false, simulation.mtuBytes);
    this.strips = mode !== 'hw' && (simulation.vlanStripping ?? model.receive.vlanStripping ?? false);
    this.checks = model.receive.checksum ?? false;
    this.limit = simulation.maximumPackets ?? Number.POSITIVE_INFINITY;
    this.isStopped = this.limit === 0;
  }

  beginLoop(): void {
    this.clock.beginLoop();
  }

  /** What the card works out about a frame; valid until the next one. */
  meet({ bytes, originalLengthBytes, timestampNanos }: Frame): MetFrame {
    const { met, spreader } = this;
    if (this.origin === undefined) {
      this.origin = timestampNanos;
      this.program.begin(timestampNanos);
    }
    met.bytes = bytes;
    met.wireBytes = originalLengthBytes;
    met.recordedNanos = Number(timestampNanos - this.origin);
    met.queue = spreader.queueOf(bytes);
    met.hash = spreader.hash;
    met.covers = spreader.covers;
    const isTagged = this.strips && bytes.length >= 18 && bytes[12] === 0x81 && bytes[13] === 0;
    met.vlan = isTagged ? (bytes[14]! << 8) | bytes[15]! : -1;
    met.received = isTagged ? withoutTag(bytes) : bytes;
    return met;
  }

  /** A frame comes in; whether to go on. */
  take(frame: MetFrame): boolean {
    const { tally } = this;
    const { wireBytes, bytes } = frame;
    const arrival = this.clock.next(wireBytes, frame.recordedNanos);
    tally.received++;
    tally.receivedBytes += bytes.length;
    this.wireBytes += wireBytes;
    if (wireBytes > bytes.length) tally.cutFrames++;
    this.firstArrival ??= arrival;
    this.lastArrival = arrival;
    if (wireBytes < this.lengths.least || wireBytes > this.lengths.most) this.refuse(frame, arrival);
    else this.send(frame, arrival);
    if (tally.received >= this.limit) this.isStopped = true;
    if (tally.received % FRAMES_BETWEEN_LOOKS === 0 && this.simulation.onProgress?.(tally.received) === true) {
      this.isStopped = true;
    }
    return !this.isStopped;
  }

  private send(frame: MetFrame, arrival: number): void {
    const { tally, program } = this;
    const { bytes, queue } = frame;
    program.frame = frame;
    program.number = tally.received;
    const loss = this.pipeline.offer(arrival, frame.wireBytes, queue, bytes.length);
    if (loss < 0) {
      tally.count(queue, program.returnValue, bytes.length);
      if (frame.vlan >= 0) tally.stripped[queue]!++;
      if (this.checks && program.returnValue === PASS) this.noteChecksum(frame);
    }
    if (this.simulation.onPacket !== undefined) this.show(frame, arrival, loss);
  }

  private noteChecksum({ bytes, queue }: MetFrame): void {
    const state = checksumState(bytes);
    if (state !== 'unchecked') (state === 'good' ? this.tally.good : this.tally.bad)[queue]!++;
  }

  private refuse(frame: MetFrame, arrival: number): void {
    const reason = frame.wireBytes < this.lengths.least ? this.lengths.tooShort : this.lengths.tooLong;
    this.tally.countBadLength(reason, frame.bytes.length);
    this.simulation.onPacket?.(this.observed(frame, arrival, reason), undefined);
  }

  private show(frame: MetFrame, arrival: number, loss: number): void {
    const reason = loss < 0 ? undefined : LOSS_TEXTS[loss]!;
    this.simulation.onPacket?.(this.observed(frame, arrival, reason), loss < 0 ? this.program.result : undefined);
  }

  private observed({ bytes, queue }: MetFrame, arrival: number, dropReason: string | undefined) {
    const timestampNanos = this.origin! + BigInt(Math.round(arrival));
    return { number: this.tally.received, timestampNanos, bytes, queue, dropReason };
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
      offeredNanos: this.lastArrival - (this.firstArrival ?? 0),
      meanWireBytes: tally.received === 0 ? 0 : this.wireBytes / tally.received,
      hasVlanStripping: this.strips,
      missing: [...program.missing],
    });
    return { accounting, report, firstFault: program.firstFault };
  }
}

const NO_BYTES = new Uint8Array(0);
const PASS = 2;
const LOSS_TEXTS = Object.values(LOSS_REASONS).map(({ reason }) => reason);

/** Whether the model can be timed in a mode at all. @throws InputError `nic-mode` where its programs are kept but never run */
export function requireRunning({ name, verdicts }: NicModel, mode: Mode): void {
  if (mode !== 'hw' || verdicts.pass !== 'never run') return;
  throw new InputError('nic-mode', `${name} keeps offloaded programs and never runs them; try --mode native`);
}
