// Initial values of global variables, given by name.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatValue } from '../../src/btf/value.js';
import { type LoadOptions, loadObject } from '../../src/object/load.js';
import { BtfWriter } from '../support/btf-writer.js';
import { type ElfDescription, writeElf } from '../support/elf-writer.js';

const globals = resolve(import.meta.dirname, '../programs/globals.o');

function load(options: Partial<LoadOptions>) {
  return loadObject(new Uint8Array(readFileSync(globals)), { fileName: 'globals.o', ...options });
}

/** The variables of a data section, by name. */
function values(options: Partial<LoadOptions>, section: string) {
  const spec = load(options);
  const map = spec.maps.find(item => item.section === section)!;
  const byName = formatValue(spec.btf!, map.valueTypeId!, map.contents!, { offsets: map.variables! }) as Record<
    string,
    readonly object[]
  >;
  return Object.assign({}, ...byName[section]!);
}

function description(byteOrder: 'little' | 'big'): ElfDescription {
  const btf = new BtfWriter(byteOrder);
  const short = btf.int('short', 2, 'signed');
  const int = btf.int('int', 4, 'signed');
  const pair = btf.struct('pair', 8, [
    { name: 'a', typeId: int, bitOffset: 0 },
    { name: 'b', typeId: short, bitOffset: 32 },
  ]);
  btf.datasec('.data', 0, [[btf.var('pairs', btf.array(pair, 2)), 0, 16]]);
  const data = new Uint8Array(24).fill(0x55);
  const view = new DataView(data.buffer);
  for (const at of [0, 8]) {
    view.setInt32(at, -2 - at, byteOrder === 'little');
    view.setInt16(at + 4, 0x102, byteOrder === 'little');
  }
  return {
    byteOrder,
    sections: [
      { name: '.data', flags: 3, data },
      { name: '.BTF', flags: 0, data: btf.finish() },
    ],
    symbols: [{ name: 'pairs', section: '.data', type: 'object' }],
  };
}

describe('global variables', () => {
  it('get the values that are given, by their type', () => {
    const before = values({}, '.rodata.tuning');
    const name = Object.keys(before)[0]!;
    expect(values({ globals: { [name]: 77 } }, '.rodata.tuning')).toEqual({ ...before, [name]: 77 });
  });

  it('that do not exist are named, with those that do', () => {
    expect(() => load({ globals: { nothing: 1 } })).toThrow(
      "globals.o: set variables: variable 'nothing': no such global variable; there are: ",
    );
  });

  it('say which value does not fit', () => {
    const name = Object.keys(values({}, '.rodata.tuning'))[0]!;
    expect(() => load({ globals: { [name]: 'many' } })).toThrow(`globals.o: set variables: variable '${name}':`);
  });

  it('need BTF', () => {
    const bytes = writeElf({ sections: [{ name: '.data', flags: 3, data: new Uint8Array(4) }], symbols: [] });
    expect(() => loadObject(bytes, { fileName: 'x.o', globals: { a: 1 } })).toThrow(
      "variable 'a': the object has no BTF that gives its type",
    );
  });

  it('of big-endian objects are turned round by their types, and bytes of none stay', () => {
    const contents = (order: 'little' | 'big') =>
      loadObject(writeElf(description(order)), { fileName: 'x.o' }).maps[0]?.contents;
    expect(contents('big')).toEqual(contents('little'));
  });
});
