// A run in simulated time: rates, what was busy, how late frames left, the load of each queue, the driver's counters.
import type { LatencyGroup } from '../../nic/timed/latency.js';
import type { TimedReport } from '../../nic/timed/timed-report.js';
import type { Report } from '../report.js';
import { count } from '../text.js';
import { deepest } from '../timed.js';
import { bar, columnChart, duration } from './charts.js';
import { type Content, html, type Markup } from './markup.js';
import { details, numbers, type Section, table, tiles } from './section.js';

/** What the card did; nothing where time was not simulated. */
export function timingSection({ nic }: Report): Section | undefined {
  const timed = nic?.timed;
  if (timed === undefined) return undefined;
  const content = [
    html`<p class="dim">${timed.model}, ${timed.mode}: ${count(timed.frames.received)} frames in ${duration(timed.durationNanos)} of simulated time.</p>`,
    tiles(ratesOf(timed)),
    html`<div class="columns">${latencyPart(timed)}${busyPart(timed)}</div>`,
    queuePart(timed),
    details('Counters of the driver', counterTable(timed)),
    notes(timed),
  ];
  return { id: 'timing', title: 'In the card', content, isLong: true };
}

function ratesOf(timed: TimedReport): readonly (readonly [string, string])[] {
  const { offeredPps, achievedPps, lineRatePps, capacityPps, headroom, bottleneck, latencyNanos } = timed;
  return [
    ['frames a second offered', rateText(offeredPps)],
    ['done', rateText(achievedPps)],
    ['at line rate', rateText(lineRatePps)],
    ['would come through', rateText(capacityPps)],
    ['times the offered load', headroom === null ? '-' : String(headroom)],
    ['busiest part', bottleneck === null ? '-' : bottleneck.name],
    ['99 % left within', latencyNanos === null ? '-' : duration(latencyNanos.p99)],
  ];
}

function rateText(packetsPerSecond: number | null): string {
  if (packetsPerSecond === null) return '-';
  return packetsPerSecond >= 1e6 ? `${(packetsPerSecond / 1e6).toFixed(3)} M` : count(packetsPerSecond);
}

const PERCENTILES = [
  ['minimum', 'least'],
  ['p50', '50 %'],
  ['p90', '90 %'],
  ['p99', '99 %'],
  ['p999', '99.9 %'],
  ['maximum', 'greatest'],
] as const;

function latencyPart({ latencyNanos, latencyGroups }: TimedReport): Content {
  if (latencyNanos === null) return undefined;
  const cells = PERCENTILES.map(([name]) => html`<td class="n">${duration(latencyNanos[name])}</td>`);
  const summary = table(
    'From the first bit to the verdict, or to the last bit sent',
    PERCENTILES.map(([, title]) => `#${title}`),
    [html`<tr>${cells}</tr>`],
  );
  const rows = latencyGroups.map(
    group => html`<tr><th scope="row">${groupName(group)}</th><td class="n">${count(group.count)}</td></tr>`,
  );
  const shown = numbers(table('Frames by latency', ['latency', '#frames'], rows));
  return html`<div><h3>Latency</h3>${latencyChart(latencyGroups)}${summary}${shown}</div>`;
}

/** Labels below the chart. */
const MAX_TICKS = 6;

function latencyChart(groups: readonly LatencyGroup[]): Markup {
  const every = Math.ceil(groups.length / MAX_TICKS);
  const highest = Math.max(...groups.map(group => group.count));
  return columnChart({
    id: 'latency-chart',
    title: 'Frames by latency',
    description: `${groups.length} groups, each up to a quarter wider than the one before; the largest has ${count(highest)} frames.`,
    columns: groups.map(group => ({
      name: groupName(group),
      parts: [{ style: 'plain', name: 'frames', value: group.count }],
    })),
    ticks: groups.flatMap(({ from }, at) =>
      at % every === 0 ? [{ at: at / groups.length, text: duration(Math.round(from)) }] : [],
    ),
  });
}

function groupName({ from, below }: LatencyGroup): string {
  return `${duration(Math.round(from))} to ${duration(Math.round(below))}`;
}

function busyPart({ busy }: TimedReport): Markup {
  const rows = busy.map(
    ({ name, busyPercent }) =>
      html`<tr><th scope="row">${name}</th><td class="n">${busyPercent.toFixed(1)} %</td><td class="barcell">${bar([{ class: 'hot', value: busyPercent }], 100)}</td></tr>`,
  );
  return html`<div><h3>How busy the parts were</h3><div class="contents" role="region" tabindex="0" aria-label="Parts by load">${table('Share of the simulated time', ['part', '#busy', ''], rows)}</div></div>`;
}

function queuePart({ queues }: TimedReport): Content {
  const used = queues.filter(({ packets, drops }) => packets + drops > 0);
  const rows = used.map(
    ({ queue, packets, drops, busyPercent, interrupts, polls, depths }) =>
      html`<tr><th scope="row">${queue}</th><td class="n">${count(packets)}</td><td class="n">${count(drops)}</td><td class="n">${count(interrupts)}</td><td class="n">${count(polls)}</td><td class="n">${deepest(depths)}</td><td class="n">${busyPercent.toFixed(1)} %</td><td class="barcell">${bar([{ class: 'hot', value: busyPercent }], 100)}</td></tr>`,
  );
  const heading = ['queue', '#frames', '#lost', '#interrupts', '#polls', '#deepest ring', '#core busy', ''];
  return rows.length > 0 && html`<h3>Load of the queues</h3>${table('Receive queues and their cores', heading, rows)}`;
}

function counterTable({ counters }: TimedReport): Markup {
  const rows = Object.entries(counters).map(
    ([name, value]) => html`<tr><th scope="row"><code>${name}</code></th><td class="n">${count(value)}</td></tr>`,
  );
  return table('As ethtool -S names them', ['counter', '#value'], rows);
}

function notes({ unverified, missing }: TimedReport): Content {
  return [
    unverified.map(
      ({ figure, value, source }) =>
        html`<p class="dim">Not verified: <code>${figure}</code> is ${JSON.stringify(value)} (${source}).</p>`,
    ),
    missing.map(text => html`<p class="dim">Not counted: ${text}.</p>`),
  ];
}
