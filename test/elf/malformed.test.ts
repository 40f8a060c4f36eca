// Files that are not what they claim: a value or an InputError, and soon.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseElf } from '../../src/elf/parse.js';
import { type ElfDescription, writeElf } from '../support/elf-writer.js';
import { corruptions, expectValueOrInputError, truncations } from '../support/hostile.js';
import { readObject, testObjects } from '../support/system-objects.js';

const small: ElfDescription = {
  sections: [
    { name: 'xdp', flags: 6, data: new Uint8Array(8) },
    { name: '.bss', type: 8, sizeBytes: 8 },
  ],
  symbols: [{ name: 'main', section: 'xdp', type: 'func', sizeBytes: 8 }],
  relocations: [{ section: 'xdp', entries: [{ offsetBytes: 0, symbol: 'main' }] }],
};

/** A copy of the small object with a change; `at(index, field)` is the place of a field in a section header. */
function broken(change: (view: DataView, at: (index: number, field: number) => number) => void): Uint8Array {
  const bytes = writeElf(small);
  const view = new DataView(bytes.buffer);
  const table = Number(view.getBigUint64(40, true));
  change(view, (index, field) => table + 64 * index + field);
  return bytes;
}

// Sections: 1 xdp, 2 .bss, 3 .relxdp, 4 .symtab, 5 .strtab.
const cases: readonly { readonly name: string; readonly bytes: Uint8Array; readonly message: string }[] = [
  { name: 'an empty file', bytes: new Uint8Array(0), message: "elf: 'x.o' is not a 64-bit ELF object: it does not" },
  {
    name: 'a text file',
    bytes: new TextEncoder().encode('int main'),
    message: "elf: 'x.o' is not a 64-bit ELF object",
  },
  {
    name: 'a 32-bit file',
    bytes: broken(view => view.setUint8(4, 1)),
    message: "'x.o' is not a 64-bit ELF object: its class is 1",
  },
  {
    name: 'an unknown byte order',
    bytes: broken(view => view.setUint8(5, 3)),
    message: 'x.o: byte order 3 is neither',
  },
  {
    name: 'another machine',
    bytes: broken(view => view.setUint16(18, 62, true)),
    message: 'elf: x.o is not a valid eBPF object file: machine 62',
  },
  {
    name: 'an executable',
    bytes: broken(view => view.setUint16(16, 2, true)),
    message: 'elf: x.o is not a valid eBPF object file: type 2',
  },
  {
    name: 'short section headers',
    bytes: broken(view => view.setUint16(58, 40, true)),
    message: 'x.o: section headers of 40 bytes, not 64',
  },
  {
    name: 'more sections than bytes',
    bytes: broken(view => view.setUint16(60, 0xfff0, true)),
    message: 'x.o: section table of 65520 entries at offset',
  },
  {
    name: 'a section table past the end',
    bytes: broken(view => view.setBigUint64(40, 1n << 40n, true)),
    message: 'section table of 6 entries at offset 1099511627776 runs past',
  },
  {
    name: 'a section table past all numbers',
    bytes: broken(view => view.setBigUint64(40, 1n << 63n, true)),
    message: 'x.o: section table offset 0x8000000000000000 is too large',
  },
  {
    name: 'names in a section that is no string table',
    bytes: broken(view => view.setUint16(62, 1, true)),
    message: 'elf: failed to get section names strings from x.o: section 1 of 6',
  },
  {
    name: 'names in a section that is not there',
    bytes: broken(view => view.setUint16(62, 77, true)),
    message: 'section 77 of 6 is no string table',
  },
  {
    name: 'a section name past the names',
    bytes: broken((view, at) => view.setUint32(at(1, 0), 5000, true)),
    message: 'x.o: section names: text at offset 5000 lies past its end',
  },
  {
    name: 'names past the end of the file',
    bytes: broken((view, at) => view.setBigUint64(at(5, 24), 9000n, true)),
    message: 'x.o: section names: 39 bytes at offset 9000 run past the end of the file at',
  },
  {
    name: 'section data past the end',
    bytes: broken((view, at) => view.setBigUint64(at(1, 32), 9000n, true)),
    message: "x.o: section 1 'xdp': 9000 bytes at offset 64 run past the end of the file at",
  },
  {
    name: 'a section of more than 4 GiB',
    bytes: broken((view, at) => view.setBigUint64(at(2, 32), 1n << 33n, true)),
    message: "section 2 '.bss': size 8589934592 is more than 32 bits can say",
  },
  {
    name: 'relocations of odd size',
    bytes: broken((view, at) => view.setBigUint64(at(3, 56), 12n, true)),
    message: "section 3 '.relxdp': 16 bytes in entries of 12, not of 16",
  },
  {
    name: 'relocations of a section that is not there',
    bytes: broken((view, at) => view.setUint32(at(3, 44), 9, true)),
    message: "section 3 '.relxdp': applies to section 9 of 6",
  },
  {
    name: 'symbols without names',
    bytes: broken((view, at) => view.setUint32(at(4, 40), 1, true)),
    message: 'x.o: symbol table: section 1 is no string table',
  },
  {
    name: 'two symbol tables',
    bytes: broken((view, at) => view.setUint32(at(1, 4), 2, true)),
    message: 'elf: multiple symbol tables in x.o',
  },
];

describe('parseElf refuses', () => {
  it.each(cases)('$name', ({ bytes, message }) => {
    expect(() => parseElf(bytes, 'x.o')).toThrow(message);
  });

  it('a relocation against a symbol that is not there', () => {
    const bytes = writeElf({ ...small, relocations: [{ section: 'xdp', entries: [{ offsetBytes: 0, symbol: 2 }] }] });
    expect(() => parseElf(bytes, 'x.o')).toThrow("section 3 '.relxdp': relocation 0: symbol 2 of 2");
  });

  it('relocation sections that all name the same bytes', () => {
    const relocations = Array.from({ length: 40 }, () => small.relocations![0]!);
    const bytes = writeElf({ ...small, relocations });
    const view = new DataView(bytes.buffer);
    const table = Number(view.getBigUint64(40, true));
    for (let index = 3; index < 43; index++) {
      view.setBigUint64(table + 64 * index + 24, 0n, true);
      view.setBigUint64(table + 64 * index + 32, BigInt(table & ~15), true);
    }
    expect(() => parseElf(bytes, 'x.o')).toThrow('symbol and relocation sections overlap');
  });

  it('tens of thousands of sections that share one endless name', () => {
    const bytes = writeElf({
      sections: [
        ...Array.from({ length: 30_000 }, () => ({ name: 'a' })),
        { name: 'b', data: new Uint8Array(4 << 20).fill(0x61) },
      ],
    });
    const view = new DataView(bytes.buffer);
    const table = Number(view.getBigUint64(40, true));
    const names = table + 64 * 30_002;
    view.setBigUint64(names + 24, 64n, true);
    view.setBigUint64(names + 32, BigInt(table - 64), true);
    for (let index = 1; index < 30_000; index++) view.setUint32(table + 64 * index, index, true);
    expect(() => parseElf(bytes, 'x.o')).toThrow(/too long|overlap too much/);
  });
});

describe('damaged files give a value or an InputError', () => {
  const files = testObjects.map(readObject);

  it('when cut anywhere', () => {
    for (const bytes of truncations(writeElf(small))) expectValueOrInputError(() => parseElf(bytes, 'x.o'));
    for (const { bytes } of files.slice(0, 1)) {
      for (const cut of truncations(bytes)) expectValueOrInputError(() => parseElf(cut, 'x.o'));
    }
  });

  it('when bytes are changed at random', () => {
    for (const bytes of corruptions(writeElf(small), 3_000, 1)) expectValueOrInputError(() => parseElf(bytes, 'x.o'));
    for (const { bytes } of files) {
      for (const damaged of corruptions(bytes, 100, 2)) expectValueOrInputError(() => parseElf(damaged, 'x.o'));
    }
  });

  it('when they are random behind a good start', () => {
    const start = writeElf(small).subarray(0, 20);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), rest => {
        const bytes = new Uint8Array(20 + rest.byteLength);
        bytes.set(start);
        bytes.set(rest, 20);
        expectValueOrInputError(() => parseElf(bytes, 'x.o'));
      }),
    );
  });
});
