// `xdpsim coverage`: what of a program captures reach.

import { createInterpreter } from '../../engine/interpreter/interpreter.js';
import type { SlotCounts } from '../../engine/observe.js';
import type { ObjectSpec } from '../../object/spec.js';
import { type Coverage, coverageOf, percent, type Ratio } from '../../report/covered/coverage.js';
import { lcovText } from '../../report/covered/lcov.js';
import { coverageText } from '../../report/covered/text.js';
import { InputError } from '../../support/errors.js';
import { EXIT, type ExitCode } from '../exit.js';
import { type PreparedRun, prepareRun, runPackets } from '../prepared-run.js';
import { openSink, type Terminal } from '../terminal.js';
import type { CoverageOptions } from './coverage-options.js';

/** Runs the command; the exit code is 1 where less is covered than was asked for. */
export async function coverage(options: CoverageOptions, terminal: Terminal): Promise<ExitCode> {
  checkPercentage('min', options.min);
  checkPercentage('min-branches', options.minBranches);
  const run = prepareRun(options.object, options, terminal, createInterpreter(), { counts: true });
  try {
    const { accounting } = await runPackets(run, () => undefined);
    const { object } = run.file;
    const measured = coverageOf(
      { object: object.fileName, captures: options.read, packets: accounting.received.packets },
      measuredPrograms(run, options.all),
    );
    const sink = openSink(options.output, terminal);
    sink.write(printed(measured, options));
    sink.close();
    return judge(measured, options, run);
  } finally {
    run.session.close();
  }
}

function checkPercentage(name: string, value: number | undefined): void {
  if (value === undefined || (value >= 0 && value <= 100)) return;
  throw new InputError('option', `--${name}: ${value} is not a percentage from 0 to 100`);
}

/** The program that was run, those that packets reached, and those that tail calls could reach. */
function measuredPrograms({ session, program, file }: PreparedRun, isAll: boolean): readonly SlotCounts[] {
  const named = programsInArrays(file.object);
  return (session.counts ?? []).filter(
    counts =>
      isAll || counts.program === program || named.has(counts.program.name) || counts.executed.some(count => count > 0),
  );
}

function programsInArrays({ maps }: ObjectSpec): ReadonlySet<string> {
  return new Set(maps.flatMap(map => map.slots.filter(({ kind }) => kind === 'program').map(({ name }) => name)));
}

function printed(measured: Coverage, { format, json, pretty, source }: CoverageOptions): string {
  switch (format ?? (json || pretty ? 'json' : 'text')) {
    case 'json':
      return `${JSON.stringify(measured, null, pretty ? 2 : 0)}\n`;
    case 'lcov':
      return lcovText(measured);
    case 'text':
      return coverageText(measured, source);
  }
}

function judge({ totals }: Coverage, { min, minBranches }: CoverageOptions, { notes }: PreparedRun): ExitCode {
  const demands: readonly (readonly [string, Ratio, number | undefined])[] = [
    ['lines', totals.lines, min],
    ['branches', totals.branches, minBranches],
  ];
  const failed = demands.filter(([, ratio, least]) => least !== undefined && percent(ratio) < least);
  for (const [name, ratio, least] of failed) {
    notes.add(`${percent(ratio).toFixed(1)} % of the ${name} are covered, ${least} % were asked for`);
  }
  return failed.length > 0 ? EXIT.negative : EXIT.ok;
}
