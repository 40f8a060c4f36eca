// Objects as a loader with wishes of its own would load them: maps that user space has to size get a size, numbers that it has to set a value, and
// maps pinned by name are not pinned.
import type { ElfFile } from '../../src/elf/elf.js';
import { parseElf } from '../../src/elf/parse.js';
import { MAP_TYPES } from '../../src/platform/map-types.js';
import { ByteWriter } from '../../src/support/bytes.js';

/** Entries of maps whose size is left to user space. */
const ENTRIES = 16;
const SECTION_HEADER_BYTES = 64;
const BTF_HEADER_BYTES = 24;
const POINTER = 2;
const ARRAY = 3;
const STRUCT = 4;
const TYPEDEF = 8;
const VARIABLE = 14;
const DATA_SECTION = 15;
/** What follows the 12 bytes of a type, by kind; a number of bytes, or that many for each of its members. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 4, 3: 12, 14: 4, 17: 4 };
const MEMBER_BYTES: Readonly<Record<number, number>> = { 4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12 };
/** Types that have no size of their own, or that libbpf sizes. */
const UNSIZED: readonly number[] = [
  MAP_TYPES.perf_event_array,
  MAP_TYPES.cgroup_storage,
  MAP_TYPES.percpu_cgroup_storage,
  MAP_TYPES.sk_storage,
  MAP_TYPES.inode_storage,
  MAP_TYPES.task_storage,
  MAP_TYPES.cgrp_storage,
  MAP_TYPES.ringbuf,
].map(({ id }) => id);

/** A type as it stands in the section. */
interface RawType {
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly words: DataView;
}

/** A copy with such maps; the object itself where it has none, or no type information. */
export function mendedObject(bytes: Uint8Array): Uint8Array {
  const elf = parseElf(bytes, 'object');
  const settled = withSettings(bytes, elf);
  const section = elf.sections.find(({ name }) => name === '.BTF');
  if (section === undefined) return settled;
  const index = elf.sections.indexOf(section);
  const btf = mendedTypes(bytes.slice(section.fileOffset, section.fileOffset + section.data.byteLength));
  const start = Math.ceil(bytes.byteLength / 8) * 8;
  const copy = new Uint8Array(start + btf.byteLength);
  copy.set(settled);
  copy.set(btf, start);
  const view = new DataView(copy.buffer);
  const header = Number(view.getBigUint64(0x28, true)) + index * SECTION_HEADER_BYTES;
  view.setBigUint64(header + 24, BigInt(start), true);
  view.setBigUint64(header + 32, BigInt(btf.byteLength), true);
  return copy;
}

/** Numbers of 4 bytes that a loader is to set before it loads - constants without a value, such as how many CPUs there are - become 2. */
function withSettings(bytes: Uint8Array, { sections, symbols }: ElfFile): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (const { type, sizeBytes, sectionIndex, value } of symbols) {
    const section = sections[sectionIndex];
    if (section?.name !== '.rodata' || type !== 'object' || sizeBytes !== 4) continue;
    const at = section.fileOffset + value;
    if (view.getUint32(at, true) === 0) view.setUint32(at, 2, true);
  }
  return copy;
}

function mendedTypes(section: Uint8Array): Uint8Array {
  const header = new DataView(section.buffer, section.byteOffset);
  const [typesAt, typesBytes, namesAt, namesBytes] = [8, 12, 16, 20].map(at => header.getUint32(at, true));
  const types = rawTypes(section.subarray(BTF_HEADER_BYTES + typesAt!, BTF_HEADER_BYTES + typesAt! + typesBytes!));
  const names = section.subarray(BTF_HEADER_BYTES + namesAt!, BTF_HEADER_BYTES + namesAt! + namesBytes!);
  const sizeName = names.byteLength;
  const allNames = Uint8Array.of(...names, ...new TextEncoder().encode('max_entries\0'));
  // The two new types behind all others: an array of ENTRIES elements, and a pointer to it.
  const sizeType = types.length + 1;
  const mended = types.map(({ bytes }) => bytes);
  for (const id of mapStructs(types, names))
    mended[id - 1] = mendedStruct(types, types[id - 1]!, names, { sizeName, sizeType });
  const element = types.find(({ kind }) => kind === ARRAY);
  if (element === undefined) return section;
  const array = new ByteWriter()
    .u32(0)
    .u32(ARRAY << 24)
    .u32(0);
  array.u32(element.words.getUint32(12, true)).u32(element.words.getUint32(16, true)).u32(ENTRIES);
  const pointer = new ByteWriter()
    .u32(0)
    .u32(POINTER << 24)
    .u32(types.length + 2);
  const allTypes = new ByteWriter();
  for (const bytes of [...mended, pointer.finish(), array.finish()]) allTypes.raw(bytes);
  const body = allTypes.finish();
  const out = new ByteWriter().raw(section.subarray(0, 8)).u32(0).u32(body.byteLength);
  return out.u32(body.byteLength).u32(allNames.byteLength).raw(body).raw(allNames).finish();
}

function rawTypes(section: Uint8Array): RawType[] {
  const types: RawType[] = [];
  for (let at = 0; at < section.byteLength; ) {
    const words = new DataView(section.buffer, section.byteOffset + at);
    const info = words.getUint32(4, true);
    const kind = (info >>> 24) & 0x1f;
    const extra =
      kind === VARIABLE ? 4 : (FIXED_BYTES[kind] ?? (MEMBER_BYTES[kind] ?? (kind === 13 ? 8 : 0)) * (info & 0xffff));
    types.push({ kind, bytes: section.subarray(at, at + 12 + extra), words });
    at += 12 + extra;
  }
  return types;
}

/** Numbers of the structs that define maps. */
function mapStructs(types: readonly RawType[], names: Uint8Array): Set<number> {
  const maps = types.find(
    ({ kind, words }) => kind === DATA_SECTION && nameAt(names, words.getUint32(0, true)) === '.maps',
  );
  const variables = Array.from({ length: maps === undefined ? 0 : maps.words.getUint16(4, true) }, (_, at) =>
    maps!.words.getUint32(12 + 12 * at, true),
  );
  const structs = variables.map(id => behindNames(types, types[id - 1]!.words.getUint32(8, true)));
  return new Set(structs.filter(id => types[id - 1]?.kind === STRUCT));
}

/** The type that a typedef stands for. */
function behindNames(types: readonly RawType[], id: number): number {
  const type = types[id - 1];
  return type?.kind === TYPEDEF ? behindNames(types, type.words.getUint32(8, true)) : id;
}

function mendedStruct(
  types: readonly RawType[],
  type: RawType,
  names: Uint8Array,
  { sizeName, sizeType }: { readonly sizeName: number; readonly sizeType: number },
): Uint8Array {
  const members = Array.from({ length: type.words.getUint16(4, true) }, (_, at) =>
    type.bytes.subarray(12 + 12 * at, 24 + 12 * at),
  );
  const nameOf = (member: Uint8Array) => nameAt(names, wordAt(member, 0));
  const kept = members.filter(member => nameOf(member) !== 'pinning');
  const mapType = members.find(member => nameOf(member) === 'type');
  const isSized = members.some(member => nameOf(member) === 'max_entries' && numberOf(types, member) > 0);
  const isMeant = mapType !== undefined && !UNSIZED.includes(numberOf(types, mapType)) && !isSized;
  const others = isMeant ? kept.filter(member => nameOf(member) !== 'max_entries') : kept;
  const writer = new ByteWriter().u32(wordAt(type.bytes, 0)).u32((STRUCT << 24) | (others.length + (isMeant ? 1 : 0)));
  writer.u32(wordAt(type.bytes, 8));
  for (const member of others) writer.raw(member);
  const last = others.at(-1);
  if (isMeant)
    writer
      .u32(sizeName)
      .u32(sizeType)
      .u32(last === undefined ? 0 : wordAt(last, 8));
  return writer.finish();
}

/** What `__uint(name, number)` says: a pointer to an array of so many elements. */
function numberOf(types: readonly RawType[], member: Uint8Array): number {
  const pointer = types[wordAt(member, 4) - 1];
  const array = pointer?.kind === POINTER ? types[pointer.words.getUint32(8, true) - 1] : undefined;
  return array?.kind === ARRAY ? array.words.getUint32(20, true) : 0;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

function nameAt(names: Uint8Array, at: number): string {
  return new TextDecoder().decode(names.subarray(at, names.indexOf(0, at)));
}
