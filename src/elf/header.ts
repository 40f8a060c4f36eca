// The ELF header, checked before anything else looks at the file. gABI chapter 4, "ELF Header".
import { type ByteOrder, ByteReader } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { EM_BPF, EM_NONE, ET_REL, SHN_XINDEX, SHT_STRTAB } from './constants.js';

//  offset  16      18         40       48       58           60       62
//         e_type  e_machine  e_shoff  e_flags  e_shentsize  e_shnum  e_shstrndx        (64-bit files)
export const HEADER_BYTES = 64;
export const SECTION_HEADER_BYTES = 64;
/** Offset of e_phnum, e_shnum and e_shstrndx in the header. */
export const PHNUM_OFFSET = 56;
export const SHNUM_OFFSET = 60;
export const SHSTRNDX_OFFSET = 62;
/** elfy knows no more: its count has 16 bits. */
const MAX_SECTIONS = 0xffff;

/** What the header says about the section table, checked. */
export interface ElfHeader {
  readonly byteOrder: ByteOrder;
  readonly machine: number;
  /** The section headers, 64 bytes each. */
  readonly table: ByteReader;
  readonly sectionCount: number;
  /** Index of the section with the section names, a string table; 0 where there are no sections. */
  readonly nameTableIndex: number;
}

/** The header of `bytes`. Throws InputError `elf-class`, `elf-order`, `elf-machine`, `elf-truncated`, `elf-sections`, `elf-names`. */
export function readHeader(bytes: Uint8Array, fileName: string): ElfHeader {
  const byteOrder = checkIdentification(bytes, fileName);
  const header = new ByteReader(bytes, fileName, byteOrder);
  const machine = checkMachine(header, fileName);
  const tableOffset = header.size64(40, 'section table offset');
  if (tableOffset === 0) return noSections(byteOrder, machine);
  checkEntrySize(header, fileName);
  const { sectionCount, nameTableIndex } = readCounts(header, tableOffset, fileName);
  const table = sectionTable(header, tableOffset, sectionCount, fileName);
  if (sectionCount === 0) return noSections(byteOrder, machine);
  checkNameTable(table, sectionCount, nameTableIndex, fileName);
  return { byteOrder, machine, table, sectionCount, nameTableIndex };
}

/** True where the bytes start with the ELF magic. */
export function hasElfMagic(bytes: Uint8Array, offset = 0): boolean {
  return (
    bytes[offset] === 0x7f && bytes[offset + 1] === 0x45 && bytes[offset + 2] === 0x4c && bytes[offset + 3] === 0x46
  );
}

function noSections(byteOrder: ByteOrder, machine: number): ElfHeader {
  const table = new ByteReader(new Uint8Array(0), 'section table', byteOrder);
  return { byteOrder, machine, table, sectionCount: 0, nameTableIndex: 0 };
}

function checkIdentification(bytes: Uint8Array, fileName: string): ByteOrder {
  if (!hasElfMagic(bytes)) throw notClass64(fileName, 'it does not start with \\x7fELF');
  if (bytes.byteLength < HEADER_BYTES) {
    throw new InputError(
      'elf-truncated',
      `${fileName}: ${bytes.byteLength} bytes are too few for the ELF header of ${HEADER_BYTES}`,
    );
  }
  if (bytes[4] !== 2) throw notClass64(fileName, `its class is ${bytes[4]}`);
  const data = bytes[5];
  if (data === 1) return 'little';
  if (data === 2) return 'big';
  throw new InputError('elf-order', `${fileName}: byte order ${data} is neither 1 (little-endian) nor 2 (big-endian)`);
}

function notClass64(fileName: string, reason: string): InputError {
  return new InputError('elf-class', `elf: '${fileName}' is not a 64-bit ELF object: ${reason}`);
}

function checkMachine(header: ByteReader, fileName: string): number {
  const type = header.u16(16);
  const machine = header.u16(18);
  if (type === ET_REL && (machine === EM_BPF || machine === EM_NONE)) return machine;
  const reason = type === ET_REL ? `machine ${machine}` : `type ${type}, not relocatable; machine ${machine}`;
  throw new InputError('elf-machine', `elf: ${fileName} is not a valid eBPF object file: ${reason}`);
}

function checkEntrySize(header: ByteReader, fileName: string): void {
  const entryBytes = header.u16(58);
  if (entryBytes === SECTION_HEADER_BYTES) return;
  throw new InputError('elf-sections', `${fileName}: section headers of ${entryBytes} bytes, not 64`);
}

/** Counts that need more than 16 bits stand in the first section header, in sh_size and sh_link. */
function readCounts(header: ByteReader, tableOffset: number, fileName: string) {
  const shortCount = header.u16(SHNUM_OFFSET);
  const shortIndex = header.u16(SHSTRNDX_OFFSET);
  if (shortCount !== 0 && shortIndex !== SHN_XINDEX) return { sectionCount: shortCount, nameTableIndex: shortIndex };
  const first = sectionTable(header, tableOffset, 1, fileName);
  const sectionCount = shortCount === 0 ? first.size64(32, 'section count') : shortCount;
  const nameTableIndex = shortIndex === SHN_XINDEX ? first.u32(40) : shortIndex;
  if (sectionCount > MAX_SECTIONS) {
    throw new InputError('elf-sections', `${fileName}: ${sectionCount} sections, more than ${MAX_SECTIONS}`);
  }
  return { sectionCount, nameTableIndex };
}

function sectionTable(header: ByteReader, offset: number, count: number, fileName: string): ByteReader {
  const lengthBytes = count * SECTION_HEADER_BYTES;
  if (offset + lengthBytes <= header.lengthBytes) {
    return header.slice(offset, lengthBytes, `${fileName}: section table`);
  }
  throw new InputError(
    'elf-truncated',
    `${fileName}: section table of ${count} entries at offset ${offset} runs past the end of the file at ${header.lengthBytes}`,
  );
}

function checkNameTable(table: ByteReader, sectionCount: number, index: number, fileName: string): void {
  const isTable = index > 0 && index < sectionCount;
  if (isTable && table.u32(index * SECTION_HEADER_BYTES + 4) === SHT_STRTAB) return;
  throw new InputError(
    'elf-names',
    `elf: failed to get section names strings from ${fileName}: section ${index} of ${sectionCount} is no string table`,
  );
}
