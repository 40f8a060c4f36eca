// `xdpsim offload`: would this card take these programs, and if not, why.
import { setFlagsFromString } from 'node:v8';
import type { Mode, NicModel } from '../../nic/model.js';
import {
  type CheckOptions,
  checkPrepared,
  defaultMode,
  type Judgement,
  judgePrepared,
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
import { type JudgedObject, offloadMatrix } from './offload-matrix.js';
import type { OffloadOptions } from './offload-options.js';
import { type CheckedObject, isOverBudget, overBudget } from './offload-results.js';
import { offloadSarif } from './offload-sarif.js';
import { offloadText } from './offload-text.js';

/**
 * Runs the command. A file that cannot be read or loaded is named on stderr and the others are still checked; the worst exit code wins.
 * Exit 1 where a program would not be taken, or takes more of a limit than the budget allows.
 */
export function offload(options: OffloadOptions, terminal: Terminal): ExitCode {
  checkNumbers(options);
  const models = options.nic === 'all' ? nicModels() : [readNicModel(options.nic)];
  return isMatrix(options) ? printMatrix(models, options, terminal) : printReasons(models, options, terminal);
}

/** A matrix shows whether, not why: every reason is wanted in all other forms. */
function isMatrix({ nic, json, pretty, sarif }: OffloadOptions): boolean {
  return nic === 'all' && !json && !pretty && !sarif;
}

function printReasons(models: readonly NicModel[], options: OffloadOptions, terminal: Terminal): ExitCode {
  const {
    done: checked,
    failed,
    worst,
  } = eachObject(options.object, terminal, path => checkObject(path, models, options));
  const sink = openSink(options.output, terminal);
  sink.write(answer(checked, options));
  if (options.json || options.pretty) sink.write(failureLines(failed, options.pretty ? 2 : 0));
  sink.close();
  return exitCode(
    checked.every(({ results }) => results.every(result => isWithin(result, options.budget))),
    worst,
  );
}

/**
 * How much a function runs before V8 optimises it; the default is 132 KiB. Every program takes other ways through the rules, so that code
 * optimised early is thrown away again: for a hundred programs that costs more time than all rules together.
 */
const OPTIMISE_LATE = '--interrupt-budget=5000000';

function printMatrix(models: readonly NicModel[], options: OffloadOptions, terminal: Terminal): ExitCode {
  setFlagsFromString(OPTIMISE_LATE);
  let unverified = 0;
  const { done, worst } = eachObject(options.object, terminal, (path): JudgedObject => {
    const { object } = readObjectFile(path);
    const programs = chosenPrograms(object, options).map(program => {
      const { judgements, isVerified } = judgeProgram(object, program, models, options);
      if (!isVerified) unverified++;
      return { name: program.name, judgements };
    });
    return { object: object.fileName, programs };
  });
  const cards = models.map(model => ({ model, mode: modeOf(model, options) }));
  const sink = openSink(options.output, terminal);
  sink.write(
    offloadMatrix(done, cards, { budget: options.budget, columns: Math.min(120, terminal.columns), unverified }),
  );
  sink.close();
  const judgements = done.flatMap(({ programs }) => programs.flatMap(program => program.judgements));
  return exitCode(
    judgements.every(judgement => isWithin(judgement, options.budget)),
    worst,
  );
}

function exitCode(isGood: boolean, worst: ExitCode): ExitCode {
  return isGood ? worst : (Math.max(worst, EXIT.negative) as ExitCode);
}

/** The verifier takes longer than all else together, so that the matrix asks it only where its answer can change. */
function judgeProgram(
  object: ObjectSpec,
  program: ProgramSpec,
  models: readonly NicModel[],
  options: OffloadOptions,
): { readonly judgements: readonly Judgement[]; readonly isVerified: boolean } {
  const judge = (prepared: PreparedProgram) =>
    models.map(model => judgePrepared(prepared, model, modeOf(model, options), checkOptions(options)));
  const quick = prepareCheck(object, program);
  const judgements = judge(quick);
  const isVerified = judgements.some(
    item => item.isOpen || (item.accepted && isOverBudget(item.limits, options.budget)),
  );
  return { judgements: isVerified ? judge(prepareVerified(quick)) : judgements, isVerified };
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
  const results = chosenPrograms(object, options).flatMap(program => {
    const prepared = prepareVerified(prepareCheck(object, program));
    return models.map(model => checkPrepared(prepared, model, modeOf(model, options), checkOptions(options)));
  });
  return { object: object.fileName, results };
}

function checkOptions({ mtu, attached }: OffloadOptions): CheckOptions {
  return { mtuBytes: mtu, attached: attached === undefined ? [] : [attached as Mode] };
}

function chosenPrograms(object: ObjectSpec, options: OffloadOptions): readonly ProgramSpec[] {
  chooseProgram(object, options);
  return matchingPrograms(object, options);
}

function modeOf(model: NicModel, { mode }: OffloadOptions): Mode {
  return mode === undefined ? defaultMode(model) : (mode as Mode);
}

function isWithin({ accepted, limits }: OffloadResult | Judgement, budget: number | undefined): boolean {
  return accepted && !isOverBudget(limits, budget);
}

function answer(checked: readonly CheckedObject[], options: OffloadOptions): string {
  if (options.sarif) return `${JSON.stringify(offloadSarif(checked, version()), null, options.pretty ? 2 : 0)}\n`;
  if (options.json || options.pretty) return checked.map(item => jsonLine(item, options)).join('');
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
