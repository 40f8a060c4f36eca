// HASH and PERCPU_HASH: flags, growth under held pointers, and a model.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BpfMap } from '../../../src/machine/map.js';
import { MAP_TYPES } from '../../../src/platform/map-types.js';
import { toHex } from '../../../src/support/bytes.js';
import { TestHost, u32 } from './host.js';

const HASH = MAP_TYPES.hash.id;
const PERCPU_HASH = MAP_TYPES.percpu_hash.id;
const NO_PREALLOC = 1;

describe('HASH', () => {
  for (const flags of [0, NO_PREALLOC]) {
    it(`answers update flags and a full map as Linux does, on both sides (flags ${flags})`, () => {
      const host = new TestHost();
      const map = host.create({ type: HASH, max: 2, flags });
      const rows: [key: number, flags: number, result: number][] = [
        [1, 2, -2],
        [1, 1, 0],
        [1, 1, -17],
        [1, 3, -22],
        [1, 4, -22],
        [2, 0, 0],
        [3, 0, -7],
        [2, 2, 0],
      ];
      const program = host.create({ type: HASH, max: 2, flags });
      for (const [key, updateFlags, result] of rows) {
        expect(map.update(u32(key), [u32(key)], updateFlags)).toBe(result);
        expect(program.updateFrom(host.key(u32(key)), host.value(u32(key)), updateFlags, 0)).toBe(result);
      }
      expect([map.delete(u32(1)), map.delete(u32(1)), map.size]).toEqual([0, -2, 1]);
    });
  }

  it('keeps elements where they are while the table doubles ten times', () => {
    const host = new TestHost();
    const map = host.create({ type: HASH, max: 100_000 });
    const addresses: number[] = [];
    for (let key = 0; key < 16_384; key++) {
      map.updateFrom(host.key(u32(key)), host.value(u32(key * 3)), 0, 0);
      addresses.push(map.lookupAddress(host.key(u32(key)), 0));
    }
    const moved = addresses.filter((address, key) => map.lookupAddress(host.key(u32(key)), 0) !== address);
    const wrong = addresses.filter((address, key) => host.memory.view.getUint32(address, true) !== key * 3);
    expect([moved, wrong]).toEqual([[], []]);
  });

  it('shows the old value to a program that holds it while the key is updated', () => {
    const host = new TestHost();
    const map = host.create({ type: HASH });
    map.update(u32(1), [u32(10)], 0);
    const held = map.lookupAddress(host.key(u32(1)), 0);
    map.updateFrom(host.key(u32(1)), host.value(u32(11)), 0, 0);
    expect(host.bytesAt(held, 4)).toEqual(u32(10));
    expect(map.lookup(u32(1))).toEqual([u32(11)]);
  });

  it('uses the memory of deleted elements again', () => {
    const host = new TestHost();
    const map = host.create({ type: HASH, max: 1000 });
    const churn = (): void => {
      for (let key = 0; key < 1000; key++) map.update(u32(key), [u32(key)], 0);
      for (let key = 0; key < 1000; key++) map.delete(u32(key));
    };
    churn();
    const used = host.memory.usedBytes;
    churn();
    expect(host.memory.usedBytes).toBe(used);
  });

  it('with ten million max_entries takes room for what it holds', () => {
    const host = new TestHost();
    const before = host.memory.usedBytes;
    const map = host.create({ type: HASH, key: 16, value: 64, max: 10_000_000 });
    for (let key = 0; key < 100; key++) map.update(u32(key, 0, 0, key), [new Uint8Array(64)], 0);
    expect(host.memory.usedBytes - before).toBeLessThan(64 * 1024);
  });

  it('lets programs touch exactly the value', () => {
    const host = new TestHost();
    const map = host.create({ type: HASH, value: 5 });
    for (let key = 0; key < 4; key++) map.update(u32(key), [new Uint8Array(5)], 0);
    for (let key = 0; key < 4; key++) {
      const address = map.lookupAddress(host.key(u32(key)), 0);
      expect(host.regions.allows(address, 5, true)).toBe(true);
      expect(host.regions.allows(address - 1, 1, false)).toBe(false);
      expect(host.regions.allows(address + 5, 1, false)).toBe(false);
    }
  });

  it('visits entries while the visitor deletes them', () => {
    const host = new TestHost();
    const map = host.create({ type: HASH, max: 50 });
    for (let key = 0; key < 50; key++) map.update(u32(key), [u32(key)], 0);
    const visited = map.forEach(0, (key, value) => {
      expect(host.bytesAt(key, 4)).toEqual(host.bytesAt(value, 4));
      const next = (host.memory.view.getUint32(key, true) ^ 1) >>> 0;
      map.deleteAt(host.key(u32(next)));
      return false;
    });
    expect([visited, map.size]).toEqual([25, 25]);
  });

  it('refuses keys and values of another size with EINVAL', () => {
    const map = new TestHost().create({ type: HASH });
    expect(map.update(u32(1, 2), [u32(1)], 0)).toBe(-22);
    expect(map.update(u32(1), [u32(1, 2)], 0)).toBe(-22);
    expect(map.update(u32(1), [u32(1), u32(1)], 0)).toBe(-22);
    expect(map.delete(new Uint8Array(3))).toBe(-22);
    expect(map.lookup(new Uint8Array(3))).toBeUndefined();
  });
});

describe('PERCPU_HASH', () => {
  it('gives a new entry of a program zeroes on the other CPUs, also where an old entry was', () => {
    const host = new TestHost(2);
    const map = host.create({ type: PERCPU_HASH, max: 1 });
    map.update(u32(1), [u32(7), u32(8)], 0);
    map.delete(u32(1));
    map.updateFrom(host.key(u32(2)), host.value(u32(9)), 0, 1);
    expect(map.lookup(u32(2))).toEqual([u32(0), u32(9)]);
  });

  it('writes an existing entry in place, for the CPU of the program only', () => {
    const host = new TestHost(2);
    const map = host.create({ type: PERCPU_HASH });
    map.update(u32(1), [u32(7)], 0);
    const held = map.lookupAddress(host.key(u32(1)), 1);
    map.updateFrom(host.key(u32(1)), host.value(u32(9)), 0, 1);
    expect(host.bytesAt(held, 4)).toEqual(u32(9));
    expect(map.lookup(u32(1))).toEqual([u32(7), u32(9)]);
    expect(host.regions.allows(held, 4, true)).toBe(true);
    expect(host.regions.allows(held, 5, true)).toBe(false);
  });
});

type Step = readonly [action: 'update' | 'delete' | 'lookup', key: Uint8Array, value: Uint8Array, flags: number];

/** What a map of `max` entries does, in JavaScript's own. */
class Model {
  readonly entries = new Map<string, Uint8Array>();
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  update(key: string, value: Uint8Array, flags: number): number {
    if (flags > 2) return -22;
    if (flags === 1 && this.entries.has(key)) return -17;
    if (flags === 2 && !this.entries.has(key)) return -2;
    if (!this.entries.has(key) && this.entries.size === this.max) return -7;
    this.entries.set(key, value);
    return 0;
  }
}

function lookupHex(host: TestHost, map: BpfMap, key: Uint8Array, valueBytes: number): string | undefined {
  const address = map.lookupAddress(host.key(key), 0);
  return address === 0 ? undefined : toHex(host.bytesAt(address, valueBytes));
}

describe('HASH by a model', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length, max: 3 });

  for (const { key, value, max, flags } of [
    { key: 1, value: 1, max: 3, flags: 0 },
    { key: 3, value: 9, max: 20, flags: NO_PREALLOC },
    { key: 4, value: 4, max: 1000, flags: 0 },
    { key: 21, value: 3, max: 30, flags: 0 },
  ]) {
    it(`holds for keys of ${key} and values of ${value} bytes`, () => {
      const step = fc.tuple(
        fc.constantFrom('update' as const, 'delete' as const, 'lookup' as const),
        bytes(key),
        bytes(value),
        fc.nat(3),
      );
      const check = (steps: readonly Step[]): void => {
        const host = new TestHost();
        const map = host.create({ type: HASH, key, value, max, flags });
        const model = new Model(max);
        for (const [action, keyBytes, valueBytes, updateFlags] of steps) {
          const name = toHex(keyBytes);
          if (action === 'update') {
            const result = map.updateFrom(host.key(keyBytes), host.value(valueBytes), updateFlags, 0);
            expect(result).toBe(model.update(name, valueBytes, updateFlags));
          } else if (action === 'delete') {
            expect(map.deleteAt(host.key(keyBytes))).toBe(model.entries.delete(name) ? 0 : -2);
          } else {
            const known = model.entries.get(name);
            expect(lookupHex(host, map, keyBytes, value)).toBe(known === undefined ? undefined : toHex(known));
          }
        }
        const expected = [...model.entries].map(([name, held]) => [name, toHex(held)]).sort();
        expect(map.entries().map(entry => [toHex(entry.key), toHex(entry.values[0]!)])).toEqual(expected);
        expect(map.size).toBe(model.entries.size);
      };
      fc.assert(fc.property(fc.array(step, { maxLength: 120 }), check), { numRuns: 60 });
    });
  }
});
