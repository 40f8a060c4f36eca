// BPF_MAP_TYPE_QUEUE and BPF_MAP_TYPE_STACK.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { MAP_UPDATE_FLAG } from '../../platform/flags.js';
import type { MapEntry, MapHost } from '../map.js';
import { type Lookup, MapBase } from './base.js';
import { copyBytes } from './copy.js';
import { DESCRIPTOR } from './layout.js';
import { Slots } from './slots.js';

/** Which end pop and peek take: `oldest` makes a queue, `newest` a stack. */
export type QueueEnd = 'oldest' | 'newest';

/**
 * Values in order of arrival, in a ring of max_entries values; OLDEST of the descriptor is the index of the oldest, COUNT how many follow.
 * Programs get copies, never addresses. User space's update pushes, its lookup peeks; keys are empty.
 */
export class QueueMap extends MapBase {
  private readonly end: QueueEnd;
  private readonly slots: Slots;
  private oldest = 0;
  private count = 0;

  constructor(host: MapHost, spec: MapSpec, id: number, end: QueueEnd) {
    super(host, spec, id);
    this.end = end;
    this.slots = new Slots(host.memory, spec.maxEntries, this.valueStride, this.label, () => {});
    this.setWord(DESCRIPTOR.BASE, this.slots.base);
    this.setWord(DESCRIPTOR.PAGE_SHIFT, this.slots.pageShift);
    this.setWord(DESCRIPTOR.PAGE_MASK, this.slots.pageMask);
  }

  override get size(): number {
    return this.count;
  }

  override push(valueAddress: number, flags: number): number {
    if ((flags & MAP_UPDATE_FLAG.BPF_NOEXIST) !== 0 || flags > MAP_UPDATE_FLAG.BPF_EXIST) return -ERRNO.EINVAL;
    if (this.count === this.spec.maxEntries) {
      if (flags !== MAP_UPDATE_FLAG.BPF_EXIST) return -ERRNO.E2BIG;
      this.setEnds(this.indexOf(1), this.count - 1);
    }
    const to = this.slots.address(this.indexOf(this.count));
    copyBytes(this.memory, to, valueAddress, this.spec.valueSizeBytes);
    this.setEnds(this.oldest, this.count + 1);
    return 0;
  }

  override pop(valueAddress: number): number {
    const problem = this.peek(valueAddress);
    if (problem !== 0) return problem;
    this.setEnds(this.end === 'oldest' ? this.indexOf(1) : this.oldest, this.count - 1);
    return 0;
  }

  override peek(valueAddress: number): number {
    const { valueSizeBytes } = this.spec;
    if (this.count === 0) {
      this.memory.bytes.fill(0, valueAddress, valueAddress + valueSizeBytes);
      return -ERRNO.ENOENT;
    }
    const from = this.slots.address(this.indexOf(this.end === 'oldest' ? 0 : this.count - 1));
    copyBytes(this.memory, valueAddress, from, valueSizeBytes);
    return 0;
  }

  /** User space can not delete. */
  override deleteAt(_keyAddress: number): number {
    return -ERRNO.EINVAL;
  }

  /** With empty keys, in the order in which pop would give them. */
  override entries(): MapEntry[] {
    const values = Array.from({ length: this.count }, (_, place) => this.slots.address(this.indexOf(place)));
    if (this.end === 'newest') values.reverse();
    return values.map(address => ({ key: new Uint8Array(0), values: [this.valueAt(address)] }));
  }

  protected override readStaged(_keyAddress: number): Lookup {
    const problem = this.peek(this.stagedValue);
    return problem === 0 ? [this.valueAt(this.stagedValue)] : problem;
  }

  protected override writeStaged(_keyAddress: number, values: readonly Uint8Array[], flags: number): number {
    return this.push(this.stageValue(values[0]!), flags);
  }

  /** Ring index of the value that came `place` after the oldest. */
  private indexOf(place: number): number {
    return (this.oldest + place) % this.spec.maxEntries;
  }

  private setEnds(oldest: number, count: number): void {
    this.oldest = oldest;
    this.count = count;
    this.setWord(DESCRIPTOR.OLDEST, oldest);
    this.setWord(DESCRIPTOR.COUNT, count);
  }
}
