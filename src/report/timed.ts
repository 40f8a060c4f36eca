// A timed run for people: rates, what binds, what was lost where, latencies, queues, and figures that are not sure.
import type { TimedReport } from '../nic/timed/timed-report.js';
import { textTable } from './table.js';

/** The run as lines of text, without a newline at the end. */
export function timedText(report: TimedReport): string {
  const blocks = [
    headText(report),
    lossTable(report),
    latencyTable(report),
    queueTable(report),
    counterTable(report),
    arrivalNotes(report),
    doubts(report),
  ];
  return blocks.filter(block => block !== '').join('\n\n');
}

function headText(report: TimedReport): string {
  const { model, mode, frames, offeredPps, achievedPps, lineRatePps, capacityPps, headroom, bottleneck } = report;
  const rates = [
    ['offered', offeredPps],
    ['done', achievedPps],
    ['line rate', lineRatePps],
  ] as const;
  const known = rates.flatMap(([name, pps]) => (pps === null ? [] : [`${name} ${mpps(pps)}`]));
  const some = frames.received === 1 ? '1 frame' : `${grouped(frames.received)} frames`;
  const lines = [`on ${model}, ${mode}: ${some} in ${time(report.durationNanos)}`];
  if (known.length > 0) lines.push(known.join(', '));
  if (bottleneck !== null) {
    const room =
      capacityPps === null || headroom === null
        ? ''
        : `: takes ${mpps(capacityPps)}, ${times(headroom)} the load${ofLine(capacityPps, lineRatePps)}`;
    lines.push(`busiest: ${bottleneck.name}, ${percent(bottleneck.busyPercent)} busy${room}`);
  }
  const ends = [
    ['dropped by the program', frames.dropped],
    ['to the stack', frames.toStack],
    ['sent back', frames.sent],
    ['redirected', frames.redirected],
    ['lost', frames.lost],
  ] as const;
  lines.push(
    `all accounted for: ${ends.flatMap(([name, count]) => (count === 0 ? [] : [`${grouped(count)} ${name}`])).join(', ') || 'none'}`,
  );
  return lines.join('\n');
}

function ofLine(capacityPps: number, lineRatePps: number | null): string {
  return lineRatePps === null ? '' : `, ${percent((100 * capacityPps) / lineRatePps)} of line rate`;
}

function lossTable({ losses, frames }: TimedReport): string {
  if (losses.length === 0) return '';
  const rows = losses.map(({ stage, reason, packets, isAfterProgram }) => [
    `${stage}: ${reason}`,
    grouped(packets),
    percent((100 * packets) / frames.received),
    isAfterProgram ? 'after' : 'before',
  ]);
  return textTable(['lost', 'frames', 'share', 'the program'], rows, '<>><');
}

function latencyTable({ latencyNanos }: TimedReport): string {
  if (latencyNanos === null) return '';
  const { minimum, p50, p90, p99, p999, maximum } = latencyNanos;
  const row = [minimum, p50, p90, p99, p999, maximum].map(time);
  return textTable(['latency', 'min', 'p50', 'p90', 'p99', 'p99.9', 'max'], [['', ...row]], '<>>>>>>');
}

function queueTable({ queues }: TimedReport): string {
  const used = queues.filter(({ packets, drops }) => packets + drops > 0);
  if (used.length === 0) return '';
  const rows = used.map(({ queue, packets, drops, busyPercent, interrupts, polls, depths }) => [
    String(queue),
    grouped(packets),
    grouped(drops),
    percent(busyPercent),
    grouped(interrupts),
    grouped(polls),
    deepest(depths),
  ]);
  return textTable(['queue', 'frames', 'lost', 'core busy', 'interrupts', 'polls', 'deepest'], rows, '<>>>>>>');
}

/** The fullest that a ring was, from counts by depth. */
export function deepest(depths: readonly number[]): string {
  const last = depths.length - 1;
  if (last < 2) return String(Math.max(0, last));
  return `${2 ** (last - 1)}-${2 ** last - 1}`;
}

const SHOWN_COUNTERS = 12;

function counterTable({ counters }: TimedReport): string {
  const rows = Object.entries(counters).flatMap(([name, value]) => (value === 0 ? [] : [[name, grouped(value)]]));
  if (rows.length === 0) return '';
  const table = textTable(['ethtool -S', 'value'], rows.slice(0, SHOWN_COUNTERS), '<>');
  const more = rows.length - SHOWN_COUNTERS;
  return more > 0 ? `${table}\nand ${more} more (--format ethtool has them all)` : table;
}

/** What a reader may not expect of the way in which frames came. */
function arrivalNotes({ arrival, frames, offeredPps, lineRatePps }: TimedReport): string {
  const isAtOnce = arrival.kind === 'capture' && offeredPps === null && frames.received > 1;
  if (isAtOnce) return 'no time passes between the timestamps: all frames came at once; --rate sets a rate';
  const isBeyondWire = offeredPps !== null && lineRatePps !== null && offeredPps > 1.001 * lineRatePps;
  return isBeyondWire
    ? 'more is offered than the wire carries: what is beyond waits at the sender, and is not lost'
    : '';
}

function doubts({ unverified, missing, vlanStripping }: TimedReport): string {
  const lines = unverified.map(({ figure, value, source }) => `unverified: ${figure} ${String(value)}: ${source}`);
  if (missing.length > 0) lines.push(`not counted: ${missing.join('; ')}`);
  if (vlanStripping)
    lines.push('VLAN tags are taken out of frames before the program sees them; --no-rxvlan leaves them in');
  return lines.join('\n');
}

function times(headroom: number): string {
  return headroom < 0.001 ? 'less than 0.001 times' : `${headroom} times`;
}

function mpps(packetsPerSecond: number): string {
  return `${(packetsPerSecond / 1e6).toFixed(packetsPerSecond < 1e5 ? 6 : 3)} Mpps`;
}

function percent(value: number): string {
  return `${value.toFixed(value !== 0 && Math.abs(value) < 1 ? 3 : 1)} %`;
}

function time(nanos: number): string {
  if (nanos < 1e4) return `${nanos} ns`;
  if (nanos < 1e7) return `${(nanos / 1e3).toFixed(1)} us`;
  return nanos < 1e10 ? `${(nanos / 1e6).toFixed(1)} ms` : `${(nanos / 1e9).toFixed(1)} s`;
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
