// BPF objects inside other files: members of an archive (`!<arch>`), or the copy that a skeleton keeps in a program's read-only data.
import { ByteReader } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { EM_BPF, ET_REL, SHT_NOBITS, SHT_NULL } from './constants.js';
import { HEADER_BYTES, hasElfMagic, SECTION_HEADER_BYTES, SHNUM_OFFSET } from './header.js';

/** Where an object stands in a larger file. */
export interface EmbeddedElf {
  readonly offset: number;
  readonly lengthBytes: number;
}

/** Section headers looked at in total, beside one for each 64 bytes: honest objects each have their own. */
const SPARE_HEADERS = 1 << 18;
const MAGIC_START = 0x7f;

/**
 * All BPF objects in `bytes`, by offset: 64-bit relocatable ELF for EM_BPF whose sections lie within `bytes`. An object that is
 * the whole of `bytes` is found too. What looks like one and is not is passed over; parsing decides.
 * @throws InputError `elf-embedded` where so many pretended objects share section tables that searching would not end soon
 */
export function embeddedElfs(bytes: Uint8Array): readonly EmbeddedElf[] {
  const found: EmbeddedElf[] = [];
  let budget = SPARE_HEADERS + Math.floor(bytes.byteLength / SECTION_HEADER_BYTES);
  for (let at = bytes.indexOf(MAGIC_START); at >= 0; ) {
    const candidate = sectionTableAt(bytes, at);
    budget -= candidate?.lengthBytes === undefined ? 0 : candidate.lengthBytes / SECTION_HEADER_BYTES;
    if (budget < 0) throw new InputError('elf-embedded', 'too many overlapping objects to be an archive or executable');
    const lengthBytes = candidate && extent(candidate, bytes.byteLength - at);
    if (lengthBytes !== undefined) found.push({ offset: at, lengthBytes });
    at = bytes.indexOf(MAGIC_START, at + (lengthBytes ?? 1));
  }
  return found;
}

interface SectionTable {
  readonly reader: ByteReader;
  readonly offset: number;
  readonly lengthBytes: number;
}

/** The section table of what may be a BPF object at `at`. */
function sectionTableAt(bytes: Uint8Array, at: number): SectionTable | undefined {
  if (!hasElfMagic(bytes, at) || bytes.byteLength - at < HEADER_BYTES) return undefined;
  const data = bytes[at + 5];
  if (bytes[at + 4] !== 2 || (data !== 1 && data !== 2)) return undefined;
  const reader = new ByteReader(bytes.subarray(at), 'embedded object', data === 1 ? 'little' : 'big');
  if (reader.u16(16) !== ET_REL || reader.u16(18) !== EM_BPF || reader.u16(58) !== SECTION_HEADER_BYTES)
    return undefined;
  const offset = Number(reader.u64(40));
  const lengthBytes = reader.u16(SHNUM_OFFSET) * SECTION_HEADER_BYTES;
  const isInside = offset >= HEADER_BYTES && lengthBytes > 0 && offset + lengthBytes <= reader.lengthBytes;
  return isInside ? { reader, offset, lengthBytes } : undefined;
}

/** Where the object ends: behind its last section or its section table; undefined where that lies past `limit`. */
function extent({ reader, offset, lengthBytes }: SectionTable, limit: number): number | undefined {
  let end = offset + lengthBytes;
  for (let at = offset; at < offset + lengthBytes; at += SECTION_HEADER_BYTES) {
    const type = reader.u32(at + 4);
    if (type === SHT_NOBITS || type === SHT_NULL) continue;
    end = Math.max(end, Number(reader.u64(at + 24) + reader.u64(at + 32)));
    if (end > limit) return undefined;
  }
  return end;
}
