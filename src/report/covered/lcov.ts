// Coverage as an lcov tracefile, which genhtml and coverage services read. Source: geninfo(1), section FILES.
import type { Coverage } from './coverage.js';
import type { CoveredFile, CoveredLine } from './source.js';

/** The tracefile. Blocks number the branches of a line; of each, way 0 is taken and way 1 goes on. */
export function lcovText({ files }: Coverage): string {
  return files.map(file => `${fileLines(file).join('\n')}\n`).join('');
}

function fileLines({ name, lines, functions }: CoveredFile): string[] {
  const branches = lines.flatMap(branchLines);
  const hit = (counts: readonly number[]) => counts.filter(count => count > 0).length;
  return [
    'TN:',
    `SF:${name}`,
    ...functions.map(({ name: function_, line }) => `FN:${line},${function_}`),
    ...functions.map(({ name: function_, count }) => `FNDA:${count},${function_}`),
    `FNF:${functions.length}`,
    `FNH:${hit(functions.map(({ count }) => count))}`,
    ...branches,
    `BRF:${branches.length}`,
    `BRH:${branches.filter(text => !/,(-|0)$/.test(text)).length}`,
    ...lines.map(({ line, count }) => `DA:${line},${count}`),
    `LF:${lines.length}`,
    `LH:${hit(lines.map(({ count }) => count))}`,
    'end_of_record',
  ];
}

function branchLines({ line, branches }: CoveredLine): string[] {
  return branches.flatMap(({ taken, notTaken }, block) => {
    const isReached = taken + notTaken > 0;
    const shown = (count: number) => (isReached ? String(count) : '-');
    return [`BRDA:${line},${block},0,${shown(taken)}`, `BRDA:${line},${block},1,${shown(notTaken)}`];
  });
}
