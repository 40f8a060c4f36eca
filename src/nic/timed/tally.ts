// What a timed run counts: frames by queue and action, and what the card did with them. Hot path: `count` allocates nothing.
import { ACTION_NAMES, Accounting, type ActionName } from '../accounting.js';
import type { CountedFrames } from './counters.js';
import { LOSSES, type Loss } from './losses.js';
import type { TimedPipeline } from './pipeline.js';

const ACTIONS = ACTION_NAMES.length;
const PASS = ACTION_NAMES.indexOf('XDP_PASS');

/** Stage and reason of a loss, as reports name them. */
export const LOSS_REASONS: Readonly<Record<Loss, { readonly stage: string; readonly reason: string }>> = {
  macFull: { stage: 'mac', reason: 'receive buffer full' },
  ringFull: { stage: 'ring', reason: 'no receive descriptor' },
  transmitFull: { stage: 'transmit', reason: 'transmit ring full' },
  redirectFull: { stage: 'redirect', reason: 'ring of the redirect target full' },
};

/** A loss as reports show it. */
export interface StageLoss {
  readonly stage: string;
  readonly reason: string;
  readonly packets: number;
  readonly bytes: number;
  /** A program saw the frame before it was lost. */
  readonly isAfterProgram: boolean;
}

/** The counts. */
export class Tally {
  received = 0;
  receivedBytes = 0;
  /** As long as they were on the wire, without frame check sequence; whatever their length. */
  wireBytes = 0;
  /** With frame check sequence and padding, of lengths that the card takes. */
  portBytes = 0;
  faults = 0;
  cutFrames = 0;
  instructions = 0;
  readonly stripped: Float64Array;
  readonly good: Float64Array;
  readonly bad: Float64Array;
  /** Frames that no program saw since their length is not allowed, by reason. */
  readonly badLengths = new Map<string, { packets: number; bytes: number }>();
  private readonly queues: number;
  private readonly frames: Float64Array;
  private readonly bytes: Float64Array;

  constructor(queues: number) {
    this.queues = queues;
    this.frames = new Float64Array(queues * ACTIONS);
    this.bytes = new Float64Array(queues * ACTIONS);
    this.stripped = new Float64Array(queues);
    this.good = new Float64Array(queues);
    this.bad = new Float64Array(queues);
  }

  /** A program ran. */
  count(queue: number, returnValue: number, lengthBytes: number): void {
    const at = queue * ACTIONS + (returnValue < ACTIONS - 1 ? returnValue : ACTIONS - 1);
    this.frames[at]!++;
    this.bytes[at]! += lengthBytes;
  }

  countBadLength(reason: string, lengthBytes: number): void {
    const entry = this.badLengths.get(reason) ?? { packets: 0, bytes: 0 };
    entry.packets++;
    entry.bytes += lengthBytes;
    this.badLengths.set(reason, entry);
  }

  /** Frames of a queue that ran, by action. */
  actionsOf(queue: number): Readonly<Record<ActionName, number>> {
    const entries = ACTION_NAMES.map((name, action) => [name, this.frames[queue * ACTIONS + action]!] as const);
    return Object.fromEntries(entries) as Record<ActionName, number>;
  }

  /** Bytes of a queue's frames that ran. */
  bytesOf(queue: number): number {
    return sumOf(this.bytes, queue * ACTIONS, ACTIONS);
  }

  /** What a queue's counters say. */
  queueCounts(queue: number, pipeline: TimedPipeline): CountedFrames {
    const lost = LOSSES.map((name, loss) => [name, pipeline.losses.frames[queue * LOSSES.length + loss]!] as const);
    const { packets } = pipeline.queues[queue]!;
    const bytes = this.bytesOf(queue);
    return {
      received: packets,
      receivedBytes: bytes,
      portBytes: bytes,
      delivered: packets,
      deliveredBytes: bytes,
      passBytes: this.bytes[queue * ACTIONS + PASS]!,
      losses: { ...(Object.fromEntries(lost) as Record<Loss, number>), macFull: 0, length: 0 },
      actions: this.actionsOf(queue),
      vlanStripped: this.stripped[queue]!,
      checksumGood: this.good[queue]!,
      checksumBad: this.bad[queue]!,
    };
  }

  /** What the card's counters say. */
  cardCounts(pipeline: TimedPipeline): CountedFrames {
    const queues = Array.from({ length: this.queues }, (_, queue) => this.queueCounts(queue, pipeline));
    const total = (read: (counts: CountedFrames) => number) => queues.reduce((sum, counts) => sum + read(counts), 0);
    const losses = LOSSES.map(name => [name, pipeline.losses.ofAll(name).packets] as const);
    const actions = ACTION_NAMES.map(name => [name, total(counts => counts.actions[name])] as const);
    const badLengths = [...this.badLengths.values()];
    const length = badLengths.reduce((sum, { packets }) => sum + packets, 0);
    return {
      received: this.received - length,
      receivedBytes: this.receivedBytes - badLengths.reduce((sum, { bytes }) => sum + bytes, 0),
      portBytes: this.portBytes,
      delivered: total(({ delivered }) => delivered),
      deliveredBytes: total(({ deliveredBytes }) => deliveredBytes),
      passBytes: total(({ passBytes }) => passBytes),
      losses: { ...(Object.fromEntries(losses) as Record<Loss, number>), length },
      actions: Object.fromEntries(actions) as Record<ActionName, number>,
      vlanStripped: total(({ vlanStripped }) => vlanStripped),
      checksumGood: total(({ checksumGood }) => checksumGood),
      checksumBad: total(({ checksumBad }) => checksumBad),
    };
  }

  /** The losses that happened, in the order of the stages. */
  losses(pipeline: TimedPipeline, isInCard: boolean): readonly StageLoss[] {
    const lengths = [...this.badLengths].map(([reason, tally]) => ({
      stage: 'mac',
      reason,
      ...tally,
      isAfterProgram: false,
    }));
    const others = LOSSES.map(name => ({
      ...LOSS_REASONS[name],
      ...pipeline.losses.ofAll(name),
      isAfterProgram: name !== 'macFull' && (isInCard || name !== 'ringFull'),
    }));
    return [...lengths, ...others.filter(({ packets }) => packets > 0)];
  }

  /** Frames in, and every one out once: by what the program said, or by the stage that lost it before. */
  accounting(losses: readonly StageLoss[]): Accounting {
    const accounting = new Accounting();
    accounting.received.packets = this.received;
    accounting.received.bytes = this.receivedBytes;
    for (const [action, name] of ACTION_NAMES.entries()) {
      const tally = accounting.actions[name];
      for (let at = action; at < this.frames.length; at += ACTIONS) {
        tally.packets += this.frames[at]!;
        tally.bytes += this.bytes[at]!;
      }
    }
    for (const { stage, reason, packets, bytes, isAfterProgram } of losses) {
      if (!isAfterProgram) accounting.drops.push({ stage, reason, packets, bytes });
    }
    accounting.faults = this.faults;
    accounting.cutFrames = this.cutFrames;
    accounting.instructions = this.instructions;
    accounting.checkConservation();
    return accounting;
  }
}

function sumOf(values: Float64Array, start: number, count: number): number {
  let sum = 0;
  for (let at = start; at < start + count; at++) sum += values[at]!;
  return sum;
}
