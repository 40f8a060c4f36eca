// Where things stand in BTF bytes, and the checks that make decoding safe. Kernel Documentation/bpf/btf.rst, section 2.
import type { ByteReader } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import type { BtfKind } from './types.js';

//  0         4                                         8
//  name_off  info: kind_flag:1 . kind:5 . . vlen:16    size or type      and then what the kind has behind it
export const TYPE_BYTES = 12;

/** Kinds by number. */
export const KINDS = [
  'void',
  'int',
  'ptr',
  'array',
  'struct',
  'union',
  'enum',
  'fwd',
  'typedef',
  'volatile',
  'const',
  'restrict',
  'func',
  'func_proto',
  'var',
  'datasec',
  'float',
  'decl_tag',
  'type_tag',
  'enum64',
] as const satisfies readonly BtfKind[];

export const kindNumber = (info: number): number => (info >>> 24) & 31;
export const vlenOf = (info: number): number => info & 0xffff;
export const kindFlagOf = (info: number): boolean => info >>> 31 === 1;

/** What stands behind the 12 common bytes, and which words of a type are type ids and names. */
interface KindLayout {
  readonly fixedBytes: number;
  readonly itemBytes: number;
  /** The third common word is a type id. */
  readonly refersTo: boolean;
  /** Offsets, after the common bytes, of type ids in the fixed part. */
  readonly fixedIds: readonly number[];
  /** Offset of a type id in each item; undefined where it has none. */
  readonly itemId: number | undefined;
  /** Each item starts with a name. */
  readonly itemsAreNamed: boolean;
}

const plain: KindLayout = {
  fixedBytes: 0,
  itemBytes: 0,
  refersTo: false,
  fixedIds: [],
  itemId: undefined,
  itemsAreNamed: false,
};
const reference: KindLayout = { ...plain, refersTo: true };
const composite: KindLayout = { ...plain, itemBytes: 12, itemId: 4, itemsAreNamed: true };

const LAYOUTS: Readonly<Record<(typeof KINDS)[number], KindLayout>> = {
  void: plain,
  int: { ...plain, fixedBytes: 4 },
  ptr: reference,
  array: { ...plain, fixedBytes: 12, fixedIds: [0, 4] },
  struct: composite,
  union: composite,
  enum: { ...plain, itemBytes: 8, itemsAreNamed: true },
  fwd: plain,
  typedef: reference,
  volatile: reference,
  const: reference,
  restrict: reference,
  func: reference,
  func_proto: { ...reference, itemBytes: 8, itemId: 4, itemsAreNamed: true },
  var: { ...reference, fixedBytes: 4 },
  datasec: { ...plain, itemBytes: 12, itemId: 0 },
  float: plain,
  decl_tag: { ...reference, fixedBytes: 4 },
  type_tag: reference,
  enum64: { ...plain, itemBytes: 12, itemsAreNamed: true },
};

const BY_NUMBER: readonly KindLayout[] = KINDS.map(kind => LAYOUTS[kind]);

/**
 * Offset of each type in `types`, in order. Throws InputError `btf-kind` and `btf-truncated`; `firstId` is only for messages.
 */
export function findTypes(types: ByteReader, firstId: number): Uint32Array {
  const end = types.lengthBytes;
  const offsets = new Uint32Array(Math.floor(end / TYPE_BYTES));
  let count = 0;
  for (let at = 0; at < end; ) {
    if (at + TYPE_BYTES > end) throw cut(types, firstId + count, end);
    const info = types.u32(at + 4);
    const kind = kindNumber(info);
    const layout = BY_NUMBER[kind];
    if (layout === undefined || kind === 0) {
      throw new InputError('btf-kind', `${types.label}: type [${firstId + count}]: kind ${kind} is unknown`);
    }
    offsets[count++] = at;
    at += TYPE_BYTES + layout.fixedBytes + vlenOf(info) * layout.itemBytes;
    if (at > end) throw cut(types, firstId + count - 1, end);
  }
  return offsets.subarray(0, count);
}

function cut(types: ByteReader, id: number, end: number): InputError {
  return new InputError('btf-truncated', `${types.label}: type [${id}] runs past the end of the types at ${end}`);
}

/** How far names and type ids may reach. */
export interface Limits {
  readonly typeCount: number;
  readonly stringBytes: number;
}

/** Checks every type id and name offset. Throws InputError `btf-type-id` and `btf-name`. */
export function checkTypes(types: ByteReader, offsets: Uint32Array, firstId: number, limits: Limits): void {
  for (let index = 0; index < offsets.length; index++) {
    const at = offsets[index]!;
    const info = types.u32(at + 4);
    const layout = BY_NUMBER[kindNumber(info)]!;
    const id = firstId + index;
    checkName(types, at, id, limits);
    if (layout.refersTo) checkId(types, at + 8, id, limits);
    for (const offset of layout.fixedIds) checkId(types, at + TYPE_BYTES + offset, id, limits);
    if (layout.itemBytes > 0) checkItems(types, at + TYPE_BYTES, vlenOf(info), layout, id, limits);
  }
}

function checkItems(types: ByteReader, at: number, count: number, layout: KindLayout, id: number, limits: Limits) {
  const { itemBytes, itemId, itemsAreNamed } = layout;
  const end = at + count * itemBytes;
  for (let item = at; item < end; item += itemBytes) {
    if (itemsAreNamed) checkName(types, item, id, limits);
    if (itemId !== undefined) checkId(types, item + itemId, id, limits);
  }
}

function checkName(types: ByteReader, at: number, id: number, { stringBytes }: Limits): void {
  const offset = types.u32(at);
  if (offset < stringBytes || offset === 0) return;
  throw new InputError(
    'btf-name',
    `${types.label}: type [${id}]: name at ${offset} of ${stringBytes} bytes of strings`,
  );
}

function checkId(types: ByteReader, at: number, id: number, { typeCount }: Limits): void {
  const target = types.u32(at);
  if (target < typeCount) return;
  throw new InputError('btf-type-id', `${types.label}: type [${id}] refers to type ${target} of ${typeCount}`);
}
