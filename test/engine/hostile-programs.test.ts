// Programs that no verifier would let through: whatever the instructions, a run gives a value or a fault, never an error of ours.
import { expect, it } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { Random } from '../../src/machine/random.js';
import { XDP_HELPERS } from '../../src/platform/helpers.js';
import { assembledObject, KFUNC_NAMES, type TestMap } from '../support/assembled-object.js';
import { packetOf } from '../support/cases.js';

const MAPS: readonly TestMap[] = [
  { type: 2, value: 8, max: 4 },
  { type: 1, value: 16, max: 8 },
  { type: 3, max: 4 },
  { type: 4, max: 4 },
  { type: 9, value: 8, max: 4 },
  { type: 11, key: 8, value: 8, max: 8, flags: 1 },
  { type: 14, max: 4 },
  { type: 22, key: 0, value: 8, max: 4 },
  { type: 27, key: 0, value: 0, max: 4096 },
  { type: 31, key: 0, value: 0, max: 4096 },
];
const OFFSETS = ['+0', '+0', '+4', '-4', '-8', '-16', '+8', '-1'];
const IMMEDIATES = [0, 1, 4, 8, -1, 16, 64, 0x7fffffff];

const callNames = [...Object.keys(XDP_HELPERS), ...KFUNC_NAMES.map((_, at) => `kfunc#${at}`)];

/** Lines of random statements: any operation with likely operands, and calls whose arguments are often right. */
function randomText(random: Random): string {
  const pick = <T>(items: readonly T[]): T => items[random.next() % items.length]!;
  const register = (): string => `r${pick([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])}`;
  const memory = (): string =>
    `(u${pick([8, 16, 32, 64])} *)(${pick(['r10', 'r7', 'r8', register()])} ${pick(OFFSETS)})`;
  const call = (): string => {
    const first = pick(['r1 = r6', `r1 = map[fd:${random.next() % MAPS.length}]`, 'r1 = r7']);
    const second = pick(['r2 = r7', 'r2 = 4', `r2 = map[fd:${random.next() % MAPS.length}]`, 'r2 = subprog[sub]']);
    return `${first}; ${second}; r3 = ${pick(['r7', '0', '8', 'r10'])}; r4 = ${pick(['r7', '0', '8', '64'])}; r5 = ${pick(['0', '4', '8'])}; call ${pick(callNames)}`;
  };
  const forms = [
    () =>
      `${register()} ${pick(['+=', '-=', '*=', '/=', '|=', '&=', '<<=', '>>=', '='])} ${pick([register(), String(pick(IMMEDIATES))])}`,
    () => `${register()} = *${memory()}`,
    () => `*${memory()} = ${register()}`,
    () => `lock *(u64 *)(${pick(['r10', 'r8'])} ${pick(OFFSETS)}) += ${register()}`,
    () => `if ${register()} > ${register()} goto ${pick(['+1', '+2', '-5', '+99', 'sub'])}`,
    () => 'call sub',
    () => 'r8 = r0',
    call,
    call,
    call,
    call,
  ];
  const lines = Array.from({ length: 5 }, () => pick(forms)());
  return [
    PROLOGUE,
    ...lines,
    'r0 = 2; exit',
    `sub: ${pick(['r0 = 0', 'r0 = *(u8 *)(r1 +0)', 'r0 = 1', call()])}; exit`,
  ].join('\n');
}

/** r1 to r5 as helpers like them: context or map, stack, small numbers. */
const PROLOGUE = 'r6 = r1; r7 = r10; r7 += -64; r8 = map[fd:0]; r9 = 8; r2 = r7; r3 = r7; r4 = 8; r5 = 0; r0 = 0';

it('give a value or a fault', () => {
  const random = new Random(20);
  const outcomes = { values: 0, faults: 0 };
  for (let round = 0; round < 1500; round++) {
    const object = assembledObject({ hostile: randomText(random) }, MAPS);
    const session = createInterpreter().open(object, { ...DEFAULT_ENGINE_OPTIONS, instructionBudget: 5000 });
    const packets = [packetOf(new Uint8Array(64).fill(round)), packetOf(new Uint8Array(5000))];
    for (const { fault } of session.run('hostile', packets)) outcomes[fault === undefined ? 'values' : 'faults']++;
  }
  expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(20);
});
