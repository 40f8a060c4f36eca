// What a campaign has reached: instructions that ran, and branches that went either way.
import type { SlotCounts } from '../../engine/observe.js';
import { annotateSource } from '../../report/covered/source.js';

/** A slot that ran, a branch that was taken, or one that went on. */
export type Feature = number;

const KINDS = 3;
const EXECUTED = 0;
const TAKEN = 1;
const PASSED = 2;
const MAX_SLOTS = 1 << 20;

/** The number of a feature. */
function feature(programIndex: number, slot: number, kind: number): Feature {
  return (programIndex * MAX_SLOTS + slot) * KINDS + kind;
}

/** The features that counts show. */
export function featuresOf(counts: readonly SlotCounts[]): Feature[] {
  const found: Feature[] = [];
  counts.forEach(({ executed, taken }, program) => {
    for (let slot = 0; slot < executed.length; slot++) {
      const [runs, jumps] = [executed[slot]!, taken[slot]!];
      if (runs === 0) continue;
      found.push(feature(program, slot, EXECUTED));
      if (jumps > 0) found.push(feature(program, slot, TAKEN));
      if (runs > jumps) found.push(feature(program, slot, PASSED));
    }
  });
  return found;
}

/** What is known to be reachable. */
export class Coverage {
  private readonly known = new Set<Feature>();
  /** Sum of executions over all programs, for the merged counts. */
  private readonly merged: {
    readonly counts: SlotCounts;
    readonly executed: Float64Array;
    readonly taken: Float64Array;
  }[] = [];

  /** The features that are not known yet. */
  unknownIn(counts: readonly SlotCounts[]): Feature[] {
    return featuresOf(counts).filter(found => !this.known.has(found));
  }

  /** Notes what an input reaches. */
  add(counts: readonly SlotCounts[]): void {
    for (const found of featuresOf(counts)) this.known.add(found);
    counts.forEach((each, at) => {
      const { length } = each.executed;
      const sum = this.merged[at] ?? {
        counts: each,
        executed: new Float64Array(length),
        taken: new Float64Array(length),
      };
      this.merged[at] = sum;
      for (let slot = 0; slot < length; slot++) {
        sum.executed[slot] = sum.executed[slot]! + each.executed[slot]!;
        sum.taken[slot] = sum.taken[slot]! + each.taken[slot]!;
      }
    });
  }

  get size(): number {
    return this.known.size;
  }

  /** Whether one way out of a branch has never been gone. */
  isOpen(programIndex: number, slot: number): boolean {
    return !this.known.has(feature(programIndex, slot, TAKEN)) || !this.known.has(feature(programIndex, slot, PASSED));
  }

  /** Executions over all inputs, of the programs that ran at all. */
  get counts(): SlotCounts[] {
    return this.merged
      .filter(({ executed }) => executed.some(count => count > 0))
      .map(({ counts, executed, taken }) => ({ program: counts.program, executed, taken }));
  }
}

/** A line of source that no input reached. */
export interface MissedLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** Lines of the programs that ran, and those of them that no input reached. */
export function linesOf(counts: readonly SlotCounts[]): {
  readonly total: number;
  readonly missed: readonly MissedLine[];
} {
  const files = annotateSource(counts);
  const all = files.flatMap(file => file.lines.map(line => ({ file, line })));
  const missed = all.filter(({ line }) => line.count === 0);
  return {
    total: all.length,
    missed: missed.map(({ file, line }) => ({ file: file.name, line: line.line, text: line.text.trim() })),
  };
}
