// What libbpf refuses in a `.maps` definition is refused in its words; built by hand, since compilers never write it.
import { describe, expect, it } from 'vitest';
import { loadObject } from '../../src/object/load.js';
import { BtfWriter } from '../support/btf-writer.js';
import { writeElf } from '../support/elf-writer.js';

/** Members of a definition: a number stands for `__uint`, a function makes another type. */
type Fields = Readonly<Record<string, number | ((btf: BtfWriter, int: number) => number)>>;

interface Variation {
  readonly linkage?: 'static' | 'global';
  readonly kind?: 'struct' | 'union';
  readonly variableBytes?: number;
}

/** Loads an object whose only program uses the only map. */
function load(fields: Fields, { linkage = 'global', kind = 'struct', variableBytes }: Variation = {}) {
  const btf = new BtfWriter();
  const int = btf.int('int', 4, 'signed');
  const uint = (count: number) => btf.reference('ptr', btf.array(int, count));
  const members = Object.entries(fields).map(([name, value], at) => {
    const typeId = typeof value === 'number' ? uint(value) : value(btf, int);
    return { name, typeId, bitOffset: 64 * at };
  });
  const sizeBytes = 8 * members.length;
  const variable = btf.var('m', btf[kind]('', sizeBytes, members), linkage);
  btf.datasec('.maps', 0, [[variable, 0, variableBytes ?? sizeBytes]]);
  const code = Uint8Array.of(
    0x18,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0xb7,
    0,
    0,
    0,
    2,
    0,
    0,
    0,
    0x95,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  );
  const bytes = writeElf({
    sections: [
      { name: 'xdp', flags: 6, data: code },
      { name: '.maps', flags: 3, data: new Uint8Array(sizeBytes) },
      { name: '.BTF', flags: 0, data: btf.finish() },
    ],
    symbols: [
      { name: 'main', section: 'xdp', type: 'func', sizeBytes: 32 },
      { name: 'm', section: '.maps', type: 'object', sizeBytes },
    ],
    relocations: [{ section: 'xdp', entries: [{ offsetBytes: 0, symbol: 'm' }] }],
  });
  return loadObject(bytes, { fileName: 'm.o' }).maps[0];
}

const pointerTo = (make: (btf: BtfWriter, int: number) => number) => (btf: BtfWriter, int: number) =>
  btf.reference('ptr', make(btf, int));

const cases: readonly (readonly [string, Fields, string, Variation?])[] = [
  ['an unknown field', { type: 1, color: 3 }, "map 'm': unknown field 'color'."],
  ['no type', { key_size: 4 }, "map 'm': map type isn't specified."],
  [
    'sizes that disagree',
    { type: 1, key_size: 8, key: pointerTo((_, int) => int) },
    "map 'm': conflicting key size 8 != 4.",
  ],
  [
    'two value sizes',
    { type: 1, value_size: 8, value: pointerTo((_, int) => int) },
    "map 'm': conflicting value size 8 != 4.",
  ],
  [
    'a number that is no pointer',
    { type: 1, max_entries: (_, int) => int },
    "map 'm': attr 'max_entries': expected PTR, got int.",
  ],
  [
    'a number that points to no array',
    { type: pointerTo((_, int) => int) },
    "map 'm': attr 'type': expected ARRAY, got int.",
  ],
  ['a key that is no pointer', { type: 1, key: (_, int) => int }, "map 'm': key spec is not PTR: int."],
  [
    'a key without size',
    { type: 1, key: pointerTo(btf => btf.fwd('nothing')) },
    "map 'm': can't determine key size for type [4]: -22.",
  ],
  ['a pinning of no meaning', { type: 1, pinning: 2 }, "map 'm': invalid pinning value 2."],
  [
    'values of a plain map',
    { type: 1, values: (btf, int) => btf.array(int, 0) },
    "map 'm': should be map-in-map or prog-array.",
  ],
  [
    'values that are not last',
    { type: 12, values: (btf, int) => btf.array(int, 0), key_size: 4 },
    "map 'm': 'values' member should be last.",
  ],
  [
    'values with a length',
    { type: 12, values: (btf, int) => btf.array(int, 3) },
    "map 'm': map-in-map inner spec is not a zero-sized array.",
  ],
  [
    'values of no pointers',
    { type: 3, values: (btf, int) => btf.array(int, 0) },
    "map 'm': prog-array value def is of unexpected kind int.",
  ],
  [
    'inner maps that are no struct',
    { type: 13, values: (btf, int) => btf.array(btf.reference('ptr', int), 0) },
    "map 'm': map-in-map inner def is of unexpected kind int.",
  ],
  [
    'an inner map that is pinned',
    {
      type: 12,
      values: (btf, int) => {
        const pinning = { name: 'pinning', typeId: btf.reference('ptr', btf.array(int, 1)), bitOffset: 0 };
        return btf.array(btf.reference('ptr', btf.struct('', 8, [pinning])), 0);
      },
    },
    "map 'm.inner': inner def can't be pinned.",
  ],
  ['a static map', { type: 1 }, "map 'm': unsupported map linkage static.", { linkage: 'static' }],
  ['a union', { type: 1 }, "map 'm': unexpected def kind union.", { kind: 'union' }],
  ['a variable larger than the section', { type: 1 }, "map 'm' BTF data is corrupted.", { variableBytes: 100 }],
  ['a variable smaller than its type', { type: 1 }, "map 'm': invalid def size.", { variableBytes: 4 }],
];

describe('a map definition', () => {
  for (const [what, fields, message, variation] of cases) {
    it(`with ${what} is refused`, () => {
      expect(() => load(fields, variation)).toThrow(`m.o: read relocations: ${message}`);
    });
  }

  it('takes map_extra as a number of 32 bits and as an enumerator of 64', () => {
    expect(load({ type: 30, map_extra: 5 })?.extra).toBe(5n);
    expect(load({ type: 33, map_extra: btf => btf.enum64('', { e: 1n << 40n }) })?.extra).toBe(1n << 40n);
  });

  it.each([
    [0, 0],
    [1, 4096],
    [4096, 4096],
    [4097, 8192],
    [12288, 16384],
    [0x8000_0001, 0x8000_0001],
  ])('of a ring buffer of %i bytes gives one of %i', (declared, size) => {
    expect(load({ type: 27, max_entries: declared })?.maxEntries).toBe(size);
  });
});
