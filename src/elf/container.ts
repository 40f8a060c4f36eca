// The section table. elfy reads the container; this file decides what elfy may see, and reads again what elfy gets wrong:
//
//   sh_addralign, sh_entsize   elfy reads them at 46 and 54 of a 64-bit section header; they stand at 48 and 56
//   e_machine                  elfy knows no BPF
//   SHT_NOBITS                 elfy hands out the bytes that follow in the file
//   offset + size              elfy cuts them to the file without a word
//   sh_type, sh_flags          elfy replaces known values by names
//
// It also has no limits: its time grows with sections times the longest name, so names are measured first.
import type { ElfyHeader, ElfySection } from 'elfy';
import elfy from 'elfy';
import type { ByteReader } from '../support/bytes.js';
import { InputError, messageOf } from '../support/errors.js';
import { StringTable } from '../support/string-table.js';
import { SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHT_NOBITS, SHT_NULL } from './constants.js';
import type { ElfSection } from './elf.js';
import {
  type ElfHeader,
  HEADER_BYTES,
  PHNUM_OFFSET,
  SECTION_HEADER_BYTES,
  SHNUM_OFFSET,
  SHSTRNDX_OFFSET,
} from './header.js';

/** Together more than this is no honest file. */
const MAX_NAME_BYTES = 16 << 20;
const MAX_SECTION_BYTES = 0xffff_ffff;

/** Sections of the file in table order, with e_flags. Throws InputError `elf-section`, `elf-names` and those of StringTable. */
export function readContainer(
  bytes: Uint8Array,
  header: ElfHeader,
  fileName: string,
): { readonly flags: number; readonly sections: readonly ElfSection[] } {
  if (header.sectionCount === 0) return { flags: 0, sections: [] };
  checkNames(bytes, header, fileName);
  const container = runElfy(bytes, header, fileName);
  const sections = container.body.sections.map((section, index) => {
    const raw = header.table.slice(index * SECTION_HEADER_BYTES, SECTION_HEADER_BYTES, where(fileName, index, section));
    return readSection(bytes, raw, section, index);
  });
  return { flags: container.flags, sections };
}

function where(fileName: string, index: number, section: ElfySection): string {
  return `${fileName}: section ${index} '${section.name}'`;
}

function readSection(bytes: Uint8Array, raw: ByteReader, section: ElfySection, index: number): ElfSection {
  const type = raw.u32(4);
  const flags = raw.u32(raw.order === 'little' ? 8 : 12);
  const isNull = type === SHT_NULL;
  const sizeBytes = isNull ? 0 : checkedSize(raw);
  return {
    index,
    name: section.name,
    type,
    flags,
    isExecutable: (flags & SHF_EXECINSTR) !== 0,
    isWritable: (flags & SHF_WRITE) !== 0,
    isAllocated: (flags & SHF_ALLOC) !== 0,
    sizeBytes,
    alignmentBytes: raw.size64(48, 'alignment'),
    entrySizeBytes: raw.size64(56, 'entry size'),
    link: section.link,
    info: section.info,
    data: isNull || type === SHT_NOBITS ? new Uint8Array(0) : sectionData(bytes, raw, section),
    fileOffset: section.off,
  };
}

function checkedSize(raw: ByteReader): number {
  const sizeBytes = raw.size64(32, 'size');
  if (sizeBytes <= MAX_SECTION_BYTES) return sizeBytes;
  throw new InputError('elf-section', `${raw.label}: size ${sizeBytes} is more than 32 bits can say`);
}

function sectionData(bytes: Uint8Array, raw: ByteReader, section: ElfySection): Uint8Array {
  const offset = raw.size64(24, 'offset');
  const { size } = section;
  if (offset + size <= bytes.byteLength) return bytes.subarray(offset, offset + size);
  throw new InputError(
    'elf-section',
    `${raw.label}: ${size} bytes at offset ${offset} run past the end of the file at ${bytes.byteLength}`,
  );
}

/** The length of every section name, before elfy looks for their ends byte by byte. */
function checkNames(bytes: Uint8Array, header: ElfHeader, fileName: string): void {
  const { table, sectionCount, nameTableIndex } = header;
  const at = nameTableIndex * SECTION_HEADER_BYTES;
  const offset = table.size64(at + 24, 'offset of the section names');
  const size = table.size64(at + 32, 'size of the section names');
  if (offset + size > bytes.byteLength) {
    throw new InputError(
      'elf-names',
      `${fileName}: section names: ${size} bytes at offset ${offset} run past the end of the file at ${bytes.byteLength}`,
    );
  }
  const names = new StringTable(bytes.subarray(offset, offset + size), `${fileName}: section names`);
  let total = 0;
  for (let index = 0; index < sectionCount; index++) {
    total += names.text(table.u32(index * SECTION_HEADER_BYTES)).length;
    if (total > MAX_NAME_BYTES) throw new InputError('elf-names', `${fileName}: section names are too long`);
  }
}

function runElfy(bytes: Uint8Array, header: ElfHeader, fileName: string): ElfyHeader {
  try {
    return elfy.parse(viewForElfy(bytes, header));
  } catch (error) {
    throw new InputError('elf-sections', `${fileName}: ${messageOf(error)}`);
  }
}

/**
 * The file as elfy may see it: without program headers, which objects do not need, and with the section counts in the header, where
 * elfy looks for them. The file itself is not copied unless that changes it.
 */
function viewForElfy(bytes: Uint8Array, header: ElfHeader): Buffer {
  const { table, sectionCount, nameTableIndex } = header;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const isLittle = table.order === 'little';
  const fields: readonly (readonly [number, number])[] = [
    [PHNUM_OFFSET, 0],
    [SHNUM_OFFSET, sectionCount],
    [SHSTRNDX_OFFSET, nameTableIndex],
  ];
  if (fields.every(([offset, value]) => view.getUint16(offset, isLittle) === value)) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  const copy = Buffer.from(bytes);
  const patched = new DataView(copy.buffer, copy.byteOffset, HEADER_BYTES);
  for (const [offset, value] of fields) patched.setUint16(offset, value, isLittle);
  return copy;
}
