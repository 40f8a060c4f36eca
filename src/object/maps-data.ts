// Maps made of data sections: one array entry that holds the whole section. libbpf 1.x bpf_object__init_global_data_maps.
import type { Btf } from '../btf/btf.js';
import type { BtfDataSection } from '../btf/types.js';
import { MAP_CREATE_FLAG } from '../platform/flags.js';
import { MAP_TYPE } from './map-types.js';
import type { DataSection } from './sections.js';
import type { MapSpec } from './spec.js';

/**
 * The map of a data section. `.rodata*` is read-only for programs and frozen.
 * @param hidden names of its hidden variables
 */
export function dataSectionMap(
  { section, kind }: DataSection,
  name: string,
  btf: Btf | undefined,
  hidden: ReadonlySet<string>,
): MapSpec {
  const contents = kind === 'bss' ? new Uint8Array(section.sizeBytes) : section.data.slice();
  return arrayOfOne(name, section.name, contents, kind === 'rodata', btf, hidden);
}

/** An array map with one value, as libbpf creates them for data. */
export function arrayOfOne(
  name: string,
  section: string,
  contents: Uint8Array,
  isFrozen: boolean,
  btf: Btf | undefined,
  hidden: ReadonlySet<string> = new Set(),
): MapSpec {
  const dataSection = dataSectionType(btf, section);
  const isMappable = btf !== undefined && dataSection !== undefined && hasVisibleVariable(btf, dataSection, hidden);
  return {
    name,
    type: MAP_TYPE.array,
    keySizeBytes: 4,
    valueSizeBytes: contents.byteLength,
    maxEntries: 1,
    flags: (isMappable ? MAP_CREATE_FLAG.BPF_F_MMAPABLE : 0) | (isFrozen ? MAP_CREATE_FLAG.BPF_F_RDONLY_PROG : 0),
    extra: 0n,
    numaNode: undefined,
    pinning: 'none',
    definition: section === '.kconfig' ? 'kconfig' : 'data',
    section,
    keyTypeId: undefined,
    valueTypeId: dataSection?.id,
    inner: undefined,
    slots: [],
    contents,
    isFrozen,
    iproute2: undefined,
  };
}

function dataSectionType(btf: Btf | undefined, sectionName: string): BtfDataSection | undefined {
  return btf?.typesByName(sectionName).find(type => type.kind === 'datasec');
}

/** libbpf maps a section into user space only where that could see a variable (map_is_mmapable). */
function hasVisibleVariable(btf: Btf, { entries }: BtfDataSection, hidden: ReadonlySet<string>): boolean {
  return entries.some(entry => {
    const variable = btf.typeById(entry.typeId);
    return variable.kind === 'var' && variable.linkage !== 'static' && !hidden.has(variable.name);
  });
}

/** The kernel's names have 15 characters. */
const NAME_CHARACTERS = 15;

/**
 * The name that libbpf gives the map of a data section: the start of the object's name and the section's, 15 characters in all, at
 * least 7 of them kept for the section; sections with a second dot go without prefix (internal_map_name).
 */
export function dataMapName(fileName: string, sectionName: string): string {
  const suffixLength = Math.min(NAME_CHARACTERS, Math.max(7, sectionName.length));
  const isCustom = sectionName.indexOf('.', 1) >= 0;
  const prefix = isCustom ? '' : objectName(fileName).slice(0, NAME_CHARACTERS - suffixLength);
  return (prefix + sectionName.slice(0, suffixLength)).replace(/[^A-Za-z0-9_.]/g, '_');
}

/** The file's name without folders, to the first dot, 15 characters at most. */
function objectName(fileName: string): string {
  const base = fileName.slice(fileName.lastIndexOf('/') + 1).slice(0, NAME_CHARACTERS);
  const dot = base.indexOf('.');
  return dot < 0 ? base : base.slice(0, dot);
}
