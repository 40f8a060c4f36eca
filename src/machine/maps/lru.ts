// BPF_MAP_TYPE_LRU_HASH and BPF_MAP_TYPE_LRU_PERCPU_HASH: a full map makes room by itself. Hot.

import type { MapSpec } from '../../object/spec.js';
import type { MapHost } from '../map.js';
import { HashMap, type ValueSlot } from './hash.js';
import { DESCRIPTOR } from './layout.js';
import { ELEMENT } from './table.js';

/**
 * Second chance over one list for all CPUs, in the order in which entries came. A program's lookup, and an update of an existing key by either
 * side, marks the entry as referenced; user space's lookups do not. To make room, the oldest entry goes if it is not marked; a marked
 * one loses its mark and becomes the newest, and the next oldest is asked. Exactly max_entries entries fit.
 *
 * The kernel keeps lists per CPU and evicts in batches (up to 128 entries at once), so which entries survive there depends on the CPU count and on
 * timing; what is here is one of the outcomes that programs must expect, and always the same one.
 * ```
 * OLDEST -> element  <- OLDER - - NEWER ->  element ... <- NEWEST       words as drawn in table.ts, 0 at the ends
 * ```
 */
export class LruMap extends HashMap {
  constructor(host: MapHost, spec: MapSpec, id: number, valueSlot: ValueSlot) {
    super(host, spec, id, valueSlot, true);
  }

  override lookupAddress(keyAddress: number, cpu: number): number {
    const element = this.table.find(keyAddress);
    if (element === 0) return 0;
    const referenced = (element + ELEMENT.REFERENCED) >>> 2;
    if (this.memory.u32[referenced] === 0) this.memory.u32[referenced] = 1;
    return this.valueAddress(element, cpu);
  }

  protected override get keepsSpare(): boolean {
    return false;
  }

  protected override get canLock(): boolean {
    return false;
  }

  protected override makeRoom(): number {
    if (this.table.size >= this.spec.maxEntries) this.remove(this.victim());
    return 0;
  }

  protected override onLinked(element: number): void {
    const { u32 } = this.memory;
    u32[(element + ELEMENT.REFERENCED) >>> 2] = 0;
    this.append(element);
  }

  protected override onUnlink(element: number): void {
    const { u32 } = this.memory;
    const newer = u32[(element + ELEMENT.NEWER) >>> 2]!;
    const older = u32[(element + ELEMENT.OLDER) >>> 2]!;
    if (older === 0) this.setWord(DESCRIPTOR.OLDEST, newer);
    else u32[(older + ELEMENT.NEWER) >>> 2] = newer;
    if (newer === 0) this.setWord(DESCRIPTOR.NEWEST, older);
    else u32[(newer + ELEMENT.OLDER) >>> 2] = older;
  }

  protected override touch(element: number): number {
    this.memory.u32[(element + ELEMENT.REFERENCED) >>> 2] = 1;
    return element;
  }

  /** Ends: every step that finds a mark takes it away. */
  private victim(): number {
    for (;;) {
      const oldest = this.word(DESCRIPTOR.OLDEST);
      const referenced = (oldest + ELEMENT.REFERENCED) >>> 2;
      if (this.memory.u32[referenced] === 0) return oldest;
      this.memory.u32[referenced] = 0;
      this.onUnlink(oldest);
      this.append(oldest);
    }
  }

  private append(element: number): void {
    const { u32 } = this.memory;
    const newest = this.word(DESCRIPTOR.NEWEST);
    u32[(element + ELEMENT.OLDER) >>> 2] = newest;
    u32[(element + ELEMENT.NEWER) >>> 2] = 0;
    if (newest === 0) this.setWord(DESCRIPTOR.OLDEST, element);
    else u32[(newest + ELEMENT.NEWER) >>> 2] = element;
    this.setWord(DESCRIPTOR.NEWEST, element);
  }
}
