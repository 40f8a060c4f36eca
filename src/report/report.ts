// What a run answers, as one plain value; every printed form is a function of it.

import type { SlotCounts } from '../engine/observe.js';
import type { Accounting, ActionName, StageDrop, Tally } from '../nic/accounting.js';
import { ACTION_NAMES } from '../nic/accounting.js';
import type { QueueReport, TimedReport } from '../nic/timed/timed-report.js';
import type { MapDump } from './map-dump.js';
import { noActions, type TrafficSummary } from './traffic.js';

/** A replay. JSON prints it as it is, but for `actions`, which become plain counts. */
export interface Report extends ReportTraffic {
  readonly object: string;
  readonly program: { readonly name: string; readonly section: string };
  readonly capture: { readonly files: readonly string[]; readonly packets: number; readonly bytes: number };
  readonly actions: Readonly<Record<ActionName, Tally>>;
  /** Frames that no program saw. */
  readonly drops: readonly StageDrop[];
  readonly faults: number;
  readonly instructions: number;
  /** How often each program of the object ran, tail calls included; null where the engine does not count. */
  readonly programs: readonly ProgramRuns[] | null;
  readonly maps: readonly MapSummary[];
  /** The NIC model, null without one. */
  readonly nic: NicReport | null;
  /** Every option that can change the answer, so that the run can be repeated. */
  readonly options: ReportOptions;
  readonly warnings: readonly string[];
  /** Measured on the machine that ran it, so different each time; null where it was not asked for. */
  readonly performance: { readonly packetsPerSecond: number; readonly nanosPerPacket: number } | null;
}

/** Tables of the packets: all null but the queues where a run only counted, and nothing is known of events and labels. */
export type ReportTraffic = Pick<TrafficSummary, 'queues' | 'events' | 'labels'> & {
  readonly [Table in Exclude<keyof TrafficSummary, 'queues' | 'events' | 'labels'>]: TrafficSummary[Table] | null;
};

/** The tables of a run that only counted: packets by queue where a card spread them, else all in one. */
export function uncountedTraffic(
  accounting: Accounting,
  queue: number,
  spread?: readonly QueueReport[],
): ReportTraffic {
  return {
    queues: spread === undefined ? oneQueue(accounting, queue) : spread.flatMap(queueShare),
    protocols: null,
    reasons: null,
    sizes: null,
    instructionsPerPacket: null,
    time: null,
    talkers: null,
  };
}

function oneQueue({ received, actions, drops }: Accounting, queue: number): ReportTraffic['queues'] {
  const counts = noActions();
  for (const action of ACTION_NAMES) counts[action] = actions[action].packets;
  for (const { packets } of drops) counts.dropped += packets;
  return received.packets === 0 ? [] : [{ queue, ...received, actions: counts }];
}

function queueShare({ queue, packets, bytes, drops, actions }: QueueReport): ReportTraffic['queues'] {
  return packets + drops === 0
    ? []
    : [{ queue, packets: packets + drops, bytes, actions: { ...actions, dropped: drops } }];
}

/** The card that a run went through. */
export interface NicReport {
  /** Name and title of the model. */
  readonly name: string;
  readonly title: string;
  /** What it did in simulated time, where that was asked for. */
  readonly timed?: TimedReport;
}

/** How often a program ran. */
export interface ProgramRuns {
  readonly name: string;
  readonly section: string;
  readonly runs: number;
}

/** Programs that ran, from an engine's counts. */
export function programRuns(counts: readonly SlotCounts[] | undefined): readonly ProgramRuns[] | null {
  if (counts === undefined) return null;
  const all = counts.map(({ program, executed }) => ({
    name: program.name,
    section: program.section,
    runs: executed[0] ?? 0,
  }));
  return all.filter(({ runs }) => runs > 0);
}

/** A map after the run. */
export interface MapSummary {
  readonly name: string;
  /** As bpftool names it: `hash`, `lpm_trie`. */
  readonly type: string;
  readonly entries: number;
  readonly maxEntries: number;
  /** The entries themselves, where they were asked for. */
  readonly dump?: MapDump;
}

/** Options that change the answer. */
export interface ReportOptions {
  readonly engine: string;
  /** Whether the program had to pass the verifier. */
  readonly verify: boolean;
  readonly seed: number;
  readonly cpus: number;
  readonly instructionBudget: number;
  readonly count: number | null;
  /** Preloaded maps: name and file. */
  readonly maps: Readonly<Record<string, string>>;
  /** File of the network around the program, null for an empty one. */
  readonly host: string | null;
  readonly strict: boolean;
  /** File of the types that CO-RE adapted the object to, null for its own. */
  readonly btf: string | null;
  readonly kconfig: string | null;
  /** `NAME=VALUE` each. */
  readonly set: readonly string[];
  /** `NAME=N` each. */
  readonly maxEntries: readonly string[];
  readonly lenient: boolean;
}

/** The part of a report that the counters give. */
export function countersOf(accounting: Accounting): Pick<Report, 'actions' | 'drops' | 'faults' | 'instructions'> & {
  readonly packets: number;
  readonly bytes: number;
} {
  return {
    packets: accounting.received.packets,
    bytes: accounting.received.bytes,
    actions: accounting.actions,
    drops: accounting.drops,
    faults: accounting.faults,
    instructions: accounting.instructions,
  };
}

/** The value that `replay -j` prints. */
export function reportJson(report: Report): object {
  const counts = (field: keyof Tally) =>
    Object.fromEntries(ACTION_NAMES.map(action => [action, report.actions[action][field]]));
  const { actions: _, ...rest } = report;
  return { ...rest, actions: counts('packets'), actionBytes: counts('bytes') };
}
