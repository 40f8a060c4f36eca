// BPF_MAP_TYPE_BLOOM_FILTER.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { RUN_LIMIT } from '../../platform/limits.js';
import type { MapEntry, MapHost } from '../map.js';
import { type Lookup, MapBase } from './base.js';
import { FINAL_MULTIPLIER, hashKey, ROUND_MULTIPLIER } from './hash-function.js';
import { DESCRIPTOR } from './layout.js';

const MAX_BITS = 2 ** 32;

/**
 * Values that may be present: push sets bits, peek tests them. As many bits as the kernel has (7/5 of values times hashes, up to the next power
 * of two), but another hash: the share of false positives agrees, not which values they are.
 * ```
 * BASE -> bits, 32 a word, the lowest first; MASK + 1 bits
 * ```
 * The hash functions are: bit(i) = mix(hash of the value + i * ROUND_MULTIPLIER) & MASK, i from 0.
 */
export class BloomFilter extends MapBase {
  private readonly base: number;
  private readonly mask: number;
  private readonly hashes: number;

  constructor(host: MapHost, spec: MapSpec, id: number) {
    super(host, spec, id);
    this.hashes = Number(spec.extra) || RUN_LIMIT.BLOOM_FILTER_DEFAULT_HASHES;
    const bits = bitCount(spec.maxEntries, this.hashes);
    this.mask = bits - 1;
    this.base = host.memory.allocate(bits / 8, 8, this.label);
    this.setWord(DESCRIPTOR.BASE, this.base);
    this.setWord(DESCRIPTOR.MASK, this.mask);
  }

  override get size(): number {
    return 0;
  }

  override push(valueAddress: number, flags: number): number {
    if (flags !== 0) return -ERRNO.EINVAL;
    const hash = hashKey(this.memory, valueAddress, this.spec.valueSizeBytes);
    for (let at = 0; at < this.hashes; at++) {
      const bit = this.bit(hash, at);
      this.memory.u32[this.wordOf(bit)]! |= 1 << (bit & 31);
    }
    return 0;
  }

  override peek(valueAddress: number): number {
    const hash = hashKey(this.memory, valueAddress, this.spec.valueSizeBytes);
    for (let at = 0; at < this.hashes; at++) {
      const bit = this.bit(hash, at);
      if ((this.memory.u32[this.wordOf(bit)]! & (1 << (bit & 31))) === 0) return -ERRNO.ENOENT;
    }
    return 0;
  }

  /** Whether user space's lookup of that value would succeed: it may be present. */
  mayContain(value: Uint8Array): boolean {
    return this.peek(this.stageValue(value)) === 0;
  }

  /** None: what was pushed can not be listed. */
  override entries(): MapEntry[] {
    return [];
  }

  /** User space asks with a value in hand, for which a lookup by key has no place: see `mayContain`. */
  protected override readStaged(_keyAddress: number): Lookup {
    return -ERRNO.EINVAL;
  }

  protected override writeStaged(_keyAddress: number, values: readonly Uint8Array[], flags: number): number {
    return this.push(this.stageValue(values[0]!), flags);
  }

  private bit(hash: number, at: number): number {
    const mixed = Math.imul(hash + Math.imul(at, ROUND_MULTIPLIER), FINAL_MULTIPLIER);
    return ((mixed ^ (mixed >>> 15)) & this.mask) >>> 0;
  }

  private wordOf(bit: number): number {
    return (this.base >>> 2) + (bit >>> 5);
  }
}

function bitCount(maxEntries: number, hashes: number): number {
  const wanted = Math.floor((maxEntries * hashes * 7) / 5);
  return Math.min(MAX_BITS, Math.max(64, 2 ** Math.ceil(Math.log2(wanted))));
}
