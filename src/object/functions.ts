// Cuts the executable sections of an object into functions. libbpf 1.x bpf_object__add_programs; untyped symbols as clang before 9
// left them.
import type { ElfFile, ElfSection, ElfSymbol } from '../elf/elf.js';
import { SLOT_BYTES } from '../isa/instruction.js';
import { swapToLittleEndian } from '../isa/raw.js';
import { InputError } from '../support/errors.js';
import type { Target } from './target.js';
import { symbolsBySection } from './variables.js';

/** A function as the object holds it, before linking. */
export interface CodeFunction {
  readonly name: string;
  /** Other global names of the same code. */
  readonly aliases: readonly string[];
  readonly section: ElfSection;
  /** First slot in its section, and how many it has. */
  readonly slot: number;
  readonly slots: number;
  /** A copy, little-endian; relocations are applied to it in place. */
  readonly code: Uint8Array;
  readonly isLocal: boolean;
  /** Hidden globals are verified like static functions. */
  readonly linkage: 'static' | 'global';
  /** What relocations say about slots, by slot in this function. */
  readonly targets: Map<number, Target>;
  /** The first thing found that makes it unusable. */
  problem: InputError | undefined;
}

/** Notes what makes a function unusable, with the step that found it; the first finding stays. */
export function blame(fn: CodeFunction, step: string, error: InputError): void {
  fn.problem ??= new InputError(error.code, `${step}: ${error.message}`);
}

/** Functions by place. */
export interface FunctionIndex {
  /** In (section, slot) order. */
  readonly all: readonly CodeFunction[];
  /** The function that contains a slot of a section. */
  readonly at: (sectionIndex: number, slot: number) => CodeFunction | undefined;
}

/** Cuts all code sections; `warnings` gets a line for each thing that libbpf would not have taken. */
export function cutFunctions(elf: ElfFile, code: readonly ElfSection[], warnings: string[]): FunctionIndex {
  const symbols = symbolsBySection(elf.symbols);
  const bySection = new Map<number, readonly CodeFunction[]>();
  for (const section of code) {
    bySection.set(section.index, cutSection(elf, section, symbols.get(section.index) ?? [], warnings));
  }
  return { all: [...bySection.values()].flat(), at: (index, slot) => functionAt(bySection.get(index) ?? [], slot) };
}

function functionAt(functions: readonly CodeFunction[], slot: number): CodeFunction | undefined {
  let low = 0;
  let high = functions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (functions[middle]!.slot <= slot) low = middle + 1;
    else high = middle;
  }
  const found = functions[low - 1];
  return found !== undefined && slot < found.slot + found.slots ? found : undefined;
}

/** A function symbol; aliases are other names of the same place. */
interface Entry {
  readonly symbol: ElfSymbol;
  readonly aliases: string[];
}

function cutSection(
  elf: ElfFile,
  section: ElfSection,
  symbols: readonly ElfSymbol[],
  warnings: string[],
): readonly CodeFunction[] {
  const entries = mergeAliases(functionSymbols(section, symbols, warnings));
  const functions: CodeFunction[] = [];
  for (const [at, { symbol, aliases }] of entries.entries()) {
    const end = entries[at + 1]?.symbol.value ?? section.sizeBytes;
    functions.push(cut(elf, section, symbol, aliases, end));
  }
  return functions;
}

/** Typed functions; where there are none, global untyped symbols (old clang); where there are none either, the whole section. */
function functionSymbols(section: ElfSection, symbols: readonly ElfSymbol[], warnings: string[]): readonly ElfSymbol[] {
  const typed = symbols.filter(symbol => symbol.type === 'func');
  if (typed.length > 0) return typed;
  const untyped = symbols.filter(
    ({ type, binding, name }) => type === 'notype' && binding !== 'local' && name !== '' && !name.startsWith('LBB'),
  );
  if (untyped.length > 0) return untyped;
  if (section.name === '.text') return [];
  warnings.push(`section ${section.name}: no function symbol, taken as one program named after the section`);
  return [wholeSection(section)];
}

function wholeSection(section: ElfSection): ElfSymbol {
  return {
    index: 0,
    name: section.name,
    value: 0,
    sizeBytes: section.sizeBytes,
    type: 'func',
    binding: 'global',
    visibility: 'default',
    sectionIndex: section.index,
  };
}

/** By place, then as in the symbol table; names of one place together, a global one first. */
function mergeAliases(symbols: readonly ElfSymbol[]): readonly Entry[] {
  const sorted = [...symbols].sort((a, b) => a.value - b.value || rank(a) - rank(b) || a.index - b.index);
  const entries: Entry[] = [];
  for (const symbol of sorted) {
    const last = entries.at(-1);
    if (last?.symbol.value !== symbol.value) entries.push({ symbol, aliases: [] });
    else if (symbol.binding !== 'local') last.aliases.push(symbol.name);
  }
  return entries;
}

function rank({ binding }: ElfSymbol): number {
  return binding === 'local' ? 1 : 0;
}

function cut(
  elf: ElfFile,
  section: ElfSection,
  symbol: ElfSymbol,
  aliases: readonly string[],
  end: number,
): CodeFunction {
  const { name, value, visibility, binding } = symbol;
  const isLocal = binding === 'local';
  const isHidden = visibility === 'hidden' || visibility === 'internal';
  // Untyped symbols and hand-written assembly have no size: up to the next function then.
  const sizeBytes = symbol.sizeBytes === 0 ? end - value : symbol.sizeBytes;
  const problem = misplaced(section, symbol, sizeBytes, end);
  const bytes = problem === undefined ? section.data.subarray(value, value + sizeBytes) : new Uint8Array(0);
  return {
    name,
    aliases,
    section,
    slot: Math.floor(value / SLOT_BYTES),
    slots: bytes.byteLength / SLOT_BYTES,
    code: elf.byteOrder === 'big' ? swapToLittleEndian(bytes) : bytes.slice(),
    isLocal,
    linkage: isLocal || isHidden ? 'static' : 'global',
    targets: new Map(),
    problem,
  };
}

function misplaced(section: ElfSection, symbol: ElfSymbol, sizeBytes: number, end: number): InputError | undefined {
  const { name, value } = symbol;
  if (value + sizeBytes > section.data.byteLength) {
    return new InputError(
      'program-place',
      `cut functions: sec '${section.name}': program at offset ${value} crosses section boundary (program ${name}, ${sizeBytes} bytes)`,
    );
  }
  if (sizeBytes <= 0 || sizeBytes % SLOT_BYTES !== 0 || value % SLOT_BYTES !== 0) {
    return new InputError(
      'program-place',
      `cut functions: sec '${section.name}': corrupted program '${name}', offset ${value}, size ${sizeBytes}`,
    );
  }
  if (value + sizeBytes <= end) return undefined;
  return new InputError(
    'program-place',
    `cut functions: sec '${section.name}': program '${name}' runs into the next one at ${end}`,
  );
}
