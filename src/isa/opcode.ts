// The parts of the opcode byte and the facts of each operation: code, symbol, first version. RFC 9669, sections 3 to 5.
//
//    7  6  5  4  3  2  1  0                       7  6  5  4  3  2  1  0
//   +-----------+--+--------+                    +--------+-----+--------+
//   | operation |s | class  |  arithmetic, jumps | mode   |size | class  |  loads and stores
//   +-----------+--+--------+                    +--------+-----+--------+
import type { AluOp, AtomicOp, BranchOp, SizeBytes, Width } from './instruction.js';

/** The low three bits of an opcode. */
export const CLASS = { LD: 0, LDX: 1, ST: 2, STX: 3, ALU: 4, JMP: 5, JMP32: 6, ALU64: 7 } as const;

/** The source bit `s`: set where the second operand is a register. */
export const SOURCE_REGISTER = 0x08;

/** Mode bits of a load or store opcode. `memorySigned` since Linux 6.6. */
export const MODE = {
  immediate: 0x00,
  absolute: 0x20,
  indirect: 0x40,
  memory: 0x60,
  memorySigned: 0x80,
  atomic: 0xc0,
} as const;

/** Size bits of a load or store opcode. */
export const SIZE = { 4: 0x00, 2: 0x08, 1: 0x10, 8: 0x18 } as const satisfies Record<SizeBytes, number>;

/** Arithmetic: operation bits, the offset field that selects the signed form, the kernel's symbol, the Linux version, and what
 * dst becomes (with `imm` for `src` in the immediate form). */
export const ALU = {
  add: { code: 0x00, offset: 0, symbol: '+=', since: '3.18', formula: 'dst + src' },
  sub: { code: 0x10, offset: 0, symbol: '-=', since: '3.18', formula: 'dst - src' },
  mul: { code: 0x20, offset: 0, symbol: '*=', since: '3.18', formula: 'dst * src' },
  div: { code: 0x30, offset: 0, symbol: '/=', since: '3.18', formula: 'src != 0 ? dst / src : 0' },
  sdiv: { code: 0x30, offset: 1, symbol: 's/=', since: '6.6', formula: 'src != 0 ? dst s/ src : 0' },
  or: { code: 0x40, offset: 0, symbol: '|=', since: '3.18', formula: 'dst | src' },
  and: { code: 0x50, offset: 0, symbol: '&=', since: '3.18', formula: 'dst & src' },
  lsh: { code: 0x60, offset: 0, symbol: '<<=', since: '3.18', formula: 'dst << src' },
  rsh: { code: 0x70, offset: 0, symbol: '>>=', since: '3.18', formula: 'dst >> src' },
  mod: { code: 0x90, offset: 0, symbol: '%=', since: '3.18', formula: 'src != 0 ? dst % src : dst' },
  smod: { code: 0x90, offset: 1, symbol: 's%=', since: '6.6', formula: 'src != 0 ? dst s% src : dst' },
  xor: { code: 0xa0, offset: 0, symbol: '^=', since: '3.18', formula: 'dst ^ src' },
  mov: { code: 0xb0, offset: 0, symbol: '=', since: '3.18', formula: 'src' },
  arsh: { code: 0xc0, offset: 0, symbol: 's>>=', since: '3.18', formula: 'dst s>> src' },
} as const satisfies Record<AluOp, { code: number; offset: 0 | 1; symbol: string; since: string; formula: string }>;

/** Operation bits of the two arithmetic operations that are not `dst = dst op source`. */
export const NEG = 0x80;
export const END = 0xd0;

/** Conditional jumps: operation bits, the kernel's symbol, and the Linux version of the 64-bit form (the 32-bit ones: 5.1). */
export const BRANCH = {
  jeq: { code: 0x10, symbol: '==', since: '3.18' },
  jgt: { code: 0x20, symbol: '>', since: '3.18' },
  jge: { code: 0x30, symbol: '>=', since: '3.18' },
  jset: { code: 0x40, symbol: '&', since: '3.18' },
  jne: { code: 0x50, symbol: '!=', since: '3.18' },
  jsgt: { code: 0x60, symbol: 's>', since: '3.18' },
  jsge: { code: 0x70, symbol: 's>=', since: '3.18' },
  jlt: { code: 0xa0, symbol: '<', since: '4.14' },
  jle: { code: 0xb0, symbol: '<=', since: '4.14' },
  jslt: { code: 0xc0, symbol: 's<', since: '4.14' },
  jsle: { code: 0xd0, symbol: 's<=', since: '4.14' },
} as const satisfies Record<BranchOp, { code: number; symbol: string; since: string }>;

/** Whole opcodes of the jumps that are not comparisons, and of the 64-bit immediate load. */
export const OPCODE = {
  loadImmediate64: 0x18,
  jump: 0x05,
  jumpLong: 0x06,
  jumpRegister: 0x0d,
  call: 0x85,
  callRegister: 0x8d,
  exit: 0x95,
  mayGoto: 0xe5,
} as const;

/** Atomic operations: the immediate of the form that does not fetch (`xchg` and `cmpxchg` have none), symbol, name, version. */
export const ATOMIC = {
  add: { code: 0x00, alwaysFetches: false, symbol: '+=', since: '3.18' },
  or: { code: 0x40, alwaysFetches: false, symbol: '|=', since: '5.12' },
  and: { code: 0x50, alwaysFetches: false, symbol: '&=', since: '5.12' },
  xor: { code: 0xa0, alwaysFetches: false, symbol: '^=', since: '5.12' },
  xchg: { code: 0xe0, alwaysFetches: true, symbol: 'xchg', since: '5.12' },
  cmpxchg: { code: 0xf0, alwaysFetches: true, symbol: 'cmpxchg', since: '5.12' },
} as const satisfies Record<AtomicOp, { code: number; alwaysFetches: boolean; symbol: string; since: string }>;

/** Bit of an atomic operation's immediate: the old value is fetched. */
export const FETCH = 0x01;

/** Immediates of the atomic class that are a load and a store with ordering. Linux 6.15. */
export const LOAD_ACQUIRE = 0x100;
export const STORE_RELEASE = 0x110;

/** Immediates of an address space cast (opcode 0xbf, offset 1): destination space in the high half, source space in the low. */
export const CAST_TO_KERNEL = 0x00001;
export const CAST_TO_USER = 0x10000;

/** Class of an arithmetic operation of this width. */
export function aluClass(width: Width): number {
  return width === 64 ? CLASS.ALU64 : CLASS.ALU;
}

/** Class of a comparison of this width. */
export function branchClass(width: Width): number {
  return width === 64 ? CLASS.JMP : CLASS.JMP32;
}

/** The keys of a table, with their type. */
export function keysOf<K extends string>(table: Readonly<Record<K, unknown>>): readonly K[] {
  return Object.keys(table) as K[];
}
