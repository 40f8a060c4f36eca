// Builds small BPF object files for tests, from sections, symbols and relocations named in the test. gABI chapter 4.
import { type ByteOrder, ByteWriter } from '../../src/support/bytes.js';

/** What to build; everything left out gets the value that clang writes. */
export interface ElfDescription {
  readonly byteOrder?: ByteOrder;
  /** e_machine, 247 (BPF). */
  readonly machine?: number;
  /** e_type, 1 (relocatable). */
  readonly type?: number;
  readonly flags?: number;
  /** Get the indices 1, 2 and so on; .rel sections, .symtab and .strtab follow by themselves. */
  readonly sections: readonly SectionDescription[];
  /** Get the indices 1, 2 and so on, local ones first. Left out: a stripped file without .symtab. */
  readonly symbols?: readonly SymbolDescription[];
  readonly relocations?: readonly RelocationsDescription[];
}

export interface SectionDescription {
  readonly name: string;
  /** SHT_*, 1 (PROGBITS). */
  readonly type?: number;
  /** SHF_* bits, 2 (ALLOC). */
  readonly flags?: number;
  readonly data?: Uint8Array;
  /** For NOBITS (type 8), which has no data. */
  readonly sizeBytes?: number;
  readonly alignmentBytes?: number;
  readonly entrySizeBytes?: number;
  readonly link?: number;
  readonly info?: number;
}

export interface SymbolDescription {
  readonly name: string;
  /** Name or index of its section; 0 (undefined) for externs. */
  readonly section?: string | number;
  readonly value?: number;
  readonly sizeBytes?: number;
  readonly type?: 'notype' | 'object' | 'func' | 'section' | 'file';
  readonly binding?: 'local' | 'global' | 'weak';
  readonly visibility?: 'default' | 'internal' | 'hidden' | 'protected';
}

/** The relocations of `section`; `.rel` (or `.rela`, where entries have addends) plus its name is the section that holds them. */
export interface RelocationsDescription {
  readonly section: string;
  readonly hasAddends?: boolean;
  readonly entries: readonly {
    readonly offsetBytes: number;
    /** R_BPF_*, 1 (R_BPF_64_64). */
    readonly type?: number;
    /** Name of a symbol, or its index. */
    readonly symbol: string | number;
    readonly addend?: number;
  }[];
}

interface Placed extends SectionDescription {
  offset: number;
}

const HEADER_BYTES = 64;

/** The bytes of the object file: header, section data, section headers. */
export function writeElf(description: ElfDescription): Uint8Array {
  const order = description.byteOrder ?? 'little';
  const symbols = sortSymbols(description.symbols ?? []);
  const names = new Names();
  const sections = allSections(description, symbols, names, order);
  for (const { name } of sections) names.offsetOf(name);
  // The texts are complete only now.
  sections[sections.length - 1] = { ...sections.at(-1)!, data: names.bytes() };
  const writer = new ByteWriter(order).raw(new Uint8Array(HEADER_BYTES));
  const placed = sections.map((section): Placed => {
    writer.align(section.alignmentBytes ?? 8);
    const offset = writer.lengthBytes;
    if (section.data !== undefined) writer.raw(section.data);
    return { ...section, offset };
  });
  writer.align(8);
  const tableOffset = writer.lengthBytes;
  writer.raw(new Uint8Array(64));
  for (const section of placed) writeSectionHeader(writer, section, names);
  const bytes = writer.finish();
  bytes.set(header(description, order, tableOffset, sections.length + 1));
  return bytes;
}

/** Index that the symbol called `name` gets in the file of this description. */
export function symbolIndex(description: ElfDescription, name: string): number {
  const index = sortSymbols(description.symbols ?? []).findIndex(symbol => symbol.name === name);
  if (index < 0) throw new Error(`no symbol ${name}`);
  return index + 1;
}

function sortSymbols(symbols: readonly SymbolDescription[]): readonly SymbolDescription[] {
  const isLocal = (symbol: SymbolDescription) => symbol.binding === 'local';
  return [...symbols.filter(isLocal), ...symbols.filter(symbol => !isLocal(symbol))];
}

function allSections(
  description: ElfDescription,
  symbols: readonly SymbolDescription[],
  names: Names,
  order: ByteOrder,
): SectionDescription[] {
  const own = description.sections;
  const relocations = description.relocations ?? [];
  const isStripped = description.symbols === undefined;
  const symbolTable = isStripped ? 0 : own.length + relocations.length + 1;
  const strings = own.length + relocations.length + (isStripped ? 1 : 2);
  const sectionIndex = (section: string | number) =>
    typeof section === 'number' ? section : own.findIndex(({ name }) => name === section) + 1;
  const result: SectionDescription[] = [...own];
  for (const table of relocations) {
    result.push({
      name: `${table.hasAddends ? '.rela' : '.rel'}${table.section}`,
      type: table.hasAddends ? 4 : 9,
      flags: 0x40,
      data: relocationBytes(table, symbols, order),
      entrySizeBytes: table.hasAddends ? 24 : 16,
      link: symbolTable,
      info: sectionIndex(table.section),
    });
  }
  if (!isStripped) {
    result.push({
      name: '.symtab',
      type: 2,
      flags: 0,
      data: symbolBytes(symbols, names, order, sectionIndex),
      entrySizeBytes: 24,
      link: strings,
      info: symbols.filter(({ binding }) => binding === 'local').length + 1,
    });
  }
  return [...result, { name: '.strtab', type: 3, flags: 0, alignmentBytes: 1 }];
}

function relocationBytes(
  table: RelocationsDescription,
  symbols: readonly SymbolDescription[],
  order: ByteOrder,
): Uint8Array {
  const writer = new ByteWriter(order);
  for (const { offsetBytes, type = 1, symbol, addend = 0 } of table.entries) {
    const index = typeof symbol === 'number' ? symbol : symbols.findIndex(({ name }) => name === symbol) + 1;
    writer.u64(BigInt(offsetBytes)).u64((BigInt(index) << 32n) | BigInt(type));
    if (table.hasAddends) writer.u64(BigInt(addend));
  }
  return writer.finish();
}

const TYPES = ['notype', 'object', 'func', 'section', 'file'];
const BINDINGS = ['local', 'global', 'weak'];
const VISIBILITIES = ['default', 'internal', 'hidden', 'protected'];

function symbolBytes(
  symbols: readonly SymbolDescription[],
  names: Names,
  order: ByteOrder,
  sectionIndex: (section: string | number) => number,
): Uint8Array {
  const writer = new ByteWriter(order).raw(new Uint8Array(24));
  for (const symbol of symbols) {
    const type = TYPES.indexOf(symbol.type ?? 'notype');
    const binding = BINDINGS.indexOf(symbol.binding ?? 'global');
    writer.u32(names.offsetOf(symbol.name)).u8((binding << 4) | type);
    writer.u8(VISIBILITIES.indexOf(symbol.visibility ?? 'default')).u16(sectionIndex(symbol.section ?? 0));
    writer.u64(BigInt(symbol.value ?? 0)).u64(BigInt(symbol.sizeBytes ?? 0));
  }
  return writer.finish();
}

function writeSectionHeader(writer: ByteWriter, section: Placed, names: Names): void {
  const { type = 1, flags = 2, data, sizeBytes, alignmentBytes = 8, entrySizeBytes = 0, link = 0, info = 0 } = section;
  writer.u32(names.offsetOf(section.name)).u32(type).u64(BigInt(flags)).u64(0n);
  writer.u64(BigInt(section.offset)).u64(BigInt(sizeBytes ?? data?.byteLength ?? 0));
  writer.u32(link).u32(info).u64(BigInt(alignmentBytes)).u64(BigInt(entrySizeBytes));
}

function header(description: ElfDescription, order: ByteOrder, tableOffset: number, count: number): Uint8Array {
  const writer = new ByteWriter(order).raw(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, order === 'little' ? 1 : 2, 1));
  writer.align(16);
  writer
    .u16(description.type ?? 1)
    .u16(description.machine ?? 247)
    .u32(1)
    .u64(0n)
    .u64(0n)
    .u64(BigInt(tableOffset));
  writer
    .u32(description.flags ?? 0)
    .u16(HEADER_BYTES)
    .u16(0)
    .u16(0)
    .u16(64)
    .u16(count)
    .u16(count - 1);
  return writer.finish();
}

/** A string table that grows; each text stands in it once. */
class Names {
  private readonly writer = new ByteWriter().u8(0);
  private readonly offsets = new Map([['', 0]]);

  offsetOf(name: string): number {
    const known = this.offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.writer.lengthBytes;
    this.writer.raw(new TextEncoder().encode(name)).u8(0);
    this.offsets.set(name, offset);
    return offset;
  }

  bytes(): Uint8Array {
    return this.writer.finish();
  }
}
