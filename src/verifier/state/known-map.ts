// A map as the verifier knows it: its declaration and the special fields that its values hold.
import type { Btf } from '../../btf/btf.js';
import type { MapSpec } from '../../object/spec.js';
import { MAP_CREATE_FLAG } from '../../platform/flags.js';
import { mapType } from '../../platform/map-types.js';
import { type SpecialField, specialFields } from './special-fields.js';
import { areFieldsTaken, areTypesTaken } from './type-records.js';

/** A map of the object. */
export interface KnownMap {
  readonly spec: MapSpec;
  /** As BPF_MAP_CREATE was given it. */
  readonly type: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly maxEntries: number;
  readonly canRead: boolean;
  readonly canWrite: boolean;
  /** Contents cannot change: loads from it are constants. */
  readonly constants: Uint8Array | undefined;
  readonly fields: readonly SpecialField[];
  readonly inner: KnownMap | undefined;
}

/** devmap, devmap_hash: programs may only read them. */
const DEVICE_MAPS: ReadonlySet<number> = new Set([14, 25]);

/** What the verifier wants to know of a map. */
export function knownMap(given: MapSpec, btf: Btf | undefined): KnownMap {
  const { spec, fields } = withFields(given, btf);
  const facts = mapType(spec.type);
  return {
    spec,
    type: spec.type,
    keyBytes: spec.keySizeBytes,
    valueBytes: spec.valueSizeBytes,
    maxEntries: spec.maxEntries,
    canRead: (spec.flags & MAP_CREATE_FLAG.BPF_F_WRONLY_PROG) === 0,
    canWrite: (spec.flags & MAP_CREATE_FLAG.BPF_F_RDONLY_PROG) === 0 && !DEVICE_MAPS.has(spec.type),
    constants: spec.isFrozen && facts?.name === 'array' ? spec.contents : undefined,
    fields,
    inner: spec.inner === undefined ? undefined : knownMap(spec.inner, btf),
  };
}

/** List and tree nodes are nothing special in a map's value. */
const NOT_IN_MAPS: ReadonlySet<string> = new Set(['bpf_list_node', 'bpf_rb_node']);

/** The map with its special fields. Where Linux does not take the types of its values, libbpf creates it without types. */
function withFields(spec: MapSpec, btf: Btf | undefined): Pick<KnownMap, 'spec' | 'fields'> {
  if (btf === undefined || spec.valueTypeId === undefined) return { spec, fields: [] };
  const fields = specialFields(btf, spec.valueTypeId, spec.variables).filter(({ name }) => !NOT_IN_MAPS.has(name));
  if (fields.length === 0 || (areTypesTaken(btf) && areFieldsTaken(btf, fields))) return { spec, fields };
  return { spec: { ...spec, valueTypeId: undefined }, fields: [] };
}
