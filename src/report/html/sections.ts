// The sections of the HTML report that count packets. Each is a function of the report and gives nothing where it has nothing to say.
import { ACTION_NAMES } from '../../nic/accounting.js';
import type { Report } from '../report.js';
import type { Talker } from '../talkers.js';
import { count, lostOf, share } from '../text.js';
import type { TimeLine } from '../time-series.js';
import type { ActionCounts } from '../traffic.js';
import { bar, bucketName, columnChart, duration, histogramChart } from './charts.js';
import { type Content, html, type Markup } from './markup.js';
import { details, numbers, type Section, table, tiles } from './section.js';
import { ACTION_CLASS } from './style.js';

/** What became of the packets: counts, shares and bytes by action. */
export function actionSection({ actions, capture }: Report): Section {
  const rows = ACTION_NAMES.filter(action => actions[action].packets > 0 || action !== 'invalid').map(action => {
    const { packets, bytes } = actions[action];
    return html`<tr><th scope="row"><span class="action ${ACTION_CLASS[action]}">${action}</span></th>
<td class="n">${count(packets)}</td><td class="n">${share(packets, capture.packets)}</td><td class="n">${count(bytes)}</td>
<td class="barcell">${bar([{ class: ACTION_CLASS[action], value: packets }], capture.packets)}</td></tr>`;
  });
  const content = table('What the program said', ['action', '#packets', '#share', '#bytes', ''], rows);
  return { id: 'actions', title: 'Actions', content };
}

/** Actions over time. */
export function timeSection({ time }: Report): Section | undefined {
  if (time === null || time.startNanos === null) return undefined;
  const names = Object.keys(time.actions) as (keyof typeof ACTION_CLASS)[];
  if (names.length === 0) return undefined;
  const columns = Math.max(...names.map(name => time.actions[name]!.length));
  const interval = Number(time.intervalNanos);
  const legend = names.map(
    name => html`<li><span class="${ACTION_CLASS[name]}"><i></i></span><span>${name}</span></li>`,
  );
  const start = new Date(Number(BigInt(time.startNanos) / 1_000_000n)).toISOString();
  const rows = Array.from({ length: columns }, (_, at) => {
    const cells = names.map(name => html`<td class="n">${count(time.actions[name]![at] ?? 0)}</td>`);
    return html`<tr><th scope="row">${duration(at * interval)}</th>${cells}</tr>`;
  });
  const content = html`<p class="dim">Packets in each ${duration(interval)}, from ${start} on.</p>${timeChart(time, names, columns)}<ul class="legend">${legend}</ul>
${numbers(table('Packets by time', ['from', ...names.map(name => `#${name}`)], rows))}`;
  return { id: 'time', title: 'Over time', content };
}

function timeChart(time: TimeLine, names: readonly (keyof typeof ACTION_CLASS)[], columns: number): Markup {
  const interval = Number(time.intervalNanos);
  const value = (name: keyof typeof ACTION_CLASS, at: number) => time.actions[name]![at] ?? 0;
  const totals = Array.from({ length: columns }, (_, at) => names.reduce((sum, name) => sum + value(name, at), 0));
  return columnChart({
    id: 'time-chart',
    title: 'Packets over time by action',
    description: `Stacked bars, one per ${duration(interval)}; the highest has ${count(Math.max(...totals))} packets.`,
    columns: totals.map((_, at) => ({
      name: `${duration(at * interval)} to ${duration((at + 1) * interval)}`,
      parts: names.map(name => ({ style: ACTION_CLASS[name], name, value: value(name, at) })),
    })),
    ticks: [0, 0.25, 0.5, 0.75, 1].map(at => ({ at, text: duration(at * columns * interval) })),
  });
}

/** Packets by protocol. */
export function protocolSection({ protocols }: Report): Section | undefined {
  if (protocols === null || protocols.length === 0) return undefined;
  const most = Math.max(...protocols.map(({ packets }) => packets));
  const rows = protocols.map(({ protocol, packets, bytes, actions }) =>
    shareRow(protocol, packets, bytes, actions, most),
  );
  const content = table('Packets by protocol', ['protocol', ...SHARE_HEADING], rows);
  return { id: 'protocols', title: 'Protocols', content, isLong: true };
}

/** Load of each queue. */
export function queueSection({ queues }: Report): Section | undefined {
  if (queues.length === 0) return undefined;
  const most = Math.max(...queues.map(({ packets }) => packets));
  const rows = queues.map(({ queue, packets, bytes, actions }) =>
    shareRow(String(queue), packets, bytes, actions, most),
  );
  const content = table('Packets by receive queue', ['queue', ...SHARE_HEADING], rows);
  return { id: 'queues', title: 'Queues', content, isLong: true };
}

const SHARE_HEADING = ['#packets', '#bytes', '#dropped', '#share', ''];

function shareRow(name: string, packets: number, bytes: number, actions: ActionCounts, most: number): Markup {
  const parts = Object.entries(ACTION_CLASS).map(([action, style]) => ({
    class: style,
    value: actions[action as keyof ActionCounts],
  }));
  const lost = lostOf(actions);
  return html`<tr><th scope="row">${name}</th><td class="n">${count(packets)}</td><td class="n">${count(bytes)}</td><td class="n">${count(lost)}</td><td class="n">${share(lost, packets)}</td><td class="barcell">${bar(parts, most)}</td></tr>`;
}

/** Packet sizes, and executed instructions where the engine counts them. */
export function sizeSection({ sizes, instructionsPerPacket, instructions }: Report): Section | undefined {
  if (sizes === null || instructionsPerPacket === null || sizes.length === 0) return undefined;
  const work =
    instructions > 0 &&
    histogramPart('instructions-chart', 'Instructions per packet', 'instructions', instructionsPerPacket);
  const content = html`<div class="columns">${histogramPart('sizes-chart', 'Packet sizes in bytes', 'bytes', sizes)}${work}</div>`;
  return { id: 'sizes', title: 'Sizes and work', content };
}

/** A histogram with its heading and its numbers. */
export function histogramPart(id: string, title: string, unit: string, buckets: NonNullable<Report['sizes']>): Markup {
  const rows = buckets.map(
    bucket => html`<tr><th scope="row">${bucketName(bucket)}</th><td class="n">${count(bucket.count)}</td></tr>`,
  );
  return html`<div><h3>${title}</h3>${histogramChart(id, title, unit, buckets)}${numbers(table(`Packets by ${unit}`, [unit, '#packets'], rows))}</div>`;
}

/** Who sent most. */
export function talkerSection({ talkers }: Report): Section | undefined {
  if (talkers === null || talkers.dropped.length + talkers.passed.length === 0) return undefined;
  const note =
    talkers.isApproximate &&
    html`<p class="dim">There were more addresses than are remembered: counts of quiet ones may be too low.</p>`;
  const lists = [
    talkerList('Dropped most', 'drop', talkers.dropped),
    talkerList('Passed most', 'pass', talkers.passed),
  ];
  return { id: 'talkers', title: 'Talkers', content: html`${note}<div class="columns">${lists}</div>`, isLong: true };
}

function talkerList(title: string, style: string, talkers: readonly Talker[]): Markup {
  const most = Math.max(1, ...talkers.map(({ packets }) => packets));
  const rows = talkers.map(
    ({ address, packets, bytes }) =>
      html`<tr><th scope="row"><code>${address}</code></th><td class="n">${count(packets)}</td><td class="n">${count(bytes)}</td><td class="barcell">${bar([{ class: style, value: packets }], most)}</td></tr>`,
  );
  const shown: Content =
    rows.length > 0
      ? table('Source addresses by packets', ['source', '#packets', '#bytes', ''], rows)
      : html`<p class="dim">none</p>`;
  return html`<div><h3>${title}</h3>${shown}</div>`;
}

/** How the filter did by the labels of its packets. */
export function labelSection({ labels }: Report): Section | undefined {
  if (labels === undefined) return undefined;
  const { precision, recall, truePositives, falsePositives, falseNegatives, trueNegatives, profiles, lost } = labels;
  const percent = (ratio: number | null) => (ratio === null ? '-' : `${(100 * ratio).toFixed(1)} %`);
  const figures = tiles([
    ['precision', percent(precision)],
    ['recall', percent(recall)],
    ['attack packets stopped', count(truePositives)],
    ['attack packets that went on', count(falseNegatives)],
    ['benign packets stopped', count(falsePositives)],
    ['benign packets that went on', count(trueNegatives)],
    ...(lost === 0 ? [] : [['lost before the filter, not judged', count(lost)] as const]),
  ]);
  const rows = profiles.map(({ label, profile, packets, stopped }) => {
    const style = label === 'attack' ? 'tx' : 'drop';
    return html`<tr><th scope="row">${profile}</th><td>${label}</td><td class="n">${count(packets)}</td><td class="n">${count(stopped)}</td><td class="n">${share(stopped, packets)}</td><td class="barcell">${bar([{ class: style, value: stopped }], packets)}</td></tr>`;
  });
  const heading = ['profile', 'label', '#packets', '#stopped', '#share', ''];
  return { id: 'labels', title: 'Labels', content: [figures, table('Packets by their labels', heading, rows)] };
}

/** What programs told user space. */
export function eventSection({ events }: Report): Section | undefined {
  if (events === undefined || events.length === 0) return undefined;
  const rows = events.map(
    ({ kind, map, events: times, bytes }) =>
      html`<tr><th scope="row">${map ?? kind}</th><td>${kind}</td><td class="n">${count(times)}</td><td class="n">${count(bytes)}</td></tr>`,
  );
  const content = table('Events by map', ['map', 'kind', '#events', '#bytes'], rows);
  return { id: 'events', title: 'Events', content };
}

/** How often each program ran, options of the run, warnings. */
export function runSection({ options, programs, warnings, performance }: Report): Section {
  const settings = Object.entries(options).map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td><code>${JSON.stringify(value)}</code></td></tr>`,
  );
  const runs = (programs ?? []).map(
    ({ name, section, runs: times }) =>
      html`<tr><th scope="row">${name}</th><td>${section}</td><td class="n">${count(times)}</td></tr>`,
  );
  const content = [
    warnings.map(text => html`<p class="warning">${text}</p>`),
    runs.length > 0 && table('Programs that ran', ['program', 'section', '#runs'], runs),
    details('Options of the run', table('Options that can change the answer', ['option', 'value'], settings)),
    performance !== null &&
      html`<p class="dim">${count(performance.packetsPerSecond)} packets a second on the machine that ran this.</p>`,
  ];
  return { id: 'run', title: 'The run', content };
}
