// What `offload` prints for people: reasons of one card, or the matrix of all.
import type { NicModel } from '../../nic/model.js';
import { defaultMode } from '../../nic/offload/check.js';
import type { LimitUse, OffloadResult, Reason } from '../../nic/offload/reason.js';
import { type CheckedObject, overBudget } from './offload-results.js';

/** All programs of an object on one card, each with its reasons. */
export function offloadText({ object, results }: CheckedObject, budget: number | undefined): string {
  return results.map(result => programText(object, result, budget)).join('\n');
}

function programText(object: string, result: OffloadResult, budget: number | undefined): string {
  const { program, section, nic, mode, reasons, undecided, warnings, limits } = result;
  const lines = [
    `${object}: ${program} (${section}) on ${nic}, ${mode}: ${verdictText(result)}`,
    ...reasons.flatMap(reason => reasonLines('', reason)),
    ...undecided.flatMap(reason => reasonLines('? ', reason)),
    ...warnings.flatMap(reason => reasonLines('warning: ', reason)),
  ];
  const over = overBudget(result, budget);
  if (limits.length > 0)
    lines.push(
      '  limits:',
      ...limits.map(limit => `    ${limitText(limit)}${over.includes(limit) ? ', over budget' : ''}`),
    );
  return `${lines.join('\n')}\n`;
}

function verdictText({ accepted, reasons, undecided }: OffloadResult): string {
  if (!accepted) return `not taken, ${counted(reasons.length, 'reason')}`;
  return undecided.length === 0
    ? 'taken'
    : `taken, unless ${counted(undecided.length, 'open question')} says otherwise`;
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

const LOG_NAMES = { verifier: 'verifier log', extack: 'extack', kernel: 'kernel log', silent: 'no message' } as const;

function reasonLines(mark: string, reason: Reason): string[] {
  const { phase, message, log, errno, instruction, source, map, hint, unverified } = reason;
  const place = [
    ...(instruction === undefined ? [] : [`insn ${instruction}`]),
    ...(map === undefined ? [] : [`map ${map}`]),
  ].join(', ');
  const outcome = [
    ...(errno === undefined ? [] : [`-${errno}`]),
    LOG_NAMES[log],
    ...(unverified ? ['unverified'] : []),
  ];
  const lines = [`  ${phase}: ${mark}${place === '' ? '' : `${place}: `}${message} (${outcome.join(', ')})`];
  if (source !== undefined) lines.push(`    ${source.file}:${source.line}: ${source.text}`);
  lines.push(`    hint: ${hint}`);
  if (unverified) lines.push(`    decided by: ${reason.basis.join('; ')}`);
  return lines;
}

function limitText({ name, used, allowed, isEstimate }: LimitUse): string {
  const percent = allowed === 0 ? '' : `, ${Math.round((used / allowed) * 100)} %`;
  return `${used} of ${allowed} ${name}${percent}${isEstimate ? ', estimate' : ''}`;
}

/** A row for each program, a column for each card; below, what most often stands in the way of each card. */
export function offloadMatrix(
  checked: readonly CheckedObject[],
  models: readonly NicModel[],
  budget: number | undefined,
): string {
  const rows = checked.flatMap(({ object, results }) => {
    const names = [...new Set(results.map(({ program, section }) => `${program}\n${section}`))];
    return names.map((_name, index) => ({
      label: `${baseName(object)} ${results[index * models.length]!.program}`,
      cells: results.slice(index * models.length, (index + 1) * models.length),
    }));
  });
  if (rows.length === 0) return '';
  const width = Math.max(...rows.map(({ label }) => label.length));
  const modeOf = (index: number) => rows[0]?.cells[index]?.mode ?? defaultMode(models[index]!);
  const lines = [
    ...models.map((model, index) => `${' '.repeat(width)} ${' │'.repeat(index)} ┌ ${model.name} (${modeOf(index)})`),
    ...rows.map(({ label, cells }) => `${label.padEnd(width)} ${cells.map(cell => ` ${mark(cell, budget)}`).join('')}`),
    '',
    '+ taken   ! taken, but behaves differently   ? cannot tell   % over budget   . not taken',
    '',
    ...models.map((model, index) =>
      summary(
        model,
        rows.map(({ cells }) => cells[index]!),
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function mark(result: OffloadResult, budget: number | undefined): string {
  if (!result.accepted) return '.';
  if (overBudget(result, budget).length > 0) return '%';
  if (result.undecided.length > 0) return '?';
  return result.warnings.length > 0 ? '!' : '+';
}

/** Rules named in the summary of a card. */
const MOST = 2;

function summary(model: NicModel, results: readonly OffloadResult[]): string {
  const taken = results.filter(({ accepted }) => accepted).length;
  const programs = new Map<string, number>();
  for (const { reasons } of results) {
    for (const message of new Set(reasons.map(({ message: text }) => text)))
      programs.set(message, (programs.get(message) ?? 0) + 1);
  }
  const most = [...programs].sort(([, a], [, b]) => b - a).slice(0, MOST);
  const why = most.map(([message, count]) => `${message} (${count})`).join('; ');
  return `${model.name.padEnd(16)} ${String(taken).padStart(3)} of ${results.length}${why === '' ? '' : `: ${why}`}`;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
