// BTF that is not what it claims: a value or an InputError, and soon.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBtfExt } from '../../src/btf/ext.js';
import { formatDefinition, formatType } from '../../src/btf/format.js';
import { parseBtf } from '../../src/btf/parse.js';
import { sizeOf } from '../../src/btf/resolve.js';
import { formatValue } from '../../src/btf/value.js';
import { parseElf } from '../../src/elf/parse.js';
import { BtfWriter, writeBtfExt } from '../support/btf-writer.js';
import { corruptions, expectValueOrInputError, truncations } from '../support/hostile.js';
import { readObject, testObjects } from '../support/system-objects.js';

const writer = new BtfWriter();
const int = writer.int('int', 4, 'signed');
writer.struct('pair', 8, [
  { name: 'a', typeId: int, bitOffset: 0 },
  { name: 'b', typeId: int, bitOffset: 32, bits: 4 },
]);
writer.func('main', writer.funcProto(int, [['pair', writer.reference('ptr', 2)]]));
const ext = writeBtfExt(writer, { functions: [{ section: 'xdp', records: [[0, 5]] }], relocations: [] });
const small = writer.finish();

/** A copy with a 32-bit word changed. The types start at 24: the int is 24 to 39, the struct from 40. */
function broken(offset: number, value: number): Uint8Array {
  const bytes = small.slice();
  new DataView(bytes.buffer).setUint32(offset, value, true);
  return bytes;
}

describe('parseBtf refuses', () => {
  it.each([
    ['nothing', new Uint8Array(0), 'x: invalid BTF magic: 0x0'],
    ['another magic', broken(0, 0x464c457f), 'x: invalid BTF magic: 0x457f'],
    ['another version', broken(0, 0x0002eb9f), 'x: unsupported BTF version: 2'],
    ['flags', broken(0, 0x0101eb9f), 'x: unsupported BTF flags: 0x1'],
    ['a header without its fields', broken(4, 20), 'x: header of 20 bytes in'],
    ['types past the end', broken(12, 5000), 'x: types: 5000 bytes at offset 24 run past the end at'],
    ['strings past the end', broken(16, 5000), 'x: strings:'],
    ['no strings', broken(20, 0), 'x: strings: there are none'],
    ['strings without an end', broken(20, 3), 'x: strings: the last one has no end'],
    ['an unknown kind', broken(28, 31 << 24), 'x: types: type [1]: kind 31 is unknown'],
    ['the kind of void', broken(28, 0), 'x: types: type [1]: kind 0 is unknown'],
    ['more members than bytes', broken(44, (4 << 24) | 0xffff), 'x: types: type [2] runs past the end of the types at'],
    ['types that end inside one', broken(12, 20), 'x: types: type [2] runs past the end'],
    ['a name past the strings', broken(24, 5000), 'x: types: type [1]: name at 5000 of'],
    ['a member of a type that is not there', broken(56, 77), 'x: types: type [2] refers to type 77 of 6'],
  ])('%s', (_, bytes, message) => expect(() => parseBtf(bytes, 'x')).toThrow(message));
});

/** Everything that can be asked. */
function askAll(bytes: Uint8Array, extBytes?: Uint8Array): void {
  const btf = parseBtf(bytes, 'x');
  const memory = new Uint8Array(64);
  for (const { id } of btf.types()) {
    for (const ask of [sizeOf, formatType, formatDefinition]) expectValueOrInputError(() => ask(btf, id));
    expectValueOrInputError(() => formatValue(btf, id, memory));
  }
  expect(() => btf.typesByName('pair')).not.toThrow();
  if (extBytes !== undefined) parseBtfExt(extBytes, btf, 'ext');
}

describe('damaged BTF gives values or InputErrors', () => {
  const sections = (bytes: Uint8Array) => {
    const elf = parseElf(bytes, 'x.o');
    const data = (name: string) => elf.sections.find(section => section.name === name)!.data.slice();
    return { btf: data('.BTF'), ext: data('.BTF.ext') };
  };
  const real = sections(readObject(testObjects[0]!).bytes);

  it('when cut anywhere', () => {
    for (const bytes of truncations(small)) expectValueOrInputError(() => askAll(bytes));
    for (const bytes of truncations(real.btf)) expectValueOrInputError(() => askAll(bytes));
    for (const bytes of truncations(ext)) expectValueOrInputError(() => askAll(small, bytes));
    for (const bytes of truncations(real.ext)) {
      expectValueOrInputError(() => parseBtfExt(bytes, parseBtf(real.btf, 'x'), 'ext'));
    }
  });

  it('when bytes are changed at random', () => {
    for (const bytes of corruptions(small, 3_000, 3)) expectValueOrInputError(() => askAll(bytes));
    for (const bytes of corruptions(real.btf, 200, 4)) expectValueOrInputError(() => askAll(bytes));
    const btf = parseBtf(real.btf, 'x');
    for (const bytes of corruptions(real.ext, 1_000, 5)) expectValueOrInputError(() => parseBtfExt(bytes, btf, 'ext'));
  });

  it('when types are random words behind a good start', () => {
    const words = fc.array(
      fc.oneof(
        fc.nat(8),
        fc.integer({ min: 0, max: 19 }).map(kind => (kind << 24) | (kind % 3)),
      ),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(words, list => {
        const types = new Uint8Array(Uint32Array.from(list).buffer);
        const bytes = new Uint8Array(24 + types.byteLength + 9);
        bytes.set(small.subarray(0, 24));
        const view = new DataView(bytes.buffer);
        view.setUint32(12, types.byteLength, true);
        view.setUint32(16, types.byteLength, true);
        view.setUint32(20, 9, true);
        bytes.set(types, 24);
        bytes.set(new TextEncoder().encode('\0a\0bc\0def'), 24 + types.byteLength);
        bytes[bytes.byteLength - 1] = 0;
        expectValueOrInputError(() => askAll(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});

it('has an end for texts that overlap without end', () => {
  const count = 3_000;
  const hostile = new BtfWriter();
  hostile.text('a'.repeat(1 << 20));
  for (let index = 0; index < count; index++) hostile.fwd('');
  const bytes = hostile.finish();
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < count; index++) view.setUint32(24 + 12 * index, 1 + index, true);
  const btf = parseBtf(bytes, 'x');
  expect(() => btf.typesByName('a')).toThrow('x: strings: its texts overlap too much to be honest');
});

describe('types that take long to print end early', () => {
  const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`VALUE_${index}`, index]));
  const hostile = new BtfWriter();
  const values = hostile.enum('', many); // 1
  const char = hostile.int('char', 1, 'signed'); // 2
  const text = hostile.array(char, 1 << 16); // 3
  const long = hostile.fwd('n'.repeat(60_000)); // 4
  const member = (typeId: number) => ({ name: '', typeId, bitOffset: 0 });
  const repeat = (typeId: number) => Array.from({ length: 20_000 }, () => member(typeId));
  const enums = hostile.union('enums', 4, repeat(values));
  const texts = hostile.union(
    'texts',
    1 << 16,
    repeat(text).map(entry => ({ ...entry, name: 'text' })),
  );
  const parameters = hostile.funcProto(
    0,
    Array.from({ length: 20_000 }, () => ['x', long] as const),
  );
  const bitfields = hostile.struct(
    'bits',
    4,
    repeat(char).map(entry => ({ ...entry, name: 'bit', bits: 1 })),
  );
  const array = hostile.array(bitfields, 1 << 14);
  const enumArray = hostile.array(values, 1 << 14);
  const btf = parseBtf(hostile.finish(), 'x');
  const memory = new Uint8Array(1 << 16).fill(0x61);

  it.each([enums, texts, bitfields])('as C: %i', id => {
    expect(formatDefinition(btf, id).length).toBeLessThan(16 << 20);
  });

  it('as C: parameters', () => expect(formatType(btf, parameters).length).toBeLessThan(16 << 20));

  it.each([texts, array])('as a value: %i', id => {
    expect(() => formatValue(btf, id, memory)).toThrow('repeats itself without end');
  });

  it('as a value: many enumerators', () => {
    expect(formatValue(btf, enumArray, new Uint8Array(1 << 16))).toEqual(Array(1 << 14).fill('VALUE_0'));
  });
});
