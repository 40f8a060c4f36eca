// From the bytes of a BPF object file to its sections, symbols and relocations.
import { SHT_SYMTAB } from './constants.js';
import { readContainer } from './container.js';
import type { ElfFile } from './elf.js';
import { readHeader } from './header.js';
import { isRelocationSection, readRelocations } from './relocations.js';
import { readSymbols } from './symbols.js';
import { requireDisjointSize } from './tables.js';

/**
 * The parts of a BPF object: 64-bit, relocatable, either byte order. A missing symbol table is no error here, see
 * `requireSymbolTable`. Section data are views into `bytes`, which must not change while the value is used.
 * @param fileName how messages name the file
 * @throws InputError with libbpf's words where libbpf has some: `elf-class` (not 64-bit ELF), `elf-machine` (not relocatable BPF),
 * `elf-order`, `elf-truncated`, `elf-sections`, `elf-section`, `elf-names`, `elf-symbols`, `elf-relocation`, `elf-table`,
 * `string-offset`, `string-budget`, `text-unterminated`, `number-range`
 */
export function parseElf(bytes: Uint8Array, fileName: string): ElfFile {
  const header = readHeader(bytes, fileName);
  const { byteOrder, machine } = header;
  const { flags, sections } = readContainer(bytes, header, fileName);
  const tables = sections.filter(section => section.type === SHT_SYMTAB || isRelocationSection(section));
  requireDisjointSize(tables, bytes.byteLength, fileName);
  const symbols = readSymbols(sections, byteOrder, fileName);
  const relocations = readRelocations(sections, symbols.length, byteOrder, fileName);
  return { fileName, byteOrder, machine, flags, sections, symbols, relocations };
}
