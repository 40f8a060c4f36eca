// Numbers of map types by name, as tests write them.
import { MAP_TYPES, type MapTypeName } from '../../src/platform/map-types.js';

/** BPF_MAP_TYPE_* of a type's name such as `lpm_trie`. */
export function mapTypeId(name: string): number {
  return MAP_TYPES[name as MapTypeName].id;
}
