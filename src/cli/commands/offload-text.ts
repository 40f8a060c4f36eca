// What `offload` prints for people: every reason of one card.
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
  if (result.accepted && result.restsOn.length > 0)
    lines.push(`  rests on figures without a primary source: ${result.restsOn.join(', ')}`);
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

function limitText({ name, used, allowed, isEstimate, unverified }: LimitUse): string {
  const percent = allowed === 0 ? '' : `, ${Math.round((used / allowed) * 100)} %`;
  return `${used} of ${allowed} ${name}${percent}${isEstimate ? ', estimate' : ''}${unverified ? ', unverified' : ''}`;
}
