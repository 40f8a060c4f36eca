// Every kind of type in both byte orders, split BTF, and agreement with bpftool.
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Btf, essentialName } from '../../src/btf/btf.js';
import { parseBtf } from '../../src/btf/parse.js';
import type { BtfType } from '../../src/btf/types.js';
import { parseElf } from '../../src/elf/parse.js';
import type { ByteOrder } from '../../src/support/bytes.js';
import { bpftoolType } from '../support/bpftool-btf.js';
import { BtfWriter } from '../support/btf-writer.js';
import { readObject, systemObjects, testObjects } from '../support/system-objects.js';
import { findTool, runTool } from '../support/tools.js';

function allKinds(order: ByteOrder): Uint8Array {
  const btf = new BtfWriter(order);
  btf.int('int', 4, 'signed'); // 1
  btf.reference('ptr', 4); // 2
  btf.array(1, 6); // 3
  btf.struct('pair', 8, [
    { name: 'a', typeId: 1, bitOffset: 0 },
    { name: 'b', typeId: 2, bitOffset: 32 },
  ]); // 4
  btf.struct('flags', 4, [{ name: 'low', typeId: 1, bitOffset: 3, bits: 5 }]); // 5
  btf.union('either', 4, []); // 6
  btf.enum('color', { RED: 1, NEGATIVE: -2 }); // 7
  btf.fwd('later', true); // 8
  btf.reference('typedef', 1, 'number'); // 9
  btf.reference('volatile', 1); // 10
  btf.reference('const', 1); // 11
  btf.reference('restrict', 2); // 12
  btf.func('main', 14, 'static'); // 13
  btf.funcProto(1, [
    ['ctx', 2],
    ['', 0],
  ]); // 14
  btf.var('counter', 1, 'extern'); // 15
  btf.datasec('.data', 4, [[15, 0, 4]]); // 16
  btf.float('double', 8); // 17
  btf.declTag('tag', 4, 1); // 18
  btf.reference('type_tag', 1, 'user'); // 19
  btf.enum64('wide', { BIG: 1n << 40n, ALL: -1n }); // 20
  return btf.finish();
}

const expected: readonly BtfType[] = [
  {
    id: 1,
    name: 'int',
    kind: 'int',
    sizeBytes: 4,
    bits: 32,
    bitOffset: 0,
    isSigned: true,
    isChar: false,
    isBool: false,
  },
  { id: 2, name: '', kind: 'ptr', typeId: 4 },
  { id: 3, name: '', kind: 'array', elementTypeId: 1, indexTypeId: 1, elementCount: 6 },
  {
    id: 4,
    name: 'pair',
    kind: 'struct',
    sizeBytes: 8,
    members: [
      { name: 'a', typeId: 1, bitOffset: 0, bitfieldBits: 0 },
      { name: 'b', typeId: 2, bitOffset: 32, bitfieldBits: 0 },
    ],
  },
  {
    id: 5,
    name: 'flags',
    kind: 'struct',
    sizeBytes: 4,
    members: [{ name: 'low', typeId: 1, bitOffset: 3, bitfieldBits: 5 }],
  },
  { id: 6, name: 'either', kind: 'union', sizeBytes: 4, members: [] },
  {
    id: 7,
    name: 'color',
    kind: 'enum',
    sizeBytes: 4,
    isSigned: true,
    values: [
      { name: 'RED', value: 1n },
      { name: 'NEGATIVE', value: -2n },
    ],
  },
  { id: 8, name: 'later', kind: 'fwd', isUnion: true },
  { id: 9, name: 'number', kind: 'typedef', typeId: 1 },
  { id: 10, name: '', kind: 'volatile', typeId: 1 },
  { id: 11, name: '', kind: 'const', typeId: 1 },
  { id: 12, name: '', kind: 'restrict', typeId: 2 },
  { id: 13, name: 'main', kind: 'func', typeId: 14, linkage: 'static' },
  {
    id: 14,
    name: '',
    kind: 'func_proto',
    returnTypeId: 1,
    parameters: [
      { name: 'ctx', typeId: 2 },
      { name: '', typeId: 0 },
    ],
  },
  { id: 15, name: 'counter', kind: 'var', typeId: 1, linkage: 'extern' },
  { id: 16, name: '.data', kind: 'datasec', sizeBytes: 4, entries: [{ typeId: 15, offsetBytes: 0, sizeBytes: 4 }] },
  { id: 17, name: 'double', kind: 'float', sizeBytes: 8 },
  { id: 18, name: 'tag', kind: 'decl_tag', typeId: 4, componentIndex: 1, isAttribute: false },
  { id: 19, name: 'user', kind: 'type_tag', typeId: 1, isAttribute: false },
  {
    id: 20,
    name: 'wide',
    kind: 'enum64',
    sizeBytes: 8,
    isSigned: true,
    values: [
      { name: 'BIG', value: 1n << 40n },
      { name: 'ALL', value: -1n },
    ],
  },
];

describe.each(['little', 'big'] as const)('%s-endian BTF', order => {
  const btf = parseBtf(allKinds(order), 'test');

  it('is told by its magic', () => expect(btf.byteOrder).toBe(order));

  it.each(expected)('has a $kind', type => expect(btf.typeById(type.id)).toEqual(type));

  it('gives its types in order', () => expect([...btf.types()]).toEqual(expected));
});

describe('looking types up', () => {
  const btf = parseBtf(allKinds('little'), 'test');

  it('gives void for 0', () => expect(btf.typeById(0)).toEqual({ kind: 'void', id: 0, name: 'void' }));

  it('refuses an id that is not there', () => {
    expect(() => btf.typeById(21)).toThrow('test: no type 21: there are 21');
    expect(() => btf.typeById(-1)).toThrow('test: no type -1: there are 21');
  });

  it('finds all types of a name', () => {
    const writer = new BtfWriter();
    writer.struct('iphdr', 20, []);
    writer.struct('iphdr___old', 18, []);
    writer.fwd('iphdr');
    const names = parseBtf(writer.finish(), 'test');
    expect(names.typesByName('iphdr').map(({ id }) => id)).toEqual([1, 3]);
    expect(names.typesByName('iphdr___old').map(({ id }) => id)).toEqual([2]);
    expect(names.typesByEssentialName('iphdr').map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(names.typesByName('tcphdr')).toEqual([]);
  });

  it.each([
    ['iphdr', 'iphdr'],
    ['iphdr___old', 'iphdr'],
    ['a___b___c', 'a___b'],
    ['a____b', 'a____b'],
    ['___a', '___a'],
    ['a___', 'a___'],
    ['a__b', 'a__b'],
  ])('takes the flavour off %s: %s', (name, essential) => expect(essentialName(name)).toBe(essential));
});

describe('split BTF', () => {
  const base = parseBtf(allKinds('little'), 'vmlinux');
  // A module's offsets go on behind the strings of the kernel; so do its ids.
  const module = new BtfWriter();
  module.reference('ptr', 4);
  const bytes = module.finish();
  const view = new DataView(bytes.buffer);
  const strings = new TextEncoder().encode('mod\0');
  const split = new Uint8Array(36 + strings.byteLength);
  split.set(bytes.subarray(0, 36));
  split.set(strings, 36);
  new DataView(split.buffer).setUint32(20, strings.byteLength, true);
  new DataView(split.buffer).setUint32(24, base.stringBytes, true);
  const btf: Btf = parseBtf(split, 'module', base);

  it('continues the ids and strings of its base', () => {
    expect(view.byteLength).toBe(37);
    expect(btf.firstTypeId).toBe(21);
    expect(btf.typeById(21)).toEqual({ id: 21, name: 'mod', kind: 'ptr', typeId: 4 });
    expect(btf.typeById(4)).toBe(base.typeById(4));
  });

  it('finds names in both', () => {
    expect(btf.typesByName('pair').map(({ id }) => id)).toEqual([4]);
    expect(btf.typesByName('mod').map(({ id }) => id)).toEqual([21]);
  });

  it('has only its own types of its own', () => expect([...btf.types()].map(({ id }) => id)).toEqual([21]));
});

const bpftool = findTool('bpftool');

describe.skipIf(bpftool === undefined)('bpftool btf dump (skipped where it is not installed)', () => {
  it.each([...testObjects, ...systemObjects].map(path => [basename(path), path]))('agrees on %s', (_, path) => {
    const { name, bytes } = readObject(path!);
    const section = parseElf(bytes, name).sections.find(candidate => candidate.name === '.BTF');
    if (section === undefined) return;
    const dump = JSON.parse(runTool('bpftool', '-j', 'btf', 'dump', 'file', path!)) as { types: unknown[] };
    expect([...parseBtf(section.data, name).types()].map(bpftoolType)).toEqual(dump.types);
  });
});

const vmlinux = '/sys/kernel/btf/vmlinux';

describe.skipIf(!existsSync(vmlinux))('the BTF of the running kernel (skipped where there is none)', () => {
  it('can be read, and has struct xdp_md and struct sk_buff', () => {
    const btf = parseBtf(new Uint8Array(readFileSync(vmlinux)), 'vmlinux');
    expect(btf.typesByName('xdp_md')).toMatchObject([{ kind: 'struct', sizeBytes: 24 }]);
    expect(btf.typesByName('sk_buff').map(({ kind }) => kind)).toContain('struct');
  });

  it.skipIf(bpftool === undefined)('is the same for bpftool (skipped where it is not installed)', () => {
    const btf = parseBtf(new Uint8Array(readFileSync(vmlinux)), 'vmlinux');
    const lines = runTool('bpftool', 'btf', 'dump', 'file', vmlinux).split('\n');
    const heads = lines.filter(line => line.startsWith('['));
    const names = [...btf.types()].map(type => `[${type.id}] ${type.kind.toUpperCase()} '${type.name || '(anon)'}'`);
    expect(heads).toHaveLength(names.length);
    expect(names.filter((name, index) => !heads[index]!.startsWith(name))).toEqual([]);
  });
});
