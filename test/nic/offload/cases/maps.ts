// Cases of the offload check: maps.
import type { TestProgram } from '../../../support/offload-object.js';
import { EBPF, event, LOWER_32, lookup, PASS, type RuleCase, STACK_DATA } from './build.js';

/** An object with so many maps, which the program all refers to. */
const manyMaps = (count: number): TestProgram => ({
  code: `${Array.from({ length: count }, (_, at) => `r1 = map[m${at}]`).join('; ')}; r0 = 2; exit`,
  maps: Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, {}])),
});

/** Maps. */
export const MAPS: readonly RuleCase[] = [
  {
    rule: 'mapCreate',
    breaks: { code: lookup(''), maps: { m: { key: 8 } } },
    meets: { code: lookup(''), maps: { m: { key: 4 } } },
  },
  {
    rule: 'mapTypeCore',
    breaks: { code: lookup(''), maps: { m: { type: 'percpu_array' } } },
    meets: { code: lookup(''), maps: { m: { type: 'array' } } },
  },
  ...(
    [
      ['devmap', { type: 'devmap', value: 4 }],
      ['cpumap', { type: 'cpumap', value: 4 }],
      ['xskmap', { type: 'xskmap', value: 4 }],
      ['lpm_trie', { type: 'lpm_trie', key: 8, flags: 1 }],
      ['lru_hash', { type: 'lru_hash' }],
      ['percpu_hash', { type: 'percpu_hash' }],
      ['array_of_maps', { type: 'array_of_maps', value: 4 }],
    ] as const
  ).map(
    ([about, map]): RuleCase => ({
      rule: 'mapTypeCore',
      about,
      breaks: { code: 'r1 = map[m]; r0 = 2; exit', maps: { m: map } },
      meets: { code: 'r1 = map[m]; r0 = 2; exit', maps: { m: { type: 'hash' } } },
    }),
  ),
  {
    rule: 'mapTypeCore',
    about: 'offload neutral',
    nic: EBPF,
    breaks: { code: 'r1 = map[m]; r0 = 2; exit', maps: { m: { type: 'ringbuf', key: 0, value: 0, entries: 4096 } } },
    meets: event(`${STACK_DATA}; ${LOWER_32}`),
  },
  {
    rule: 'mapTypeCore',
    about: 'netdevsim',
    nic: 'netdevsim',
    breaks: { code: lookup(''), maps: { m: { type: 'percpu_array', entries: 2 } } },
    meets: { code: lookup(''), maps: { m: { type: 'array', entries: 2 } } },
  },
  {
    rule: 'mapTypesNone',
    changes: { maps: { types: [], source: 'test' } },
    breaks: { code: lookup(''), maps: { m: {} } },
    meets: PASS,
  },
  {
    rule: 'mapType',
    nic: 'nfp-research',
    breaks: { code: lookup(''), maps: { m: { type: 'hash' } } },
    meets: { code: lookup(''), maps: { m: { type: 'array' } } },
  },
  {
    rule: 'mapFlags',
    breaks: { code: lookup(''), maps: { m: { type: 'hash', flags: 1 } } },
    meets: { code: lookup(''), maps: { m: { type: 'hash' } } },
  },
  {
    rule: 'mapFlags',
    about: 'NUMA node',
    breaks: { code: lookup(''), maps: { m: { type: 'hash', flags: 4, numaNode: 0 } } },
    meets: { code: lookup(''), maps: { m: { type: 'hash' } } },
  },
  {
    rule: 'mapFlags',
    about: 'netdevsim',
    nic: 'netdevsim',
    breaks: { code: lookup(''), maps: { m: { type: 'hash', flags: 1, entries: 2 } } },
    meets: { code: lookup(''), maps: { m: { type: 'hash', entries: 2 } } },
  },
  {
    rule: 'mapEntries',
    nic: 'netdevsim',
    breaks: { code: lookup(''), maps: { m: { entries: 3 } } },
    meets: { code: lookup(''), maps: { m: { entries: 2 } } },
  },
  {
    rule: 'mapCount',
    changes: { maps: { maximumMaps: 1, source: 'test' } },
    breaks: { code: `${lookup('r1 = map[n]')}`, maps: { m: {}, n: {} } },
    meets: { code: lookup(''), maps: { m: {} } },
  },
  {
    rule: 'mapCount',
    about: '128 maps',
    breaks: manyMaps(129),
    meets: manyMaps(128),
  },
  {
    rule: 'mapTotalEntries',
    breaks: { code: lookup('r1 = map[n]'), maps: { m: { entries: 2_000_000 }, n: { entries: 48_001 } } },
    meets: { code: lookup('r1 = map[n]'), maps: { m: { entries: 2_000_000 }, n: { entries: 48_000 } } },
  },
  {
    rule: 'mapElement',
    breaks: { code: lookup(''), maps: { m: { value: 57 } } },
    meets: { code: lookup(''), maps: { m: { value: 56 } } },
  },
  {
    rule: 'mapElement',
    about: 'rounded',
    breaks: { code: 'r1 = map[m]; r0 = 2; exit', maps: { m: { type: 'hash', key: 9, value: 49 } } },
    meets: { code: 'r1 = map[m]; r0 = 2; exit', maps: { m: { type: 'hash', key: 9, value: 48 } } },
  },
  {
    rule: 'mapKey',
    breaks: { code: 'r1 = map[m]; r0 = 2; exit', maps: { m: { type: 'hash', key: 57, value: 1 } } },
    meets: { code: 'r1 = map[m]; r0 = 2; exit', maps: { m: { type: 'hash', key: 56, value: 1 } } },
  },
  {
    rule: 'mapValue',
    breaks: { code: lookup(''), maps: { m: { value: 60 } } },
    meets: { code: lookup(''), maps: { m: { value: 8 } } },
  },
  {
    rule: 'directMapValue',
    breaks: { code: 'r1 = map[m]+4; r0 = *(u32 *)(r1 + 0); r0 = 2; exit', maps: { m: {} } },
    meets: { code: lookup('r1 = *(u32 *)(r0 + 4)'), maps: { m: {} } },
  },
];
