// Copies of keys and values inside linear memory. Hot: a call of copyWithin costs more than most keys and values take word by word.
import type { MachineMemory } from '../memory.js';

const MAX_LOOP_BYTES = 64;

/** Copies `lengthBytes` bytes; the two ranges are the same or do not overlap. */
export function copyBytes(memory: MachineMemory, to: number, from: number, lengthBytes: number): void {
  if (lengthBytes > MAX_LOOP_BYTES) {
    memory.bytes.copyWithin(to, from, from + lengthBytes);
    return;
  }
  const { view } = memory;
  let at = 0;
  for (const end = lengthBytes & ~3; at < end; at += 4) view.setInt32(to + at, view.getInt32(from + at, true), true);
  for (; at < lengthBytes; at++) view.setUint8(to + at, view.getUint8(from + at));
}
