// BPF_MAP_CREATE: the map that a spec asks for, in a machine's memory.

import type { Btf } from '../../btf/btf.js';
import type { MapSpec } from '../../object/spec.js';
import { MAP_CREATE_FLAG } from '../../platform/flags.js';
import { mapCreateProblem } from '../../platform/map-create.js';
import { MAP_TYPES, type MapTypeName, mapType, mapTypeName } from '../../platform/map-types.js';
import { assert, InputError } from '../../support/errors.js';
import type { BpfMap, MapHost } from '../map.js';
import { ArrayMap } from './array.js';
import type { MapBase } from './base.js';
import { BloomFilter } from './bloom.js';
import { CpuMap } from './cpumap.js';
import { DevMap, DevMapHash } from './devmap.js';
import { EMPTY_MAPS, EmptyMap } from './empty.js';
import { HashMap } from './hash.js';
import { HashOfMaps } from './hash-of-maps.js';
import { LpmTrie } from './lpm.js';
import { LruMap } from './lru.js';
import { QueueMap } from './queue.js';
import { ArrayOfMaps, PerfEventArray, ProgramArray } from './reference-array.js';
import { RingBufferMap, UserRingBufferMap } from './ringbuf.js';
import { SocketMap } from './sockets.js';
import { valueFields } from './value-fields.js';
import { XskMap } from './xskmap.js';

const PAGE_BYTES = 4096;

type Create = (host: MapHost, spec: MapSpec, id: number) => MapBase;

const CREATE: Readonly<Record<MapTypeName, Create | 'unsupported'>> = {
  hash: (host, spec, id) => new HashMap(host, spec, id, 'value'),
  array: (host, spec, id) => new ArrayMap(host, spec, id, false),
  prog_array: (host, spec, id) => new ProgramArray(host, spec, id),
  perf_event_array: (host, spec, id) => new PerfEventArray(host, spec, id),
  percpu_hash: (host, spec, id) => new HashMap(host, spec, id, 'per-cpu'),
  percpu_array: (host, spec, id) => new ArrayMap(host, spec, id, true),
  stack_trace: empty('stack_trace'),
  cgroup_array: empty('cgroup_array'),
  lru_hash: (host, spec, id) => new LruMap(host, spec, id, 'value'),
  lru_percpu_hash: (host, spec, id) => new LruMap(host, spec, id, 'per-cpu'),
  lpm_trie: (host, spec, id) => new LpmTrie(host, spec, id),
  array_of_maps: (host, spec, id) => new ArrayOfMaps(host, spec, id),
  hash_of_maps: (host, spec, id) => new HashOfMaps(host, spec, id),
  devmap: (host, spec, id) => new DevMap(host, spec, id),
  sockmap: (host, spec, id) => new SocketMap(host, spec, id, true),
  cpumap: (host, spec, id) => new CpuMap(host, spec, id),
  xskmap: (host, spec, id) => new XskMap(host, spec, id),
  sockhash: (host, spec, id) => new SocketMap(host, spec, id, false),
  cgroup_storage: empty('cgroup_storage'),
  reuseport_sockarray: empty('reuseport_sockarray'),
  percpu_cgroup_storage: empty('percpu_cgroup_storage'),
  queue: (host, spec, id) => new QueueMap(host, spec, id, 'oldest'),
  stack: (host, spec, id) => new QueueMap(host, spec, id, 'newest'),
  sk_storage: empty('sk_storage'),
  devmap_hash: (host, spec, id) => new DevMapHash(host, spec, id),
  struct_ops: 'unsupported',
  ringbuf: (host, spec, id) => new RingBufferMap(host, spec, id),
  inode_storage: empty('inode_storage'),
  task_storage: empty('task_storage'),
  bloom_filter: (host, spec, id) => new BloomFilter(host, spec, id),
  user_ringbuf: (host, spec, id) => new UserRingBufferMap(host, spec, id),
  cgrp_storage: empty('cgrp_storage'),
  arena: 'unsupported',
};

function empty(name: keyof typeof EMPTY_MAPS): Create {
  return (host, spec, id) => new EmptyMap(host, spec, id, EMPTY_MAPS[name]);
}

/**
 * Creates the map with the given id (its number in order of creation, from 1), empty: `contents`, `slots` and `isFrozen` of the spec are left to
 * the caller. `btf` tells where values hold locks and timers. `spec` of the map is what libbpf and the kernel make of the one given: sizes of ring buffers, perf arrays and LRU maps.
 * @throws InputError `map-create` with the map's name, the kernel's errno and the reason where Linux would refuse it, and for types that are not
 *   supported; `memory-exhausted`
 */
export function createMap(host: MapHost, spec: MapSpec, id: number, btf?: Btf): BpfMap {
  const asked = asLoaderAsks(spec, host.cpuCount);
  const problem = mapCreateProblem(asked);
  if (problem !== undefined) refuse(spec, `${problem.text} (${problem.errno})`);
  const type = mapType(spec.type);
  assert(type !== undefined, 'a known map type');
  const create = CREATE[type.name];
  if (create === 'unsupported') refuse(spec, `maps of type ${mapTypeName(spec.type)} are not supported`);
  const map = create(host, asKernelRounds(asked, host.cpuCount), id);
  map.fields = valueFields(btf, spec);
  return map;
}

/** What libbpf passes on: a perf array without a size gets a slot per CPU, a ring buffer a size that is a power of two of pages. */
export function asLoaderAsks(spec: MapSpec, cpuCount: number): MapSpec {
  const { maxEntries, type } = spec;
  if (type === MAP_TYPES.perf_event_array.id && maxEntries === 0) return { ...spec, maxEntries: cpuCount };
  const isRing = type === MAP_TYPES.ringbuf.id || type === MAP_TYPES.user_ringbuf.id;
  if (!isRing || maxEntries === 0) return spec;
  return { ...spec, maxEntries: Math.max(PAGE_BYTES, 2 ** Math.ceil(Math.log2(maxEntries))) };
}

/** With BPF_F_NO_COMMON_LRU every CPU gets the same number of entries, so their sum is rounded up. */
function asKernelRounds(spec: MapSpec, cpuCount: number): MapSpec {
  if ((spec.flags & MAP_CREATE_FLAG.BPF_F_NO_COMMON_LRU) === 0) return spec;
  return { ...spec, maxEntries: Math.ceil(spec.maxEntries / cpuCount) * cpuCount };
}

function refuse(spec: MapSpec, reason: string): never {
  throw new InputError('map-create', `map ${spec.name}: ${reason}`);
}
