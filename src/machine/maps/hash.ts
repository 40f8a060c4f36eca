// BPF_MAP_TYPE_HASH and BPF_MAP_TYPE_PERCPU_HASH, and what the LRU types share with them. Hot.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { MAP_CREATE_FLAG, MAP_UPDATE_FLAG } from '../../platform/flags.js';
import type { MapEntry, MapHost } from '../map.js';
import { type Lookup, MapBase, sortedByKey } from './base.js';
import { copyBytes } from './copy.js';
import { HashTable, hashElementLayout } from './table.js';

const ADDRESS_BYTES = 4;

/** What stands in an element's value slot: the value, the address of the CPUs' values, or that of an inner map. */
export type ValueSlot = 'value' | 'per-cpu' | 'inner-map';

/**
 * Values by key; elements as drawn in table.ts. As in the kernel, an update of an existing key stores into another element, so that a
 * program's pointer to the old value keeps showing the old value: preallocated maps swap with one spare element, others take a free
 * one. Per-CPU values are written in place.
 */
export class HashMap extends MapBase {
  protected readonly table: HashTable;
  private readonly valueSlot: ValueSlot;
  private spare = 0;

  constructor(host: MapHost, spec: MapSpec, id: number, valueSlot: ValueSlot, isLru = false) {
    super(host, spec, id);
    this.valueSlot = valueSlot;
    const slotBytes = valueSlot === 'value' ? spec.valueSizeBytes : ADDRESS_BYTES;
    const layout = hashElementLayout(spec.keySizeBytes, slotBytes, isLru);
    const onChunk = (start: number, elements: number): void => this.addChunk(start, elements);
    this.table = new HashTable(host.memory, this.address, spec, layout, onChunk);
  }

  override get size(): number {
    return this.table.size;
  }

  override lookupAddress(keyAddress: number, cpu: number): number {
    const element = this.table.find(keyAddress);
    return element === 0 ? 0 : this.valueAddress(element, cpu);
  }

  override updateFrom(keyAddress: number, valueAddress: number, flags: number, cpu: number): number {
    const hash = this.table.hash(keyAddress);
    const old = this.table.findHashed(keyAddress, hash);
    const { BPF_F_LOCK } = MAP_UPDATE_FLAG;
    const isLocked = flags >= BPF_F_LOCK && flags < 2 * BPF_F_LOCK && this.canLock;
    const problem = updateProblem(old, isLocked ? flags - BPF_F_LOCK : flags);
    if (problem !== 0) return problem;
    if (isLocked && old !== 0) {
      this.copyLocked(valueAddress, this.valueAddress(old, 0));
      return 0;
    }
    if (!this.isPerCpu) return this.swapIn(old, keyAddress, hash, valueAddress);
    const element = old === 0 ? this.insertZeroes(keyAddress, hash) : old;
    if (element < 0) return element;
    this.copyValue(valueAddress, this.valueAddress(element, cpu));
    return 0;
  }

  override deleteAt(keyAddress: number): number {
    const element = this.table.find(keyAddress);
    if (element === 0) return -ERRNO.ENOENT;
    this.remove(element);
    return 0;
  }

  override forEach(cpu: number, visit: (keyAddress: number, valueAddress: number) => boolean): number {
    const { keyOffset } = this.table.layout;
    return this.withVisitKey(visitKey => {
      let visited = 0;
      for (const element of this.table.elements()) {
        if (!this.table.isLinked(element)) continue;
        const key = element + keyOffset;
        copyBytes(this.memory, visitKey, key, this.spec.keySizeBytes);
        visited++;
        if (visit(visitKey, this.valueAddress(element, cpu))) break;
      }
      return visited;
    });
  }

  override entries(): MapEntry[] {
    const entries = this.table
      .elements()
      .map(element => ({ key: this.keyOf(element), values: this.valuesOf(element) }));
    return sortedByKey(entries);
  }

  protected override get isPerCpu(): boolean {
    return this.valueSlot === 'per-cpu';
  }

  protected override readStaged(keyAddress: number): Lookup {
    const element = this.table.find(keyAddress);
    return element === 0 ? -ERRNO.ENOENT : this.valuesOf(element);
  }

  protected override writeStaged(keyAddress: number, values: readonly Uint8Array[], flags: number): number {
    if (!this.isPerCpu) return this.updateFrom(keyAddress, this.stageValue(values[0]!), flags, 0);
    const hash = this.table.hash(keyAddress);
    const old = this.table.findHashed(keyAddress, hash);
    const problem = updateProblem(old, flags);
    if (problem !== 0) return problem;
    const element = old === 0 ? this.insertZeroes(keyAddress, hash) : old;
    if (element < 0) return element;
    for (let cpu = 0; cpu < this.host.cpuCount; cpu++) {
      this.memory.bytes.set(values[cpu] ?? values[0]!, this.valueAddress(element, cpu));
    }
    return 0;
  }

  /** Whether updates may ask for BPF_F_LOCK. */
  private get canLock(): boolean {
    return this.hasLock && !this.isPerCpu;
  }

  override visitValue(valueAddress: number, visit: (keyAddress: number) => void): void {
    const { keyOffset, valueOffset } = this.table.layout;
    this.withVisitKey(visitKey => {
      copyBytes(this.memory, visitKey, valueAddress - valueOffset + keyOffset, this.spec.keySizeBytes);
      visit(visitKey);
      return 0;
    });
  }

  /** Whether another element can be added: 0, or a negative errno where the map is full. */
  private room(): number {
    return this.table.size < this.spec.maxEntries ? 0 : -ERRNO.E2BIG;
  }

  /** Whether an update of an existing key swaps with a spare element, instead of a free one. */
  private get keepsSpare(): boolean {
    return !this.has(MAP_CREATE_FLAG.BPF_F_NO_PREALLOC);
  }

  /** Takes an element out of the table. */
  protected remove(element: number): void {
    if (this.fields.length > 0 && !this.isPerCpu) this.clearFields(this.valueAddress(element, 0));
    this.table.unlink(element);
    this.table.release(element);
  }

  protected valueAddress(element: number, cpu: number): number {
    const slot = element + this.table.layout.valueOffset;
    return this.isPerCpu ? this.memory.u32[slot >>> 2]! + cpu * this.valueStride : slot;
  }

  private swapIn(old: number, keyAddress: number, hash: number, valueAddress: number): number {
    const problem = old === 0 ? this.room() : 0;
    if (problem !== 0) return problem;
    const element = this.createElement(keyAddress, hash, old);
    this.copyValue(valueAddress, this.valueAddress(element, 0));
    if (this.fields.length > 0) this.clearOld(old, element);
    if (old === 0) this.table.link(element);
    else this.replace(old, element);
    return 0;
  }

  private clearOld(old: number, element: number): void {
    this.clearFields(this.valueAddress(element, 0));
    if (old !== 0) this.clearFields(this.valueAddress(old, 0));
  }

  private createElement(keyAddress: number, hash: number, old: number): number {
    if (old === 0 || this.spare === 0) return this.table.create(keyAddress, hash);
    this.table.release(this.spare);
    this.spare = 0;
    return this.table.create(keyAddress, hash);
  }

  private replace(old: number, element: number): void {
    this.table.replace(old, element);
    if (this.keepsSpare) this.spare = old;
    else this.table.release(old);
  }

  /** The new element, all CPUs' values zero; a negative errno where the map is full. */
  private insertZeroes(keyAddress: number, hash: number): number {
    const problem = this.room();
    if (problem !== 0) return problem;
    const element = this.table.create(keyAddress, hash);
    this.clearValues(element);
    this.table.link(element);
    return element;
  }

  /** All CPUs' values become zero. */
  protected clearValues(element: number): void {
    const values = this.valueAddress(element, 0);
    this.memory.bytes.fill(0, values, values + this.host.cpuCount * this.valueStride);
  }

  protected copyValue(from: number, to: number): void {
    copyBytes(this.memory, to, from, this.spec.valueSizeBytes);
  }

  private keyOf(element: number): Uint8Array {
    const key = element + this.table.layout.keyOffset;
    return this.memory.bytes.slice(key, key + this.spec.keySizeBytes);
  }

  protected valuesOf(element: number): Uint8Array[] {
    const copies = this.isPerCpu ? this.host.cpuCount : 1;
    return Array.from({ length: copies }, (_, cpu) => this.valueAt(this.valueAddress(element, cpu)));
  }

  private addChunk(start: number, elements: number): void {
    if (this.isPerCpu) this.addPerCpuValues(start, elements);
    else if (this.valueSlot === 'value')
      this.addValues(start + this.table.layout.valueOffset, elements, this.table.layout.strideBytes);
  }

  private addPerCpuValues(start: number, elements: number): void {
    const elementValuesBytes = this.host.cpuCount * this.valueStride;
    const values = this.memory.allocate(elements * elementValuesBytes, 8, this.label);
    const { strideBytes, valueOffset } = this.table.layout;
    for (let at = 0; at < elements; at++) {
      this.memory.u32[(start + at * strideBytes + valueOffset) >>> 2] = values + at * elementValuesBytes;
    }
    this.addValues(values, elements * this.host.cpuCount, this.valueStride);
  }

  private addValues(start: number, count: number, strideBytes: number): void {
    const elementBytes = this.spec.valueSizeBytes;
    this.host.regions.add({
      start,
      end: start + (count - 1) * strideBytes + elementBytes,
      strideBytes,
      elementBytes,
      isWritable: this.isProgramWritable,
      isReadable: this.isProgramReadable,
      label: this.label,
    });
  }
}

/** What keeps an update with these flags from an element that is there, or is 0: 0, or a negative errno. */
export function updateProblem(old: number, flags: number): number {
  if (flags > MAP_UPDATE_FLAG.BPF_EXIST) return -ERRNO.EINVAL;
  if (old !== 0 && flags === MAP_UPDATE_FLAG.BPF_NOEXIST) return -ERRNO.EEXIST;
  if (old === 0 && flags === MAP_UPDATE_FLAG.BPF_EXIST) return -ERRNO.ENOENT;
  return 0;
}
