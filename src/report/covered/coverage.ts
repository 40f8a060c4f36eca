// What of a program ran: totals, and what did not. The value that `coverage -j` prints; lcov.ts and text.ts print it otherwise.
import type { SlotCounts } from '../../engine/observe.js';
import { decodeSlots } from '../../isa/decode.js';
import { type ProgramCounts, plainCounts } from './merge.js';
import { annotateSource, type CoveredFile } from './source.js';

/** How many of how many. */
export interface Ratio {
  readonly covered: number;
  readonly total: number;
}

/** The four measures. A branch counts twice: taken and not taken. */
export interface CoverageTotals {
  readonly lines: Ratio;
  readonly branches: Ratio;
  readonly functions: Ratio;
  readonly instructions: Ratio;
}

/** Coverage of one object, by one run or several. */
export interface Coverage {
  readonly object: string;
  readonly captures: readonly string[];
  readonly packets: number;
  readonly programs: readonly string[];
  readonly totals: CoverageTotals;
  readonly files: readonly (CoveredFile & { readonly totals: Omit<CoverageTotals, 'instructions'> })[];
  /** Executions by instruction, for a later run to add to its own. */
  readonly counts: readonly ProgramCounts[];
}

/** Measures the programs of `counts`. */
export function coverageOf(
  run: Pick<Coverage, 'object' | 'captures' | 'packets'>,
  counts: readonly SlotCounts[],
): Coverage {
  const files = annotateSource(counts).map(file => ({ ...file, totals: totalsOf([file]) }));
  return {
    ...run,
    programs: counts.map(({ program }) => program.name),
    totals: { ...totalsOf(files), instructions: instructionRatio(counts) },
    files,
    counts: plainCounts(counts),
  };
}

/** Lines, branches and functions of files together. */
export function totalsOf(files: readonly CoveredFile[]): Omit<CoverageTotals, 'instructions'> {
  const lines = files.flatMap(file => file.lines);
  const ways = lines.flatMap(({ branches }) => branches.flatMap(({ taken, notTaken }) => [taken, notTaken]));
  return {
    lines: ratio(lines.map(({ count }) => count)),
    branches: ratio(ways),
    functions: ratio(files.flatMap(file => file.functions.map(({ count }) => count))),
  };
}

function instructionRatio(counts: readonly SlotCounts[]): Ratio {
  return ratio(
    counts.flatMap(({ program, executed }) =>
      decodeSlots(program.code).instructions.flatMap((instruction, slot) =>
        instruction === undefined ? [] : [executed[slot] ?? 0],
      ),
    ),
  );
}

function ratio(counts: readonly number[]): Ratio {
  return { covered: counts.filter(count => count > 0).length, total: counts.length };
}

/** A ratio for people. */
export function percentText(ratio: Ratio): string {
  return ratio.total === 0 ? '-' : `${percent(ratio).toFixed(1)} %`;
}

/** A ratio in percent; 100 where there is nothing to cover. */
export function percent({ covered, total }: Ratio): number {
  return total === 0 ? 100 : (100 * covered) / total;
}
