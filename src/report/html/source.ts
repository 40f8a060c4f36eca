// The annotated source: lines that instructions came from, how often they ran, and which of their branches were gone.
import type { CoveredFile, CoveredLine } from '../covered/source.js';
import { count } from '../text.js';
import { type Content, html, type Markup } from './markup.js';
import type { Section } from './sections.js';

/** Files that ran, each to be opened; the hottest lines first, apart. */
export function sourceSection(files: readonly CoveredFile[] | undefined): Section | undefined {
  if (files === undefined || files.length === 0) return undefined;
  const total = files.reduce((sum, file) => sum + file.lines.reduce((part, line) => part + line.instructions, 0), 0);
  const content = [
    hotLines(files, total),
    files.map(
      file =>
        html`<details open><summary>${file.name} <span class="dim">${coveredText(file)}</span></summary><div class="scroll"><table class="source code"><caption>Runs, line, branches gone of all, source</caption><tbody>${sourceRows(file, total)}</tbody></table></div></details>`,
    ),
  ];
  return { id: 'source', title: 'Source', content, isLong: true };
}

const HOT_LINES = 5;

function hotLines(files: readonly CoveredFile[], total: number): Content {
  const all = files.flatMap(file => file.lines.map(line => ({ file: file.name, ...line })));
  const hottest = all.sort((a, b) => b.instructions - a.instructions).slice(0, HOT_LINES);
  const items = hottest
    .filter(({ instructions }) => instructions > 0)
    .map(
      ({ file, line, text, instructions }) =>
        html`<li><span class="n">${((100 * instructions) / Math.max(1, total)).toFixed(1)} %</span> <code>${file}:${line}</code> <code>${text.trim()}</code></li>`,
    );
  return items.length > 0 && html`<h3>Where the instructions go</h3><ol>${items}</ol>`;
}

function coveredText({ lines }: CoveredFile): string {
  const ran = lines.filter(line => line.count > 0).length;
  return `${ran} of ${lines.length} lines ran`;
}

function sourceRows({ lines }: CoveredFile, total: number): Markup[] {
  return lines.flatMap((line, at) => {
    const before = lines[at - 1];
    const isGap = before !== undefined && line.line > before.line + 1;
    const row = sourceRow(line, total);
    return isGap ? [html`<tr class="gap"><td></td><td class="n">⋮</td><td></td><td></td></tr>`, row] : [row];
  });
}

function sourceRow({ line, count: runs, text, branches, instructions }: CoveredLine, total: number): Markup {
  const ways = branches.flatMap(({ taken, notTaken }) => [taken, notTaken]);
  const gone = ways.length === 0 ? '' : `${ways.filter(way => way > 0).length}/${ways.length}`;
  const heat = Math.min(0.35, (2 * instructions) / Math.max(1, total));
  const style =
    runs === 0 ? html`class="never"` : html`style="background:rgba(var(--heat),${Math.round(heat * 1000) / 1000})"`;
  return html`<tr ${style}><td class="n">${runs === 0 ? 'never' : count(runs)}</td><td class="n dim">${line}</td><td class="n dim">${gone}</td><td>${text}</td></tr>`;
}
