// Where the symbol table says that variables stand.
import type { ElfFile, ElfSymbol } from '../elf/elf.js';

/** Variables by section index, by name. */
export type VariableOffsets = ReadonlyMap<number, ReadonlyMap<string, number>>;

/** Byte offsets of variables in their sections; of global ones where names repeat. */
export function variableOffsets(elf: ElfFile): VariableOffsets {
  const sections = new Map<number, Map<string, number>>();
  for (const isLocal of [true, false]) {
    for (const symbol of elf.symbols) {
      if (!isVariable(symbol) || (symbol.binding === 'local') !== isLocal) continue;
      const offsets = sections.get(symbol.sectionIndex) ?? new Map<string, number>();
      sections.set(symbol.sectionIndex, offsets.set(symbol.name, symbol.value));
    }
  }
  return sections;
}

/** Names of the hidden variables of a section: libbpf takes them for static ones. */
export function hiddenVariables(elf: ElfFile, sectionIndex: number): ReadonlySet<string> {
  const hidden = elf.symbols.filter(
    symbol => isVariable(symbol) && symbol.sectionIndex === sectionIndex && HIDDEN.has(symbol.visibility),
  );
  return new Set(hidden.map(({ name }) => name));
}

const HIDDEN: ReadonlySet<string> = new Set(['hidden', 'internal']);

/** True for named data; old compilers left it untyped. */
export function isVariable({ type, name }: ElfSymbol): boolean {
  return (type === 'object' || type === 'notype') && name !== '';
}

/** The symbols of each section, in the order of the table. */
export function symbolsBySection(symbols: readonly ElfSymbol[]): ReadonlyMap<number, readonly ElfSymbol[]> {
  const groups = new Map<number, ElfSymbol[]>();
  for (const symbol of symbols) {
    const group = groups.get(symbol.sectionIndex);
    if (group === undefined) groups.set(symbol.sectionIndex, [symbol]);
    else group.push(symbol);
  }
  return groups;
}
