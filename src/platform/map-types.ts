// The map types of Linux: numbers, names, what BPF_MAP_CREATE takes, and which helpers XDP programs may use on them.
// Create rules and helper pairs were probed on 6.18 (kernel/bpf/*_alloc_check, verifier.c check_map_func_compatibility).
import { flagNames, MAP_CREATE_FLAG } from './flags.js';
import type { XdpHelperName } from './helpers.js';

/** Sizes in bytes that a type takes: one of a few, or a range whose upper end answers `beyond`; a multiple of `multipleOf`. */
export type SizeRule =
  | { readonly oneOf: readonly number[] }
  | {
      readonly from: number;
      readonly to: number;
      readonly beyond: 'EINVAL' | 'E2BIG';
      readonly multipleOf?: number;
    };

/**
 * Values of max_entries: a count from 1 to `to`; none at all; `pages`, a power of two and a multiple of the page size; or `cpus`, a count up to
 * the CPUs that the kernel was built for (CONFIG_NR_CPUS).
 */
export type EntriesRule =
  | { readonly kind: 'count'; readonly to: number; readonly beyond: 'EINVAL' | 'E2BIG' }
  | { readonly kind: 'zero' }
  | { readonly kind: 'pages' }
  | { readonly kind: 'cpus' };

/** What BPF_MAP_CREATE takes of a type; anything else is EINVAL where no other error is named. */
export interface CreateRule {
  readonly key: SizeRule;
  readonly value: SizeRule;
  readonly entries: EntriesRule;
  /** BPF_F_* bits that may be set. */
  readonly allowedFlags: number;
  /** Bits that must be set. */
  readonly requiredFlags: number;
  /** Bits that answer ENOTSUPP. */
  readonly unsupportedFlags: number;
  /** Whether BPF_F_NUMA_NODE may be set: never for per-CPU memory, for LRU maps only without BPF_F_NO_COMMON_LRU. */
  readonly numaNode: 'allowed' | 'refused' | 'common-lru';
  /** key size + value size must be below this, else E2BIG. */
  readonly keyPlusValueBelow: number;
  /** What map_extra may be: 0 for most types, up to 15 for bloom filters, a page-aligned address for arenas. */
  readonly extra: 'zero' | 'hashes' | 'address';
  /** An inner map must be given. */
  readonly needsInner: boolean;
  /** BTF types of key and value (`key-value`), or of a kernel struct (`struct-ops`), must be given. */
  readonly needsBtf: 'none' | 'key-value' | 'struct-ops';
}

/** What Linux says about a map type. */
export interface MapTypeFacts {
  /** BPF_MAP_TYPE_* number. */
  readonly id: number;
  readonly enumName: string;
  /** One value per CPU; a program sees that of the CPU it runs on. */
  readonly perCpu: boolean;
  /**
   * Helpers that XDP programs may give such a map to. Others are `cannot pass map_type %d into func %s#%d`; for bpf_for_each_map_elem
   * `callback function not allowed for map` (ENOTSUPP).
   */
  readonly helpers: readonly XdpHelperName[];
  /** It may be the inner map of an array_of_maps or hash_of_maps: else ENOTSUPP, for the two themselves EINVAL. */
  readonly inner: 'ok' | 'ENOTSUPP' | 'EINVAL';
  readonly create: CreateRule;
  /** First Linux release that has it. */
  readonly since: string;
}

const {
  BPF_F_NO_PREALLOC: NO_PREALLOC,
  BPF_F_NO_COMMON_LRU: NO_COMMON_LRU,
  BPF_F_NUMA_NODE: NUMA,
  BPF_F_ZERO_SEED: ZERO_SEED,
  BPF_F_MMAPABLE: MMAPABLE,
  BPF_F_INNER_MAP: INNER_MAP,
  BPF_F_STACK_BUILD_ID: BUILD_ID,
  BPF_F_PRESERVE_ELEMS: PRESERVE,
  BPF_F_CLONE: CLONE,
  BPF_F_SEGV_ON_FAULT: SEGV_ON_FAULT,
  BPF_F_NO_USER_CONV: NO_USER_CONV,
} = MAP_CREATE_FLAG;
/** Access limits of the syscall side. */
const USER_ACCESS = MAP_CREATE_FLAG.BPF_F_RDONLY | MAP_CREATE_FLAG.BPF_F_WRONLY;
/** Access limits of both sides. */
const ACCESS = USER_ACCESS | MAP_CREATE_FLAG.BPF_F_RDONLY_PROG | MAP_CREATE_FLAG.BPF_F_WRONLY_PROG;

/** Largest block that kmalloc gives (KMALLOC_MAX_SIZE on x86-64). */
const KMALLOC_MAX_BYTES = 4 * 1024 * 1024;
/** struct htab_elem. */
const HASH_ELEMENT_BYTES = 48;
/** Largest per-CPU value (PCPU_MIN_UNIT_SIZE). */
const PER_CPU_MAX_BYTES = 32768;
/** Largest value of a local storage: 65535 less struct bpf_local_storage_elem. */
const STORAGE_MAX_BYTES = 65407;
const U32_MAX = 0xffff_ffff;
/** Elements a stack trace holds (sysctl kernel.perf_event_max_stack, 127 unless changed). */
const STACK_DEPTH = 127;

const ANY_KEY = { from: 1, to: U32_MAX, beyond: 'E2BIG' } as const satisfies SizeRule;
const NOTHING = { oneOf: [0] } as const satisfies SizeRule;
const WORD = { oneOf: [4] } as const satisfies SizeRule;
/** A number, and beside it a program or a cookie. */
const WORD_OR_TWO = { oneOf: [4, 8] } as const satisfies SizeRule;
const ANY_VALUE = { from: 1, to: 0x7fff_ffff, beyond: 'E2BIG' } as const satisfies SizeRule;
const PER_CPU_VALUE = { from: 1, to: PER_CPU_MAX_BYTES, beyond: 'E2BIG' } as const satisfies SizeRule;
const KMALLOC_VALUE = { from: 1, to: KMALLOC_MAX_BYTES, beyond: 'E2BIG' } as const satisfies SizeRule;
const STORAGE_VALUE = { from: 1, to: STORAGE_MAX_BYTES, beyond: 'E2BIG' } as const satisfies SizeRule;
/** u32 prefix length, then 1 to 256 bytes. */
const PREFIX_KEY = { from: 5, to: 260, beyond: 'EINVAL' } as const satisfies SizeRule;
/** struct lpm_trie_node and the largest data before it. */
const TRIE_VALUE = { from: 1, to: KMALLOC_MAX_BYTES - 256 - 24, beyond: 'EINVAL' } as const satisfies SizeRule;
const STACK_VALUE = { from: 8, to: 8 * STACK_DEPTH, beyond: 'EINVAL', multipleOf: 8 } as const satisfies SizeRule;

const COUNT = { kind: 'count', to: U32_MAX, beyond: 'EINVAL' } as const satisfies EntriesRule;
const HASH_COUNT = { kind: 'count', to: 0x8000_0000, beyond: 'E2BIG' } as const satisfies EntriesRule;
const DEVMAP_HASH_COUNT = { kind: 'count', to: 0x8000_0000, beyond: 'EINVAL' } as const satisfies EntriesRule;
/** 4 GiB of pages. */
const ARENA_COUNT = { kind: 'count', to: 1 << 20, beyond: 'E2BIG' } as const satisfies EntriesRule;
const NO_COUNT = { kind: 'zero' } as const satisfies EntriesRule;

const ELEMENTS = ['map_lookup_elem', 'map_update_elem', 'map_delete_elem'] as const satisfies readonly XdpHelperName[];
const ITERABLE = [...ELEMENTS, 'for_each_map_elem'] as const satisfies readonly XdpHelperName[];
/** Their values may hold a bpf_timer. */
const TIMED = [...ITERABLE, 'timer_init'] as const satisfies readonly XdpHelperName[];
const ITERABLE_PER_CPU = [...ITERABLE, 'map_lookup_percpu_elem'] as const satisfies readonly XdpHelperName[];
const QUEUE = ['map_push_elem', 'map_pop_elem', 'map_peek_elem'] as const satisfies readonly XdpHelperName[];
const TARGETS = ['map_lookup_elem', 'redirect_map'] as const satisfies readonly XdpHelperName[];
const RECORDS = [
  'ringbuf_output',
  'ringbuf_reserve',
  'ringbuf_query',
  'ringbuf_reserve_dynptr',
] as const satisfies readonly XdpHelperName[];
const PERF = [
  'perf_event_output',
  'perf_event_read',
  'perf_event_read_value',
] as const satisfies readonly XdpHelperName[];
const LOOKUP = ['map_lookup_elem'] as const satisfies readonly XdpHelperName[];
const NONE = [] as const satisfies readonly XdpHelperName[];

const HASH_FLAGS = NUMA | ZERO_SEED | ACCESS;
const HASH_LIMIT = { keyPlusValueBelow: KMALLOC_MAX_BYTES - HASH_ELEMENT_BYTES } as const;
const HASH = rule(ANY_KEY, ANY_VALUE, HASH_COUNT, { allowedFlags: HASH_FLAGS | NO_PREALLOC, ...HASH_LIMIT });
const PER_CPU_HASH = rule(ANY_KEY, PER_CPU_VALUE, HASH_COUNT, { ...HASH, numaNode: 'refused' });
const LRU = { allowedFlags: HASH_FLAGS | NO_PREALLOC | NO_COMMON_LRU, unsupportedFlags: NO_PREALLOC } as const;
const LRU_HASH = rule(ANY_KEY, ANY_VALUE, HASH_COUNT, { ...LRU, ...HASH_LIMIT, numaNode: 'common-lru' });
const LRU_PER_CPU_HASH = rule(ANY_KEY, PER_CPU_VALUE, HASH_COUNT, { ...LRU_HASH, numaNode: 'refused' });
const ARRAY = rule(WORD, ANY_VALUE, COUNT, { allowedFlags: NUMA | ACCESS | MMAPABLE | INNER_MAP });
const PER_CPU_ARRAY = rule(WORD, PER_CPU_VALUE, COUNT, { allowedFlags: ACCESS });
const PLAIN = { allowedFlags: NUMA | USER_ACCESS } as const;
const FD_ARRAY = rule(WORD, WORD, COUNT, PLAIN);
const FD_PAIR_ARRAY = rule(WORD, WORD_OR_TWO, COUNT, PLAIN);
const QUEUED = rule(NOTHING, KMALLOC_VALUE, COUNT, { allowedFlags: NUMA | ACCESS });
const RING = rule(NOTHING, NOTHING, { kind: 'pages' }, { allowedFlags: NUMA });
const CGROUP = rule({ oneOf: [8, 16] }, STORAGE_VALUE, NO_COUNT, { allowedFlags: NUMA | ACCESS });
const LOCAL_STORAGE = rule(WORD, STORAGE_VALUE, NO_COUNT, {
  allowedFlags: NO_PREALLOC | CLONE,
  requiredFlags: NO_PREALLOC,
  needsBtf: 'key-value',
});

/** The map types of Linux 6.18 by bpftool's name, in order of ids. */
export const MAP_TYPES = {
  hash: type(1, 'HASH', HASH, TIMED, '3.19'),
  array: type(2, 'ARRAY', ARRAY, TIMED, '3.19'),
  prog_array: type(3, 'PROG_ARRAY', FD_ARRAY, ['tail_call'], '4.2', { inner: 'ENOTSUPP' }),
  perf_event_array: type(
    4,
    'PERF_EVENT_ARRAY',
    rule(WORD, WORD, COUNT, { allowedFlags: PLAIN.allowedFlags | PRESERVE }),
    PERF,
    '4.3',
  ),
  percpu_hash: type(5, 'PERCPU_HASH', PER_CPU_HASH, ITERABLE_PER_CPU, '4.6', { perCpu: true }),
  percpu_array: type(6, 'PERCPU_ARRAY', PER_CPU_ARRAY, ITERABLE_PER_CPU, '4.6', { perCpu: true }),
  stack_trace: type(
    7,
    'STACK_TRACE',
    rule(WORD, STACK_VALUE, COUNT, { allowedFlags: PLAIN.allowedFlags | BUILD_ID }),
    NONE,
    '4.6',
  ),
  cgroup_array: type(8, 'CGROUP_ARRAY', FD_ARRAY, ['current_task_under_cgroup'], '4.8'),
  lru_hash: type(9, 'LRU_HASH', LRU_HASH, TIMED, '4.10'),
  lru_percpu_hash: type(10, 'LRU_PERCPU_HASH', LRU_PER_CPU_HASH, ITERABLE_PER_CPU, '4.10', { perCpu: true }),
  lpm_trie: type(
    11,
    'LPM_TRIE',
    rule(PREFIX_KEY, TRIE_VALUE, COUNT, { allowedFlags: NO_PREALLOC | NUMA | ACCESS, requiredFlags: NO_PREALLOC }),
    ELEMENTS,
    '4.11',
  ),
  array_of_maps: type(12, 'ARRAY_OF_MAPS', rule(WORD, WORD, COUNT, { ...PLAIN, needsInner: true }), LOOKUP, '4.12', {
    inner: 'EINVAL',
  }),
  hash_of_maps: type(13, 'HASH_OF_MAPS', { ...HASH, value: WORD, needsInner: true }, LOOKUP, '4.12', {
    inner: 'EINVAL',
  }),
  devmap: type(14, 'DEVMAP', FD_PAIR_ARRAY, TARGETS, '4.14'),
  sockmap: type(15, 'SOCKMAP', FD_PAIR_ARRAY, ELEMENTS, '4.14'),
  cpumap: type(
    16,
    'CPUMAP',
    rule(WORD, WORD_OR_TWO, { kind: 'cpus' }, { allowedFlags: NUMA }),
    ['redirect_map'],
    '4.15',
  ),
  xskmap: type(17, 'XSKMAP', FD_ARRAY, TARGETS, '4.18'),
  sockhash: type(
    18,
    'SOCKHASH',
    rule({ from: 1, to: 512, beyond: 'E2BIG' }, WORD_OR_TWO, COUNT, PLAIN),
    ELEMENTS,
    '4.18',
  ),
  cgroup_storage: type(19, 'CGROUP_STORAGE', CGROUP, NONE, '4.19', { inner: 'ENOTSUPP' }),
  reuseport_sockarray: type(
    20,
    'REUSEPORT_SOCKARRAY',
    rule(WORD, WORD_OR_TWO, COUNT, { allowedFlags: NUMA | ACCESS }),
    NONE,
    '4.19',
  ),
  percpu_cgroup_storage: type(21, 'PERCPU_CGROUP_STORAGE', { ...CGROUP, value: PER_CPU_VALUE }, NONE, '4.20', {
    perCpu: true,
    inner: 'ENOTSUPP',
  }),
  queue: type(22, 'QUEUE', QUEUED, QUEUE, '4.20'),
  stack: type(23, 'STACK', QUEUED, QUEUE, '4.20'),
  sk_storage: type(24, 'SK_STORAGE', LOCAL_STORAGE, NONE, '5.2'),
  devmap_hash: type(25, 'DEVMAP_HASH', { ...FD_PAIR_ARRAY, entries: DEVMAP_HASH_COUNT }, TARGETS, '5.4'),
  struct_ops: type(26, 'STRUCT_OPS', { ...ARRAY, needsBtf: 'struct-ops' }, NONE, '5.6', { inner: 'ENOTSUPP' }),
  ringbuf: type(27, 'RINGBUF', RING, RECORDS, '5.8'),
  inode_storage: type(28, 'INODE_STORAGE', LOCAL_STORAGE, NONE, '5.10'),
  task_storage: type(29, 'TASK_STORAGE', LOCAL_STORAGE, ['task_storage_get', 'task_storage_delete'], '5.11'),
  bloom_filter: type(
    30,
    'BLOOM_FILTER',
    { ...QUEUED, allowedFlags: QUEUED.allowedFlags | ZERO_SEED, extra: 'hashes' },
    ['map_push_elem', 'map_peek_elem'],
    '5.16',
  ),
  user_ringbuf: type(31, 'USER_RINGBUF', RING, ['user_ringbuf_drain'], '6.1'),
  cgrp_storage: type(32, 'CGRP_STORAGE', LOCAL_STORAGE, ['cgrp_storage_get', 'cgrp_storage_delete'], '6.2'),
  arena: type(
    33,
    'ARENA',
    rule(NOTHING, NOTHING, ARENA_COUNT, {
      allowedFlags: MMAPABLE | SEGV_ON_FAULT | NO_USER_CONV,
      requiredFlags: MMAPABLE,
      extra: 'address',
    }),
    NONE,
    '6.9',
  ),
} as const satisfies Record<string, MapTypeFacts>;

/** Name of a map type as bpftool prints it. */
export type MapTypeName = keyof typeof MAP_TYPES;

/** Map types of kernels after 6.18, which answers EINVAL for them. */
export const NEWER_MAP_TYPES = { 34: 'insn_array', 35: 'rhash' } as const satisfies Record<number, string>;

/** A map type with its name. */
export interface MapType extends MapTypeFacts {
  readonly name: MapTypeName;
}

const BY_ID: ReadonlyMap<number, MapType> = new Map(
  Object.entries(MAP_TYPES).map(([name, facts]) => [facts.id, { ...facts, name: name as MapTypeName }]),
);

/** The map type with this number, undefined for numbers that Linux 6.18 does not know. */
export function mapType(id: number): MapType | undefined {
  return BY_ID.get(id);
}

/** The name to print for a map type: bpftool's, also for types newer than 6.18; `type 99` for unknown numbers. */
export function mapTypeName(id: number): string {
  const newer: Readonly<Record<number, string>> = NEWER_MAP_TYPES;
  return mapType(id)?.name ?? newer[id] ?? `type ${id}`;
}

/** Whether maps of this type hold one value per CPU. */
export function isPerCpuMapType(id: number): boolean {
  return mapType(id)?.perCpu ?? false;
}

/** Names of map flags, lowest bit first: `BPF_F_NO_PREALLOC`; bits without a name as `0x...`. */
export function mapFlagNames(flags: number): string[] {
  return flagNames(flags, MAP_CREATE_FLAG);
}

function rule(key: SizeRule, value: SizeRule, entries: EntriesRule, facts: Partial<CreateRule>): CreateRule {
  return {
    allowedFlags: 0,
    requiredFlags: 0,
    unsupportedFlags: 0,
    numaNode: 'allowed',
    keyPlusValueBelow: Number.POSITIVE_INFINITY,
    extra: 'zero',
    needsInner: false,
    needsBtf: 'none',
    ...facts,
    key,
    value,
    entries,
  };
}

function type(
  id: number,
  suffix: string,
  create: CreateRule,
  helpers: readonly XdpHelperName[],
  since: string,
  facts: Partial<MapTypeFacts> = {},
): MapTypeFacts {
  return {
    id,
    enumName: `BPF_MAP_TYPE_${suffix}`,
    perCpu: false,
    helpers,
    inner: 'ok',
    create,
    since,
    ...facts,
  };
}
