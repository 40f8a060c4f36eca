// BPF_MAP_TYPE_LRU_HASH and BPF_MAP_TYPE_LRU_PERCPU_HASH: a full map makes room by itself. Hot.

import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { MAP_CREATE_FLAG, MAP_UPDATE_FLAG } from '../../platform/flags.js';
import type { MapHost } from '../map.js';
import { HashMap, updateProblem, type ValueSlot } from './hash.js';
import { CommonPlaces, OwnPlaces, type Places } from './lru-places.js';
import { ELEMENT } from './table.js';

/**
 * Keeps what was used of late. A program's lookup, and an update of an existing key by either side, marks the entry as used; user space's lookups
 * do not. Which entries go, and how many at once, is the matter of lru-places.ts. As in the kernel an update takes a place before it looks
 * whether the key is there: it may evict others, or the very entry, even where nothing is added.
 */
export class LruMap extends HashMap {
  private readonly places: Places;

  constructor(host: MapHost, spec: MapSpec, id: number, valueSlot: ValueSlot) {
    super(host, spec, id, valueSlot, true);
    const Kind = this.has(MAP_CREATE_FLAG.BPF_F_NO_COMMON_LRU) ? OwnPlaces : CommonPlaces;
    this.places = new Kind(host.memory, spec.maxEntries, host.cpuCount, element => this.remove(element));
  }

  override lookupAddress(keyAddress: number, cpu: number): number {
    const element = this.table.find(keyAddress);
    if (element === 0) return 0;
    this.touch(element);
    return this.valueAddress(element, cpu);
  }

  override updateFrom(keyAddress: number, valueAddress: number, flags: number, cpu: number): number {
    const element = this.elementFor(keyAddress, flags, cpu);
    if (element < 0) return element;
    this.copyValue(valueAddress, this.valueAddress(element, cpu));
    if (this.fields.length > 0 && !this.isPerCpu) this.clearFields(this.valueAddress(element, 0));
    return 0;
  }

  override deleteAt(keyAddress: number): number {
    const element = this.table.find(keyAddress);
    if (element === 0) return -ERRNO.ENOENT;
    this.places.remove(element);
    this.remove(element);
    return 0;
  }

  protected override writeStaged(keyAddress: number, values: readonly Uint8Array[], flags: number): number {
    if (!this.isPerCpu) return this.updateFrom(keyAddress, this.stageValue(values[0]!), flags, 0);
    const element = this.elementFor(keyAddress, flags, 0);
    if (element < 0) return element;
    for (let cpu = 0; cpu < this.host.cpuCount; cpu++)
      this.memory.bytes.set(values[cpu] ?? values[0]!, this.valueAddress(element, cpu));
    return 0;
  }

  /** The element into which an update stores its value: one for the key that is in the map. A negative errno where there is none. */
  private elementFor(keyAddress: number, flags: number, cpu: number): number {
    if (flags > MAP_UPDATE_FLAG.BPF_EXIST) return -ERRNO.EINVAL;
    const hash = this.table.hash(keyAddress);
    const takesPlace = !this.isPerCpu || flags !== MAP_UPDATE_FLAG.BPF_EXIST;
    if (takesPlace && !this.places.take(cpu)) return -ERRNO.ENOMEM;
    const old = this.table.findHashed(keyAddress, hash);
    const problem = updateProblem(old, flags);
    const isInPlace = problem === 0 && old !== 0 && this.isPerCpu;
    if (takesPlace && (problem !== 0 || isInPlace)) this.places.giveBack(cpu);
    if (problem !== 0) return problem;
    if (isInPlace) return this.touch(old);
    return this.addElement(keyAddress, hash, old, cpu);
  }

  private addElement(keyAddress: number, hash: number, old: number, cpu: number): number {
    const element = this.table.create(keyAddress, hash);
    this.places.add(element, cpu);
    if (this.isPerCpu) this.clearValues(element);
    if (old === 0) {
      this.table.link(element);
      return element;
    }
    this.table.replace(old, element);
    this.places.remove(old);
    if (this.fields.length > 0) this.clearFields(this.valueAddress(old, 0));
    this.table.release(old);
    return this.touch(element);
  }

  private touch(element: number): number {
    const used = (element + ELEMENT.REFERENCED) >>> 2;
    if (this.memory.u32[used] === 0) this.memory.u32[used] = 1;
    return element;
  }
}
