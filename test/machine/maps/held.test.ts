// What a program sees through a pointer to a value that was updated or deleted meanwhile. The expected values are what a program doing the same
// returned on Linux 6.18.
import { expect, it } from 'vitest';
import { MAP_TYPES } from '../../../src/platform/map-types.js';
import { TestHost, u32 } from './host.js';

const NO_PREALLOC = 1;

const rows = [
  { name: 'HASH swaps with its spare element', type: MAP_TYPES.hash.id, flags: 0, seen: [1, 1, 4, 3, 5] },
  { name: 'HASH without preallocation', type: MAP_TYPES.hash.id, flags: NO_PREALLOC, seen: [1, 3, 3, 3, 5] },
  { name: 'LRU_HASH', type: MAP_TYPES.lru_hash.id, flags: 0, seen: [1, 3, 3, 3, 5] },
  { name: 'LPM_TRIE waits', type: MAP_TYPES.lpm_trie.id, flags: NO_PREALLOC, seen: [1, 1, 1, 3, 3] },
];

for (const { name, type, flags, seen } of rows) {
  it(`${name}: memory is used again as on Linux`, () => {
    const isTrie = type === MAP_TYPES.lpm_trie.id;
    const host = new TestHost();
    const map = host.create({ type, flags, key: isTrie ? 8 : 4, max: 64 });
    const key = (number: number): Uint8Array => (isTrie ? u32(32, number) : u32(number));
    const update = (number: number, value: number): void => {
      map.updateFrom(host.key(key(number)), host.value(u32(value)), 0, 0);
    };
    const lookup = (number: number): number => map.lookupAddress(host.key(key(number)), 0);
    const at = (address: number): number => host.memory.view.getUint32(address, true);

    update(1, 1);
    const first = lookup(1);
    const values: number[] = [];
    update(1, 2);
    values.push(at(first));
    update(2, 3);
    values.push(at(first));
    update(1, 4);
    values.push(at(first));
    const second = lookup(2);
    map.deleteAt(host.key(key(2)));
    values.push(at(second));
    update(3, 5);
    values.push(at(second));
    expect(values).toEqual(seen);
  });
}
