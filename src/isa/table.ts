// Every operation that Linux knows, one row each, at the grain of IANA's registry "BPF Instruction Set": RFC 9669 appendix A,
// and behind it what Linux added. Rows of one family are made from the facts in opcode.ts, so that no code stands in two places.
import type { SizeBytes, Width } from './instruction.js';
import {
  ALU,
  ATOMIC,
  BRANCH,
  CAST_TO_KERNEL,
  CAST_TO_USER,
  keysOf,
  LOAD_ACQUIRE,
  OPCODE,
  STORE_RELEASE,
} from './opcode.js';
import type { FieldRule, Operation } from './operation.js';
import type { RawInstruction } from './raw.js';
import {
  addressSpaceCast,
  arithmetic,
  atomic,
  branch,
  byteswap,
  IMMEDIATE64_LOADS,
  JUMPS,
  LINUX_JUMPS,
  memory,
  negation,
  ordered,
  packetLoad,
  SECOND_HALF,
  signedLoad,
  signedMove,
} from './rows.js';

export { CONFORMANCE_GROUPS, type ConformanceGroup, type FieldRule, type Operation } from './operation.js';

const WIDTHS = [32, 64] as const satisfies readonly Width[];
const SIZES = [1, 2, 4, 8] as const satisfies readonly SizeBytes[];

/** All operations; those of RFC 9669 have a group. Ordered by opcode, then by src, offset and imm. */
export const OPERATIONS: readonly Operation[] = [
  SECOND_HALF,
  ...WIDTHS.flatMap(width => [
    ...keysOf(ALU).flatMap(op => [arithmetic(op, width, false), arithmetic(op, width, true)]),
    ...keysOf(BRANCH).flatMap(op => [branch(op, width, false), branch(op, width, true)]),
    negation(width),
    signedMove(width, 8),
    signedMove(width, 16),
  ]),
  signedMove(64, 32),
  ...([16, 32, 64] as const).flatMap(bits => [
    byteswap('htole', bits),
    byteswap('htobe', bits),
    byteswap('bswap', bits),
  ]),
  ...JUMPS,
  ...LINUX_JUMPS,
  ...IMMEDIATE64_LOADS,
  ...([1, 2, 4] as const).flatMap(size => [
    packetLoad('absolute', size),
    packetLoad('indirect', size),
    signedLoad(size),
  ]),
  ...SIZES.flatMap(size => [memory('load', size), memory('storeImmediate', size), memory('storeRegister', size)]),
  ...([4, 8] as const).flatMap(size =>
    keysOf(ATOMIC).flatMap(op => [
      ...(ATOMIC[op].alwaysFetches ? [] : [atomic(op, false, size)]),
      atomic(op, true, size),
    ]),
  ),
  ...SIZES.flatMap(size => [ordered(LOAD_ACQUIRE, size), ordered(STORE_RELEASE, size)]),
  addressSpaceCast(CAST_TO_KERNEL),
  addressSpaceCast(CAST_TO_USER),
].sort(byEncoding);

function byEncoding(a: Operation, b: Operation): number {
  return a.opcode - b.opcode || ruleOrder(a.src, b.src) || ruleOrder(a.offset, b.offset) || ruleOrder(a.imm, b.imm);
}

function ruleOrder(a: FieldRule, b: FieldRule): number {
  return (a === 'any' ? -1 : a) - (b === 'any' ? -1 : b);
}

/** Whether `opcode` is in the instruction table of Linux 6.18, or, with `withIndirect`, is gotox or callx. */
export function isKnownOpcode(opcode: number, withIndirect = false): boolean {
  return LINUX_OPCODES.has(opcode) || (withIndirect && INDIRECT_OPCODES.has(opcode));
}

const INDIRECT_OPCODES: ReadonlySet<number> = new Set([OPCODE.jumpRegister, OPCODE.callRegister]);
const LINUX_OPCODES: ReadonlySet<number> = new Set(
  OPERATIONS.filter(operation => operation.since !== undefined && operation !== SECOND_HALF).map(
    ({ opcode }) => opcode,
  ),
);

/** The row that a slot's fields select; undefined where there is none. Registers beyond r10 are not looked at. */
export function findOperation(raw: RawInstruction): Operation | undefined {
  return OPERATIONS_BY_OPCODE[raw.opcode]?.find(
    ({ src, offset, imm, usesDst }) =>
      allows(src, raw.src) && allows(offset, raw.offset) && allows(imm, raw.imm) && (usesDst || raw.dst === 0),
  );
}

function allows(rule: FieldRule, value: number): boolean {
  return rule === 'any' || rule === value;
}

const OPERATIONS_BY_OPCODE: readonly (readonly Operation[])[] = Array.from({ length: 256 }, (_, opcode) =>
  OPERATIONS.filter(operation => operation.opcode === opcode),
);
