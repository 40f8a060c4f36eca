// What compiled code notes when asked: the interpreter's counts of every instruction and branch, and cycles by a price list.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createCompiler } from '../../src/engine/compiler/compiler.js';
import { DEFAULT_ENGINE_OPTIONS } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { loadObject } from '../../src/object/load.js';
import { assembledObject } from '../support/assembled-object.js';
import { capturesIn, OWN_CAPTURES, packetsOf } from '../support/captures.js';
import { packetOf } from '../support/cases.js';

const PROGRAMS = join(import.meta.dirname, '../programs');
const objects = readdirSync(PROGRAMS).filter(name => name.endsWith('.o'));
const options = { ...DEFAULT_ENGINE_OPTIONS, observe: { counts: true } };

it.each(objects)('counts executions and taken branches as the interpreter does: %s', async name => {
  const packets = (await Promise.all(capturesIn(OWN_CAPTURES).map(packetsOf))).flat().slice(0, 300);
  const load = () => loadObject(readFileSync(join(PROGRAMS, name)), { fileName: name });
  const [a, b] = [createInterpreter().open(load(), options), createCompiler().open(load(), options)];
  for (const { name: program } of load().programs) {
    a.run(program, packets);
    b.run(program, packets);
  }
  for (const [at, { executed, taken }] of a.counts!.entries()) {
    expect(b.counts![at]!.executed.join(), 'executed').toBe(executed.join());
    expect(b.counts![at]!.taken.join(), 'taken').toBe(taken.join());
  }
});

it('does not count what stands behind a trap', () => {
  const object = assembledObject({
    main: 'r0 = 1; call sub; r0 = 2; exit; sub: r1 = 0; r0 = *(u32 *)(r1 +0); r2 = 1; exit',
  });
  const session = createCompiler().open(object, options);
  session.run('main', [packetOf(new Uint8Array(64))]);
  expect([...session.counts![0]!.executed]).toEqual([1, 1, 0, 0, 1, 1, 0, 0]);
});

it('adds up cycles by the price of instructions, functions included', () => {
  const text = 'r6 = 3; again: call sub; r6 -= 1; if r6 != 0 goto again; r0 = 2; exit; sub: r0 = 0; exit';
  const object = assembledObject({ main: text });
  const session = createCompiler({ cyclesOf: (_, first, last) => last - first + 1 }).open(
    object,
    DEFAULT_ENGINE_OPTIONS,
  );
  const [result] = session.run('main', [packetOf(new Uint8Array(64))]);
  expect(result!.cycles).toBe(1 + 3 * (1 + 2 + 2) + 2);
});

it('has no counts unless asked', () => {
  const session = createCompiler().open(assembledObject({ main: 'r0 = 2; exit' }), DEFAULT_ENGINE_OPTIONS);
  expect(session.counts).toBeUndefined();
  expect(session.run('main', [packetOf(new Uint8Array(64))])[0]!.cycles).toBeUndefined();
});
