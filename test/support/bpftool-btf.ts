// A type in the form of `bpftool btf dump -j`, for comparing.
import type { BtfType } from '../../src/btf/types.js';

/** What bpftool 7 prints for the type; enumerator values as numbers, so not beyond 2^53. */
export function bpftoolType(type: BtfType): Record<string, unknown> {
  return { id: type.id, kind: type.kind.toUpperCase(), name: anonymous(type.name), ...details(type) };
}

function anonymous(name: string): string {
  return name === '' ? '(anon)' : name;
}

function details(type: BtfType): Record<string, unknown> {
  switch (type.kind) {
    case 'void':
      return {};
    case 'int':
      return { size: type.sizeBytes, bits_offset: type.bitOffset, nr_bits: type.bits, encoding: encoding(type) };
    case 'array':
      return { type_id: type.elementTypeId, index_type_id: type.indexTypeId, nr_elems: type.elementCount };
    case 'struct':
    case 'union':
      return { size: type.sizeBytes, vlen: type.members.length, members: members(type.members) };
    case 'enum':
    case 'enum64':
      return {
        encoding: type.isSigned ? 'SIGNED' : 'UNSIGNED',
        size: type.sizeBytes,
        vlen: type.values.length,
        values: type.values.map(({ name, value }) => ({ name, val: Number(value) })),
      };
    case 'fwd':
      return { fwd_kind: type.isUnion ? 'union' : 'struct' };
    case 'func_proto':
      return {
        ret_type_id: type.returnTypeId,
        vlen: type.parameters.length,
        params: type.parameters.map(({ name, typeId }) => ({ name: anonymous(name), type_id: typeId })),
      };
    case 'func':
    case 'var':
      return { type_id: type.typeId, linkage: type.linkage };
    case 'datasec':
      return {
        size: type.sizeBytes,
        vlen: type.entries.length,
        vars: type.entries.map(entry => ({
          type_id: entry.typeId,
          offset: entry.offsetBytes,
          size: entry.sizeBytes,
        })),
      };
    case 'float':
      return { size: type.sizeBytes };
    case 'decl_tag':
      return { type_id: type.typeId, component_idx: type.componentIndex };
    default:
      return { type_id: type.typeId };
  }
}

function encoding(type: Extract<BtfType, { kind: 'int' }>): string {
  if (type.isSigned) return 'SIGNED';
  if (type.isChar) return 'CHAR';
  return type.isBool ? 'BOOL' : '(none)';
}

function members(list: Extract<BtfType, { kind: 'struct' | 'union' }>['members']): Record<string, unknown>[] {
  return list.map(({ name, typeId, bitOffset, bitfieldBits }) => ({
    name: anonymous(name),
    type_id: typeId,
    bits_offset: bitOffset,
    ...(bitfieldBits > 0 ? { bitfield_size: bitfieldBits } : {}),
  }));
}
