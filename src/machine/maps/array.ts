// BPF_MAP_TYPE_ARRAY and BPF_MAP_TYPE_PERCPU_ARRAY. Lookups are hot; measured by test/machine/maps/speed.mjs.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { MAP_UPDATE_FLAG } from '../../platform/flags.js';
import { InputError } from '../../support/errors.js';
import type { MapEntry, MapHost } from '../map.js';
import { type Lookup, MapBase } from './base.js';
import { copyBytes } from './copy.js';
import { DESCRIPTOR } from './layout.js';
import { Slots } from './slots.js';

/** Entries that are listed as values of JavaScript, some hundred bytes each, without running out of memory. */
export const MAX_LISTED_ENTRIES = 2 ** 22;

/**
 * Zero-filled values by index.
 * ```
 * ARRAY         base -> | value 0 | pad to 8 | value 1 | pad | ...                      element stride = VALUE_STRIDE
 * PERCPU_ARRAY  base -> | value 0 of CPU 0 | pad | value 0 of CPU 1 | pad | value 1 ... element stride = CPUS * VALUE_STRIDE
 * ```
 * Flat up to MAX_FLAT_BYTES, else in pages (PAGE_SHIFT not 0): see slots.ts. Programs may touch the values, not the padding.
 */
export class ArrayMap extends MapBase {
  private readonly copies: number;
  private readonly slots: Slots;

  constructor(host: MapHost, spec: MapSpec, id: number, isPerCpu: boolean) {
    super(host, spec, id);
    const copies = isPerCpu ? host.cpuCount : 1;
    this.copies = copies;
    const onValues = (start: number, end: number): void => this.addValues(start, end);
    this.slots = new Slots(host.memory, spec.maxEntries, copies * this.valueStride, this.label, onValues);
    this.setWord(DESCRIPTOR.BASE, this.slots.base);
    this.setWord(DESCRIPTOR.PAGE_SHIFT, this.slots.pageShift);
    this.setWord(DESCRIPTOR.PAGE_MASK, this.slots.pageMask);
    this.setWord(DESCRIPTOR.COUNT, spec.maxEntries);
  }

  override get size(): number {
    return this.spec.maxEntries;
  }

  /** Address of the value at `index`, of CPU 0; `index` must be below max_entries. */
  elementAddress(index: number): number {
    return this.slots.address(index);
  }

  override lookupAddress(keyAddress: number, cpu: number): number {
    const index = this.memory.view.getUint32(keyAddress, true);
    if (index >= this.spec.maxEntries) return 0;
    const first = this.slots.address(index);
    return this.copies === 1 ? first : first + cpu * this.valueStride;
  }

  override updateFrom(keyAddress: number, valueAddress: number, flags: number, cpu: number): number {
    const problem = this.updateProblem(keyAddress, flags, true);
    if (problem !== 0) return problem;
    const to = this.lookupAddress(keyAddress, cpu);
    if (flags >= MAP_UPDATE_FLAG.BPF_F_LOCK) this.copyLocked(valueAddress, to);
    else {
      copyBytes(this.memory, to, valueAddress, this.spec.valueSizeBytes);
      if (this.fields.length > 0) this.clearFields(to);
    }
    return 0;
  }

  override deleteAt(_keyAddress: number): number {
    return -ERRNO.EINVAL;
  }

  override forEach(cpu: number, visit: (keyAddress: number, valueAddress: number) => boolean): number {
    return this.withVisitKey(keyAddress => {
      for (let index = 0; index < this.spec.maxEntries; index++) {
        this.memory.u32[keyAddress >>> 2] = index;
        if (visit(keyAddress, this.lookupAddress(keyAddress, cpu))) return index + 1;
      }
      return this.spec.maxEntries;
    });
  }

  override visitValue(valueAddress: number, visit: (keyAddress: number) => void): void {
    this.withVisitKey(keyAddress => {
      this.memory.u32[keyAddress >>> 2] = this.slots.indexOf(valueAddress);
      visit(keyAddress);
      return 0;
    });
  }

  /** @throws InputError `map-listing` for more than MAX_LISTED_ENTRIES entries; those are read one by one */
  override entries(): MapEntry[] {
    const { maxEntries, name } = this.spec;
    if (maxEntries > MAX_LISTED_ENTRIES) {
      throw new InputError('map-listing', `map ${name}: ${maxEntries} entries are too many to list`);
    }
    return Array.from({ length: this.spec.maxEntries }, (_, index) => ({
      key: indexKey(index),
      values: this.valuesAt(index),
    }));
  }

  protected override get isPerCpu(): boolean {
    return this.copies > 1;
  }

  protected override readStaged(keyAddress: number): Lookup {
    const index = this.memory.view.getUint32(keyAddress, true);
    return index < this.spec.maxEntries ? this.valuesAt(index) : -ERRNO.ENOENT;
  }

  protected override writeStaged(keyAddress: number, values: readonly Uint8Array[], flags: number): number {
    const problem = this.updateProblem(keyAddress, flags, this.copies === 1);
    if (problem !== 0) return problem;
    const first = this.lookupAddress(keyAddress, 0);
    if (this.fields.length > 0 && this.copies === 1)
      return this.updateFrom(keyAddress, this.stageValue(values[0]!), flags, 0);
    for (let copy = 0; copy < this.copies; copy++) {
      this.memory.bytes.set(values[copy] ?? values[0]!, first + copy * this.valueStride);
    }
    return 0;
  }

  /** `takesLock`: not where user space writes the values of all CPUs. */
  private updateProblem(keyAddress: number, flags: number, takesLock: boolean): number {
    const { BPF_EXIST, BPF_NOEXIST, BPF_F_LOCK } = MAP_UPDATE_FLAG;
    const isLocked = flags >= BPF_F_LOCK && flags <= (BPF_F_LOCK | BPF_EXIST) && takesLock;
    if (flags > BPF_EXIST && !isLocked) return -ERRNO.EINVAL;
    if (this.memory.view.getUint32(keyAddress, true) >= this.spec.maxEntries) return -ERRNO.E2BIG;
    if ((flags & BPF_NOEXIST) !== 0) return -ERRNO.EEXIST;
    return isLocked && !this.hasLock ? -ERRNO.EINVAL : 0;
  }

  private valuesAt(index: number): Uint8Array[] {
    const first = this.slots.addressIfTouched(index);
    return Array.from({ length: this.copies }, (_, copy) =>
      first === 0 ? new Uint8Array(this.spec.valueSizeBytes) : this.valueAt(first + copy * this.valueStride),
    );
  }

  private addValues(start: number, end: number): void {
    this.host.regions.add({
      start,
      end,
      strideBytes: this.valueStride,
      elementBytes: this.spec.valueSizeBytes,
      isWritable: this.isProgramWritable,
      isReadable: this.isProgramReadable,
      label: this.label,
    });
  }
}

/** The key bytes of an index. */
export function indexKey(index: number): Uint8Array {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, index, true);
  return key;
}
