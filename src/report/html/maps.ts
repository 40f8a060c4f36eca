// Maps with their contents.
import type { DumpedEntry } from '../map-dump.js';
import type { MapSummary, Report } from '../report.js';
import { count, entryParts } from '../text.js';
import { type Content, html, type Markup } from './markup.js';
import { details, type Section, table } from './section.js';

/** Entries of a map that are shown. */
export const SHOWN_ENTRIES = 500;
/** Maps with no more entries are open from the beginning. */
const OPEN_ENTRIES = 12;

/** The maps, those with few entries opened. */
export function mapSection({ maps }: Report): Section | undefined {
  if (maps.length === 0) return undefined;
  const content = maps.map(map => {
    const { name, type, entries, maxEntries } = map;
    const summary = html`${name} <span class="dim">${type}, ${count(entries)} of ${count(maxEntries)} entries</span>`;
    return details(summary, mapContents(map), entries > 0 && entries <= OPEN_ENTRIES);
  });
  return { id: 'maps', title: 'Maps', content, isLong: true };
}

function mapContents({ name, dump, entries }: MapSummary): Content {
  if (dump === undefined || dump.length === 0) return html`<p class="dim">no entries to show</p>`;
  const shown = dump.slice(0, SHOWN_ENTRIES);
  const more = entries - shown.length;
  const hasKeys = shown.some(entry => entryParts(entry).key !== undefined);
  const heading = hasKeys ? ['key', 'value'] : ['value'];
  const rows = shown.map(entry => entryRow(entry, hasKeys));
  return [
    html`<div class="contents" role="region" tabindex="0" aria-label="${`Contents of ${name}`}">${table(`Entries of ${name}`, heading, rows)}</div>`,
    more > 0 && html`<p class="dim">and ${count(more)} more</p>`,
  ];
}

function entryRow(entry: DumpedEntry, hasKey: boolean): Markup {
  const { key, value } = entryParts(entry);
  return html`<tr>${hasKey && html`<th scope="row"><code>${key}</code></th>`}<td><code>${value}</code></td></tr>`;
}
