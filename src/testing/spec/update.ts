// Rewrites the expectations of a spec that do not hold, and nothing else of the file.
import { stringify } from 'yaml';
import type { SpecResult, Update } from './failure.js';

/** A spec's text with expectations brought up to date. */
export interface UpdatedSpec {
  readonly text: string;
  /** Expectations that were written. */
  readonly updated: number;
  /** Failures that no rewriting mends. */
  readonly left: number;
}

/** Puts what was found where something else was expected. Two cases that want different values in one place leave it as it is. */
export function updateSpec(text: string, result: SpecResult): UpdatedSpec {
  const failures = result.cases.flatMap(({ failures }) => failures);
  const edits = new Map<string, Edit | undefined>();
  for (const { update } of failures) {
    if (update === undefined) continue;
    const edit = editOf(text, update);
    const key = `${edit.from}-${edit.to}`;
    const isContested = edits.has(key) && edits.get(key)?.text !== edit.text;
    edits.set(key, isContested ? undefined : edit);
  }
  const wanted = [...edits.values()].filter(edit => edit !== undefined).sort((a, b) => b.from - a.from);
  const applied = wanted.reduce((whole, { from, to, text }) => whole.slice(0, from) + text + whole.slice(to), text);
  const mended = failures.filter(({ update }) => update !== undefined && edits.get(keyOf(text, update)) !== undefined);
  return { text: applied, updated: wanted.length, left: failures.length - mended.length };
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function keyOf(text: string, update: Update): string {
  const { from, to } = editOf(text, update);
  return `${from}-${to}`;
}

function editOf(text: string, update: Update): Edit {
  if ('place' in update) return replacement(text, update.place.range, update.place.isFlow, flowText(update.value));
  const { into, key, value } = update;
  const written = `${key}: ${flowText(value)}`;
  if (into.isFlow) {
    const end = into.range[1] - 1;
    const last = text.slice(0, end).trimEnd().length;
    return { from: last, to: last, text: `, ${written}` };
  }
  const indent = into.range[0] - (text.lastIndexOf('\n', into.range[0] - 1) + 1);
  const last = text.slice(0, into.range[1]).trimEnd().length;
  return { from: last, to: last, text: `\n${' '.repeat(indent)}${written}` };
}

/** A collection in block style ends with its last value, not with the line breaks behind it. */
function replacement(text: string, [from, to]: readonly [number, number], isFlow: boolean, value: string): Edit {
  const end = isFlow ? to : from + text.slice(from, to).trimEnd().length;
  return { from, to: end, text: value };
}

/** A value on one line; a collection with brackets. */
function flowText(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: true }).trimEnd();
}
