// Which bytes of the stack a packet may read before it has written them: only those need to be cleared for it.
import type { Graph } from '../graph.js';

const FRAME_BYTES = 512;

/** Bytes of a frame: bit n stands for the byte n above its lowest one. */
export type FrameBytes = bigint;

export const NO_BYTES: FrameBytes = 0n;
export const ALL_BYTES: FrameBytes = (1n << BigInt(FRAME_BYTES)) - 1n;

/** The bytes from `offset`, relative to the frame pointer, on; what lies outside the frame is left out. */
export function frameBytes(offset: number, sizeBytes: number): FrameBytes {
  const start = Math.max(0, FRAME_BYTES + offset);
  const end = Math.min(FRAME_BYTES, FRAME_BYTES + offset + sizeBytes);
  return end <= start ? NO_BYTES : ((1n << BigInt(end - start)) - 1n) << BigInt(start);
}

/** Something that a block does to the stack, in order. */
export interface StackUse {
  readonly reads: FrameBytes;
  readonly writes: FrameBytes;
}

/** @param uses by block */
export function bytesReadBeforeWritten({ blocks }: Graph, uses: readonly (readonly StackUse[])[]): FrameBytes {
  const sums = uses.map(summary);
  if (sums.every(({ reads }) => reads === NO_BYTES)) return NO_BYTES;
  const written: (FrameBytes | undefined)[] = new Array(blocks.length).fill(undefined);
  written[0] = NO_BYTES;
  let missing = NO_BYTES;
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const { index, successors } of blocks) {
      const { reads, writes } = sums[index]!;
      const before = written[index]!;
      if (reads !== NO_BYTES) missing |= reads & ~before;
      const known = writes === NO_BYTES ? before : before | writes;
      for (const target of successors) {
        const old = written[target];
        if (old === known) continue;
        const after = old === undefined ? known : old & known;
        if (after === old) continue;
        written[target] = after;
        isChanged = true;
      }
    }
  }
  return missing;
}

/** What a block reads before it writes it itself, and what it writes. */
function summary(uses: readonly StackUse[]): StackUse {
  let reads = NO_BYTES;
  let writes = NO_BYTES;
  for (const use of uses) {
    if (use.reads !== NO_BYTES) reads |= use.reads & ~writes;
    if (use.writes !== NO_BYTES) writes |= use.writes;
  }
  return { reads, writes };
}

/** The lowest and highest byte of a set as offsets from the frame pointer, widened to words of 8 bytes; undefined for an empty one. */
export function extentOf(bytes: FrameBytes): { readonly start: number; readonly end: number } | undefined {
  if (bytes === NO_BYTES) return undefined;
  let low = 0;
  while (((bytes >> BigInt(low)) & 0xffn) === 0n) low += 8;
  let high = FRAME_BYTES;
  while (((bytes >> BigInt(high - 8)) & 0xffn) === 0n) high -= 8;
  return { start: low - FRAME_BYTES, end: high - FRAME_BYTES };
}
