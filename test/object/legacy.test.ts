// Objects of old compilers and loaders, built by hand: untyped symbols, legacy maps, RELA, numbered sections, big-endian code.
import { describe, expect, it } from 'vitest';
import { readRaw } from '../../src/isa/raw.js';
import { type LoadOptions, loadObject } from '../../src/object/load.js';
import type { ObjectSpec } from '../../src/object/spec.js';
import { ByteWriter } from '../../src/support/bytes.js';
import { BtfWriter } from '../support/btf-writer.js';
import { type ElfDescription, type SymbolDescription, writeElf } from '../support/elf-writer.js';

const EXECUTABLE = 6;
const NOBITS = 8;

/** Instructions as rows of opcode, registers byte, offset, immediate. */
type Row = readonly [opcode: number, registers: number, offset: number, imm: number];

const EXIT: Row = [0x95, 0, 0, 0];
const PASS: readonly Row[] = [[0xb7, 0, 0, 2], EXIT];
/** r1 = 64-bit immediate. */
const load64 = (imm = 0): readonly Row[] => [
  [0x18, 0x01, 0, imm],
  [0, 0, 0, 0],
];
/** Call of a function of the object; -1 is what compilers write under a relocation. */
const call = (imm = -1): Row => [0x85, 0x10, 0, imm];

function code(rows: readonly Row[], order: 'little' | 'big' = 'little'): Uint8Array {
  const writer = new ByteWriter(order);
  for (const [opcode, registers, offset, imm] of rows) {
    const turned = ((registers & 15) << 4) | (registers >> 4);
    writer
      .u8(opcode)
      .u8(order === 'little' ? registers : turned)
      .u16(offset & 0xffff)
      .i32(imm);
  }
  return writer.finish();
}

function words(...values: readonly number[]): Uint8Array {
  const writer = new ByteWriter();
  for (const value of values) writer.u32(value >>> 0);
  return writer.finish();
}

function func(name: string, section: string, value = 0, sizeBytes = 0): SymbolDescription {
  return { name, section, type: 'func', value, sizeBytes };
}

function load(description: ElfDescription, options: Partial<LoadOptions> = {}): ObjectSpec {
  return loadObject(writeElf(description), { fileName: 'old.o', ...options });
}

describe('legacy maps', () => {
  function maps(stride: number, definitions: readonly (readonly number[])[], section = 'maps'): ObjectSpec {
    const data = new Uint8Array(stride * definitions.length);
    definitions.forEach((definition, at) => data.set(words(...definition), at * stride));
    const symbols = definitions.map(
      (_, at): SymbolDescription => ({
        name: `map${at}`,
        section,
        value: at * stride,
        type: at % 2 === 0 ? 'object' : 'notype',
      }),
    );
    return load({
      sections: [
        { name: 'xdp', flags: EXECUTABLE, data: code([...load64(), ...PASS]) },
        { name: section, flags: 3, data },
      ],
      symbols: [func('prog', 'xdp', 0, 32), ...symbols],
      relocations: [{ section: 'xdp', entries: [{ offsetBytes: 0, symbol: 'map0' }] }],
    });
  }

  it('have as many bytes as the section has for each symbol', () => {
    const rows = [16, 20, 24, 28, 36, 280].map(stride => {
      const { maps: found } = maps(stride, [
        [1, 4, 8, 100],
        [2, 4, 16, 5],
      ]);
      return [stride, ...found.map(map => [map.type, map.keySizeBytes, map.valueSizeBytes, map.maxEntries])];
    });
    for (const [, ...definitions] of rows)
      expect(definitions).toEqual([
        [1, 4, 8, 100],
        [2, 4, 16, 5],
      ]);
  });

  it('are what relocations against their symbols mean', () => {
    const { programs, relocations } = maps(20, [[1, 4, 8, 100, 1]]);
    expect(programs[0]?.references.get(0)).toEqual({ kind: 'map', map: 'map0' });
    expect(relocations[0]).toMatchObject({ section: 'xdp', type: 'R_BPF_64_64', symbol: 'map0', result: 'map map0' });
  });

  it('of kernel samples name an inner map by its number', () => {
    const { maps: found } = maps(28, [
      [2, 4, 8, 3, 0, 0, 0],
      [12, 4, 4, 7, 0, 0, 0],
    ]);
    expect(found[1]).toMatchObject({ definition: 'legacy', inner: { type: 2, valueSizeBytes: 8, maxEntries: 3 } });
  });

  it('of iproute2 have ids, pinning, and put inner maps into outer ones', () => {
    const { maps: found } = maps(36, [
      [2, 4, 8, 3, 0, 42, 0, 0, 1],
      [12, 4, 4, 7, 0, 5, 2, 42, -1],
    ]);
    expect(found[0]).toMatchObject({ definition: 'iproute2', iproute2: { id: 42, innerId: 0, innerIndex: 1 } });
    expect(found[1]).toMatchObject({
      pinning: 'by-name',
      inner: { valueSizeBytes: 8 },
      slots: [{ index: 1, kind: 'map', name: 'map0' }],
    });
  });

  it('too short to be one fail only the programs that use them', () => {
    expect(() => maps(8, [[1, 4]])).toThrow(
      "old.o: read relocations: section maps: map 'map0': definition of 8 bytes at offset 0",
    );
  });

  it('have the BTF types of the struct that annotates them', () => {
    const btf = new BtfWriter();
    const int = btf.int('int', 4, 'signed');
    const long = btf.int('long', 8, 'signed');
    const member = (name: string, typeId: number, bitOffset: number) => ({ name, typeId, bitOffset });
    btf.struct('____btf_map_counts', 16, [member('key', int, 0), member('value', long, 64)]);
    btf.struct('____btf_map_other', 16, [member('key', int, 0), member('value', int, 64)]);
    const { maps: found } = load({
      sections: [
        { name: 'maps', flags: 3, data: words(1, 4, 8, 100, 0, 1, 4, 8, 100, 0) },
        { name: '.BTF', flags: 0, data: btf.finish() },
      ],
      symbols: [
        { name: 'counts', section: 'maps', type: 'object' },
        { name: 'other', section: 'maps', type: 'object', value: 20 },
      ],
    });
    expect(found.map(({ keyTypeId, valueTypeId }) => [keyTypeId, valueTypeId])).toEqual([
      [int, long],
      [undefined, undefined],
    ]);
  });

  it('may stand in a section each', () => {
    expect(maps(20, [[1, 4, 8, 100, 0]], 'maps/one').maps[0]).toMatchObject({ name: 'map0', section: 'maps/one' });
  });
});

describe('programs by section name', () => {
  const tails = (name: string, map: readonly number[]) =>
    load({
      sections: [
        { name: 'xdp', flags: EXECUTABLE, data: code(PASS) },
        { name, flags: EXECUTABLE, data: code(PASS) },
        { name: 'maps', flags: 3, data: words(...map) },
      ],
      symbols: [
        func('main', 'xdp', 0, 16),
        func('tail', name, 0, 16),
        { name: 'jumps', section: 'maps', type: 'object' },
      ],
    });

  it('fill the program array with that id', () => {
    const spec = tails('2/1', [3, 4, 4, 8, 0, 2, 0, 0, -1]);
    expect(spec.maps[0]?.slots).toEqual([{ index: 1, kind: 'program', name: 'tail' }]);
    expect(spec.warnings.at(-1)).toBe("program tail: put into slot 1 of map 'jumps', as its section 2/1 says");
  });

  it('fill the only program array where it has no id', () => {
    expect(tails('xdp_prog/3', [3, 4, 4, 8, 0]).maps[0]?.slots).toEqual([{ index: 3, kind: 'program', name: 'tail' }]);
  });

  it('leave out slots that no array has', () => {
    const spec = tails('2/9', [3, 4, 4, 8, 0, 2, 0, 0, -1]);
    expect(spec.maps[0]?.slots).toEqual([]);
    expect(spec.warnings.at(-1)).toContain('names a slot, but of no program array of this object');
  });
});

describe('symbols of old compilers', () => {
  it('name functions without type or size', () => {
    const { programs } = load({
      sections: [{ name: 'prog', flags: EXECUTABLE, data: code([...PASS, ...PASS]) }],
      symbols: [
        { name: 'first', section: 'prog' },
        { name: 'second', section: 'prog', value: 16 },
        { name: 'LBB0_1', section: 'prog', value: 8, binding: 'local' },
      ],
    });
    expect(programs.map(({ name, code: own }) => [name, own.byteLength])).toEqual([
      ['first', 16],
      ['second', 16],
    ]);
  });

  it('leave a section without any name of its own to be the program', () => {
    const { programs, warnings } = load({
      sections: [{ name: 'xdp', flags: EXECUTABLE, data: code(PASS) }],
      symbols: [],
    });
    expect(programs.map(program => program.name)).toEqual(['xdp']);
    expect(warnings).toEqual(['section xdp: no function symbol, taken as one program named after the section']);
  });

  it('give one program per name of the same code', () => {
    const { programs } = load({
      sections: [{ name: 'xdp', flags: EXECUTABLE, data: code(PASS) }],
      symbols: [func('one', 'xdp', 0, 16), func('two', 'xdp', 0, 16)],
    });
    expect(programs.map(program => program.name)).toEqual(['one', 'two']);
  });

  it('without program section make programs of the functions of .text that nothing calls', () => {
    const { programs } = load({
      sections: [{ name: '.text', flags: EXECUTABLE, data: code([call(1), EXIT, ...PASS, ...PASS]) }],
      symbols: [func('main', '.text', 0, 16), func('callee', '.text', 16, 16), func('other', '.text', 32, 16)],
    });
    expect(programs.map(({ name, functions }) => [name, functions.length])).toEqual([
      ['main', 2],
      ['other', 1],
    ]);
  });
});

describe('relocations', () => {
  const withText = (hasAddends: boolean, symbol: string, imm: number, addend: number) =>
    load({
      sections: [
        { name: 'xdp', flags: EXECUTABLE, data: code([call(imm), EXIT]) },
        { name: '.text', flags: EXECUTABLE, data: code([...PASS, [0xb7, 0, 0, 1], EXIT]) },
      ],
      symbols: [
        { name: '', section: '.text', type: 'section', binding: 'local' },
        func('main', 'xdp', 0, 16),
        func('first', '.text', 0, 16),
        func('second', '.text', 16, 16),
      ],
      relocations: [
        {
          section: 'xdp',
          hasAddends,
          entries: [{ offsetBytes: 0, type: 10, symbol: symbol === '' ? 1 : symbol, addend }],
        },
      ],
    }).programs[0]!.functions.map(fn => fn.name);

  it('of calls go by symbol, by section and place in the instruction, or by addend', () => {
    expect(withText(false, 'second', -1, 0)).toEqual(['main', 'second']);
    expect(withText(false, '', 1, 0)).toEqual(['main', 'second']);
    expect(withText(true, 'second', 0, 0)).toEqual(['main', 'second']);
    expect(withText(true, '', 0, 16)).toEqual(['main', 'second']);
  });

  const withData = (section: string, symbol: SymbolDescription, imm: number, addend?: number) =>
    load({
      sections: [
        { name: 'xdp', flags: EXECUTABLE, data: code([...load64(imm), ...PASS]) },
        section === '.bss'
          ? { name: section, type: NOBITS, flags: 3, sizeBytes: 64 }
          : { name: section, flags: 3, data: new Uint8Array(64).fill(7) },
      ],
      symbols: [symbol, func('main', 'xdp', 0, 32)],
      relocations: [
        {
          section: 'xdp',
          hasAddends: addend !== undefined,
          entries: [{ offsetBytes: 0, symbol: 1, addend: addend ?? 0 }],
        },
      ],
    });

  it('of data give the map of the section and the offset in it, from symbol, instruction or addend', () => {
    for (const section of ['.data', '.bss', '.rodata', '.rodata.str1.1', '.data.hot']) {
      const named: SymbolDescription = { name: 'v', section, value: 8, type: 'object', binding: 'local' };
      const bySection: SymbolDescription = { name: '', section, type: 'section', binding: 'local' };
      for (const spec of [
        withData(section, named, 4),
        withData(section, bySection, 12),
        withData(section, named, 0, 4),
      ]) {
        const map = spec.maps[0]!;
        expect(map.section).toBe(section);
        expect(spec.programs[0]?.references.get(0)).toEqual({ kind: 'mapValue', map: map.name, offset: 12 });
        expect(readRaw(spec.programs[0]!.code, 1).imm).toBe(12);
        expect(map.isFrozen).toBe(section.startsWith('.rodata'));
      }
    }
  });

  it('name the maps of data sections as libbpf does', () => {
    const name = (fileName: string, section: string) =>
      load(
        {
          sections: [
            { name: 'xdp', flags: EXECUTABLE, data: code(PASS) },
            { name: section, flags: 3, data: new Uint8Array(8) },
          ],
          symbols: [func('main', 'xdp', 0, 16)],
        },
        { fileName },
      ).maps[0]?.name;
    expect(name('my_object_name.o', '.rodata')).toBe('my_objec.rodata');
    expect(name('folder/t1.bpf.o', '.data')).toBe('t1.data');
    expect(name('my_object_name.o', '.data')).toBe('my_objec.data');
    expect(name('my-object.o', '.data')).toBe('my_objec.data');
    expect(name('t1.o', '.rodata.abracadabra')).toBe('.rodata.abracad');
  });

  it.each([
    ['an undeclared section', { section: 'other', value: 0 }, "bad map relo against 'v' in section 'other'"],
    [
      'a common symbol',
      { section: 0xfff2, value: 8 },
      'forgot to initialize global var?..; initialize v (= 0) or compile',
    ],
  ] as const)("against %s are refused in libbpf's words", (_, place, message) => {
    const description: ElfDescription = {
      sections: [
        { name: 'xdp', flags: EXECUTABLE, data: code([...load64(), ...PASS]) },
        { name: 'other', flags: 3, data: new Uint8Array(8) },
      ],
      symbols: [func('main', 'xdp', 0, 32), { name: 'v', type: 'object', ...place }],
      relocations: [{ section: 'xdp', entries: [{ offsetBytes: 0, symbol: 'v' }] }],
    };
    expect(() => load(description)).toThrow(message);
  });

  it('of an instruction that takes none are refused', () => {
    const description: ElfDescription = {
      sections: [{ name: 'xdp', flags: EXECUTABLE, data: code(PASS) }],
      symbols: [func('main', 'xdp', 0, 16)],
      relocations: [{ section: 'xdp', entries: [{ offsetBytes: 8, symbol: 'main' }] }],
    };
    expect(() => load(description)).toThrow(
      "old.o: read relocations: prog 'main': invalid relo against 'main' for insns[1].code 0x95",
    );
  });
});

describe('big-endian objects', () => {
  const rows = [...load64(4), call(), EXIT];
  const description = (byteOrder: 'little' | 'big'): ElfDescription => ({
    byteOrder,
    sections: [
      { name: 'xdp', flags: EXECUTABLE, data: code(rows, byteOrder) },
      { name: '.text', flags: EXECUTABLE, data: code(PASS, byteOrder) },
      { name: '.data', flags: 3, data: new Uint8Array(8) },
    ],
    symbols: [
      func('main', 'xdp', 0, 32),
      func('callee', '.text', 0, 16),
      { name: 'v', section: '.data', type: 'object' },
    ],
    relocations: [
      {
        section: 'xdp',
        entries: [
          { offsetBytes: 0, symbol: 'v' },
          { offsetBytes: 16, type: 10, symbol: 'callee' },
        ],
      },
    ],
  });

  it('give the same little-endian code as their little-endian twins, with a warning', () => {
    const big = load(description('big'));
    const little = load(description('little'));
    expect(big.byteOrder).toBe('big');
    expect(big.programs[0]).toEqual(little.programs[0]);
    expect(big.warnings.join()).toContain('compiled for big-endian machines');
  });
});

describe('errors of what is not run', () => {
  const broken = (section: string): ElfDescription => ({
    sections: [
      { name: 'xdp', flags: EXECUTABLE, data: code(PASS) },
      { name: section, flags: EXECUTABLE, data: code([call(), EXIT]) },
    ],
    symbols: [func('good', 'xdp', 0, 16), func('bad', section, 0, 16), { name: 'printf' }],
    relocations: [{ section, entries: [{ offsetBytes: 0, type: 10, symbol: 'printf' }] }],
  });

  it('in programs of other types, or not loaded by default, cost nothing but these programs', () => {
    for (const section of ['tc', '?xdp']) {
      const spec = load(broken(section));
      expect(spec.programs.map(program => program.name)).toEqual(['good']);
      expect(spec.otherPrograms.map(program => program.name)).toEqual(['bad']);
    }
    expect(load(broken('?xdp')).otherPrograms[0]?.reason).toContain("failed to find BTF for extern 'printf'");
  });

  it('in XDP programs fail the object, unless it is loaded leniently', () => {
    expect(() => load(broken('xdp/devmap'))).toThrow(
      "failed to find BTF for extern 'printf': -3; there is no C library",
    );
    expect(load(broken('xdp/devmap'), { lenient: true }).programs.map(program => program.name)).toEqual(['good']);
  });
});
