// Gives relocated instructions their meaning: maps, data, functions, kernel symbols. libbpf decides by instruction and symbol, never
// by relocation type (bpf_program__record_reloc); so does this.
import { relocationName, SHN_COMMON, SHN_LORESERVE, SHN_UNDEF } from '../elf/constants.js';
import type { ElfFile, ElfRelocation, ElfSection, ElfSymbol } from '../elf/elf.js';
import { SLOT_BYTES } from '../isa/instruction.js';
import { OPCODE } from '../isa/opcode.js';
import { readRaw, writeRaw } from '../isa/raw.js';
import { InputError } from '../support/errors.js';
import type { Externs } from './externs.js';
import { blame, type CodeFunction, type FunctionIndex } from './functions.js';
import type { MapIndex } from './map-index.js';
import { PSEUDO_BTF_ID, PSEUDO_CALL, PSEUDO_FUNCTION, PSEUDO_KFUNC, PSEUDO_MAP, PSEUDO_MAP_VALUE } from './pseudo.js';
import type { RelocationSpec } from './spec.js';
import type { Target } from './target.js';

/** Where the relocations of code find what their symbols mean. */
export interface SymbolMeanings {
  readonly elf: ElfFile;
  readonly functions: FunctionIndex;
  readonly maps: MapIndex;
  readonly externs: Externs;
  /** Sections whose functions may be called: `.text`, or any code when lenient. */
  readonly isCallable: (sectionIndex: number) => boolean;
  /** Made by GCC and the GNU assembler. */
  readonly isGnu: boolean;
  readonly lenient: boolean;
  readonly warnings: string[];
}

/**
 * Reads the relocations of all code sections into the functions' `targets` and adjusts the pseudo source registers. What is wrong
 * with one relocation becomes the `problem` of its function. Gives a row per relocation.
 */
export function attachReferences(meanings: SymbolMeanings): readonly RelocationSpec[] {
  const rows: RelocationSpec[] = [];
  for (const { target, relocations } of meanings.elf.relocations) {
    const section = meanings.elf.sections[target];
    if (section === undefined) continue;
    if (!section.isExecutable) {
      noteDataRelocations(meanings, section, relocations.length);
      continue;
    }
    for (const [number, relocation] of relocations.entries()) {
      const row = attach(meanings, section, relocation, number);
      if (row !== undefined) rows.push(row);
    }
  }
  return rows;
}

/** Tables of pointers are no use to a program: nothing fills them in. */
function noteDataRelocations({ maps, warnings }: SymbolMeanings, section: ElfSection, count: number): void {
  if (count === 0 || maps.dataMap(section.index) === undefined) return;
  warnings.push(
    `section ${section.name}: ${count} relocations left out, as libbpf does: the pointers in it stay as they are`,
  );
}

/** One relocation, as the steps below need it. */
interface Place {
  readonly section: ElfSection;
  readonly relocation: ElfRelocation;
  readonly symbol: ElfSymbol;
  readonly symbolName: string;
  readonly owner: CodeFunction;
  /** Slot in the owner. */
  readonly slot: number;
}

function attach(
  meanings: SymbolMeanings,
  section: ElfSection,
  relocation: ElfRelocation,
  number: number,
): RelocationSpec | undefined {
  const slotInSection = Math.floor(relocation.offsetBytes / SLOT_BYTES);
  const owner = meanings.functions.at(section.index, slotInSection);
  // A weak function that the linker dropped keeps its relocations.
  if (owner === undefined) return undefined;
  const symbol = meanings.elf.symbols[relocation.symbolIndex];
  const symbolName = symbol === undefined ? '' : nameOf(meanings.elf, symbol);
  const row = (result: string): RelocationSpec => ({
    section: section.name,
    offsetBytes: relocation.offsetBytes,
    type: relocationName(relocation.type),
    symbol: symbolName,
    result,
  });
  try {
    if (symbol === undefined) throw missingSymbol(section, relocation, number);
    const place = { section, relocation, symbol, symbolName, owner, slot: slotInSection - owner.slot };
    const target = targetOf(meanings, place, number);
    owner.targets.set(place.slot, target);
    return row(describe(meanings, target));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    blame(owner, 'read relocations', error);
    return row(`unusable: ${error.message}`);
  }
}

/** Relocations against static functions and data name only the section. */
function nameOf(elf: ElfFile, symbol: ElfSymbol): string {
  return symbol.name !== '' ? symbol.name : (elf.sections[symbol.sectionIndex]?.name ?? '');
}

function missingSymbol(section: ElfSection, relocation: ElfRelocation, number: number): InputError {
  return new InputError(
    'relocation-symbol',
    `sec '.rel${section.name}': symbol #${relocation.symbolIndex} not found for relo #${number}`,
  );
}

function targetOf(meanings: SymbolMeanings, place: Place, number: number): Target {
  const { owner, slot, symbol, symbolName, section, relocation } = place;
  if (relocation.offsetBytes % SLOT_BYTES !== 0) {
    throw new InputError(
      'relocation-place',
      `sec '.rel${section.name}': invalid offset 0x${relocation.offsetBytes.toString(16)} for relo #${number}`,
    );
  }
  const { opcode } = readRaw(owner.code, slot);
  const isCall = opcode === OPCODE.call;
  if (!isCall && (opcode !== OPCODE.loadImmediate64 || slot + 1 >= owner.slots)) {
    throw wrong(place, `invalid relo against '${symbolName}' for insns[${slot}].code 0x${opcode.toString(16)}`);
  }
  if (symbol.sectionIndex === SHN_UNDEF) return externTarget(meanings, place, isCall);
  if (symbol.sectionIndex >= SHN_LORESERVE) throw specialSection(place);
  return isCall ? callTarget(meanings, place) : loadTarget(meanings, place);
}

function wrong({ owner }: Place, what: string, code = 'relocation'): InputError {
  return new InputError(code, `prog '${owner.name}': ${what}`);
}

function specialSection(place: Place): InputError {
  const { symbolName, symbol } = place;
  const index = symbol.sectionIndex.toString(16);
  const advice =
    symbol.sectionIndex === SHN_COMMON ? `; initialize ${symbolName} (= 0) or compile with -fno-common` : '';
  return wrong(
    place,
    `invalid relo against '${symbolName}' in special section 0x${index}; forgot to initialize global var?..${advice}`,
  );
}

function externTarget({ externs }: SymbolMeanings, place: Place, isCall: boolean): Target {
  const extern = externs.resolve(place.symbol);
  const { owner, slot } = place;
  if (extern.kind === 'kconfig') {
    if (isCall) throw wrong(place, `extern function ${extern.name} is unsupported under .kconfig section`);
    writeRaw(owner.code, slot, { src: PSEUDO_MAP_VALUE, imm: 0 });
    writeRaw(owner.code, slot + 1, { imm: extern.offset });
    return { kind: 'mapValue', map: extern.map, offset: extern.offset };
  }
  const { name, isWeak, isTyped } = extern;
  if (isCall) {
    writeRaw(owner.code, slot, { src: PSEUDO_KFUNC, imm: 0, offset: 0 });
    return { kind: 'kfunc', name, isWeak };
  }
  writeRaw(owner.code, slot, { src: isTyped ? PSEUDO_BTF_ID : 0, imm: 0 });
  writeRaw(owner.code, slot + 1, { imm: 0 });
  return { kind: 'ksym', name, isWeak, isTyped };
}

/** A call of a function of this object. For static functions the symbol is the section's and the place stands in the instruction. */
function callTarget(meanings: SymbolMeanings, place: Place): Target {
  const { owner, slot, symbol, symbolName, relocation } = place;
  const { src, imm } = readRaw(owner.code, slot);
  if (src !== PSEUDO_CALL) throw wrong(place, 'incorrect bpf_call opcode');
  if (symbol.value % SLOT_BYTES !== 0) {
    throw wrong(place, `bad call relo against '${symbolName}' at offset ${symbol.value}`);
  }
  requireCallable(meanings, place);
  const ahead = relocation.addend === undefined ? imm + 1 : Math.trunc(relocation.addend / SLOT_BYTES);
  return { kind: 'call', sectionIndex: symbol.sectionIndex, slot: symbol.value / SLOT_BYTES + ahead };
}

function requireCallable(meanings: SymbolMeanings, place: Place): void {
  const { symbol, symbolName } = place;
  if (meanings.isCallable(symbol.sectionIndex)) return;
  const name = meanings.elf.sections[symbol.sectionIndex]?.name ?? `#${symbol.sectionIndex}`;
  const isCode = meanings.elf.sections[symbol.sectionIndex]?.isExecutable === true;
  const advice = isCode ? '; move the function out of the program section (into .text), or load with --lenient' : '';
  throw wrong(place, `bad call relo against '${symbolName}' in section '${name}'${advice}`);
}

function loadTarget(meanings: SymbolMeanings, place: Place): Target {
  const { owner, slot, symbol, symbolName, relocation } = place;
  const addend = relocation.addend ?? readRaw(owner.code, slot).imm;
  const section = meanings.elf.sections[symbol.sectionIndex];
  if (section === undefined) {
    throw wrong(place, `corrupted symbol #${symbol.index} pointing to invalid section #${symbol.sectionIndex}`);
  }
  if (section.isExecutable) return addressTarget(meanings, place, symbol.value + addend);
  const data = meanings.maps.dataMap(section.index);
  if (data !== undefined) {
    const offset = dataOffset(meanings, place, addend) >>> 0;
    writeRaw(owner.code, slot, { src: PSEUDO_MAP_VALUE, imm: 0 });
    writeRaw(owner.code, slot + 1, { imm: offset });
    return { kind: 'mapValue', map: data, offset };
  }
  // libbpf goes by the symbol alone; the GNU assembler leaves the symbol's value in the instruction as well.
  const map = meanings.maps.mapAt(section, symbol.type === 'section' ? symbol.value + addend : symbol.value);
  if (map === undefined) throw wrong(place, `bad map relo against '${symbolName}' in section '${section.name}'`);
  writeRaw(owner.code, slot, { src: PSEUDO_MAP, imm: 0 });
  writeRaw(owner.code, slot + 1, { imm: 0 });
  return { kind: 'map', map };
}

/**
 * Symbol plus addend. The GNU assembler puts the symbol's value into the instruction although the relocation adds it again; that sum is
 * what libbpf hands to the kernel, but not what was meant.
 */
function dataOffset(meanings: SymbolMeanings, { symbol, symbolName }: Place, addend: number): number {
  const { isGnu, lenient, warnings } = meanings;
  const sum = symbol.value + addend;
  const isDoubled = isGnu && symbol.type !== 'section' && symbol.value !== 0 && addend === symbol.value;
  if (!isDoubled) return sum;
  warnings.push(
    `variable '${symbolName}': the GNU assembler put its offset ${symbol.value} into the instruction, and libbpf adds it a second time; ${lenient ? 'taken once' : 'load with --lenient to have it once'}`,
  );
  return lenient ? symbol.value : sum;
}

/** The address of a function, for callbacks. */
function addressTarget(meanings: SymbolMeanings, place: Place, offsetBytes: number): Target {
  const { symbol, symbolName } = place;
  if (!meanings.isCallable(symbol.sectionIndex)) {
    const name = meanings.elf.sections[symbol.sectionIndex]?.name;
    throw wrong(place, `bad map relo against '${symbolName}' in section '${name}'`);
  }
  if (offsetBytes % SLOT_BYTES !== 0 || offsetBytes < 0) {
    throw wrong(place, `bad subprog addr relo against '${symbolName}' at offset ${offsetBytes}`);
  }
  writeRaw(place.owner.code, place.slot, { src: PSEUDO_FUNCTION });
  return { kind: 'functionAddress', sectionIndex: symbol.sectionIndex, slot: offsetBytes / SLOT_BYTES };
}

function describe({ functions, elf, maps }: SymbolMeanings, target: Target): string {
  switch (target.kind) {
    case 'map':
      return `map ${target.map}`;
    case 'mapValue':
      return `${maps.sectionOf(target.map)}+${target.offset}`;
    case 'call':
    case 'functionAddress': {
      const name = functions.at(target.sectionIndex, target.slot)?.name;
      return name === undefined ? `${elf.sections[target.sectionIndex]?.name}+${target.slot}` : `function ${name}`;
    }
    case 'kfunc':
      return `kfunc ${target.name}`;
    case 'ksym':
      return `ksym ${target.name}`;
    case 'poison':
      return 'poison';
  }
}
