// Calls of the program's own functions: static ones are walked inline, global ones are taken at their word and verified on their own, callbacks
// are walked as often as it takes.
import { VERIFIER_LIMIT } from '../../platform/limits.js';
import { wholeState } from '../log/writer.js';
import { UNKNOWN } from '../number/bounds.js';
import type { Subprogram } from '../program.js';
import { markPrecise } from '../prune/precision.js';
import { widen } from '../prune/visit.js';
import { Rejected, reject } from '../rejected.js';
import type { Register } from '../state/register.js';
import { FRAME_POINTER, Frame, type State } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import { checkGlobalArguments } from './global-arguments.js';
import { forgetPacketPointers } from './references.js';

/** Calls the function that starts at `start`; gives the next slot. */
export function callFunction(walker: Walker, callee: Subprogram): number {
  const { state } = walker;
  if (callee.isGlobal) return callGlobal(walker, callee);
  const caller = state.frame;
  const frame = enter(walker, state, callee);
  for (let register = 1; register <= 5; register++) frame.registers[register] = caller.registers[register]!;
  walker.forgetCallerSaved(caller.registers);
  logFrames(walker, [
    ['caller:', caller],
    ['callee:', frame],
  ]);
  walker.log.touch(FRAME_POINTER);
  return callee.start;
}

/** What the kernel's log shows of both functions where one calls or leaves the other. */
function logFrames({ log, state }: Walker, frames: readonly (readonly [title: string, frame: Frame])[]): void {
  if (log.isSilent) return;
  for (const [title, frame] of frames) {
    log.line(title);
    log.line(` ${wholeState(state, frame)}`);
  }
}

/** A new frame on top of `state`. */
function enter(walker: Walker, state: State, callee: Subprogram): Frame {
  const depth = state.frames.length;
  if (depth >= VERIFIER_LIMIT.MAX_CALL_FRAMES) {
    reject('E2BIG', `the call stack of ${depth + 1} frames is too deep`);
  }
  const frame = new Frame(depth, callee.index, walker.slot);
  state.frames.push(frame);
  return frame;
}

function callGlobal(walker: Walker, callee: Subprogram): number {
  const { state } = walker;
  const problem = checkGlobalArguments(walker, callee);
  if (state.activeLocks > 0) {
    const lines = ['global function calls are not allowed while holding a lock,', 'use static function instead'];
    throw new Rejected('EINVAL', lines);
  }
  if (problem !== undefined) {
    throw new Rejected(problem.errno, [
      ...problem.lines,
      `Caller passes invalid args into func#${callee.index} ('${callee.name}')`,
    ]);
  }
  walker.log.line(`Func#${callee.index} ('${callee.name}') is global and assumed valid.`);
  if (walker.plan.changesPacket.has(callee.index)) forgetPacketPointers(walker);
  walker.calledGlobals.add(callee.index);
  walker.forgetCallerSaved(state.frame.registers);
  walker.setScalar(0, UNKNOWN);
  return walker.slot + 1;
}

/** How a callback is entered. */
export interface CallbackEntry {
  readonly callee: Subprogram;
  /** Registers 1 to 5 as the callback finds them. */
  readonly arguments: readonly Register[];
  readonly returns: readonly [minimum: number, maximum: number];
  readonly isAsync: boolean;
  /** It may sleep. */
  readonly isSleepable?: boolean;
}

/** Pushes a walk of the callback; the caller goes on as if it was not called (again). */
export function pushCallback(walker: Walker, entry: CallbackEntry): void {
  if (entry.isAsync) return pushAsync(walker, entry);
  const state = walker.push(entry.callee.start);
  const frame = enter(walker, state, entry.callee);
  entry.arguments.forEach((register, at) => {
    frame.registers[at + 1] = register;
  });
  frame.callbackRange = entry.returns;
  state.callbackUnrollDepth++;
  state.frames[state.frames.length - 2]!.callbackDepth++;
  walker.frame.callbackDepth = 0;
}

/** A callback that runs later, on a stack of its own. */
function pushAsync(walker: Walker, entry: CallbackEntry): void {
  const state = walker.push(entry.callee.start);
  const frame = new Frame(0, entry.callee.index, -1);
  entry.arguments.forEach((register, at) => {
    frame.registers[at + 1] = register;
  });
  frame.callbackRange = entry.returns;
  frame.isAsync = true;
  frame.isSleepable = entry.isSleepable ?? false;
  state.frames = [frame];
  state.references = [];
  state.activeLocks = 0;
  state.activeRcu = 0;
  state.activePreemption = 0;
}

/** Leaves the current function; gives the slot where its caller goes on. */
export function returnFromFunction(walker: Walker): number {
  const { state } = walker;
  const callee = state.frame;
  const result = callee.registers[0]!;
  if (result.kind === 'stack') reject('EINVAL', 'cannot return stack pointer to the caller', 0);
  const caller = state.frames[state.frames.length - 2]!;
  if (callee.callbackRange === undefined) {
    caller.registers[0] = result;
    logReturn(walker, caller, callee, callee.callSite + 1);
    state.frames.pop();
    return callee.callSite + 1;
  }
  if (result.kind !== 'scalar') reject('EACCES', 'R0 not a scalar value', 0);
  markPrecise(walker, 0);
  requireReturn(result, callee.callbackRange, 'At callback return');
  logReturn(walker, caller, callee, callee.callSite);
  state.frames.pop();
  widen(state.parent, callee.callSite, state);
  return callee.callSite;
}

function logReturn(walker: Walker, caller: Frame, callee: Frame, next: number): void {
  if (walker.log.isSilent) return;
  logFrames(walker, [
    ['returning from callee:', callee],
    [`to caller at ${next}:`, caller],
  ]);
  walker.log.line('');
  walker.log.line(`from ${walker.slot} to ${next}: ${wholeState(walker.state, caller)}`);
}

/** The result lies within the range that is asked for. */
export function requireReturn(result: Register, range: readonly [number, number], where: string): void {
  const { smin, smax } = result.bounds;
  if (smin >= BigInt(range[0]) && smax <= BigInt(range[1])) return;
  const low = smin > -(1n << 63n) ? ` smin=${smin}` : '';
  const high = smax < (1n << 63n) - 1n ? ` smax=${smax}` : '';
  const known = low === '' && high === '' ? ' unknown scalar value' : `${low}${high}`;
  reject('EINVAL', `${where} the register R0 has${known} should have been in [${range[0]}, ${range[1]}]`, 0);
}
