// What `offload --nic all` prints: programs against cards, with what is alike put together, so that a person can take it in at a glance.
import type { Mode, NicModel } from '../../nic/model.js';
import type { Judgement } from '../../nic/offload/check.js';
import { isOverBudget } from './offload-results.js';

/** The programs of one object, each with a judgement for every card. */
export interface JudgedObject {
  readonly object: string;
  readonly programs: readonly { readonly name: string; readonly judgements: readonly Judgement[] }[];
}

/** A card and the mode in which it was asked. */
export interface AskedCard {
  readonly model: NicModel;
  readonly mode: Mode;
}

/** What shapes the matrix. */
export interface MatrixOptions {
  readonly budget: number | undefined;
  /** Lines are broken to fit so many columns where that can be done. */
  readonly columns: number;
  /** Programs of which the verifier was not asked. */
  readonly unverified: number;
}

/** A column for each group of cards that answer alike, a row for each group of programs of an object; below, what stands in each card's way. */
export function offloadMatrix(
  objects: readonly JudgedObject[],
  cards: readonly AskedCard[],
  { budget, columns, unverified }: MatrixOptions,
): string {
  const judged = objects.flatMap(({ object, programs }) =>
    programs.map(({ name, judgements }) => ({
      object: baseName(object),
      name,
      judgements,
      marks: judgements.map(judgement => mark(judgement, budget)),
    })),
  );
  if (judged.length === 0) return '';
  const groups = alikeCards(judged, cards);
  const rows = alikePrograms(judged, groups);
  const width = Math.max(...rows.map(({ object }) => object.length));
  const lines = [
    ...groups.flatMap((group, index) => heading(group, index, columns)),
    ...rows.flatMap((row, index) => rowLines(row, row.object !== rows[index - 1]?.object, width, columns)),
    '',
    budget === undefined ? LEGEND : `${LEGEND}  % over budget`,
    ...(unverified === 0 ? [] : [unverifiedNote(unverified, judged.length)]),
    '',
    ...groups.flatMap(group => summary(group, judged, columns)),
  ];
  return `${lines.join('\n')}\n`;
}

const LEGEND = '+ taken  ! taken, but behaves differently  ? cannot tell  . not taken';

function unverifiedNote(unverified: number, programs: number): string {
  return `Linux's verifier was asked about ${programs - unverified} of ${programs} programs; xdpsim verify asks of all`;
}

function mark({ accepted, isUndecided, isDifferent, limits }: Judgement, budget: number | undefined): string {
  if (!accepted) return '.';
  if (isOverBudget(limits, budget)) return '%';
  if (isUndecided) return '?';
  return isDifferent ? '!' : '+';
}

interface JudgedProgram {
  readonly object: string;
  readonly name: string;
  readonly judgements: readonly Judgement[];
  readonly marks: readonly string[];
}

/** Cards with the same marks everywhere, by their places in the list. */
interface CardGroup {
  readonly names: string;
  readonly places: readonly number[];
}

function alikeCards(judged: readonly JudgedProgram[], cards: readonly AskedCard[]): readonly CardGroup[] {
  const places = new Map<string, number[]>();
  cards.forEach((_card, place) => {
    const key = judged.map(({ marks }) => marks[place]).join('');
    places.set(key, [...(places.get(key) ?? []), place]);
  });
  return [...places.values()].map(group => ({ names: namesOf(group, cards), places: group }));
}

/** `bnxt, ena (native), generic-skb (generic)`. */
function namesOf(places: readonly number[], cards: readonly AskedCard[]): string {
  const names = places.map((place, index) => {
    const { model, mode } = cards[place]!;
    const next = places[index + 1];
    return next !== undefined && cards[next]!.mode === mode ? model.name : `${model.name} (${mode})`;
  });
  return names.join(', ');
}

function heading({ names }: CardGroup, index: number, columns: number): readonly string[] {
  const [first = '', ...others] = wrapped(names, columns - 2 * index - 2);
  const bars = '│ '.repeat(index);
  return [`${bars}┌ ${first}`, ...others.map(line => `${bars}│ ${line}`)];
}

interface Row {
  readonly object: string;
  readonly marks: string;
  readonly names: readonly string[];
}

/** Programs of an object with the same marks. */
function alikePrograms(judged: readonly JudgedProgram[], groups: readonly CardGroup[]): readonly Row[] {
  const rows = new Map<string, Row & { readonly names: string[] }>();
  for (const { object, name, marks } of judged) {
    const shown = groups.map(({ places }) => marks[places[0]!]).join(' ');
    const key = `${object}\n${shown}`;
    const row = rows.get(key) ?? { object, marks: shown, names: [] };
    row.names.push(name);
    rows.set(key, row);
  }
  return [...rows.values()].toSorted((a, b) => objectPlace(judged, a) - objectPlace(judged, b));
}

function objectPlace(judged: readonly JudgedProgram[], { object }: Row): number {
  return judged.findIndex(program => program.object === object);
}

function rowLines({ object, marks, names }: Row, isFirst: boolean, width: number, columns: number): readonly string[] {
  const label = (isFirst ? object : '').padEnd(width);
  const [first = '', ...others] = wrapped(names.join(', '), columns - marks.length - width - 4);
  const blank = ' '.repeat(marks.length + width + 4);
  return [`${marks}  ${label}  ${first}`, ...others.map(line => blank + line)];
}

/** Rules named in the summary of a card. */
const MOST = 2;

/** How many programs the cards take, and what most often stands in the way of the others. */
function summary({ names, places }: CardGroup, judged: readonly JudgedProgram[], columns: number): readonly string[] {
  const place = places[0]!;
  const results = judged.map(({ judgements }) => judgements[place]!);
  const taken = results.filter(({ accepted }) => accepted).length;
  const programs = new Map<string, number>();
  for (const result of results) {
    for (const message of result.obstacles()) programs.set(message, (programs.get(message) ?? 0) + 1);
  }
  const most = [...programs].sort(([, a], [, b]) => b - a).slice(0, MOST);
  const why = most.map(([message, count]) => `${message} (${count})`).join('; ');
  const text = `${names}: ${taken} of ${judged.length}${why === '' ? '' : `; ${why}`}`;
  return wrapped(text, columns - 2).map((line, index) => (index === 0 ? line : `  ${line}`));
}

/** Words put into lines; a word that is too long stands alone. */
function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
