// What Linux has and this machine has not is refused by name: every row of the inventory that says `unsupported`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS } from '../../src/engine/engine.js';
import { UNSUPPORTED_KFUNCS } from '../../src/machine/kfuncs/unsupported.js';
import { MAP_TYPES, type MapTypeName } from '../../src/platform/map-types.js';
import { assembledObject } from '../support/assembled-object.js';
import { packetOf } from '../support/cases.js';
import { ENGINES } from '../support/engines.js';

type Section = Readonly<Record<string, { readonly simulation: string; readonly note?: string }>>;

const inventory = JSON.parse(readFileSync(join(import.meta.dirname, '../inventory.json'), 'utf8')) as {
  readonly mapTypes: Section;
  readonly kfuncs: Section;
};
const unsupported = (section: Section) =>
  Object.entries(section).flatMap(([name, { simulation, note = '' }]) =>
    simulation === 'unsupported' ? [{ name, note }] : [],
  );

/** What Linux wants of the types that it can create. */
const SHAPES: Readonly<Partial<Record<MapTypeName, object>>> = {
  arena: { key: 0, value: 0, max: 1, flags: 1 << 10 },
};

for (const engine of ENGINES) {
  describe(`the ${engine.name} refuses`, () => {
    it.each(unsupported(inventory.kfuncs))('kernel function $name: $note', ({ name, note }) => {
      const references = new Map([[0, { kind: 'kfunc', name, isWeak: false } as const]]);
      const object = assembledObject({ main: 'call kfunc#0; exit' }, [], { references });
      const run = () => engine.open(object, DEFAULT_ENGINE_OPTIONS).run('main', [packetOf(new Uint8Array(64))]);
      expect(run).toThrow(`program main: kernel function ${name} is not supported: ${note}`);
    });

    it.each(unsupported(inventory.mapTypes))('maps of type $name', ({ name }) => {
      const map = { type: MAP_TYPES[name as MapTypeName].id, ...SHAPES[name as MapTypeName] };
      const open = () => engine.open(assembledObject({ main: 'r0 = 2; exit' }, [map]), DEFAULT_ENGINE_OPTIONS);
      expect(open).toThrow(/^map map0: /);
    });

    it('a kernel function that Linux does not have', () => {
      const references = new Map([[0, { kind: 'kfunc', name: 'bpf_no_such', isWeak: false } as const]]);
      const object = assembledObject({ main: 'call kfunc#0; exit' }, [], { references });
      const run = () => engine.open(object, DEFAULT_ENGINE_OPTIONS).run('main', [packetOf(new Uint8Array(64))]);
      expect(run).toThrow('bpf_no_such is not supported: XDP programs of Linux 6.18 have no such function');
    });
  });
}

it('every reason belongs to a function of the inventory', () => {
  expect(Object.keys(UNSUPPORTED_KFUNCS).sort()).toEqual(
    unsupported(inventory.kfuncs)
      .map(({ name }) => name)
      .sort(),
  );
});
