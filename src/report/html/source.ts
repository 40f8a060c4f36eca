// The source, as far as instructions came from it: how often lines ran, which of their branches were taken, what they decided.
import { percentText, totalsOf } from '../covered/coverage.js';
import { type CoveredFile, type CoveredLine, plainName } from '../covered/source.js';
import type { Report } from '../report.js';
import { count, share } from '../text.js';
import type { Reason } from '../traffic.js';
import { bar } from './charts.js';
import { type Content, html, type Markup } from './markup.js';
import { details, type Section, table } from './section.js';
import { ACTION_CLASS } from './style.js';

/** Source with its executions; undefined where the engine does not count. */
export type Source = readonly CoveredFile[] | undefined;

/** Which lines of the source decided, with links to them. */
export function reasonSection({ reasons, capture }: Report, source: Source): Section | undefined {
  if (reasons === null || reasons.length === 0) return undefined;
  const rows = reasons.map(reason => {
    const { action, packets } = reason;
    return html`<tr><th scope="row"><span class="action ${ACTION_CLASS[action]}">${action}</span></th><td class="n">${count(packets)}</td><td class="n">${share(packets, capture.packets)}</td>
<td class="place">${placeOf(reason, source)}</td>
<td class="barcell">${bar([{ class: ACTION_CLASS[action], value: packets }], capture.packets)}</td></tr>`;
  });
  const intro = html`<p class="dim">The return statement that a packet took; where the compiler merged those, the last condition that could have led to another outcome.</p>`;
  const content = [intro, table('Places that decided on packets', ['action', '#packets', '#share', 'place', ''], rows)];
  return { id: 'reasons', title: 'Why', content, isLong: true };
}

function placeOf({ source: place, program, slot, function: name }: Reason, source: Source): Markup {
  if (place === null) return html`<code>${program}</code>, instruction ${slot}`;
  const id = lineId(place, source);
  const text = html`<code>${plainName(place.file)}:${place.line}</code>`;
  const link = id === undefined ? text : html`<a href="#${id}">${text}</a>`;
  return html`${link} <span class="dim">in ${name}</span><br><code>${place.text}</code>`;
}

/** Name of a line in the page; undefined where the page does not show it. */
function lineId(place: { readonly file: string; readonly line: number }, source: Source = []): string | undefined {
  const file = source.findIndex(({ name }) => name === plainName(place.file));
  const isShown = file >= 0 && source[file]!.lines.some(({ line }) => line === place.line);
  return isShown ? nameOfLine(file, place.line) : undefined;
}

function nameOfLine(file: number, line: number): string {
  return `line-${file}-${line}`;
}

/** The lines where most instructions were executed, then each file. */
export function sourceSection({ reasons }: Report, source: Source): Section | undefined {
  if (source === undefined || source.length === 0) return undefined;
  const total = Math.max(
    1,
    source.reduce((sum, file) => sum + file.lines.reduce((part, line) => part + line.instructions, 0), 0),
  );
  const files = source.map((file, index) => fileMarkup(file, index, total, reasons ?? []));
  return {
    id: 'source',
    title: 'Source',
    content: [coverageTable(source), hotLines(source, total), files],
    isLong: true,
  };
}

function coverageTable(source: readonly CoveredFile[]): Markup {
  const row = (name: string, files: readonly CoveredFile[]) => {
    const { lines, branches, functions } = totalsOf(files);
    const cells = [lines, branches, functions].map(ratio => html`<td class="n">${percentText(ratio)}</td>`);
    return html`<tr><th scope="row">${name}</th>${cells}<td class="barcell">${bar([{ class: 'plain', value: lines.covered }], lines.total)}</td></tr>`;
  };
  const rows = source.map(file => row(file.name, [file]));
  const all = source.length > 1 && row('all', source);
  return table('What the packets reached', ['file', '#lines', '#branches', '#functions', ''], [...rows, all]);
}

const HOT_LINES = 8;

function hotLines(source: readonly CoveredFile[], total: number): Content {
  const hottest = source
    .flatMap((file, index) => file.lines.map(line => ({ file: file.name, id: nameOfLine(index, line.line), ...line })))
    .filter(({ instructions }) => instructions > 0)
    .sort((a, b) => b.instructions - a.instructions)
    .slice(0, HOT_LINES);
  const rows = hottest.map(
    ({ file, id, line, text, instructions }) =>
      html`<tr><td class="n">${share(instructions, total)}</td><td class="place"><a href="#${id}"><code>${file}:${line}</code></a><br><code>${text.trim()}</code></td><td class="barcell">${bar([{ class: 'hot', value: instructions }], hottest[0]!.instructions)}</td></tr>`,
  );
  return rows.length > 0 && html`<h3>Hot lines</h3>${table('Where the instructions go', ['#share', 'line', ''], rows)}`;
}

function fileMarkup(file: CoveredFile, index: number, total: number, reasons: readonly Reason[]): Markup {
  const ran = file.lines.filter(line => line.count > 0).length;
  const here = reasons.filter(({ source }) => source !== null && plainName(source.file) === file.name);
  const summary = html`${file.name} <span class="dim">${ran} of ${file.lines.length} lines ran</span>`;
  const rows = file.lines.flatMap((line, at) => {
    const before = file.lines[at - 1];
    const row = sourceRow(line, nameOfLine(index, line.line), total, here);
    return before !== undefined && line.line > before.line + 1 ? [GAP, row] : [row];
  });
  const heading = html`<thead><tr><th scope="col" class="n">runs</th><th scope="col" class="n">line</th><th scope="col" class="n">branches</th><th scope="col">source</th></tr></thead>`;
  const body = html`<div class="scroll" role="region" tabindex="0" aria-label="${`Source of ${file.name}`}"><table class="source code"><caption>How often lines ran, and how many ways out of their branches were taken</caption>${heading}<tbody>${rows}</tbody></table></div>`;
  return details(summary, body, true);
}

const GAP = html`<tr class="gap" aria-hidden="true"><td></td><td class="n">⋮</td><td></td><td></td></tr>`;

function sourceRow(line: CoveredLine, id: string, total: number, reasons: readonly Reason[]): Markup {
  const { count: runs, text, branches, instructions } = line;
  const ways = branches.flatMap(({ taken, notTaken }) => [taken, notTaken]);
  const taken = ways.length === 0 ? '' : `${ways.filter(way => way > 0).length}/${ways.length}`;
  const heat = Math.round(Math.min(0.35, (2 * instructions) / total) * 1000) / 1000;
  const style = runs === 0 ? html`class="never"` : html`style="--heat:${heat}"`;
  const decided = reasons
    .filter(({ source }) => source!.line === line.line)
    .map(({ action, packets }) => html`<span class="chip ${ACTION_CLASS[action]}">${action} ${count(packets)}</span>`);
  return html`<tr id="${id}" ${style}><td class="n">${runs === 0 ? 'never' : count(runs)}</td><td class="n dim">${line.line}</td><td class="n dim">${taken}</td><td>${text}${decided}</td></tr>`;
}
