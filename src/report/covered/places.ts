// How often a source line ran, where the compiler put it in several places. Places that exclude each other (a function inlined into two
// branches) add up; of places that follow one another (one line, split and moved apart) or lie in one loop, the most executed one counts.
import type { Instruction } from '../../isa/instruction.js';
import { successors } from '../flow.js';

/** Instructions of one line that stand together and were executed equally often. */
export interface Place {
  readonly slot: number;
  /** Slot behind the last one. */
  end: number;
  readonly count: number;
}

/** Executions of a line. @param code the instructions of the program, by slot */
export function executionsOf(places: readonly Place[], code: readonly (Instruction | undefined)[]): number {
  const executed = places.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
  if (executed.length < 2) return executed[0]?.count ?? 0;
  const reached = new Map(executed.map(place => [place, reachable(place.slot, code)]));
  const chosen: Place[] = [];
  for (const place of executed) {
    const isApart = chosen.every(other => !reached.get(other)!.has(place.slot) && !reached.get(place)!.has(other.slot));
    if (isApart) chosen.push(place);
  }
  return chosen.reduce((sum, { count }) => sum + count, 0);
}

/** Slots that can come after this one, calls left out. */
function reachable(start: number, code: readonly (Instruction | undefined)[]): ReadonlySet<number> {
  const seen = new Set<number>();
  const pending = [start];
  for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
    const instruction = code[slot];
    if (instruction === undefined || instruction.kind === 'exit') continue;
    for (const next of successors(instruction, slot)) {
      if (seen.has(next)) continue;
      seen.add(next);
      pending.push(next);
    }
  }
  return seen;
}
