// Random programs over arithmetic, jumps, stack and atomics, as assembly text that can be pasted into a case file. Their values come from
// the packet, so that the verifier knows none of them and accepts all of the programs.
import { Random } from '../../src/machine/random.js';
import { ARITHMETIC, COMPARISONS, EDGES, immediate, type Pick } from './random-operations.js';

const REGISTERS = 10;
const STACK_WORDS = 4;

/** A program's text and the packet that it takes its values from. */
export interface RandomProgram {
  readonly text: string;
  readonly packet: Uint8Array;
}

/** The program of a seed, `statements` long between loading its values and mixing its registers into r0. */
export function randomProgram(seed: number, statements = 30): RandomProgram {
  const random = new Random(seed);
  const pick = (limit: number): number => random.next() % limit;
  const lines = Array.from({ length: statements }, (_, at) => statement(pick, at, statements));
  return { text: [...LOAD_VALUES, ...lines, `s${statements}:`, ...MIX, 'exit'].join('\n'), packet: values(pick) };
}

/** 64-bit numbers, many of them near the edges of smaller types. */
function values(pick: Pick): Uint8Array {
  const bytes = new Uint8Array(8 * REGISTERS);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < REGISTERS; at++) {
    const edge = EDGES[pick(EDGES.length)]!;
    const random = (BigInt(pick(2 ** 32)) << 32n) | BigInt(pick(2 ** 32));
    view.setBigUint64(8 * at, BigInt.asUintN(64, [edge, -edge, random, random >> BigInt(pick(64))][pick(4)]!), true);
  }
  return bytes;
}

const LOAD_VALUES = [
  'r2 = *(u32 *)(r1 +0)',
  'r3 = *(u32 *)(r1 +4)',
  'r4 = r2',
  `r4 += ${8 * REGISTERS}`,
  'r0 = 0',
  'if r4 <= r3 goto load',
  'exit',
  'load: r1 = *(u64 *)(r2 +0)',
  ...Array.from({ length: STACK_WORDS }, (_, at) => `*(u64 *)(r10 -${8 * (at + 1)}) = r1`),
  ...[0, 1, 3, 4, 5, 6, 7, 8, 9, 2].map(register => `r${register} = *(u64 *)(r2 +${8 * register})`),
];

/** Every register and stack word has its part in the result. */
const MIX = [
  ...Array.from({ length: 9 }, (_, at) => `r0 *= 31\nr0 ^= r${at + 1}`),
  ...Array.from({ length: STACK_WORDS }, (_, at) => `r1 = *(u64 *)(r10 -${8 * (at + 1)})\nr0 *= 31\nr0 ^= r1`),
];

function statement(pick: Pick, at: number, statements: number): string {
  const kinds = [arithmetic, arithmetic, arithmetic, arithmetic, unary, memory, memory, atomic];
  // Few jumps: every one doubles what the verifier walks through.
  const isJump = at % 6 === 5;
  const body = isJump ? jump(pick, at, statements) : kinds[pick(kinds.length)]!(pick);
  return `s${at}: ${body}`;
}

function arithmetic(pick: Pick): string {
  const op = ARITHMETIC[pick(ARITHMETIC.length)]!;
  const letter = pick(2) === 0 ? 'r' : 'w';
  return `${letter}${pick(REGISTERS)} ${op} ${pick(2) === 0 ? immediate(pick, op, letter) : `${letter}${pick(REGISTERS)}`}`;
}

function unary(pick: Pick): string {
  const [to, from] = [pick(REGISTERS), pick(REGISTERS)];
  const forms = [
    `r${to} = -r${to}`,
    `w${to} = -w${to}`,
    ...[8, 16, 32].map(bits => `r${to} = (s${bits})r${from}`),
    ...[8, 16].map(bits => `w${to} = (s${bits})w${from}`),
    ...['le', 'be', 'bswap'].flatMap(op => [16, 32, 64].map(bits => `r${to} = ${op}${bits} r${to}`)),
  ];
  return forms[pick(forms.length)]!;
}

function memory(pick: Pick): string {
  const size = [8, 16, 32, 64][pick(4)]!;
  const offset = 8 * (1 + pick(STACK_WORDS)) - pick(64 / size) * (size / 8);
  const register = pick(REGISTERS);
  const forms = [
    `r${register} = *(u${size} *)(r10 -${offset})`,
    `*(u${size} *)(r10 -${offset}) = r${register}`,
    `*(u${size} *)(r10 -${offset}) = ${pick(2 ** 32) | 0}`,
    size === 64 ? `r${register} = *(u64 *)(r10 -${offset})` : `r${register} = *(s${size} *)(r10 -${offset})`,
  ];
  return forms[pick(forms.length)]!;
}

function atomic(pick: Pick): string {
  const isWide = pick(2) === 0;
  const place = `(u${isWide ? 64 : 32} *)(r10 -${8 * (1 + pick(STACK_WORDS))})`;
  const register = pick(REGISTERS);
  const [letter, prefix] = isWide ? ['r', 'atomic64'] : ['w', 'atomic'];
  const fetching = ['fetch_add', 'fetch_or', 'fetch_and', 'fetch_xor', 'xchg'];
  const forms = [
    ...['+=', '|=', '&=', '^='].map(op => `lock *${place} ${op} r${register}`),
    ...fetching.map(op => `${letter}${register} = ${prefix}_${op}(${place}, ${letter}${register})`),
    // Where states of its analysis meet, Linux 6.18 may forget to clear r0's upper half after a 32-bit one that succeeds; RFC 9669 clears it.
    `${letter}0 = ${prefix}_cmpxchg(${place}, ${letter}0, ${letter}${register})${isWide ? '' : '; w0 = w0'}`,
  ];
  return forms[pick(forms.length)]!;
}

function jump(pick: Pick, at: number, statements: number): string {
  const target = `s${Math.min(statements, at + 2 + pick(4))}`;
  const letter = pick(2) === 0 ? 'r' : 'w';
  const right = pick(2) === 0 ? `${pick(2 ** 32) | 0}` : `${letter}${pick(REGISTERS)}`;
  return `if ${letter}${pick(REGISTERS)} ${COMPARISONS[pick(COMPARISONS.length)]} ${right} goto ${target}`;
}
