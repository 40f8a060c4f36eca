// Lookups in maps that are known when the program is compiled, without leaving WebAssembly.
import type { BpfMap } from '../../../machine/map.js';
import { mapType } from '../../../platform/map-types.js';
import type { FunctionWriter } from '../function.js';
import { writeArrayLookup } from './array.js';
import { writeHashLookup } from './hash.js';
import { writeTrieLookup } from './trie.js';

/** Writes r0 = the value's address under the key at r2, or 0; false where this map's type or size has no such code. */
export function writeLookup(f: FunctionWriter, map: BpfMap): boolean {
  switch (mapType(map.spec.type)?.name) {
    case 'array':
      return writeArrayLookup(f, map, 1);
    case 'percpu_array':
      return writeArrayLookup(f, map, f.unit.context.machine.cpuCount);
    case 'hash':
      return writeHashLookup(f, map, { isLru: false, isPerCpu: false });
    case 'percpu_hash':
      return writeHashLookup(f, map, { isLru: false, isPerCpu: true });
    case 'lru_hash':
      return writeHashLookup(f, map, { isLru: true, isPerCpu: false });
    case 'lru_percpu_hash':
      return writeHashLookup(f, map, { isLru: true, isPerCpu: true });
    case 'lpm_trie':
      return writeTrieLookup(f, map);
    default:
      return false;
  }
}
