// A table over the first 16 bits of a trie's keys, so that lookups start deep in large tries.
import type { MachineMemory } from '../memory.js';
import { DESCRIPTOR } from './layout.js';

/** Bits of the key that the index covers; keys and prefixes shorter than that start at the root. */
export const INDEX_BITS = 16;
const INDEX_SLOTS = 2 ** INDEX_BITS;

/**
 * ```
 * INDEX -> | node | entry | node | entry | ...       two u32 words for each value of the first 16 bits, the first bit highest
 * ```
 * `node` is where a lookup goes on: the first node on the way whose prefix is 16 bits or longer, 0 where none has these 16 bits. `entry` is the
 * longest entry shorter than that, 0 for none: the answer if nothing longer matches. Nodes are drawn in trie.ts.
 */
export class TrieIndex {
  /** Address of the table, 0 until it is built. */
  base = 0;
  private readonly memory: MachineMemory;
  private readonly descriptor: number;

  constructor(memory: MachineMemory, descriptor: number) {
    this.memory = memory;
    this.descriptor = descriptor;
  }

  build(label: string): void {
    this.base = this.memory.allocate(8 * INDEX_SLOTS, 8, label);
    this.memory.u32[(this.descriptor + DESCRIPTOR.INDEX) >>> 2] = this.base;
    this.refresh(0, 0);
  }

  /** A prefix with these first 16 bits and this length has come, gone or moved. */
  refresh(bits: number, length: number): void {
    if (this.base === 0) return;
    const { u32 } = this.memory;
    const depth = Math.min(length, INDEX_BITS);
    let node = u32[(this.descriptor + DESCRIPTOR.BASE) >>> 2]!;
    let entry = 0;
    while (node !== 0) {
      const at = node >>> 2;
      const nodeLength = u32[at + 2]!;
      if (nodeLength >= depth || ((u32[at + 4]! >>> 16) ^ bits) >>> (INDEX_BITS - nodeLength) !== 0) break;
      if (u32[at + 3] !== 0) entry = node;
      node = u32[at + ((bits >>> (INDEX_BITS - 1 - nodeLength)) & 1)]!;
    }
    const count = 2 ** (INDEX_BITS - depth);
    this.fill(node, entry, bits - (bits % count), count);
  }

  /** Slots `first` to `first + count - 1`, below which `node` hangs, and whose longest entry above it is `entry`. */
  private fill(node: number, entry: number, first: number, count: number): void {
    const { u32 } = this.memory;
    for (let slot = first; slot < first + count; slot++) this.setSlot(slot, 0, entry);
    if (node === 0) return;
    const at = node >>> 2;
    const length = Math.min(u32[at + 2]!, INDEX_BITS);
    const below = 2 ** (INDEX_BITS - length);
    const bits = u32[at + 4]! >>> 16;
    const start = bits - (bits % below);
    if (start < first || start >= first + count) return;
    if (length === INDEX_BITS) {
      this.setSlot(start, node, entry);
      return;
    }
    const longest = u32[at + 3] === 0 ? entry : node;
    this.fill(u32[at]!, longest, start, below / 2);
    this.fill(u32[at + 1]!, longest, start + below / 2, below / 2);
  }

  private setSlot(slot: number, node: number, entry: number): void {
    const at = (this.base >>> 2) + 2 * slot;
    this.memory.u32[at] = node;
    this.memory.u32[at + 1] = entry;
  }
}
