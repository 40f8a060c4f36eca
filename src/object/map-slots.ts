// Initial entries of program arrays and maps of maps: what `.maps` lists under `values`, and what section names of tail-called programs
// say in objects made for older loaders.
import { relocationName } from '../elf/constants.js';
import type { ElfFile, ElfRelocation, ElfSymbol } from '../elf/elf.js';
import { InputError } from '../support/errors.js';
import { isMapInMap } from './map-definition.js';
import { MAP_TYPE } from './map-types.js';
import type { BtfMap } from './maps-btf.js';
import type { Programs } from './programs.js';
import type { ObjectMaps } from './read-maps.js';
import type { ObjectSections } from './sections.js';
import type { MapSlot, MapSpec, ProgramSpec, RelocationSpec } from './spec.js';

/** Maps with their slots, and a row for each relocation that made one. */
export interface FilledMaps {
  readonly maps: readonly MapSpec[];
  readonly relocations: readonly RelocationSpec[];
}

/** Fills the slots. Throws InputError `map-slot` in libbpf's words for entries that do not fit. */
export function fillSlots(
  elf: ElfFile,
  sections: ObjectSections,
  { index, btfMaps }: ObjectMaps,
  programs: Programs,
  warnings: string[],
): FilledMaps {
  const slots = new Map<string, MapSlot[]>();
  const add = (map: string, slot: MapSlot) => {
    const known = slots.get(map);
    if (known === undefined) slots.set(map, [slot]);
    else known.push(slot);
  };
  const names = nameThings(btfMaps, programs);
  const relocations = listedSlots(elf, sections, btfMaps, names, add, warnings);
  for (const { map, slot } of numberedPrograms(index.maps, programs.programs, warnings)) add(map, slot);
  const maps = index.maps.map(map => {
    const own = slots.get(map.name);
    return own === undefined ? map : { ...map, slots: [...map.slots, ...own] };
  });
  return { maps, relocations };
}

/** What entries may be, by name. */
interface Names {
  readonly maps: ReadonlySet<string>;
  readonly programs: ReadonlySet<string>;
  /** Why a program is not loaded. */
  readonly reasons: ReadonlyMap<string, string>;
}

function nameThings(btfMaps: readonly BtfMap[], { programs, otherPrograms }: Programs): Names {
  return {
    maps: new Set(btfMaps.map(map => map.name)),
    programs: new Set(programs.map(program => program.name)),
    reasons: new Map(otherPrograms.map(program => [program.name, program.reason])),
  };
}

/** A slot of `values` is a pointer. */
const POINTER_BYTES = 8;

function listedSlots(
  elf: ElfFile,
  { btfMaps: section }: ObjectSections,
  btfMaps: readonly BtfMap[],
  names: Names,
  add: (map: string, slot: MapSlot) => void,
  warnings: string[],
): readonly RelocationSpec[] {
  const rows: RelocationSpec[] = [];
  for (const { target, relocations } of elf.relocations) {
    if (section === undefined || target !== section.index) continue;
    for (const [number, relocation] of relocations.entries()) {
      const symbol = elf.symbols[relocation.symbolIndex];
      const map = mapHolding(btfMaps, relocation);
      if (map?.map instanceof Error) continue;
      const slot = slotOf(symbol, map, relocation, number, names, warnings);
      rows.push({
        section: section.name,
        offsetBytes: relocation.offsetBytes,
        type: relocationName(relocation.type),
        symbol: symbol?.name ?? '',
        result: slot === undefined ? 'left empty' : `${map?.name}[${slot.index}] = ${slot.kind} ${slot.name}`,
      });
      if (slot !== undefined && map !== undefined) add(map.name, slot);
    }
  }
  return rows;
}

/** `btfMaps` are sorted by place. */
function mapHolding(btfMaps: readonly BtfMap[], { offsetBytes }: ElfRelocation): BtfMap | undefined {
  let low = 0;
  let high = btfMaps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (btfMaps[middle]!.offsetBytes <= offsetBytes) low = middle + 1;
    else high = middle;
  }
  const map = btfMaps[low - 1];
  return map !== undefined && offsetBytes + POINTER_BYTES <= map.offsetBytes + map.sizeBytes ? map : undefined;
}

function slotOf(
  symbol: ElfSymbol | undefined,
  map: BtfMap | undefined,
  { offsetBytes }: ElfRelocation,
  number: number,
  names: Names,
  warnings: string[],
): MapSlot | undefined {
  const name = symbol?.name ?? '<?>';
  if (symbol === undefined || map === undefined || map.map instanceof Error) {
    throw wrong(number, `cannot find map '${name}' at rel->r_offset ${offsetBytes}`);
  }
  const ahead = offsetBytes - (map.valuesOffsetBytes ?? Number.NaN);
  if (!(ahead >= 0) || ahead % POINTER_BYTES !== 0) {
    throw wrong(number, `'${name}' at offset ${offsetBytes} is no slot of map '${map.name}'`);
  }
  const index = ahead / POINTER_BYTES;
  if (!isMapInMap(map.map.type)) return programSlot(name, index, map.name, number, names, warnings);
  if (symbol.sectionIndex !== map.sectionIndex) throw wrong(number, `'${name}' isn't a BTF-defined map`);
  if (map.map.type === MAP_TYPE.hashOfMaps && map.map.keySizeBytes !== 4) {
    throw wrong(number, `hash-of-maps '${map.name}' should have key size 4.`);
  }
  if (!names.maps.has(name)) throw wrong(number, `'${name}' isn't a valid map reference`);
  return { index, kind: 'map', name };
}

function programSlot(
  name: string,
  index: number,
  map: string,
  number: number,
  { programs, reasons }: Names,
  warnings: string[],
): MapSlot | undefined {
  if (programs.has(name)) return { index, kind: 'program', name };
  const reason = reasons.get(name);
  if (reason === undefined) throw wrong(number, `'${name}' isn't a valid program reference`);
  warnings.push(`map '${map}': slot ${index} left empty: program '${name}' is not loaded (${reason})`);
  return undefined;
}

function wrong(number: number, what: string): InputError {
  return new InputError('map-slot', `.maps relo #${number}: ${what}`);
}

/**
 * Programs whose section name is a place in a program array: `MAP/SLOT` with iproute2's map id, and `ANYTHING/SLOT` as the loaders of kernel
 * samples had it, where the object has one program array only.
 */
function* numberedPrograms(
  maps: readonly MapSpec[],
  programs: readonly ProgramSpec[],
  warnings: string[],
): Generator<{ readonly map: string; readonly slot: MapSlot }> {
  const arrays = maps.filter(map => map.type === MAP_TYPE.progArray && map.slots.length === 0);
  for (const { name, section } of programs) {
    const parts = /^(.*)\/(0[xX][0-9a-fA-F]+|\d+)$/.exec(section);
    if (parts === null) continue;
    const index = Number(parts[2]);
    const map = arrayFor(parts[1] ?? '', arrays);
    if (map === undefined || index >= map.maxEntries) {
      warnings.push(`program ${name}: section ${section} names a slot, but of no program array of this object`);
      continue;
    }
    warnings.push(`program ${name}: put into slot ${index} of map '${map.name}', as its section ${section} says`);
    yield { map: map.name, slot: { index, kind: 'program', name } };
  }
}

function arrayFor(stem: string, arrays: readonly MapSpec[]): MapSpec | undefined {
  const isId = /^(0[xX][0-9a-fA-F]+|\d+)$/.test(stem);
  const byId = isId ? arrays.find(map => map.iproute2?.id === Number(stem)) : undefined;
  if (byId !== undefined) return byId;
  return arrays.length === 1 && arrays[0]?.iproute2 === undefined ? arrays[0] : undefined;
}
