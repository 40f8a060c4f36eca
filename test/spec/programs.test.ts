// The specs of the bundled programs hold on every engine, and editors have the schema that the reader has.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { specSchema } from '../../src/testing/spec/schema.js';
import { ENGINES } from '../support/engines.js';
import { complaints, PROGRAMS, runText } from './run.js';

const files = readdirSync(PROGRAMS);
const specs = files.filter(name => name.endsWith('.spec.yaml'));

describe('the programs of test/programs', () => {
  it('have a spec each', () => {
    const objects = files.filter(name => name.endsWith('.o'));
    expect(objects.filter(name => !specs.includes(name.replace(/\.o$/, '.spec.yaml')))).toEqual([]);
  });

  for (const engine of ENGINES) {
    for (const name of specs) {
      it(`${name} holds on the ${engine.name}`, async () => {
        const result = await runText(readFileSync(join(PROGRAMS, name), 'utf8'), name, engine);
        expect(complaints(result)).toEqual([]);
        expect(result.cases.length).toBeGreaterThan(0);
      });
    }
  }

  it('stand beside the JSON Schema that `xdpsim test --schema` prints', () => {
    expect(JSON.parse(readFileSync(join(PROGRAMS, 'spec.schema.json'), 'utf8'))).toEqual(specSchema());
  });
});
