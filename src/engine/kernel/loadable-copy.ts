// A copy of an object that bpftool loads whole. It pins none of an object in which libbpf left a program out (`?xdp`), and with a type given to
// it (see kernel.ts) it takes programs of other types for XDP programs. So such programs become ordinary ones in the copy, or none at all.
import { parseElf } from '../../elf/parse.js';
import type { ObjectSpec } from '../../object/spec.js';

/** gABI: byte offsets in a 64-bit header and section header, and SHF_EXECINSTR. */
const SECTION_HEADERS_AT = 0x28;
const SECTION_HEADER_BYTES = 64;
const FLAGS_AT = 8;
const EXECUTABLE = 4n;
/** Kernel Documentation/bpf/btf.rst: where headers of `.BTF` and `.BTF.ext` say where their parts are. */
const HEADER_LENGTH_AT = 4;
const STRINGS_AT = 16;
const EXTENSION_PARTS_AT = [8, 16, 24] as const;
const OPTIONAL = '?'.charCodeAt(0);

/** What becomes of programs that libbpf does not load by itself. */
export type OptionalPrograms = 'loaded' | 'unseen';

/** Whether the object has programs that libbpf does not load by itself. */
export function hasOptionalPrograms({ programs }: ObjectSpec): boolean {
  return programs.some(({ autoload }) => !autoload);
}

/** The copy, without programs of other types; `bytes` are those of `object`. */
export function loadableCopy(bytes: Uint8Array, object: ObjectSpec, optional: OptionalPrograms): Uint8Array {
  const hidden = hiddenSections(object, optional);
  if (hidden.size === 0 && !hasOptionalPrograms(object)) return bytes;
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const { sections, byteOrder } = parseElf(copy, object.fileName);
  const isLittle = byteOrder === 'little';
  const headers = Number(view.getBigUint64(SECTION_HEADERS_AT, isLittle));
  for (const { index, name, isExecutable } of sections) {
    const header = headers + index * SECTION_HEADER_BYTES;
    if (isExecutable && hidden.has(name)) {
      const flags = view.getBigUint64(header + FLAGS_AT, isLittle);
      view.setBigUint64(header + FLAGS_AT, flags & ~EXECUTABLE, isLittle);
    } else if (isExecutable && name.startsWith('?')) skipCharacter(view, header, isLittle);
  }
  const [types, extension] = ['.BTF', '.BTF.ext'].map(name => sections.find(section => section.name === name));
  if (optional === 'loaded' && types !== undefined && extension !== undefined)
    renameInExtension(view, types.fileOffset, extension.fileOffset, isLittle);
  return copy;
}

function hiddenSections({ programs, otherPrograms }: ObjectSpec, optional: OptionalPrograms): ReadonlySet<string> {
  const shown = new Set(programs.filter(({ autoload }) => autoload || optional === 'loaded').map(one => one.section));
  return new Set([...programs, ...otherPrograms].map(one => one.section).filter(section => !shown.has(section)));
}

/** A name without its first character ends where the name ends. */
function skipCharacter(view: DataView, at: number, isLittle: boolean): void {
  view.setUint32(at, view.getUint32(at, isLittle) + 1, isLittle);
}

/** The lists of `.BTF.ext` name the sections that they are about. */
function renameInExtension(view: DataView, btf: number, extension: number, isLittle: boolean): void {
  const word = (at: number): number => view.getUint32(at, isLittle);
  const strings = btf + word(btf + HEADER_LENGTH_AT) + word(btf + STRINGS_AT);
  const [headerBytes, lists] = [word(extension + HEADER_LENGTH_AT), extension + word(extension + HEADER_LENGTH_AT)];
  for (const part of EXTENSION_PARTS_AT.filter(at => at + 8 <= headerBytes)) {
    const start = lists + word(extension + part);
    const end = start + word(extension + part + 4);
    const recordBytes = end > start ? word(start) : 0;
    for (let at = start + 4; at < end; at += 8 + recordBytes * word(at + 4))
      if (view.getUint8(strings + word(at)) === OPTIONAL) skipCharacter(view, at, isLittle);
  }
}
