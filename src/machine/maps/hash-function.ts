// The hash of a key: ours to choose, since nothing observable depends on it. Hot; emitted WebAssembly computes the same.
import type { MachineMemory } from '../memory.js';

/** What a key's hash starts from: the same for every map, so that runs repeat. */
export const HASH_SEED = 0x5bd1e995;

/** Multiplier of a round: 2^32 divided by the golden ratio, made odd. */
export const ROUND_MULTIPLIER = 0x9e3779b1 | 0;

/** Multiplier of the last step, from the finalizer of MurmurHash3. */
export const FINAL_MULTIPLIER = 0x85ebca6b | 0;

/**
 * Hash of `keyBytes` bytes at `address`, as an unsigned 32-bit number. In 32-bit arithmetic, with words read little-endian and a last short one
 * filled up with zeroes:
 * ```
 * h = HASH_SEED;  for each word w: h = (h ^ w) * ROUND_MULTIPLIER;  h ^= h >>> 15
 * h = h * FINAL_MULTIPLIER;  h ^= h >>> 16
 * ```
 */
export function hashKey(memory: MachineMemory, address: number, keyBytes: number): number {
  const { view } = memory;
  let hash = HASH_SEED | 0;
  let at = address;
  for (const end = address + keyBytes - (keyBytes & 3); at < end; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), ROUND_MULTIPLIER);
    hash ^= hash >>> 15;
  }
  if ((keyBytes & 3) !== 0) {
    hash = Math.imul(hash ^ shortWord(memory, at, keyBytes & 3), ROUND_MULTIPLIER);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, FINAL_MULTIPLIER);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Whether the `keyBytes` bytes at two addresses are the same. */
export function equalKeys(memory: MachineMemory, a: number, b: number, keyBytes: number): boolean {
  const { view } = memory;
  let at = 0;
  for (const end = keyBytes - (keyBytes & 3); at < end; at += 4) {
    if (view.getInt32(a + at, true) !== view.getInt32(b + at, true)) return false;
  }
  for (; at < keyBytes; at++) {
    if (view.getUint8(a + at) !== view.getUint8(b + at)) return false;
  }
  return true;
}

function shortWord({ view }: MachineMemory, address: number, bytes: number): number {
  let word = 0;
  for (let at = 0; at < bytes; at++) word |= view.getUint8(address + at) << (8 * at);
  return word;
}
