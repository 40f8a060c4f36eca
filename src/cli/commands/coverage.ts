// `xdpsim coverage`: what of a program captures reach.

import { createCompiler } from '../../engine/compiler/compiler.js';
import type { SlotCounts } from '../../engine/observe.js';
import type { Accounting } from '../../nic/accounting.js';
import type { ObjectSpec } from '../../object/spec.js';
import { type Coverage, coverageOf, percent, type Ratio } from '../../report/covered/coverage.js';
import { lcovText } from '../../report/covered/lcov.js';
import { addEarlier, type EarlierCoverage, parseEarlier } from '../../report/covered/merge.js';
import { coverageText } from '../../report/covered/text.js';
import { InputError } from '../../support/errors.js';
import { countRun } from '../counted-run.js';
import { EXIT, type ExitCode } from '../exit.js';
import { readBytes } from '../files.js';
import { type PreparedRun, prepareRun, runPackets } from '../prepared-run.js';
import { openSink, type Terminal } from '../terminal.js';
import type { CoverageOptions } from './coverage-options.js';

/** Runs the command; the exit code is 1 where less is covered than was asked for. */
export async function coverage(options: CoverageOptions, terminal: Terminal): Promise<ExitCode> {
  checkPercentage('min', options.min);
  checkPercentage('min-branches', options.minBranches);
  const earlier = options.merge.map(readEarlier);
  const run = prepareRun(options.object, options, terminal, createCompiler(), { counts: true });
  try {
    const accounting = await count(run, options);
    const measured = measure(run, options, accounting.received.packets, earlier);
    const sink = openSink(options.output, terminal);
    sink.write(printed(measured, options));
    sink.close();
    return judge(measured, options, run);
  } finally {
    run.session.close();
  }
}

/** In one thread: its session has all counts. */
async function count(run: PreparedRun, { object }: CoverageOptions): Promise<Accounting> {
  const canCount = run.session.count !== undefined;
  const outcome = canCount ? countRun(run, { objectPath: object, workers: 1 }) : runPackets(run, () => undefined);
  return (await outcome).accounting;
}

interface NamedCoverage extends EarlierCoverage {
  readonly path: string;
}

function readEarlier(path: string): NamedCoverage {
  return { path, ...parseEarlier(new TextDecoder().decode(readBytes(path)), path) };
}

function measure(
  run: PreparedRun,
  { all, read }: CoverageOptions,
  packets: number,
  earlier: readonly NamedCoverage[],
): Coverage {
  const counts = earlier.reduce((sum, item) => addEarlier(sum, item.counts, item.path), run.session.counts ?? []);
  return coverageOf(
    {
      object: run.file.object.fileName,
      captures: [...earlier.flatMap(({ captures }) => captures), ...read],
      packets: earlier.reduce((sum, item) => sum + item.packets, packets),
    },
    measuredPrograms(run, counts, all),
  );
}

function checkPercentage(name: string, value: number | undefined): void {
  if (value === undefined || (value >= 0 && value <= 100)) return;
  throw new InputError('option', `--${name}: ${value} is not a percentage from 0 to 100`);
}

/** The program that was run, those that packets reached, and those that tail calls could reach. */
function measuredPrograms(
  { program, file }: PreparedRun,
  counts: readonly SlotCounts[],
  isAll: boolean,
): readonly SlotCounts[] {
  const named = programsInArrays(file.object);
  const isMeasured = (item: SlotCounts) =>
    item.program === program || named.has(item.program.name) || item.executed.some(count => count > 0);
  return isAll ? counts : counts.filter(isMeasured);
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
