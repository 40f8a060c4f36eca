// BPF objects found inside other files.
import { describe, expect, it } from 'vitest';
import { embeddedElfs } from '../../src/elf/embedded.js';
import { parseElf } from '../../src/elf/parse.js';
import { writeElf } from '../support/elf-writer.js';
import { readObject, testObjects } from '../support/system-objects.js';

const little = writeElf({ sections: [{ name: 'xdp', flags: 6, data: new Uint8Array(16) }], symbols: [] });
const big = writeElf({ byteOrder: 'big', sections: [{ name: 'xdp', flags: 6, data: new Uint8Array(24) }] });

function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap(part => [...part]));
}

describe('embeddedElfs', () => {
  it('finds an object that is the whole file', () => {
    for (const { bytes } of testObjects.map(readObject))
      expect(embeddedElfs(bytes)).toEqual([{ offset: 0, lengthBytes: bytes.byteLength }]);
  });

  it('finds members of either byte order between other bytes', () => {
    const bytes = concatenate(
      new TextEncoder().encode('!<arch>\n'),
      little,
      new Uint8Array(3),
      big,
      Uint8Array.of(0x7f, 0x45),
    );
    expect(embeddedElfs(bytes)).toEqual([
      { offset: 8, lengthBytes: little.byteLength },
      { offset: 8 + little.byteLength + 3, lengthBytes: big.byteLength },
    ]);
  });

  it('gives places that can be parsed', () => {
    const bytes = concatenate(new Uint8Array(5), little, little);
    const names = embeddedElfs(bytes).map(({ offset, lengthBytes }) =>
      parseElf(bytes.subarray(offset, offset + lengthBytes), 'x').sections.map(({ name }) => name),
    );
    expect(names).toEqual([
      ['', 'xdp', '.symtab', '.strtab'],
      ['', 'xdp', '.symtab', '.strtab'],
    ]);
  });

  it('passes over the executable around them and over cut objects', () => {
    const executable = little.slice();
    new DataView(executable.buffer).setUint16(18, 62, true);
    expect(embeddedElfs(concatenate(executable, little.subarray(0, little.byteLength - 1)))).toEqual([]);
  });

  it('stops where pretended objects share one section table', () => {
    const count = 4000;
    const bytes = new Uint8Array(count * 64 + 8000 * 64);
    for (let index = 0; index < count; index++) {
      bytes.set(little.subarray(0, 64), index * 64);
      const view = new DataView(bytes.buffer, index * 64, 64);
      view.setBigUint64(40, BigInt((count - index) * 64), true);
      view.setUint16(60, 8000, true);
    }
    for (let at = count * 64; at < bytes.byteLength; at += 64) bytes[at + 4] = 8;
    new DataView(bytes.buffer).setUint32(bytes.byteLength - 60, 1, true);
    new DataView(bytes.buffer).setBigUint64(bytes.byteLength - 32, 1n << 40n, true);
    expect(() => embeddedElfs(bytes)).toThrow('too many overlapping objects');
  });
});
