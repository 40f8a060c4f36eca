// The grammar of BTF-defined maps: a struct whose members say with types what the map is to be. libbpf 1.x parse_btf_map_def.
//
//   __uint(max_entries, 64)      int (*max_entries)[64]          a pointer to an array: its length is the number
//   __type(key, u32)             u32 *key                        a pointer to the type
//   __array(values, struct x)    struct x *values[]              an array without length
//   __ulong(map_extra, 1ull<<40) enum { e = 1ull << 40 } map_extra
import type { Btf } from '../btf/btf.js';
import { sizeOf, skipModifiers } from '../btf/resolve.js';
import type { BtfComposite, BtfMember, BtfType } from '../btf/types.js';
import { InputError } from '../support/errors.js';
import { MAP_TYPE } from './map-types.js';

/** What the members of a map definition say. Numbers are undefined, or 0 for sizes, where no member gives them. */
export interface MapDefinitionFields {
  type: number;
  keySizeBytes: number;
  valueSizeBytes: number;
  maxEntries: number;
  flags: number;
  extra: bigint;
  numaNode: number | undefined;
  pinning: number;
  keyTypeId: number | undefined;
  valueTypeId: number | undefined;
  inner: MapDefinitionFields | undefined;
  /** Bit offset of `values` in the definition, undefined where it has none. */
  valuesBitOffset: number | undefined;
}

/** Reads the members of `definition`. Throws InputError `map-definition` in libbpf's words. */
export function readMapDefinition(btf: Btf, name: string, definition: BtfComposite): MapDefinitionFields {
  return readFields({ btf, name, definition, isInner: false });
}

interface Reading {
  readonly btf: Btf;
  readonly name: string;
  readonly definition: BtfComposite;
  readonly isInner: boolean;
}

type ReadField = (reading: Reading, fields: MapDefinitionFields, member: BtfMember) => void;

const FIELDS: Readonly<Record<string, ReadField>> = {
  type(reading, fields, member) {
    fields.type = number(reading, member);
  },
  max_entries(reading, fields, member) {
    fields.maxEntries = number(reading, member);
  },
  map_flags(reading, fields, member) {
    fields.flags = number(reading, member);
  },
  numa_node(reading, fields, member) {
    fields.numaNode = number(reading, member);
  },
  map_extra(reading, fields, member) {
    fields.extra = longNumber(reading, member);
  },
  key_size(reading, fields, member) {
    fields.keySizeBytes = agree(reading, 'key', fields.keySizeBytes, number(reading, member));
  },
  value_size(reading, fields, member) {
    fields.valueSizeBytes = agree(reading, 'value', fields.valueSizeBytes, number(reading, member));
  },
  key(reading, fields, member) {
    fields.keyTypeId = pointee(reading, 'key', member);
    fields.keySizeBytes = agree(reading, 'key', fields.keySizeBytes, typeSize(reading, 'key', fields.keyTypeId));
  },
  value(reading, fields, member) {
    fields.valueTypeId = pointee(reading, 'value', member);
    const size = typeSize(reading, 'value', fields.valueTypeId);
    fields.valueSizeBytes = agree(reading, 'value', fields.valueSizeBytes, size);
  },
  pinning(reading, fields, member) {
    if (reading.isInner) throw wrong(reading, `inner def can't be pinned.`);
    fields.pinning = number(reading, member);
    if (fields.pinning > 1) throw wrong(reading, `invalid pinning value ${fields.pinning}.`);
  },
  values: readValues,
};

function readFields(reading: Reading): MapDefinitionFields {
  const fields: MapDefinitionFields = {
    type: 0,
    keySizeBytes: 0,
    valueSizeBytes: 0,
    maxEntries: 0,
    flags: 0,
    extra: 0n,
    numaNode: undefined,
    pinning: 0,
    keyTypeId: undefined,
    valueTypeId: undefined,
    inner: undefined,
    valuesBitOffset: undefined,
  };
  for (const member of reading.definition.members) {
    const read = Object.hasOwn(FIELDS, member.name) ? FIELDS[member.name] : undefined;
    if (read === undefined) throw wrong(reading, `unknown field '${member.name}'.`);
    read(reading, fields, member);
  }
  if (fields.type === MAP_TYPE.unspec) throw wrong(reading, `map type isn't specified.`);
  return fields;
}

function wrong({ name }: Reading, what: string): InputError {
  return new InputError('map-definition', `map '${name}': ${what}`);
}

function number(reading: Reading, member: BtfMember): number {
  const pointer = skipModifiers(reading.btf, member.typeId);
  if (pointer.kind !== 'ptr') throw wrong(reading, `attr '${member.name}': expected PTR, got ${kindName(pointer)}.`);
  const array = reading.btf.typeById(pointer.typeId);
  if (array.kind !== 'array') throw wrong(reading, `attr '${member.name}': expected ARRAY, got ${kindName(array)}.`);
  return array.elementCount;
}

function longNumber(reading: Reading, member: BtfMember): bigint {
  const type = skipModifiers(reading.btf, member.typeId);
  if (type.kind !== 'enum' && type.kind !== 'enum64') return BigInt(number(reading, member));
  const [only, ...more] = type.values;
  if (only === undefined || more.length > 0) {
    throw wrong(reading, `attr '${member.name}': invalid __ulong`);
  }
  return BigInt.asUintN(64, only.value);
}

function pointee(reading: Reading, what: string, member: BtfMember): number {
  const pointer = reading.btf.typeById(member.typeId);
  if (pointer.kind !== 'ptr') throw wrong(reading, `${what} spec is not PTR: ${kindName(pointer)}.`);
  return pointer.typeId;
}

function typeSize(reading: Reading, what: string, typeId: number): number {
  const size = sizeOf(reading.btf, typeId);
  if (size === undefined) throw wrong(reading, `can't determine ${what} size for type [${typeId}]: -22.`);
  return size;
}

function agree(reading: Reading, what: string, known: number, size: number): number {
  if (known !== 0 && known !== size) throw wrong(reading, `conflicting ${what} size ${known} != ${size}.`);
  return size;
}

/** What the entries are: the definition of the maps inside, or programs. Must be the last member. */
function readValues(reading: Reading, fields: MapDefinitionFields, member: BtfMember): void {
  const isProgArray = fields.type === MAP_TYPE.progArray;
  const description = isProgArray ? 'prog-array value' : 'map-in-map inner';
  if (reading.isInner) throw wrong(reading, `multi-level inner maps not supported.`);
  if (member !== reading.definition.members.at(-1)) throw wrong(reading, `'${member.name}' member should be last.`);
  if (!isProgArray && !isMapInMap(fields.type)) throw wrong(reading, `should be map-in-map or prog-array.`);
  fields.valueSizeBytes = agree(reading, 'value', fields.valueSizeBytes, 4);
  fields.valuesBitOffset = member.bitOffset;
  const array = reading.btf.typeById(member.typeId);
  if (array.kind !== 'array' || array.elementCount !== 0) {
    throw wrong(reading, `${description} spec is not a zero-sized array.`);
  }
  const pointer = skipModifiers(reading.btf, array.elementTypeId);
  if (pointer.kind !== 'ptr') throw wrong(reading, `${description} def is of unexpected kind ${kindName(pointer)}.`);
  const entry = skipModifiers(reading.btf, pointer.typeId);
  if (entry.kind !== (isProgArray ? 'func_proto' : 'struct')) {
    throw wrong(reading, `${description} def is of unexpected kind ${kindName(entry)}.`);
  }
  if (entry.kind !== 'struct') return;
  fields.inner = readFields({ btf: reading.btf, name: `${reading.name}.inner`, definition: entry, isInner: true });
}

/** True for array_of_maps and hash_of_maps. */
export function isMapInMap(type: number): boolean {
  return type === MAP_TYPE.arrayOfMaps || type === MAP_TYPE.hashOfMaps;
}

/** libbpf's word for a kind: `ptr`, `array` ... */
function kindName(type: BtfType): string {
  return type.kind;
}
