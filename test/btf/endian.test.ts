// The same source compiled for both byte orders holds the same symbols, types and lines.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBtfExt } from '../../src/btf/ext.js';
import { parseBtf } from '../../src/btf/parse.js';
import { parseElf } from '../../src/elf/parse.js';
import { findTool, runTool } from '../support/tools.js';

const clang = findTool('clang-19', 'clang');
const source = resolve(import.meta.dirname, 'endian.c');

function compile(target: string) {
  const folder = mkdtempSync(join(tmpdir(), 'xdpsim-endian-'));
  try {
    const object = join(folder, 'endian.o');
    runTool(clang!, '-O2', '-g', '-target', target, '-mcpu=v3', '-c', source, '-o', object);
    const elf = parseElf(new Uint8Array(readFileSync(object)), 'endian.o');
    const data = (name: string) => elf.sections.find(section => section.name === name)!.data;
    const btf = parseBtf(data('.BTF'), 'endian.o');
    return { elf, btf, ext: parseBtfExt(data('.BTF.ext'), btf, 'endian.o') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.skipIf(clang === undefined)('objects of clang (skipped where it is not installed)', () => {
  const [little, big] = clang === undefined ? [] : [compile('bpfel'), compile('bpfeb')];

  it('differ in byte order', () => {
    expect([little!.elf.byteOrder, big!.elf.byteOrder]).toEqual(['little', 'big']);
    expect([little!.btf.byteOrder, big!.btf.byteOrder]).toEqual(['little', 'big']);
  });

  it('have the same symbols and relocations', () => {
    expect(big!.elf.symbols).toEqual(little!.elf.symbols);
    const relocations = (elf: typeof little) =>
      elf!.elf.relocations.map(({ target, relocations: list }) => [target, list]);
    expect(relocations(big)).toEqual(relocations(little));
  });

  it('have the same types', () => expect([...big!.btf.types()]).toEqual([...little!.btf.types()]));

  it('have the same functions, lines and CO-RE relocations', () => {
    expect({ ...big!.ext, byteOrder: 'little' }).toEqual(little!.ext);
    const accesses = little!.ext.relocations.flatMap(({ records }) => records.map(({ access }) => access));
    expect(accesses.sort()).toEqual(['0:1:2', '0:2']);
  });
});
