// What network cards say about the program.
import { type Content, html, type Markup } from './markup.js';
import { details, type Section, table } from './section.js';

/** Whether a card would take the program. */
export interface OffloadVerdict {
  /** Name of the model, its title, and how the program would run: `hw`, `native`. */
  readonly nic: string;
  readonly title: string;
  readonly mode: string;
  readonly isAccepted: boolean;
  readonly reasons: readonly OffloadReason[];
}

/** One thing that a card does not like, or could not. */
export interface OffloadReason {
  readonly message: string;
  /** Source line, or what else it is about. */
  readonly place?: string;
}

/** Reasons that are seen without opening anything. */
const SHOWN_REASONS = 3;

/** A row for each card, those that take the program first. */
export function offloadSection(verdicts: readonly OffloadVerdict[] | undefined): Section | undefined {
  if (verdicts === undefined || verdicts.length === 0) return undefined;
  const sorted = [...verdicts].sort((a, b) => Number(b.isAccepted) - Number(a.isAccepted));
  const taking = sorted.filter(({ isAccepted }) => isAccepted).length;
  const intro = html`<p class="dim">${taking} of ${sorted.length} would take the program.</p>`;
  const content = [intro, table('Cards and their answers', ['card', 'runs in', 'answer', 'why'], sorted.map(cardRow))];
  return { id: 'offload', title: 'Cards', content, isLong: true };
}

function cardRow({ nic, title, mode, isAccepted, reasons }: OffloadVerdict): Markup {
  const answer = isAccepted ? html`<span class="yes">takes it</span>` : html`<span class="no">refuses it</span>`;
  return html`<tr><th scope="row">${nic}<br><span class="dim">${title}</span></th><td>${mode}</td><td class="answer">${answer}</td><td>${reasonList(reasons)}</td></tr>`;
}

function reasonList(reasons: readonly OffloadReason[]): Content {
  const messages = [...new Set(reasons.map(({ message }) => message))];
  const groups = messages.map(message =>
    reasonItem(
      message,
      reasons.filter(reason => reason.message === message),
    ),
  );
  if (groups.length === 0) return undefined;
  const rest = groups.slice(SHOWN_REASONS);
  return [
    html`<ul class="reasons">${groups.slice(0, SHOWN_REASONS)}</ul>`,
    rest.length > 0 && details(`${rest.length} more`, html`<ul class="reasons">${rest}</ul>`),
  ];
}

function reasonItem(message: string, same: readonly OffloadReason[]): Markup {
  const places = [...new Set(same.flatMap(({ place }) => place ?? []))];
  const more = places.length > 1 ? ` and ${places.length - 1} more` : '';
  const at = places.length > 0 && html` <code>${places[0]}</code><span class="dim">${more}</span>`;
  return html`<li>${message}${at}</li>`;
}
