// The same random operations on our maps and on this machine's kernel: every result, and what is in the map at the end.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BpfMap } from '../../../src/machine/map.js';
import type { MapBase } from '../../../src/machine/maps/base.js';
import type { BloomFilter } from '../../../src/machine/maps/bloom.js';
import { MAP_TYPES, mapTypeName } from '../../../src/platform/map-types.js';
import { fromHex, toHex } from '../../../src/support/bytes.js';
import { type SpecFields, specOf, TestHost } from './host.js';
import { Random } from './random.js';

type Operation = readonly [
  name: 'update' | 'lookup' | 'delete' | 'pop' | 'freeze',
  key: string,
  value: string,
  flags: number,
];

interface Answer {
  readonly create?: number;
  readonly results: readonly (number | string)[];
  readonly entries: readonly (readonly [string, string])[] | null;
}

interface Answers {
  readonly cpus: number;
  readonly maps: readonly Answer[];
}

/** A map, how its keys are made, and whether the kernel can list it. */
interface Row {
  readonly fields: SpecFields;
  readonly keys: (random: Random) => Uint8Array;
  readonly values?: (random: Random) => Uint8Array;
  readonly pops?: boolean;
  /** OPERATIONS unless given. */
  readonly operations?: number;
}

const index =
  (below: number) =>
  (random: Random): Uint8Array =>
    word(random.below(below));
const inOrder = () => {
  let next = 0;
  return (): Uint8Array => word(next++);
};
const noKey = (): Uint8Array => new Uint8Array(0);
/** Keys that differ only in their last byte. */
const alike =
  (bytes: number, different: number) =>
  (random: Random): Uint8Array =>
    new Uint8Array(bytes).fill(random.below(different), bytes - 1);
/** Prefixes that share their beginnings; some lengths are past the end. */
const prefix =
  (bytes: number) =>
  (random: Random): Uint8Array =>
    Uint8Array.from([
      ...word(random.below(8 * bytes + 2)),
      ...Array.from({ length: bytes }, () => (random.below(3) === 0 ? random.below(256) : 0)),
    ]);
const ifindex =
  (bytes: number) =>
  (random: Random): Uint8Array =>
    Uint8Array.from([...word(random.below(2)), 0, 0, 0, 0]).slice(0, bytes);

/** A descriptor that is open but no socket: the script's first map. */
const NO_SOCKET = Uint8Array.of(3, 0, 0, 0);

/** BPF_F_NO_COMMON_LRU */
const NO_COMMON_LRU = 2;

const ROWS: readonly Row[] = [
  { fields: { type: MAP_TYPES.array.id, value: 5, max: 6 }, keys: index(8) },
  { fields: { type: MAP_TYPES.array.id, value: 16, max: 3, flags: 1 << 10 }, keys: index(4) },
  { fields: { type: MAP_TYPES.percpu_array.id, value: 8, max: 4 }, keys: index(5) },
  { fields: { type: MAP_TYPES.hash.id, value: 7, max: 12 }, keys: index(20) },
  { fields: { type: MAP_TYPES.hash.id, key: 13, value: 4, max: 12, flags: 1 }, keys: alike(13, 20) },
  { fields: { type: MAP_TYPES.hash.id, key: 1, value: 1, max: 1 }, keys: alike(1, 3) },
  { fields: { type: MAP_TYPES.hash.id, flags: 8 }, keys: index(4) },
  { fields: { type: MAP_TYPES.hash.id, flags: 16 }, keys: index(4) },
  { fields: { type: MAP_TYPES.percpu_hash.id, key: 6, value: 8, max: 8 }, keys: alike(6, 12) },
  { fields: { type: MAP_TYPES.lru_hash.id, max: 1000 }, keys: index(30) },
  { fields: { type: MAP_TYPES.lru_percpu_hash.id, value: 8, max: 1000 }, keys: index(30) },
  { fields: { type: MAP_TYPES.lru_hash.id, value: 8, max: 1 }, keys: index(3) },
  { fields: { type: MAP_TYPES.lru_hash.id, max: 5 }, keys: index(9) },
  { fields: { type: MAP_TYPES.lru_hash.id, value: 8, max: 64 }, keys: index(90), operations: 1500 },
  { fields: { type: MAP_TYPES.lru_hash.id, max: 300 }, keys: inOrder(), operations: 1000 },
  { fields: { type: MAP_TYPES.lru_hash.id, max: 40, flags: NO_COMMON_LRU }, keys: index(60), operations: 1500 },
  { fields: { type: MAP_TYPES.lru_hash.id, max: 64, flags: NO_COMMON_LRU }, keys: inOrder() },
  { fields: { type: MAP_TYPES.lru_percpu_hash.id, value: 8, max: 40 }, keys: index(60), operations: 1500 },
  { fields: { type: MAP_TYPES.lru_percpu_hash.id, value: 8, max: 9, flags: NO_COMMON_LRU }, keys: index(20) },
  { fields: { type: MAP_TYPES.lpm_trie.id, key: 8, value: 4, max: 25, flags: 1 }, keys: prefix(4) },
  { fields: { type: MAP_TYPES.lpm_trie.id, key: 7, value: 9, max: 25, flags: 1 }, keys: prefix(3) },
  { fields: { type: MAP_TYPES.lpm_trie.id, key: 20, value: 4, max: 40, flags: 1 }, keys: prefix(16) },
  { fields: { type: MAP_TYPES.lpm_trie.id, key: 5, value: 1, max: 300, flags: 1 }, keys: prefix(1) },
  { fields: { type: MAP_TYPES.queue.id, key: 0, value: 6, max: 5 }, keys: noKey, pops: true },
  { fields: { type: MAP_TYPES.stack.id, key: 0, value: 6, max: 5 }, keys: noKey, pops: true },
  { fields: { type: MAP_TYPES.devmap.id, value: 4, max: 6 }, keys: index(8), values: ifindex(4) },
  { fields: { type: MAP_TYPES.devmap.id, value: 8, max: 6 }, keys: index(8), values: ifindex(8) },
  { fields: { type: MAP_TYPES.devmap_hash.id, value: 8, max: 6 }, keys: index(9), values: ifindex(8) },
  { fields: { type: MAP_TYPES.cpumap.id, value: 4, max: 4 }, keys: index(6), values: r => word(r.below(3) * 8192) },
  { fields: { type: MAP_TYPES.ringbuf.id, key: 0, value: 0, max: 4096 }, keys: noKey },
  { fields: { type: MAP_TYPES.user_ringbuf.id, key: 0, value: 0, max: 4096 }, keys: noKey },
  {
    fields: { type: MAP_TYPES.sockhash.id, value: 8 },
    keys: index(3),
    values: () => Uint8Array.of(...NO_SOCKET, 0, 0, 0, 0),
  },
  { fields: { type: MAP_TYPES.sockmap.id, value: 4 }, keys: index(6), values: () => NO_SOCKET },
  { fields: { type: MAP_TYPES.reuseport_sockarray.id, value: 4 }, keys: index(6), values: () => NO_SOCKET },
  { fields: { type: MAP_TYPES.stack_trace.id, value: 16 }, keys: index(6) },
  { fields: { type: MAP_TYPES.cgroup_array.id, value: 4 }, keys: index(6), values: () => NO_SOCKET },
  { fields: { type: MAP_TYPES.cgroup_storage.id, key: 8, value: 8, max: 0 }, keys: alike(8, 2) },
  { fields: { type: MAP_TYPES.percpu_cgroup_storage.id, key: 16, value: 8, max: 0 }, keys: alike(16, 2) },
  { fields: { type: MAP_TYPES.xskmap.id }, keys: index(6), values: () => NO_SOCKET },
];

const OPERATIONS = 250;

function operations(row: Row, random: Random): Operation[] {
  const { operations: count = OPERATIONS } = row;
  const { value = 4 } = row.fields;
  const values = row.values ?? (source => Uint8Array.from({ length: value }, () => source.below(256)));
  const list = Array.from({ length: count }, (): Operation => {
    const choice = random.below(10);
    const key = toHex(row.keys(random));
    if (choice < 5) return ['update', key, toHex(values(random)), random.below(4) === 0 ? random.below(9) : 0];
    if (choice < 7) return [row.pops ? 'pop' : 'delete', key, '', 0];
    return [choice === 9 && random.below(2) === 0 ? 'delete' : 'lookup', key, '', 0];
  });
  if (random.below(2) === 0) list.splice(count - 20, 0, ['freeze', '', '', 0]);
  return list;
}

function askKernel(rows: readonly { readonly fields: SpecFields; readonly ops: readonly Operation[] }[]): Answers {
  const shapes = rows.map(({ fields, ops }) => {
    const { keySizeBytes: key, valueSizeBytes: value, maxEntries: max, flags, type } = specOf(fields);
    return { type, key, value, max, flags, extra: Number(fields.extra ?? 0n), inner: -1, ops };
  });
  const script = join(import.meta.dirname, 'bpf-maps.py');
  // Which entries LRU maps keep depends on the CPU that asks.
  const run = spawnSync('taskset', ['-c', '0', 'python3', script], { input: JSON.stringify(shapes), encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as Answers;
}

/** Per-CPU values are given once for all CPUs; the kernel is given as many copies. */
function forKernel(row: Row, ops: readonly Operation[], cpus: number): Operation[] {
  const isPerCpu = mapTypeName(row.fields.type).includes('percpu');
  return isPerCpu ? ops.map(([name, key, value, flags]) => [name, key, value.repeat(cpus), flags] as const) : [...ops];
}

class OurMap {
  readonly map: BpfMap;
  private isFrozen = false;
  private readonly host: TestHost;

  constructor(row: Row, cpus: number) {
    this.host = new TestHost(cpus);
    this.host.interfaces.clear();
    this.host.interfaces.add(1);
    this.map = this.host.create(row.fields);
  }

  run([name, key, value, flags]: Operation): number | string {
    if (name === 'freeze') return this.freeze();
    if (name === 'update') return this.map.update(fromHex(key), [fromHex(value)], flags);
    if (name === 'delete') return this.map.delete(fromHex(key));
    if (name === 'pop') return this.pop();
    const found = (this.map as MapBase).read(fromHex(key));
    return typeof found === 'number' ? found : found.map(toHex).join('');
  }

  entries(): [string, string][] {
    return this.map.entries().map(({ key, values }) => [toHex(key), values.map(toHex).join('')]);
  }

  private freeze(): number {
    this.isFrozen = true;
    return this.map.freeze();
  }

  private pop(): number | string {
    const { valueSizeBytes } = this.map.spec;
    const out = this.host.value(new Uint8Array(valueSizeBytes));
    if (this.isFrozen) return -1;
    const result = this.map.pop(out);
    return result === 0 ? toHex(this.host.bytesAt(out, valueSizeBytes)) : result;
  }
}

const canAskKernel = process.getuid?.() === 0 && spawnSync('python3', ['--version']).status === 0 && kernelHasMaps();

function kernelHasMaps(): boolean {
  try {
    const [answer] = askKernel([{ fields: { type: MAP_TYPES.array.id }, ops: [] }]).maps;
    return answer?.create === undefined;
  } catch {
    return false;
  }
}

describe.skipIf(!canAskKernel)('maps agree with the kernel (skipped without root, python3 and bpf(2))', () => {
  const cpus = canAskKernel ? askKernel([]).cpus : 1;
  const random = new Random(2026);
  const runs = ROWS.map(row => ({ row, ops: operations(row, random) }));
  const answers = canAskKernel
    ? askKernel(runs.map(({ row, ops }) => ({ fields: row.fields, ops: forKernel(row, ops, cpus) })))
    : undefined;

  for (const [at, { row, ops }] of runs.entries()) {
    const { fields } = row;
    const title = `${mapTypeName(fields.type)}, key ${fields.key ?? 4}, value ${fields.value ?? 4}, flags ${fields.flags ?? 0}`;
    it(`${title}: ${ops.length} operations`, () => {
      const expected = answers!.maps[at]!;
      const ours = new OurMap(row, cpus);
      const different = ops
        .map((operation, step) => ({ step, operation, ours: ours.run(operation), kernel: expected.results[step] }))
        .filter(result => result.ours !== result.kernel);
      expect(different).toEqual([]);
      const isListed = expected.entries !== null && (fields.flags ?? 0) !== 16;
      if (isListed) expect(ours.entries().sort()).toEqual(expected.entries);
    });
  }

  it('bloom filters: pushed values are found, with the same errno for the rest', () => {
    const fields = { type: MAP_TYPES.bloom_filter.id, key: 0, value: 4, max: 50 };
    const pushes = Array.from({ length: 50 }, (_, at): Operation => ['update', '', toHex(word(at * 7)), 0]);
    const ops: Operation[] = [...pushes, ['update', '', '00000000', 1], ['delete', '', '', 0]];
    const [answer] = askKernel([{ fields, ops }]).maps;
    const host = new TestHost();
    const map = host.create(fields);
    const ours = ops.map(([name, , value, flags]) =>
      name === 'update' ? map.update(noKey(), [fromHex(value)], flags) : map.delete(noKey()),
    );
    expect(ours).toEqual(answer!.results);
    expect(pushes.every(([, , value]) => (map as BloomFilter).mayContain(fromHex(value)))).toBe(true);
  });
});

function word(value: number): Uint8Array {
  return Uint8Array.of(value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24);
}
