// QUEUE, STACK and BLOOM_FILTER.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAP_TYPES } from '../../../src/platform/map-types.js';
import { TestHost, u32 } from './host.js';

const KINDS = [
  { name: 'QUEUE', type: MAP_TYPES.queue.id, isStack: false },
  { name: 'STACK', type: MAP_TYPES.stack.id, isStack: true },
] as const;

for (const { name, type, isStack } of KINDS) {
  describe(name, () => {
    it('agrees with a JavaScript array over random operations', () => {
      const step = fc.tuple(fc.constantFrom('push', 'pop', 'peek'), fc.nat(1000), fc.constantFrom(0, 0, 2, 1, 3));
      const check = (steps: readonly (readonly [string, number, number])[]): void => {
        const host = new TestHost();
        const map = host.create({ type, key: 0, max: 4 });
        const list: number[] = [];
        for (const [action, value, flags] of steps) {
          if (action === 'push') {
            const expected = flags % 2 === 1 ? -22 : list.length === 4 && flags === 0 ? -7 : 0;
            expect(map.push(host.value(u32(value)), flags)).toBe(expected);
            if (expected === 0 && list.push(value) > 4) list.shift();
            continue;
          }
          const at = host.value(u32(0xffffffff));
          const expected = isStack ? list.at(-1) : list[0];
          expect(action === 'pop' ? map.pop(at) : map.peek(at)).toBe(expected === undefined ? -2 : 0);
          expect(host.bytesAt(at, 4)).toEqual(u32(expected ?? 0));
          if (action === 'pop') isStack ? list.pop() : list.shift();
        }
        expect(map.size).toBe(list.length);
        const order = isStack ? [...list].reverse() : list;
        expect(map.entries().map(entry => entry.values[0])).toEqual(order.map(value => u32(value)));
      };
      fc.assert(fc.property(fc.array(step, { maxLength: 60 }), check), { numRuns: 60 });
    });

    it('has no lookup, update or delete for programs, and user space peeks by lookup', () => {
      const host = new TestHost();
      const map = host.create({ type, key: 0 });
      expect(map.update(new Uint8Array(0), [u32(5)], 0)).toBe(0);
      expect(map.lookup(new Uint8Array(0))).toEqual([u32(5)]);
      expect(map.lookupAddress(host.key(u32(0)), 0)).toBe(0);
      expect(map.updateFrom(host.key(u32(0)), host.value(u32(0)), 0, 0)).toBe(-95);
      expect(map.delete(new Uint8Array(0))).toBe(-22);
      expect(map.forEach(0, () => false)).toBe(-22);
    });
  });
}

describe('BLOOM_FILTER', () => {
  it('never misses what was pushed, and mostly misses what was not', () => {
    const host = new TestHost();
    const map = host.create({ type: MAP_TYPES.bloom_filter.id, key: 0, max: 1000 });
    for (let at = 0; at < 1000; at++) expect(map.push(host.value(u32(at)), 0)).toBe(0);
    const peeks = Array.from({ length: 11_000 }, (_, at) => map.peek(host.value(u32(at))));
    expect(peeks.slice(0, 1000).every(result => result === 0)).toBe(true);
    expect(peeks.slice(1000).every(result => result === 0 || result === -2)).toBe(true);
    expect(peeks.slice(1000).filter(result => result === 0).length).toBeLessThan(1000);
  });

  it('takes map_extra hash functions up to 15, no flags, and no pop', () => {
    const host = new TestHost();
    const map = host.create({ type: MAP_TYPES.bloom_filter.id, key: 0, max: 10, extra: 15n });
    expect(map.push(host.value(u32(1)), 2)).toBe(-22);
    expect(map.pop(host.value(u32(1)))).toBe(-95);
    expect(() => host.create({ type: MAP_TYPES.bloom_filter.id, key: 0, max: 10, extra: 16n })).toThrow('map_extra 16');
  });
});
