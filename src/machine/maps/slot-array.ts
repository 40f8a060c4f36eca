// Arrays whose slots hold a reference instead of a value: programs, maps, interfaces, CPUs, sockets, perf buffers.
import type { MapSpec } from '../../object/spec.js';
import type { MapEntry, MapHost } from '../map.js';
import { indexKey } from './array.js';
import { type Lookup, MapBase } from './base.js';
import { DESCRIPTOR } from './layout.js';
import { Slots } from './slots.js';

const SLOT_BYTES = 8;

/** Some bytes of every slot. */
export interface SlotPart {
  readonly offset: number;
  readonly lengthBytes: number;
}

/**
 * Two u32 words a slot; what they mean, each type says. An empty slot has 0 in its first word.
 * ```
 * base -> | first word | second word | first word | second word | ...     8 bytes a slot; in pages where huge, as arrays
 * ```
 */
export abstract class SlotArray extends MapBase {
  private readonly slots: Slots;
  private count = 0;

  constructor(host: MapHost, spec: MapSpec, id: number) {
    super(host, spec, id);
    const onSlots = (start: number, end: number): void => this.addSlots(start, end);
    this.slots = new Slots(host.memory, spec.maxEntries, SLOT_BYTES, this.label, onSlots);
    this.setWord(DESCRIPTOR.BASE, this.slots.base);
    this.setWord(DESCRIPTOR.PAGE_SHIFT, this.slots.pageShift);
    this.setWord(DESCRIPTOR.PAGE_MASK, this.slots.pageMask);
  }

  override get size(): number {
    return this.count;
  }

  override entries(): MapEntry[] {
    const entries: MapEntry[] = [];
    for (const index of this.filled()) entries.push({ key: indexKey(index), values: [this.userValue(index)] });
    return entries;
  }

  /** The value that user space sees in a filled slot. */
  protected abstract userValue(index: number): Uint8Array;

  /** What programs may read of a slot, undefined for nothing. */
  protected get readableSlot(): SlotPart | undefined {
    return undefined;
  }

  /** Indexes of the slots that are not empty, ascending. */
  protected filled(): number[] {
    const indexes: number[] = [];
    for (let index = 0; indexes.length < this.count; index++) if (this.first(index) !== 0) indexes.push(index);
    return indexes;
  }

  protected isIndex(index: number): boolean {
    return index < this.spec.maxEntries;
  }

  protected indexAt(keyAddress: number): number {
    return this.memory.view.getUint32(keyAddress, true);
  }

  /** Address of a slot, 0 past the end or where it is empty. */
  protected filledAddress(index: number): number {
    return this.isIndex(index) && this.first(index) !== 0 ? this.slots.address(index) : 0;
  }

  protected first(index: number): number {
    const slot = this.slots.addressIfTouched(index);
    return slot === 0 ? 0 : this.memory.u32[slot >>> 2]!;
  }

  protected second(index: number): number {
    const slot = this.slots.addressIfTouched(index);
    return slot === 0 ? 0 : this.memory.u32[(slot >>> 2) + 1]!;
  }

  /** Fills a slot, or empties it with first word 0. */
  protected setSlot(index: number, first: number, second: number): void {
    this.count += (first === 0 ? 0 : 1) - (this.first(index) === 0 ? 0 : 1);
    const slot = this.slots.address(index) >>> 2;
    this.memory.u32[slot] = first;
    this.memory.u32[slot + 1] = second;
    this.setWord(DESCRIPTOR.COUNT, this.count);
  }

  /** The words of a slot as user space's value of 4 or 8 bytes. */
  protected wordsValue(first: number, second: number): Uint8Array {
    const value = new Uint8Array(SLOT_BYTES);
    const view = new DataView(value.buffer);
    view.setUint32(0, first, true);
    view.setUint32(4, second, true);
    return value.slice(0, this.spec.valueSizeBytes);
  }

  protected readSlot(index: number, missing: number): Lookup {
    return this.isIndex(index) && this.first(index) !== 0 ? [this.userValue(index)] : missing;
  }

  private addSlots(start: number, end: number): void {
    const part = this.readableSlot;
    if (part === undefined) return;
    this.host.regions.add({
      start: start + part.offset,
      end: end - SLOT_BYTES + part.offset + part.lengthBytes,
      strideBytes: SLOT_BYTES,
      elementBytes: part.lengthBytes,
      isWritable: false,
      label: this.label,
    });
  }
}

/** The u32 words of user space's value; the second is 0 for a value of 4 bytes. */
export function wordsOf(value: Uint8Array): { readonly first: number; readonly second: number } {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return { first: view.getUint32(0, true), second: value.byteLength > 4 ? view.getUint32(4, true) : 0 };
}
