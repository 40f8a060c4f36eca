// Maps to create: a typical one of each type, and what changing one or two properties of it gives.
import { MAP_CREATE_FLAG } from '../../src/platform/flags.js';
import type { MapShape } from '../../src/platform/map-create.js';
import { MAP_TYPES, mapType } from '../../src/platform/map-types.js';

const INNER: MapShape = { type: 2, keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 1, flags: 0 };

/** Exceptions from 4-byte keys and values and four entries. */
const TYPICAL: Readonly<Record<string, Partial<MapShape>>> = {
  array_of_maps: { inner: INNER },
  hash_of_maps: { inner: INNER },
  stack_trace: { valueSizeBytes: 64 },
  lpm_trie: { keySizeBytes: 8, flags: 1 },
  cgroup_storage: { keySizeBytes: 8, maxEntries: 0 },
  percpu_cgroup_storage: { keySizeBytes: 8, maxEntries: 0 },
  queue: { keySizeBytes: 0 },
  stack: { keySizeBytes: 0 },
  bloom_filter: { keySizeBytes: 0 },
  ringbuf: { keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 },
  user_ringbuf: { keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 },
  arena: { keySizeBytes: 0, valueSizeBytes: 0, flags: 1024 },
  sk_storage: { maxEntries: 0, flags: 1 },
  inode_storage: { maxEntries: 0, flags: 1 },
  task_storage: { maxEntries: 0, flags: 1 },
  cgrp_storage: { maxEntries: 0, flags: 1 },
};

/** A map of this type as programs use it. */
export function typicalShape(type: number): MapShape {
  const shape = { type, keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 4, flags: 0 };
  return { ...shape, ...TYPICAL[mapType(type)?.name ?? ''] };
}

const KEYS = [0, 1, 3, 4, 5, 7, 8, 9, 16, 17, 260, 261, 512, 513];
const VALUES = [0, 1, 3, 4, 5, 7, 8, 9, 16, 64, 65, 1016, 1024, 4064, 32760, 32768, 32769, 65407, 65408];
const HUGE_VALUES = [4194024, 4194025, 4194251, 4194252, 4194304, 4194305, 0x8000_0000];
const COUNTS = [0, 1, 2, 3, 64, 4095, 4096, 4097, 8192, 12288];
const FLAGS = [
  ...Array.from({ length: 20 }, (_, bit) => 1 << bit),
  0x18,
  0x180,
  0x3,
  0x5,
  0x6,
  0x21,
  0x28,
  0x81,
  0x407,
];

/**
 * One property at a time away from the typical map of every type, then pairs of wrong ones, where the kernel's order of checks shows. None
 * needs more than a few megabytes.
 */
export function mapShapes(): MapShape[] {
  const types = Array.from({ length: 36 }, (_, type) => type);
  return [...types.flatMap(shapesOf), ...hugeCounts(), ...types.flatMap(innerShapes)];
}

function shapesOf(type: number): MapShape[] {
  const typical = typicalShape(type);
  const one = typical.maxEntries === 4 ? { ...typical, maxEntries: 1 } : typical;
  return [
    ...KEYS.map(keySizeBytes => ({ ...one, keySizeBytes })),
    ...VALUES.map(valueSizeBytes => ({ ...one, valueSizeBytes })),
    ...HUGE_VALUES.map(valueSizeBytes => ({ ...one, valueSizeBytes })),
    ...COUNTS.filter(count => mapType(type)?.name !== 'cpumap' || count <= 64).map(maxEntries => ({
      ...typical,
      maxEntries,
    })),
    ...FLAGS.map(flags => ({ ...typical, flags: typical.flags ^ flags })),
    ...pairFlags(type).map(flags => ({ ...one, flags: typical.flags ^ flags, valueSizeBytes: 32769 })),
    ...FLAGS.map(flags => ({ ...typical, flags: typical.flags ^ flags, keySizeBytes: 513, maxEntries: 0 })),
    ...[1n, 15n, 16n, 4096n].map(extra => ({ ...typical, extra })),
    { ...typical, flags: 32, valueSizeBytes: 40 },
    { ...typical, flags: 32, valueSizeBytes: 4096 },
  ];
}

/** cgroup storages check their value before their flags, and every type its token last; neither is of use to XDP, so the rules do not say so. */
function pairFlags(type: number): readonly number[] {
  const isCgroup = type === MAP_TYPES.cgroup_storage.id || type === MAP_TYPES.percpu_cgroup_storage.id;
  return isCgroup ? [] : FLAGS.filter(flags => flags !== MAP_CREATE_FLAG.BPF_F_TOKEN_FD);
}

/** Counts beyond 2^31, for the types that refuse them before they take memory. */
function hugeCounts(): MapShape[] {
  const counts = [0x8000_0001, 0xffff_ffff];
  const limited = [1, 5, 9, 10, 13, 16, 25, 33].map(typicalShape);
  return limited.flatMap(shape => counts.map(maxEntries => ({ ...shape, maxEntries })));
}

function innerShapes(type: number): MapShape[] {
  return [12, 13].map(outer => ({ ...typicalShape(outer), inner: typicalShape(type) }));
}
