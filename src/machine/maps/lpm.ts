// BPF_MAP_TYPE_LPM_TRIE: longest prefix match by a path-compressed binary trie. Lookups are hot; measured by test/machine/maps/speed.mjs.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { MAP_UPDATE_FLAG } from '../../platform/flags.js';
import type { MapEntry, MapHost } from '../map.js';
import { type Lookup, MapBase, sortedByKey } from './base.js';
import { copyBytes } from './copy.js';
import { DESCRIPTOR, roundUp8 } from './layout.js';
import { Pool } from './pool.js';
import { INDEX_BITS, TrieIndex } from './trie-index.js';

const LENGTH_BYTES = 4;

/** Entries from which on a trie has an index: half a megabyte of memory that smaller ones need not touch. */
export const INDEXED_ENTRIES = 64;

/** Byte offsets in a node. */
export const TRIE_NODE = { CHILD: 0, LENGTH: 8, IS_ENTRY: 12, DATA: 16 } as const;

/** Offset of the value in a node of a trie with that key size. */
export function trieValueOffset(keySizeBytes: number): number {
  return TRIE_NODE.DATA + roundUp8(keySizeBytes - LENGTH_BYTES);
}

/**
 * Keys are struct bpf_lpm_trie_key: a u32 prefix length, then data whose first bit is the highest of the first byte.
 * ```
 * BASE -> root node or 0
 * node | child for bit 0 | child for bit 1 | prefix length | 1: entry, 0: branch | data, padded to 8 | value, padded to 8 |
 * ```
 * All words u32. Data words hold four key bytes each with the first byte highest, so that bit n of the key is bit 31 - n % 32 of word n / 32; a
 * last short word is filled up with zeroes. Bits behind the prefix length are kept as user space gave them and never compared.
 * The children of a node with length n start with its first n bits and continue with 0 or 1. A branch (never handed out) has two children.
 *
 * A lookup starts at the root, or in a large trie where the index says, goes down while the node's length is at most the key's and all its bits match, and remembers the last entry on its way.
 * As in the kernel, an update of an existing prefix makes a new node; the old value stays where it was for a while (see Reuse in pool.ts).
 */
export class LpmTrie extends MapBase {
  private readonly maxBits: number;
  private readonly dataWords: number;
  private readonly valueOffset: number;
  private readonly pool: Pool;
  private readonly index: TrieIndex;
  /** The data words of the key in hand. */
  private readonly key: Uint32Array;
  private count = 0;

  constructor(host: MapHost, spec: MapSpec, id: number) {
    super(host, spec, id);
    const dataBytes = spec.keySizeBytes - LENGTH_BYTES;
    this.maxBits = 8 * dataBytes;
    this.dataWords = Math.ceil(dataBytes / 4);
    this.key = new Uint32Array(this.dataWords);
    this.valueOffset = trieValueOffset(spec.keySizeBytes);
    this.index = new TrieIndex(host.memory, this.address);
    const stride = this.valueOffset + this.valueStride;
    const onChunk = (start: number, nodes: number): void => this.addValues(start, nodes, stride);
    this.pool = new Pool(host.memory, this.address, stride, this.label, 'late', onChunk);
  }

  override get size(): number {
    return this.count;
  }

  override lookupAddress(keyAddress: number, _cpu: number): number {
    const length = this.memory.view.getUint32(keyAddress, true);
    if (length > this.maxBits) return 0;
    const node = this.dataWords === 1 ? this.longestMatch32(keyAddress, length) : this.longestMatch(keyAddress, length);
    return node === 0 ? 0 : node + this.valueOffset;
  }

  override updateFrom(keyAddress: number, valueAddress: number, flags: number, _cpu: number): number {
    const length = this.memory.view.getUint32(keyAddress, true);
    if (flags > MAP_UPDATE_FLAG.BPF_EXIST || length > this.maxBits) return -ERRNO.EINVAL;
    this.loadKey(keyAddress);
    const link = this.findLink(length);
    const node = this.memory.u32[link >>> 2]!;
    const isSame = node !== 0 && this.lengthOf(node) === length && this.commonBits(node, length) === length;
    const problem = this.updateProblem(isSame && this.isEntry(node), flags);
    if (problem !== 0) return problem;
    const entry = this.createEntry(length, valueAddress);
    if (isSame) this.replace(link, node, entry);
    else this.insert(link, node, entry, length);
    this.updateIndex(length);
    return 0;
  }

  override deleteAt(keyAddress: number): number {
    const length = this.memory.view.getUint32(keyAddress, true);
    if (length > this.maxBits) return -ERRNO.EINVAL;
    this.loadKey(keyAddress);
    const link = this.findLink(length);
    const node = this.memory.u32[link >>> 2]!;
    const isSame = node !== 0 && this.lengthOf(node) === length && this.commonBits(node, length) === length;
    if (!isSame || !this.isEntry(node)) return -ERRNO.ENOENT;
    this.remove(link, node);
    this.setCount(this.count - 1);
    this.updateIndex(length);
    return 0;
  }

  override entries(): MapEntry[] {
    const entries: MapEntry[] = [];
    const pending = [this.word(DESCRIPTOR.BASE)];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (node === 0) continue;
      if (this.isEntry(node)) entries.push({ key: this.keyOf(node), values: [this.valueAt(node + this.valueOffset)] });
      pending.push(this.child(node, 0), this.child(node, 1));
    }
    return sortedByKey(entries);
  }

  protected override readStaged(keyAddress: number): Lookup {
    const value = this.lookupAddress(keyAddress, 0);
    return value === 0 ? -ERRNO.ENOENT : [this.valueAt(value)];
  }

  protected override writeStaged(keyAddress: number, values: readonly Uint8Array[], flags: number): number {
    return this.updateFrom(keyAddress, this.stageValue(values[0]!), flags, 0);
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

  private longestMatch(keyAddress: number, length: number): number {
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
    if (base === 0 || length < INDEX_BITS) return (this.address + DESCRIPTOR.BASE) >>> 2;
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

  private commonBits(node: number, limit: number): number {
    const data = (node + TRIE_NODE.DATA) >>> 2;
    for (let word = 0; word << 5 < limit; word++) {
      const same = Math.clz32(this.memory.u32[data + word]! ^ this.key[word]!);
      if (same < 32) return Math.min(limit, (word << 5) + same);
    }
    return limit;
  }

  private loadKey(keyAddress: number): void {
    for (let word = 0; word < this.dataWords; word++) this.key[word] = this.dataWord(keyAddress, word);
  }

  private dataWord(keyAddress: number, word: number): number {
    const { view } = this.memory;
    const address = keyAddress + LENGTH_BYTES + 4 * word;
    const bytes = keyAddress + this.spec.keySizeBytes - address;
    if (bytes >= 4) return view.getUint32(address, false);
    let value = 0;
    for (let at = 0; at < bytes; at++) value |= view.getUint8(address + at) << (24 - 8 * at);
    return value >>> 0;
  }

  private keyBit(bit: number): number {
    return (this.key[bit >>> 5]! << (bit & 31)) >>> 31;
  }

  // ---- change ----

  /** Address of the word that points at the node with the key in hand, or at the place where it belongs. */
  private findLink(length: number): number {
    let link = this.address + DESCRIPTOR.BASE;
    for (;;) {
      const node = this.memory.u32[link >>> 2]!;
      if (node === 0) return link;
      const nodeLength = this.lengthOf(node);
      if (nodeLength >= length || this.commonBits(node, nodeLength) < nodeLength) return link;
      link = node + 4 * this.keyBit(nodeLength);
    }
  }

  private updateIndex(length: number): void {
    if (this.index.base === 0) {
      if (this.count >= INDEXED_ENTRIES && this.maxBits >= INDEX_BITS) this.index.build(this.label);
    } else {
      this.index.refresh(this.key[0]! >>> 16, length);
    }
  }

  private updateProblem(exists: boolean, flags: number): number {
    if (exists) return flags === MAP_UPDATE_FLAG.BPF_NOEXIST ? -ERRNO.EEXIST : 0;
    if (flags === MAP_UPDATE_FLAG.BPF_EXIST) return -ERRNO.ENOENT;
    return this.count < this.spec.maxEntries ? 0 : -ERRNO.ENOSPC;
  }

  private createEntry(length: number, valueAddress: number): number {
    const entry = this.createNode(length, true);
    this.memory.u32.set(this.key, (entry + TRIE_NODE.DATA) >>> 2);
    const value = entry + this.valueOffset;
    copyBytes(this.memory, value, valueAddress, this.spec.valueSizeBytes);
    return entry;
  }

  private createNode(length: number, isEntry: boolean): number {
    const node = this.pool.take();
    this.memory.u32.set([0, 0, length, isEntry ? 1 : 0], node >>> 2);
    return node;
  }

  private replace(link: number, node: number, entry: number): void {
    if (!this.isEntry(node)) this.setCount(this.count + 1);
    this.setChild(entry, 0, this.child(node, 0));
    this.setChild(entry, 1, this.child(node, 1));
    this.memory.u32[link >>> 2] = entry;
    this.pool.give(node);
  }

  private insert(link: number, node: number, entry: number, length: number): void {
    this.setCount(this.count + 1);
    const { u32 } = this.memory;
    if (node === 0) {
      u32[link >>> 2] = entry;
      return;
    }
    const common = this.commonBits(node, Math.min(length, this.lengthOf(node)));
    if (common === length) {
      this.setChild(entry, this.dataBit(node, common), node);
      u32[link >>> 2] = entry;
      return;
    }
    const branch = this.createNode(common, false);
    this.memory.u32.set(this.key, (branch + TRIE_NODE.DATA) >>> 2);
    this.setChild(branch, this.keyBit(common), entry);
    this.setChild(branch, 1 - this.keyBit(common), node);
    this.memory.u32[link >>> 2] = branch;
  }

  private remove(link: number, node: number): void {
    const [zero, one] = [this.child(node, 0), this.child(node, 1)];
    if (zero !== 0 && one !== 0) {
      this.memory.u32[(node + TRIE_NODE.IS_ENTRY) >>> 2] = 0;
      return;
    }
    this.memory.u32[link >>> 2] = zero === 0 ? one : zero;
    this.pool.give(node);
    if (zero === 0 && one === 0) this.dropBranch(link);
  }

  /** Takes out the branch that `link`, just emptied, is part of; it has one child left. */
  private dropBranch(link: number): void {
    if (link === this.address + DESCRIPTOR.BASE) return;
    const parentLink = this.linkAbove(link);
    const parent = this.memory.u32[parentLink >>> 2]!;
    if (this.isEntry(parent)) return;
    this.memory.u32[parentLink >>> 2] = this.child(parent, 0) || this.child(parent, 1);
    this.pool.give(parent);
  }

  /** Address of the word that points at the node that `link` is in, on the way of the key in hand. */
  private linkAbove(link: number): number {
    let above = this.address + DESCRIPTOR.BASE;
    for (;;) {
      const node = this.memory.u32[above >>> 2]!;
      const next = node + 4 * this.keyBit(this.lengthOf(node));
      if (next === link) return above;
      above = next;
    }
  }

  // ---- nodes ----

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

  private keyOf(node: number): Uint8Array {
    const key = new Uint8Array(LENGTH_BYTES + 4 * this.dataWords);
    const view = new DataView(key.buffer);
    view.setUint32(0, this.lengthOf(node), true);
    for (let word = 0; word < this.dataWords; word++) {
      view.setUint32(LENGTH_BYTES + 4 * word, this.memory.u32[((node + TRIE_NODE.DATA) >>> 2) + word]!, false);
    }
    return key.slice(0, this.spec.keySizeBytes);
  }

  private setCount(count: number): void {
    this.count = count;
    this.setWord(DESCRIPTOR.COUNT, count);
  }

  private addValues(start: number, nodes: number, strideBytes: number): void {
    const first = start + this.valueOffset;
    const elementBytes = this.spec.valueSizeBytes;
    this.host.regions.add({
      start: first,
      end: first + (nodes - 1) * strideBytes + elementBytes,
      strideBytes,
      elementBytes,
      isWritable: this.isProgramWritable,
      label: this.label,
    });
  }
}
