// BPF_MAP_TYPE_HASH_OF_MAPS.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import type { MapHost } from '../map.js';
import { HashMap } from './hash.js';
import { innerMap } from './inner-map.js';
import { DESCRIPTOR } from './layout.js';
import { wordsOf } from './slot-array.js';

/**
 * A hash map (elements as drawn in table.ts) whose values are the addresses of inner maps' descriptors; programs get those. User space writes and
 * reads ids instead. Programs can not write.
 */
export class HashOfMaps extends HashMap {
  constructor(host: MapHost, spec: MapSpec, id: number) {
    super(host, spec, id, 'inner-map');
  }

  override lookupAddress(keyAddress: number, cpu: number): number {
    const slot = super.lookupAddress(keyAddress, cpu);
    return slot === 0 ? 0 : this.memory.u32[slot >>> 2]!;
  }

  override updateFrom(_keyAddress: number, _valueAddress: number, _flags: number, _cpu: number): number {
    return -ERRNO.EOPNOTSUPP;
  }

  protected override writeStaged(keyAddress: number, values: readonly Uint8Array[], flags: number): number {
    const inner = innerMap(this.host, this.spec, wordsOf(values[0]!).first);
    if (typeof inner === 'number') return inner;
    const slot = this.stagedValue;
    this.memory.u32[slot >>> 2] = inner.address;
    return super.updateFrom(keyAddress, slot, flags, 0);
  }

  protected override valuesOf(element: number): Uint8Array[] {
    const inner = this.memory.u32[this.valueAddress(element, 0) >>> 2]!;
    return [this.memory.bytes.slice(inner + DESCRIPTOR.ID, inner + DESCRIPTOR.ID + 4)];
  }
}
