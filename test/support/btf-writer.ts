// Builds BTF and BTF.ext for tests, type by type. Kernel Documentation/bpf/btf.rst.
import { type ByteOrder, ByteWriter } from '../../src/support/bytes.js';

export interface MemberDescription {
  readonly name: string;
  readonly typeId: number;
  readonly bitOffset: number;
  /** Makes it a bitfield. */
  readonly bits?: number;
}

const KIND = {
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  func_proto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  decl_tag: 17,
  type_tag: 18,
  enum64: 19,
} as const;

const LINKAGE = { static: 0, global: 1, extern: 2 } as const;

/** Each method adds a type and returns its id. Ids are given in order from 1, so a later type's id may be used before it exists. */
export class BtfWriter {
  readonly order: ByteOrder;
  private readonly types: ByteWriter;
  private readonly strings = new ByteWriter().u8(0);
  private readonly offsets = new Map([['', 0]]);
  private count = 0;

  constructor(order: ByteOrder = 'little') {
    this.order = order;
    this.types = new ByteWriter(order);
  }

  int(name: string, sizeBytes: number, encoding: 'none' | 'signed' | 'char' | 'bool' = 'none', bits = 8 * sizeBytes) {
    const id = this.start('int', name, sizeBytes);
    this.types.u32(({ none: 0, signed: 1, char: 2, bool: 4 }[encoding] << 24) | bits);
    return id;
  }

  array(elementTypeId: number, elementCount: number, indexTypeId = elementTypeId): number {
    const id = this.start('array', '', 0);
    this.types.u32(elementTypeId).u32(indexTypeId).u32(elementCount);
    return id;
  }

  struct(name: string, sizeBytes: number, members: readonly MemberDescription[]): number {
    return this.composite('struct', name, sizeBytes, members);
  }

  union(name: string, sizeBytes: number, members: readonly MemberDescription[]): number {
    return this.composite('union', name, sizeBytes, members);
  }

  enum(name: string, values: Readonly<Record<string, number>>, sizeBytes = 4): number {
    const entries = Object.entries(values);
    const id = this.start(
      'enum',
      name,
      sizeBytes,
      entries.length,
      entries.some(([, value]) => value < 0),
    );
    for (const [key, value] of entries) this.types.u32(this.text(key)).u32(value);
    return id;
  }

  enum64(name: string, values: Readonly<Record<string, bigint>>): number {
    const entries = Object.entries(values);
    const id = this.start(
      'enum64',
      name,
      8,
      entries.length,
      entries.some(([, value]) => value < 0n),
    );
    for (const [key, value] of entries) {
      this.types.u32(this.text(key)).u32(Number(BigInt.asUintN(32, value)));
      this.types.u32(Number(BigInt.asUintN(32, value >> 32n)));
    }
    return id;
  }

  fwd(name: string, isUnion = false): number {
    return this.start('fwd', name, 0, 0, isUnion);
  }

  /** ptr, typedef, const, volatile, restrict and type_tag. */
  reference(
    kind: 'ptr' | 'typedef' | 'const' | 'volatile' | 'restrict' | 'type_tag',
    typeId: number,
    name = '',
  ): number {
    return this.start(kind, name, typeId);
  }

  func(name: string, typeId: number, linkage: keyof typeof LINKAGE = 'global'): number {
    return this.start('func', name, typeId, LINKAGE[linkage]);
  }

  funcProto(returnTypeId: number, parameters: readonly (readonly [name: string, typeId: number])[]): number {
    const id = this.start('func_proto', '', returnTypeId, parameters.length);
    for (const [name, typeId] of parameters) this.types.u32(this.text(name)).u32(typeId);
    return id;
  }

  var(name: string, typeId: number, linkage: keyof typeof LINKAGE = 'global'): number {
    const id = this.start('var', name, typeId);
    this.types.u32(LINKAGE[linkage]);
    return id;
  }

  datasec(
    name: string,
    sizeBytes: number,
    entries: readonly (readonly [typeId: number, offset: number, size: number])[],
  ) {
    const id = this.start('datasec', name, sizeBytes, entries.length);
    for (const [typeId, offset, size] of entries) this.types.u32(typeId).u32(offset).u32(size);
    return id;
  }

  float(name: string, sizeBytes: number): number {
    return this.start('float', name, sizeBytes);
  }

  declTag(name: string, typeId: number, componentIndex = -1): number {
    const id = this.start('decl_tag', name, typeId);
    this.types.i32(componentIndex);
    return id;
  }

  /** Offset of a text in the strings, which get it if they do not have it. */
  text(text: string): number {
    const known = this.offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.strings.lengthBytes;
    this.strings.raw(new TextEncoder().encode(text)).u8(0);
    this.offsets.set(text, offset);
    return offset;
  }

  /** The .BTF section. */
  finish(): Uint8Array {
    const types = this.types.finish();
    const strings = this.strings.finish();
    const writer = new ByteWriter(this.order).u16(0xeb9f).u8(1).u8(0).u32(24);
    writer.u32(0).u32(types.byteLength).u32(types.byteLength).u32(strings.byteLength);
    return writer.raw(types).raw(strings).finish();
  }

  private start(kind: keyof typeof KIND, name: string, sizeOrType: number, vlen = 0, flag = false): number {
    this.types
      .u32(this.text(name))
      .u32(((flag ? 1 << 31 : 0) | (KIND[kind] << 24) | vlen) >>> 0)
      .u32(sizeOrType);
    return ++this.count;
  }

  private composite(
    kind: 'struct' | 'union',
    name: string,
    sizeBytes: number,
    members: readonly MemberDescription[],
  ): number {
    const hasBitfields = members.some(({ bits }) => bits !== undefined);
    const id = this.start(kind, name, sizeBytes, members.length, hasBitfields);
    for (const { name: member, typeId, bitOffset, bits = 0 } of members) {
      const word = hasBitfields ? ((bits << 24) | bitOffset) >>> 0 : bitOffset;
      this.types.u32(this.text(member)).u32(typeId).u32(word);
    }
    return id;
  }
}

/** Records of one ELF section; each record is its words, texts as offsets from `BtfWriter.text`. */
export interface ExtensionSection {
  readonly section: string;
  readonly records: readonly (readonly number[])[];
}

/** What .BTF.ext holds. Records: function [offset, type id], line [offset, file, text, line << 10 | column], core [offset, type id, access, kind]. */
export interface ExtensionDescription {
  readonly functions?: readonly ExtensionSection[];
  readonly lines?: readonly ExtensionSection[];
  /** Left out: a header too old to have them. */
  readonly relocations?: readonly ExtensionSection[];
  /** Words of unknown meaning behind each record. */
  readonly extraWords?: number;
}

/** The .BTF.ext section; its texts go into `btf`, so build this before `btf.finish()`. */
export function writeBtfExt(btf: BtfWriter, description: ExtensionDescription): Uint8Array {
  const { functions = [], lines = [], relocations, extraWords = 0 } = description;
  const parts = [extension(btf, functions, 2 + extraWords), extension(btf, lines, 4 + extraWords)];
  if (relocations !== undefined) parts.push(extension(btf, relocations, 4 + extraWords));
  const writer = new ByteWriter(btf.order)
    .u16(0xeb9f)
    .u8(1)
    .u8(0)
    .u32(8 + 8 * parts.length);
  let offset = 0;
  for (const part of parts) {
    writer.u32(offset).u32(part.byteLength);
    offset += part.byteLength;
  }
  for (const part of parts) writer.raw(part);
  return writer.finish();
}

function extension(btf: BtfWriter, sections: readonly ExtensionSection[], words: number): Uint8Array {
  const writer = new ByteWriter(btf.order);
  if (sections.length > 0) writer.u32(4 * words);
  for (const { section, records } of sections) {
    writer.u32(btf.text(section)).u32(records.length);
    for (const record of records) {
      for (let word = 0; word < words; word++) writer.u32(record[word] ?? 0xdead);
    }
  }
  return writer.finish();
}
