// Makes the rows of each family of operations from the facts in opcode.ts.
import type { AluOp, AtomicOp, BranchOp, SizeBytes, Width } from './instruction.js';
import {
  ALU,
  ATOMIC,
  aluClass,
  BRANCH,
  branchClass,
  CLASS,
  END,
  FETCH,
  LOAD_ACQUIRE,
  MODE,
  NEG,
  OPCODE,
  SIZE,
  SOURCE_REGISTER,
  type STORE_RELEASE,
} from './opcode.js';
import type { ConformanceGroup, FieldRule, Operation } from './operation.js';

/** dst = dst op source. */
export function arithmetic(op: AluOp, width: Width, isRegister: boolean): Operation {
  const { code, offset, since, formula } = ALU[op];
  const value = isRegister ? formula : formula.replaceAll('src', 'imm');
  return {
    opcode: code | aluClass(width) | (isRegister ? SOURCE_REGISTER : 0),
    src: isRegister ? 'any' : 0,
    offset,
    imm: isRegister ? 0 : 'any',
    usesDst: true,
    description: `dst = ${width === 32 ? `(u32)(${value})` : value}`,
    group: isDivisionOrProduct(op) ? `divmul${width}` : `base${width}`,
    since,
  };
}

function isDivisionOrProduct(op: AluOp): boolean {
  return op === 'mul' || op === 'div' || op === 'sdiv' || op === 'mod' || op === 'smod';
}

/** A negation. Section 4.1 puts ALU64 into base64; the registry's row of 0x87 says base32, and defers to the section. */
export function negation(width: Width): Operation {
  return {
    opcode: NEG | aluClass(width),
    src: 0,
    offset: 0,
    imm: 0,
    usesDst: true,
    description: width === 32 ? 'dst = (u32)-dst' : 'dst = -dst',
    group: `base${width}`,
    since: '3.18',
  };
}

/** A sign-extending move. */
export function signedMove(width: Width, bits: 8 | 16 | 32): Operation {
  return {
    opcode: ALU.mov.code | aluClass(width) | SOURCE_REGISTER,
    src: 'any',
    offset: bits,
    imm: 0,
    usesDst: true,
    description: `dst = ${width === 32 ? '(u32)(s32)' : '(s64)'}(s${bits})src`,
    group: `base${width}`,
    since: '6.6',
  };
}

/** A byte swap. */
export function byteswap(op: 'htole' | 'htobe' | 'bswap', bits: 16 | 32 | 64): Operation {
  const opcode = { htole: END | CLASS.ALU, htobe: END | CLASS.ALU | SOURCE_REGISTER, bswap: END | CLASS.ALU64 }[op];
  return {
    opcode,
    src: 0,
    offset: 0,
    imm: bits,
    usesDst: true,
    description: `dst = ${op}${bits}(dst)`,
    group: bits === 64 ? 'base64' : 'base32',
    since: op === 'bswap' ? '6.6' : '3.18',
  };
}

/** A conditional jump. */
export function branch(op: BranchOp, width: Width, isRegister: boolean): Operation {
  const { code, symbol, since } = BRANCH[op];
  const cast = width === 64 ? '' : symbol.startsWith('s') ? '(s32)' : '(u32)';
  return {
    opcode: code | branchClass(width) | (isRegister ? SOURCE_REGISTER : 0),
    src: isRegister ? 'any' : 0,
    offset: 'any',
    imm: isRegister ? 0 : 'any',
    usesDst: true,
    description: `if ${cast}dst ${symbol} ${cast}${isRegister ? 'src' : 'imm'} goto +offset`,
    group: `base${width}`,
    since: width === 32 ? '5.1' : since,
  };
}

/** Jumps, calls and exit of RFC 9669. */
export const JUMPS: readonly Operation[] = [
  jump(OPCODE.jump, { offset: 'any' }, 'goto +offset', 'base32', '3.18'),
  jump(OPCODE.jumpLong, { imm: 'any' }, 'goto +imm', 'base32', '6.6'),
  jump(OPCODE.call, { imm: 'any' }, 'call helper function by static ID', 'base32', '3.18'),
  jump(OPCODE.call, { src: 1, imm: 'any' }, 'call PC += imm', 'base32', '4.16'),
  // The offset selects the BTF object on Linux; the registry leaves it zero.
  jump(OPCODE.call, { src: 2, offset: 'any', imm: 'any' }, 'call helper function by BTF ID', 'base32', '5.13'),
  jump(OPCODE.exit, {}, 'return', 'base32', '3.18'),
];

/** Jumps that only Linux has. */
export const LINUX_JUMPS: readonly Operation[] = [
  jump(OPCODE.mayGoto, { offset: 'any' }, 'goto +offset once the loop budget is used up', undefined, '6.9'),
  { ...jump(OPCODE.jumpRegister, {}, 'gotox dst', undefined, undefined), usesDst: true },
  { ...jump(OPCODE.callRegister, {}, 'callx dst', undefined, undefined), usesDst: true },
];

function jump(
  opcode: number,
  rules: Partial<Pick<Operation, 'src' | 'offset' | 'imm'>>,
  description: string,
  group: ConformanceGroup | undefined,
  since: string | undefined,
): Operation {
  return { opcode, src: 0, offset: 0, imm: 0, usesDst: false, ...rules, description, group, since };
}

/** The 64-bit immediate loads in the order of their src field, 0 to 6. RFC 9669, section 5.4. */
export const IMMEDIATE64_LOADS: readonly Operation[] = [
  ['(next_imm << 32) | imm', '3.18'],
  ['map_by_fd(imm)', '3.18'],
  ['map_val(map_by_fd(imm)) + next_imm', '5.2'],
  ['var_addr(imm)', '5.10'],
  ['code_addr(imm)', '5.13'],
  ['map_by_idx(imm)', '5.14'],
  ['map_val(map_by_idx(imm)) + next_imm', '5.14'],
].map(([formula, since], src) => ({
  opcode: OPCODE.loadImmediate64,
  src,
  offset: 0,
  imm: 'any',
  usesDst: true,
  description: `dst = ${formula}`,
  group: 'base64',
  since,
}));

/** The second slot of a 64-bit immediate load, which the registry lists as a row. */
export const SECOND_HALF: Operation = {
  opcode: 0,
  src: 0,
  offset: 0,
  imm: 'any',
  usesDst: false,
  description: '(additional immediate value)',
  group: 'base64',
  since: '3.18',
};

/** A legacy packet load. */
export function packetLoad(mode: 'absolute' | 'indirect', size: 1 | 2 | 4): Operation {
  const description = `r0 = ntoh(*(u${8 * size} *)(packet + ${mode === 'absolute' ? '' : 'src + '}imm))`;
  return {
    opcode: CLASS.LD | MODE[mode] | SIZE[size],
    src: mode === 'absolute' ? 0 : 'any',
    offset: 0,
    imm: 'any',
    usesDst: false,
    description,
    group: 'packet',
    since: '3.18',
  };
}

/** A load or store. */
export function memory(kind: 'load' | 'storeImmediate' | 'storeRegister', size: SizeBytes): Operation {
  const type = `*(u${8 * size} *)`;
  const row = {
    load: { class: CLASS.LDX, src: 'any', imm: 0, description: `dst = ${type}(src + offset)` },
    storeImmediate: { class: CLASS.ST, src: 0, imm: 'any', description: `${type}(dst + offset) = imm` },
    storeRegister: { class: CLASS.STX, src: 'any', imm: 0, description: `${type}(dst + offset) = src` },
  } as const satisfies Record<string, { class: number; src: FieldRule; imm: FieldRule; description: string }>;
  const { class: opcodeClass, src, imm, description } = row[kind];
  const opcode = opcodeClass | MODE.memory | SIZE[size];
  return {
    opcode,
    src,
    offset: 'any',
    imm,
    usesDst: true,
    description,
    group: size === 8 ? 'base64' : 'base32',
    since: '3.18',
  };
}

/** A sign-extending load. Section 5 puts only the DW loads and stores into base64, so these belong to base32. */
export function signedLoad(size: 1 | 2 | 4): Operation {
  return {
    opcode: CLASS.LDX | MODE.memorySigned | SIZE[size],
    src: 'any',
    offset: 'any',
    imm: 0,
    usesDst: true,
    description: `dst = *(s${8 * size} *)(src + offset)`,
    group: 'base32',
    since: '6.6',
  };
}

/** A read-modify-write. */
export function atomic(op: AtomicOp, fetch: boolean, size: 4 | 8): Operation {
  const bits = size === 4 ? 32 : 64;
  const { code, symbol, since } = ATOMIC[op];
  const address = `(u${bits} *)(dst + offset)`;
  return {
    opcode: CLASS.STX | MODE.atomic | SIZE[size],
    src: 'any',
    offset: 'any',
    imm: code | (fetch ? FETCH : 0),
    usesDst: true,
    description: fetch ? describeFetch(op, bits, address) : `lock *${address} ${symbol} src`,
    group: `atomic${bits}`,
    since: fetch ? '5.12' : since,
  };
}

function describeFetch(op: AtomicOp, bits: Width, address: string): string {
  if (op === 'cmpxchg') return `r0 = cmpxchg_${bits}(${address}, r0, src)`;
  return `src = ${op === 'xchg' ? 'xchg' : `atomic_fetch_${op}`}_${bits}(${address}, src)`;
}

/** A load-acquire or store-release. */
export function ordered(imm: typeof LOAD_ACQUIRE | typeof STORE_RELEASE, size: SizeBytes): Operation {
  const type = `(u${8 * size} *)`;
  return {
    opcode: CLASS.STX | MODE.atomic | SIZE[size],
    src: 'any',
    offset: 'any',
    imm,
    usesDst: true,
    description:
      imm === LOAD_ACQUIRE ? `dst = load_acquire(${type}(src + offset))` : `store_release(${type}(dst + offset), src)`,
    group: undefined,
    since: '6.15',
  };
}

/** An address space cast. */
export function addressSpaceCast(imm: number): Operation {
  return {
    opcode: ALU.mov.code | CLASS.ALU64 | SOURCE_REGISTER,
    src: 'any',
    offset: 1,
    imm,
    usesDst: true,
    description: `dst = addr_space_cast(src, ${imm >> 16}, ${imm & 0xffff})`,
    group: undefined,
    since: '6.9',
  };
}
