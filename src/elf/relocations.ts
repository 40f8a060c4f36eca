// Relocation sections. gABI chapter 4, "Relocation".
import { type ByteOrder, ByteReader } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { SHT_REL, SHT_RELA, SHT_SYMTAB } from './constants.js';
import type { ElfRelocation, ElfRelocationSection, ElfSection } from './elf.js';
import { requireTable } from './tables.js';

//  0         8                                 16
//  r_offset  r_info (symbol << 32 | type)      r_addend (SHT_RELA only)
const REL_BYTES = 16;
const RELA_BYTES = 24;

/** All relocation sections of the file. Throws InputError `elf-relocation` and `elf-table`. */
export function readRelocations(
  sections: readonly ElfSection[],
  symbolCount: number,
  order: ByteOrder,
  fileName: string,
): readonly ElfRelocationSection[] {
  // A stripped file keeps its relocations: their symbols are gone, so there is nothing to check them against.
  const isStripped = !sections.some(section => section.type === SHT_SYMTAB);
  const limit = isStripped ? Number.POSITIVE_INFINITY : Math.max(1, symbolCount);
  return sections.filter(isRelocationSection).map(section => ({
    section,
    target: targetOf(section, sections.length, fileName),
    relocations: readEntries(section, limit, order, fileName),
  }));
}

/** True for SHT_REL and SHT_RELA. */
export function isRelocationSection(section: ElfSection): boolean {
  return section.type === SHT_REL || section.type === SHT_RELA;
}

function targetOf(section: ElfSection, sectionCount: number, fileName: string): number {
  if (section.info < sectionCount) return section.info;
  throw new InputError(
    'elf-relocation',
    `${fileName}: section ${section.index} '${section.name}': applies to section ${section.info} of ${sectionCount}`,
  );
}

function readEntries(section: ElfSection, limit: number, order: ByteOrder, fileName: string): readonly ElfRelocation[] {
  const entryBytes = section.type === SHT_RELA ? RELA_BYTES : REL_BYTES;
  const count = requireTable(section, entryBytes, fileName);
  const table = new ByteReader(section.data, `${fileName}: section ${section.index} '${section.name}'`, order);
  return Array.from({ length: count }, (_, index) => {
    const relocation = readRelocation(table, index, entryBytes);
    checkSymbol(relocation, index, limit, table.label);
    return relocation;
  });
}

function readRelocation(table: ByteReader, index: number, entryBytes: number): ElfRelocation {
  const at = index * entryBytes;
  const [typeAt, symbolAt] = table.order === 'little' ? [at + 8, at + 12] : [at + 12, at + 8];
  return {
    offsetBytes: table.size64(at, `offset of relocation ${index}`),
    type: table.u32(typeAt),
    symbolIndex: table.u32(symbolAt),
    addend: entryBytes === RELA_BYTES ? readAddend(table, at + 16, index) : undefined,
  };
}

function readAddend(table: ByteReader, at: number, index: number): number {
  const addend = Number(table.i64(at));
  if (Number.isSafeInteger(addend)) return addend;
  throw new InputError('elf-relocation', `${table.label}: relocation ${index}: addend ${addend} is too large`);
}

function checkSymbol(relocation: ElfRelocation, index: number, limit: number, label: string): void {
  if (relocation.symbolIndex < limit) return;
  throw new InputError('elf-relocation', `${label}: relocation ${index}: symbol ${relocation.symbolIndex} of ${limit}`);
}
