// Types of a kernel to adapt objects to, from a file: raw BTF as in /sys/kernel/btf, or the .BTF section of any 64-bit ELF file, such as a
// vmlinux or another BPF object.
import type { Btf } from '../btf/btf.js';
import { parseBtf } from '../btf/parse.js';
import { hasElfMagic } from '../elf/header.js';
import { ByteReader, decodeText } from '../support/bytes.js';
import { InputError } from '../support/errors.js';

/** The types in `bytes`. Throws InputError `btf-file` where there are none, and what `parseBtf` throws. */
export function readTargetBtf(bytes: Uint8Array, fileName: string): Btf {
  return hasElfMagic(bytes) ? parseBtf(findSection(bytes, fileName), `${fileName}: .BTF`) : parseBtf(bytes, fileName);
}

//  section header   0: name   24: offset (u64)   32: size (u64)        64 bytes each
const SECTION_BYTES = 64;
const NAME = '.BTF';

/** Bytes of the section. Kernels are no BPF objects, so only what leads to the section is read. gABI chapter 4. */
function findSection(bytes: Uint8Array, fileName: string): Uint8Array {
  if (bytes[4] !== 2) throw new InputError('btf-file', `${fileName}: no 64-bit ELF file`);
  const reader = new ByteReader(bytes, fileName, bytes[5] === 2 ? 'big' : 'little');
  const table = reader.size64(40, 'section table offset');
  // Files of more sections than 16 bits can count say so in the first header.
  const count = reader.u16(60) || reader.size64(table + 32, 'section count');
  const namesNumber = reader.u16(62) === 0xffff ? reader.u32(table + 40) : reader.u16(62);
  const names = sectionBytes(reader, table, namesNumber);
  for (let number = 0; number < count; number++) {
    const name = names.subarray(reader.u32(table + number * SECTION_BYTES)).subarray(0, NAME.length + 1);
    if (decodeText(name) === `${NAME}\0`) return sectionBytes(reader, table, number);
  }
  throw new InputError(
    'btf-file',
    `${fileName}: no section ${NAME}; a kernel has it where CONFIG_DEBUG_INFO_BTF is set`,
  );
}

function sectionBytes(reader: ByteReader, table: number, number: number): Uint8Array {
  const at = table + number * SECTION_BYTES;
  return reader.take(reader.size64(at + 24, 'section offset'), reader.size64(at + 32, 'section size'));
}
