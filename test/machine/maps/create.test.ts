// BPF_MAP_CREATE: what is refused, and that whatever a file asks for gives a map or an InputError.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAP_TYPES, type MapTypeName } from '../../../src/platform/map-types.js';
import { InputError } from '../../../src/support/errors.js';
import { type SpecFields, specOf, TestHost, u32 } from './host.js';

const id = (name: MapTypeName): number => MAP_TYPES[name].id;

describe('createMap', () => {
  const refused: { fields: SpecFields; message: string }[] = [
    { fields: { type: id('array'), key: 8 }, message: 'map sample: key size 8 is not 4 (EINVAL)' },
    { fields: { type: id('array'), max: 0 }, message: 'map sample: max_entries is 0 (EINVAL)' },
    { fields: { type: id('lpm_trie'), key: 8 }, message: 'BPF_F_NO_PREALLOC: missing, lpm_trie maps need it (EINVAL)' },
    { fields: { type: id('lru_hash'), flags: 1 }, message: '(ENOTSUPP)' },
    { fields: { type: id('percpu_hash'), value: 32769 }, message: '(E2BIG)' },
    { fields: { type: id('array_of_maps') }, message: 'array_of_maps maps need an inner map (EINVAL)' },
    { fields: { type: 99 }, message: 'Linux 6.18 has no map type 99 (EINVAL)' },
    {
      fields: { type: id('arena'), key: 0, value: 0, flags: 1 << 10 },
      message: 'map sample: maps of type arena are not supported',
    },
  ];
  for (const { fields, message } of refused) {
    it(`refuses with: ${message}`, () => {
      const attempt = (): unknown => new TestHost().create(fields);
      expect(attempt).toThrow(InputError);
      expect(attempt).toThrow(message);
    });
  }

  it('says that 4 GiB do not suffice, instead of trying', () => {
    const host = new TestHost();
    const array = host.create({ type: id('array'), value: 0x7fffffff, max: 3 });
    expect(() => array.lookupAddress(host.key(u32(0)), 0)).toThrow('do not fit in the 4 GiB');
    const ring = (): unknown => new TestHost().create({ type: id('ringbuf'), key: 0, value: 0, max: 2 ** 31 });
    expect(ring).toThrow('do not fit in the 4 GiB');
  });

  it.each<MapTypeName>([
    'hash',
    'array',
    'lru_hash',
    'lpm_trie',
    'devmap',
    'devmap_hash',
    'xskmap',
    'sockhash',
    'stack_trace',
  ])('takes no room for the 2^31 entries that a map of type %s might hold', name => {
    const host = new TestHost(256);
    const flags = name === 'lpm_trie' ? 1 : 0;
    const key = name === 'lpm_trie' ? 8 : 4;
    host.create({ type: id(name), key, value: name === 'stack_trace' ? 8 : 4, max: 2 ** 31, flags });
    expect(host.memory.usedBytes).toBeLessThan(2 ** 25);
  });

  it('starts every descriptor with type, id, sizes and flags', () => {
    const host = new TestHost();
    host.create({ type: id('array') });
    const map = host.create({ type: id('hash'), key: 12, value: 5, max: 77, flags: 1 });
    const words = Array.from(host.memory.u32.subarray(map.address / 4, map.address / 4 + 8));
    expect(words).toEqual([id('hash'), 2, 12, 5, 77, 1, 8, 2]);
    expect(host.regions.find(map.address)).toBeUndefined();
  });

  it('gives a map or an InputError for any numbers a file may hold', () => {
    const number = fc.oneof(fc.nat(70), fc.constantFrom(4096, 65536, 2 ** 31, 2 ** 32 - 1), fc.nat(2 ** 32 - 1));
    const arbitrary = fc.record({
      type: fc.nat(36),
      key: fc.oneof(fc.constantFrom(0, 4, 8), number),
      value: fc.oneof(fc.constantFrom(0, 4, 8), number),
      max: number,
      flags: fc.oneof(fc.constantFrom(0, 1), fc.nat(2 ** 16)),
    });
    const check = (fields: SpecFields): void => {
      const host = new TestHost();
      try {
        const map = host.create({ ...fields, inner: specOf({ type: id('hash') }) });
        const key = new Uint8Array(map.spec.keySizeBytes);
        map.lookup(key);
        expect(map.update(key, [u32(0)], 0)).toBeLessThanOrEqual(0);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    };
    fc.assert(fc.property(arbitrary, check), { numRuns: 200 });
  });
});
