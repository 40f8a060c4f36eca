// One BTF type from its bytes, which `checkTypes` has checked. Kernel Documentation/bpf/btf.rst, section 2.2.
import type { ByteReader } from '../support/bytes.js';
import { KINDS, kindFlagOf, kindNumber, TYPE_BYTES, vlenOf } from './layout.js';
import type { BtfEnumValue, BtfLinkage, BtfMember, BtfType } from './types.js';

/** Text at an offset of the string section. */
export type Names = (offset: number) => string;

/** The type `id` at `at` of `types`. */
export function decodeType(types: ByteReader, at: number, id: number, names: Names): BtfType {
  const info = types.u32(at + 4);
  const sizeOrType = types.u32(at + 8);
  const name = names(types.u32(at));
  const rest = at + TYPE_BYTES;
  const count = vlenOf(info);
  const flag = kindFlagOf(info);
  const kind = KINDS[kindNumber(info)]!;
  switch (kind) {
    case 'void':
      return { id, name, kind };
    case 'int':
      return { id, name, kind, sizeBytes: sizeOrType, ...decodeInt(types.u32(rest)) };
    case 'array':
      return {
        id,
        name,
        kind,
        elementTypeId: types.u32(rest),
        indexTypeId: types.u32(rest + 4),
        elementCount: types.u32(rest + 8),
      };
    case 'struct':
    case 'union':
      return { id, name, kind, sizeBytes: sizeOrType, members: decodeMembers(types, rest, count, flag, names) };
    case 'enum':
      return {
        id,
        name,
        kind,
        sizeBytes: sizeOrType,
        isSigned: flag,
        values: enumValues(types, rest, count, flag, names),
      };
    case 'enum64':
      return {
        id,
        name,
        kind,
        sizeBytes: sizeOrType,
        isSigned: flag,
        values: enum64Values(types, rest, count, flag, names),
      };
    case 'fwd':
      return { id, name, kind, isUnion: flag };
    case 'ptr':
    case 'typedef':
    case 'volatile':
    case 'const':
    case 'restrict':
      return { id, name, kind, typeId: sizeOrType };
    case 'type_tag':
      return { id, name, kind, typeId: sizeOrType, isAttribute: flag };
    case 'func':
      return { id, name, kind, typeId: sizeOrType, linkage: linkage(count) };
    case 'func_proto':
      return {
        id,
        name,
        kind,
        returnTypeId: sizeOrType,
        parameters: items(count, rest, 8, item => ({ name: names(types.u32(item)), typeId: types.u32(item + 4) })),
      };
    case 'var':
      return { id, name, kind, typeId: sizeOrType, linkage: linkage(types.u32(rest)) };
    case 'datasec':
      return {
        id,
        name,
        kind,
        sizeBytes: sizeOrType,
        entries: items(count, rest, 12, item => ({
          typeId: types.u32(item),
          offsetBytes: types.u32(item + 4),
          sizeBytes: types.u32(item + 8),
        })),
      };
    case 'float':
      return { id, name, kind, sizeBytes: sizeOrType };
    case 'decl_tag':
      return { id, name, kind, typeId: sizeOrType, componentIndex: types.i32(rest), isAttribute: flag };
  }
}

function items<T>(count: number, start: number, itemBytes: number, decode: (at: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => decode(start + index * itemBytes));
}

//   31    27   24      16       8        0
//  +-----+------+--------+------+--------+
//  |  .  |enc:4 |offset:8|  .   | bits:8 |     enc: 1 signed, 2 char, 4 bool
//  +-----+------+--------+------+--------+
function decodeInt(word: number) {
  const encoding = (word >>> 24) & 15;
  return {
    bits: word & 0xff,
    bitOffset: (word >>> 16) & 0xff,
    isSigned: (encoding & 1) !== 0,
    isChar: (encoding & 2) !== 0,
    isBool: (encoding & 4) !== 0,
  };
}

/** With the kind flag, the offset word holds bits:8 and offset:24. */
function decodeMembers(types: ByteReader, start: number, count: number, flag: boolean, names: Names) {
  return items(count, start, 12, (item): BtfMember => {
    const word = types.u32(item + 8);
    return {
      name: names(types.u32(item)),
      typeId: types.u32(item + 4),
      bitOffset: flag ? word & 0xffffff : word,
      bitfieldBits: flag ? word >>> 24 : 0,
    };
  });
}

function enumValues(types: ByteReader, start: number, count: number, isSigned: boolean, names: Names) {
  return items(count, start, 8, (item): BtfEnumValue => {
    const value = isSigned ? types.i32(item + 4) : types.u32(item + 4);
    return { name: names(types.u32(item)), value: BigInt(value) };
  });
}

/** The low word comes first in both byte orders. */
function enum64Values(types: ByteReader, start: number, count: number, isSigned: boolean, names: Names) {
  return items(count, start, 12, (item): BtfEnumValue => {
    const bits = (BigInt(types.u32(item + 8)) << 32n) | BigInt(types.u32(item + 4));
    return { name: names(types.u32(item)), value: isSigned ? BigInt.asIntN(64, bits) : bits };
  });
}

function linkage(value: number): BtfLinkage {
  return (['static', 'global', 'extern'] as const)[value] ?? value;
}
