// RINGBUF: space accounting, records across the end of the ring, and what programs may touch.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAP_TYPES } from '../../../src/platform/map-types.js';
import { TestHost } from './host.js';

const RINGBUF = MAP_TYPES.ringbuf.id;

function createRing(host = new TestHost(), max = 4096) {
  return host.create({ type: RINGBUF, key: 0, value: 0, max }).ring!;
}

describe('RINGBUF', () => {
  it('has room for records with their headers, less one byte, until user space consumes', () => {
    const ring = createRing();
    expect(ring.reserve(4096 - 8)).toBe(0);
    const first = ring.reserve(2040);
    const second = ring.reserve(2032);
    expect([first !== 0, second !== 0]).toEqual([true, true]);
    expect(ring.reserve(1)).toBe(0);
    ring.submit(first);
    expect(ring.reserve(1)).toBe(0);
    ring.consume();
    expect(ring.reserve(1)).not.toBe(0);
  });

  it('answers queries with positions', () => {
    const ring = createRing();
    ring.submit(ring.reserve(5));
    ring.discard(ring.reserve(16));
    expect([0, 1, 2, 3, 4].map(what => ring.query(what))).toEqual([40, 4096, 0, 40, 0]);
    ring.consume();
    expect([0, 1, 2, 3].map(what => ring.query(what))).toEqual([0, 4096, 40, 40]);
  });

  it('is not consumed beyond a record that is still being written', () => {
    const ring = createRing();
    const first = ring.reserve(8);
    ring.submit(ring.reserve(8));
    ring.consume();
    expect(ring.query(2)).toBe(0);
    ring.discard(first);
    ring.consume();
    expect(ring.query(2)).toBe(32);
  });

  it('shows records in the order in which they were reserved, once all before them are ended', () => {
    const ring = createRing();
    const [first, second, third] = [1, 2, 3].map(size => ring.reserve(size));
    expect([ring.submit(third!), ring.discard(second!)]).toEqual([[], []]);
    expect(ring.submit(first!)).toEqual([new Uint8Array(1), new Uint8Array(3)]);
  });

  it('writes the header that user space knows: length, busy and discarded', () => {
    const host = new TestHost();
    const ring = createRing(host);
    const record = ring.reserve(12);
    const header = (): number => host.memory.view.getUint32(record - 8, true);
    expect(header()).toBe(0x8000_000c);
    ring.discard(record);
    expect(header()).toBe(0x4000_000c);
    const next = ring.reserve(3);
    ring.submit(next);
    expect(host.memory.view.getUint32(next - 8, true)).toBe(3);
  });

  it('lets programs touch the data of a record from reservation to submission', () => {
    const host = new TestHost();
    const ring = createRing(host);
    const record = ring.reserve(12);
    expect([host.regions.allows(record, 12, true), host.regions.allows(record, 13, true)]).toEqual([true, false]);
    expect(host.regions.allows(record - 8, 4, false)).toBe(false);
    ring.submit(record);
    expect(host.regions.allows(record, 1, false)).toBe(false);
  });

  it('knows only what is reserved', () => {
    const ring = createRing();
    const record = ring.reserve(12);
    expect([ring.submit(record + 8), ring.discard(0)]).toEqual([undefined, undefined]);
    ring.submit(record);
    expect([ring.submit(record), ring.discard(record)]).toEqual([undefined, undefined]);
  });

  it('is refused to user space by ENOTSUPP, and sized in pages as libbpf does', () => {
    const map = new TestHost().create({ type: RINGBUF, key: 0, value: 0, max: 5000 });
    expect(map.spec.maxEntries).toBe(8192);
    expect(map.update(new Uint8Array(0), [new Uint8Array(0)], 0)).toBe(-524);
    expect(map.delete(new Uint8Array(0))).toBe(-524);
  });

  it('keeps the bytes of every record, wherever it lies', () => {
    const check = (sizes: readonly number[]): void => {
      const host = new TestHost();
      const ring = createRing(host);
      const open: { address: number; fill: number; size: number }[] = [];
      for (const [step, size] of sizes.entries()) {
        const address = ring.reserve(size);
        if (address !== 0) {
          host.memory.bytes.fill(step & 255, address, address + size);
          open.push({ address, fill: step & 255, size });
        }
        if (address !== 0 && open.length < 3) continue;
        for (const record of open.splice(0)) {
          expect(ring.submit(record.address)).toEqual([new Uint8Array(record.size).fill(record.fill)]);
        }
        ring.consume();
        expect(ring.query(0)).toBe(0);
      }
    };
    fc.assert(fc.property(fc.array(fc.nat(2000), { maxLength: 60 }), check), { numRuns: 20 });
  });
});
