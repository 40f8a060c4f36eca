// How fast lookups are, for whoever changes them: `npm run build && node test/machine/maps/speed.mjs`. Prints million lookups per second.
import { createMap } from '../../../dist/machine/maps/create.js';
import { MachineMemory } from '../../../dist/machine/memory.js';
import { Regions } from '../../../dist/machine/regions.js';

const ENTRIES = 16384;
const LOOKUPS = 2_000_000;

const shape = { keySizeBytes: 4, valueSizeBytes: 8, maxEntries: ENTRIES, flags: 0, extra: 0n, slots: [] };
const rows = [
  { name: 'array', spec: { ...shape, type: 2 }, key: index => [index] },
  { name: 'per-CPU array', spec: { ...shape, type: 6 }, key: index => [index] },
  { name: 'hash, key 4', spec: { ...shape, type: 1 }, key: index => [Math.imul(index, 2654435761)] },
  {
    name: 'hash, key 16',
    spec: { ...shape, type: 1, keySizeBytes: 16 },
    key: index => [0x20010db8, index, 7, index * 3],
  },
  { name: 'LRU hash, key 4', spec: { ...shape, type: 9 }, key: index => [Math.imul(index, 2654435761)] },
  {
    name: 'LPM, IPv4',
    spec: { ...shape, type: 11, keySizeBytes: 8, flags: 1 },
    key: index => [8 + (index % 25), Math.imul(index, 2654435761)],
    ask: index => [32, Math.imul(index, 2654435761)],
  },
  {
    name: 'LPM, IPv6',
    spec: { ...shape, type: 11, keySizeBytes: 20, flags: 1 },
    key: index => [32 + (index % 33), 0xb80d0120, Math.imul(index, 2654435761), 0, 0],
    ask: index => [128, 0xb80d0120, Math.imul(index, 2654435761), 1, 1],
  },
];

const memory = new MachineMemory();
const host = { memory, regions: new Regions(), cpuCount: 1, mapById() {}, programById() {}, hasInterface: () => true };

for (const { name, spec, key, ask = key } of rows) {
  const map = createMap(host, { ...spec, name }, 1);
  const keyBytes = spec.keySizeBytes;
  const value = new Uint8Array(8);
  for (let index = 0; index < ENTRIES; index++) {
    map.update(new Uint8Array(Uint32Array.from(key(index)).buffer), [value], 0);
  }
  const keys = memory.allocate(keyBytes * ENTRIES, 8, 'keys');
  for (let index = 0; index < ENTRIES; index++)
    memory.u32.set(ask((index * 7919) % ENTRIES), (keys + index * keyBytes) / 4);
  let found = 0;
  const run = lookups => {
    for (let at = 0; at < lookups; at++) if (map.lookupAddress(keys + (at % ENTRIES) * keyBytes, 0) !== 0) found++;
  };
  run(LOOKUPS / 4);
  const start = performance.now();
  run(LOOKUPS);
  const milliseconds = performance.now() - start;
  console.log(name.padEnd(16), (LOOKUPS / milliseconds / 1000).toFixed(1).padStart(7), map.size, found);
}
