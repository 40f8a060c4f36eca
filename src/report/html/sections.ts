// The sections of the HTML report. Each is a function of the report and gives nothing where it has nothing to say.
import { ACTION_NAMES } from '../../nic/accounting.js';
import type { MapSummary, Report } from '../report.js';
import type { Talker } from '../talkers.js';
import { count, entryText, lostOf, share } from '../text.js';
import { type ActionCounts, isLost } from '../traffic.js';
import { bar, bucketName, duration, histogramChart, pipelineChart, timeChart } from './charts.js';
import { type Content, html, type Markup } from './markup.js';
import { ACTION_CLASS } from './style.js';

/** A section with its heading and the name by which the page's list of contents refers to it. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Content;
  /** May be broken between printed pages. */
  readonly isLong?: boolean;
}

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

/** The stages, their losses, and the outcomes. */
export function pipelineSection(report: Report): Section {
  const { capture, drops, actions, program } = report;
  const names = [...new Set(drops.map(({ stage }) => stage))];
  let left = capture.packets;
  const stages = names.map(name => {
    const lost = drops.filter(({ stage }) => stage === name).reduce((sum, { packets }) => sum + packets, 0);
    const stage = { name, packets: left, lost };
    left -= lost;
    return stage;
  });
  const lost = ACTION_NAMES.filter(isLost).reduce((sum, action) => sum + actions[action].packets, 0);
  const outcomes = [
    { action: 'XDP_PASS', label: 'up the stack', packets: actions.XDP_PASS.packets },
    { action: 'XDP_TX', label: 'back out', packets: actions.XDP_TX.packets },
    { action: 'XDP_REDIRECT', label: 'elsewhere', packets: actions.XDP_REDIRECT.packets },
  ] as const;
  const chart = pipelineChart(
    [{ name: 'capture', packets: capture.packets, lost: 0 }, ...stages, { name: program.name, packets: left, lost }],
    outcomes,
  );
  const rows = drops.map(
    ({ stage, reason, packets, bytes }) =>
      html`<tr><th scope="row">${stage}</th><td>${reason}</td><td class="n">${count(packets)}</td><td class="n">${count(bytes)}</td></tr>`,
  );
  const losses =
    rows.length > 0 && table('Frames that no program saw', ['stage', 'reason', '#packets', '#bytes'], rows);
  return { id: 'pipeline', title: 'Pipeline', content: [html`<div class="scroll">${chart}</div>`, losses] };
}

/** Actions over time. */
export function timeSection({ time }: Report): Section | undefined {
  if (time === null || time.startNanos === null) return undefined;
  const names = Object.keys(time.actions) as (keyof typeof ACTION_CLASS)[];
  if (names.length === 0) return undefined;
  const legend = names.map(
    name => html`<li><span class="${ACTION_CLASS[name]}"><i></i></span><span>${name}</span></li>`,
  );
  const start = new Date(Number(BigInt(time.startNanos) / 1_000_000n)).toISOString();
  const columns = Math.max(...names.map(name => time.actions[name]!.length));
  const rows = Array.from({ length: columns }, (_, at) => {
    const cells = names.map(name => html`<td class="n">${count(time.actions[name]![at] ?? 0)}</td>`);
    return html`<tr><th scope="row">${duration(at * Number(time.intervalNanos))}</th>${cells}</tr>`;
  });
  const content = html`<p class="dim">From ${start}, each bar ${duration(Number(time.intervalNanos))}.</p>${timeChart(time)}<ul class="legend">${legend}</ul>
<details><summary>As a table</summary>${table('Packets by time', ['from', ...names.map(name => `#${name}`)], rows)}</details>`;
  return { id: 'time', title: 'Over time', content };
}

/** Which lines of the source decided. */
export function reasonSection({ reasons, capture }: Report): Section | undefined {
  if (reasons === null || reasons.length === 0) return undefined;
  const rows = reasons.map(({ action, packets, source, program, slot, function: name }) => {
    const place = source === null ? `${program}, instruction ${slot}` : `${source.file}:${source.line}`;
    return html`<tr><th scope="row"><span class="action ${ACTION_CLASS[action]}">${action}</span></th><td class="n">${count(packets)}</td><td class="n">${share(packets, capture.packets)}</td>
<td class="place"><code>${place}</code> <span class="dim">in ${name}</span>${source !== null && html`<br><code>${source.text}</code>`}</td>
<td class="barcell">${bar([{ class: ACTION_CLASS[action], value: packets }], capture.packets)}</td></tr>`;
  });
  const intro = html`<p class="dim">The return statement, or the last condition that could have led to another outcome.</p>`;
  const content = [intro, table('Places that decided on packets', ['action', '#packets', '#share', 'place', ''], rows)];
  return { id: 'reasons', title: 'Why', content, isLong: true };
}

/** Packets by protocol and by queue. */
export function protocolSection({ protocols }: Report): Section | undefined {
  if (protocols === null || protocols.length === 0) return undefined;
  const most = Math.max(...protocols.map(({ packets }) => packets));
  const rows = protocols.map(({ protocol, packets, actions }) => shareRow(protocol, packets, actions, most));
  const heading = ['protocol', '#packets', '#dropped', '#share', ''];
  return { id: 'protocols', title: 'Protocols', content: table('Packets by protocol', heading, rows), isLong: true };
}

/** Load of each queue. */
export function queueSection({ queues }: Report): Section | undefined {
  if (queues.length === 0) return undefined;
  const most = Math.max(...queues.map(({ packets }) => packets));
  const rows = queues.map(({ queue, packets, actions }) => shareRow(`queue ${queue}`, packets, actions, most));
  const heading = ['queue', '#packets', '#dropped', '#share', ''];
  return { id: 'queues', title: 'Queues', content: table('Packets by receive queue', heading, rows) };
}

function shareRow(name: string, packets: number, actions: ActionCounts, most: number): Markup {
  const parts = Object.entries(ACTION_CLASS).map(([action, style]) => ({
    class: style,
    value: actions[action as keyof ActionCounts],
  }));
  const lost = lostOf(actions);
  return html`<tr><th scope="row">${name}</th><td class="n">${count(packets)}</td><td class="n">${count(lost)}</td><td class="n">${share(lost, packets)}</td><td class="barcell">${bar(parts, most)}</td></tr>`;
}

/** Packet sizes, and executed instructions where the engine counts them. */
export function sizeSection({ sizes, instructionsPerPacket, instructions }: Report): Section | undefined {
  if (sizes === null || instructionsPerPacket === null || sizes.length === 0) return undefined;
  const rows = (buckets: NonNullable<Report['sizes']>) =>
    buckets.map(
      bucket => html`<tr><th scope="row">${bucketName(bucket)}</th><td class="n">${count(bucket.count)}</td></tr>`,
    );
  const part = (id: string, title: string, unit: string, buckets: NonNullable<Report['sizes']>) =>
    html`<div><h3>${title}</h3>${histogramChart(id, title, unit, buckets)}<details><summary>As a table</summary>${table(`Packets by ${unit}`, [unit, '#packets'], rows(buckets))}</details></div>`;
  const content = html`<div class="columns">${part('sizes-chart', 'Packet sizes', 'bytes', sizes)}${instructions > 0 && part('instructions-chart', 'Instructions per packet', 'instructions', instructionsPerPacket)}</div>`;
  return { id: 'sizes', title: 'Sizes and work', content };
}

/** Who sent most. */
export function talkerSection({ talkers }: Report): Section | undefined {
  if (talkers === null || talkers.dropped.length + talkers.passed.length === 0) return undefined;
  const part = (title: string, style: string, list: readonly Talker[]) => {
    const most = Math.max(1, ...list.map(({ packets }) => packets));
    const rows = list.map(
      ({ address, packets, bytes }) =>
        html`<tr><th scope="row"><code>${address}</code></th><td class="n">${count(packets)}</td><td class="n">${count(bytes)}</td><td class="barcell">${bar([{ class: style, value: packets }], most)}</td></tr>`,
    );
    const shown =
      rows.length > 0
        ? table('Source addresses by packets', ['source', '#packets', '#bytes', ''], rows)
        : html`<p class="dim">none</p>`;
    return html`<div><h3>${title}</h3>${shown}</div>`;
  };
  const note =
    talkers.isApproximate &&
    html`<p class="dim">There were more addresses than are remembered: counts of quiet ones may be too low.</p>`;
  const content = html`${note}<div class="columns">${part('Dropped most', 'drop', talkers.dropped)}${part('Passed most', 'pass', talkers.passed)}</div>`;
  return { id: 'talkers', title: 'Talkers', content, isLong: true };
}

/** Entries of a map that are shown. */
const SHOWN_ENTRIES = 500;

/** Maps with their contents. */
export function mapSection({ maps }: Report): Section | undefined {
  if (maps.length === 0) return undefined;
  const content = maps.map(
    map =>
      html`<details><summary>${map.name} <span class="dim">${map.type}, ${count(map.entries)} of ${count(map.maxEntries)} entries</span></summary>${mapContents(map)}</details>`,
  );
  return { id: 'maps', title: 'Maps', content, isLong: true };
}

function mapContents({ dump }: MapSummary): Content {
  if (dump === undefined || dump.length === 0) return html`<p class="dim">no entries to show</p>`;
  const more = dump.length - SHOWN_ENTRIES;
  const lines = dump.slice(0, SHOWN_ENTRIES).map(entryText).join('\n');
  return html`<pre class="scroll" tabindex="0">${lines}</pre>${more > 0 && html`<p class="dim">and ${count(more)} more</p>`}`;
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
    html`<details><summary>Options of the run</summary>${table('Options that can change the answer', ['option', 'value'], settings)}</details>`,
    performance !== null &&
      html`<p class="dim">${count(performance.packetsPerSecond)} packets a second on the machine that ran this.</p>`,
  ];
  return { id: 'run', title: 'The run', content };
}

/** A table; headings that begin with # are of numbers. */
export function table(caption: string, heading: readonly string[], rows: readonly Content[]): Markup {
  const cells = heading.map(title => {
    if (title === '') return html`<td></td>`;
    return title.startsWith('#')
      ? html`<th scope="col" class="n">${title.slice(1)}</th>`
      : html`<th scope="col">${title}</th>`;
  });
  return html`<div class="scroll"><table><caption>${caption}</caption><thead><tr>${cells}</tr></thead><tbody>${rows}</tbody></table></div>`;
}
