// Objects that programs allocate: bpf_obj_new. Memory given back stays readable until the packet is done, as under RCU, and is then used again.
import type { ValueField } from '../maps/value-fields.js';
import type { MachineMemory } from '../memory.js';
import type { Region, Regions } from '../regions.js';

/** An object of a program's own. */
export interface AllocatedObject {
  readonly address: number;
  readonly sizeBytes: number;
  /** Bytes from one CPU's part to the next, 0 for an object that is not per CPU. */
  readonly perCpuBytes: number;
  readonly fields: readonly ValueField[];
  /** Owners: more than one only where the struct counts them. */
  owners: number;
}

/** bpf_mem_alloc serves 4096 bytes, its own 8 included; more gives NULL. */
const MAX_OBJECT_BYTES = 4088;
/** Beyond this allocations fail: a simulated machine has 4 GiB for everything. */
const MAX_HEAP_BYTES = 1 << 30;
const GRANULE_BYTES = 16;

/** Memory for objects, by address. */
export class ObjectHeap {
  private readonly memory: MachineMemory;
  private readonly regions: Regions;
  private readonly living = new Map<number, AllocatedObject>();
  private readonly regionOf = new Map<number, Region>();
  private readonly free = new Map<number, number[]>();
  private given: AllocatedObject[] = [];
  private heapBytes = 0;

  constructor(memory: MachineMemory, regions: Regions) {
    this.memory = memory;
    this.regions = regions;
  }

  /** Objects that have an owner. */
  get count(): number {
    return this.living.size;
  }

  /** A new object of zero bytes with one owner; undefined where Linux or this machine has no room. */
  allocate(sizeBytes: number, fields: readonly ValueField[], cpuCount: number): AllocatedObject | undefined {
    if (sizeBytes > MAX_OBJECT_BYTES) return undefined;
    const stride = Math.max(GRANULE_BYTES, Math.ceil(sizeBytes / GRANULE_BYTES) * GRANULE_BYTES);
    const bytes = stride * Math.max(1, cpuCount);
    const address = this.free.get(bytes)?.pop() ?? this.grow(bytes);
    if (address === undefined) return undefined;
    this.memory.bytes.fill(0, address, address + bytes);
    const object = { address, sizeBytes, perCpuBytes: cpuCount > 0 ? stride : 0, fields, owners: 1 };
    const element = { strideBytes: cpuCount > 0 ? stride : 0, elementBytes: sizeBytes, isWritable: true };
    const region = { start: address, end: address + Math.max(1, cpuCount > 0 ? bytes : sizeBytes), ...element };
    this.regions.add({ ...region, label: 'allocated object' });
    this.regionOf.set(address, this.regions.find(address)!);
    this.living.set(address, object);
    return object;
  }

  /** The object that starts at an address. */
  at(address: number): AllocatedObject | undefined {
    return this.living.get(address);
  }

  /** The object that an address lies in. */
  around(address: number): AllocatedObject | undefined {
    const region = this.regions.find(address);
    return region === undefined ? undefined : this.living.get(region.start);
  }

  /** The object has no owner left. Its bytes stay as they are until `reclaim`. */
  release(object: AllocatedObject): void {
    if (this.living.delete(object.address)) this.given.push(object);
  }

  /** The packet is done: memory that was given back may be used again. */
  reclaim(): void {
    if (this.given.length === 0) return;
    for (const { address, sizeBytes, perCpuBytes } of this.given) this.recycle(address, sizeBytes, perCpuBytes);
    this.given = [];
  }

  private recycle(address: number, sizeBytes: number, perCpuBytes: number): void {
    const region = this.regionOf.get(address)!;
    this.regions.remove(region);
    this.regionOf.delete(address);
    const whole = perCpuBytes > 0 ? region.end - address : Math.max(1, sizeBytes);
    const bytes = Math.ceil(whole / GRANULE_BYTES) * GRANULE_BYTES;
    const list = this.free.get(bytes);
    if (list === undefined) this.free.set(bytes, [address]);
    else list.push(address);
  }

  private grow(bytes: number): number | undefined {
    if (this.heapBytes + bytes > MAX_HEAP_BYTES) return undefined;
    this.heapBytes += bytes;
    return this.memory.allocate(bytes, GRANULE_BYTES, 'allocated objects');
  }
}
