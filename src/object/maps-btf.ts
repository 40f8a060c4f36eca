// Maps of the `.maps` section: one variable each, described by its BTF type. libbpf 1.x bpf_object__init_user_btf_map.
import type { Btf } from '../btf/btf.js';
import { skipModifiers } from '../btf/resolve.js';
import type { BtfDataSection, BtfDataSectionEntry } from '../btf/types.js';
import type { ElfFile, ElfSection } from '../elf/elf.js';
import { InputError } from '../support/errors.js';
import { type MapDefinitionFields, readMapDefinition } from './map-definition.js';
import type { DefinedMap } from './map-index.js';
import { MAP_TYPE, ringbufSize } from './map-types.js';
import type { MapSpec } from './spec.js';
import { variableOffsets } from './variables.js';

/** A map of `.maps`; `valuesOffsetBytes` is where its initial slots start in the section, undefined where it takes none. */
export interface BtfMap extends DefinedMap {
  readonly valuesOffsetBytes: number | undefined;
}

/**
 * The maps of `section`, by place. Without BTF there are none; relocations to the section then fail (see `withoutBtf`).
 * A definition that libbpf would refuse gives an entry whose `map` is the error.
 */
export function readBtfMaps(elf: ElfFile, section: ElfSection | undefined, btf: Btf | undefined): readonly BtfMap[] {
  if (section === undefined) return [];
  const dataSection = btf?.typesByName('.maps').find(type => type.kind === 'datasec');
  if (btf === undefined || dataSection === undefined) return withoutBtf(elf, section);
  const placed = placeEntries(elf, section, btf, dataSection);
  const definitions = new Map<number, MapDefinitionFields>();
  return placed.map(({ entry, offsetBytes }, number) => {
    const variable = btf.typeById(entry.typeId);
    const place = { name: variable.name, sectionIndex: section.index, offsetBytes, sizeBytes: entry.sizeBytes };
    try {
      const fields = readFields(btf, entry, number, section, offsetBytes, definitions);
      const valuesOffsetBytes =
        fields.valuesBitOffset === undefined ? undefined : offsetBytes + fields.valuesBitOffset / 8;
      return { ...place, map: toSpec(variable.name, fields, section), valuesOffsetBytes };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { ...place, map: error, valuesOffsetBytes: undefined };
    }
  });
}

/** Entries for what the symbols name, so that programs that use them get the reason. */
function withoutBtf(elf: ElfFile, section: ElfSection): readonly BtfMap[] {
  const symbols = elf.symbols.filter(({ sectionIndex, name }) => sectionIndex === section.index && name !== '');
  return symbols.map(symbol => ({
    name: symbol.name,
    sectionIndex: section.index,
    offsetBytes: symbol.value,
    sizeBytes: symbol.sizeBytes,
    map: new InputError(
      'btf-required',
      `map '${symbol.name}': BTF is required, but is missing or corrupted. (compile with -g, and do not strip .BTF)`,
    ),
    valuesOffsetBytes: undefined,
  }));
}

interface Placed {
  readonly entry: BtfDataSectionEntry;
  readonly offsetBytes: number;
}

/** Compilers leave the places of variables to the symbol table; linkers fill them in. */
function placeEntries(elf: ElfFile, section: ElfSection, btf: Btf, dataSection: BtfDataSection): readonly Placed[] {
  const offsets = variableOffsets(elf).get(section.index);
  const placed = dataSection.entries.map(entry => {
    const { name } = btf.typeById(entry.typeId);
    const fromSymbol = dataSection.sizeBytes === 0 ? offsets?.get(name) : undefined;
    return { entry, offsetBytes: fromSymbol ?? entry.offsetBytes };
  });
  return placed.sort((a, b) => a.offsetBytes - b.offsetBytes);
}

function readFields(
  btf: Btf,
  entry: BtfDataSectionEntry,
  number: number,
  section: ElfSection,
  offsetBytes: number,
  definitions: Map<number, MapDefinitionFields>,
): MapDefinitionFields {
  const variable = btf.typeById(entry.typeId);
  if (variable.name === '') throw wrong(`map #${number}: empty name.`);
  if (variable.kind !== 'var') throw wrong(`map '${variable.name}': unexpected var kind ${variable.kind}.`);
  if (offsetBytes + entry.sizeBytes > section.sizeBytes) throw wrong(`map '${variable.name}' BTF data is corrupted.`);
  if (variable.linkage !== 'global') {
    throw wrong(`map '${variable.name}': unsupported map linkage ${variable.linkage}. (remove 'static')`);
  }
  const definition = skipModifiers(btf, variable.typeId);
  if (definition.kind !== 'struct') throw wrong(`map '${variable.name}': unexpected def kind ${definition.kind}.`);
  if (definition.sizeBytes > entry.sizeBytes) throw wrong(`map '${variable.name}': invalid def size.`);
  const fields = definitions.get(definition.id) ?? readMapDefinition(btf, variable.name, definition);
  definitions.set(definition.id, fields);
  return fields;
}

function wrong(message: string): InputError {
  return new InputError('map-definition', message);
}

function toSpec(name: string, fields: MapDefinitionFields, section: ElfSection): MapSpec {
  const isRingbuf = fields.type === MAP_TYPE.ringbuf || fields.type === MAP_TYPE.userRingbuf;
  return {
    name,
    type: fields.type,
    keySizeBytes: fields.keySizeBytes,
    valueSizeBytes: fields.valueSizeBytes,
    maxEntries: isRingbuf ? ringbufSize(fields.maxEntries) : fields.maxEntries,
    flags: fields.flags,
    extra: fields.extra,
    numaNode: fields.numaNode,
    pinning: fields.pinning === 0 ? 'none' : 'by-name',
    definition: 'btf',
    section: section.name,
    keyTypeId: fields.keyTypeId,
    valueTypeId: fields.valueTypeId,
    inner: fields.inner === undefined ? undefined : toSpec(`${name}.inner`, fields.inner, section),
    slots: [],
    contents: undefined,
    isFrozen: false,
    iproute2: undefined,
  };
}
