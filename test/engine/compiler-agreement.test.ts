// The compiler and the interpreter make the same of every test program on every capture: verdicts, bytes, metadata, events, maps.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCompiler } from '../../src/engine/compiler/compiler.js';
import { DEFAULT_ENGINE_OPTIONS, type Packet, type Result } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { loadObject } from '../../src/object/load.js';
import { capturesIn, OWN_CAPTURES, packetsOf, REAL_CAPTURES } from '../support/captures.js';
import { differencesInMaps, resultDifference } from '../support/compare-engines.js';

const PROGRAMS = join(import.meta.dirname, '../programs');
const captures = [...capturesIn(OWN_CAPTURES), ...capturesIn(REAL_CAPTURES)];
const objects = readdirSync(PROGRAMS).filter(name => name.endsWith('.o'));

/** What a result holds beside verdict, bytes and metadata, as text: timers may leave very many events. */
function beside({ redirect, events, fault, headroomBytes }: Result): string {
  const text = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);
  return JSON.stringify({ redirect, events, fault, headroomBytes }, text);
}

describe.each([
  { checks: 'every access checked', isChecked: true },
  { checks: 'no checks', isChecked: false },
])('compiled code with $checks', ({ isChecked }) => {
  const packets: Packet[] = [];
  beforeAll(async () => {
    for (const path of captures) packets.push(...(await packetsOf(path)).slice(0, 20));
  });

  it.each(objects)(`agrees with the interpreter on ${captures.length} captures: %s`, name => {
    const load = () => loadObject(readFileSync(join(PROGRAMS, name)), { fileName: basename(name) });
    const options = { ...DEFAULT_ENGINE_OPTIONS, cpuCount: 2 };
    for (const { name: program } of load().programs) {
      const a = createInterpreter().open(load(), options);
      const b = createCompiler({ isChecked }).open(load(), options);
      const [left, right] = [a.run(program, packets), b.run(program, packets)];
      const differences = left.flatMap((result, at) => resultDifference(result, right[at]!) ?? []);
      expect(differences, program).toEqual([]);
      const besides = right.flatMap((result, at) => (beside(result) === beside(left[at]!) ? [] : [at]));
      expect(besides, program).toEqual([]);
      expect(differencesInMaps(a, b), program).toEqual([]);
    }
  });
});
