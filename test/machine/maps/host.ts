// A machine that only holds maps, and specs for them.
import type { BpfMap, MapHost } from '../../../src/machine/map.js';
import { createMap } from '../../../src/machine/maps/create.js';
import { MachineMemory } from '../../../src/machine/memory.js';
import { Regions } from '../../../src/machine/regions.js';
import { type MapSpec, PLAIN_MAP } from '../../../src/object/spec.js';

export type TestProgram = NonNullable<ReturnType<MapHost['programById']>>;

/** What the rows of a test say of a map; the rest has defaults. */
export interface SpecFields {
  readonly type: number;
  readonly key?: number;
  readonly value?: number;
  readonly max?: number;
  readonly flags?: number;
  readonly extra?: bigint;
  readonly inner?: MapSpec;
}

export function specOf(fields: SpecFields): MapSpec {
  return {
    ...PLAIN_MAP,
    name: 'sample',
    type: fields.type,
    keySizeBytes: fields.key ?? 4,
    valueSizeBytes: fields.value ?? 4,
    maxEntries: fields.max ?? 4,
    flags: fields.flags ?? 0,
    extra: fields.extra ?? 0n,
    inner: fields.inner,
  };
}

/** A machine's maps, and an area for keys and values of program-side calls. */
export class TestHost implements MapHost {
  readonly memory = new MachineMemory();
  readonly regions = new Regions();
  readonly cpuCount: number;
  readonly interfaces = new Set([1, 2, 3]);
  readonly programs: TestProgram[] = [];
  readonly maps: BpfMap[] = [];
  private readonly keyArea = this.memory.allocate(4096, 8, 'keys');
  private readonly valueArea = this.memory.allocate(65536, 8, 'values');

  constructor(cpuCount = 2) {
    this.cpuCount = cpuCount;
  }

  create(fields: SpecFields): BpfMap {
    const map = createMap(this, specOf(fields), this.maps.length + 1);
    this.maps.push(map);
    return map;
  }

  mapById(id: number): BpfMap | undefined {
    return this.maps[id - 1];
  }

  programById(id: number): TestProgram | undefined {
    return this.programs[id - 1];
  }

  hasInterface(ifindex: number): boolean {
    return this.interfaces.has(ifindex);
  }

  /** Address of a copy of the key, until the next call. */
  key(bytes: Uint8Array): number {
    this.memory.bytes.set(bytes, this.keyArea);
    return this.keyArea;
  }

  /** Address of a copy of the value, until the next call. */
  value(bytes: Uint8Array): number {
    this.memory.bytes.set(bytes, this.valueArea);
    return this.valueArea;
  }

  bytesAt(address: number, length: number): Uint8Array {
    return this.memory.bytes.slice(address, address + length);
  }
}

/** Little-endian u32 bytes, one after another. */
export function u32(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, at) => {
    view.setUint32(4 * at, value, true);
  });
  return bytes;
}
