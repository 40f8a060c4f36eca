// BPF_MAP_CREATE: the map that a spec asks for, in a machine's memory.
import type { MapSpec } from '../../object/spec.js';
import { InputError } from '../../support/errors.js';
import type { BpfMap, MapHost } from '../map.js';
import { ArrayMap } from './array.js';
import { HashMap } from './hash.js';
import { LruMap } from './lru.js';

type Create = (host: MapHost, spec: MapSpec, id: number) => BpfMap;

const CREATE: Readonly<Record<number, Create>> = {
  1: (host, spec, id) => new HashMap(host, spec, id, { isPerCpu: false, isLru: false }),
  2: (host, spec, id) => new ArrayMap(host, spec, id, 1),
  5: (host, spec, id) => new HashMap(host, spec, id, { isPerCpu: true, isLru: false }),
  6: (host, spec, id) => new ArrayMap(host, spec, id, host.cpuCount),
  9: (host, spec, id) => new LruMap(host, spec, id, { isPerCpu: false, isLru: true }),
  10: (host, spec, id) => new LruMap(host, spec, id, { isPerCpu: true, isLru: true }),
};

/**
 * Creates the map with the given id (its number in order of creation, from 1).
 * @throws InputError `map-create` with the map's name, the kernel's errno and the reason where Linux would refuse it, and for types that are not
 *   supported; `memory-exhausted`
 */
export function createMap(host: MapHost, spec: MapSpec, id: number): BpfMap {
  const create = CREATE[spec.type];
  if (create === undefined) {
    throw new InputError('map-create', `map ${spec.name}: map type ${spec.type} is not supported`);
  }
  return create(host, spec, id);
}
