// Following types: modifiers, sizes, members, and C text; with circles.
import { describe, expect, it } from 'vitest';
import { formatDefinition, formatType } from '../../src/btf/format.js';
import { parseBtf } from '../../src/btf/parse.js';
import { asComposite, findMember, sizeOf, skipModifiers } from '../../src/btf/resolve.js';
import { BtfWriter } from '../support/btf-writer.js';

const writer = new BtfWriter();
const int = writer.int('int', 4, 'signed');
const u32 = writer.reference('typedef', writer.int('unsigned int', 4), 'u32');
const constant = writer.reference('const', writer.reference('volatile', u32));
const pointer = writer.reference('ptr', constant);
const grid = writer.array(writer.array(u32, 3), 2);
const inner = writer.union('', 4, [
  { name: 'word', typeId: u32, bitOffset: 0 },
  { name: 'half', typeId: writer.int('short', 2, 'signed'), bitOffset: 0 },
]);
const packet = writer.struct('packet', 24, [
  { name: 'length', typeId: u32, bitOffset: 0 },
  { name: 'low', typeId: u32, bitOffset: 32, bits: 3 },
  { name: '', typeId: inner, bitOffset: 64 },
  { name: 'next', typeId: writer.reference('ptr', inner + 2), bitOffset: 128 },
]);
const proto = writer.funcProto(int, [
  ['packet', writer.reference('ptr', packet)],
  ['', 0],
]);
const color = writer.enum('color', { RED: 0, LAST: -1 });
const callback = writer.reference('ptr', proto);
const callbacks = writer.array(callback, 4);
const main = writer.func('main', proto);
const variable = writer.var('table', callbacks, 'static');
const name = writer.reference('typedef', callback, 'handler_t');
const constPointer = writer.reference('const', pointer);
const arrayPointer = writer.reference('ptr', grid);
const tagged = writer.reference('ptr', writer.reference('type_tag', packet, 'user'));
const forward = writer.fwd('sock');
const section = writer.datasec('.bss', 32, [[variable, 0, 32]]);
const double = writer.float('double', 8);
const wide = writer.enum64('wide', { BIG: 1n << 63n });
const btf = parseBtf(writer.finish(), 'test');

describe('skipModifiers', () => {
  it('goes below typedefs and qualifiers', () => expect(skipModifiers(btf, constant).name).toBe('unsigned int'));
  it('stops at pointers', () => expect(skipModifiers(btf, constPointer).kind).toBe('ptr'));
});

it.each([
  ['an int', int, 4],
  ['a qualified typedef', constant, 4],
  ['a pointer', pointer, 8],
  ['an array of arrays', grid, 24],
  ['a struct', packet, 24],
  ['an enum', color, 4],
  ['an enum64', wide, 8],
  ['a float', double, 8],
  ['a variable', variable, 32],
  ['a data section', section, 32],
  ['void', 0, undefined],
  ['a function', main, undefined],
  ['a prototype', proto, undefined],
  ['a forward declaration', forward, undefined],
])('knows the size of %s', (_, typeId, sizeBytes) => expect(sizeOf(btf, typeId)).toBe(sizeBytes));

it('finds members, also in anonymous unions', () => {
  const type = asComposite(btf, packet)!;
  expect(findMember(btf, type, 'low')).toMatchObject({ bitOffset: 32, member: { bitfieldBits: 3 } });
  expect(findMember(btf, type, 'half')?.bitOffset).toBe(64);
  expect(findMember(btf, type, 'missing')).toBeUndefined();
  expect(findMember(btf, type, '')).toBeUndefined();
});

it.each([
  [u32, 'x', 'u32 x'],
  [constant, '', 'const volatile u32'],
  [pointer, 'x', 'const volatile u32 *x'],
  [constPointer, 'x', 'const volatile u32 *const x'],
  [grid, 'x', 'u32 x[2][3]'],
  [arrayPointer, 'x', 'u32 (*x)[2][3]'],
  [packet, '', 'struct packet'],
  [tagged, '', 'struct packet *'],
  [inner, 'x', 'union {...} x'],
  [callback, 'x', 'int (*x)(struct packet *packet, ...)'],
  [callback, '', 'int (*)(struct packet *packet, ...)'],
  [callbacks, 'x', 'int (*x[4])(struct packet *packet, ...)'],
  [name, 'x', 'handler_t x'],
  [forward, '', 'struct sock'],
  [main, '', 'int main(struct packet *packet, ...)'],
  [variable, '', 'static int (*table[4])(struct packet *packet, ...)'],
  [0, '', 'void'],
])('writes type %i of %s as %s', (typeId, declared, text) => expect(formatType(btf, typeId, declared)).toBe(text));

it.each([
  [color, 'enum color {\n\tRED = 0,\n\tLAST = -1,\n};'],
  [
    packet,
    'struct packet {\n\tu32 length;\n\tu32 low: 3;\n\tunion {\n\t\tu32 word;\n\t\tshort half;\n\t};\n\tstruct packet *next;\n};',
  ],
  [name, 'typedef int (*handler_t)(struct packet *packet, ...);'],
  [forward, 'struct sock;'],
  [main, 'int main(struct packet *packet, ...);'],
  [section, 'static int (*table[4])(struct packet *packet, ...);\n'],
])('writes the definition of type %i as C', (typeId, text) => expect(formatDefinition(btf, typeId)).toBe(text));

describe('circles', () => {
  const circular = new BtfWriter();
  const typedef = circular.reference('typedef', 1, 'self'); // 1
  const array = circular.array(2, 2); // 2
  const variableOfItself = circular.var('self', 3); // 3
  const struct = circular.struct('self', 8, [{ name: 'a', typeId: 4, bitOffset: 0 }]); // 4
  const anonymous = circular.struct('', 8, [
    { name: '', typeId: 5, bitOffset: 0 },
    { name: '', typeId: 5, bitOffset: 0 },
  ]); // 5
  const prototype = circular.funcProto(6, [
    ['a', 6],
    ['b', 6],
  ]); // 6
  const self = circular.reference('ptr', 7); // 7
  const huge = circular.array(9, 0xffff_ffff); // 8
  circular.array(4, 0xffff_ffff); // 9
  const circles = parseBtf(circular.finish(), 'circles');

  it.each([typedef, array, variableOfItself])('end sizeOf of type %i', typeId => {
    expect(() => sizeOf(circles, typeId)).toThrow(`circles: type [${typeId}] refers to itself`);
  });

  it('end skipModifiers', () => expect(() => skipModifiers(circles, typedef)).toThrow('refers to itself'));

  it('of sizes end at 4 GiB', () => expect(() => sizeOf(circles, huge)).toThrow('are more than 4 GiB'));

  it('end findMember', () => {
    expect(findMember(circles, asComposite(circles, anonymous)!, 'x')).toBeUndefined();
  });

  it.each([typedef, array, variableOfItself, struct, anonymous, prototype, self, huge])(
    'end the text of type %i',
    typeId => {
      expect(formatType(circles, typeId).length).toBeLessThan(2 << 20);
      expect(formatDefinition(circles, typeId).length).toBeLessThan(4 << 20);
    },
  );
});
