// ARRAY_OF_MAPS and HASH_OF_MAPS.
import { describe, expect, it } from 'vitest';
import { MAP_TYPES } from '../../../src/platform/map-types.js';
import { type SpecFields, specOf, TestHost, u32 } from './host.js';

const ARRAY = MAP_TYPES.array.id;
const HASH = MAP_TYPES.hash.id;
const INNER_MAP = 1 << 12;

for (const outer of ['array_of_maps', 'hash_of_maps'] as const) {
  describe(outer, () => {
    const { id: type } = MAP_TYPES[outer];

    it('gives programs the inner map, and user space its id', () => {
      const host = new TestHost();
      const inner = host.create({ type: HASH });
      const map = host.create({ type, inner: specOf({ type: HASH }) });
      expect(map.update(u32(1), [u32(inner.id)], 0)).toBe(0);
      expect(map.lookupAddress(host.key(u32(1)), 0)).toBe(inner.address);
      expect(map.lookupAddress(host.key(u32(0)), 0)).toBe(0);
      expect(host.regions.find(inner.address)).toBeUndefined();
      expect(map.lookup(u32(1))).toEqual([u32(inner.id)]);
      expect(map.entries()).toEqual([{ key: u32(1), values: [u32(inner.id)] }]);
      expect([map.delete(u32(1)), map.delete(u32(1)), map.size]).toEqual([0, -2, 0]);
    });

    const rows: { name: string; template: SpecFields; inner: SpecFields; result: number }[] = [
      { name: 'another type', template: { type: ARRAY }, inner: { type: HASH }, result: -22 },
      { name: 'another value size', template: { type: HASH }, inner: { type: HASH, value: 8 }, result: -22 },
      { name: 'other flags', template: { type: HASH }, inner: { type: HASH, flags: 1 }, result: -22 },
      { name: 'a hash of another size', template: { type: HASH }, inner: { type: HASH, max: 9 }, result: 0 },
      { name: 'an array of another size', template: { type: ARRAY }, inner: { type: ARRAY, max: 9 }, result: -22 },
      {
        name: 'an array of another size with BPF_F_INNER_MAP',
        template: { type: ARRAY, flags: INNER_MAP },
        inner: { type: ARRAY, max: 9, flags: INNER_MAP },
        result: 0,
      },
    ];
    for (const { name, template, inner, result } of rows) {
      it(`answers ${result} to ${name}`, () => {
        const host = new TestHost();
        const { id } = host.create(inner);
        const map = host.create({ type, inner: specOf(template) });
        expect(map.update(u32(0), [u32(id)], 0)).toBe(result);
      });
    }

    it('answers EBADF to an id that no map has, and no program can write', () => {
      const host = new TestHost();
      const map = host.create({ type, inner: specOf({ type: HASH }) });
      expect(map.update(u32(0), [u32(99)], 0)).toBe(-9);
      expect(map.updateFrom(host.key(u32(0)), host.value(u32(1)), 0, 0)).toBe(-95);
    });
  });
}
