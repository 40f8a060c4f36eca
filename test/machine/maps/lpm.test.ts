// LPM_TRIE against a list that is searched from end to end.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAP_TYPES } from '../../../src/platform/map-types.js';
import { toHex } from '../../../src/support/bytes.js';
import { TestHost, u32 } from './host.js';
import { Random } from './random.js';

const LPM_TRIE = MAP_TYPES.lpm_trie.id;
const NO_PREALLOC = 1;

function prefix(length: number, ...data: number[]): Uint8Array {
  return Uint8Array.from([...u32(length), ...data]);
}

function create(host: TestHost, dataBytes: number, max = 1000) {
  return host.create({ type: LPM_TRIE, key: 4 + dataBytes, value: 4, max, flags: NO_PREALLOC });
}

describe('LPM_TRIE', () => {
  it('finds the longest prefix, and none for a shorter one than it has', () => {
    const map = create(new TestHost(), 4);
    map.update(prefix(8, 10, 0, 0, 0), [u32(8)], 0);
    map.update(prefix(24, 10, 1, 2, 0), [u32(24)], 0);
    map.update(prefix(16, 10, 1, 0, 0), [u32(16)], 0);
    const rows: [Uint8Array, number | undefined][] = [
      [prefix(32, 10, 1, 2, 3), 24],
      [prefix(32, 10, 1, 3, 3), 16],
      [prefix(32, 10, 2, 2, 3), 8],
      [prefix(32, 11, 1, 2, 3), undefined],
      [prefix(20, 10, 1, 2, 3), 16],
      [prefix(7, 10, 1, 2, 3), undefined],
      [prefix(33, 10, 1, 2, 3), undefined],
    ];
    for (const [key, value] of rows) expect(map.lookup(key)).toEqual(value === undefined ? undefined : [u32(value)]);
  });

  it('answers flags, lengths and a full trie as Linux does', () => {
    const map = create(new TestHost(), 4, 2);
    const results = [
      map.update(prefix(33, 1, 1, 1, 1), [u32(0)], 0),
      map.update(prefix(8, 1, 1, 1, 1), [u32(0)], 2),
      map.update(prefix(8, 1, 1, 1, 1), [u32(0)], 0),
      map.update(prefix(8, 1, 9, 9, 9), [u32(0)], 1),
      map.update(prefix(8, 2, 0, 0, 0), [u32(0)], 0),
      map.update(prefix(8, 3, 0, 0, 0), [u32(0)], 0),
      map.update(prefix(8, 3, 0, 0, 0), [u32(0)], 3),
      map.delete(prefix(7, 1, 0, 0, 0)),
      map.delete(prefix(33, 1, 0, 0, 0)),
      map.delete(prefix(8, 1, 0, 0, 0)),
    ];
    expect(results).toEqual([-22, -2, 0, -17, 0, -28, -22, -2, -22, 0]);
  });

  it('keeps the bits behind the prefix as they were given', () => {
    const map = create(new TestHost(), 3);
    map.update(prefix(8, 10, 1, 2), [u32(1)], 0);
    expect(map.entries()[0]!.key).toEqual(prefix(8, 10, 1, 2));
    map.update(prefix(8, 10, 3, 4), [u32(2)], 0);
    expect(map.entries().map(entry => entry.key)).toEqual([prefix(8, 10, 3, 4)]);
  });

  it('frees every node when all prefixes are deleted', () => {
    const host = new TestHost();
    const map = create(host, 4);
    const churn = (): void => {
      for (let at = 0; at < 500; at++) map.update(prefix(32, at & 3, at, 7 * at, 1), [u32(at)], 0);
      for (let at = 0; at < 500; at++) map.delete(prefix(32, at & 3, at, 7 * at, 1));
      expect(map.size).toBe(0);
    };
    churn();
    churn();
    const used = host.memory.usedBytes;
    churn();
    expect(host.memory.usedBytes).toBe(used);
  });

  it('keeps addresses and lets programs touch exactly the value', () => {
    const host = new TestHost();
    const map = create(host, 16, 5000);
    const key = (at: number): Uint8Array => prefix(64, 1, 2, 3, 4, at >> 8, at, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    map.update(key(0), [u32(77)], 0);
    const held = map.lookupAddress(host.key(key(0)), 0);
    for (let at = 1; at < 3000; at++) map.update(key(at), [u32(at)], 0);
    expect(map.lookupAddress(host.key(key(0)), 0)).toBe(held);
    expect(host.bytesAt(held, 4)).toEqual(u32(77));
    expect([host.regions.allows(held, 4, true), host.regions.allows(held, 5, false)]).toEqual([true, false]);
    expect(host.regions.allows(held - 1, 1, false)).toBe(false);
  });

  it('agrees with a linear search beyond the size from which on it has an index', () => {
    const random = new Random(7);
    const host = new TestHost();
    const map = create(host, 4, 100_000);
    const list = new Map<string, number>();
    const address = (): number[] => [random.below(6) * 43, random.below(256), random.below(256), random.below(4)];
    for (let step = 0; step < 6000; step++) {
      const data = address();
      const bits = random.below(8) === 0 ? random.below(17) : random.below(33);
      const name = bitText(Uint8Array.from(data)).slice(0, bits);
      const key = prefix(bits, ...data);
      if (step < 300 || random.below(3) === 0) {
        map.update(key, [u32(step)], 0);
        list.set(name, step);
      } else if (random.below(2) === 0) {
        const names = [...list.keys()];
        const victim = names[random.below(names.length)]!;
        expect(map.delete(prefix(victim.length, ...bytesOf(victim)))).toBe(0);
        list.delete(victim);
      } else {
        const found = map.lookup(key);
        const expected = longest(list, name);
        expect(found).toEqual(expected === undefined ? undefined : [u32(expected)]);
      }
    }
    expect(map.size).toBe(list.size);
  });

  for (const dataBytes of [1, 3, 4, 6, 16, 100, 256]) {
    it(`agrees with a linear search for ${dataBytes} data bytes`, () => {
      const length = fc.oneof(fc.nat(8 * dataBytes), fc.nat(Math.min(12, 8 * dataBytes)));
      const data = fc.uint8Array({ minLength: dataBytes, maxLength: dataBytes, max: 3 });
      const step = fc.tuple(fc.constantFrom('update', 'delete', 'lookup'), length, data, fc.nat(1000));
      const check = (steps: readonly (readonly [string, number, Uint8Array, number])[]): void => {
        const host = new TestHost();
        const map = create(host, dataBytes);
        const list = new Map<string, number>();
        for (const [action, bits, bytes, value] of steps) {
          const key = Uint8Array.from([...u32(bits), ...bytes]);
          const name = bitText(bytes).slice(0, bits);
          if (action === 'update') {
            expect(map.updateFrom(host.key(key), host.value(u32(value)), 0, 0)).toBe(0);
            list.set(name, value);
          } else if (action === 'delete') {
            expect(map.deleteAt(host.key(key))).toBe(list.delete(name) ? 0 : -2);
          } else {
            const address = map.lookupAddress(host.key(key), 0);
            const found = address === 0 ? undefined : host.memory.view.getUint32(address, true);
            expect(found).toBe(longest(list, name));
          }
        }
        const names = map
          .entries()
          .map(entry => bitText(entry.key.subarray(4)).slice(0, entry.key[0]! + 256 * entry.key[1]!));
        expect(names.sort()).toEqual([...list.keys()].sort());
      };
      fc.assert(fc.property(fc.array(step, { maxLength: 60 }), check), { numRuns: dataBytes > 16 ? 12 : 50 });
    });
  }
});

function bytesOf(bits: string): number[] {
  return [0, 8, 16, 24].map(at => Number.parseInt(bits.slice(at, at + 8).padEnd(8, '0'), 2));
}

function longest(list: ReadonlyMap<string, number>, name: string): number | undefined {
  for (let length = name.length; length >= 0; length--) {
    const value = list.get(name.slice(0, length));
    if (value !== undefined) return value;
  }
  return undefined;
}

function bitText(bytes: Uint8Array): string {
  return [...toHex(bytes)].map(digit => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
}
