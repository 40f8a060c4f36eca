// Sections, symbols and relocations as built by the test writer and by compilers.
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { relocationName, SHN_XINDEX } from '../../src/elf/constants.js';
import { requireSymbolTable } from '../../src/elf/elf.js';
import { parseElf } from '../../src/elf/parse.js';
import type { ByteOrder } from '../../src/support/bytes.js';
import { type ElfDescription, symbolIndex, writeElf } from '../support/elf-writer.js';
import { readObject, systemObjects, testObjects } from '../support/system-objects.js';
import { findTool, runTool } from '../support/tools.js';

const EXIT = Uint8Array.of(0x95, 0, 0, 0, 0, 0, 0, 0);

const filter: ElfDescription = {
  flags: 5,
  sections: [
    { name: 'xdp', flags: 6, data: EXIT },
    { name: '.maps', flags: 3, data: new Uint8Array(32) },
    { name: '.bss', type: 8, flags: 3, sizeBytes: 12, alignmentBytes: 4 },
    { name: 'license', flags: 3, data: new TextEncoder().encode('GPL\0'), alignmentBytes: 1 },
  ],
  symbols: [
    { name: 'counters', section: '.maps', type: 'object', sizeBytes: 32 },
    { name: 'main', section: 'xdp', type: 'func', sizeBytes: 8, visibility: 'hidden' },
    { name: 'scratch', section: '.bss', type: 'object', binding: 'local', value: 4, sizeBytes: 8 },
    { name: 'bpf_kfunc', binding: 'weak' },
    { name: 'absolute', section: 0xfff1, value: 7 },
  ],
  relocations: [
    { section: 'xdp', entries: [{ offsetBytes: 0, type: 1, symbol: 'counters' }] },
    { section: '.maps', hasAddends: true, entries: [{ offsetBytes: 24, type: 2, symbol: 'main', addend: -16 }] },
  ],
};

describe.each(['little', 'big'] as const)('a %s-endian object', (byteOrder: ByteOrder) => {
  const elf = parseElf(writeElf({ ...filter, byteOrder }), 'filter.o');
  const section = (name: string) => elf.sections.find(candidate => candidate.name === name)!;
  const symbol = (name: string) => elf.symbols.find(candidate => candidate.name === name)!;

  it('tells byte order, machine and flags', () => {
    expect(elf).toMatchObject({ fileName: 'filter.o', byteOrder, machine: 247, flags: 5 });
  });

  it('has the sections in order, after the null section', () => {
    expect(elf.sections.map(({ name }) => name)).toEqual([
      '',
      'xdp',
      '.maps',
      '.bss',
      'license',
      '.relxdp',
      '.rela.maps',
      '.symtab',
      '.strtab',
    ]);
    expect(elf.sections.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('reads flags, alignment and entry size, which elfy gets wrong', () => {
    expect(section('xdp')).toMatchObject({ isExecutable: true, isWritable: false, isAllocated: true, flags: 6 });
    expect(section('.bss')).toMatchObject({ isExecutable: false, isWritable: true, alignmentBytes: 4 });
    expect(section('.symtab')).toMatchObject({ alignmentBytes: 8, entrySizeBytes: 24, isAllocated: false });
  });

  it('gives a section its bytes, and a NOBITS section none', () => {
    expect(section('xdp').data).toEqual(EXIT);
    expect(section('.bss')).toMatchObject({ sizeBytes: 12, data: new Uint8Array(0), type: 8 });
  });

  it('reads symbols with binding, type, visibility and section', () => {
    expect(symbol('scratch')).toEqual({
      index: 1,
      name: 'scratch',
      value: 4,
      sizeBytes: 8,
      type: 'object',
      binding: 'local',
      visibility: 'default',
      sectionIndex: 3,
    });
    expect(symbol('main')).toMatchObject({ type: 'func', binding: 'global', visibility: 'hidden', sectionIndex: 1 });
    expect(symbol('bpf_kfunc')).toMatchObject({ type: 'notype', binding: 'weak', sectionIndex: 0 });
    expect(symbol('absolute')).toMatchObject({ sectionIndex: 0xfff1, value: 7 });
  });

  it('reads relocations with and without addends', () => {
    const [rel, rela] = elf.relocations;
    expect(rel).toMatchObject({ target: 1, section: { name: '.relxdp' } });
    expect(rel?.relocations).toEqual([
      { offsetBytes: 0, type: 1, symbolIndex: symbolIndex(filter, 'counters'), addend: undefined },
    ]);
    expect(rela?.target).toBe(2);
    expect(rela?.relocations).toEqual([
      { offsetBytes: 24, type: 2, symbolIndex: symbolIndex(filter, 'main'), addend: -16 },
    ]);
  });
});

describe('extended section numbers', () => {
  const bytes = writeElf(filter);
  const view = new DataView(bytes.buffer);
  const table = Number(view.getBigUint64(40, true));
  view.setBigUint64(table + 32, BigInt(view.getUint16(60, true)), true);
  view.setUint32(table + 40, view.getUint16(62, true), true);
  view.setUint16(60, 0, true);
  view.setUint16(62, SHN_XINDEX, true);

  it('are read from the first section header', () => {
    expect(parseElf(bytes, 'x.o').sections.map(({ name }) => name)).toEqual(
      parseElf(writeElf(filter), 'x.o').sections.map(({ name }) => name),
    );
  });

  it('of symbols come from their own section', () => {
    const unlinked = writeElf({ sections: [], symbols: [{ name: 'far', section: SHN_XINDEX }] });
    expect(() => parseElf(unlinked, 'x.o')).toThrow('symbol 1 needs a table of section indices; there is none');
    const linked = writeElf({
      sections: [{ name: '.shndx', type: 18, link: 2, data: new Uint8Array(new Uint32Array([0, 70000]).buffer) }],
      symbols: [{ name: 'far', section: SHN_XINDEX }],
    });
    expect(parseElf(linked, 'x.o').symbols[1]).toMatchObject({ name: 'far', sectionIndex: 70000 });
  });
});

it('accepts objects without machine, as old compilers wrote them', () => {
  expect(parseElf(writeElf({ ...filter, machine: 0 }), 'old.o').machine).toBe(0);
});

it('leaves a stripped file readable and refuses it only where symbols are needed', () => {
  const elf = parseElf(writeElf({ sections: filter.sections }), 'bare.o');
  expect(elf.symbols).toEqual([]);
  expect(() => requireSymbolTable(elf)).toThrow("elf: couldn't find symbol table in bare.o, stripped object file?");
});

it('ignores program headers, wherever they point', () => {
  const bytes = writeElf(filter);
  new DataView(bytes.buffer).setBigUint64(32, 0xffff_ffffn, true);
  bytes[56] = 9;
  expect(parseElf(bytes, 'x.o').sections).toHaveLength(9);
});

it('reads bytes that start in the middle of a buffer', () => {
  const file = writeElf(filter);
  const buffer = new Uint8Array(file.byteLength + 13);
  buffer.set(file, 13);
  expect(parseElf(buffer.subarray(13), 'x.o').sections[1]?.data).toEqual(EXIT);
});

it('names relocation types as the ABI does', () => {
  expect([1, 2, 3, 4, 10, 99].map(relocationName)).toEqual([
    'R_BPF_64_64',
    'R_BPF_64_ABS64',
    'R_BPF_64_ABS32',
    'R_BPF_64_NODYLD32',
    'R_BPF_64_32',
    'R_BPF_99',
  ]);
});

interface ReadelfSection {
  readonly Section: {
    readonly Name: { readonly Name: string };
    readonly Type: { readonly Value: number };
    readonly Size: number;
    readonly Offset: number;
    readonly EntrySize: number;
    readonly AddressAlignment: number;
    readonly Link: number;
    readonly Info: number;
  };
}

interface ReadelfSymbol {
  readonly Symbol: {
    readonly Name: { readonly Name: string };
    readonly Value: number;
    readonly Size: number;
    readonly Binding: { readonly Value: number };
    readonly Type: { readonly Value: number };
    readonly Section: { readonly Value: number };
  };
}

const readelf = findTool('llvm-readelf-19', 'llvm-readelf-20', 'llvm-readelf-21', 'llvm-readelf-18');

describe.skipIf(readelf === undefined)('llvm-readelf (18 to 21; skipped where none is installed)', () => {
  it.each([...testObjects, ...systemObjects].map(path => [basename(path), path]))('agrees on %s', (_, path) => {
    const { name, bytes } = readObject(path!);
    const elf = parseElf(bytes, name);
    const [dump] = JSON.parse(runTool(readelf!, '--elf-output-style=JSON', '-S', '-s', path!)) as [
      { Sections: ReadelfSection[]; Symbols: ReadelfSymbol[] },
    ];
    const sections = elf.sections.map(section => ({
      name: section.name,
      type: section.type,
      size: section.sizeBytes,
      offset: section.fileOffset,
      entry: section.entrySizeBytes,
      alignment: section.alignmentBytes,
      link: section.link,
      info: section.info,
    }));
    expect(sections).toEqual(
      dump.Sections.map(({ Section: theirs }) => ({
        name: theirs.Name.Name,
        type: theirs.Type.Value,
        size: theirs.Size,
        offset: theirs.Offset,
        entry: theirs.EntrySize,
        alignment: theirs.AddressAlignment,
        link: theirs.Link,
        info: theirs.Info,
      })),
    );
    const bindings = ['local', 'global', 'weak'];
    const types = ['notype', 'object', 'func', 'section', 'file'];
    // readelf shows the section's name for section symbols, which have none.
    const symbols = elf.symbols.map(symbol => ({
      name: symbol.type === 'section' ? elf.sections[symbol.sectionIndex]?.name : symbol.name,
      value: symbol.value,
      size: symbol.sizeBytes,
      binding: bindings.indexOf(String(symbol.binding)),
      type: types.indexOf(String(symbol.type)),
      section: symbol.sectionIndex,
    }));
    expect(symbols).toEqual(
      dump.Symbols.map(({ Symbol: theirs }) => ({
        name: theirs.Name.Name,
        value: theirs.Value,
        size: theirs.Size,
        binding: theirs.Binding.Value,
        type: theirs.Type.Value,
        section: theirs.Section.Value,
      })),
    );
  });
});
