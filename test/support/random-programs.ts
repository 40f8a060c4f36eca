// Random XDP programs that Linux accepts by construction: arithmetic, jumps, loops, stack, packet and map accesses, atomics, helpers,
// functions, callbacks and tail calls, as assembly text of a case. Their values come from frames and maps, so that the verifier knows few of
// them and removes little.
//
// Between two statements of a program r6 is the context, r7 points to a frame of at least 64 bytes, and all other registers hold numbers;
// in a function r6 and r7 hold nothing. Statements can be left out in any combination, which is what shrinking does.
import { Random } from '../../src/machine/random.js';
import type { CaseMap, CaseProgram } from '../../src/report/conformance/notation.js';
import type { RunnableCase } from '../../src/report/conformance/run.js';
import { toHex } from '../../src/support/bytes.js';
import { ARITHMETIC, COMPARISONS, EDGES, immediate, type Pick } from './random-operations.js';

/** A run of statements with what must stand before and behind them. */
export interface ProgramPart {
  /** `main`, the name of a function of it, or that of a program to which it tail-calls. */
  readonly name: string;
  readonly kind: 'main' | 'function' | 'program';
  readonly head: readonly string[];
  readonly statements: readonly string[];
  readonly tail: readonly string[];
}

/** A random program, its maps and frames. */
export interface RandomProgram {
  readonly seed: number;
  readonly parts: readonly ProgramPart[];
  readonly maps: readonly CaseMap[];
  readonly packets: readonly Uint8Array[];
}

/** The program of a seed, with about so many statements in `main`. */
export function randomProgram(seed: number, statements = 24): RandomProgram {
  const random = new Random(seed);
  const pick: Pick = limit => random.next() % limit;
  const hasTailCall = pick(3) === 0;
  const parts: ProgramPart[] = [mainPart(pick, statements, hasTailCall)];
  for (const name of FUNCTIONS) parts.push(functionPart(pick, name));
  parts.push(...CALLBACKS);
  if (hasTailCall) for (const name of TAILS) parts.push(tailPart(pick, name));
  const packets = Array.from({ length: 1 + pick(3) }, () => frame(pick));
  return { seed, parts, maps: randomMaps(pick, hasTailCall), packets };
}

/** The case of a program; statements for which `isKept` says no are left out. */
export function caseOf(
  program: RandomProgram,
  isKept: (part: number, statement: number) => boolean = () => true,
): RunnableCase {
  const texts = program.parts.map((part, at) => ({ part, text: textOf(part, index => isKept(at, index)) }));
  const inMain = texts.filter(({ part }) => part.kind === 'main').map(({ text }) => text);
  const all = texts.filter(({ part }) => part.kind === 'function');
  const others: CaseProgram[] = texts
    .filter(({ part }) => part.kind === 'program')
    .map(({ part, text }) => ({ name: part.name, text }));
  const text = withFunctions(inMain.join('\n'), all);
  return { text, others, maps: program.maps, packets: program.packets };
}

/** The text with those functions behind it that it reaches: Linux refuses functions that nothing calls. */
function withFunctions(text: string, all: readonly { readonly part: ProgramPart; readonly text: string }[]): string {
  let result = text;
  const left = new Set(all);
  for (let isGrowing = true; isGrowing; ) {
    isGrowing = false;
    for (const item of left) {
      if (!new RegExp(`(?:call |subprog\\[)${item.part.name}\\b`).test(result)) continue;
      result += `\n${item.text}`;
      left.delete(item);
      isGrowing = true;
    }
  }
  return result;
}

function textOf({ name, kind, head, statements, tail }: ProgramPart, isKept: (statement: number) => boolean): string {
  const label = (index: number) => `${name}_s${index}:`;
  const body = statements.map((statement, index) => (isKept(index) ? `${label(index)} ${statement}` : label(index)));
  const start = kind === 'function' ? [`${name}:`] : [];
  return [...start, ...head, ...body, `${label(statements.length)}`, ...tail].join('\n');
}

const FUNCTIONS = ['first', 'second'] as const;
const TAILS = ['other', 'another'] as const;

/** Registers that hold numbers between statements. */
const NUMBERS = [0, 1, 2, 3, 4, 5, 8, 9] as const;
/** Words of the stack that statements use; below them lie a key (-72), a counter (-80), a value (-96 to -88). */
const STACK_WORDS = 8;
const FRAME_BYTES = 64;

/** Loads the frame's bounds; r7 is the frame. Ends the program where it is too short. */
const LOAD_FRAME = `r7 = *(u32 *)(r6 +0); r2 = *(u32 *)(r6 +4); r3 = r7; r3 += ${FRAME_BYTES}; if r3 > r2 goto `;

/** Numbers for the registers that a call leaves undefined. */
const REFILL = 'r1 = *(u64 *)(r10 -8); r2 = *(u64 *)(r10 -16); r3 = *(u64 *)(r10 -24); r4 = r8; r5 = r9';

function fillStack(register: number): string {
  const words = Array.from({ length: STACK_WORDS }, (_, at) => `*(u64 *)(r10 -${8 * (at + 1)}) = r${register}`);
  return [...words, `*(u64 *)(r10 -88) = r${register}; *(u64 *)(r10 -96) = r${register}`].join('; ');
}

/** Every register and stack word has its part in r0. */
const MIX = [
  ...[1, 2, 3, 4, 5, 8, 9].map(register => `r0 *= 31; r0 ^= r${register}`),
  ...Array.from({ length: STACK_WORDS }, (_, at) => `r1 = *(u64 *)(r10 -${8 * (at + 1)}); r0 *= 31; r0 ^= r1`),
];

function frameHead(label: string): string[] {
  return [
    'r6 = r1',
    `${LOAD_FRAME}${label}`,
    `r0 = *(u64 *)(r7 +0); ${fillStack(0)}`,
    ...[0, 1, 2, 3, 4, 5, 8, 9].map((register, at) => `r${register} = *(u64 *)(r7 +${(8 * at) % FRAME_BYTES})`),
  ];
}

/** What the registers hold at the end goes into a map. */
const STORE_RESULT = 'r1 = map[results]+0; *(u64 *)(r1 +0) = r0; *(u64 *)(r1 +8) = r8; *(u64 *)(r1 +16) = r9';

function mainPart(pick: Pick, count: number, hasTailCall: boolean): ProgramPart {
  const kinds = [...EVERYWHERE, ...IN_PROGRAMS];
  const statements = makeStatements(pick, 'main', kinds, count);
  if (hasTailCall) {
    const index = pick(3) === 0 ? 'r3 = r8' : `r3 = ${pick(3)}`;
    statements.push(`${STORE_RESULT}; r1 = r6; r2 = map[jumps]; ${index}; call tail_call#12; r0 = 7; ${REFILL}`);
  }
  return {
    name: 'main',
    kind: 'main',
    head: frameHead('main_out'),
    statements,
    tail: [...MIX, STORE_RESULT, 'exit', 'main_out: r0 = 77; exit'],
  };
}

function functionPart(pick: Pick, name: string): ProgramPart {
  const kinds = name === FUNCTIONS[0] ? [...EVERYWHERE, callOf('second')] : EVERYWHERE;
  return {
    name,
    kind: 'function',
    head: ['r0 = r1; r8 = r2; r9 = r3', fillStack(4)],
    statements: makeStatements(pick, name, kinds, 3 + pick(6)),
    tail: [...MIX, 'exit'],
  };
}

/** Callbacks of bpf_loop and bpf_for_each_map_elem. */
const CALLBACKS: readonly ProgramPart[] = [
  {
    name: 'each_round',
    kind: 'function',
    head: [],
    statements: ['r3 = *(u64 *)(r2 +0); r3 *= 7; r3 += r1; *(u64 *)(r2 +0) = r3'],
    tail: ['r0 = 0; if r1 != 5 goto +1; r0 = 1; exit'],
  },
  {
    name: 'each_entry',
    kind: 'function',
    head: [],
    statements: ['r0 = *(u64 *)(r3 +0); r2 = *(u64 *)(r4 +0); r0 += r2; *(u64 *)(r4 +0) = r0'],
    tail: ['r0 = 0; exit'],
  },
];

function tailPart(pick: Pick, name: string): ProgramPart {
  return {
    name,
    kind: 'program',
    head: frameHead(`${name}_out`),
    statements: makeStatements(pick, name, [...EVERYWHERE, packet, packet, arrayValue], 3 + pick(5)),
    tail: [...MIX, STORE_RESULT, 'exit', `${name}_out: r0 = 78; exit`],
  };
}

/** Where a statement stands: for its labels. */
interface Place {
  readonly part: string;
  readonly at: number;
  readonly count: number;
}

type Kind = (pick: Pick, place: Place) => string;

function makeStatements(pick: Pick, part: string, kinds: readonly Kind[], count: number): string[] {
  return Array.from({ length: count }, (_, at) => {
    // Few jumps: every one doubles what the verifier walks through.
    const kind = at % 6 === 5 ? jump : kinds[pick(kinds.length)]!;
    return kind(pick, { part, at, count });
  });
}

function number(pick: Pick): number {
  return NUMBERS[pick(NUMBERS.length)]!;
}

function arithmetic(pick: Pick): string {
  const op = ARITHMETIC[pick(ARITHMETIC.length)]!;
  const letter = pick(2) === 0 ? 'r' : 'w';
  const source = pick(2) === 0 ? immediate(pick, op, letter) : `${letter}${number(pick)}`;
  return `${letter}${number(pick)} ${op} ${source}`;
}

function unary(pick: Pick): string {
  const [to, from] = [number(pick), number(pick)];
  const forms = [
    `r${to} = -r${to}`,
    `w${to} = -w${to}`,
    ...[8, 16, 32].map(bits => `r${to} = (s${bits})r${from}`),
    ...[8, 16].map(bits => `w${to} = (s${bits})w${from}`),
    ...['le', 'be', 'bswap'].flatMap(op => [16, 32, 64].map(bits => `r${to} = ${op}${bits} r${to}`)),
    `r${to} = 0x${wide(pick).toString(16)} ll`,
  ];
  return forms[pick(forms.length)]!;
}

/** A 64-bit number, often near the edge of a smaller type. */
function wide(pick: Pick): bigint {
  const edge = EDGES[pick(EDGES.length)]!;
  const random = (BigInt(pick(2 ** 32)) << 32n) | BigInt(pick(2 ** 32));
  return BigInt.asUintN(64, [edge, -edge, random, random >> BigInt(pick(64))][pick(4)]!);
}

/** A load or store at a place whose lowest 8 bytes start at `base` + `low`; `words` of them may be used. */
function access(pick: Pick, base: string, low: number, words: number, numbers: readonly number[] = NUMBERS): string {
  const size = [8, 16, 32, 64][pick(4)]!;
  const offset = low + 8 * pick(words) + pick(64 / size) * (size / 8);
  const place = `(${base} ${offset < 0 ? offset : `+${offset}`})`;
  const register = numbers[pick(numbers.length)]!;
  const forms = [
    `r${register} = *(u${size} *)${place}`,
    `*(u${size} *)${place} = r${register}`,
    `*(u${size} *)${place} = ${pick(2 ** 32) | 0}`,
    size === 64 ? `r${register} = *(u64 *)${place}` : `r${register} = *(s${size} *)${place}`,
  ];
  return forms[pick(forms.length)]!;
}

function stack(pick: Pick): string {
  return access(pick, 'r10', -8 * STACK_WORDS, STACK_WORDS);
}

/** An atomic operation on 8 aligned bytes. */
function atomicAt(pick: Pick, base: string, offset: number, numbers: readonly number[] = NUMBERS): string {
  const isWide = pick(2) === 0;
  const place = `(u${isWide ? 64 : 32} *)(${base} ${offset < 0 ? offset : `+${offset}`})`;
  const register = numbers[pick(numbers.length)]!;
  const [letter, prefix] = isWide ? ['r', 'atomic64'] : ['w', 'atomic'];
  // What a fetched value is known to be says accepted-differences.ts: one byte from elsewhere makes it unknown.
  const blur = base === 'r10' || base === 'r5' ? `*(u8 *)(${base} ${offset < 0 ? offset : `+${offset}`}) = r9; ` : '';
  const forms = [
    ...['+=', '|=', '&=', '^='].map(op => `lock *${place} ${op} r${register}`),
    ...['fetch_add', 'fetch_or', 'fetch_and', 'fetch_xor', 'xchg'].map(
      op => `${blur}${letter}${register} = ${prefix}_${op}(${place}, ${letter}${register})`,
    ),
    `r${register} = load_acquire(${place})`,
    `store_release(${place}, r${register})`,
  ];
  // r0 may be the address: then there is nothing to compare with. What `w0 = w0` is for says accepted-differences.ts.
  if (base !== 'r0') {
    forms.push(
      `${letter}0 = ${prefix}_cmpxchg(${place}, ${letter}0, ${letter}${register})${isWide ? '' : '; w0 = w0'}`,
    );
  }
  return forms[pick(forms.length)]!;
}

function atomic(pick: Pick): string {
  return atomicAt(pick, 'r10', -8 * (1 + pick(STACK_WORDS)));
}

function jump(pick: Pick, { part, at, count }: Place): string {
  const target = `${part}_s${Math.min(count, at + 2 + pick(4))}`;
  const letter = pick(2) === 0 ? 'r' : 'w';
  const right = pick(2) === 0 ? `${pick(2 ** 32) | 0}` : `${letter}${number(pick)}`;
  return `if ${letter}${number(pick)} ${COMPARISONS[pick(COMPARISONS.length)]} ${right} goto ${target}`;
}

function loop(pick: Pick, { part, at }: Place): string {
  const body = Array.from({ length: 1 + pick(3) }, () => (pick(3) === 0 ? stack(pick) : arithmetic(pick)));
  const label = `${part}_loop${at}`;
  const guard = pick(3) === 0 ? `may_goto ${label}_end; ` : '';
  const round = `r1 = *(u64 *)(r10 -80); r1 += 1; *(u64 *)(r10 -80) = r1; if r1 < ${2 + pick(6)} goto ${label}`;
  return `*(u64 *)(r10 -80) = 0\n${label}: ${guard}${body.join('; ')}\n${round}\n${label}_end: r1 = *(u64 *)(r10 -8)`;
}

function skip(pick: Pick, { part, at, count }: Place): string {
  return `${pick(2) === 0 ? 'goto' : 'gotol'} ${part}_s${Math.min(count, at + 1)}`;
}

function csum(pick: Pick): string {
  const length = 4 * (1 + pick(STACK_WORDS * 2));
  const second = pick(2) === 0 ? 'r3 = 0; r4 = 0' : `r3 = r10; r3 += -${8 * STACK_WORDS}; r4 = 8`;
  return `r1 = r10; r1 += -${8 * STACK_WORDS}; r2 = ${length}; ${second}; r5 = r8; call csum_diff#28; ${REFILL}`;
}

/** Statements that may stand in any part. */
const EVERYWHERE: readonly Kind[] = [
  ...[arithmetic, arithmetic, arithmetic, arithmetic, arithmetic, unary, unary],
  ...[stack, stack, atomic, loop, skip, csum, roundTrip],
];

/** A number through a pointer to the stack in a register. */
function roundTrip(pick: Pick): string {
  const offset = -8 * (1 + pick(STACK_WORDS));
  return `r5 = r10; r5 += ${offset}; *(u64 *)(r5 +0) = r${number(pick) % 5}; ${atomicAt(pick, 'r5', 0, [0, 1, 2, 3, 4, 8, 9])}; r5 = r8`;
}

function packet(pick: Pick): string {
  return access(pick, 'r7', 0, FRAME_BYTES / 8);
}

/** An access at an offset that only the frame knows. */
function variablePacket(pick: Pick, { part, at }: Place): string {
  const size = [8, 16, 32, 64][pick(4)]!;
  const use = pick(2) === 0 ? `r8 = *(u${size} *)(r2 +0)` : `*(u${size} *)(r2 +0) = r9`;
  const check = `r3 = r2; r3 += ${size / 8}; r4 = *(u32 *)(r6 +4); if r3 > r4 goto ${part}_v${at}`;
  return `r1 = r${number(pick)}; r1 &= ${[31, 63, 255][pick(3)]}; r2 = r7; r2 += r1; ${check}; ${use}\n${part}_v${at}: ${REFILL}`;
}

/** A lookup, and something done with the value that is found. */
function arrayValue(pick: Pick, { part, at }: Place): string {
  const map = ['array', 'percpu'][pick(2)]!;
  const key =
    pick(2) === 0 ? `*(u32 *)(r10 -72) = ${pick(5)}` : `r1 = r${number(pick)}; r1 &= 7; *(u32 *)(r10 -72) = r1`;
  return lookup(pick, { map, key, value: 16, label: `${part}_a${at}` });
}

function hashValue(pick: Pick, { part, at }: Place): string {
  const map = ['hash', 'lru'][pick(2)]!;
  return lookup(pick, { map, key: hashKey(pick), value: 8, label: `${part}_h${at}` });
}

function lookup(
  pick: Pick,
  {
    map,
    key,
    value,
    label,
  }: { readonly map: string; readonly key: string; readonly value: number; readonly label: string },
): string {
  const call = `r2 = r10; r2 += -72; r1 = map[${map}]; call map_lookup_elem#1; r1 = r8; if r0 == 0 goto ${label}`;
  const uses = [
    `r8 = *(u64 *)(r0 +0)`,
    `*(u64 *)(r0 +${value - 8}) = r9`,
    `r1 = *(u32 *)(r0 +4); r1 += 1; *(u32 *)(r0 +4) = r1`,
    atomicAt(pick, 'r0', 0, [1, 8, 9]),
    `r9 = *(s16 *)(r0 +${pick(4) * 2})`,
  ];
  return `${key}; ${call}; ${uses[pick(uses.length)]}\n${label}: r0 = r9; ${REFILL}`;
}

/** Few keys, so that they meet. */
function hashKey(pick: Pick): string {
  return pick(2) === 0 ? `*(u64 *)(r10 -72) = ${pick(4)}` : `r1 = r${number(pick)}; r1 &= 3; *(u64 *)(r10 -72) = r1`;
}

function update(pick: Pick): string {
  const map = ['hash', 'lru', 'array', 'percpu'][pick(4)]!;
  const value = `*(u64 *)(r10 -88) = r${number(pick)}`;
  const call = `r1 = map[${map}]; r2 = r10; r2 += -72; r3 = r10; r3 += -96; r4 = ${pick(4)}; call map_update_elem#2`;
  return `${value}; ${hashKey(pick)}; ${call}; ${REFILL}`;
}

function remove(pick: Pick): string {
  const map = ['hash', 'lru', 'array'][pick(3)]!;
  return `${hashKey(pick)}; r1 = map[${map}]; r2 = r10; r2 += -72; call map_delete_elem#3; ${REFILL}`;
}

function queue(pick: Pick): string {
  const [name, id] = [
    ['map_push_elem', 87],
    ['map_pop_elem', 88],
    ['map_peek_elem', 89],
  ][pick(3)] as [string, number];
  const flags = id === 87 ? `r3 = ${[0, 0, 2][pick(3)]}; ` : '';
  const map = ['queue', 'stack'][pick(2)];
  return `r1 = map[${map}]; r2 = r10; r2 += -${8 * (1 + pick(STACK_WORDS))}; ${flags}call ${name}#${id}; ${REFILL}`;
}

/** An access to a map's value by address. */
function mapValue(pick: Pick): string {
  const offset = [0, 8, 16, 24][pick(4)]!;
  const numbers = [0, 1, 2, 3, 4, 8, 9];
  const use = pick(2) === 0 ? atomicAt(pick, 'r5', 0, numbers) : access(pick, 'r5', 0, 1, numbers);
  return `r5 = map[data]+${offset}; ${use}; r5 = r9`;
}

function callOf(name: string): Kind {
  return pick => `r1 = r${number(pick)}; r2 = r8; r3 = r9; r4 = ${pick(100)}; call ${name}; ${REFILL}`;
}

function rounds(pick: Pick): string {
  const offset = -8 * (1 + pick(STACK_WORDS));
  return `r1 = ${1 + pick(9)}; r2 = subprog[each_round]; r3 = r10; r3 += ${offset}; r4 = 0; call loop#181; ${REFILL}`;
}

function entries(pick: Pick): string {
  const offset = -8 * (1 + pick(STACK_WORDS));
  return `r1 = map[array]; r2 = subprog[each_entry]; r3 = r10; r3 += ${offset}; r4 = 0; call for_each_map_elem#164; ${REFILL}`;
}

/** Moves an edge of the frame, and looks where it lies then. */
function adjust(pick: Pick, { part }: Place): string {
  const [name, id, delta] = [
    ['xdp_adjust_head', 44, pick(40) - 24],
    ['xdp_adjust_tail', 65, pick(60) - 20],
    ['xdp_adjust_meta', 54, 4 * (pick(10) - 7)],
  ][pick(3)] as [string, number, number];
  return `r1 = r6; r2 = ${delta}; call ${name}#${id}; ${LOAD_FRAME}${part}_out; ${REFILL}`;
}

function bytes(pick: Pick): string {
  const [name, id] = pick(2) === 0 ? ['xdp_load_bytes', 189] : ['xdp_store_bytes', 190];
  const place = `r3 = r10; r3 += -${8 * STACK_WORDS}; r4 = ${1 + pick(8 * STACK_WORDS)}`;
  return `r2 = r${number(pick)}; r2 &= 127; r1 = r6; ${place}; call ${name}#${id}; ${REFILL}`;
}

function facts(pick: Pick): string {
  const calls = [
    'r1 = r6; call xdp_get_buff_len#188',
    'call get_smp_processor_id#8',
    'r1 = 1; r2 = 0; call redirect#23',
    'r1 = *(u32 *)(r6 +12); r0 = *(u32 *)(r6 +16); r0 += r1',
  ];
  return `${calls[pick(calls.length)]}; ${REFILL}`;
}

/** Statements that need the context. */
const IN_PROGRAMS: readonly Kind[] = [
  ...[packet, packet, packet, variablePacket, arrayValue, hashValue, hashValue, update, update, remove, queue],
  ...[mapValue, callOf('first'), callOf('second'), rounds, entries, adjust, bytes, facts],
];

function randomMaps(pick: Pick, hasTailCall: boolean): CaseMap[] {
  const shape = (name: string, type: string, key: number, value: number, maxEntries: number, flags = 0) => ({
    ...{ name, type, keySizeBytes: key, valueSizeBytes: value, maxEntries, flags },
    entries: [] as (readonly [string, string])[],
  });
  const value = (sizeBytes: number) => littleEndian(sizeBytes, () => wide(pick));
  const keyed = (count: number, keyBytes: number, valueBytes: number) =>
    Array.from({ length: count }, (_, key) => [hexOf(key, keyBytes), value(valueBytes)] as const);
  const maps: CaseMap[] = [
    shape('results', 'array', 4, 24, 1),
    { ...shape('data', 'array', 4, 32, 1), entries: keyed(1, 4, 32) },
    { ...shape('array', 'array', 4, 16, 4), entries: keyed(pick(5), 4, 16) },
    shape('percpu', 'percpu_array', 4, 16, 4),
    { ...shape('hash', 'hash', 8, 16, 3), entries: keyed(pick(4), 8, 16) },
    { ...shape('lru', 'lru_hash', 8, 16, 64), entries: keyed(pick(4), 8, 16) },
    shape('queue', 'queue', 0, 8, 3),
    shape('stack', 'stack', 0, 8, 3),
  ];
  if (!hasTailCall) return maps;
  const slots = TAILS.slice(0, 1 + pick(2)).map((name, at) => [hexOf(at, 4), `program ${name}`] as const);
  return [...maps, { ...shape('jumps', 'prog_array', 4, 4, 3), entries: slots }];
}

function hexOf(value: number, sizeBytes: number): string {
  const bytes = new Uint8Array(sizeBytes);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return toHex(bytes);
}

function littleEndian(sizeBytes: number, word: () => bigint): string {
  const bytes = new Uint8Array(sizeBytes);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < sizeBytes; at += 8) view.setBigUint64(at, word(), true);
  return toHex(bytes);
}

function frame(pick: Pick): Uint8Array {
  const bytes = new Uint8Array(FRAME_BYTES + pick(3) * pick(80));
  const view = new DataView(bytes.buffer);
  for (let at = 0; at + 8 <= bytes.byteLength; at += 8) view.setBigUint64(at, wide(pick), true);
  return bytes;
}
