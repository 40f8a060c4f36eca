// test/inventory.json lists every helper, map type and kernel function that XDP programs may use, what it is here, and the test that proves it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { helperSimulation } from '../src/machine/helpers/table.js';
import { kfuncSimulation } from '../src/machine/kfuncs/table.js';
import { EMPTY_MAPS } from '../src/machine/maps/empty.js';
import { XDP_HELPERS } from '../src/platform/helpers.js';
import { XDP_KFUNCS } from '../src/platform/kfuncs.js';
import { MAP_TYPES, type MapTypeName } from '../src/platform/map-types.js';

interface Row {
  /** `unsupported`: refused by name when the object is bound. */
  readonly simulation: 'real' | 'constant' | 'unsupported';
  /** What it is where that is not all of what Linux does. */
  readonly note?: string;
  /** Path of the test below test/; programs are run by engine/kernel.test.ts, on the interpreter and on Linux. */
  readonly test: string;
}

type Section = Readonly<Record<string, Row>>;

const inventory = JSON.parse(readFileSync(join(import.meta.dirname, 'inventory.json'), 'utf8')) as {
  readonly helpers: Section;
  readonly mapTypes: Section;
  readonly kfuncs: Section;
};
const sections = Object.entries(inventory).flatMap(([section, rows]) =>
  Object.entries(rows as Section).map(([name, row]) => ({ section, name, row })),
);

describe('the inventory', () => {
  it('has every helper, map type and kernel function, and nothing else', () => {
    expect(Object.keys(inventory.helpers).sort()).toEqual(Object.keys(XDP_HELPERS).sort());
    expect(Object.keys(inventory.mapTypes).sort()).toEqual(Object.keys(MAP_TYPES).sort());
    expect(Object.keys(inventory.kfuncs).sort()).toEqual(Object.keys(XDP_KFUNCS).sort());
  });

  it('says of helpers and kernel functions what their implementations say', () => {
    for (const [name, { simulation, note = '' }] of Object.entries(inventory.helpers))
      expect({ name, simulation, note }).toEqual({ name, ...pick(helperSimulation(name)!) });
    for (const [name, { simulation, note = '' }] of Object.entries(inventory.kfuncs)) {
      const facts = pick(kfuncSimulation(name));
      expect({ name, simulation: simulation === 'unsupported' ? 'none' : simulation, note }).toEqual({
        name,
        ...facts,
      });
    }
  });

  it('says of every map type whether maps of it can be made, and can hold anything', () => {
    const kindOf = (name: string) => {
      if (name === 'arena' || name === 'struct_ops') return 'unsupported';
      return Object.hasOwn(EMPTY_MAPS, name) ? 'constant' : 'real';
    };
    for (const [name, { simulation }] of Object.entries(inventory.mapTypes))
      expect(`${name}: ${simulation}`).toBe(`${name}: ${kindOf(name)}`);
  });

  it('names tests that call what they prove', () => {
    const missing = sections.filter(({ section, name, row }) => !names(section, name, row));
    expect(missing.map(({ section, name, row }) => `${section} ${name}: not in ${row.test}`)).toEqual([]);
  });
});

/** Whether the test names the row: a C program calls it, a TypeScript test has its name; one test goes through all that is unsupported. */
function names(section: string, name: string, { simulation, test }: Row): boolean {
  const path = join(import.meta.dirname, test);
  if (!existsSync(path)) return false;
  if (simulation === 'unsupported') return test === 'machine/unsupported.test.ts';
  const text = readFileSync(path, 'utf8');
  if (!test.endsWith('.c')) return new RegExp(`\\b(bpf_)?${name}\\b`).test(text);
  if (section === 'mapTypes') return text.includes(`${MAP_TYPES[name as MapTypeName].enumName})`);
  return new RegExp(`\\b(bpf_)?${name}\\(`).test(text);
}

function pick({ simulation, note }: { readonly simulation: string; readonly note: string }) {
  return { simulation, note };
}
