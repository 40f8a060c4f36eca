// One statement of assembly text to one instruction: a list of patterns, tried in order.
import { InputError } from '../support/errors.js';
import type { AluOp, AtomicOp, BranchOp, Instruction, Operand, SizeBytes } from './instruction.js';
import { bigintOf, bits32, immediate, integer, register64, registerOf, sameWidth, sized } from './literal.js';
import { ALU, ATOMIC, BRANCH, keysOf } from './opcode.js';

/** Numbers behind the names in `call NAME`; a name that neither knows is a label. In `call NAME#NUMBER` the number counts. */
export interface TargetNames {
  readonly helper?: (name: string) => number | undefined;
  readonly kfunc?: (name: string) => number | undefined;
}

/** A parsed statement. */
export interface Statement {
  readonly text: string;
  /** The opcode that stood in front of it. */
  readonly opcode: number | undefined;
  /** Its instruction; where there is a `label`, the distance to it is still missing. */
  readonly instruction: Instruction;
  readonly label: string | undefined;
}

/** Parses one statement, without label and comment; throws InputError `assemble`. */
export function parseStatement(text: string, names: TargetNames): Statement {
  const prefix = /^\(([0-9a-fA-F]{2})\)\s*/.exec(text);
  const opcode = prefix === null ? undefined : Number.parseInt(prefix[1] ?? '', 16);
  const body = text
    .slice(prefix?.[0].length ?? 0)
    .replace(/\s+/g, ' ')
    .trim();
  for (const { pattern, build } of RULES) {
    const match = pattern.exec(body);
    if (match === null) continue;
    const groups: Groups = match.groups ?? {};
    const instruction = build(groups, { opcode, names });
    const isNamedCall = instruction.kind === 'call' && instruction.target.kind !== 'function';
    return { text: body, opcode, instruction, label: isNamedCall ? undefined : groups.label };
  }
  throw new InputError('assemble', `cannot read "${body.slice(0, 60)}"`);
}

/** The named groups of a match; a group that took no part is undefined. */
type Groups = Readonly<Record<string, string | undefined>>;

interface Context {
  readonly opcode: number | undefined;
  readonly names: TargetNames;
}

interface Rule {
  readonly pattern: RegExp;
  readonly build: (groups: Groups, context: Context) => Instruction;
}

const NUMBER = '[-+]?(?:0x[0-9a-fA-F]+|\\d+)';
const MEMORY =
  '\\((?<sign>[us])(?<bits>8|16|32|64) \\*\\) ?\\(r(?<base>\\d+) ?(?<offset>[-+] ?(?:0x[0-9a-fA-F]+|\\d+))\\)';
const TARGET = `(?:(?:pc ?)?(?<distance>[-+] ?(?:0x[0-9a-fA-F]+|\\d+))|(?<label>[A-Za-z_.][\\w.]*))`;
const OPERAND = `(?:(?<src>[rw]\\d+)|(?<imm>${NUMBER}))`;

const ALU_OPS: ReadonlyMap<string, AluOp> = new Map(keysOf(ALU).map(op => [ALU[op].symbol, op]));
const BRANCH_OPS: ReadonlyMap<string, BranchOp> = new Map(keysOf(BRANCH).map(op => [BRANCH[op].symbol, op]));
const PLAIN_ATOMIC_OPS: ReadonlyMap<string, AtomicOp> = new Map(
  keysOf(ATOMIC).flatMap(op => (ATOMIC[op].alwaysFetches ? [] : [[ATOMIC[op].symbol, op] as const])),
);

const RULES: readonly Rule[] = [
  rule('exit', () => ({ kind: 'exit' })),
  rule(`goto ${TARGET}`, groups => ({ kind: 'jump', offset: distance(groups), isLong: false })),
  rule(`gotol ${TARGET}`, groups => ({ kind: 'jump', offset: distance(groups), isLong: true })),
  rule(`may_goto ${TARGET}`, groups => ({ kind: 'mayGoto', offset: distance(groups) })),
  rule('gotox (?<dst>r\\d+)', groups => ({ kind: 'jumpRegister', register: register64(groups.dst) })),
  rule('callx (?<dst>r\\d+)', groups => ({ kind: 'callRegister', register: register64(groups.dst) })),
  rule(`if (?<dst>[rw]\\d+) (?<op>s?[<>]=?|[=!]=|&) ${OPERAND} goto ${TARGET}`, branch),
  rule('call kfunc#(?<id>-?\\d+)(?:@(?<module>-?\\d+))?', groups => ({
    kind: 'call',
    target: { kind: 'kfunc', btfId: integer(groups.id), offset: integer(groups.module ?? '0') },
  })),
  rule('call (?:pc ?)?(?<distance>[-+] ?(?:0x[0-9a-fA-F]+|\\d+))(?:#\\S+)?', groups => ({
    kind: 'call',
    target: { kind: 'function', offset: distance(groups) },
  })),
  rule('call (?<name>[A-Za-z_][\\w.]*)?#(?<id>-?\\d+)', callNumbered),
  rule('call (?<id>0x[0-9a-fA-F]+|\\d+)', callNumbered),
  rule('call (?<label>[A-Za-z_.][\\w.]*)', callNamed),
  rule('r0 = \\*\\(u(?<bits>8|16|32) \\*\\) ?skb\\[(?:(?<src>r\\d+) \\+ )?(?<imm>-?\\d+)\\]', packetLoad),
  rule(`(?<dst>[rw]\\d+) = \\*${MEMORY}`, load),
  rule(`\\*${MEMORY} = (?:(?<src>[rw]\\d+)|(?<imm>${NUMBER}))`, store),
  rule(`lock \\*${MEMORY} (?<op>\\+=|\\|=|&=|\\^=) (?<src>[rw]\\d+)`, plainAtomic),
  rule(
    `(?<dst>[rw]\\d+) = (?<name>atomic(?:64)?)_(?:fetch_)?(?<op>add|or|and|xor|xchg) ?\\(${MEMORY}, (?<src>[rw]\\d+)\\)`,
    fetchingAtomic,
  ),
  rule(
    `(?<dst>[rw]0) = (?<name>atomic(?:64)?)_(?<op>cmpxchg) ?\\(${MEMORY}, [rw]0, (?<src>[rw]\\d+)\\)`,
    fetchingAtomic,
  ),
  rule(`(?<dst>[rw]\\d+) = load_acquire\\(${MEMORY}\\)`, groups => ({
    kind: 'loadAcquire',
    ...place(groups),
    dst: registerOf(groups.dst),
  })),
  rule(`store_release\\(${MEMORY}, (?<src>[rw]\\d+)\\)`, groups => ({
    kind: 'storeRelease',
    ...place(groups),
    src: registerOf(groups.src),
  })),
  rule('(?<dst>r\\d+) = (?<op>le|be|bswap)(?<bits>16|32|64) (?<src>r\\d+)', byteswap),
  rule('(?<dst>[rw]\\d+) = - ?(?<src>[rw]\\d+)', negation),
  rule('(?<dst>[rw]\\d+) = \\(s(?<bits>8|16|32)\\) ?(?<src>[rw]\\d+)', signedMove),
  rule('(?<dst>r\\d+) = addr_space_cast\\((?<src>r\\d+), ?(?:(?<user>1, ?0)|0, ?1)\\)', groups => ({
    kind: 'addressSpaceCast',
    dst: register64(groups.dst),
    src: register64(groups.src),
    toUser: groups.user !== undefined,
  })),
  rule('(?<dst>r\\d+) = map\\[(?:fd|id):(?<low>-?\\d+)\\](?<value>(?:\\[0\\])?\\+(?<high>\\d+))?', mapLoad(1, 2)),
  rule('(?<dst>r\\d+) = map\\[idx:(?<low>-?\\d+)\\](?<value>(?:\\[0\\])?\\+(?<high>\\d+))?', mapLoad(5, 6)),
  rule('(?<dst>r\\d+) = btf\\[id:(?<low>-?\\d+)\\](?:\\+(?<high>\\d+))?', loadPair(3)),
  rule(
    '(?<dst>r\\d+) = subprog\\[(?:(?<low>[-+]?\\d+)|(?<label>[A-Za-z_.][\\w.]*))\\](?:\\+(?<high>\\d+))?',
    loadPair(4),
  ),
  rule(`(?<dst>[rw]\\d+) = (?<imm>${NUMBER})(?<long> ?ll)?`, moveOrLoad),
  rule(`(?<dst>[rw]\\d+) (?<op>[-+*/|&%^]?=|<<=|>>=|s[/%]=|s>>=) ${OPERAND}`, arithmetic),
];

function rule(pattern: string, build: Rule['build']): Rule {
  return { pattern: new RegExp(`^${pattern}$`), build };
}

function branch(groups: Groups): Instruction {
  const { register: dst, width } = sized(groups.dst);
  const source: Operand =
    groups.src === undefined
      ? { kind: 'immediate', value: bits32(groups.imm) }
      : { kind: 'register', register: sameWidth(groups.src, width) };
  return { kind: 'branch', op: lookUp(BRANCH_OPS, groups.op), width, dst, source, offset: distance(groups) };
}

function callNumbered(groups: Groups, { names }: Context): Instruction {
  const id = integer(groups.id);
  const isKfunc = groups.name !== undefined && names.kfunc?.(groups.name) === id;
  return { kind: 'call', target: isKfunc ? { kind: 'kfunc', btfId: id, offset: 0 } : { kind: 'helper', id } };
}

function callNamed({ label = '' }: Groups, { names }: Context): Instruction {
  const id = names.helper?.(label);
  if (id !== undefined) return { kind: 'call', target: { kind: 'helper', id } };
  const btfId = names.kfunc?.(label);
  if (btfId !== undefined) return { kind: 'call', target: { kind: 'kfunc', btfId, offset: 0 } };
  return { kind: 'call', target: { kind: 'function', offset: 0 } };
}

function packetLoad(groups: Groups): Instruction {
  const size = (Number(groups.bits) / 8) as 1 | 2 | 4;
  const mode = groups.src === undefined ? 'absolute' : 'indirect';
  return { kind: 'packetLoad', mode, size, src: registerOf(groups.src ?? 'r0'), offset: integer(groups.imm) };
}

function load(groups: Groups): Instruction {
  const { size, base, offset } = placeOf(groups);
  const isSigned = groups.sign === 's';
  if (isSigned && size === 8) throw new InputError('assemble', 'there is no s64 load');
  if (isSigned && sized(groups.dst).width === 32) throw new InputError('assemble', 'a signed load fills 64 bits');
  return { kind: 'load', size, isSigned, dst: registerOf(groups.dst), base, offset };
}

function store(groups: Groups): Instruction {
  const at = place(groups);
  const source: Operand =
    groups.src === undefined
      ? immediate(groups.imm, at.size === 8 ? 64 : 32)
      : { kind: 'register', register: registerOf(groups.src) };
  return { kind: 'store', ...at, source };
}

function plainAtomic(groups: Groups): Instruction {
  const op = lookUp(PLAIN_ATOMIC_OPS, groups.op);
  return { kind: 'atomic', op, fetch: false, ...atomicPlace(groups), src: registerOf(groups.src) };
}

function fetchingAtomic(groups: Groups): Instruction {
  const op = groups.op as AtomicOp;
  const at = atomicPlace(groups);
  const src = registerOf(groups.src);
  if ((groups.name === 'atomic64') !== (at.size === 8))
    throw new InputError('assemble', `${groups.name} of u${8 * at.size}`);
  if (op !== 'cmpxchg' && registerOf(groups.dst) !== src) {
    throw new InputError('assemble', `the old value goes to ${groups.src}, not ${groups.dst}`);
  }
  return { kind: 'atomic', op, fetch: true, ...at, src };
}

function byteswap(groups: Groups): Instruction {
  const op = groups.op as 'le' | 'be' | 'bswap';
  return { kind: 'byteswap', op, bits: Number(groups.bits) as 16 | 32 | 64, dst: inPlace(groups) };
}

function negation(groups: Groups): Instruction {
  return { kind: 'neg', width: sized(groups.dst).width, dst: inPlace(groups) };
}

function signedMove(groups: Groups): Instruction {
  const { register: dst, width } = sized(groups.dst);
  const bits = Number(groups.bits) as 8 | 16 | 32;
  if (bits === 32 && width === 32) throw new InputError('assemble', 'there is no (s32) move of a w register');
  return { kind: 'movsx', width, bits, dst, src: sameWidth(groups.src, width) };
}

function mapLoad(plain: 1 | 5, value: 2 | 6): Rule['build'] {
  return groups => loadPair(groups.value === undefined ? plain : value)(groups, { opcode: undefined, names: {} });
}

function loadPair(source: 1 | 2 | 3 | 4 | 5 | 6): Rule['build'] {
  return groups => ({
    kind: 'loadImmediate64',
    dst: register64(groups.dst),
    source,
    low: integer(groups.low ?? '0'),
    high: bits32(groups.high ?? '0'),
  });
}

function moveOrLoad(groups: Groups, { opcode }: Context): Instruction {
  const { register: dst, width } = sized(groups.dst);
  const text = groups.imm ?? '';
  const value = bigintOf(text);
  const fits = BigInt.asIntN(32, value) === value;
  const isLong = groups.long !== undefined || (opcode === undefined ? /x/.test(text) || !fits : opcode === 0x18);
  if (width === 32 || !isLong) return { kind: 'alu', op: 'mov', width, dst, source: immediate(text, width) };
  if (value > 0xffff_ffff_ffff_ffffn || value < -(1n << 63n))
    throw new InputError('assemble', `${text} is beyond 64 bits`);
  const [low, high] = [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
  return { kind: 'loadImmediate64', dst, source: 0, low, high };
}

function arithmetic(groups: Groups): Instruction {
  const { register: dst, width } = sized(groups.dst);
  const source: Operand =
    groups.src === undefined
      ? immediate(groups.imm, width)
      : { kind: 'register', register: sameWidth(groups.src, width) };
  return { kind: 'alu', op: lookUp(ALU_OPS, groups.op), width, dst, source };
}

/** The distance in the text; 0 for a label, which is put in later. */
function distance(groups: Groups): number {
  return groups.distance === undefined ? 0 : integer(groups.distance);
}

interface Place {
  readonly size: SizeBytes;
  readonly base: number;
  readonly offset: number;
}

function placeOf(groups: Groups): Place {
  const size = (Number(groups.bits) / 8) as SizeBytes;
  return { size, base: Number(groups.base), offset: integer(groups.offset) };
}

/** As placeOf, where only the unsigned types make sense. */
function place(groups: Groups): Place {
  if (groups.sign === 's') throw new InputError('assemble', 'only a load has a signed type');
  return placeOf(groups);
}

function atomicPlace(groups: Groups): Place & { readonly size: 4 | 8 } {
  const { size, base, offset } = place(groups);
  if (size !== 4 && size !== 8) throw new InputError('assemble', `there is no atomic operation on u${8 * size}`);
  return { size, base, offset };
}

/** The register of an operation whose result goes where its operand was. */
function inPlace(groups: Groups): number {
  if (groups.src !== groups.dst)
    throw new InputError('assemble', `the result goes to ${groups.src}, not ${groups.dst}`);
  return registerOf(groups.dst);
}

function lookUp<T>(table: ReadonlyMap<string, T>, symbol = ''): T {
  const found = table.get(symbol);
  if (found === undefined) throw new InputError('assemble', `no operation ${symbol}`);
  return found;
}
