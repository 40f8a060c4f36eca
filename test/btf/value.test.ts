// Values by type: as bpftool prints them, and back.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeValue } from '../../src/btf/encode.js';
import { parseBtf } from '../../src/btf/parse.js';
import { type BtfValue, formatValue } from '../../src/btf/value.js';
import { parseElf } from '../../src/elf/parse.js';
import { fromHex, toHex } from '../../src/support/bytes.js';
import { BtfWriter } from '../support/btf-writer.js';
import { canUseBpf, findTool, runTool } from '../support/tools.js';

const writer = new BtfWriter();
const u8 = writer.int('unsigned char', 1);
const s8 = writer.int('signed char', 1, 'signed');
const char = writer.int('char', 1, 'signed');
const bool = writer.int('_Bool', 1, 'bool');
const u32 = writer.int('unsigned int', 4);
const s32 = writer.int('int', 4, 'signed');
const u64 = writer.int('unsigned long long', 8);
const s64 = writer.int('long long', 8, 'signed');
const u128 = writer.int('unsigned __int128', 16);
const pointer = writer.reference('ptr', 0);
const color = writer.enum('color', { RED: 0, GREEN: 5, NEGATIVE: -3 });
const wide = writer.enum64('wide', { BIG: 1n << 40n });
const float = writer.float('float', 4);
const double = writer.float('double', 8);
const text = writer.array(char, 4);
const typedefText = writer.array(writer.reference('typedef', char, 'mychar'), 4);
const bytes = writer.array(u8, 3);
const grid = writer.array(writer.array(u8, 2), 2);
const inner = writer.struct('', 4, [{ name: 'hidden', typeId: s32, bitOffset: 0 }]);
const alternatives = writer.union('', 4, [
  { name: 'word', typeId: u32, bitOffset: 0 },
  { name: 'bytes', typeId: writer.array(u8, 4), bitOffset: 0 },
]);
const record = writer.struct('record', 16, [
  { name: 'low', typeId: u32, bitOffset: 0, bits: 3 },
  { name: 'middle', typeId: s32, bitOffset: 3, bits: 10 },
  { name: 'shade', typeId: color, bitOffset: 13, bits: 4 },
  { name: 'is_set', typeId: bool, bitOffset: 24 },
  { name: '', typeId: inner, bitOffset: 32 },
  { name: 'either', typeId: alternatives, bitOffset: 64 },
  { name: 'last', typeId: u32, bitOffset: 96 },
]);
const oldBitfield = writer.struct('old', 4, [
  { name: 'field', typeId: writer.int('bits', 4, 'none', 5), bitOffset: 7 },
]);
const global = writer.var('limit', u32);
const other = writer.var('shade', color);
const section = writer.datasec('.data', 0, [
  [global, 0, 4],
  [other, 0, 4],
]);
const prototype = writer.funcProto(0, []);
const btf = parseBtf(writer.finish(), 'test');

const values: readonly (readonly [what: string, typeId: number, hex: string, value: BtfValue])[] = [
  ['an unsigned byte', u8, 'c8', 200],
  ['a signed byte', s8, 'fb', -5],
  ['a char', char, '41', 65],
  ['a boolean', bool, '01', true],
  ['an unsigned word', u32, '00286bee', 4000000000],
  ['a signed word', s32, 'f9ffffff', -7],
  ['a small 64-bit number', u64, '0700000000000000', 7],
  ['a large 64-bit number', u64, 'ffffffffffffffff', '18446744073709551615'],
  ['a large negative number', s64, 'ffffffffffffdfff', '-9007199254740993'],
  ['a 128-bit number', u128, '02000000000000000100000000000000', '0x10000000000000002'],
  ['a pointer', pointer, '3412000000000000', 4660],
  ['an enumerator', color, '05000000', 'GREEN'],
  ['a negative enumerator', color, 'fdffffff', 'NEGATIVE'],
  ['a number that no enumerator has', color, '4d000000', 77],
  ['a 64-bit enumerator', wide, '0000000000010000', 'BIG'],
  ['a float', float, '0000c03f', 1.5],
  ['a double', double, '0000000000000440', 2.5],
  ['an infinite double', double, '000000000000f07f', 'Infinity'],
  ['text', text, '68657900', 'hey'],
  ['empty text', text, '00000000', ''],
  ['char without NUL', text, '61626364', [97, 98, 99, 100]],
  ['char that is not printable', text, '61070000', [97, 7, 0, 0]],
  ['an array of a typedef of char', typedefText, '61000000', [97, 0, 0, 0]],
  ['an array of bytes', bytes, '010200', [1, 2, 0]],
  [
    'an array of arrays',
    grid,
    '01020304',
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ['an old bitfield', oldBitfield, '80080000', { field: '0x11' }],
  [
    'a struct with bitfields and an anonymous struct',
    record,
    '25a3000107000000010203042a000000',
    {
      low: '0x5',
      middle: '0x64',
      shade: '0x5',
      is_set: true,
      hidden: 7,
      either: { word: 0x04030201, bytes: [1, 2, 3, 4] },
      last: 42,
    },
  ],
];

describe('formatValue', () => {
  it.each(values)('gives %s', (_, typeId, hex, value) => expect(formatValue(btf, typeId, fromHex(hex))).toEqual(value));

  it('reads big-endian memory, whose bitfields start at the other end', () => {
    const order = 'big';
    expect(formatValue(btf, u32, fromHex('00000102'), { order })).toBe(258);
    expect(formatValue(btf, color, fromHex('fffffffd'), { order })).toBe('NEGATIVE');
    expect(formatValue(btf, record, fromHex('a3228001000000070102030400000002'), { order })).toMatchObject({
      low: '0x5',
      middle: '0x64',
      shade: '0x5',
      hidden: 7,
    });
  });

  it('gives the variables of a data section from where they are said to stand', () => {
    const offsets = new Map([['shade', 4]]);
    const value = { '.data': [{ limit: 9 }, { shade: 'GREEN' }] };
    expect(formatValue(btf, section, fromHex('0900000005000000'), { offsets })).toEqual(value);
  });

  it.each([
    ['missing bytes', u32, '0102', 'test: value of type [5]: 4 bytes at offset 0 run past its end at 2'],
    ['void', 0, '', "type [0] void 'void' has no values"],
    ['functions', prototype, '', 'func_proto'],
  ])('refuses %s', (_, typeId, hex, message) => {
    expect(() => formatValue(btf, typeId, fromHex(hex))).toThrow(message);
  });
});

describe('encodeValue', () => {
  it.each(values)('takes back %s', (_, typeId, hex, value) => {
    expect(toHex(encodeValue(btf, typeId, value))).toBe(hex);
  });

  it.each([
    ['hexadecimal text', u32, '0x10', '10000000'],
    ['decimal text', s32, '-2', 'feffffff'],
    ['the number of an enumerator', color, 5, '05000000'],
    ['0 for false', bool, 0, '00'],
    ['text that fills its array', text, 'full', '66756c6c'],
    ['a short array', bytes, [9], '090000'],
    ['part of a struct', record, { last: 1 }, '00000000000000000000000001000000'],
    ['a negative bitfield', record, { middle: -1 }, 'f81f0000000000000000000000000000'],
    ['an enumerator in a bitfield', record, { shade: 'GREEN' }, '00a00000000000000000000000000000'],
    ['a number instead of NaN', double, 'NaN', '000000000000f87f'],
  ] as const)('takes %s', (_, typeId, value, hex) => expect(toHex(encodeValue(btf, typeId, value))).toBe(hex));

  it('keeps the bytes that the value does not speak of', () => {
    const into = fromHex('ff'.repeat(16));
    const result = encodeValue(btf, record, { low: 0, either: { word: 0 } }, { into });
    expect(toHex(result)).toBe('f8ffffffffffffff00000000ffffffff');
    expect(toHex(into)).toBe('ff'.repeat(16));
  });

  it('sets variables of a data section, in either form', () => {
    const layout = { into: fromHex('0100000002000000'), offsets: new Map([['shade', 4]]) };
    expect(toHex(encodeValue(btf, section, { shade: 'GREEN' }, layout))).toBe('0100000005000000');
    expect(toHex(encodeValue(btf, section, { '.data': [{ limit: 3 }, { shade: 0 }] }, layout))).toBe(
      '0300000000000000',
    );
  });

  it.each([
    ['a number that is too large', u8, 256, 'unsigned char: 256 is not an unsigned number of 8 bits'],
    ['a negative number', u32, -1, 'unsigned int: -1 is not an unsigned number of 32 bits'],
    ['a fraction', u32, 1.5, '1.5 is not an integer'],
    ['text for a number', u32, 'many', '"many" is not an integer'],
    ['an enumerator that does not exist', color, 'BLUE', 'color: "BLUE" is not an integer'],
    ['2 for a boolean', bool, 2, '_Bool: 2 is not a boolean'],
    ['long text', text, 'hello', '"hello" is not text of at most 4 bytes'],
    ['a long array', bytes, [1, 2, 3, 4], '[1,2,3,4] is not an array of at most 3'],
    ['an unknown member', record, { lost: 1 }, "record: struct 'record' has no member 'lost'"],
    [
      'a wrong member inside',
      record,
      { either: { bytes: [0, 700] } },
      'record.either.bytes[1]: 700 is not an unsigned',
    ],
    ['a number for a struct', record, 7, 'record: 7 is not an object'],
    ['null', u32, null, 'null is not an integer'],
    ['a value of a function', prototype, 1, "func_proto '' has no values"],
    ['an unknown variable', section, { lost: 1 }, ".data: no variable 'lost'"],
    ['a variable outside its section', section, { limit: 1 }, 'limit: lies outside its value of 0 bytes'],
  ] as const)('refuses %s', (_, typeId, value, message) => {
    expect(() => encodeValue(btf, typeId, value as BtfValue)).toThrow(message);
  });

  it('gives the bytes that formatValue read, for any bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('little', 'big'),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        (order, content) => {
          content[3] = content[3]! & 1;
          const value = formatValue(btf, record, content, { order });
          expect(encodeValue(btf, record, value, { order, into: content })).toEqual(content);
        },
      ),
    );
  });
});

describe('hostile types', () => {
  const hostile = new BtfWriter();
  const nothing = hostile.struct('nothing', 0, []); // 1
  const nothings = hostile.array(nothing, 0xffff_ffff); // 2
  const self = hostile.struct('self', 4, [{ name: 'self', typeId: 3, bitOffset: 0 }]); // 3
  const twins = hostile.struct('', 4, [
    { name: '', typeId: 4, bitOffset: 0 },
    { name: '', typeId: 4, bitOffset: 0 },
  ]); // 4
  const odd = hostile.int('odd', 5000, 'none', 200); // 5
  const variable = hostile.var('self', 6); // 6
  const variables = hostile.datasec('.bss', 8, [[variable, 0, 4]]); // 7
  const types = parseBtf(hostile.finish(), 'hostile');

  it.each([nothings, self, twins, odd, variable, variables])('end with an error: %i', typeId => {
    expect(() => formatValue(types, typeId, new Uint8Array(8))).toThrow(/^hostile/);
  });

  it('end encoding too', () => {
    expect(() => encodeValue(types, variables, { self: 1 })).toThrow('hostile: type [6] refers to itself');
  });
});

const SOURCE = `
typedef unsigned int u32; typedef unsigned char u8; typedef char mychar;
enum color { RED, GREEN = 5, NEG = -3 };
struct inner { u8 a; signed char b; };
struct v {
  u8 u8v; signed char s8; char c1; _Bool t; unsigned short u16v; short s16; u32 u32v; int s32; unsigned long long u64v;
  unsigned __int128 u128; __int128 s128;
  char str[8]; char nostr[4]; mychar mstr[8]; u8 bytes[4]; signed char sc[4]; char ctrl[4]; const char cstr[4];
  enum color e1, e2, e3, e4; struct inner in[2]; union { u32 x; u8 y[4]; } un; void *p; int (*fp)(int);
  u32 bf1:3; u32 bf2:7; int bf3:5; unsigned long long bf4:40; _Bool bfb:1; enum color bfe:4;
  const volatile u32 cv; _Bool bools[3]; int arr2[2][2]; char empty[4]; struct {} es; char none[0];
};
struct v all = { .u8v=200, .s8=-5, .c1='A', .t=1, .u16v=65000, .s16=-2, .u32v=4000000000u, .s32=-7, .u64v=1ull << 52,
  .u128=((unsigned __int128)1<<64)+2, .s128=-1, .str="hey", .nostr={'a','b','c','d'}, .mstr="typed", .bytes={1,2,0xff,0}, .sc="x",
  .ctrl={'a',7,0,0}, .cstr="abc", .e1=GREEN, .e2=NEG, .e3=77, .in={{1,-1},{2,-2}}, .un={.x=0x01020304}, .p=(void*)0x1234,
  .bf1=5, .bf2=100, .bf3=-3, .bf4=0xabcdef1234ULL, .bfb=1, .bfe=GREEN, .cv=3, .bools={1,0,1}, .arr2={{1,2},{3,4}} };
u32 second = 7;
__attribute__((section("xdp"), used)) int filter(void *ctx) { return all.s32 + second; }
char _license[] __attribute__((section("license"))) = "GPL";
`;

const clang = findTool('clang-19', 'clang');
const canLoad = clang !== undefined && canUseBpf();

describe.skipIf(!canLoad)('bpftool map dump (skipped without root, bpftool, bpffs or clang)', () => {
  it('prints globals as formatValue does', () => {
    const folder = mkdtempSync(join(tmpdir(), 'xdpsim-btf-'));
    const pins = `/sys/fs/bpf/xdpsim-btf-${process.pid}`;
    try {
      mkdirSync(pins);
      writeFileSync(join(folder, 'all.c'), SOURCE);
      const object = join(folder, 'all.o');
      runTool(clang!, '-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-c', join(folder, 'all.c'), '-o', object);
      runTool('bpftool', 'prog', 'load', object, join(pins, 'program'), 'type', 'xdp', 'pinmaps', pins);
      const dump = JSON.parse(runTool('bpftool', '-j', 'map', 'dump', 'pinned', join(pins, 'all_data'))) as [
        { value: string[]; formatted: { value: BtfValue } },
      ];
      const elf = parseElf(new Uint8Array(readFileSync(object)), 'all.o');
      const types = parseBtf(elf.sections.find(({ name }) => name === '.BTF')!.data, 'all.o');
      const offsets = new Map(elf.symbols.map(symbol => [symbol.name, symbol.value]));
      const content = Uint8Array.from(dump[0].value.map(Number));
      const [data] = types.typesByName('.data');
      expect(formatValue(types, data!.id, content, { offsets })).toEqual(dump[0].formatted.value);
    } finally {
      rmSync(pins, { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
