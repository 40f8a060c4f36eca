// Loops that end because a turn is covered by an earlier one. The precision marks of states in such a loop are incomplete until all its paths were
// walked: what matters behind the loop's way back is only known then, and handed on until nothing changes.
import type { State } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import { markAllPrecise, propagatePrecision } from './precision.js';

/** One entry into a loop, through the same calls. */
interface LoopVisit {
  /** The state that was saved first in it; the visit is over once no path from there is left. */
  entry: State | undefined;
  /** Ends of paths that states of the loop cover. */
  backedges: { readonly old: State; readonly state: State; readonly slot: number }[];
}

/** The visits of one walk. */
export class Loops {
  private readonly visits = new Map<string, LoopVisit>();

  clear(): void {
    this.visits.clear();
  }

  /** A state was saved: the first in a loop begins a visit. */
  enter(walker: Walker, saved: State): void {
    const key = loopOf(walker, saved);
    if (key === undefined) return;
    const visit = this.visits.get(key);
    if (visit === undefined) this.visits.set(key, { entry: saved, backedges: [] });
    else visit.entry ??= saved;
  }

  /** No path from this state is left: where it began a visit, marks are handed on over the ways back. */
  leave(walker: Walker, state: State): void {
    if (state.slot < 0) return;
    const visit = this.visitOf(walker, state);
    if (visit === undefined || visit.entry !== state) return;
    handOn(walker, visit);
    visit.entry = undefined;
    visit.backedges = [];
  }

  /** The path being walked ends, covered by a state whose own marks are incomplete. */
  addBackedge(walker: Walker, old: State): void {
    this.visitOf(walker, old)?.backedges.push({ old, state: walker.state.copy(), slot: walker.slot });
  }

  /** Whether marks of the saved state may still be missing. */
  isIncomplete(walker: Walker, state: State): boolean {
    const visit = this.visitOf(walker, state);
    return visit !== undefined && visit.backedges.length > 0;
  }

  private visitOf(walker: Walker, state: State): LoopVisit | undefined {
    const key = loopOf(walker, state);
    return key === undefined ? undefined : this.visits.get(key);
  }
}

const MAX_TURNS = 64;

function handOn(walker: Walker, { backedges }: LoopVisit): void {
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    let changed = false;
    for (const { old, state, slot } of backedges) changed = propagatePrecision(walker, old, state, slot) || changed;
    if (!changed) return;
  }
  for (const { state } of backedges) markAllPrecise(state);
}

/** The outermost loop that a saved state stands in, with the calls that led there. */
function loopOf({ plan }: Walker, { frames, slot }: State): string | undefined {
  let calls = '';
  for (let at = 0; at < frames.length; at++) {
    const place = frames[at + 1]?.callSite ?? slot;
    const component = plan.component[place]!;
    if (component !== 0) return `${calls}${component}`;
    calls += `${place} `;
  }
  return undefined;
}
