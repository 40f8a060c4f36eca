// Would BPF_MAP_CREATE take this map? Evaluates the create rules of map-types.ts. Memory and capabilities are not its matter.
import { unreachable } from '../support/errors.js';
import type { ErrnoName } from './errno.js';
import { MAP_CREATE_FLAG } from './flags.js';
import { type CreateRule, type MapType, mapFlagNames, mapType, type SizeRule } from './map-types.js';

/** What BPF_MAP_CREATE is told about a map; sizes in bytes. */
export interface MapShape {
  /** BPF_MAP_TYPE_* number. */
  readonly type: number;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  readonly maxEntries: number;
  /** BPF_F_* bits. */
  readonly flags: number;
  /** map_extra. */
  readonly extra?: bigint | undefined;
  /** The map that the maps inside look like; only for maps of maps. */
  readonly inner?: MapShape | undefined;
  readonly keyTypeId?: number | undefined;
  readonly valueTypeId?: number | undefined;
}

/** Why a map is refused. `text` is one line without the map's name: `key size 5 is not 4`. */
export interface MapProblem {
  readonly errno: ErrnoName;
  readonly text: string;
}

/** CONFIG_NR_CPUS of common distribution kernels for x86-64. */
const DEFAULT_MAX_CPUS = 8192;
const PAGE_BYTES = 4096;
const MAX_BLOOM_HASHES = 15n;

type Check = (map: MapShape, type: MapType, maxCpus: number) => MapProblem | undefined;

/** In the kernel's order: what answers ENOTSUPP comes after the flags and before the sizes, what answers E2BIG at the end. */
const CHECKS: readonly Check[] = [
  checkExtra,
  checkFlags,
  checkUnsupportedFlags,
  checkNumaNode,
  (map, { create }) => checkSize('key size', map.keySizeBytes, create.key),
  (map, { create }) => checkSize('value size', map.valueSizeBytes, valueRule(map, create)),
  checkEntries,
  checkBtf,
  (map, { create }) => checkTooBig('key size', map.keySizeBytes, create.key),
  (map, { create }) => checkTooBig('value size', map.valueSizeBytes, create.value),
  checkElementSize,
  checkTooManyEntries,
  checkInner,
];

/**
 * The error that Linux 6.18 answers to BPF_MAP_CREATE for this map, undefined where it creates it. A map whose memory cannot be had (ENOMEM)
 * passes. `maxCpus`: for how many CPUs the kernel was built, the limit of a cpumap.
 */
export function mapCreateProblem(map: MapShape, maxCpus: number = DEFAULT_MAX_CPUS): MapProblem | undefined {
  const type = mapType(map.type);
  if (type === undefined) return invalid(`Linux 6.18 has no map type ${map.type}`);
  for (const check of CHECKS) {
    const problem = check(map, type, maxCpus);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function checkExtra(map: MapShape, { create, name }: MapType): MapProblem | undefined {
  const extra = map.extra ?? 0n;
  switch (create.extra) {
    case 'zero':
      return extra === 0n ? undefined : invalid(`map_extra ${extra} is not 0, as ${name} maps want it`);
    case 'hashes':
      return extra <= MAX_BLOOM_HASHES ? undefined : invalid(`map_extra ${extra} is above ${MAX_BLOOM_HASHES}`);
    case 'address':
      return extra % BigInt(PAGE_BYTES) === 0n ? undefined : invalid(`map_extra ${extra} is not page-aligned`);
    default:
      return unreachable(create.extra);
  }
}

const EXCLUSIVE = [
  MAP_CREATE_FLAG.BPF_F_RDONLY | MAP_CREATE_FLAG.BPF_F_WRONLY,
  MAP_CREATE_FLAG.BPF_F_RDONLY_PROG | MAP_CREATE_FLAG.BPF_F_WRONLY_PROG,
] as const;

function checkFlags(map: MapShape, { create, name }: MapType): MapProblem | undefined {
  const unknown = (map.flags & ~create.allowedFlags) >>> 0;
  if (unknown !== 0) return invalid(`${named(unknown)}: not for ${name} maps`);
  const missing = create.requiredFlags & ~map.flags;
  if (missing !== 0) return invalid(`${named(missing)}: missing, ${name} maps need it`);
  const both = EXCLUSIVE.find(pair => (map.flags & pair) === pair);
  return both === undefined ? undefined : invalid(`${named(both)}: exclude each other`);
}

function checkUnsupportedFlags(map: MapShape, { create, name }: MapType): MapProblem | undefined {
  const unsupported = map.flags & create.unsupportedFlags;
  return unsupported === 0 ? undefined : { errno: 'ENOTSUPP', text: `${named(unsupported)}: not for ${name} maps` };
}

function checkNumaNode(map: MapShape, { create, name }: MapType): MapProblem | undefined {
  const { BPF_F_NUMA_NODE, BPF_F_NO_COMMON_LRU } = MAP_CREATE_FLAG;
  if (create.numaNode === 'allowed' || (map.flags & BPF_F_NUMA_NODE) === 0) return undefined;
  if (create.numaNode === 'refused') return invalid(`${named(BPF_F_NUMA_NODE)}: not for ${name} maps`);
  const both = BPF_F_NUMA_NODE | BPF_F_NO_COMMON_LRU;
  return (map.flags & both) === both ? invalid(`${named(both)}: exclude each other`) : undefined;
}

/** What answers EINVAL about a size. */
function checkSize(what: string, size: number, rule: SizeRule): MapProblem | undefined {
  if ('oneOf' in rule)
    return rule.oneOf.includes(size) ? undefined : invalid(`${what} ${size} is not ${rule.oneOf.join(' or ')}`);
  if (size < rule.from) return invalid(`${what} ${size} is below ${rule.from}`);
  if (size > rule.to && rule.beyond === 'EINVAL') return invalid(`${what} ${size} is above ${rule.to}`);
  const step = rule.multipleOf ?? 1;
  return size % step === 0 ? undefined : invalid(`${what} ${size} is not a multiple of ${step}`);
}

/** What answers E2BIG about a size. */
function checkTooBig(what: string, size: number, rule: SizeRule): MapProblem | undefined {
  if ('oneOf' in rule || rule.beyond !== 'E2BIG' || size <= rule.to) return undefined;
  return tooBig(`${what} ${size} is above ${rule.to}`);
}

/** Stack traces as build ids take 32 bytes an entry, as addresses 8. */
function valueRule(map: MapShape, { value }: CreateRule): SizeRule {
  const isBuildId = (map.flags & MAP_CREATE_FLAG.BPF_F_STACK_BUILD_ID) !== 0;
  if (!isBuildId || 'oneOf' in value) return value;
  return { ...value, from: 4 * value.from, to: 4 * value.to, multipleOf: 32 };
}

function checkEntries(map: MapShape, { create }: MapType): MapProblem | undefined {
  const { entries } = create;
  const count = map.maxEntries;
  switch (entries.kind) {
    case 'zero':
      return count === 0 ? undefined : invalid(`max_entries ${count} is not 0`);
    case 'pages':
      return isPages(count)
        ? undefined
        : invalid(`max_entries ${count} is not a power of two and a multiple of ${PAGE_BYTES}`);
    case 'cpus':
      return count > 0 ? undefined : invalid('max_entries is 0');
    case 'count':
      if (count === 0) return invalid('max_entries is 0');
      return count > entries.to && entries.beyond === 'EINVAL'
        ? invalid(`max_entries ${count} is above ${entries.to}`)
        : undefined;
    default:
      return unreachable(entries);
  }
}

function checkTooManyEntries(map: MapShape, { create }: MapType, maxCpus: number): MapProblem | undefined {
  const { entries } = create;
  const limit = entries.kind === 'cpus' ? maxCpus : entries.kind === 'count' ? entries.to : Number.POSITIVE_INFINITY;
  return map.maxEntries > limit ? tooBig(`max_entries ${map.maxEntries} is above ${limit}`) : undefined;
}

function isPages(bytes: number): boolean {
  return bytes >= PAGE_BYTES && Number.isInteger(Math.log2(bytes));
}

function checkBtf(map: MapShape, { create, name }: MapType): MapProblem | undefined {
  if (create.needsBtf === 'struct-ops') return invalid(`${name} maps need the BTF id of a kernel struct`);
  if (create.needsBtf === 'none' || (map.keyTypeId && map.valueTypeId)) return undefined;
  return invalid(`${name} maps need BTF types of key and value`);
}

function checkElementSize(map: MapShape, { create }: MapType): MapProblem | undefined {
  const size = map.keySizeBytes + map.valueSizeBytes;
  return size < create.keyPlusValueBelow
    ? undefined
    : tooBig(`key size + value size ${size} is not below ${create.keyPlusValueBelow}`);
}

function checkInner(map: MapShape, { create, name }: MapType, maxCpus: number): MapProblem | undefined {
  if (!create.needsInner) return undefined;
  if (map.inner === undefined) return invalid(`${name} maps need an inner map`);
  const problem = mapCreateProblem(map.inner, maxCpus);
  if (problem !== undefined) return { errno: problem.errno, text: `inner map: ${problem.text}` };
  const inner = mapType(map.inner.type);
  if (inner === undefined || inner.inner === 'ok') return undefined;
  return { errno: inner.inner, text: `inner map: ${inner.name} maps cannot be inside another map` };
}

function named(flags: number): string {
  return mapFlagNames(flags).join(', ');
}

function invalid(text: string): MapProblem {
  return { errno: 'EINVAL', text };
}

function tooBig(text: string): MapProblem {
  return { errno: 'E2BIG', text };
}
