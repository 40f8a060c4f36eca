// Where the symbol table says that variables stand.
import type { ElfFile, ElfSection } from '../elf/elf.js';

/** Byte offsets in `section` by variable name; of global ones first where names repeat. */
export function variableOffsets(elf: ElfFile, section: ElfSection): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  for (const isLocal of [true, false]) {
    for (const { name, value, sectionIndex, type, binding } of elf.symbols) {
      const isVariable = type === 'object' || type === 'notype';
      if (sectionIndex !== section.index || !isVariable || name === '' || (binding === 'local') !== isLocal) continue;
      offsets.set(name, value);
    }
  }
  return offsets;
}
