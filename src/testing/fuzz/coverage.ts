// What a campaign has reached: instructions that ran, and branches that went either way.
import type { SlotCounts } from '../../engine/observe.js';
import { annotateSource } from '../../report/covered/source.js';

/** A slot that ran, a branch that was taken, or one that went on. */
export type Feature = number;

const EXECUTED = 1;
const TAKEN = 2;
const PASSED = 4;
const KINDS = [EXECUTED, TAKEN, PASSED] as const;
const KINDS_BOUND = 8;
const MAX_SLOTS = 1 << 20;

/** What counts show of a slot, as bits. */
function shownAt({ executed, taken }: SlotCounts, slot: number): number {
  const [runs, jumps] = [executed[slot]!, taken[slot]!];
  return runs === 0 ? 0 : EXECUTED | (jumps > 0 ? TAKEN : 0) | (runs > jumps ? PASSED : 0);
}

/** What is known to be reachable. Asked after every input, so it makes nothing where there is nothing new. */
export class Coverage {
  /** Number of known features. */
  size = 0;
  /** By program and slot, as bits. */
  private readonly known: Uint8Array[] = [];
  /** Sum of executions over all programs, for the merged counts. */
  private readonly merged: {
    readonly counts: SlotCounts;
    readonly executed: Float64Array;
    readonly taken: Float64Array;
  }[] = [];

  /** Whether there is a feature that is not known yet. */
  hasUnknown(counts: readonly SlotCounts[]): boolean {
    return counts.some((each, program) => {
      const known = this.knownOf(program, each);
      for (let slot = 0; slot < known.length; slot++) if ((shownAt(each, slot) & ~known[slot]!) !== 0) return true;
      return false;
    });
  }

  /** The features that are not known yet. */
  unknownIn(counts: readonly SlotCounts[]): Feature[] {
    const found: Feature[] = [];
    counts.forEach((each, program) => {
      const known = this.knownOf(program, each);
      for (let slot = 0; slot < known.length; slot++) {
        const fresh = shownAt(each, slot) & ~known[slot]!;
        for (const kind of KINDS) if ((fresh & kind) !== 0) found.push(featureNumber(program, slot, kind));
      }
    });
    return found;
  }

  /** Notes what an input reaches. */
  add(counts: readonly SlotCounts[]): void {
    this.size += this.unknownIn(counts).length;
    counts.forEach((each, at) => {
      const known = this.knownOf(at, each);
      const { length } = each.executed;
      const sum = this.merged[at] ?? {
        counts: each,
        executed: new Float64Array(length),
        taken: new Float64Array(length),
      };
      this.merged[at] = sum;
      for (let slot = 0; slot < length; slot++) {
        known[slot] = known[slot]! | shownAt(each, slot);
        sum.executed[slot] = sum.executed[slot]! + each.executed[slot]!;
        sum.taken[slot] = sum.taken[slot]! + each.taken[slot]!;
      }
    });
  }

  /** Whether one way out of a branch has never been gone. */
  isOpen(programIndex: number, slot: number): boolean {
    return ((this.known[programIndex]?.[slot] ?? 0) & (TAKEN | PASSED)) !== (TAKEN | PASSED);
  }

  /** Executions over all inputs, of the programs that ran at all. */
  get counts(): SlotCounts[] {
    return this.merged
      .filter(({ executed }) => executed.some(count => count > 0))
      .map(({ counts, executed, taken }) => ({ program: counts.program, executed, taken }));
  }

  private knownOf(program: number, { executed }: SlotCounts): Uint8Array {
    this.known[program] ??= new Uint8Array(executed.length);
    return this.known[program];
  }
}

function featureNumber(program: number, slot: number, kind: number): Feature {
  return (program * MAX_SLOTS + slot) * KINDS_BOUND + kind;
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
