// Maps of the `maps` section, which libbpf refuses since 1.0: an array of structs of 32-bit words. The struct grew over the years and
// each loader had its own; what they share stands first.
//
//   word  0     1         2           3            4          5              6          7         8
//         type  key size  value size  max entries  map flags                                              20 bytes: libbpf 0.x
//                                                             inner map idx  numa node                    28: kernel samples
//                                                             id             pinning    inner id  inner idx  36: iproute2 bpf_elf_map
//                                                             pinning        namespace (256 bytes)          280: gobpf
import type { Btf } from '../btf/btf.js';
import { sizeOf } from '../btf/resolve.js';
import type { BtfComposite } from '../btf/types.js';
import type { ElfFile, ElfSection, ElfSymbol } from '../elf/elf.js';
import { MAP_CREATE_FLAG } from '../platform/flags.js';
import { ByteReader } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { isMapInMap } from './map-definition.js';
import type { DefinedMap } from './map-index.js';
import { MAP_TYPE, ringbufSize } from './map-types.js';
import type { MapSlot, MapSpec } from './spec.js';
import { isVariable, symbolsBySection } from './variables.js';

/** Type, key size, value size and max entries: the least any struct has. */
const MIN_BYTES = 16;
const SAMPLES_BYTES = 28;
const IPROUTE2_BYTES = 36;
const GOBPF_BYTES = 280;

/** The maps of the given sections, by place, with inner maps and slots of map-in-map filled in. */
export function readLegacyMaps(
  elf: ElfFile,
  sections: readonly ElfSection[],
  btf: Btf | undefined,
): readonly DefinedMap[] {
  const symbols = symbolsBySection(elf.symbols);
  const raw = sections.flatMap(section => readSection(elf, section, symbols.get(section.index) ?? []));
  const pairs = sections.length === 0 ? new Map<string, BtfComposite>() : annotations(btf);
  const specs = raw.map(entry =>
    entry.words instanceof Error ? entry.words : withTypes(toSpec(entry), btf, pairs.get(entry.place.name)),
  );
  const templates = indexInnerMaps(specs);
  return raw.map((entry, at) => ({ ...entry.place, map: resolve(specs[at]!, wordsOf(entry)[5], specs, templates) }));
}

/** A definition before its inner map is looked up. */
interface RawMap {
  readonly place: Omit<DefinedMap, 'map'>;
  readonly section: ElfSection;
  readonly words: readonly number[] | InputError;
}

function readSection(elf: ElfFile, section: ElfSection, all: readonly ElfSymbol[]): readonly RawMap[] {
  const symbols = mapSymbols(all);
  const stride = section.sizeBytes / symbols.length;
  return symbols.map((symbol, at) => {
    const gap = (symbols[at + 1]?.value ?? section.sizeBytes) - symbol.value;
    // One size for all where the section divides evenly, as libbpf 0.x had it; else up to the next symbol.
    const sizeBytes = Number.isInteger(stride) && stride <= gap ? stride : gap;
    const place = { name: symbol.name, sectionIndex: section.index, offsetBytes: symbol.value, sizeBytes };
    return { place, section, words: readWords(elf, section, symbol, sizeBytes) };
  });
}

/** One symbol per map; old clang left them untyped. */
function mapSymbols(symbols: readonly ElfSymbol[]): readonly ElfSymbol[] {
  const sorted = symbols.filter(isVariable).sort((a, b) => a.value - b.value);
  return sorted.filter((symbol, at) => symbol.value !== sorted[at - 1]?.value);
}

function readWords(
  elf: ElfFile,
  section: ElfSection,
  symbol: ElfSymbol,
  sizeBytes: number,
): readonly number[] | InputError {
  const where = `section ${section.name}: map '${symbol.name}'`;
  if (sizeBytes < MIN_BYTES || symbol.value + sizeBytes > section.data.byteLength) {
    return new InputError('map-legacy', `${where}: definition of ${sizeBytes} bytes at offset ${symbol.value}`);
  }
  const reader = new ByteReader(section.data, where, elf.byteOrder);
  const count = Math.min(sizeBytes, IPROUTE2_BYTES) >> 2;
  return Array.from({ length: count }, (_, word) => reader.u32(symbol.value + 4 * word));
}

type Specs = readonly (MapSpec | InputError)[];

/** Maps of iproute2 by id, and the slots that those with an `inner_idx` take in the outer map that names their id. */
interface Templates {
  readonly byId: ReadonlyMap<number, MapSpec>;
  readonly slots: ReadonlyMap<number, readonly MapSlot[]>;
}

function indexInnerMaps(specs: Specs): Templates {
  const byId = new Map<number, MapSpec>();
  const slots = new Map<number, MapSlot[]>();
  for (const spec of specs) {
    if (spec instanceof Error || spec.iproute2 === undefined || spec.iproute2.id === 0) continue;
    const { id, innerId, innerIndex } = spec.iproute2;
    if (!byId.has(id)) byId.set(id, spec);
    if (innerId !== 0 || innerIndex === -1) continue;
    const slot: MapSlot = { index: innerIndex >>> 0, kind: 'map', name: spec.name };
    const known = slots.get(id);
    if (known === undefined) slots.set(id, [slot]);
    else known.push(slot);
  }
  return { byId, slots };
}

function resolve(
  spec: MapSpec | InputError,
  innerNumber: number | undefined,
  specs: Specs,
  { byId, slots }: Templates,
): MapSpec | InputError {
  if (spec instanceof Error || !isMapInMap(spec.type)) return spec;
  const innerId = spec.iproute2?.innerId;
  // Kernel samples name the inner map by its number in the section, iproute2 by its id.
  const inner = innerId === undefined ? specs[innerNumber ?? -1] : byId.get(innerId);
  const isUsable = inner !== undefined && !(inner instanceof Error) && inner !== spec && !isMapInMap(inner.type);
  return {
    ...spec,
    inner: isUsable ? { ...inner, name: `${spec.name}.inner` } : undefined,
    slots: innerId === undefined ? [] : (slots.get(innerId) ?? []),
  };
}

function wordsOf({ words }: RawMap): readonly number[] {
  return words instanceof Error ? [] : words;
}

function toSpec(entry: RawMap): MapSpec {
  const words = wordsOf(entry);
  const [type = 0, keySizeBytes = 0, valueSizeBytes = 0, declaredEntries = 0, flags = 0, word5 = 0, word6 = 0] = words;
  const dialect = dialectOf(entry, type, flags);
  const isRingbuf = type === MAP_TYPE.ringbuf || type === MAP_TYPE.userRingbuf;
  return {
    name: entry.place.name,
    type,
    keySizeBytes,
    valueSizeBytes,
    maxEntries: isRingbuf ? ringbufSize(declaredEntries) : declaredEntries,
    flags,
    extra: 0n,
    numaNode: dialect === 'samples' && hasNumaNode(flags) ? word6 : undefined,
    pinning: (dialect === 'iproute2' && word6 !== 0) || (dialect === 'gobpf' && word5 !== 0) ? 'by-name' : 'none',
    definition: dialect === 'iproute2' ? 'iproute2' : 'legacy',
    section: entry.section.name,
    keyTypeId: undefined,
    valueTypeId: undefined,
    inner: undefined,
    slots: [],
    contents: undefined,
    isFrozen: false,
    iproute2:
      dialect === 'iproute2' ? { id: word5, innerId: words[7] ?? 0, innerIndex: (words[8] ?? -1) | 0 } : undefined,
  };
}

const PAIR_PREFIX = '____btf_map_';

/** BPF_ANNOTATE_KV_PAIR left a struct ____btf_map_NAME with members key and value. libbpf 0.x btf__get_map_kv_tids. */
function annotations(btf: Btf | undefined): ReadonlyMap<string, BtfComposite> {
  const pairs = new Map<string, BtfComposite>();
  for (const type of btf?.types() ?? []) {
    if (type.kind !== 'struct' || !type.name.startsWith(PAIR_PREFIX)) continue;
    pairs.set(type.name.slice(PAIR_PREFIX.length), type);
  }
  return pairs;
}

function withTypes(map: MapSpec, btf: Btf | undefined, pair: BtfComposite | undefined): MapSpec {
  const [key, value] = pair?.members ?? [];
  if (btf === undefined || key?.name !== 'key' || value?.name !== 'value') return map;
  const isSame = sizeOf(btf, key.typeId) === map.keySizeBytes && sizeOf(btf, value.typeId) === map.valueSizeBytes;
  return isSame ? { ...map, keyTypeId: key.typeId, valueTypeId: value.typeId } : map;
}

type Dialect = 'libbpf' | 'samples' | 'iproute2' | 'gobpf';

/**
 * Told apart by size. 28 bytes are the kernel samples' struct, or that of iproute2 before it had inner maps: an id or a pinning tell it,
 * where the samples' reading (inner map, NUMA node) makes no sense.
 */
function dialectOf({ place: { sizeBytes }, ...entry }: RawMap, type: number, flags: number): Dialect {
  if (sizeBytes === GOBPF_BYTES) return 'gobpf';
  if (sizeBytes >= IPROUTE2_BYTES) return 'iproute2';
  if (sizeBytes !== SAMPLES_BYTES) return 'libbpf';
  const words = entry.words instanceof Error ? [] : entry.words;
  const isUsed = words[5] !== 0 || words[6] !== 0;
  return isUsed && !isMapInMap(type) && !hasNumaNode(flags) ? 'iproute2' : 'samples';
}

function hasNumaNode(flags: number): boolean {
  return (flags & MAP_CREATE_FLAG.BPF_F_NUMA_NODE) !== 0;
}
