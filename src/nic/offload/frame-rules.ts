// Rules on stack frames and on how far a program reaches into a packet.
import { VERIFIER_LIMIT } from '../../platform/limits.js';
import type { CheckContext } from './check.js';
import { pointersIn } from './pointers.js';
import { calleeOf, functionStart } from './program.js';
import type { PointerFact } from './ranges.js';

/** Checks call depth, stack and packet window. */
export function checkFrames(context: CheckContext): void {
  checkStack(context);
  checkPacketWindow(context);
}

function checkStack(context: CheckContext): void {
  const { model, found } = context;
  const { stackBytes, frameAlignBytes: align = 1, callFrames = VERIFIER_LIMIT.MAX_CALL_FRAMES } = model.limits;
  const { bytes, frames } = deepest(frameSizes(context), callGraph(context));
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
  const depths = stackDepths(context);
  const sizes = new Map<number, number>();
  for (const { slot, slots } of context.program.spec.functions) {
    const isMain = slot === 0;
    const saves = !isMain && changesSavedRegisters(context, slot, slots);
    const extra = (isMain ? 0 : returnAddressBytes) + (saves ? savedRegistersBytes : 0);
    sizes.set(slot, Math.ceil(((depths.get(slot) ?? 0) + extra) / align) * align);
  }
  return sizes;
}

/** How deep each function's frame is used: by accesses, and by pointers given to helpers. */
function stackDepths({ reached, ranges }: CheckContext): ReadonlyMap<number, number> {
  const depths = new Map<number, number>();
  const note = (pointers: readonly PointerFact[], offset: number) => {
    for (const pointer of pointers) {
      const at = pointer.minimum;
      if (pointer.to !== 'stack' || pointer.frame === undefined || at === undefined) continue;
      depths.set(pointer.frame, Math.max(depths.get(pointer.frame) ?? 0, -(Number(at) + offset)));
    }
  };
  for (const { slot, instruction } of reached.accesses) {
    note(pointersIn(ranges.valuesAt(slot, instruction.base)), instruction.offset);
  }
  for (const { slot, instruction } of reached.calls) {
    if (instruction.target.kind === 'function') continue;
    for (const register of [1, 2, 3, 4, 5]) note(pointersIn(ranges.valuesAt(slot, register)), 0);
  }
  return depths;
}

/** Whether an instruction of the function names R6 to R9 as its destination, the base of a store included: the driver asks for no more. */
function changesSavedRegisters({ program }: CheckContext, start: number, slots: number): boolean {
  for (let slot = start; slot < start + slots; slot++) {
    const destination = (program.spec.code[slot * 8 + 1] ?? 0) & 15;
    if (destination >= 6 && destination <= 9) return true;
  }
  return false;
}

/** Functions that each function calls. */
function callGraph({ program, reached }: CheckContext): ReadonlyMap<number, readonly number[]> {
  const calls = new Map<number, number[]>();
  for (const { slot } of reached.calls) {
    const callee = calleeOf(program, slot);
    if (callee === undefined) continue;
    const caller = functionStart(program, slot);
    calls.set(caller, [...(calls.get(caller) ?? []), callee]);
  }
  return calls;
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
  const { reach, isKnown } = packetReach(context);
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

/** Farthest byte of a packet that an access can touch, as the verifier counts it (the index of the last byte). */
function packetReach({ reached, ranges }: CheckContext): { readonly reach: number; readonly isKnown: boolean } {
  let reach = 0;
  let isKnown = true;
  for (const { slot, instruction } of reached.accesses) {
    for (const pointer of pointersIn(ranges.valuesAt(slot, instruction.base))) {
      if (pointer.to !== 'packet') continue;
      if (pointer.maximum === undefined) isKnown = false;
      const most = pointer.maximum === undefined ? MAX_PACKET_OFFSET : Number(pointer.maximum);
      reach = Math.max(reach, Math.min(most, MAX_PACKET_OFFSET) + instruction.offset + instruction.size - 1);
    }
  }
  return { reach, isKnown };
}

const MAX_PACKET_OFFSET = VERIFIER_LIMIT.MAX_PACKET_OFFSET;
