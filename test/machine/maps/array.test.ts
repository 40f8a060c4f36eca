// ARRAY and PERCPU_ARRAY.
import { describe, expect, it } from 'vitest';
import { TestHost, u32 } from './host.js';

const ARRAY = 2;
const PERCPU_ARRAY = 6;

describe('ARRAY', () => {
  it('is zero-filled, and the address that a program gets is where user space reads', () => {
    const host = new TestHost();
    const map = host.create({ type: ARRAY, value: 5, max: 3 });
    expect(map.lookup(u32(2))).toEqual([new Uint8Array(5)]);
    const address = map.lookupAddress(host.key(u32(2)), 0);
    host.memory.bytes[address + 4] = 7;
    expect(map.lookup(u32(2))).toEqual([Uint8Array.of(0, 0, 0, 0, 7)]);
  });

  const rows = [
    { name: 'updates an index', index: 1, flags: 0, result: 0 },
    { name: 'updates an index that exists with BPF_EXIST', index: 1, flags: 2, result: 0 },
    { name: 'refuses BPF_NOEXIST with EEXIST', index: 1, flags: 1, result: -17 },
    { name: 'refuses an index past the end with E2BIG', index: 3, flags: 0, result: -7 },
    { name: 'refuses unknown flags with EINVAL', index: 1, flags: 3, result: -22 },
    { name: 'refuses BPF_F_LOCK without a lock with EINVAL', index: 1, flags: 4, result: -22 },
  ];
  for (const { name, index, flags, result } of rows) {
    it(`${name}, on both sides`, () => {
      const host = new TestHost();
      const map = host.create({ type: ARRAY, max: 3 });
      expect(map.update(u32(index), [u32(9)], flags)).toBe(result);
      expect(map.updateFrom(host.key(u32(index)), host.value(u32(9)), flags, 0)).toBe(result);
      expect(map.lookup(u32(1))).toEqual([u32(result === 0 ? 9 : 0)]);
    });
  }

  it('has nothing past the end and refuses deletion', () => {
    const host = new TestHost();
    const map = host.create({ type: ARRAY, max: 3 });
    expect(map.lookup(u32(3))).toBeUndefined();
    expect(map.lookupAddress(host.key(u32(0xffffffff)), 0)).toBe(0);
    expect(map.delete(u32(0))).toBe(-22);
  });

  it('lets programs touch values but not the padding behind them', () => {
    const host = new TestHost();
    const map = host.create({ type: ARRAY, value: 5, max: 3 });
    const address = map.lookupAddress(host.key(u32(1)), 0);
    expect(host.regions.allows(address, 5, true)).toBe(true);
    expect(host.regions.allows(address + 1, 5, false)).toBe(false);
    expect(host.regions.allows(address + 8, 5, true)).toBe(true);
    expect(host.regions.allows(address + 16, 1, false)).toBe(false);
  });

  it('is read-only for programs with BPF_F_RDONLY_PROG', () => {
    const host = new TestHost();
    const map = host.create({ type: ARRAY, flags: 0x80 });
    const address = map.lookupAddress(host.key(u32(1)), 0);
    expect(host.regions.allows(address, 4, false)).toBe(true);
    expect(host.regions.allows(address, 4, true)).toBe(false);
  });

  it('takes no user writes once frozen', () => {
    const host = new TestHost();
    const map = host.create({ type: ARRAY });
    expect(map.freeze()).toBe(0);
    expect([map.update(u32(0), [u32(1)], 0), map.delete(u32(0)), map.freeze()]).toEqual([-1, -1, -1]);
    expect(map.updateFrom(host.key(u32(0)), host.value(u32(1)), 0, 0)).toBe(0);
    expect(map.lookup(u32(0))).toEqual([u32(1)]);
  });

  it('with fifty million entries exists at once and works to the last', () => {
    const host = new TestHost();
    const map = host.create({ type: ARRAY, value: 8, max: 50_000_000 });
    const address = map.lookupAddress(host.key(u32(49_999_999)), 0);
    host.memory.view.setUint32(address, 77, true);
    expect(map.lookup(u32(49_999_999))![0]![0]).toBe(77);
    expect(map.size).toBe(50_000_000);
    expect(() => map.entries()).toThrow('map sample: 50000000 entries are too many to list');
  });

  it('beyond a gigabyte comes in pages that exist when touched', () => {
    const host = new TestHost();
    const map = host.create({ type: ARRAY, value: 100, max: 100_000_000 });
    const before = host.memory.usedBytes;
    expect(map.lookup(u32(99_999_999))).toEqual([new Uint8Array(100)]);
    expect(host.memory.usedBytes).toBe(before);
    const address = map.lookupAddress(host.key(u32(99_999_999)), 0);
    expect(host.regions.allows(address, 100, true)).toBe(true);
    expect(map.lookupAddress(host.key(u32(99_999_999)), 0)).toBe(address);
    expect(host.memory.usedBytes - before).toBeLessThanOrEqual(65536 + 8);
  });

  it('visits every index until told to stop', () => {
    const host = new TestHost();
    const map = host.create({ type: ARRAY, max: 4 });
    const seen: number[] = [];
    const visited = map.forEach(0, key => {
      expect(host.regions.allows(key, 4, false)).toBe(true);
      return seen.push(host.memory.view.getUint32(key, true)) === 3;
    });
    expect([visited, seen]).toEqual([3, [0, 1, 2]]);
  });
});

describe('PERCPU_ARRAY', () => {
  it('keeps a value per CPU; user space writes one for all or one each', () => {
    const host = new TestHost(3);
    const map = host.create({ type: PERCPU_ARRAY, max: 2 });
    expect(map.update(u32(1), [u32(5)], 0)).toBe(0);
    expect(map.updateFrom(host.key(u32(1)), host.value(u32(6)), 0, 2)).toBe(0);
    expect(map.lookup(u32(1))).toEqual([u32(5), u32(5), u32(6)]);
    expect(map.update(u32(1), [u32(1), u32(2), u32(3)], 0)).toBe(0);
    expect(host.bytesAt(map.lookupAddress(host.key(u32(1)), 1), 4)).toEqual(u32(2));
    expect(map.update(u32(1), [u32(1), u32(2)], 0)).toBe(-22);
  });
});
