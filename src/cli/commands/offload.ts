// `xdpsim offload`: would this card take these programs, and if not, why.
import type { Mode, NicModel } from '../../nic/model.js';
import {
  type CheckOptions,
  checkPrepared,
  defaultMode,
  isOpen,
  type PreparedProgram,
  prepareCheck,
  prepareVerified,
} from '../../nic/offload/check.js';
import type { OffloadResult } from '../../nic/offload/reason.js';
import type { ObjectSpec, ProgramSpec } from '../../object/spec.js';
import { InputError } from '../../support/errors.js';
import { eachObject, failureLines } from '../each-object.js';
import { EXIT, type ExitCode } from '../exit.js';
import { chooseProgram, matchingPrograms, readObjectFile } from '../object-file.js';
import { openSink, type Terminal } from '../terminal.js';
import { version } from '../version.js';
import { nicModels, readNicModel } from './nics-files.js';
import type { OffloadOptions } from './offload-options.js';
import { type CheckedObject, overBudget } from './offload-results.js';
import { offloadSarif } from './offload-sarif.js';
import { offloadMatrix, offloadText } from './offload-text.js';

/**
 * Runs the command. A file that cannot be read or loaded is named on stderr and the others are still checked; the worst exit code wins.
 * Exit 1 where a program would not be taken, or takes more of a limit than the budget allows.
 */
export function offload(options: OffloadOptions, terminal: Terminal): ExitCode {
  checkNumbers(options);
  const models = options.nic === 'all' ? nicModels() : [readNicModel(options.nic)];
  const {
    done: checked,
    failed,
    worst,
  } = eachObject(options.object, terminal, path => checkObject(path, models, options));
  const sink = openSink(options.output, terminal);
  sink.write(answer(checked, models, options));
  if (options.json || options.pretty) sink.write(failureLines(failed, options.pretty ? 2 : 0));
  sink.close();
  const isGood = checked.every(({ results }) => results.every(result => isWithin(result, options.budget)));
  return isGood ? worst : (Math.max(worst, EXIT.negative) as ExitCode);
}

function checkNumbers({ mtu, budget }: OffloadOptions): void {
  const limits = [
    ['mtu', mtu, 68, 65535],
    ['budget', budget, 1, 100],
  ] as const;
  for (const [name, value, least, most] of limits) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) continue;
    throw new InputError('option', `--${name}: ${value} is not a whole number from ${least} to ${most}`);
  }
}

function checkObject(path: string, models: readonly NicModel[], options: OffloadOptions): CheckedObject {
  const { object } = readObjectFile(path);
  const attached = options.attached === undefined ? [] : [options.attached as Mode];
  const checkOptions: CheckOptions = { mtuBytes: options.mtu, attached };
  const results = chosenPrograms(object, options).flatMap(program => {
    const quick = prepareCheck(object, program);
    const check = (prepared: PreparedProgram) =>
      models.map(model => checkPrepared(prepared, model, modeOf(model, options), checkOptions));
    if (!isMatrix(options)) return check(prepareVerified(quick));
    // The verifier takes longer than all else together, so that the matrix asks it only where it matters.
    const results = check(quick);
    const isDoubtful = results.some(result => isOpen(result) || overBudget(result, options.budget).length > 0);
    return isDoubtful ? check(prepareVerified(quick)) : results;
  });
  return { object: object.fileName, results };
}

/** A matrix shows whether, not why: every reason is wanted in all other forms. */
function isMatrix({ nic, json, pretty, sarif }: OffloadOptions): boolean {
  return nic === 'all' && !json && !pretty && !sarif;
}

function chosenPrograms(object: ObjectSpec, options: OffloadOptions): readonly ProgramSpec[] {
  chooseProgram(object, options);
  return matchingPrograms(object, options);
}

function modeOf(model: NicModel, { mode }: OffloadOptions): Mode {
  return mode === undefined ? defaultMode(model) : (mode as Mode);
}

function isWithin(result: OffloadResult, budget: number | undefined): boolean {
  return result.accepted && overBudget(result, budget).length === 0;
}

function answer(checked: readonly CheckedObject[], models: readonly NicModel[], options: OffloadOptions): string {
  if (options.sarif) return `${JSON.stringify(offloadSarif(checked, version()), null, options.pretty ? 2 : 0)}\n`;
  if (options.json || options.pretty) return checked.map(item => jsonLine(item, options)).join('');
  if (isMatrix(options)) return offloadMatrix(checked, models, options.budget);
  return checked.map(item => offloadText(item, options.budget)).join('\n');
}

function jsonLine({ object, results }: CheckedObject, { nic, pretty, budget }: OffloadOptions): string {
  const programs = results.map(({ program, ...result }) => ({
    name: program,
    ...result,
    ...(budget !== undefined && { overBudget: overBudget({ program, ...result }, budget).map(({ name }) => name) }),
  }));
  return `${JSON.stringify({ object, nic, programs }, nullForUndefined, pretty ? 2 : 0)}\n`;
}

/** Keys stay in the JSON where there is no value: `"errno":null`. */
function nullForUndefined(_key: string, value: unknown): unknown {
  return value === undefined ? null : value;
}
