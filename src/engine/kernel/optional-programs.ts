// Programs that are not loaded unless asked for, in sections such as `?xdp`: bpftool cannot ask for them, and pins none of an object that has
// one it did not load. So it is given a copy of the object in which they are ordinary programs, or none at all.
import { parseElf } from '../../elf/parse.js';
import type { ObjectSpec } from '../../object/spec.js';

/** gABI: byte offsets in a 64-bit header and section header, and SHF_EXECINSTR. */
const SECTION_HEADERS_AT = 0x28;
const SECTION_HEADER_BYTES = 64;
const FLAGS_AT = 8;
const EXECUTABLE = 4n;

/** Whether the object has programs that libbpf does not load by itself. */
export function hasOptionalPrograms({ programs, otherPrograms }: ObjectSpec): boolean {
  return [...programs, ...otherPrograms].some(({ section }) => section.startsWith('?'));
}

/** A copy of a loadable object in which such programs are loaded with the others, or are not seen. */
export function withOptionalPrograms(bytes: Uint8Array, as: 'loaded' | 'unseen'): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const { sections, byteOrder } = parseElf(copy, 'object');
  const isLittle = byteOrder === 'little';
  const headers = Number(view.getBigUint64(SECTION_HEADERS_AT, isLittle));
  for (const { index, name, isExecutable } of sections) {
    if (!isExecutable || !name.startsWith('?')) continue;
    const header = headers + index * SECTION_HEADER_BYTES;
    // The name without its first character ends where the name ends.
    if (as === 'loaded') view.setUint32(header, view.getUint32(header, isLittle) + 1, isLittle);
    else view.setBigUint64(header + FLAGS_AT, view.getBigUint64(header + FLAGS_AT, isLittle) & ~EXECUTABLE, isLittle);
  }
  return copy;
}
