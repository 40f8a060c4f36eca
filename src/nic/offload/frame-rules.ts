// Rules on stack frames and on how far a program reaches into a packet.
import { VERIFIER_LIMIT } from '../../platform/limits.js';
import type { CheckContext } from './check.js';

/** Checks call depth, stack and packet window. */
export function checkFrames(context: CheckContext): void {
  checkStack(context);
  checkPacketWindow(context);
}

function checkStack(context: CheckContext): void {
  const { model, found } = context;
  const { stackBytes, frameAlignBytes: align = 1, callFrames = VERIFIER_LIMIT.MAX_CALL_FRAMES } = model.limits;
  const { bytes, frames } = deepest(frameSizes(context), context.facts.calls);
  found.addLimit(
    'callFrames',
    { name: 'call frames', used: frames, allowed: callFrames, isEstimate: false },
    { values: { index: Math.min(frames, callFrames + 1) - 1 }, figures: ['limits.callFrames'] },
  );
  if (stackBytes === undefined) return;
  found.addLimit(
    'stack',
    { name: 'bytes of stack', used: bytes, allowed: stackBytes, isEstimate: false },
    { values: { align }, figures: ['limits.stackBytes'] },
  );
}

/** What each function's frame takes on the card, by the slot at which the function starts. */
function frameSizes(context: CheckContext): ReadonlyMap<number, number> {
  const { limits } = context.model;
  const { frameAlignBytes: align = 1, returnAddressBytes = 0, savedRegistersBytes = 0 } = limits;
  const { stackDepths, savers } = context.facts;
  const sizes = new Map<number, number>();
  for (const { slot } of context.program.spec.functions) {
    const isMain = slot === 0;
    const saves = !isMain && savers.has(slot);
    const extra = (isMain ? 0 : returnAddressBytes) + (saves ? savedRegistersBytes : 0);
    sizes.set(slot, Math.ceil(((stackDepths.get(slot) ?? 0) + extra) / align) * align);
  }
  return sizes;
}

interface Depth {
  readonly bytes: number;
  readonly frames: number;
}

/** The deepest chain of calls from the main function; a recursion, which the kernel refuses, is cut. */
function deepest(sizes: ReadonlyMap<number, number>, calls: ReadonlyMap<number, readonly number[]>): Depth {
  const known = new Map<number, Depth>();
  const open = new Set<number>();
  const below = (start: number): Depth => {
    const done = known.get(start);
    if (done !== undefined) return done;
    if (open.has(start)) return { bytes: 0, frames: 0 };
    open.add(start);
    const callees = [...new Set(calls.get(start) ?? [])].map(below);
    open.delete(start);
    const depth = {
      bytes: (sizes.get(start) ?? 0) + Math.max(0, ...callees.map(({ bytes }) => bytes)),
      frames: 1 + Math.max(0, ...callees.map(({ frames }) => frames)),
    };
    known.set(start, depth);
    return depth;
  };
  return below(0);
}

/** The program must not reach beyond the part of the packet that the card shows it, unless the MTU ends before. */
function checkPacketWindow(context: CheckContext): void {
  const { model, mtuBytes, found } = context;
  const allowed = model.limits.packetWindowBytes;
  if (allowed === undefined) return;
  const { reach, isKnown } = context.facts.packetReach;
  const figures = ['limits.packetWindowBytes'];
  const used = Math.min(reach, mtuBytes);
  const limit = { name: 'bytes of the packet window', used, allowed, isEstimate: !isKnown };
  const values = { used: reach, allowed };
  if (used <= allowed || isKnown) found.addLimit('packetWindow', limit, { values, figures });
  else {
    const question = 'how far the program reaches into the packet';
    found.add('undecided', 'packetWindow', { values, figures, limit, question });
  }
  if (used <= allowed && isKnown && reach > allowed) found.add('warning', 'packetWindowLater', { values, figures });
}
