// Charts as inline SVG, drawn by hand: no script, no network. Each has a title and a description for screen readers; the numbers stand
// in a table beside it or can be opened below it.
import type { ActionName } from '../../nic/accounting.js';
import type { HistogramBucket } from '../histogram.js';
import { count } from '../text.js';
import type { TimeLine } from '../time-series.js';
import { type Content, html, type Markup } from './markup.js';
import { ACTION_CLASS } from './style.js';

const WIDTH = 720;
/** Of charts that stand side by side. */
const NARROW_WIDTH = 440;
const LEFT = 64;
const BASE = 168;
const TOP = 12;

/** A frame for a chart. */
function figure(
  id: string,
  title: string,
  description: string,
  width: number,
  height: number,
  content: Content,
): Markup {
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>${content}</svg>`;
}

/** Packets over time, one stack of actions an interval. */
export function timeChart({ actions, intervalNanos }: TimeLine): Markup {
  const rows = Object.entries(actions) as [keyof typeof ACTION_CLASS, readonly number[]][];
  const columns = Math.max(1, ...rows.map(([, counts]) => counts.length));
  const totals = Array.from({ length: columns }, (_, at) =>
    rows.reduce((sum, [, counts]) => sum + (counts[at] ?? 0), 0),
  );
  const { most, lines } = scale(Math.max(...totals));
  const interval = Number(intervalNanos);
  const step = (WIDTH - LEFT - 8) / columns;
  const bars = totals.map((total, at) => {
    if (total === 0) return undefined;
    const stack = stacked(
      rows.map(([action, counts]) => ({ action, value: counts[at] ?? 0 })),
      most,
    );
    const told = rows
      .filter(([, counts]) => (counts[at] ?? 0) > 0)
      .map(([action, counts]) => `${action} ${count(counts[at]!)}`);
    return html`<g><title>${duration(at * interval)} to ${duration((at + 1) * interval)}: ${told.join(', ')}</title>${stack.map(
      ({ action, y, height }) =>
        html`<rect class="${ACTION_CLASS[action]}" x="${round(LEFT + at * step)}" y="${round(y)}" width="${round(Math.max(step - (step > 4 ? 1 : 0), 0.5))}" height="${round(height)}"/>`,
    )}</g>`;
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    part =>
      html`<text class="dim" x="${round(LEFT + part * (WIDTH - LEFT - 8))}" y="${BASE + 18}" text-anchor="${part === 0 ? 'start' : part === 1 ? 'end' : 'middle'}">${duration(part * columns * interval)}</text>`,
  );
  const description = `Stacked bars, one per ${duration(interval)}; the highest has ${count(Math.max(...totals))} packets.`;
  return figure('time', 'Packets over time by action', description, WIDTH, BASE + 28, [
    grid(lines, most, WIDTH),
    bars,
    ticks,
  ]);
}

/** Counts by size. */
export function histogramChart(id: string, title: string, unit: string, buckets: readonly HistogramBucket[]): Markup {
  const highest = Math.max(0, ...buckets.map(bucket => bucket.count));
  const { most, lines } = scale(highest);
  const step = (NARROW_WIDTH - LEFT - 8) / Math.max(1, buckets.length);
  const isCrowded = buckets.length > 5;
  const bars = buckets.map((bucket, at) => {
    const height = ((BASE - TOP) * bucket.count) / most;
    const x = LEFT + at * step;
    const shown = !isCrowded || at % Math.ceil(buckets.length / 10) === 0;
    return html`<g><title>${bucketName(bucket)} ${unit}: ${count(bucket.count)} packets</title><rect class="pass" x="${round(x + 1)}" y="${round(BASE - height)}" width="${round(Math.max(1, step - 2))}" height="${round(height)}"/></g>${shown && html`<text class="dim" x="${round(x + step / 2)}" y="${BASE + 18}" text-anchor="middle">${isCrowded ? count(bucket.from) : bucketName(bucket)}</text>`}`;
  });
  const description = `${buckets.length} groups; the largest has ${count(highest)} packets.`;
  return figure(id, title, description, NARROW_WIDTH, BASE + 28, [grid(lines, most, NARROW_WIDTH), bars]);
}

/** A group's limits, both included. */
export function bucketName({ from, below }: HistogramBucket): string {
  if (below === null) return `${count(from)}+`;
  return below - from === 1 ? count(from) : `${count(from)}-${count(below - 1)}`;
}

/** One step of the pipeline and what was lost in it. */
export interface PipelineStage {
  readonly name: string;
  readonly packets: number;
  readonly lost: number;
}

/** Where packets went: stages in a row, their losses below them, the outcomes behind the last. */
export function pipelineChart(
  stages: readonly PipelineStage[],
  outcomes: readonly { readonly action: ActionName; readonly label: string; readonly packets: number }[],
): Markup {
  const columns = stages.length + 1;
  const step = WIDTH / columns;
  const box = Math.min(150, step - 34);
  const middle = 78;
  const stageBoxes = stages.map(({ name, packets, lost }, at) => {
    const x = at * step + 2;
    const loss =
      lost > 0 &&
      html`<path class="arrow" d="M${round(x + box / 2)} ${middle + 26}v26" marker-end="url(#tip)"/><text class="drop" x="${round(x + box / 2)}" y="${middle + 74}" text-anchor="middle">${count(lost)} lost here</text>`;
    return html`<rect class="box" rx="6" x="${round(x)}" y="${middle - 26}" width="${round(box)}" height="52"/><text x="${round(x + box / 2)}" y="${middle - 5}" text-anchor="middle">${shortened(name)}</text><text class="dim" x="${round(x + box / 2)}" y="${middle + 14}" text-anchor="middle">${count(packets)}</text><path class="arrow" d="M${round(x + box)} ${middle}h${round(step - box - 8)}" marker-end="url(#tip)"/>${loss}`;
  });
  const x = stages.length * step + 6;
  const spread = 130 / Math.max(1, outcomes.length);
  const ends = outcomes.map(
    ({ action, label, packets }, at) =>
      html`<text class="${ACTION_CLASS[action]}" x="${round(x)}" y="${round(24 + at * spread)}">${label}: ${count(packets)}</text>`,
  );
  const told = stages.map(({ name, packets, lost }) => `${name}: ${count(packets)} in, ${count(lost)} lost`).join('; ');
  const ended = outcomes.map(({ label, packets }) => `${label}: ${count(packets)}`).join('; ');
  const tip = html`<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="arrow" d="M0 0L8 4L0 8"/></marker></defs>`;
  return figure('pipeline', 'Pipeline with losses per stage', `${told}. Then ${ended}.`, WIDTH, 164, [
    tip,
    stageBoxes,
    ends,
  ]);
}

/** A horizontal bar of parts of `whole`, for a table cell; the numbers stand in the cells beside it. */
export function bar(parts: readonly { readonly class: string; readonly value: number }[], whole: number): Markup {
  const shown = parts.filter(({ value }) => value > 0);
  return html`<div class="bar" aria-hidden="true">${shown.map(
    part => html`<i class="${part.class}" style="width:${round((100 * part.value) / Math.max(1, whole))}%"></i>`,
  )}</div>`;
}

function stacked<A>(
  parts: readonly { readonly action: A; readonly value: number }[],
  most: number,
): { action: A; y: number; height: number }[] {
  let bottom = BASE;
  return parts.flatMap(({ action, value }) => {
    const height = ((BASE - TOP) * value) / most;
    bottom -= height;
    return value > 0 ? [{ action, y: bottom, height }] : [];
  });
}

/** Round lines from 0 to at least `highest`. */
function scale(highest: number): { readonly most: number; readonly lines: readonly number[] } {
  const rough = Math.max(1, highest) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough)!);
  const lines = [0, 1, 2, 3, 4].map(at => at * step).filter(value => value < highest + step);
  return { most: Math.max(step, lines.at(-1)!), lines };
}

function grid(lines: readonly number[], most: number, width: number): Markup[] {
  return lines.map(value => {
    const y = round(BASE - ((BASE - TOP) * value) / most);
    return html`<line class="grid" x1="${LEFT}" x2="${width}" y1="${y}" y2="${y}"/><text class="dim" x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${count(value)}</text>`;
  });
}

/** A time span in the unit that suits it. */
export function duration(nanos: number): string {
  const units = [
    ['s', 1e9],
    ['ms', 1e6],
    ['µs', 1e3],
  ] as const;
  const [name, size] =
    units.find(([, unit]) => nanos >= unit) ?? (nanos === 0 ? (['s', 1e9] as const) : (['ns', 1] as const));
  return `${Number((nanos / size).toPrecision(4))} ${name}`;
}

function shortened(name: string): string {
  return name.length <= 22 ? name : `${name.slice(0, 21)}…`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
