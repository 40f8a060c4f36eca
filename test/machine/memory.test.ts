// The linear memory, and the table of what programs may touch of it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MachineMemory } from '../../src/machine/memory.js';
import { type Region, Regions } from '../../src/machine/regions.js';

describe('MachineMemory', () => {
  it('hands out aligned zero bytes above page 0 that do not overlap', () => {
    const memory = new MachineMemory();
    const rows = fc.array(
      fc.record({ size: fc.integer({ min: 1, max: 5000 }), power: fc.integer({ min: 0, max: 12 }) }),
    );
    fc.assert(
      fc.property(rows, requests => {
        let last = memory.usedBytes;
        for (const { size, power } of requests) {
          const address = memory.allocate(size, 2 ** power, 'test');
          expect(address % 2 ** power).toBe(0);
          expect(address).toBeGreaterThanOrEqual(Math.max(last, 65536));
          last = address + size;
        }
      }),
    );
  });

  it('keeps contents when it grows', () => {
    const memory = new MachineMemory();
    const first = memory.allocate(8, 8, 'first');
    memory.view.setBigUint64(first, 0x123456789abcdef0n, true);
    memory.allocate(64 * 1024 * 1024, 8, 'large');
    expect(memory.view.getBigUint64(first, true)).toBe(0x123456789abcdef0n);
  });

  it('says what does not fit into 4 GiB', () => {
    const memory = new MachineMemory();
    expect(() => memory.allocate(2 ** 32, 8, 'map flows')).toThrow(
      /^map flows: 4294967296 bytes do not fit in the 4 GiB of simulated memory \(\d+ bytes in use\)$/,
    );
  });
});

describe('Regions', () => {
  const region = (start: number, end: number, changes: Partial<Region> = {}): Region => ({
    start,
    end,
    strideBytes: 0,
    elementBytes: end - start,
    isWritable: true,
    label: 'test',
    ...changes,
  });

  it('allow what lies inside one region', () => {
    const regions = new Regions();
    regions.add(region(100, 200));
    regions.add(region(200, 300, { isWritable: false }));
    const allowed = [
      regions.allows(100, 100, true),
      regions.allows(99, 1, false),
      regions.allows(199, 2, false),
      regions.allows(250, 8, false),
      regions.allows(250, 8, true),
      regions.allows(300, 1, false),
    ];
    expect(allowed).toEqual([true, false, false, true, false, false]);
  });

  it('keep accesses inside one element', () => {
    const regions = new Regions();
    regions.add(region(1000, 1064, { strideBytes: 16, elementBytes: 12 }));
    const allowed = [regions.allows(1016, 12, true), regions.allows(1024, 8, true), regions.allows(1028, 1, true)];
    expect(allowed).toEqual([true, false, false]);
  });

  it('forget what is removed', () => {
    const regions = new Regions();
    const removed = region(100, 200);
    regions.add(removed);
    expect(regions.allows(150, 1, false)).toBe(true);
    regions.remove(removed);
    expect(regions.allows(150, 1, false)).toBe(false);
  });

  it('find what a search from the start finds, in any order of adding', () => {
    const starts = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { maxLength: 30 });
    fc.assert(
      fc.property(starts, fc.array(fc.integer({ min: 0, max: 6000 })), (tens, addresses) => {
        const regions = new Regions();
        const all = tens.map(ten => region(10 * ten, 10 * ten + 7));
        for (const item of all) regions.add(item);
        for (const address of addresses) {
          expect(regions.find(address)).toBe(all.find(item => address >= item.start && address < item.end));
        }
      }),
    );
  });
});
