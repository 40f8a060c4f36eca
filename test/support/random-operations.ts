// What random programs are made of, wherever they run: operations, comparisons, and numbers at which things go wrong.

/** A number from 0 to below the limit. */
export type Pick = (limit: number) => number;

/** Numbers at the edges of what 8, 16, 32 bits hold. */
export const EDGES = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
];

/** Operators of two operands. */
export const ARITHMETIC = [
  '+=',
  '-=',
  '*=',
  '/=',
  's/=',
  '|=',
  '&=',
  '<<=',
  '>>=',
  '%=',
  's%=',
  '^=',
  '=',
  's>>=',
] as const;

/** Operators of conditional jumps. */
export const COMPARISONS = ['==', '!=', '&', '>', '>=', 's>', 's>=', '<', '<=', 's<', 's<='] as const;

const SHIFTS: readonly string[] = ['<<=', '>>=', 's>>='];
const DIVISIONS: readonly string[] = ['/=', 's/=', '%=', 's%='];

/** An immediate that the operator may have: no shift beyond the width, no division by 0. `letter`: r or w. */
export function immediate(pick: Pick, op: string, letter: string): number {
  if (SHIFTS.includes(op)) return pick(letter === 'r' ? 64 : 32);
  const value = [pick(16), -1 - pick(16), pick(2 ** 32) | 0][pick(3)]!;
  return value === 0 && DIVISIONS.includes(op) ? 7 : value;
}
