// Charts as inline SVG: no script, no network. Each has a title and a description for screen readers, and the numbers stand in a table
// beside or below it. The drawing stretches with the page; its labels are text of the page, so that they keep their size.
import type { HistogramBucket } from '../histogram.js';
import { count } from '../text.js';
import { type Content, html, type Markup } from './markup.js';

const HEIGHT = 100;
const WIDTH = 1000;
/** Labels below a chart, at most. */
const MAX_TICKS = 10;

/** One bar of a chart. */
export interface Column {
  /** What it stands for, such as `64-127 bytes`. */
  readonly name: string;
  /** From the bottom up. */
  readonly parts: readonly ColumnPart[];
}

/** A part of a bar. */
export interface ColumnPart {
  /** Class that gives the colour. */
  readonly style: string;
  readonly name: string;
  readonly value: number;
}

/** A label below a chart. */
export interface Tick {
  /** 0 is the left edge, 1 the right one. */
  readonly at: number;
  readonly text: string;
}

/** A chart to draw. */
export interface ColumnChart {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly columns: readonly Column[];
  readonly ticks: readonly Tick[];
}

/** Bars side by side. */
export function columnChart({ id, title, description, columns, ticks }: ColumnChart): Markup {
  const totals = columns.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0));
  const { most, lines } = scale(Math.max(0, ...totals));
  const step = WIDTH / Math.max(1, columns.length);
  const bars = columns.map((column, at) => columnBar(column, at * step, step, most));
  const height = (value: number) => round((100 * value) / most);
  return html`<div class="chart"><div class="y" aria-hidden="true">${lines.map(
    value => html`<span style="bottom:${height(value)}%">${count(value)}</span>`,
  )}</div><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-labelledby="${id}-t ${id}-d"><title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>${lines.map(
    value => html`<path class="grid" d="M0 ${round(HEIGHT - height(value))}h${WIDTH}"/>`,
  )}${bars}</svg><div class="x" aria-hidden="true">${ticks.map(
    ({ at, text }) =>
      html`<span class="${at === 0 ? 'first' : at === 1 ? 'last' : ''}" style="left:${round(100 * at)}%">${text}</span>`,
  )}</div></div>`;
}

function columnBar({ name, parts }: Column, x: number, step: number, most: number): Content {
  const shown = parts.filter(({ value }) => value > 0);
  if (shown.length === 0) return undefined;
  const gap = step > 8 ? step * 0.12 : 0;
  let bottom = HEIGHT;
  const boxes = shown.map(({ style, value }) => {
    const height = (HEIGHT * value) / most;
    bottom -= height;
    return html`<rect class="${style}" x="${round(x + gap / 2)}" y="${round(bottom)}" width="${round(step - gap)}" height="${round(height)}"/>`;
  });
  const told = shown.map(part => `${part.name} ${count(part.value)}`).join(', ');
  return html`<g><title>${name}: ${told}</title>${boxes}</g>`;
}

/** A histogram of packets. `unit` stands behind the limits of each group. */
export function histogramChart(id: string, title: string, unit: string, buckets: readonly HistogramBucket[]): Markup {
  const highest = Math.max(0, ...buckets.map(bucket => bucket.count));
  const every = Math.ceil(buckets.length / MAX_TICKS);
  return columnChart({
    id,
    title,
    description: `${buckets.length} groups; the largest has ${count(highest)} packets.`,
    columns: buckets.map(bucket => ({
      name: `${bucketName(bucket)} ${unit}`,
      parts: [{ style: 'plain', name: 'packets', value: bucket.count }],
    })),
    ticks: buckets.flatMap((bucket, at) =>
      at % every === 0
        ? [{ at: (at + 0.5) / buckets.length, text: buckets.length > 6 ? count(bucket.from) : bucketName(bucket) }]
        : [],
    ),
  });
}

/** A group's limits, both included. */
export function bucketName({ from, below }: HistogramBucket): string {
  if (below === null) return `${count(from)}+`;
  return below - from === 1 ? count(from) : `${count(from)}-${count(below - 1)}`;
}

/** A horizontal bar of parts of `whole`, for a table cell; the numbers stand in the cells beside it. */
export function bar(parts: readonly { readonly class: string; readonly value: number }[], whole: number): Markup {
  const shown = parts.filter(({ value }) => value > 0);
  return html`<div class="bar" aria-hidden="true">${shown.map(
    part => html`<i class="${part.class}" style="width:${round((100 * part.value) / Math.max(1, whole))}%"></i>`,
  )}</div>`;
}

/** Round lines from 0 to at least `highest`. */
function scale(highest: number): { readonly most: number; readonly lines: readonly number[] } {
  const rough = Math.max(1, highest) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough)!);
  const lines = [0, 1, 2, 3, 4].map(at => at * step).filter(value => value < highest + step);
  return { most: Math.max(step, lines.at(-1)!), lines };
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

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
