// All maps of an object, however they are written down, in the order libbpf creates them.
import type { Btf } from '../btf/btf.js';
import type { ElfFile, ElfSection } from '../elf/elf.js';
import { InputError } from '../support/errors.js';
import { type DefinedMap, indexMaps, type MapIndex, usableMaps } from './map-index.js';
import { type BtfMap, readBtfMaps } from './maps-btf.js';
import { dataMapName, dataSectionMap } from './maps-data.js';
import { readLegacyMaps } from './maps-legacy.js';
import type { ObjectSections } from './sections.js';
import type { MapSpec } from './spec.js';
import { hiddenVariables, variableOffsets } from './variables.js';

/** The maps, and what filling their slots needs to know. */
export interface ObjectMaps {
  readonly index: MapIndex;
  readonly btfMaps: readonly BtfMap[];
}

/** Reads the maps. `warnings` gets a line for each that cannot be used; it is an error only for programs that refer to it. */
export function readMaps(
  elf: ElfFile,
  sections: ObjectSections,
  btf: Btf | undefined,
  kconfigMap: MapSpec | undefined,
  warnings: string[],
): ObjectMaps {
  const btfMaps = readBtfMaps(elf, sections.btfMaps, btf);
  const defined: readonly DefinedMap[] = [...btfMaps, ...readLegacyMaps(elf, sections.legacyMaps, btf)];
  for (const { map } of defined) if (map instanceof Error) warnings.push(`map left out: ${map.message}`);
  const maps = [...usableMaps(defined)];
  const names = new Set(maps.map(map => map.name));
  const data = new Map<number, string>();
  const offsets = variableOffsets(elf);
  for (const item of sections.data) {
    const name = uniqueName(names, dataMapName(elf.fileName, item.section.name), item.section);
    data.set(item.section.index, name);
    const hidden = hiddenVariables(elf, item.section.index);
    maps.push({ ...dataSectionMap(item, name, btf, hidden), variables: offsets.get(item.section.index) ?? new Map() });
  }
  if (kconfigMap !== undefined) maps.push(kconfigMap);
  return { index: indexMaps(defined, data, maps), btfMaps };
}

/** libbpf cuts names to 15 characters, and so may give two maps one name; references go by name here, so that cannot be. */
function uniqueName(names: Set<string>, short: string, { name: full, index }: ElfSection): string {
  const numbered = `${full}#${index}`;
  const name = [short, full].find(candidate => !names.has(candidate)) ?? numbered;
  names.add(name);
  return name;
}

/** `maps` with new sizes by map name. Throws InputError `option-map` for a name that no map has. */
export function withMaxEntries(
  maps: readonly MapSpec[],
  maxEntries: Readonly<Record<string, number>>,
): readonly MapSpec[] {
  for (const [name, count] of Object.entries(maxEntries)) {
    if (!maps.some(map => map.name === name)) throw unknownMap(name, maps);
    if (!Number.isInteger(count) || count < 0 || count > 0xffff_ffff) {
      throw new InputError('option-map', `map '${name}': ${count} is no number of entries`);
    }
  }
  return maps.map(map =>
    Object.hasOwn(maxEntries, map.name) ? { ...map, maxEntries: maxEntries[map.name] ?? map.maxEntries } : map,
  );
}

function unknownMap(name: string, maps: readonly MapSpec[]): InputError {
  const known = maps.map(map => map.name).join(', ');
  return new InputError('option-map', `map '${name}': no such map; there are: ${known === '' ? 'none' : known}`);
}
