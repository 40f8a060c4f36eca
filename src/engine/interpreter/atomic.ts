// Atomic read-modify-write of memory. Nothing else runs meanwhile, so an ordinary read and write do.
import type { AtomicOp, Instruction } from '../../isa/instruction.js';

/** What becomes of the old value in memory: [low, high] of the new one. `a` is the old value, `b` is src. */
type Combine = (aLow: number, aHigh: number, bLow: number, bHigh: number) => readonly [low: number, high: number];

const COMBINE: Record<AtomicOp, Combine> = {
  add: (aLow, aHigh, bLow, bHigh) => {
    const low = (aLow >>> 0) + (bLow >>> 0);
    return [low | 0, (aHigh + bHigh + (low > 0xffff_ffff ? 1 : 0)) | 0];
  },
  or: (aLow, aHigh, bLow, bHigh) => [aLow | bLow, aHigh | bHigh],
  and: (aLow, aHigh, bLow, bHigh) => [aLow & bLow, aHigh & bHigh],
  xor: (aLow, aHigh, bLow, bHigh) => [aLow ^ bLow, aHigh ^ bHigh],
  xchg: (_aLow, _aHigh, bLow, bHigh) => [bLow, bHigh],
  // Written only where r0 equals the old value, which `atomic` sees to.
  cmpxchg: (_aLow, _aHigh, bLow, bHigh) => [bLow, bHigh],
};

const OPERATIONS = Object.keys(COMBINE) as AtomicOp[];
const COMBINE_BY_NUMBER = OPERATIONS.map(op => COMBINE[op]);
const COMPARE_EXCHANGE = OPERATIONS.indexOf('cmpxchg');

/** An atomic operation as one small number: bits 0 to 2 the operation, 3 fetch, 4 64 bits wide. */
export function atomicCode({ op, fetch, size }: Instruction & { kind: 'atomic' }): number {
  return OPERATIONS.indexOf(op) | (fetch ? 8 : 0) | (size === 8 ? 16 : 0);
}

/** Bytes that an operation accesses, aligned to as many. */
export function atomicSize(code: number): 4 | 8 {
  return (code & 16) !== 0 ? 8 : 4;
}

/** Performs the operation at `address`; `s` is the index of src's low word. Fetching leaves the old value in src, cmpxchg in r0. */
export function atomic(r: Int32Array, memory: Int32Array, address: number, s: number, code: number): void {
  const isWide = (code & 16) !== 0;
  const at = address >>> 2;
  const oldLow = memory[at]!;
  const oldHigh = isWide ? memory[at + 1]! : 0;
  const operation = code & 7;
  if (operation !== COMPARE_EXCHANGE || (r[0] === oldLow && (!isWide || r[1] === oldHigh))) {
    const [low, high] = COMBINE_BY_NUMBER[operation]!(oldLow, oldHigh, r[s]!, r[s + 1]!);
    memory[at] = low;
    if (isWide) memory[at + 1] = high;
  }
  const result = operation === COMPARE_EXCHANGE ? 0 : s;
  if ((code & 8) === 0) return;
  r[result] = oldLow;
  r[result + 1] = oldHigh;
}
