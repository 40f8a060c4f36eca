// Actions over time in a bounded number of equal intervals, whatever the length of the run: where it gets longer, intervals double.
import { ACTION_NAMES, type ActionName } from '../nic/accounting.js';

/** Counts per interval. */
export interface TimeLine {
  /** Time of the first packet, nanoseconds since the epoch; null where there was none. */
  readonly startNanos: string | null;
  readonly intervalNanos: string;
  /** One count an interval for each action that was taken. */
  readonly actions: Readonly<Partial<Record<ActionName | 'dropped', readonly number[]>>>;
}

const INTERVALS = 120;
/** Doubled five times it is 100 microseconds. */
const FIRST_INTERVAL_NANOS = 3125n;
const NAMES: readonly (ActionName | 'dropped')[] = [...ACTION_NAMES, 'dropped'];
const ROW = new Map(NAMES.map((name, row) => [name, row * INTERVALS]));

/** Counts packets by time and action. */
export class TimeSeries {
  private readonly counts = new Float64Array(NAMES.length * INTERVALS);
  private startNanos: bigint | undefined;
  private intervalNanos = FIRST_INTERVAL_NANOS;
  private used = 0;

  /** Packets from before the first one count in the first interval. */
  add(timestampNanos: bigint, action: ActionName | 'dropped'): void {
    this.startNanos ??= timestampNanos;
    let interval = Number((timestampNanos - this.startNanos) / this.intervalNanos);
    while (interval >= INTERVALS) {
      this.halve();
      interval = Number((timestampNanos - this.startNanos) / this.intervalNanos);
    }
    interval = Math.max(0, interval);
    const at = ROW.get(action)! + interval;
    this.counts[at] = this.counts[at]! + 1;
    this.used = Math.max(this.used, interval + 1);
  }

  line(): TimeLine {
    const rows = NAMES.map((name, row) => {
      const counts = Array.from(this.counts.subarray(row * INTERVALS, row * INTERVALS + this.used));
      return [name, counts] as const;
    });
    return {
      startNanos: this.startNanos === undefined ? null : String(this.startNanos),
      intervalNanos: String(this.intervalNanos),
      actions: Object.fromEntries(rows.filter(([, counts]) => counts.some(count => count > 0))),
    };
  }

  /** Two intervals become one. */
  private halve(): void {
    for (let row = 0; row < NAMES.length; row++) {
      const counts = this.counts.subarray(row * INTERVALS, (row + 1) * INTERVALS);
      for (let at = 0; at < INTERVALS / 2; at++) counts[at] = counts[2 * at]! + counts[2 * at + 1]!;
      counts.fill(0, INTERVALS / 2);
    }
    this.intervalNanos *= 2n;
    this.used = Math.ceil(this.used / 2);
  }
}
