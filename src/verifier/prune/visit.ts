// Saved states: on arriving at an instruction where paths meet, the state is compared with those of earlier visits, and saved for later ones.

import { sameBounds } from '../number/bounds.js';
import { Rejected } from '../rejected.js';
import { type Register, UNKNOWN_SCALAR } from '../state/register.js';
import { isScalarSpill } from '../state/stack.js';
import type { State } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import { registersRepeat, statesAgree } from './equality.js';
import { propagatePrecision } from './precision.js';

const STEPS_PER_STATE = 8;
const JUMPS_PER_STATE = 2;
const STEPS_PER_LOOP_STATE = 100;
const JUMPS_PER_LOOP_STATE = 20;
/** A longer stretch without a saved state makes walking back slow. */
const MAX_STRETCH_JUMPS = 40;

/** True where an earlier visit covers this one, so that the path ends here. Throws Rejected for an endless loop. */
export function isCovered(walker: Walker): boolean {
  const { slot, state, plan, counters } = walker;
  const mustSave = plan.isCheckpoint[slot] === 1 || walker.jumps - walker.jumpsAtState > MAX_STRETCH_JUMPS;
  let saves =
    mustSave ||
    (walker.jumps - walker.jumpsAtState >= JUMPS_PER_STATE &&
      counters.processed - walker.processedAtState >= STEPS_PER_STATE);
  const known = walker.explored.get(slot);
  if (known !== undefined) {
    for (let at = 0; at < known.length; at++) {
      const old = known[at]!;
      if (old.branches > 0) {
        if (closesLoop(walker, old)) return cover(walker, old, true);
        if (!mustSave && isSoonAfterState(walker)) saves = false;
      } else {
        const isIncomplete = walker.loops.isIncomplete(walker, old);
        if (agree(walker, old, isIncomplete ? 'within' : 'covers')) return cover(walker, old, isIncomplete);
      }
      if (saves) old.misses++;
      const patience = plan.isCheckpoint[slot] === 1 && old.branches > 0 ? 64 : 3;
      if (old.misses > old.hits * patience + patience) {
        known.splice(at, 1);
        at--;
      }
    }
    counters.maxStatesPerInstruction = Math.max(counters.maxStatesPerInstruction, known.length);
  }
  if (saves) save(walker, state);
  return false;
}

function isSoonAfterState(walker: Walker): boolean {
  return (
    walker.jumps - walker.jumpsAtState < JUMPS_PER_LOOP_STATE &&
    walker.counters.processed - walker.processedAtState < STEPS_PER_LOOP_STATE
  );
}

function agree(walker: Walker, old: State, how: 'covers' | 'within' | 'exact'): boolean {
  return statesAgree(old, walker.state, slot => walker.plan.live[slot]!, walker.slot, how);
}

/** The old state is on the path to this one: a loop. Those that the kernel bounds itself end when nothing changes any more. */
function closesLoop(walker: Walker, old: State): boolean {
  const { slot, state, plan } = walker;
  if (plan.isIteratorNext[slot] === 1) {
    return agree(walker, old, 'within') && iteratorIsActive(walker);
  }
  if (plan.isMayGoto[slot] === 1 && old.mayGotoDepth !== state.mayGotoDepth && agree(walker, old, 'within'))
    return true;
  if (plan.callsCallback[slot] === 1) return agree(walker, old, 'within');
  if (!registersRepeat(old, state) || !isSameDepth(walker, old) || !agree(walker, old, 'exact')) return false;
  throw new Rejected('EINVAL', [`infinite loop detected at insn ${slot}`], { slot });
}

function isSameDepth({ state }: Walker, old: State): boolean {
  if (old.mayGotoDepth !== state.mayGotoDepth || old.callbackUnrollDepth !== state.callbackUnrollDepth) return false;
  return old.frames.every((frame, at) =>
    frame.slots.every((slot, index) => {
      if (slot.object?.kind !== 'iterator') return true;
      return slot.object.depth === state.frames[at]?.slots[index]?.object?.depth;
    }),
  );
}

function iteratorIsActive(walker: Walker): boolean {
  const register = walker.get(1);
  const slot = walker.state.frames[register.frame]?.slot(-(register.offset + 8) / 8);
  return slot?.object?.state === 'active';
}

/** The path ends: `old` covers it. Where marks of `old` may be missing, they are handed on later. */
function cover(walker: Walker, old: State, isIncomplete: boolean): true {
  old.hits++;
  propagatePrecision(walker, old);
  if (isIncomplete) walker.loops.addBackedge(walker, old);
  return true;
}

function save(walker: Walker, state: State): void {
  const { slot, counters } = walker;
  const saved = state.copy();
  saved.branches = 1;
  saved.slot = slot;
  const known = walker.explored.get(slot);
  if (known === undefined) walker.explored.set(slot, [saved]);
  else known.unshift(saved);
  state.parent = saved;
  state.traceStart = state.trace;
  state.branches = 1;
  walker.loops.enter(walker, saved);
  counters.totalStates++;
  counters.peakStates++;
  walker.jumpsAtState = walker.jumps;
  walker.processedAtState = counters.processed;
}

/** A path ended: the states on it that have no other branch left are complete. */
export function endPath(walker: Walker): void {
  for (let at: State | undefined = walker.state; at !== undefined; at = at.parent) {
    at.branches--;
    if (at.branches > 0) break;
    walker.loops.leave(walker, at);
  }
}

/**
 * Numbers that change from one turn of a loop to the next, and did not matter, are forgotten so that the turns come to agree.
 * @param from the newest saved state that may be that of the turn before
 */
export function widen(from: State | undefined, callSite: number, current: State): void {
  const old = previousVisit(from, callSite, current);
  if (old === undefined) return;
  current.frames.forEach((frame, number) => {
    const before = old.frames[number]!;
    frame.registers.forEach((register, at) => {
      const isPrecise = (before.preciseRegisters & (1 << at)) !== 0;
      if (canForget(before.registers[at]!, register, isPrecise)) frame.registers[at] = UNKNOWN_SCALAR;
    });
    frame.slots.forEach((slot, at) => {
      const other = before.slots[at];
      if (other === undefined || !isScalarSpill(slot) || !isScalarSpill(other)) return;
      const isPrecise = before.preciseSlots.has(at);
      if (canForget(other.register, slot.register, isPrecise)) frame.slots[at] = { ...slot, register: UNKNOWN_SCALAR };
    });
  });
}

function canForget(old: Register, current: Register, isPrecise: boolean): boolean {
  if (isPrecise || old.kind !== 'scalar' || current.kind !== 'scalar') return false;
  return !(sameBounds(old.bounds, current.bounds) && (old.id === 0) === (current.id === 0));
}

function previousVisit(from: State | undefined, slot: number, current: State): State | undefined {
  for (let state = from; state !== undefined; state = state.parent) {
    if (state.slot !== slot || state.frames.length !== current.frames.length) continue;
    if (state.frames.every((frame, at) => frame.callSite === current.frames[at]!.callSite)) return state;
  }
  return undefined;
}
