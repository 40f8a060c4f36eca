// The interpreter's own operations. An operation's number is its place in this list, which is what `run.ts` switches over.
// Immediates are kept in constant registers (see lower.ts), so that every operation has one form: dst, src.

/** Every operation, in the order of the cases of run.ts. */
export const OPERATIONS = [
  // 0: arithmetic, 64 bits
  'add64',
  'sub64',
  'mul64',
  'div64',
  'sdiv64',
  'or64',
  'and64',
  'lsh64',
  'rsh64',
  'mod64',
  'smod64',
  'xor64',
  'mov64',
  'arsh64',
  // 14: arithmetic, 32 bits
  'add32',
  'sub32',
  'mul32',
  'div32',
  'sdiv32',
  'or32',
  'and32',
  'lsh32',
  'rsh32',
  'mod32',
  'smod32',
  'xor32',
  'mov32',
  'arsh32',
  // 28: negation, sign extension, byte order
  'neg64',
  'neg32',
  'movsx64from8',
  'movsx64from16',
  'movsx64from32',
  'movsx32from8',
  'movsx32from16',
  'truncate16',
  'truncate32',
  'swap16',
  'swap32',
  'swap64',
  'nothing',
  // 41: comparisons; jlt, jle, jslt and jsle are jgt, jge, jsgt and jsge with the operands exchanged
  'jeq64',
  'jne64',
  'jset64',
  'jgt64',
  'jge64',
  'jsgt64',
  'jsge64',
  'jeq32',
  'jne32',
  'jset32',
  'jgt32',
  'jge32',
  'jsgt32',
  'jsge32',
  // 55: loads and stores
  'load8',
  'load16',
  'load32',
  'load64',
  'loadSigned8',
  'loadSigned16',
  'loadSigned32',
  'store8',
  'store16',
  'store32',
  'store64',
  'atomic',
  'loadOrdered',
  'storeOrdered',
  // 69: control
  'jump',
  'mayGoto',
  'callHelper',
  'callFunction',
  'tailCall',
  'exit',
  'constant64',
  'trap',
] as const;

/** Name of an operation. */
export type Operation = (typeof OPERATIONS)[number];

const NUMBERS: ReadonlyMap<Operation, number> = new Map(OPERATIONS.map((name, number) => [name, number]));

/** The number of an operation. */
export function operationNumber(name: Operation): number {
  return NUMBERS.get(name)!;
}
