// Random programs of shapes that straight lines of random instructions never take: loops, calls, headers of variable length, values of maps,
// records of ring buffers, iterated stacks. Most are right; numbers at the edge make some of them wrong.
import type { ProgramSpec } from '../../src/object/spec.js';
import { assembleCase, codeOf } from '../../src/report/conformance/program.js';
import { type Dice, MAPS } from './verifier-programs.js';

type Shape = (dice: Dice) => string;

const LOAD_PACKET = 'r6 = r1; r7 = *(u32 *)(r1 +0); r8 = *(u32 *)(r1 +4)';
const OUT = 'out: r0 = 1; exit';

const lookup = (map: string): string =>
  `*(u32 *)(r10 -4) = 0; r2 = r10; r2 += -4; r1 = map[${map}]; call map_lookup_elem#1; if r0 == 0 goto out; r9 = r0`;

const SHAPES: readonly Shape[] = [
  countedLoop,
  maskedLoop,
  packetWalk,
  variableHeader,
  staticCalls,
  joinedPaths,
  ringRecord,
  spilledIndex,
  mayGotoLoop,
  words,
];

/** A random program for RANDOM_OBJECT, of one shape or of two, one behind the other. */
export function shapedProgram(dice: Dice): ProgramSpec {
  const text = dice.pick(SHAPES)(dice);
  return codeOf('program', assembleCase(text, MAPS), MAPS);
}

function countedLoop(dice: Dice): string {
  const limit = dice.pick([1, 3, 8, 15, 16, 17, 40]);
  const step = dice.pick([1, 1, 2, 3, -1, 0]);
  const test = dice.pick([`r6 < ${limit}`, `r6 != ${limit}`, `w6 s< ${limit}`, `r6 <= ${limit}`]);
  const place = dice.pick(['r2 = r10; r2 += -16', lookup('hash').replace('r9 = r0', 'r2 = r0')]);
  const body = dice.pick([`${place}; r2 += r6; *(u8 *)(r2 +0) = 1`, 'call get_prandom_u32#7; r7 += r0', 'r7 = r6']);
  return `r6 = 0; r7 = 0; loop: ${body}; r6 += ${step}; if ${test} goto loop; r0 = 0; exit; ${OUT}`;
}

function maskedLoop(dice: Dice): string {
  const mask = dice.pick([3, 7, 15, 16, 31]);
  const room = dice.pick([8, 16, 24, 32]);
  return `call get_prandom_u32#7; r6 = r0; r6 &= ${mask}; r7 = 0
loop: if r7 ${dice.pick(['>=', '>', '==', 's>='])} r6 goto out; r2 = r10; r2 += -${room}; r2 += r7; *(u8 *)(r2 +0) = r7; r7 += 1; goto loop
${OUT}`;
}

function packetWalk(dice: Dice): string {
  const step = dice.pick([1, 2, 4, 8]);
  const read = dice.pick([1, 2, 4, 8]);
  const turns = dice.pick([2, 5, 12]);
  return `${LOAD_PACKET}; r9 = 0
loop: r2 = r7; r2 += ${step}; if r2 > r8 goto out; r0 = *(u${8 * read} *)(r7 +0); r7 = r2; r9 += 1; if r9 < ${turns} goto loop
${OUT}`;
}

function variableHeader(dice: Dice): string {
  const mask = dice.pick([15, 60, 255, 0xfff]);
  const shift = dice.pick(['', 'r3 <<= 2;', 'r3 *= 4;', 'w3 = w3;', 'r3 = be16 r3;']);
  const size = dice.pick([8, 20]);
  const read = dice.pick([0, 4, 7, 8, 19, -1]);
  const width = dice.pick([8, 16, 32]);
  return `${LOAD_PACKET}; r2 = r7; r2 += 14; if r2 > r8 goto out; r3 = *(u${dice.pick([8, 16])} *)(r7 +${dice.below(12)}); r3 &= ${mask}; ${shift}
r7 += ${dice.pick([0, 14])}; r7 += r3; r2 = r7; r2 += ${size}; if r2 ${dice.pick(['>', '>', '>='])} r8 goto out; r0 = *(u${width} *)(r7 ${read < 0 ? read : `+${read}`})
${OUT}`;
}

function staticCalls(dice: Dice): string {
  const result = dice.pick([
    'r0 = r1',
    'r0 = r1; r0 &= 7',
    'r0 = 3',
    'r0 = *(u64 *)(r2 +0)',
    '*(u64 *)(r2 +0) = 5; r0 = 0',
  ]);
  const limit = dice.pick([7, 8, 15]);
  return `call get_prandom_u32#7; r6 = r0; *(u64 *)(r10 -8) = ${dice.pick([0, 6, 9])}; r1 = r6; r2 = r10; r2 += -8; call body
r7 = *(u64 *)(r10 -8); if r${dice.pick([0, 6, 7])} > ${limit} goto out; r3 = r10; r3 += -${dice.pick([8, 16])}; r3 += r${dice.pick([0, 6, 7])}; *(u8 *)(r3 +0) = 1
${OUT}; body: ${result}; if r1 ${dice.pick(['>', '==', 's<'])} ${dice.below(9)} goto early; r1 = 0; early: exit`;
}

function joinedPaths(dice: Dice): string {
  const first = dice.pick([0, 4, 7]);
  const second = dice.pick([0, 5, 8, 30]);
  return `${LOAD_PACKET}; ${lookup(dice.pick(['hash', 'array', 'percpu']))}; r7 = ${first}; call get_prandom_u32#7; if r0 > 5 goto other; r7 = ${second}
other: *(u64 *)(r10 -16) = r7; if r0 == ${dice.below(8)} goto third; r8 = r7; third: r1 = *(u64 *)(r10 -16); r9 += r${dice.pick([1, 7])}; r0 = *(u8 *)(r9 +${dice.pick([0, 1, 8])}); exit
${OUT}`;
}

function ringRecord(dice: Dice): string {
  const size = dice.pick([8, 16, 32]);
  const end = dice.pick(['submit#132', 'discard#133', 'submit#132']);
  const write = dice.pick([0, 8, 24]);
  const leak = dice.once(6) ? `if r7 == ${dice.below(3)} goto out;` : '';
  return `call get_prandom_u32#7; r7 = r0; r1 = map[ring]; r2 = ${size}; r3 = 0; call ringbuf_reserve#131; if r0 == 0 goto out; r6 = r0; ${leak}
*(u64 *)(r6 +${write}) = r7; r1 = r6; r2 = 0; call ringbuf_${end}; ${dice.once(8) ? 'r0 = *(u8 *)(r6 +0);' : ''}
${OUT}`;
}

function spilledIndex(dice: Dice): string {
  const width = dice.pick([8, 16, 32, 64]);
  const fill = dice.pick([8, 16, 32, 64, width]);
  return `${lookup('array')}; call get_prandom_u32#7; w1 = w0; *(u${width} *)(r10 -16) = r1; if r1 ${dice.pick(['>', 's>', '>='])} ${dice.pick([7, 63, 64, 100])} goto out
r2 = *(u${fill} *)(r10 -${dice.pick([16, 16, 12])}); r9 += r2; *(u8 *)(r9 +0) = 1
${OUT}`;
}

function mayGotoLoop(dice: Dice): string {
  const body = dice.pick(['r6 += 1', 'r7 += r6; r6 += 1', 'r2 = r10; r2 += -8; *(u8 *)(r2 +0) = r6; r6 += 1']);
  const use = dice.pick(['r0 = r6', 'r2 = r10; r2 += -16; r2 += r6; *(u8 *)(r2 +0) = 1; r0 = 0', 'r0 = 0']);
  const guard = dice.pick([`if r6 > ${dice.pick([7, 15, 16])} goto out`, 'r7 = r6']);
  return `r6 = 0; r7 = 0; loop: may_goto done; ${body}; ${guard}; goto loop; done: ${use}; exit; ${OUT}`;
}

function words(dice: Dice): string {
  const op = () =>
    dice.pick([
      'w6 += w7',
      'w6 -= w7',
      'w6 &= 31',
      'w6 |= w7',
      'w6 ^= 12',
      'w6 s>>= 3',
      'w6 >>= 2',
      'w6 <<= 1',
      'w6 *= 3',
      'r6 = (s8)r6',
      'w6 = (s16)w6',
      'w6 = -w6',
      'r6 <<= 32; r6 s>>= 32',
      'w6 /= 3',
      'w6 %= 16',
    ]);
  const compare = dice.pick(['w6 > 31', 'r6 > 31', 'w6 s> 31', 'r6 s> 31', 'w6 >= 32', 'w6 & 0xffffffe0']);
  const base = dice.pick(['r9 = r10; r9 += -32', lookup('array')]);
  return `${base}; call get_prandom_u32#7; r6 = r0; call get_prandom_u32#7; r7 = r0; ${op()}; w7 &= 15; ${op()}; ${op()}
if ${compare} goto out; r9 += r6; *(u8 *)(r9 +0) = 1
${OUT}`;
}
