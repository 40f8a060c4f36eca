// The symbol table. gABI chapter 4, "Symbol Table".
import { type ByteOrder, ByteReader } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { StringTable } from '../support/string-table.js';
import { SHN_XINDEX, SHT_STRTAB, SHT_SYMTAB, SHT_SYMTAB_SHNDX } from './constants.js';
import type { ElfSection, ElfSymbol, ElfSymbolBinding, ElfSymbolType, ElfSymbolVisibility } from './elf.js';
import { requireTable } from './tables.js';

//  0        4        5         6         8         16
//  st_name  st_info  st_other  st_shndx  st_value  st_size
const SYMBOL_BYTES = 24;

const TYPES = ['notype', 'object', 'func', 'section', 'file', 'common', 'tls'] as const satisfies ElfSymbolType[];
const BINDINGS = ['local', 'global', 'weak'] as const satisfies ElfSymbolBinding[];
const VISIBILITIES = ['default', 'internal', 'hidden', 'protected'] as const satisfies ElfSymbolVisibility[];

/** The symbols of the file, none where it has no symbol table. Throws InputError `elf-symbols`. */
export function readSymbols(sections: readonly ElfSection[], order: ByteOrder, fileName: string): readonly ElfSymbol[] {
  const tables = sections.filter(section => section.type === SHT_SYMTAB);
  if (tables.length > 1) throw new InputError('elf-symbols', `elf: multiple symbol tables in ${fileName}`);
  const section = tables[0];
  if (section === undefined) return [];
  const count = requireTable(section, SYMBOL_BYTES, fileName);
  const names = nameTable(sections, section, fileName);
  const table = new ByteReader(section.data, `${fileName}: symbol table`, order);
  const extended = extendedIndices(sections, section, order, fileName);
  return Array.from({ length: count }, (_, index) => readSymbol(table, index, names, extended));
}

function readSymbol(table: ByteReader, index: number, names: StringTable, extended: ByteReader | undefined): ElfSymbol {
  const at = index * SYMBOL_BYTES;
  const info = table.u8(at + 4);
  return {
    index,
    name: names.text(table.u32(at)),
    value: table.size64(at + 8, `value of symbol ${index}`),
    sizeBytes: table.size64(at + 16, `size of symbol ${index}`),
    type: TYPES[info & 15] ?? info & 15,
    binding: BINDINGS[info >> 4] ?? info >> 4,
    visibility: VISIBILITIES[table.u8(at + 5) & 3]!,
    sectionIndex: sectionIndex(table, index, extended),
  };
}

function sectionIndex(table: ByteReader, index: number, extended: ByteReader | undefined): number {
  const short = table.u16(index * SYMBOL_BYTES + 6);
  if (short !== SHN_XINDEX) return short;
  if (extended !== undefined) return extended.u32(4 * index);
  throw new InputError(
    'elf-symbols',
    `${table.label}: symbol ${index} needs a table of section indices; there is none`,
  );
}

function nameTable(sections: readonly ElfSection[], table: ElfSection, fileName: string): StringTable {
  const strings = sections[table.link];
  if (strings?.type === SHT_STRTAB) return new StringTable(strings.data, `${fileName}: symbol names`);
  throw new InputError('elf-symbols', `${fileName}: symbol table: section ${table.link} is no string table`);
}

function extendedIndices(
  sections: readonly ElfSection[],
  table: ElfSection,
  order: ByteOrder,
  fileName: string,
): ByteReader | undefined {
  const section = sections.find(({ type, link }) => type === SHT_SYMTAB_SHNDX && link === table.index);
  return section && new ByteReader(section.data, `${fileName}: section indices of symbols`, order);
}
