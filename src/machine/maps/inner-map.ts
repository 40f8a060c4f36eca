// Which maps may be put into an ARRAY_OF_MAPS or HASH_OF_MAPS. kernel/bpf/map_in_map.c, bpf_map_meta_equal and array_map_meta_equal.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { MAP_CREATE_FLAG } from '../../platform/flags.js';
import { mapType } from '../../platform/map-types.js';
import type { BpfMap, MapHost } from '../map.js';

/** Inner maps of these types must have max_entries of the template too, since lookups rely on it; arrays with BPF_F_INNER_MAP need not. */
const FIXED_SIZE_TYPES: readonly string[] = ['array', 'percpu_array', 'xskmap'];

/** The map with that id if it may be put into a map with that spec, else a negative errno. */
export function innerMap(host: MapHost, outer: MapSpec, id: number): BpfMap | number {
  const inner = host.mapById(id);
  if (inner === undefined) return -ERRNO.EBADF;
  return outer.inner !== undefined && isLike(outer.inner, inner.spec) ? inner : -ERRNO.EINVAL;
}

function isLike(template: MapSpec, inner: MapSpec): boolean {
  if (template.type !== inner.type || template.flags !== inner.flags) return false;
  if (template.keySizeBytes !== inner.keySizeBytes || template.valueSizeBytes !== inner.valueSizeBytes) return false;
  const isAnySize = (inner.flags & MAP_CREATE_FLAG.BPF_F_INNER_MAP) !== 0;
  return isAnySize || template.maxEntries === inner.maxEntries || !hasFixedSize(inner.type);
}

function hasFixedSize(type: number): boolean {
  const name = mapType(type)?.name;
  return name !== undefined && FIXED_SIZE_TYPES.includes(name);
}
