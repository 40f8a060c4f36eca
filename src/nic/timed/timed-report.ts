// What a timed run says, as one plain value.

import { ACTION_NAMES, type ActionName } from '../accounting.js';
import type { HostSetup } from '../cost/host.js';
import { lineRatePps } from '../cost/law.js';
import type { Mode, NicModel } from '../model.js';
import type { Arrival } from './arrival.js';
import { driverCounters } from './counters.js';
import type { LatencyGroup, LatencySummary } from './latency.js';
import type { Busy, TimedPipeline } from './pipeline.js';
import { EXIT_OF_FRAME } from './program-runner.js';
import type { StageLoss, Tally } from './tally.js';

/** What became of all frames, and how long it took. */
export interface TimedReport {
  /** Name of the model. */
  readonly model: string;
  readonly mode: Mode;
  /** How it was driven; with it the run can be repeated. */
  readonly arrival: Arrival;
  readonly loops: number;
  readonly receiveQueues: number;
  readonly receiveDescriptors: number;
  readonly vlanStripping: boolean;
  /** Every frame once: what came in is the sum of all others. */
  readonly frames: {
    readonly received: number;
    readonly dropped: number;
    readonly toStack: number;
    readonly sent: number;
    readonly redirected: number;
    readonly lost: number;
  };
  readonly losses: readonly StageLoss[];
  readonly durationNanos: number;
  /** Frames a second as offered, and as brought to an end; null where there are too few to tell. */
  readonly offeredPps: number | null;
  readonly achievedPps: number | null;
  /** Of frames of the mean length; null without a wire. */
  readonly lineRatePps: number | null;
  /** What comes through if the busiest part has no time left. Null where nothing was busy. */
  readonly capacityPps: number | null;
  /** How many times the offered load that is; below 1 where frames were lost. */
  readonly headroom: number | null;
  /** From the first bit to the verdict, for sent frames to the last bit; null where all were lost. */
  readonly latencyNanos: LatencySummary | null;
  /** The same as a histogram. */
  readonly latencyGroups: readonly LatencyGroup[];
  readonly bottleneck: Busy | null;
  /** All parts, the busiest first. */
  readonly busy: readonly Busy[];
  /** As `ethtool -S` names them. */
  readonly counters: Readonly<Record<string, number>>;
  /** Frames by how many others the card's receive buffer held: 0, 1, 2 to 3, 4 to 7, ... */
  readonly bufferDepths: readonly number[];
  readonly queues: readonly QueueReport[];
  /** Figures without a primary source that had a say, with what their model says about them. */
  readonly unverified: readonly { readonly figure: string; readonly value: unknown; readonly source: string }[];
  /** What no figure of the model covers. */
  readonly missing: readonly string[];
}

/** One receive queue and its core. */
export interface QueueReport {
  readonly queue: number;
  readonly packets: number;
  /** Captured bytes of the frames that a program saw. */
  readonly bytes: number;
  readonly drops: number;
  readonly busyPercent: number;
  readonly interrupts: number;
  readonly polls: number;
  readonly actions: Readonly<Record<ActionName, number>>;
  /** Frames by how many descriptors were in use when they came: 0, 1, 2 to 3, 4 to 7, ... */
  readonly depths: readonly number[];
}

/** What a report is made of. */
export interface TimedFacts {
  readonly model: NicModel;
  readonly mode: Mode;
  readonly arrival: Arrival;
  readonly loops: number;
  readonly setup: HostSetup;
  readonly pipeline: TimedPipeline;
  readonly tally: Tally;
  readonly losses: readonly StageLoss[];
  readonly offeredNanos: number;
  readonly meanWireBytes: number;
  readonly hasVlanStripping: boolean;
  readonly missing: readonly string[];
}

/** The report of a run that has finished. */
export function timedReport(facts: TimedFacts): TimedReport {
  const { model, mode, setup, pipeline, tally, losses } = facts;
  const parts = pipeline.busy();
  const busy = parts.map(({ name, busyPercent }) => ({ name, busyPercent }));
  const bottleneck = busy[0] ?? null;
  const lost = losses.reduce((sum, { packets }) => sum + packets, 0);
  const offered = rate(tally.received - 1, facts.offeredNanos);
  const achieved = rate(tally.received - lost, pipeline.durationNanos);
  const capacity = parts[0] === undefined ? null : rate(tally.received - lost, parts[0].nanos);
  const ofHost = hostFigures(
    mode,
    pipeline.queues.map((_, queue) => tally.actionsOf(queue)),
  );
  const counts = pipeline.queues.map((_, queue) => tally.queueCounts(queue, pipeline));
  return {
    model: model.name,
    mode,
    arrival: facts.arrival,
    loops: facts.loops,
    receiveQueues: setup.cores,
    receiveDescriptors: setup.receiveDescriptors,
    vlanStripping: facts.hasVlanStripping,
    frames: {
      received: tally.received,
      dropped: pipeline.exits[EXIT_OF_FRAME.dropped]!,
      toStack: pipeline.exits[EXIT_OF_FRAME.stack]!,
      sent: pipeline.exits[EXIT_OF_FRAME.sent]!,
      redirected: pipeline.exits[EXIT_OF_FRAME.redirected]!,
      lost,
    },
    losses,
    durationNanos: Math.round(pipeline.durationNanos),
    offeredPps: offered,
    achievedPps: achieved,
    lineRatePps: wholeOrNull(tally.received === 0 ? undefined : lineRatePps(model, facts.meanWireBytes)),
    capacityPps: capacity,
    headroom: capacity === null || offered === null ? null : Number((capacity / offered).toPrecision(3)),
    latencyNanos: pipeline.latency.summary(),
    latencyGroups: pipeline.latency.groups(),
    bottleneck,
    busy,
    counters: driverCounters(model, tally.cardCounts(pipeline), counts),
    bufferDepths: depthCounts(pipeline.bufferDepths),
    queues: pipeline.queues.map((queue, at) => queueReport(queue, at, facts)),
    unverified: unverifiedFigures(model, bottleneck, losses, ofHost),
    missing: [...facts.missing, ...unmodelled(facts)],
  };
}

/** What a reader would expect to be in the times of the host's cores. */
function unmodelled({ model, mode, pipeline }: TimedFacts): readonly string[] {
  const reachesHost = mode !== 'hw' && model.host.dropNanos !== undefined;
  const passes = mode === 'native' && pipeline.exits[EXIT_OF_FRAME.stack]! > 0;
  return [
    ...(reachesHost && passes ? ['what the network stack does with frames that pass'] : []),
    ...(reachesHost && model.interrupts.interruptNanos === undefined ? ['time of interrupts'] : []),
  ];
}

function queueReport(queue: TimedPipeline['queues'][number], at: number, { pipeline, tally }: TimedFacts): QueueReport {
  const { packets, drops, interrupts, polls, busyNanos, ring } = queue;
  const busyPercent = pipeline.percent(busyNanos);
  const actions = tally.actionsOf(at);
  return {
    queue: at,
    packets,
    bytes: tally.bytesOf(at),
    drops,
    busyPercent,
    interrupts,
    polls,
    actions,
    depths: depthCounts(ring.depths),
  };
}

/** Up to the last that is not empty. */
function depthCounts(depths: Float64Array): readonly number[] {
  return [...depths.subarray(0, depths.findLastIndex(count => count > 0) + 1)];
}

function rate(count: number, nanos: number): number | null {
  return nanos <= 0 || count <= 0 ? null : Math.round((count * 1e9) / nanos);
}

function wholeOrNull(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}

/** Figures of the host by the actions that make them count. */
const ACTION_FIGURES: Readonly<Record<ActionName, readonly string[]>> = {
  XDP_ABORTED: ['host.dropNanos'],
  XDP_DROP: ['host.dropNanos'],
  XDP_PASS: ['host.dropNanos', 'host.passNanos'],
  XDP_TX: ['host.transmitNanos'],
  XDP_REDIRECT: ['host.redirectNanos'],
  invalid: ['host.dropNanos'],
};

/** What a frame takes on the host beside its action: being read, rings beyond the cache, interrupts; in other modes the stack. */
const ANY_ACTION_FIGURES = [
  'host.touchNanos',
  'host.cacheMissNanos',
  'host.cacheShareEntries',
  'host.pageCacheEntries',
  'interrupts.interruptNanos',
  'interrupts.moderationMicroseconds',
];

/** What decided how long frames took on the host. */
function hostFigures(mode: Mode, actions: readonly QueueReport['actions'][]): readonly string[] {
  if (mode === 'hw') return ['host.stackDropNanos'];
  const seen = ACTION_NAMES.filter(name => actions.some(counts => counts[name] > 0));
  const stack = mode === 'generic' ? ['host.stackDropNanos'] : [];
  return [...seen.flatMap(name => ACTION_FIGURES[name]), ...ANY_ACTION_FIGURES, ...stack];
}

/** Stands for those of the host. */
const HOST = 'host';

/** Figures that decide about the speed of a part, and about a loss. */
const DECIDING: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^wire/, ['link.speedGbps']],
  [/^MAC$/, ['mac.capPps']],
  [/^PCIe$/, ['pcie.capPps', 'pcie.bytesPerSecond']],
  [/^transmit$/, ['host.transmitCapPps']],
  [/^cores$/, ['engine.cores', 'engine.clockHz', 'engine.overheadCycles', 'engine.lateExitCycles']],
  [/^host core/, [HOST]],
  [/^receive buffer full$/, ['mac.fifoBytes']],
  [/^no receive descriptor$/, ['rings.receiveDescriptors', HOST]],
  [/ring .*full$/, ['rings.transmitDescriptors']],
  [/^longer than/, ['frame.maximumLengthBytes', 'native.maximumMtuBytes', 'native.maximumFragmentsMtuBytes']],
];

function unverifiedFigures(
  model: NicModel,
  bottleneck: Busy | null,
  losses: readonly StageLoss[],
  ofHost: readonly string[],
): TimedReport['unverified'] {
  const reasons = [...(bottleneck === null ? [] : [bottleneck.name]), ...losses.map(({ reason }) => reason)];
  const paths = reasons.flatMap(reason => DECIDING.flatMap(([what, figures]) => (what.test(reason) ? figures : [])));
  return [...new Set(paths.flatMap(path => (path === HOST ? ofHost : [path])))].flatMap(figure => {
    const known = model.provenance.get(figure);
    if (known === undefined || !known.isUnverified) return [];
    const [section = '', name = ''] = figure.split('.');
    const sections = model as unknown as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    return [{ figure, value: sections[section]?.[name], source: known.source }];
  });
}
