// How much stack all chains of calls need together, counted after the walk has seen what each function uses.
import { VERIFIER_LIMIT } from '../../platform/limits.js';
import { kfuncNameAt, type Prepared, subprogramAt } from '../program.js';
import { reject } from '../rejected.js';

const TAIL_CALL = 12;

interface CallSite {
  readonly callee: number;
  /** Its address is taken. */
  readonly isCallback: boolean;
}

/** Checks every chain of calls from the main program and from functions that callbacks or the kernel enter. */
export function checkStackDepth(prepared: Prepared, usedBytes: readonly number[]): void {
  const calls = callSites(prepared);
  const tailCalls = prepared.subprograms.map(({ start, end }) => hasTailCall(prepared, start, end));
  const sizes = usedBytes.map(roundUp);
  const throws = prepared.subprograms.map(({ start, end }) => throwAt(prepared, start, end));
  descend({ calls, tailCalls, throws, sizes, seen: new Set() }, { index: 0, above: 0, frames: 1, isInCallback: false });
}

interface Shape {
  readonly calls: readonly (readonly CallSite[])[];
  readonly tailCalls: readonly boolean[];
  /** Slot of a call of bpf_throw. */
  readonly throws: readonly (number | undefined)[];
  readonly sizes: readonly number[];
  /** What was checked already: function, stack above it and depth. */
  readonly seen: Set<string>;
}

function roundUp(bytes: number): number {
  const unit = VERIFIER_LIMIT.STACK_ROUNDING_BYTES;
  return Math.ceil(bytes / unit) * unit;
}

/** A function on a chain of calls. */
interface Link {
  readonly index: number;
  /** Stack of its callers. */
  readonly above: number;
  readonly frames: number;
  /** It or one of its callers is called back. */
  readonly isInCallback: boolean;
}

function descend(shape: Shape, { index, above, frames, isInCallback }: Link): void {
  const key = `${index} ${above} ${frames} ${isInCallback}`;
  if (shape.seen.has(key)) return;
  shape.seen.add(key);
  if (shape.tailCalls[index] === true && above >= VERIFIER_LIMIT.MAX_CALLER_STACK_WITH_TAIL_CALL_BYTES) {
    reject('EACCES', `tail_calls are not allowed when call stack of previous frames is ${above} bytes. Too large`);
  }
  const depth = above + shape.sizes[index]!;
  if (depth > VERIFIER_LIMIT.MAX_STACK_BYTES) {
    reject('EACCES', `combined stack size of ${frames} calls is ${depth}. Too large`);
  }
  const thrower = shape.throws[index];
  if (isInCallback && thrower !== undefined) {
    reject('EINVAL', `bpf_throw kfunc (insn ${thrower}) cannot be called from callback subprog ${index}`);
  }
  for (const { callee, isCallback } of shape.calls[index]!) {
    if (frames >= VERIFIER_LIMIT.MAX_CALL_FRAMES) {
      reject('E2BIG', `the call stack of ${frames} frames is too deep !`);
    }
    descend(shape, { index: callee, above: depth, frames: frames + 1, isInCallback: isInCallback || isCallback });
  }
}

function callSites({ subprograms, instructions, immediates }: Prepared): readonly (readonly CallSite[])[] {
  return subprograms.map(({ start, end }) => {
    const found: CallSite[] = [];
    const known = new Set<number>();
    for (let slot = start; slot < end; slot++) {
      const instruction = instructions[slot];
      const immediate = immediates.get(slot);
      const isCall = instruction?.kind === 'call' && instruction.target.kind === 'function';
      const callee = isCall
        ? subprogramAt(subprograms, slot + 1 + offsetOf(instruction)).index
        : immediate?.kind === 'function'
          ? immediate.subprogram
          : undefined;
      if (callee === undefined || known.has(callee)) continue;
      known.add(callee);
      found.push({ callee, isCallback: !isCall });
    }
    return found;
  });
}

function offsetOf(instruction: { readonly target: { readonly kind: string; readonly offset?: number } }): number {
  return instruction.target.offset ?? 0;
}

function throwAt(prepared: Prepared, start: number, end: number): number | undefined {
  for (let slot = start; slot < end; slot++) if (kfuncNameAt(prepared, slot) === 'bpf_throw') return slot;
  return undefined;
}

function hasTailCall({ instructions }: Prepared, start: number, end: number): boolean {
  for (let slot = start; slot < end; slot++) {
    const instruction = instructions[slot];
    if (instruction?.kind !== 'call' || instruction.target.kind !== 'helper') continue;
    if (instruction.target.id === TAIL_CALL) return true;
  }
  return false;
}
