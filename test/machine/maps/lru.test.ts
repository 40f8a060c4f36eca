// LRU_HASH and LRU_PERCPU_HASH: second chance, always with the same outcome.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAP_TYPES } from '../../../src/platform/map-types.js';
import { TestHost, u32 } from './host.js';

const LRU_HASH = MAP_TYPES.lru_hash.id;
const NO_COMMON_LRU = 2;

function keysOf(map: { entries(): { key: Uint8Array }[] }): number[] {
  return map.entries().map(({ key }) => new DataView(key.buffer).getUint32(0, true));
}

describe('LRU_HASH', () => {
  it('makes room by dropping the oldest entry', () => {
    const host = new TestHost();
    const map = host.create({ type: LRU_HASH, max: 4 });
    for (let key = 1; key <= 7; key++) expect(map.update(u32(key), [u32(key)], 0)).toBe(0);
    expect(keysOf(map)).toEqual([4, 5, 6, 7]);
  });

  it('spares once what a program has looked up, but not what user space has', () => {
    const host = new TestHost();
    const map = host.create({ type: LRU_HASH, max: 3 });
    for (let key = 1; key <= 3; key++) map.update(u32(key), [u32(key)], 0);
    map.lookupAddress(host.key(u32(1)), 0);
    map.lookup(u32(2));
    map.update(u32(4), [u32(4)], 0);
    expect(keysOf(map)).toEqual([1, 3, 4]);
    map.update(u32(5), [u32(5)], 0);
    expect(keysOf(map)).toEqual([1, 4, 5]);
    map.update(u32(6), [u32(6)], 0);
    expect(keysOf(map)).toEqual([4, 5, 6]);
  });

  it('spares once what was updated', () => {
    const map = new TestHost().create({ type: LRU_HASH, max: 2 });
    for (const key of [1, 2, 1, 3]) map.update(u32(key), [u32(key)], 0);
    expect(keysOf(map)).toEqual([1, 3]);
  });

  it('refuses BPF_NOEXIST on a key it has without dropping anything', () => {
    const map = new TestHost().create({ type: LRU_HASH, max: 2 });
    for (const key of [1, 2]) map.update(u32(key), [u32(key)], 0);
    expect([map.update(u32(1), [u32(0)], 1), map.update(u32(9), [u32(0)], 2)]).toEqual([-17, -2]);
    expect(keysOf(map)).toEqual([1, 2]);
  });

  it('holds a multiple of the CPUs with BPF_F_NO_COMMON_LRU', () => {
    const map = new TestHost(2).create({ type: LRU_HASH, max: 3, flags: NO_COMMON_LRU });
    expect(map.spec.maxEntries).toBe(4);
    for (let key = 0; key < 9; key++) map.update(u32(key), [u32(key)], 0);
    expect(map.size).toBe(4);
  });

  it('agrees with a list in JavaScript over random operations', () => {
    const step = fc.tuple(fc.constantFrom('update', 'lookup', 'delete'), fc.nat(12));
    const check = (steps: readonly (readonly [string, number])[]): void => {
      const host = new TestHost();
      const map = host.create({ type: LRU_HASH, max: 5 });
      let list: { key: number; isReferenced: boolean }[] = [];
      for (const [action, key] of steps) {
        const known = list.find(item => item.key === key);
        if (action === 'lookup') {
          map.lookupAddress(host.key(u32(key)), 0);
          if (known !== undefined) known.isReferenced = true;
        } else if (action === 'delete') {
          expect(map.deleteAt(host.key(u32(key)))).toBe(known === undefined ? -2 : 0);
          list = list.filter(item => item !== known);
        } else {
          expect(map.updateFrom(host.key(u32(key)), host.value(u32(key)), 0, 0)).toBe(0);
          list = list.filter(item => item !== known);
          while (list.length === 5) {
            const oldest = list.shift()!;
            if (oldest.isReferenced) list.push({ key: oldest.key, isReferenced: false });
          }
          list.push({ key, isReferenced: known !== undefined });
        }
        expect(keysOf(map)).toEqual(list.map(item => item.key).sort((a, b) => a - b));
      }
    };
    fc.assert(fc.property(fc.array(step, { maxLength: 80 }), check), { numRuns: 60 });
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
