// What the sections of the HTML report are made of.
import { type Content, html, type Markup } from './markup.js';

/** A section with its heading and the name by which the page's list of contents refers to it. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Content;
  /** May be broken between printed pages. */
  readonly isLong?: boolean;
}

/** A table; headings that begin with # are of numbers, an empty one is of bars, which take the room that is left. */
export function table(caption: string, heading: readonly string[], rows: readonly Content[]): Markup {
  const cells = heading.map(title => {
    if (title === '') return html`<td class="barcell"></td>`;
    return title.startsWith('#')
      ? html`<th scope="col" class="n">${title.slice(1)}</th>`
      : html`<th scope="col">${title}</th>`;
  });
  return html`<div class="scroll"><table><caption>${caption}</caption><thead><tr>${cells}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Figures with their names. */
export function tiles(figures: readonly (readonly [name: string, value: string])[]): Markup {
  return html`<ul class="tiles">${figures.map(([name, value]) => html`<li><b>${value}</b>${name}</li>`)}</ul>`;
}

/** The numbers behind a chart; left out of print, unless opened. */
export function numbers(content: Content): Markup {
  return html`<details class="numbers"><summary>As a table</summary>${content}</details>`;
}

/** Something that can be opened. */
export function details(summary: Content, content: Content, isOpen = false): Markup {
  return html`<details${isOpen && html` open`}><summary>${summary}</summary>${content}</details>`;
}
