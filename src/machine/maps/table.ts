// The hash table in linear memory: a bucket table that doubles, and elements that never move. Hot.
import type { MapSpec } from '../../object/spec.js';
import type { MachineMemory } from '../memory.js';
import { copyBytes } from './copy.js';
import { equalKeys, hashKey } from './hash-function.js';
import { DESCRIPTOR, roundUp8 } from './layout.js';
import { Pool } from './pool.js';

const FIRST_BUCKETS = 16;

/** Byte offsets in an element, and its size. */
export interface ElementLayout {
  readonly keyOffset: number;
  readonly valueOffset: number;
  readonly strideBytes: number;
}

/** Offsets that every element has; those from REFERENCED on only in LRU maps. */
export const ELEMENT = { NEXT: 0, HASH: 4, REFERENCED: 8, NEWER: 12, OLDER: 16, LIST: 20 } as const;

/**
 * What an element of a hash map looks like. `value` is the value itself, or in per-CPU and map-in-map types a u32: the address of the CPUs'
 * values (VALUE_STRIDE apart), or of the inner map.
 * ```
 * bucket table   BASE -> | element | 0 | element | ...   u32 each, MASK + 1 of them; bucket = hash & MASK
 * element, HASH  | next | hash | key, padded to 8 | value, padded to 8 |
 *          LRU   | next | hash | referenced | newer | older | list | key, padded to 8 | value, padded to 8 |
 * ```
 */
export function hashElementLayout(keyBytes: number, valueSlotBytes: number, isLru: boolean): ElementLayout {
  const keyOffset = isLru ? 24 : 8;
  const valueOffset = keyOffset + roundUp8(keyBytes);
  return { keyOffset, valueOffset, strideBytes: valueOffset + roundUp8(valueSlotBytes) };
}

/** Elements by key. What `find` needs stands in the descriptor too, for emitted code. */
export class HashTable {
  readonly layout: ElementLayout;
  private readonly memory: MachineMemory;
  private readonly descriptor: number;
  private readonly keyBytes: number;
  private readonly maxBuckets: number;
  private readonly label: string;
  private readonly pool: Pool;
  private base = 0;
  private mask = 0;
  private count = 0;

  constructor(
    memory: MachineMemory,
    descriptor: number,
    spec: MapSpec,
    layout: ElementLayout,
    onChunk: (start: number, elements: number) => void,
  ) {
    this.memory = memory;
    this.descriptor = descriptor;
    this.layout = layout;
    this.keyBytes = spec.keySizeBytes;
    this.maxBuckets = 2 ** Math.ceil(Math.log2(spec.maxEntries));
    this.label = `map ${spec.name}`;
    this.pool = new Pool(memory, descriptor, layout.strideBytes, this.label, 'at-once', onChunk);
    this.useBuckets(Math.min(FIRST_BUCKETS, this.maxBuckets));
  }

  get size(): number {
    return this.count;
  }

  hash(keyAddress: number): number {
    return hashKey(this.memory, keyAddress, this.keyBytes);
  }

  /** The element with that key, 0 where there is none. */
  find(keyAddress: number): number {
    return this.findHashed(keyAddress, hashKey(this.memory, keyAddress, this.keyBytes));
  }

  findHashed(keyAddress: number, hash: number): number {
    const { u32 } = this.memory;
    let element = u32[(this.base >>> 2) + ((hash & this.mask) >>> 0)]!;
    while (element !== 0) {
      const at = element >>> 2;
      if (u32[at + 1] === hash && equalKeys(this.memory, element + this.layout.keyOffset, keyAddress, this.keyBytes)) {
        return element;
      }
      element = u32[at]!;
    }
    return 0;
  }

  /** An element that is in no bucket, with that key; its value is whatever it held before. */
  create(keyAddress: number, hash: number): number {
    const element = this.pool.take();
    this.memory.u32[(element + ELEMENT.HASH) >>> 2] = hash;
    const key = element + this.layout.keyOffset;
    copyBytes(this.memory, key, keyAddress, this.keyBytes);
    return element;
  }

  /** Gives back an element that is in no bucket. */
  release(element: number): void {
    this.pool.give(element);
  }

  /** Puts a created element into its bucket. */
  link(element: number): void {
    if (this.count > this.mask && this.mask + 1 < this.maxBuckets) this.grow();
    this.push(element);
    this.setCount(this.count + 1);
  }

  /** Takes an element out of its bucket, to be released. */
  unlink(element: number): void {
    this.rewire(element, this.memory.u32[element >>> 2]!);
    this.setCount(this.count - 1);
  }

  /** Puts a created element with the same key into the place of `old`, which is then to be released. */
  replace(old: number, element: number): void {
    this.memory.u32[element >>> 2] = this.memory.u32[old >>> 2]!;
    this.rewire(old, element);
  }

  isLinked(element: number): boolean {
    return this.findHashed(element + this.layout.keyOffset, this.hashOf(element)) === element;
  }

  /** All elements, in no order that means anything. */
  elements(): number[] {
    const found: number[] = [];
    const { u32 } = this.memory;
    for (let bucket = 0; bucket <= this.mask; bucket++) {
      for (let element = u32[(this.base >>> 2) + bucket]!; element !== 0; element = u32[element >>> 2]!) {
        found.push(element);
      }
    }
    return found;
  }

  private hashOf(element: number): number {
    return this.memory.u32[(element + ELEMENT.HASH) >>> 2]!;
  }

  private bucketOf(element: number): number {
    return (this.base >>> 2) + ((this.hashOf(element) & this.mask) >>> 0);
  }

  private push(element: number): void {
    const bucket = this.bucketOf(element);
    this.memory.u32[element >>> 2] = this.memory.u32[bucket]!;
    this.memory.u32[bucket] = element;
  }

  /** Makes what points at `element` point at `successor`. */
  private rewire(element: number, successor: number): void {
    const { u32 } = this.memory;
    let link = this.bucketOf(element);
    while (u32[link] !== element) link = u32[link]! >>> 2;
    u32[link] = successor;
  }

  private grow(): void {
    const elements = this.elements();
    this.useBuckets(2 * (this.mask + 1));
    for (const element of elements) this.push(element);
  }

  private useBuckets(buckets: number): void {
    this.base = this.memory.allocate(4 * buckets, 8, this.label);
    this.mask = buckets - 1;
    this.memory.u32[(this.descriptor + DESCRIPTOR.BASE) >>> 2] = this.base;
    this.memory.u32[(this.descriptor + DESCRIPTOR.MASK) >>> 2] = this.mask;
  }

  private setCount(count: number): void {
    this.count = count;
    this.memory.u32[(this.descriptor + DESCRIPTOR.COUNT) >>> 2] = count;
  }
}
