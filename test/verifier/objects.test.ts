// Programs that Linux loads: the verifier takes them all.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadObject } from '../../src/object/load.js';
import { verify } from '../../src/verifier/verify.js';
import { readObject, systemObjects } from '../support/system-objects.js';

const FOLDER = join(import.meta.dirname, '../programs');
const OBJECTS = readdirSync(FOLDER).filter(name => name.endsWith('.o'));

describe('built programs', () => {
  it.each(OBJECTS)('accepts every program of %s', name => {
    const object = loadObject(readFileSync(join(FOLDER, name)), { fileName: name });
    const refused = object.programs.flatMap(program => {
      const result = verify(object, program);
      return result.accepted ? [] : [`${program.name}: ${result.findings[0]?.message}`];
    });
    expect(refused).toEqual([]);
  });

  it('observes every instruction that it walks, with its registers', () => {
    const object = loadObject(readFileSync(join(FOLDER, 'pass-all.o')), { fileName: 'pass-all.o' });
    const seen: string[] = [];
    verify(object, object.programs[0]!, {
      observe: ({ slot, registers }) => seen.push(`${slot}: r1 ${registers[1]!.kind}, r0 ${registers[0]!.kind}`),
    });
    expect(seen).toEqual(['0: r1 context, r0 uninitialised', '1: r1 context, r0 scalar']);
  });
});

describe.skipIf(systemObjects.length === 0)('installed programs (skipped where no distribution installs any)', () => {
  it.each(systemObjects)('accepts every XDP program of %s', path => {
    const { name, bytes } = readObject(path);
    const object = loadObject(bytes, { fileName: name, lenient: true });
    const refused = object.programs.flatMap(program => {
      const result = verify(object, program);
      return result.accepted ? [] : [`${program.name}: ${result.findings[0]?.message}`];
    });
    expect(refused).toEqual([]);
  });
});
