// The specs of the bundled programs hold on every engine, and editors have the schema that the reader has.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { specSchema } from '../../src/testing/spec/schema.js';
import { ENGINES } from '../support/engines.js';
import { complaints, PROGRAMS, runText } from './run.js';

const files = readdirSync(PROGRAMS);
const specs = files.filter(name => name.endsWith('.spec.yaml'));

/** Stand-ins for published rows (test/nic), benchmarks (test/engine), and features held to the kernel one by one (test/machine). */
const TESTED_ELSEWHERE =
  /^(calibrate-.*|benchmarks|connections|dynptrs|heartbeat|helper-zoo|kernel-functions|value-fields)\.o$/;

describe('the programs of test/programs', () => {
  it('have a spec each, but for those of measurements and of tests of their own', () => {
    const isMeant = (name: string) => name.endsWith('.o') && !TESTED_ELSEWHERE.test(name);
    const objects = files.filter(isMeant).map(name => name.replace(/\.o$/, '.spec.yaml'));
    expect(objects.filter(name => !specs.includes(name))).toEqual([]);
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
