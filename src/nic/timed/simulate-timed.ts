// A capture through a card in simulated time: what is lost where, how late frames leave, what is the bottleneck, and the driver's counters.
import type { Packet, Result, Session } from '../../engine/engine.js';
import type { ObjectSpec } from '../../object/spec.js';
import { actionName } from '../../platform/actions.js';
import { InputError, InternalError } from '../../support/errors.js';
import { ACTION_NAMES, type ActionName } from '../accounting.js';
import { pathCostsOf } from '../cost/cost.js';
import { type HostSetup, hostFrameOf, hostNanos } from '../cost/host.js';
import { lineRatePps, memorySeconds } from '../cost/law.js';
import { PathReader } from '../cost/path.js';
import type { NicModel } from '../model.js';
import type { FrameSource } from '../simulate.js';
import { driverCounters } from './counters.js';
import { type Busy, LOSSES, type Loss, type RunTime, TimedPipeline } from './pipeline.js';
import type { LatencySummary } from './queue.js';
import { queueChooser } from './rss.js';

/** When frames come in. `capture`: as recorded, `speed` times as fast; the others take no notice of timestamps. */
export type Arrival =
  | { readonly kind: 'capture'; readonly speed: number }
  | { readonly kind: 'packets'; readonly packetsPerSecond: number }
  | { readonly kind: 'bits'; readonly bitsPerSecond: number }
  | { readonly kind: 'line' };

/** What a timed run needs. */
export interface TimedSimulation {
  /** Of an engine that notes ways: `observe: { ways: true }`. */
  readonly session: Session;
  readonly object: ObjectSpec;
  readonly program: string;
  readonly model: NicModel;
  readonly sources: readonly FrameSource[];
  readonly arrival: Arrival;
  /** How often the captures are sent; 1 unless told. Sources are opened anew each time. */
  readonly loops?: number;
  /** Queues, each with a core of the host; the model's unless told. */
  readonly queues?: number;
  readonly receiveDescriptors?: number;
  readonly isSymmetric?: boolean;
  readonly onPacket?: (number: number, loss: Loss | 'length' | undefined, result: Result | undefined) => void;
}

/** What became of all frames. */
export interface TimedReport {
  readonly model: string;
  readonly received: number;
  readonly receivedBytes: number;
  /** Frames that did not get out of the card and the host, by reason. */
  readonly losses: Readonly<Record<Loss | 'length', number>>;
  /** Frames by action that were not lost. */
  readonly actions: Readonly<Record<ActionName, number>>;
  readonly durationNanos: number;
  /** Frames a second as offered, and as brought to an end. */
  readonly offeredPps: number;
  readonly achievedPps: number;
  /** From the first bit to the verdict, or for sent frames to the last bit; null where all were lost. */
  readonly latencyNanos: LatencySummary | null;
  readonly busy: readonly Busy[];
  /** The busiest part; null without one. */
  readonly bottleneck: Busy | null;
  /** How many times the offered load the busiest part could take; null where nothing was busy. */
  readonly headroom: number | null;
  /** As `ethtool -S` names them. */
  readonly counters: Readonly<Record<string, number>>;
  readonly queues: readonly { readonly queue: number; readonly packets: number; readonly depths: readonly number[] }[];
}

/**
 * Runs the captures.
 * @throws InputError `option` where the session notes no ways or the arrival cannot be; whatever reading throws
 */
export async function simulateTimed(simulation: TimedSimulation): Promise<TimedReport> {
  const run = new TimedRun(simulation);
  for (let loop = 0; loop < (simulation.loops ?? 1); loop++) {
    run.beginLoop();
    for (const source of simulation.sources) {
      await source.forEach(frame => {
        run.receive(frame.bytes, frame.timestampNanos);
        return true;
      });
    }
  }
  return run.report();
}

class TimedRun {
  private readonly simulation: TimedSimulation;
  private readonly setup: HostSetup;
  private readonly pipeline: TimedPipeline;
  private readonly clock: ArrivalClock;
  private readonly chooseQueue: (frame: Uint8Array) => number;
  private readonly runTimes: RunTimes;
  private readonly actions = new Map<ActionName, number>(ACTION_NAMES.map(name => [name, 0]));
  private readonly queuePackets: Float64Array;
  private received = 0;
  private receivedBytes = 0;
  private badLengths = 0;
  private firstArrival: number | undefined;
  private lastArrival = 0;

  constructor(simulation: TimedSimulation) {
    const { model, object, arrival, isSymmetric = false } = simulation;
    this.simulation = simulation;
    const cores = simulation.queues ?? model.rings.receiveQueues ?? 1;
    this.setup = { cores, receiveDescriptors: simulation.receiveDescriptors ?? model.rings.receiveDescriptors ?? 1024 };
    this.pipeline = new TimedPipeline(model, this.setup);
    this.clock = new ArrivalClock(arrival, model);
    this.chooseQueue = queueChooser(model, cores, isSymmetric);
    this.runTimes = new RunTimes(model, object, this.setup);
    this.queuePackets = new Float64Array(cores);
  }

  beginLoop(): void {
    this.clock.beginLoop();
  }

  receive(bytes: Uint8Array, timestampNanos: bigint): void {
    const lengthBytes = bytes.byteLength;
    const arrival = this.clock.next(lengthBytes, timestampNanos);
    this.received++;
    this.receivedBytes += lengthBytes;
    this.firstArrival ??= arrival;
    this.lastArrival = arrival;
    const { minimumLengthBytes, maximumLengthBytes } = this.simulation.model.frame;
    if (lengthBytes < minimumLengthBytes || lengthBytes > maximumLengthBytes) {
      this.badLengths++;
      this.simulation.onPacket?.(this.received, 'length', undefined);
      return;
    }
    this.send(bytes, timestampNanos, arrival);
  }

  private send(bytes: Uint8Array, timestampNanos: bigint, arrival: number): void {
    const { session, program, model, onPacket } = this.simulation;
    const queue = this.chooseQueue(bytes);
    let result: Result | undefined;
    const loss = this.pipeline.offer(arrival, bytes.byteLength, queue, () => {
      const packet: Packet = {
        bytes,
        timestampNanos,
        queue,
        cpu: model.context.cpu,
        ingressIfindex: model.context.ingressIfindex,
      };
      [result] = session.run(program, [packet]);
      return this.runTimes.of(result!, bytes.byteLength);
    });
    if (loss === undefined) {
      const name = actionName(result!.returnValue);
      this.actions.set(name, this.actions.get(name)! + 1);
      this.queuePackets[queue]!++;
    }
    onPacket?.(this.received, loss, result);
  }

  report(): TimedReport {
    const { model } = this.simulation;
    const { pipeline, received, receivedBytes } = this;
    const losses = { ...pipeline.losses, length: this.badLengths };
    const actions = Object.fromEntries(this.actions) as Record<ActionName, number>;
    const ended = Object.values(actions).reduce((sum, count) => sum + count, 0);
    const lost = [...LOSSES, 'length' as const].reduce((sum, name) => sum + losses[name], 0);
    if (ended + lost !== received)
      throw new InternalError(`expected every frame counted once: ${received} in, ${ended + lost} out`);
    const busy = pipeline.busy();
    const bottleneck = busy[0] ?? null;
    const offeredNanos = this.lastArrival - (this.firstArrival ?? 0);
    return {
      model: model.name,
      received,
      receivedBytes,
      losses,
      actions,
      durationNanos: Math.round(pipeline.durationNanos),
      offeredPps: rate(received - 1, offeredNanos),
      achievedPps: rate(ended, pipeline.durationNanos),
      latencyNanos: pipeline.latency.summary(),
      busy,
      bottleneck,
      headroom: bottleneck === null ? null : Math.round(10_000 / bottleneck.busyPercent) / 100,
      counters: driverCounters(model, { received, receivedBytes, losses, actions }),
      queues: pipeline.rings.map((_, queue) => ({
        queue,
        packets: this.queuePackets[queue]!,
        depths: pipeline.ringDepths(queue),
      })),
    };
  }
}

function rate(count: number, nanos: number): number {
  return nanos <= 0 || count <= 0 ? 0 : Math.round((count * 1e9) / nanos);
}

/** Times of arrival in nanoseconds from the first frame. */
class ArrivalClock {
  private readonly arrival: Arrival;
  private readonly model: NicModel;
  private next0 = 0;
  private previous = 0;
  private offset = 0;
  private origin: bigint | undefined;

  constructor(arrival: Arrival, model: NicModel) {
    const number =
      arrival.kind === 'capture'
        ? arrival.speed
        : arrival.kind === 'packets'
          ? arrival.packetsPerSecond
          : arrival.kind === 'bits'
            ? arrival.bitsPerSecond
            : 1;
    if (!(Number.isFinite(number) && number > 0))
      throw new InputError('option', `rate: ${number} is not a positive number`);
    if (arrival.kind === 'line' && lineRatePps(model, 64) === undefined) {
      throw new InputError('option', `rate: ${model.name} has no line rate`);
    }
    this.arrival = arrival;
    this.model = model;
  }

  /** What was recorded starts again where the last frame came. */
  beginLoop(): void {
    this.offset = this.previous;
    this.origin = undefined;
  }

  next(lengthBytes: number, timestampNanos: bigint): number {
    if (this.arrival.kind === 'capture') {
      this.origin ??= timestampNanos;
      const since = Number(timestampNanos - this.origin) / this.arrival.speed;
      this.previous = Math.max(this.previous, this.offset + since);
      return this.previous;
    }
    const now = this.next0;
    this.next0 += this.gapNanos(lengthBytes);
    this.previous = now;
    return now;
  }

  private gapNanos(lengthBytes: number): number {
    switch (this.arrival.kind) {
      case 'packets':
        return 1e9 / this.arrival.packetsPerSecond;
      case 'bits':
        return (lengthBytes * 8e9) / this.arrival.bitsPerSecond;
      default:
        return 1e9 / lineRatePps(this.model, lengthBytes)!;
    }
  }
}

/** Times of ways, worked out once for each way. */
class RunTimes {
  private readonly model: NicModel;
  private readonly setup: HostSetup;
  private readonly reader: PathReader;
  private readonly known = new Map<object, Map<number, RunTime>>();

  constructor(model: NicModel, object: ObjectSpec, setup: HostSetup) {
    this.model = model;
    this.setup = setup;
    this.reader = new PathReader(object);
  }

  of({ way, returnValue }: Result, lengthBytes: number): RunTime {
    if (way === undefined) throw new InputError('option', 'timing: this engine does not tell which way packets went');
    let ofWay = this.known.get(way);
    if (ofWay === undefined) {
      ofWay = new Map();
      this.known.set(way, ofWay);
    }
    const key = returnValue * 65_536 + (this.model.engine.frameBusBytesPerCycle === undefined ? 0 : lengthBytes);
    const known = ofWay.get(key);
    if (known !== undefined) return known;
    const path = this.reader.pathOf(way);
    const cost = pathCostsOf(this.model)?.costOf(path, { lengthBytes, returnValue });
    const time: RunTime = {
      cycles: cost?.cycles ?? 0,
      memoryNanos: Object.entries(cost?.memories ?? {}).map(([name, operations]) => [
        name,
        memorySeconds(this.model.memory[name], operations) * 1e9,
      ]),
      hostNanos: hostNanos(this.model, this.setup, hostFrameOf(path, returnValue)) ?? 0,
      action: returnValue,
    };
    ofWay.set(key, time);
    return time;
  }
}
