// From the bytes of a .BTF section (or of /sys/kernel/btf/...) to its types. Kernel Documentation/bpf/btf.rst, section 2.
import { type ByteOrder, ByteReader } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { StringTable } from '../support/string-table.js';
import { Btf } from './btf.js';
import { checkTypes, findTypes } from './layout.js';

//  0      2        3      4        8         12        16       20
//  magic  version  flags  hdr_len  type_off  type_len  str_off  str_len      offsets from the end of the header
const HEADER_BYTES = 24;
const MAGIC = 0xeb9f;

/**
 * The types in `bytes`, in the byte order that the magic tells. Everything in it is checked here: later look-ups of types that exist
 * do not throw. `bytes` are not copied and must not change.
 * @param label how messages name it, such as `filter.o: .BTF`
 * @param base the kernel's types, for those of a kernel module
 * @throws InputError `btf-header`, `btf-strings`, `btf-kind`, `btf-truncated`, `btf-type-id`, `btf-name`
 */
export function parseBtf(bytes: Uint8Array, label: string, base?: Btf): Btf {
  const header = readBtfHeader(bytes, label, HEADER_BYTES);
  const types = part(header, 8, 'types');
  const strings = part(header, 16, 'strings');
  checkStrings(strings, base);
  const firstId = base?.typeCount ?? 1;
  const offsets = findTypes(types, firstId);
  const limits = {
    typeCount: firstId + offsets.length,
    stringBytes: (base?.stringBytes ?? 0) + strings.lengthBytes,
  };
  checkTypes(types, offsets, firstId, limits);
  return new Btf({ label, base, types, offsets, strings: new StringTable(strings.bytes, `${label}: strings`) });
}

/** A checked header; its reader has the file's byte order. */
export interface BtfHeader {
  readonly reader: ByteReader;
  readonly headerBytes: number;
}

/** The start that .BTF and .BTF.ext share. Throws InputError `btf-header`. */
export function readBtfHeader(bytes: Uint8Array, label: string, minimumBytes: number): BtfHeader {
  const reader = new ByteReader(bytes, label, byteOrderOf(bytes, label));
  if (bytes.byteLength < 8) throw new InputError('btf-header', `${label}: ${bytes.byteLength} bytes are too few`);
  if (reader.u8(2) !== 1) throw new InputError('btf-header', `${label}: unsupported BTF version: ${reader.u8(2)}`);
  if (reader.u8(3) !== 0)
    throw new InputError('btf-header', `${label}: unsupported BTF flags: 0x${reader.u8(3).toString(16)}`);
  const headerBytes = reader.u32(4);
  if (headerBytes < minimumBytes || headerBytes > bytes.byteLength) {
    throw new InputError('btf-header', `${label}: header of ${headerBytes} bytes in ${bytes.byteLength}`);
  }
  return { reader, headerBytes };
}

function byteOrderOf(bytes: Uint8Array, label: string): ByteOrder {
  const little = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  if (little === MAGIC) return 'little';
  if (little === 0x9feb) return 'big';
  throw new InputError('btf-header', `${label}: invalid BTF magic: 0x${little.toString(16)}`);
}

/** The part whose offset and length stand at `field` of the header. */
export function part({ reader, headerBytes }: BtfHeader, field: number, name: string): ByteReader {
  const offset = headerBytes + reader.u32(field);
  const lengthBytes = reader.u32(field + 4);
  if (offset + lengthBytes <= reader.lengthBytes) return reader.slice(offset, lengthBytes, `${reader.label}: ${name}`);
  throw new InputError(
    'btf-header',
    `${reader.label}: ${name}: ${lengthBytes} bytes at offset ${offset} run past the end at ${reader.lengthBytes}`,
  );
}

function checkStrings(strings: ByteReader, base: Btf | undefined): void {
  const { bytes, label } = strings;
  if (bytes.byteLength === 0 && base !== undefined) return;
  if (bytes.byteLength === 0) throw new InputError('btf-strings', `${label}: there are none, not even the empty one`);
  if (bytes.at(-1) !== 0) throw new InputError('btf-strings', `${label}: the last one has no end`);
  if (bytes[0] !== 0 && base === undefined) throw new InputError('btf-strings', `${label}: the first one is not empty`);
}
