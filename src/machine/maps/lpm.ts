// BPF_MAP_TYPE_LPM_TRIE: longest prefix match.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { MAP_UPDATE_FLAG } from '../../platform/flags.js';
import type { MapEntry, MapHost } from '../map.js';
import { type Lookup, MapBase, sortedByKey } from './base.js';
import { copyBytes } from './copy.js';
import { LENGTH_BYTES, Trie, trieValueOffset } from './trie.js';

/**
 * Values by prefix; nodes as drawn in trie.ts. As in the kernel, an update of an existing prefix makes a new node; the old value stays where it was
 * for a while (see Reuse in pool.ts).
 */
export class LpmTrie extends MapBase {
  private readonly maxBits: number;
  private readonly valueOffset: number;
  private readonly trie: Trie;

  constructor(host: MapHost, spec: MapSpec, id: number) {
    super(host, spec, id);
    this.maxBits = 8 * (spec.keySizeBytes - LENGTH_BYTES);
    this.valueOffset = trieValueOffset(spec.keySizeBytes);
    const strideBytes = this.valueOffset + this.valueStride;
    const shape = { keySizeBytes: spec.keySizeBytes, strideBytes, label: this.label };
    const onChunk = (start: number, nodes: number): void => this.addValues(start, nodes, strideBytes);
    this.trie = new Trie(host.memory, this.address, shape, onChunk);
  }

  override get size(): number {
    return this.trie.size;
  }

  override lookupAddress(keyAddress: number, _cpu: number): number {
    const length = this.memory.view.getUint32(keyAddress, true);
    if (length > this.maxBits) return 0;
    const node = this.trie.longestMatch(keyAddress, length);
    return node === 0 ? 0 : node + this.valueOffset;
  }

  override updateFrom(keyAddress: number, valueAddress: number, flags: number, _cpu: number): number {
    const length = this.memory.view.getUint32(keyAddress, true);
    if (flags > MAP_UPDATE_FLAG.BPF_EXIST || length > this.maxBits) return -ERRNO.EINVAL;
    const old = this.trie.seek(keyAddress, length);
    const problem = this.updateProblem(old !== 0, flags);
    if (problem !== 0) return problem;
    copyBytes(this.memory, this.trie.put() + this.valueOffset, valueAddress, this.spec.valueSizeBytes);
    return 0;
  }

  override deleteAt(keyAddress: number): number {
    const length = this.memory.view.getUint32(keyAddress, true);
    if (length > this.maxBits) return -ERRNO.EINVAL;
    if (this.trie.seek(keyAddress, length) === 0) return -ERRNO.ENOENT;
    this.trie.remove();
    return 0;
  }

  override entries(): MapEntry[] {
    const entries = this.trie.entries().map(node => ({
      key: this.trie.keyOf(node),
      values: [this.valueAt(node + this.valueOffset)],
    }));
    return sortedByKey(entries);
  }

  protected override readStaged(keyAddress: number): Lookup {
    const value = this.lookupAddress(keyAddress, 0);
    return value === 0 ? -ERRNO.ENOENT : [this.valueAt(value)];
  }

  protected override writeStaged(keyAddress: number, values: readonly Uint8Array[], flags: number): number {
    return this.updateFrom(keyAddress, this.stageValue(values[0]!), flags, 0);
  }

  private updateProblem(exists: boolean, flags: number): number {
    if (exists) return flags === MAP_UPDATE_FLAG.BPF_NOEXIST ? -ERRNO.EEXIST : 0;
    if (flags === MAP_UPDATE_FLAG.BPF_EXIST) return -ERRNO.ENOENT;
    return this.trie.size < this.spec.maxEntries ? 0 : -ERRNO.ENOSPC;
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
      isReadable: this.isProgramReadable,
      label: this.label,
    });
  }
}
