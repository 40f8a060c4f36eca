// The maps of an object, found by the place that relocations name.
import type { ElfSection } from '../elf/elf.js';
import type { InputError } from '../support/errors.js';
import type { MapSpec } from './spec.js';

/** A map, or why it could not be read: only programs that use it suffer then. */
export interface DefinedMap {
  readonly name: string;
  readonly sectionIndex: number;
  /** First byte of its definition in the section, and how many there are. */
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly map: MapSpec | InputError;
}

/** Answers what relocations ask about maps. */
export interface MapIndex {
  /** All usable maps, in creation order. */
  readonly maps: readonly MapSpec[];
  /** Name of the map that a data section became. */
  readonly dataMap: (sectionIndex: number) => string | undefined;
  /** Name of the map defined at this byte of a section; throws what is wrong with it. Undefined where there is none. */
  readonly mapAt: (section: ElfSection, offsetBytes: number) => string | undefined;
  /** Section a map comes from. */
  readonly sectionOf: (map: string) => string;
}

/** Makes the index; `data` are section index and map name of each data section. */
export function indexMaps(
  defined: readonly DefinedMap[],
  data: ReadonlyMap<number, string>,
  maps: readonly MapSpec[],
): MapIndex {
  const places = new Map(defined.map(entry => [placeKey(entry.sectionIndex, entry.offsetBytes), entry]));
  const sections = new Map(maps.map(map => [map.name, map.section]));
  return {
    maps,
    dataMap: sectionIndex => data.get(sectionIndex),
    mapAt(section, offsetBytes) {
      const entry = places.get(placeKey(section.index, offsetBytes));
      if (entry === undefined) return undefined;
      if (entry.map instanceof Error) throw entry.map;
      return entry.name;
    },
    sectionOf: map => sections.get(map) ?? map,
  };
}

function placeKey(sectionIndex: number, offsetBytes: number): string {
  return `${sectionIndex}:${offsetBytes}`;
}

/** Maps that could be read. */
export function usableMaps(defined: readonly DefinedMap[]): readonly MapSpec[] {
  return defined.flatMap(({ map }) => (map instanceof Error ? [] : [map]));
}
