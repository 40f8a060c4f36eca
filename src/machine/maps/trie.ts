// A path-compressed binary trie in linear memory. Lookups are hot; measured by test/machine/maps/speed.mjs.
import type { MachineMemory } from '../memory.js';
import { DESCRIPTOR, roundUp8 } from './layout.js';
import { Pool } from './pool.js';
import { INDEX_BITS, TrieIndex } from './trie-index.js';

/** Bytes of the prefix length in front of a key's data. */
export const LENGTH_BYTES = 4;

/** Entries from which on a trie has an index: half a megabyte of memory that smaller ones need not touch. */
export const INDEXED_ENTRIES = 64;

/** Byte offsets in a node. */
export const TRIE_NODE = { CHILD: 0, LENGTH: 8, IS_ENTRY: 12, DATA: 16 } as const;

/** Offset of the value in a node of a trie with that key size. */
export function trieValueOffset(keySizeBytes: number): number {
  return TRIE_NODE.DATA + roundUp8(keySizeBytes - LENGTH_BYTES);
}

/** What a trie's nodes look like. */
export interface TrieShape {
  /** With the prefix length. */
  readonly keySizeBytes: number;
  /** Of a whole node. */
  readonly strideBytes: number;
  readonly label: string;
}

/**
 * Nodes by prefix. Keys are struct bpf_lpm_trie_key: a u32 prefix length, then data whose first bit is the highest of the first byte.
 * ```
 * BASE -> root node or 0
 * node | child for bit 0 | child for bit 1 | prefix length | 1: entry, 0: branch | data, padded to 8 | value, padded to 8 |
 * ```
 * All words u32. Data words hold four key bytes each with the first byte highest, so that bit n of the key is bit 31 - n % 32 of word n / 32; a
 * last short word is filled up with zeroes. Bits behind the prefix length are kept as user space gave them and never compared.
 * The children of a node with length n start with its first n bits and continue with 0 or 1. A branch holds no value; it has two children.
 *
 * A lookup starts at the root, or in a large trie where the index says, goes down while the node's length is at most the key's and all its bits
 * match, and remembers the last entry on its way.
 */
export class Trie {
  private readonly memory: MachineMemory;
  private readonly descriptor: number;
  private readonly keySizeBytes: number;
  private readonly label: string;
  private readonly dataWords: number;
  private readonly pool: Pool;
  private readonly index: TrieIndex;
  /** The data words of the key in hand, its length, and the address of the word that points at its node or where it belongs. */
  private readonly key: Uint32Array;
  private length = 0;
  private link = 0;
  private count = 0;

  constructor(
    memory: MachineMemory,
    descriptor: number,
    shape: TrieShape,
    onChunk: (start: number, nodes: number) => void,
  ) {
    this.memory = memory;
    this.descriptor = descriptor;
    this.keySizeBytes = shape.keySizeBytes;
    this.label = shape.label;
    this.dataWords = Math.ceil((shape.keySizeBytes - LENGTH_BYTES) / 4);
    this.key = new Uint32Array(this.dataWords);
    this.index = new TrieIndex(memory, descriptor);
    this.pool = new Pool(memory, descriptor, shape.strideBytes, shape.label, 'late', onChunk);
  }

  /** Number of entries. */
  get size(): number {
    return this.count;
  }

  /** The entry with the longest prefix of the key, whose length must fit its data; 0 for none. */
  longestMatch(keyAddress: number, length: number): number {
    return this.dataWords === 1 ? this.longestMatch32(keyAddress, length) : this.longestMatchWide(keyAddress, length);
  }

  /** Takes a key in hand; its entry, 0 where there is none. `put` and `remove` then work on it. */
  seek(keyAddress: number, length: number): number {
    this.loadKey(keyAddress);
    this.length = length;
    this.link = this.findLink();
    const node = this.memory.u32[this.link >>> 2]!;
    return node !== 0 && this.isSame(node) && this.isEntry(node) ? node : 0;
  }

  /** Makes a new entry for the key in hand, in the place of its old one if there is one; its value is yet to be written. */
  put(): number {
    const entry = this.createNode(this.length, true);
    const node = this.memory.u32[this.link >>> 2]!;
    if (node !== 0 && this.isSame(node)) this.replace(node, entry);
    else this.insert(node, entry);
    this.updateIndex();
    return entry;
  }

  /** Removes the entry of the key in hand, which must exist. */
  remove(): void {
    const node = this.memory.u32[this.link >>> 2]!;
    const [zero, one] = [this.child(node, 0), this.child(node, 1)];
    if (zero !== 0 && one !== 0) {
      this.memory.u32[(node + TRIE_NODE.IS_ENTRY) >>> 2] = 0;
    } else {
      this.memory.u32[this.link >>> 2] = zero === 0 ? one : zero;
      this.pool.give(node);
      if (zero === 0 && one === 0) this.dropBranch();
    }
    this.setCount(this.count - 1);
    this.updateIndex();
  }

  /** All entries, in no order that means anything. */
  entries(): number[] {
    const entries: number[] = [];
    const pending = [this.memory.u32[(this.descriptor + DESCRIPTOR.BASE) >>> 2]!];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (node === 0) continue;
      if (this.isEntry(node)) entries.push(node);
      pending.push(this.child(node, 0), this.child(node, 1));
    }
    return entries;
  }

  /** The key of an entry as user space gave it. */
  keyOf(node: number): Uint8Array {
    const key = new Uint8Array(LENGTH_BYTES + 4 * this.dataWords);
    const view = new DataView(key.buffer);
    view.setUint32(0, this.lengthOf(node), true);
    for (let word = 0; word < this.dataWords; word++) {
      view.setUint32(LENGTH_BYTES + 4 * word, this.memory.u32[((node + TRIE_NODE.DATA) >>> 2) + word]!, false);
    }
    return key.slice(0, this.keySizeBytes);
  }

  // ---- lookup ----

  /** The case of up to four data bytes, all in one word. */
  private longestMatch32(keyAddress: number, length: number): number {
    const { u32 } = this.memory;
    const word = this.dataWord(keyAddress, 0);
    const start = this.startOf(word, length);
    let node = u32[start]!;
    let found = u32[start + 1]!;
    while (node !== 0) {
      const at = node >>> 2;
      const nodeLength = u32[at + 2]!;
      if (nodeLength > length || Math.clz32(u32[at + 4]! ^ word) < nodeLength) break;
      if (u32[at + 3] !== 0) found = node;
      if (nodeLength === length) break;
      node = u32[at + ((word << nodeLength) >>> 31)]!;
    }
    return found;
  }

  private longestMatchWide(keyAddress: number, length: number): number {
    this.loadKey(keyAddress);
    const { u32 } = this.memory;
    const start = this.startOf(this.key[0]!, length);
    let node = u32[start]!;
    let found = u32[start + 1]!;
    let matched = 0;
    while (node !== 0) {
      const at = node >>> 2;
      const nodeLength = u32[at + 2]!;
      if (nodeLength > length || !this.matches(at, matched, nodeLength)) break;
      if (u32[at + 3] !== 0) found = node;
      if (nodeLength === length) break;
      matched = nodeLength;
      node = u32[at + this.keyBit(nodeLength)]!;
    }
    return found;
  }

  /** Place of two words: the node to begin with, and the entry found so far. In the descriptor BASE is followed by MASK, which is 0 here. */
  private startOf(firstWord: number, length: number): number {
    const { base } = this.index;
    if (base === 0 || length < INDEX_BITS) return (this.descriptor + DESCRIPTOR.BASE) >>> 2;
    return (base >>> 2) + 2 * (firstWord >>> 16);
  }

  /** Whether the node at word `at` has the key's bits up to `end`, those below `start` being known to match. */
  private matches(at: number, start: number, end: number): boolean {
    const { u32 } = this.memory;
    for (let word = start >>> 5; word << 5 < end; word++) {
      const same = Math.clz32(u32[at + 4 + word]! ^ this.key[word]!);
      if (same < 32) return (word << 5) + same >= end;
    }
    return true;
  }

  private loadKey(keyAddress: number): void {
    for (let word = 0; word < this.dataWords; word++) this.key[word] = this.dataWord(keyAddress, word);
  }

  private dataWord(keyAddress: number, word: number): number {
    const { view } = this.memory;
    const address = keyAddress + LENGTH_BYTES + 4 * word;
    const bytes = keyAddress + this.keySizeBytes - address;
    if (bytes >= 4) return view.getUint32(address, false);
    let value = 0;
    for (let at = 0; at < bytes; at++) value |= view.getUint8(address + at) << (24 - 8 * at);
    return value >>> 0;
  }

  private keyBit(bit: number): number {
    return (this.key[bit >>> 5]! << (bit & 31)) >>> 31;
  }

  // ---- change ----

  private findLink(): number {
    let link = this.descriptor + DESCRIPTOR.BASE;
    for (;;) {
      const node = this.memory.u32[link >>> 2]!;
      if (node === 0) return link;
      const nodeLength = this.lengthOf(node);
      if (nodeLength >= this.length || !this.matches(node >>> 2, 0, nodeLength)) return link;
      link = node + 4 * this.keyBit(nodeLength);
    }
  }

  private isSame(node: number): boolean {
    return this.lengthOf(node) === this.length && this.matches(node >>> 2, 0, this.length);
  }

  private replace(node: number, entry: number): void {
    if (!this.isEntry(node)) this.setCount(this.count + 1);
    this.setChild(entry, 0, this.child(node, 0));
    this.setChild(entry, 1, this.child(node, 1));
    this.memory.u32[this.link >>> 2] = entry;
    this.pool.give(node);
  }

  /** Puts an entry above `node` or, by a branch, beside it. */
  private insert(node: number, entry: number): void {
    this.setCount(this.count + 1);
    this.memory.u32[this.link >>> 2] = entry;
    if (node === 0) return;
    const common = this.commonBits(node, Math.min(this.length, this.lengthOf(node)));
    if (common === this.length) {
      this.setChild(entry, this.dataBit(node, common), node);
      return;
    }
    const branch = this.createNode(common, false);
    this.setChild(branch, this.keyBit(common), entry);
    this.setChild(branch, 1 - this.keyBit(common), node);
    this.memory.u32[this.link >>> 2] = branch;
  }

  /** Takes out the branch that `link`, just emptied, is part of; it has one child left. */
  private dropBranch(): void {
    if (this.link === this.descriptor + DESCRIPTOR.BASE) return;
    const parentLink = this.linkAbove();
    const parent = this.memory.u32[parentLink >>> 2]!;
    if (this.isEntry(parent)) return;
    this.memory.u32[parentLink >>> 2] = this.child(parent, 0) || this.child(parent, 1);
    this.pool.give(parent);
  }

  /** Address of the word that points at the node that `link` is in, on the way of the key in hand. */
  private linkAbove(): number {
    let above = this.descriptor + DESCRIPTOR.BASE;
    for (;;) {
      const node = this.memory.u32[above >>> 2]!;
      const next = node + 4 * this.keyBit(this.lengthOf(node));
      if (next === this.link) return above;
      above = next;
    }
  }

  private updateIndex(): void {
    if (this.index.base !== 0) {
      this.index.refresh(this.key[0]! >>> 16, this.length);
    } else if (this.count >= INDEXED_ENTRIES && this.keySizeBytes >= LENGTH_BYTES + INDEX_BITS / 8) {
      this.index.build(this.label);
    }
  }

  // ---- nodes ----

  /** A node without children whose data are those of the key in hand. */
  private createNode(length: number, isEntry: boolean): number {
    const node = this.pool.take();
    this.memory.u32.set([0, 0, length, isEntry ? 1 : 0], node >>> 2);
    this.memory.u32.set(this.key, (node + TRIE_NODE.DATA) >>> 2);
    return node;
  }

  private commonBits(node: number, limit: number): number {
    const data = (node + TRIE_NODE.DATA) >>> 2;
    for (let word = 0; word << 5 < limit; word++) {
      const same = Math.clz32(this.memory.u32[data + word]! ^ this.key[word]!);
      if (same < 32) return Math.min(limit, (word << 5) + same);
    }
    return limit;
  }

  private lengthOf(node: number): number {
    return this.memory.u32[(node + TRIE_NODE.LENGTH) >>> 2]!;
  }

  private isEntry(node: number): boolean {
    return this.memory.u32[(node + TRIE_NODE.IS_ENTRY) >>> 2] !== 0;
  }

  private child(node: number, bit: number): number {
    return this.memory.u32[(node >>> 2) + bit]!;
  }

  private setChild(node: number, bit: number, child: number): void {
    this.memory.u32[(node >>> 2) + bit] = child;
  }

  private dataBit(node: number, bit: number): number {
    return (this.memory.u32[((node + TRIE_NODE.DATA) >>> 2) + (bit >>> 5)]! << (bit & 31)) >>> 31;
  }

  private setCount(count: number): void {
    this.count = count;
    this.memory.u32[(this.descriptor + DESCRIPTOR.COUNT) >>> 2] = count;
  }
}
