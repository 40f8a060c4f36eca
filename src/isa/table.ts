// Every operation that Linux knows, one row each, at the grain of IANA's registry "BPF Instruction Set": RFC 9669 appendix A,
// and behind it what Linux added. Rows of one family are made from the facts in opcode.ts, so that no code stands in two places.
import type { AluOp, AtomicOp, BranchOp, SizeBytes, Width } from './instruction.js';
import {
  ALU,
  ATOMIC,
  aluClass,
  BRANCH,
  branchClass,
  CAST_TO_KERNEL,
  CAST_TO_USER,
  CLASS,
  END,
  FETCH,
  keysOf,
  LOAD_ACQUIRE,
  MODE,
  NEG,
  OPCODE,
  SIZE,
  SOURCE_REGISTER,
  STORE_RELEASE,
} from './opcode.js';

/** Conformance groups of RFC 9669, section 2.4, each with the groups it includes. */
export const CONFORMANCE_GROUPS = {
  base32: { includes: [], deprecated: false },
  base64: { includes: ['base32'], deprecated: false },
  atomic32: { includes: [], deprecated: false },
  atomic64: { includes: ['atomic32'], deprecated: false },
  divmul32: { includes: [], deprecated: false },
  divmul64: { includes: ['divmul32'], deprecated: false },
  packet: { includes: [], deprecated: true },
} as const satisfies Record<string, { includes: readonly string[]; deprecated: boolean }>;

/** Name of a conformance group. */
export type ConformanceGroup = keyof typeof CONFORMANCE_GROUPS;

/** What a field of an encoding may hold: anything (a register, a displacement, a number) or this value alone. */
export type FieldRule = 'any' | number;

/** One operation: the opcode byte and field values that select it, and where it comes from. */
export interface Operation {
  readonly opcode: number;
  /** Rules for the fields; a rule of 0 for a field without meaning says that it must be zero. */
  readonly src: FieldRule;
  readonly offset: FieldRule;
  readonly imm: FieldRule;
  /** Whether dst holds a register; where not, it must be zero. */
  readonly usesDst: boolean;
  /** What it does, in the notation of RFC 9669. */
  readonly description: string;
  /** Its conformance group; undefined for what is not in RFC 9669. */
  readonly group: ConformanceGroup | undefined;
  /** First Linux version that takes it; undefined where Linux 6.18 does not. */
  readonly since: string | undefined;
}

const WIDTHS = [32, 64] as const satisfies readonly Width[];
const SIZES = [1, 2, 4, 8] as const satisfies readonly SizeBytes[];

function arithmetic(op: AluOp, width: Width, isRegister: boolean): Operation {
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

// Section 4.1 puts ALU64 into base64; the registry's row of 0x87 says base32, and defers to the section.
function negation(width: Width): Operation {
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

function signedMove(width: Width, bits: 8 | 16 | 32): Operation {
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

function byteswap(op: 'htole' | 'htobe' | 'bswap', bits: 16 | 32 | 64): Operation {
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

function branch(op: BranchOp, width: Width, isRegister: boolean): Operation {
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

const JUMPS: readonly Operation[] = [
  jump(OPCODE.jump, { offset: 'any' }, 'goto +offset', 'base32', '3.18'),
  jump(OPCODE.jumpLong, { imm: 'any' }, 'goto +imm', 'base32', '6.6'),
  jump(OPCODE.call, { imm: 'any' }, 'call helper function by static ID', 'base32', '3.18'),
  jump(OPCODE.call, { src: 1, imm: 'any' }, 'call PC += imm', 'base32', '4.16'),
  // The offset selects the BTF object on Linux; the registry leaves it zero.
  jump(OPCODE.call, { src: 2, offset: 'any', imm: 'any' }, 'call helper function by BTF ID', 'base32', '5.13'),
  jump(OPCODE.exit, {}, 'return', 'base32', '3.18'),
];

const LINUX_JUMPS: readonly Operation[] = [
  jump(OPCODE.mayGoto, { offset: 'any' }, 'goto +offset once the loop budget is used up', undefined, '6.9'),
  { ...jump(OPCODE.jumpRegister, {}, 'goto dst', undefined, undefined), usesDst: true },
  { ...jump(OPCODE.callRegister, {}, 'call dst', undefined, undefined), usesDst: true },
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

/** The 64-bit immediate loads by their src field: description and first Linux version. RFC 9669, section 5.4. */
const IMMEDIATE64 = [
  ['(next_imm << 32) | imm', '3.18'],
  ['map_by_fd(imm)', '3.18'],
  ['map_val(map_by_fd(imm)) + next_imm', '5.2'],
  ['var_addr(imm)', '5.10'],
  ['code_addr(imm)', '5.13'],
  ['map_by_idx(imm)', '5.14'],
  ['map_val(map_by_idx(imm)) + next_imm', '5.14'],
] as const;

function immediate64(src: number, formula: string, since: string): Operation {
  const description = `dst = ${formula}`;
  return {
    opcode: OPCODE.loadImmediate64,
    src,
    offset: 0,
    imm: 'any',
    usesDst: true,
    description,
    group: 'base64',
    since,
  };
}

/** The second slot of a 64-bit immediate load, which the registry lists as a row. */
const SECOND_HALF: Operation = {
  opcode: 0,
  src: 0,
  offset: 0,
  imm: 'any',
  usesDst: false,
  description: '(additional immediate value)',
  group: 'base64',
  since: '3.18',
};

function packetLoad(mode: 'absolute' | 'indirect', size: 1 | 2 | 4): Operation {
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

function memory(kind: 'load' | 'storeImmediate' | 'storeRegister', size: SizeBytes): Operation {
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

// Section 5 puts only the DW loads and stores into base64, so these belong to base32.
function signedLoad(size: 1 | 2 | 4): Operation {
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

function atomic(op: AtomicOp, fetch: boolean, size: 4 | 8): Operation {
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

function ordered(imm: typeof LOAD_ACQUIRE | typeof STORE_RELEASE, size: SizeBytes): Operation {
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

function addressSpaceCast(imm: number): Operation {
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
  ...IMMEDIATE64.map(([formula, since], src) => immediate64(src, formula, since)),
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
