// .BTF.ext: functions, source lines and CO-RE relocations.
import { describe, expect, it } from 'vitest';
import { parseBtfExt } from '../../src/btf/ext.js';
import { parseBtf } from '../../src/btf/parse.js';
import { parseElf } from '../../src/elf/parse.js';
import type { ByteOrder } from '../../src/support/bytes.js';
import { BtfWriter, type ExtensionDescription, writeBtfExt } from '../support/btf-writer.js';
import { readObject, testObjects } from '../support/system-objects.js';

function build(order: ByteOrder, change: Partial<ExtensionDescription> = {}) {
  const writer = new BtfWriter(order);
  const int = writer.int('int', 4, 'signed');
  const main = writer.func('main', writer.funcProto(int, []));
  const file = writer.text('filter.c');
  const text = writer.text('return 1;');
  const ext = writeBtfExt(writer, {
    functions: [{ section: 'xdp', records: [[0, main]] }],
    lines: [
      {
        section: 'xdp',
        records: [
          [0, file, text, (7 << 10) | 3],
          [8, file, 0, 0],
        ],
      },
      { section: '.text', records: [[16, file, text, ((1 << 22) - 1) * 1024 + 1023]] },
    ],
    relocations: [{ section: 'xdp', records: [[24, int, writer.text('0:1'), 0]] }],
    ...change,
  });
  return { ext, btf: parseBtf(writer.finish(), 'BTF') };
}

const functions = [{ sectionName: 'xdp', records: [{ offsetBytes: 0, typeId: 3 }] }];
const lines = [
  {
    sectionName: 'xdp',
    records: [
      { offsetBytes: 0, fileName: 'filter.c', text: 'return 1;', line: 7, column: 3 },
      { offsetBytes: 8, fileName: 'filter.c', text: '', line: 0, column: 0 },
    ],
  },
  {
    sectionName: '.text',
    records: [{ offsetBytes: 16, fileName: 'filter.c', text: 'return 1;', line: 4194303, column: 1023 }],
  },
];
const relocations = [{ sectionName: 'xdp', records: [{ offsetBytes: 24, typeId: 1, access: '0:1', kind: 0 }] }];

describe.each(['little', 'big'] as const)('%s-endian BTF.ext', byteOrder => {
  it('gives functions, lines and relocations by section', () => {
    const { ext, btf } = build(byteOrder);
    expect(parseBtfExt(ext, btf, 'ext')).toEqual({ byteOrder, functions, lines, relocations });
  });

  it('may have larger records than those known', () => {
    const { ext, btf } = build(byteOrder, { extraWords: 2 });
    expect(parseBtfExt(ext, btf, 'ext')).toEqual({ byteOrder, functions, lines, relocations });
  });

  it('may be too old for CO-RE', () => {
    const writer = new BtfWriter(byteOrder);
    const ext = writeBtfExt(writer, {});
    expect(parseBtfExt(ext, parseBtf(writer.finish(), 'BTF'), 'ext')).toEqual({
      byteOrder,
      functions: [],
      lines: [],
      relocations: [],
    });
  });
});

describe('parseBtfExt refuses', () => {
  it('a type that is not there', () => {
    const { ext, btf } = build('little', { functions: [{ section: 'xdp', records: [[0, 99]] }] });
    expect(() => parseBtfExt(ext, btf, 'f.o: .BTF.ext')).toThrow('f.o: .BTF.ext: function info: type 99 of 4');
  });

  it('a text that is not there', () => {
    const { ext, btf } = build('little', { lines: [{ section: 'xdp', records: [[0, 9999, 0, 0]] }] });
    expect(() => parseBtfExt(ext, btf, 'ext')).toThrow('BTF: strings: text at offset 9999 lies past its end');
  });

  it.each([
    ['records that are too small', 32, 4, 'function info: records of 4 bytes'],
    ['more records than bytes', 40, 1 << 30, "function info: 1073741824 records of 8 bytes for 'xdp' run past the end"],
    ['a part past the end', 12, 4000, 'function info: 4000 bytes at offset 32 run past the end'],
    ['a header that is too small', 4, 16, 'header of 16 bytes'],
  ])('%s', (_, offset, value, message) => {
    const { ext, btf } = build('little');
    new DataView(ext.buffer).setUint32(offset, value, true);
    expect(() => parseBtfExt(ext, btf, 'ext')).toThrow(`ext: ${message}`);
  });
});

it('finds the first line of each test program inside its source', () => {
  for (const { name, bytes } of testObjects.map(readObject)) {
    const { sections } = parseElf(bytes, name);
    const data = (section: string) => sections.find(candidate => candidate.name === section)!.data;
    const btf = parseBtf(data('.BTF'), name);
    const ext = parseBtfExt(data('.BTF.ext'), btf, name);
    expect(ext.functions.flatMap(({ records }) => records).map(({ typeId }) => btf.typeById(typeId).kind)).toContain(
      'func',
    );
    expect(ext.lines[0]?.records[0]?.line).toBeGreaterThan(0);
    expect(ext.lines[0]?.records[0]?.fileName).toMatch(/\.[ch]$/);
  }
});
