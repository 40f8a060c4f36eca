// What the compiler emits: modules that WebAssembly's own tools accept, whose text for small programs stands in golden/, and the same bytes
// every time. `npm run golden` writes the texts anew.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import wabtModule from 'wabt';
import { createCompiler } from '../../src/engine/compiler/compiler.js';
import { emitModule, type ModulePlan } from '../../src/engine/compiler/emit.js';
import { STATE_BYTES } from '../../src/engine/compiler/state.js';
import { HelperList } from '../../src/engine/compiler/unit.js';
import { DEFAULT_ENGINE_OPTIONS } from '../../src/engine/engine.js';
import { bindObject } from '../../src/machine/bind.js';
import { Machine } from '../../src/machine/machine.js';
import { assembledObject, type TestMap } from '../support/assembled-object.js';
import { packetOf } from '../support/cases.js';

const GOLDEN = join(import.meta.dirname, 'golden');
const wabt = await wabtModule();

const DESCRIPTORS: ModulePlan = { feed: { kind: 'descriptors' }, hasMain: false, addressTaken: [] };
const RECORDS: ModulePlan = {
  feed: { kind: 'records', minimumBytes: 14, maximumBytes: 3520 },
  hasMain: false,
  addressTaken: [],
};

function emit(text: string, maps: readonly TestMap[] = [], plan = DESCRIPTORS, isChecked = true): Uint8Array {
  const machine = new Machine({ cpuCount: 1, seed: 1 });
  const bound = bindObject(machine, assembledObject({ main: text }, maps));
  const context = {
    machine,
    helpers: new HelperList(),
    stateAddress: machine.memory.allocate(STATE_BYTES, 64, 'state'),
    isChecked: () => isChecked,
    instructionBudget: 1_000_000,
    counters: undefined,
    cyclesOf: undefined,
  };
  return emitModule(context, bound.programs.get('main')!, plan);
}

function watOf(bytes: Uint8Array): string {
  const module = wabt.readWasm(bytes, { tail_call: true, bulk_memory: true });
  module.validate();
  // Addresses of the machine are of no interest here, and change with it.
  return module.toText({ foldExprs: false, inlineExport: false }).replace(/\b[1-9]\d{4,}\b/g, 'ADDRESS');
}

const HEADER = 'r2 = *(u32 *)(r1 +0); r3 = *(u32 *)(r1 +4); r4 = r2; r4 += 34; r0 = 2; if r4 > r3 goto end;';

const EXAMPLES: readonly { name: string; text: string; maps?: readonly TestMap[]; plan?: ModulePlan }[] = [
  { name: 'pass', text: 'r0 = 2; exit' },
  { name: 'pass-records', text: 'r0 = 2; exit', plan: RECORDS },
  { name: 'checked-by-the-program', text: `${HEADER} r5 = *(u16 *)(r2 +12); if r5 != 8 goto end; r0 = 1; end: exit` },
  { name: 'not-checked-by-the-program', text: 'r2 = *(u32 *)(r1 +0); r0 = *(u8 *)(r2 +20); exit' },
  { name: 'loop', text: 'r0 = 0; again: r0 += 1; if r0 < 10 goto again; exit' },
  {
    name: 'array-lookup',
    maps: [{ type: 2, value: 8, max: 4 }],
    text: '*(u32 *)(r10 -4) = 1; r2 = r10; r2 += -4; r1 = map[fd:0]; call map_lookup_elem; if r0 == 0 goto end; r1 = *(u64 *)(r0 +0); r1 += 1; *(u64 *)(r0 +0) = r1; end: r0 = 2; exit',
  },
  { name: 'function', text: 'r1 = 3; call sub; exit; sub: r0 = r1; r0 *= 2; exit' },
];

describe('an emitted module', () => {
  it.each(EXAMPLES)('reads as golden/$name.wat', ({ name, text, maps, plan }) => {
    const path = join(GOLDEN, `${name}.wat`);
    const wat = watOf(emit(text, maps, plan));
    if (process.env.UPDATE_GOLDEN !== undefined) {
      mkdirSync(GOLDEN, { recursive: true });
      writeFileSync(path, wat);
    }
    expect(wat).toBe(readFileSync(path, 'utf8'));
  });

  it.each(EXAMPLES)('has the same bytes every time: $name', ({ text, maps, plan }) => {
    expect(emit(text, maps, plan)).toEqual(emit(text, maps, plan));
  });

  it('asks the host about no access that the program has compared with data_end', () => {
    const { text } = EXAMPLES.find(({ name }) => name === 'checked-by-the-program')!;
    expect(watOf(emit(text))).not.toContain('call 1');
  });
});

describe('control flow', () => {
  const run = (text: string) =>
    createCompiler()
      .open(assembledObject({ main: text }), DEFAULT_ENGINE_OPTIONS)
      .run('main', [packetOf(new Uint8Array(64))])[0]!;

  it('that enters a cycle in two places is dispatched, and runs', () => {
    const text =
      'r0 = 0; r6 = 5; if r1 == 0 goto second; first: r0 += 1; second: r0 += 10; r6 -= 1; if r6 != 0 goto first; exit';
    expect(run(text).returnValue).toBe(55);
    expect(watOf(emit(text))).toContain('br_table');
  });

  it('of a reducible graph needs no dispatch', () => {
    expect(
      watOf(
        emit('r0 = 0; r6 = 3; a: r7 = 4; b: r0 += 1; r7 -= 1; if r7 != 0 goto b; r6 -= 1; if r6 != 0 goto a; exit'),
      ),
    ).not.toContain('br_table');
  });

  it('may be as deep as a program is long', () => {
    const lines = Array.from({ length: 12_000 }, (_, at) => `if r6 == ${at + 1} goto n${at}; r0 += 1; n${at}: r0 += 2`);
    const { returnValue, fault } = run(['r0 = 0; r6 = 5', ...lines, 'exit'].join('\n'));
    expect([returnValue, fault]).toEqual([3 * 12_000 - 1, undefined]);
  });

  it('in nested branches that end apart may be as deep too', () => {
    const lines = Array.from({ length: 6_000 }, (_, at) => `if r6 == ${at + 1} goto +2; r0 = ${at}; exit; r6 += 1`);
    expect(run(['r0 = 0; r6 = 1', ...lines, 'exit'].join('\n')).fault).toBeUndefined();
  });

  it('in a cycle that never ends runs out of budget', () => {
    expect(run('r0 = 0; again: r0 += 1; goto again').fault).toMatchObject({ kind: 'budget', slot: 1 });
  });
});
