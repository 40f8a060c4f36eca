// Programs that play with pointers as no compiler would write them: the checks that compiled code leaves out are those that cannot fail, so
// verdicts, bytes, maps and faults are the interpreter's.
import { describe, expect, it } from 'vitest';
import { createCompiler } from '../../src/engine/compiler/compiler.js';
import { DESCRIPTOR_BYTES, STATE_BYTES } from '../../src/engine/compiler/state.js';
import { DEFAULT_ENGINE_OPTIONS, type Result, type Session } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import type { Fault } from '../../src/machine/fault.js';
import type { Machine } from '../../src/machine/machine.js';
import { Random } from '../../src/machine/random.js';
import { assembledObject, type TestMap } from '../support/assembled-object.js';
import { packetOf } from '../support/cases.js';
import { differencesInMaps } from '../support/compare-engines.js';

const PROGRAMS = Number(process.env.RANDOM_PROGRAMS ?? 300);
const FIRST_SEED = Number(process.env.RANDOM_SEED ?? 1);

const MAPS: readonly TestMap[] = [
  { type: 2, value: 24, max: 4 },
  { type: 1, value: 16, max: 8 },
  { type: 6, value: 12, max: 2 },
  { type: 11, key: 8, value: 8, max: 8, flags: 1 },
];

const SIZES = [14, 15, 64, 200, 5000];
const packets = SIZES.map((size, at) =>
  packetOf(Uint8Array.from({ length: size }, (_, byte) => (byte * 37 + at) & 0xff)),
);

/** r6 context, r7 data, r8 data_end, r9 what the last lookup gave; r0 to r5 anything. */
const PROLOGUE =
  'r6 = r1; r7 = *(u32 *)(r6 +0); r8 = *(u32 *)(r6 +4); r9 = 0; r0 = 1; r2 = 0; r3 = 4; r4 = r7; r5 = r10';

function program(seed: number): string {
  const random = new Random(seed);
  const below = (limit: number): number => random.next() % limit;
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  const low = () => `r${pick([0, 1, 2, 3, 4, 5])}`;
  const any = () => `r${pick([0, 1, 2, 3, 4, 5, 4, 4, 5, 6, 7, 7, 8, 9, 10])}`;
  const offset = () => `${pick(['+0', '+0', '+2', '+4', '+8', '+13', '+14', '+30', '-2', '-4', '-8', '-16'])}`;
  const size = () => pick([8, 16, 32, 64]);
  const word = () => -8 * (1 + below(4));
  const count = 6 + below(14);
  const target = (at: number) => `s${Math.min(count, at + 1 + below(5))}`;
  const forms: readonly ((at: number) => string)[] = [
    () => `${low()} = *(u32 *)(r6 ${pick(['+0', '+4', '+8', '+12', '+16'])})`,
    () => `${low()} = ${any()}`,
    () => `${low()} += ${pick([1, 2, 4, 8, 14, 20, -4, -14, 40, 70000, -70000])}`,
    () => `${low()} += ${any()}`,
    () => `${low()} -= ${pick(['2', '14', any()])}`,
    () => `${low()} &= ${pick([1, 15, 60, 255, 65535])}`,
    () => `${low()} = *(u${size()} *)(${any()} ${offset()})`,
    () => `${low()} = *(u${size()} *)(${any()} ${offset()})`,
    () => `${low()} = *(u8 *)(r7 ${offset()})`,
    () => `*(u${size()} *)(${any()} ${offset()}) = ${any()}`,
    () => `*(u64 *)(r10 ${word()}) = ${any()}`,
    () => `${low()} = *(u64 *)(r10 ${word()})`,
    at => `if ${any()} ${pick(['>', '>=', '<', '<=', '==', '!='])} ${any()} goto ${target(at)}`,
    at => `if ${low()} ${pick(['>', '<='])} r8 goto ${target(at)}`,
    at => `if r8 ${pick(['<', '>='])} ${low()} goto ${target(at)}`,
    at => `if ${pick(['r0', 'r9', low()])} ${pick(['==', '!='])} 0 goto ${target(at)}`,
    at => `if ${low()} > ${below(100)} goto s${Math.max(0, at - below(4))}`,
    () => `*(u32 *)(r10 -4) = ${below(5)}; r2 = r10; r2 += -4; r1 = map[fd:${below(3)}]; call map_lookup_elem; r9 = r0`,
    () => `*(u64 *)(r10 -8) = ${pick([32, 16, 0])}; r2 = r10; r2 += -8; r1 = map[fd:3]; call map_lookup_elem; r9 = r0`,
    () => 'r1 = map[fd:1]; r2 = r7; call map_lookup_elem; r9 = r0',
    () =>
      `*(u32 *)(r10 -4) = ${below(5)}; r1 = map[fd:${below(2)}]; r2 = r10; r2 += -4; r3 = r10; r3 += -32; r4 = 0; call map_update_elem`,
    () =>
      `r1 = r6; r2 = ${pick([14, -14, 4, -8])}; call ${pick(['xdp_adjust_head', 'xdp_adjust_tail', 'xdp_adjust_meta'])}`,
    () => 'call get_smp_processor_id',
    () => `r5 = map[fd:0][0]+${pick([0, 8, 20, 24])}; r4 = *(u32 *)(r5 ${offset()})`,
    () => `r5 = map[fd:0][0]+0; r3 &= ${pick([7, 31])}; r5 += r3; *(u32 *)(r5 +0) = 7`,
    () =>
      `r4 = r7; r3 = *(u8 *)(r7 +0); r3 &= 60; r4 += r3; r5 = r4; r5 += 20; if r5 > r8 goto +1; r3 = *(u32 *)(r4 +16)`,
    () => `r1 = ${any()}; call sub; r1 = 1; r2 = 2; r3 = 3; r4 = 4; r5 = 5`,
  ];
  const lines = Array.from({ length: count }, (_, at) => `s${at}: ${pick(forms)(at)}`);
  // What it finds in r6 to r9 no verifier would let a function read.
  const sub = Array.from({ length: 4 }, () => pick(forms.slice(1, 12))(0));
  const callee = ['sub: r0 = 0; r6 = 0; r7 = r1; r8 = 0; r9 = 0', ...sub, 'exit'];
  return [PROLOGUE, ...lines, `s${count}: exit`, ...callee].join('\n');
}

const outcome = ({ returnValue, bytes, metadata, fault }: Result) => ({
  returnValue,
  bytes: Array.from(bytes).join(),
  metadata: metadata.join(),
  fault: fault === undefined ? undefined : place(fault),
});

const place = ({ kind, message, slot, address, sizeBytes, registers }: Fault) => ({
  kind,
  message,
  slot,
  address,
  sizeBytes,
  pointers: registers.slice(6).join(),
});

/** Compiled code has words in memory, behind which map elements lie: addresses are the same with as much taken. */
function takeRoomOfCompiler(session: Session): void {
  const { memory } = (session as unknown as { readonly interpreter: { readonly machine: Machine } }).interpreter
    .machine;
  memory.allocate(STATE_BYTES, 64, 'room');
  memory.allocate(DESCRIPTOR_BYTES, DESCRIPTOR_BYTES, 'room');
}

describe('random pointer programs', () => {
  it(`give on the compiler what they give on the interpreter, seeds ${FIRST_SEED} to ${FIRST_SEED + PROGRAMS - 1}`, () => {
    const outcomes = { values: 0, faults: 0 };
    for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
      const text = program(seed);
      const object = assembledObject({ main: text }, MAPS);
      const options = { ...DEFAULT_ENGINE_OPTIONS, instructionBudget: 20_000 };
      const [a, b] = [createInterpreter().open(object, options), createCompiler().open(object, options)];
      takeRoomOfCompiler(a);
      const expected = a.run('main', packets);
      const actual = b.run('main', packets);
      if (expected.some(({ fault }) => fault?.kind === 'budget')) continue;
      for (const [at, result] of expected.entries()) {
        outcomes[result.fault === undefined ? 'values' : 'faults']++;
        expect(outcome(actual[at]!), `seed ${seed}, packet of ${SIZES[at]} bytes\n${text}`).toEqual(outcome(result));
      }
      expect(differencesInMaps(a, b), `seed ${seed}\n${text}`).toEqual([]);
    }
    expect(Math.min(outcomes.values, outcomes.faults)).toBeGreaterThan(PROGRAMS / 10);
  });
});
