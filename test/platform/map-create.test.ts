// What BPF_MAP_CREATE answers, as the rules say it without a kernel. kernel.test.ts holds the rules to a real one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MapShape, mapCreateProblem } from '../../src/platform/map-create.js';
import { MAP_TYPES, type MapTypeName } from '../../src/platform/map-types.js';
import { mapShapes, typicalShape } from './map-shapes.js';

type Row = readonly [type: MapTypeName, change: Partial<MapShape>, errno: string, text: string];

const REFUSED: readonly Row[] = [
  ['array', { keySizeBytes: 8 }, 'EINVAL', 'key size 8 is not 4'],
  ['array', { valueSizeBytes: 0 }, 'EINVAL', 'value size 0 is below 1'],
  ['array', { maxEntries: 0 }, 'EINVAL', 'max_entries is 0'],
  ['array', { flags: 1 }, 'EINVAL', 'BPF_F_NO_PREALLOC: not for array maps'],
  ['array', { flags: 0x180 }, 'EINVAL', 'BPF_F_RDONLY_PROG, BPF_F_WRONLY_PROG: exclude each other'],
  ['array', { extra: 1n }, 'EINVAL', 'map_extra 1 is not 0, as array maps want it'],
  ['percpu_array', { valueSizeBytes: 32769 }, 'E2BIG', 'value size 32769 is above 32768'],
  ['hash', { flags: 2 }, 'EINVAL', 'BPF_F_NO_COMMON_LRU: not for hash maps'],
  ['hash', { valueSizeBytes: 4194304 }, 'E2BIG', 'key size + value size 4194308 is not below 4194256'],
  ['hash', { maxEntries: 0x8000_0001 }, 'E2BIG', 'max_entries 2147483649 is above 2147483648'],
  ['lru_hash', { flags: 1 }, 'ENOTSUPP', 'BPF_F_NO_PREALLOC: not for lru_hash maps'],
  ['lru_hash', { flags: 6 }, 'EINVAL', 'BPF_F_NO_COMMON_LRU, BPF_F_NUMA_NODE: exclude each other'],
  ['percpu_hash', { flags: 4 }, 'EINVAL', 'BPF_F_NUMA_NODE: not for percpu_hash maps'],
  ['lpm_trie', { flags: 0 }, 'EINVAL', 'BPF_F_NO_PREALLOC: missing, lpm_trie maps need it'],
  ['lpm_trie', { keySizeBytes: 4 }, 'EINVAL', 'key size 4 is below 5'],
  ['lpm_trie', { keySizeBytes: 261 }, 'EINVAL', 'key size 261 is above 260'],
  ['devmap', { valueSizeBytes: 5 }, 'EINVAL', 'value size 5 is not 4 or 8'],
  ['cpumap', { maxEntries: 8193 }, 'E2BIG', 'max_entries 8193 is above 8192'],
  ['stack_trace', { valueSizeBytes: 12 }, 'EINVAL', 'value size 12 is not a multiple of 8'],
  ['ringbuf', { maxEntries: 12288 }, 'EINVAL', 'max_entries 12288 is not a power of two and a multiple of 4096'],
  ['bloom_filter', { extra: 16n }, 'EINVAL', 'map_extra 16 is above 15'],
  ['arena', { extra: 1n }, 'EINVAL', 'map_extra 1 is not page-aligned'],
  ['task_storage', {}, 'EINVAL', 'task_storage maps need BTF types of key and value'],
  ['array_of_maps', { inner: undefined }, 'EINVAL', 'array_of_maps maps need an inner map'],
  ['hash_of_maps', { inner: typicalShape(3) }, 'ENOTSUPP', 'inner map: prog_array maps cannot be inside another map'],
  ['array_of_maps', { inner: typicalShape(13) }, 'EINVAL', 'inner map: hash_of_maps maps cannot be inside another map'],
];

describe('mapCreateProblem', () => {
  it.each(REFUSED)('refuses %s with %o: %s', (type, change, errno, text) => {
    expect(mapCreateProblem({ ...typicalShape(MAP_TYPES[type].id), ...change })).toEqual({ errno, text });
  });

  it('refuses types that Linux 6.18 does not have', () => {
    expect(mapCreateProblem({ ...typicalShape(1), type: 34 })?.text).toBe('Linux 6.18 has no map type 34');
  });

  it('accepts a typical map of every type that needs no BTF', () => {
    const refused = Object.values(MAP_TYPES).filter(({ id }) => mapCreateProblem(typicalShape(id)) !== undefined);
    expect(refused.map(({ create }) => create.needsBtf)).toEqual([
      'key-value',
      'struct-ops',
      'key-value',
      'key-value',
      'key-value',
    ]);
  });

  it('accepts a local storage that has BTF types', () => {
    expect(mapCreateProblem({ ...typicalShape(29), keyTypeId: 1, valueTypeId: 2 })).toBeUndefined();
  });

  it('refuses a cpumap of more CPUs than the kernel was built for', () => {
    expect(mapCreateProblem({ ...typicalShape(16), maxEntries: 257 }, 256)?.errno).toBe('E2BIG');
    expect(mapCreateProblem({ ...typicalShape(16), maxEntries: 256 }, 256)).toBeUndefined();
  });

  it('answers in one line for any numbers', () => {
    const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
    const shape = fc.record({ type: fc.nat(40), keySizeBytes: u32, valueSizeBytes: u32, maxEntries: u32, flags: u32 });
    fc.assert(
      fc.property(shape, map => {
        const problem = mapCreateProblem(map);
        return problem === undefined || /^[^\n]+$/.test(problem.text);
      }),
    );
  });

  it('judges each of the shapes that the kernel is asked about', () => {
    const answers = new Set(mapShapes().map(shape => mapCreateProblem(shape)?.errno ?? 'ok'));
    expect([...answers].sort()).toEqual(['E2BIG', 'EINVAL', 'ENOTSUPP', 'ok']);
  });
});
