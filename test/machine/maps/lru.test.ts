// LRU_HASH and LRU_PERCPU_HASH: which entries go, and how many at once. kernel.test.ts holds them to Linux.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BpfMap } from '../../../src/machine/map.js';
import { MAP_TYPES } from '../../../src/platform/map-types.js';
import { TestHost, u32 } from './host.js';

const LRU_HASH = MAP_TYPES.lru_hash.id;
const NO_COMMON_LRU = 2;

function keysOf(map: { entries(): { key: Uint8Array }[] }): number[] {
  return map.entries().map(({ key }) => new DataView(key.buffer).getUint32(0, true));
}

function filled(map: BpfMap, keys: number): BpfMap {
  for (let key = 1; key <= keys; key++) expect(map.update(u32(key), [u32(key)], 0)).toBe(0);
  return map;
}

describe('LRU_HASH', () => {
  it('makes room for as many as a CPU takes at once, max_entries / CPUs / 2 but 128 at most, less those still free', () => {
    const sizes = [1, 2, 4, 16, 100, 1000].map(max => {
      const map = filled(new TestHost(1).create({ type: LRU_HASH, max }), max);
      map.update(u32(0xffff), [u32(0)], 0);
      return map.size;
    });
    expect(sizes).toEqual([1, 2, 3, 9, 51, 977]);
  });

  it('drops the oldest entries', () => {
    expect(keysOf(filled(new TestHost(2).create({ type: LRU_HASH, max: 4 }), 7))).toEqual([4, 5, 6, 7]);
  });

  it('spares what a program has looked up, but not what user space has', () => {
    const host = new TestHost(2);
    const map = filled(host.create({ type: LRU_HASH, max: 5 }), 5);
    map.lookupAddress(host.key(u32(1)), 0);
    map.lookup(u32(2));
    filled(map, 0).update(u32(6), [u32(6)], 0);
    expect(keysOf(map)).toEqual([1, 3, 4, 5, 6]);
  });

  it('spares what was updated, although an update takes a place of its own', () => {
    const map = new TestHost(2).create({ type: LRU_HASH, max: 3 });
    for (const key of [1, 2, 1, 3]) map.update(u32(key), [u32(key)], 0);
    expect(keysOf(map)).toEqual([1, 2, 3]);
    map.update(u32(4), [u32(4)], 0);
    expect(keysOf(map)).toEqual([1, 3, 4]);
  });

  it('takes a place even for an update that it then refuses, as Linux does', () => {
    const map = filled(new TestHost(2).create({ type: LRU_HASH, max: 2 }), 2);
    expect(map.update(u32(2), [u32(0)], 1)).toBe(-17);
    expect(keysOf(map)).toEqual([2]);
    expect(map.update(u32(9), [u32(0)], 2)).toBe(-2);
    expect(map.update(u32(9), [u32(0)], 3)).toBe(-22);
    expect(keysOf(map)).toEqual([2]);
  });

  it('takes a place from another CPU when its own and those of all are used up', () => {
    const host = new TestHost(2);
    const map = host.create({ type: LRU_HASH, max: 2 });
    for (const [key, cpu] of [
      [1, 0],
      [2, 0],
      [3, 1],
    ] as const)
      expect(map.updateFrom(host.key(u32(key)), host.value(u32(key)), 0, cpu)).toBe(0);
    expect(map.size).toBe(2);
  });

  it('keeps to the entries of each CPU with BPF_F_NO_COMMON_LRU, a multiple of the CPUs in all', () => {
    const host = new TestHost(2);
    const map = filled(host.create({ type: LRU_HASH, max: 15, flags: NO_COMMON_LRU }), 20);
    expect([map.spec.maxEntries, keysOf(map)]).toEqual([16, [13, 14, 15, 16, 17, 18, 19, 20]]);
    for (let key = 31; key <= 39; key++) map.updateFrom(host.key(u32(key)), host.value(u32(key)), 0, 1);
    expect(keysOf(map)).toEqual([13, 14, 15, 16, 17, 18, 19, 20, 35, 36, 37, 38, 39]);
  });

  it.each([1, 2, 3])('never holds more than fits, nor loses what it says it has, on %i CPUs', cpus => {
    const step = fc.tuple(fc.constantFrom('update', 'lookup', 'delete'), fc.nat(12), fc.nat(cpus - 1));
    const check = (steps: readonly (readonly [string, number, number])[], flags: number): void => {
      const host = new TestHost(cpus);
      const map = host.create({ type: LRU_HASH, max: 6, flags });
      for (const [action, key, cpu] of steps) {
        const isThere = map.lookup(u32(key)) !== undefined;
        if (action === 'lookup') expect(map.lookupAddress(host.key(u32(key)), cpu) !== 0).toBe(isThere);
        else if (action === 'delete') expect(map.deleteAt(host.key(u32(key)))).toBe(isThere ? 0 : -2);
        else {
          expect(map.updateFrom(host.key(u32(key)), host.value(u32(key)), 0, cpu)).toBe(0);
          expect(map.lookup(u32(key))).toEqual([u32(key)]);
        }
        expect(keysOf(map).length).toBe(map.size);
        expect(map.size).toBeLessThanOrEqual(6);
      }
    };
    const flags = fc.constantFrom(0, NO_COMMON_LRU);
    fc.assert(fc.property(fc.array(step, { maxLength: 80 }), flags, check), { numRuns: 60 });
  });
});

describe('LRU_PERCPU_HASH', () => {
  it('drops the oldest entry too, and starts new ones with zeroes on other CPUs', () => {
    const host = new TestHost(2);
    const map = host.create({ type: MAP_TYPES.lru_percpu_hash.id, max: 2 });
    for (let key = 1; key <= 3; key++) map.update(u32(key), [u32(key), u32(key)], 0);
    map.updateFrom(host.key(u32(4)), host.value(u32(9)), 0, 1);
    expect(keysOf(map)).toEqual([3, 4]);
    expect(map.lookup(u32(4))).toEqual([u32(0), u32(9)]);
  });
});
