// What a run did to its packets beyond the plain counters: by protocol, queue, place of decision, time, size and talker. Everything is
// kept in bounded tables, so ten million packets need no more memory than ten thousand.
import type { Result } from '../engine/engine.js';
import { ACTION_NAMES, type ActionName, type Tally } from '../nic/accounting.js';
import type { ObservedPacket } from '../nic/simulate.js';
import { actionName } from '../platform/actions.js';
import { LabelCounter, type LabelScore, labelOf } from '../traffic/labels.js';
import type { Decision } from './decision.js';
import { type EventShare, EventTally } from './event-lines.js';
import { Histogram, type HistogramBucket } from './histogram.js';
import { outline } from './outline.js';
import { type Talker, Talkers } from './talkers.js';
import { type TimeLine, TimeSeries } from './time-series.js';

/** How often each action was taken. `dropped` are frames that no program saw. */
export type ActionCounts = Readonly<Record<ActionName | 'dropped', number>>;

/** Packets of one kind, and what became of them. */
export interface Share extends Tally {
  readonly actions: ActionCounts;
}

/** Packets that one place of the source decided on, in one way. */
export interface Reason extends Tally {
  readonly action: ActionName;
  readonly program: string;
  readonly function: string;
  /** Instruction. Several instructions of one line are one reason, the first one seen stands for them. */
  readonly slot: number;
  /** null where the object has no line information. */
  readonly source: { readonly file: string; readonly line: number; readonly text: string } | null;
}

/** The tables of a run. */
export interface TrafficSummary {
  /** By packets, falling. */
  readonly protocols: readonly (Share & { readonly protocol: string })[];
  readonly queues: readonly (Share & { readonly queue: number })[];
  /** By packets, falling; null where the engine does not tell which way packets went. */
  readonly reasons: readonly Reason[] | null;
  readonly sizes: readonly HistogramBucket[];
  /** Executed instructions per packet; none where the engine does not count them. */
  readonly instructionsPerPacket: readonly HistogramBucket[];
  readonly time: TimeLine;
  /** Source addresses by packets, falling. Counts are exact unless `isApproximate`. */
  readonly talkers: {
    readonly dropped: readonly Talker[];
    readonly passed: readonly Talker[];
    readonly isApproximate: boolean;
  };
  /** What programs told user space, by map; absent where they said nothing. */
  readonly events?: readonly EventShare[];
  /** How the filter did by ground truth; absent where no packet of the capture has a label. */
  readonly labels?: LabelScore;
}

/** Distinct protocols or places that are told apart; what comes later is counted as `other`. */
const MAX_ROWS = 1000;
const SIZE_LIMITS = [64, 128, 256, 512, 1024, 1519, 4096, 9001];

interface MutableShare {
  packets: number;
  bytes: number;
  readonly actions: Record<ActionName | 'dropped', number>;
}

interface MutableReason {
  packets: number;
  bytes: number;
  readonly action: ActionName;
  readonly decision: Decision;
}

/** Collects; `summary` may be asked at any time. */
export class Traffic {
  private readonly protocols = new Map<string, MutableShare>();
  private readonly queues = new Map<number, MutableShare>();
  private readonly reasons = new Map<string, MutableReason>();
  private readonly sizes = new Histogram(SIZE_LIMITS);
  private readonly instructions = new Histogram();
  private readonly time = new TimeSeries();
  private readonly dropped = new Talkers();
  private readonly passed = new Talkers();
  private readonly events = new EventTally();
  private readonly labels = new LabelCounter();
  private hasReasons = false;

  /** Counts a packet. `decision` is where the program decided on it, where that is known. */
  note(packet: ObservedPacket, result: Result | undefined, decision: Decision | undefined): void {
    const { bytes } = packet;
    const action = result === undefined ? 'dropped' : actionName(result.returnValue);
    const seen = outline(bytes);
    count(shareOf(this.protocols, seen.family, 'other'), action, bytes.byteLength);
    count(shareOf(this.queues, packet.queue, -1), action, bytes.byteLength);
    this.sizes.add(bytes.byteLength);
    this.time.add(packet.timestampNanos, action);
    if (seen.version !== 0) (isLost(action) ? this.dropped : this.passed).add(bytes, seen);
    if (result !== undefined && result.instructions > 0) this.instructions.add(result.instructions);
    for (const event of result?.events ?? []) this.events.add(event);
    const truth = packet.comments === undefined ? undefined : labelOf(packet.comments);
    if (truth !== undefined && action === 'dropped') this.labels.addLost(truth);
    else if (truth !== undefined) this.labels.add(truth, isLost(action));
    if (decision !== undefined && action !== 'dropped') this.noteReason(decision, action, bytes.byteLength);
  }

  summary(): TrafficSummary {
    const labels = this.labels.score();
    const byPackets = (left: Tally, right: Tally) => right.packets - left.packets;
    return {
      protocols: [...this.protocols].map(([protocol, share]) => ({ protocol, ...share })).sort(byPackets),
      queues: [...this.queues].map(([queue, share]) => ({ queue, ...share })).sort((a, b) => a.queue - b.queue),
      reasons: this.hasReasons ? [...this.reasons.values()].map(plainReason).sort(byPackets) : null,
      sizes: this.sizes.buckets(),
      instructionsPerPacket: this.instructions.buckets(),
      time: this.time.line(),
      talkers: {
        dropped: this.dropped.top(),
        passed: this.passed.top(),
        isApproximate: this.dropped.isApproximate || this.passed.isApproximate,
      },
      ...(this.events.rows.length > 0 && { events: this.events.rows }),
      ...(labels !== undefined && { labels }),
    };
  }

  private noteReason(decision: Decision, action: ActionName, lengthBytes: number): void {
    this.hasReasons = true;
    const { source } = decision;
    const place = source === undefined ? `${decision.program} ${decision.slot}` : `${source.file}:${source.line}`;
    let reason = this.reasons.get(`${action} ${place}`);
    if (reason === undefined) {
      const isFull = this.reasons.size >= MAX_ROWS;
      const kept = isFull ? { ...decision, source: undefined, slot: 0, function: 'other' } : decision;
      const key = isFull ? `${action} other` : `${action} ${place}`;
      reason = this.reasons.get(key) ?? { packets: 0, bytes: 0, action, decision: kept };
      this.reasons.set(key, reason);
    }
    reason.packets++;
    reason.bytes += lengthBytes;
  }
}

/** Whether a packet with this action goes no further. */
export function isLost(action: ActionName | 'dropped'): boolean {
  return action !== 'XDP_PASS' && action !== 'XDP_TX' && action !== 'XDP_REDIRECT';
}

function shareOf<K>(table: Map<K, MutableShare>, key: K, other: K): MutableShare {
  const known = table.get(key);
  if (known !== undefined) return known;
  const kept = table.size < MAX_ROWS ? key : other;
  const share = table.get(kept) ?? { packets: 0, bytes: 0, actions: noActions() };
  table.set(kept, share);
  return share;
}

/** No packets yet. */
export function noActions(): Record<ActionName | 'dropped', number> {
  const counts = Object.fromEntries([...ACTION_NAMES, 'dropped'].map(name => [name, 0]));
  return counts as Record<ActionName | 'dropped', number>;
}

function count(share: MutableShare, action: ActionName | 'dropped', lengthBytes: number): void {
  share.packets++;
  share.bytes += lengthBytes;
  share.actions[action]++;
}

function plainReason({ packets, bytes, action, decision }: MutableReason): Reason {
  const { program, slot, source } = decision;
  const place = source === undefined ? null : { file: source.file, line: source.line, text: source.text.trim() };
  return { action, packets, bytes, program, function: decision.function, slot, source: place };
}
