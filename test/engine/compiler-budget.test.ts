// No program runs without end past its budget, though compiled code looks at it in loops and calls only. A round of a loop is charged what
// every way through it executes: so many instructions at least, and never more than the program has.
import { describe, expect, it } from 'vitest';
import { createCompiler } from '../../src/engine/compiler/compiler.js';
import { DEFAULT_ENGINE_OPTIONS, type Result } from '../../src/engine/engine.js';
import { assembledObject, type TestMap } from '../support/assembled-object.js';
import { packetOf } from '../support/cases.js';

const BUDGET = 1000;
const RANDOM_PROGRAMS = 150;
const ARRAY: TestMap = { type: 2, value: 8, max: 64 };

/** Runs `main` with BUDGET; what became of it, and how many instructions ran as the block counters tell. */
function run(text: string, maps: readonly TestMap[] = []): { result: Result; executed: number; length: number } {
  const object = assembledObject({ main: text }, maps);
  const options = { ...DEFAULT_ENGINE_OPTIONS, instructionBudget: BUDGET, observe: { counts: true } };
  const session = createCompiler().open(object, options);
  const [result] = session.run('main', [packetOf(new Uint8Array(64))]);
  const executed = session.counts![0]!.executed.reduce((sum, count) => sum + count, 0);
  return { result: result!, executed, length: object.programs[0]!.code.byteLength / 8 };
}

const ENDLESS: readonly { readonly name: string; readonly text: string; readonly maps?: readonly TestMap[] }[] = [
  { name: 'a jump to itself', text: 'again: goto again' },
  { name: 'a loop', text: 'r0 = 0; again: r0 += 1; goto again' },
  {
    name: 'loops within loops that each end',
    text: 'r6 = 500; a: r7 = 500; b: r8 = 500; c: r8 -= 1; if r8 != 0 goto c; r7 -= 1; if r7 != 0 goto b; r6 -= 1; if r6 != 0 goto a; r0 = 2; exit',
  },
  {
    name: 'a cycle that is entered in two places',
    text: 'r0 = 0; if r1 == 0 goto second; first: r0 += 1; second: r0 += 10; goto first',
  },
  { name: 'calls in a loop', text: 'again: call sub; goto again; sub: r0 = 1; exit' },
  {
    name: 'calls of functions that call functions',
    text: `r6 = 2; ${'call one; '.repeat(9)}exit; one: ${'call two; '.repeat(9)}exit; two: ${'call three; '.repeat(9)}exit; three: ${'call four; '.repeat(9)}exit; four: r0 = 1; exit`,
  },
  { name: 'functions that call themselves', text: 'call sub; exit; sub: call sub; exit' },
  {
    name: 'bpf_loop',
    text: 'r1 = 1000000; r2 = subprog[body]; r3 = 0; r4 = 0; call loop; exit; body: r0 = 0; exit',
  },
  {
    name: 'bpf_loop in bpf_loop',
    text: 'r1 = 1000; r2 = subprog[outer]; r3 = 0; r4 = 0; call loop; exit; outer: r1 = 1000; r2 = subprog[inner]; r3 = 0; r4 = 0; call loop; r0 = 0; exit; inner: r0 = 0; exit',
  },
  {
    name: 'bpf_for_each_map_elem in a loop',
    text: 'again: r1 = map[fd:0]; r2 = subprog[body]; r3 = 0; r4 = 0; call for_each_map_elem; goto again; body: r0 = 0; exit',
    maps: [ARRAY],
  },
  { name: 'may_goto', text: 'again: may_goto end; r1 = 1; goto again; end: r0 = 2; exit' },
];

describe('a program that would not end', () => {
  it.each(ENDLESS)('is stopped: $name', ({ text, maps }) => {
    const { result, executed, length } = run(text, maps);
    expect(result.fault).toBeDefined();
    expect(executed).toBeLessThanOrEqual(BUDGET + length);
  });
});

/** Xorshift32. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Blocks that jump anywhere, forwards and backwards, by what a register happens to hold, and call a function now and then. */
function jumping(seed: number): string {
  const next = numbers(2_654_435_761 * seed);
  const blocks = 3 + (next() % 12);
  const lines = Array.from({ length: blocks }, (_, at) => {
    const target = `n${next() % blocks}`;
    const body = [`r6 += ${1 + (next() % 9)}`, `r6 ^= ${next() % 64}`, 'call sub'][next() % 3];
    const end = next() % 4 === 0 ? `goto ${target}` : `if r6 & ${1 << (next() % 6)} goto ${target}`;
    return `n${at}: ${body}; ${end}`;
  });
  return `r6 = ${seed}; ${lines.join('; ')}; r0 = 2; exit; sub: r0 = 1; exit`;
}

describe('programs that jump at random', () => {
  it(`end, or are stopped, as a rule before twice their budget, seeds 1 to ${RANDOM_PROGRAMS}`, () => {
    const outcomes = { ended: 0, stopped: 0 };
    let shareOfBudget = 0;
    for (let seed = 1; seed <= RANDOM_PROGRAMS; seed++) {
      const text = jumping(seed);
      const { result, executed, length } = run(text);
      outcomes[result.fault === undefined ? 'ended' : 'stopped']++;
      if (result.fault !== undefined) expect(result.fault.kind, `seed ${seed}\n${text}`).toBe('budget');
      expect(executed, `seed ${seed}\n${text}`).toBeLessThanOrEqual(BUDGET * length);
      shareOfBudget += executed / (BUDGET * RANDOM_PROGRAMS);
    }
    expect(shareOfBudget).toBeLessThan(2);
    expect(Math.min(outcomes.ended, outcomes.stopped)).toBeGreaterThan(RANDOM_PROGRAMS / 10);
  });
});
