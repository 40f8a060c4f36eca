// .BTF.ext: which type each function has, which source line each instruction comes from, and what CO-RE is to adapt, all by the
// instruction's place in its ELF section. Kernel Documentation/bpf/btf.rst, section 4.
import type { ByteOrder, ByteReader } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import type { Btf } from './btf.js';
import { type BtfHeader, part, readBtfHeader } from './parse.js';

/** The records, by ELF section in the order of the file. */
export interface BtfExt {
  readonly byteOrder: ByteOrder;
  readonly functions: readonly BtfExtSection<FunctionInfo>[];
  readonly lines: readonly BtfExtSection<LineInfo>[];
  /** Empty where the header is too old to have them. */
  readonly relocations: readonly BtfExtSection<CoreRelocation>[];
}

export interface BtfExtSection<T> {
  /** Name of the ELF section. */
  readonly sectionName: string;
  readonly records: readonly T[];
}

/** A function starts here. */
export interface FunctionInfo {
  /** Of its first instruction, from the start of the ELF section. */
  readonly offsetBytes: number;
  /** A `func`. */
  readonly typeId: number;
}

/** From here to the next record, instructions come from this line. */
export interface LineInfo {
  readonly offsetBytes: number;
  readonly fileName: string;
  /** The text of the line, '' where the compiler did not keep it. */
  readonly text: string;
  /** 1-based; 0 for code that no line stands for. */
  readonly line: number;
  readonly column: number;
}

/** The instruction depends on the layout of a type of the running kernel. */
export interface CoreRelocation {
  readonly offsetBytes: number;
  /** The root type, as the object was compiled. */
  readonly typeId: number;
  /** `0:1:2`: array index, then members or elements; for enums the number of the enumerator. */
  readonly access: string;
  /** enum bpf_core_relo_kind, 0 to 12; not checked. */
  readonly kind: number;
}

//  0 .. 8   8              12             16             20             24             28
//  as .BTF  func_info_off  func_info_len  line_info_off  line_info_len  core_relo_off  core_relo_len
const HEADER_BYTES = 24;
const HEADER_WITH_CORE_BYTES = 32;

/**
 * The records of a .BTF.ext section; type ids and texts are checked against `btf`. Records larger than those known here are read as
 * far as known.
 * @throws InputError `btf-header`, `btf-ext`, `btf-type-id`, `string-offset`, `string-budget`
 */
export function parseBtfExt(bytes: Uint8Array, btf: Btf, label: string): BtfExt {
  const header = readBtfHeader(bytes, label, HEADER_BYTES);
  const { reader, headerBytes } = header;
  const hasCore = headerBytes >= HEADER_WITH_CORE_BYTES;
  return {
    byteOrder: reader.order,
    functions: readSections(header, 8, 'function info', 8, btf, readFunction),
    lines: readSections(header, 16, 'line info', 16, btf, readLine),
    relocations: hasCore ? readSections(header, 24, 'core relocations', 16, btf, readCoreRelocation) : [],
  };
}

type ReadRecord<T> = (table: ByteReader, at: number, btf: Btf) => T;

//  record size, then for each ELF section:   name_off  count  records
function readSections<T>(
  header: BtfHeader,
  field: number,
  name: string,
  knownBytes: number,
  btf: Btf,
  read: ReadRecord<T>,
): readonly BtfExtSection<T>[] {
  const table = part(header, field, name);
  if (table.lengthBytes === 0) return [];
  const recordBytes = table.u32(0);
  if (recordBytes < knownBytes || recordBytes % 4 !== 0) {
    throw new InputError(
      'btf-ext',
      `${table.label}: records of ${recordBytes} bytes, fewer than ${knownBytes} or no words`,
    );
  }
  const sections: BtfExtSection<T>[] = [];
  for (let at = 4; at < table.lengthBytes; ) {
    const section = readSection(table, at, recordBytes, btf, read);
    sections.push(section);
    at += 8 + section.records.length * recordBytes;
  }
  return sections;
}

function readSection<T>(
  table: ByteReader,
  at: number,
  recordBytes: number,
  btf: Btf,
  read: ReadRecord<T>,
): BtfExtSection<T> {
  const sectionName = btf.text(table.u32(at));
  const count = table.u32(at + 4);
  const start = at + 8;
  if (start + count * recordBytes > table.lengthBytes) {
    throw new InputError(
      'btf-ext',
      `${table.label}: ${count} records of ${recordBytes} bytes for '${sectionName}' run past the end at ${table.lengthBytes}`,
    );
  }
  const records = Array.from({ length: count }, (_, index) => read(table, start + index * recordBytes, btf));
  return { sectionName, records };
}

function readFunction(table: ByteReader, at: number, btf: Btf): FunctionInfo {
  return { offsetBytes: table.u32(at), typeId: checkedId(table, at + 4, btf) };
}

function readLine(table: ByteReader, at: number, btf: Btf): LineInfo {
  const lineAndColumn = table.u32(at + 12);
  return {
    offsetBytes: table.u32(at),
    fileName: btf.text(table.u32(at + 4)),
    text: btf.text(table.u32(at + 8)),
    line: lineAndColumn >>> 10,
    column: lineAndColumn & 0x3ff,
  };
}

function readCoreRelocation(table: ByteReader, at: number, btf: Btf): CoreRelocation {
  return {
    offsetBytes: table.u32(at),
    typeId: checkedId(table, at + 4, btf),
    access: btf.text(table.u32(at + 8)),
    kind: table.u32(at + 12),
  };
}

function checkedId(table: ByteReader, at: number, btf: Btf): number {
  const id = table.u32(at);
  if (id < btf.typeCount) return id;
  throw new InputError('btf-type-id', `${table.label}: type ${id} of ${btf.typeCount}`);
}
