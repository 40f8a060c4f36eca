// The descriptor that stands at a map's address in linear memory, so that emitted WebAssembly can walk a map as TypeScript does.
import type { MapSpec } from '../../object/spec.js';
import type { MachineMemory } from '../memory.js';

/**
 * Byte offsets of the descriptor's u32 words. Programs can not read it: no region covers it. What is not used by a type is 0.
 * Words up to VALUE_STRIDE never change after creation; the others do, so code reads them anew at every lookup.
 * ```
 *   0 type    4 id        8 key size     12 value size   16 max entries  20 flags    24 value stride  28 CPUs
 *  32 base   36 mask     40 count       44 free         48 oldest       56 page shift    60 page mask
 *  64 index
 * ```
 * BASE by type:
 * - arrays: address of value 0 (flat), or of the table of page addresses where PAGE_SHIFT is not 0; see slots.ts
 * - hash tables: address of the bucket table, MASK + 1 words; see table.ts
 * - LPM tries: address of the root node, 0 for an empty trie; see trie.ts, and trie-index.ts for INDEX
 * - queues and stacks: as arrays
 * - ring buffers: address of the data area, MASK + 1 bytes and once more for the record that crosses the end; see ringbuf.ts
 */
export const DESCRIPTOR = {
  TYPE: 0,
  ID: 4,
  KEY_BYTES: 8,
  VALUE_BYTES: 12,
  MAX_ENTRIES: 16,
  FLAGS: 20,
  /** Bytes from one value to the next: of neighbours in an array, of CPUs in per-CPU maps. */
  VALUE_STRIDE: 24,
  CPUS: 28,
  BASE: 32,
  MASK: 36,
  COUNT: 40,
  /** First element of the free list, linked by the elements' word 0. */
  FREE: 44,
  /** Index of a queue's oldest value. */
  OLDEST: 48,
  PAGE_SHIFT: 56,
  PAGE_MASK: 60,
  /** Index of a large LPM trie, 0 where there is none. */
  INDEX: 64,
} as const;

const DESCRIPTOR_BYTES = 128;

/** `bytes` rounded up to the 8 bytes that the kernel aligns keys and values to. */
export function roundUp8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** Writes the constant words of a new descriptor; its address, aligned to 64. */
export function createDescriptor(memory: MachineMemory, spec: MapSpec, id: number, cpuCount: number): number {
  const address = memory.allocate(DESCRIPTOR_BYTES, 64, `map ${spec.name}`);
  const constants = [
    spec.type,
    id,
    spec.keySizeBytes,
    spec.valueSizeBytes,
    spec.maxEntries,
    spec.flags,
    roundUp8(spec.valueSizeBytes),
    cpuCount,
  ];
  memory.u32.set(constants, address / 4);
  return address;
}
