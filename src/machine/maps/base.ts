// What all maps share: the descriptor, and user space's face with the checks that bpf(2) makes before a map's own code runs.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { MAP_CREATE_FLAG, MAP_UPDATE_FLAG } from '../../platform/flags.js';
import { InternalError } from '../../support/errors.js';
import type {
  BpfMap,
  MapEntry,
  MapHost,
  PerfTable,
  ProgramTable,
  RedirectTable,
  RingBuffer,
  UserRing,
} from '../map.js';
import type { MachineMemory } from '../memory.js';
import { createDescriptor, type DESCRIPTOR, roundUp8 } from './layout.js';
import type { ValueField } from './value-fields.js';

/** The values under a key as user space gets them, or a negative errno. */
export type Lookup = readonly Uint8Array[] | number;

/**
 * A map whose helpers answer as for a type that has none of them; types override what they have. User space's bytes are copied to a
 * staging area in linear memory, so that both faces run the same code on addresses.
 */
export abstract class MapBase implements BpfMap {
  readonly spec: MapSpec;
  readonly id: number;
  readonly address: number;
  readonly ring: RingBuffer | undefined = undefined;
  readonly redirects: RedirectTable | undefined = undefined;
  readonly programs: ProgramTable | undefined = undefined;
  readonly perf: PerfTable | undefined = undefined;
  readonly userRing: UserRing | undefined = undefined;
  /** Set once, where the map is created with type information. */
  fields: readonly ValueField[] = [];
  protected readonly host: MapHost;
  protected readonly memory: MachineMemory;
  protected readonly valueStride: number;
  /** Where user space's key is put for a call. */
  protected readonly stagedKey: number;
  private valueArea = 0;
  private isFrozen = false;
  private visiting = 0;
  private readonly visitKeys: number[] = [];

  constructor(host: MapHost, spec: MapSpec, id: number) {
    this.host = host;
    this.memory = host.memory;
    this.spec = spec;
    this.id = id;
    this.valueStride = roundUp8(spec.valueSizeBytes);
    this.address = createDescriptor(host.memory, spec, id, host.cpuCount);
    this.stagedKey = host.memory.allocate(roundUp8(spec.keySizeBytes), 8, `map ${spec.name}`);
  }

  // ---- user space ----

  get size(): number {
    return this.entries().length;
  }

  abstract entries(): MapEntry[];

  lookup(key: Uint8Array): readonly Uint8Array[] | undefined {
    const found = this.read(key);
    return typeof found === 'number' ? undefined : found;
  }

  /** As `lookup`, with the kernel's errno where there is nothing. */
  read(key: Uint8Array): Lookup {
    if (this.has(MAP_CREATE_FLAG.BPF_F_WRONLY)) return -ERRNO.EPERM;
    if (key.byteLength !== this.spec.keySizeBytes) return -ERRNO.EINVAL;
    return this.readStaged(this.stage(key));
  }

  update(key: Uint8Array, values: readonly Uint8Array[], flags: number): number {
    if (!this.isUserWritable) return -ERRNO.EPERM;
    if (key.byteLength !== this.spec.keySizeBytes || !this.takes(values)) return -ERRNO.EINVAL;
    if ((flags & MAP_UPDATE_FLAG.BPF_F_LOCK) !== 0 && !this.hasLock) return -ERRNO.EINVAL;
    return this.writeStaged(this.stage(key), values, flags);
  }

  delete(key: Uint8Array): number {
    if (!this.isUserWritable) return -ERRNO.EPERM;
    if (key.byteLength !== this.spec.keySizeBytes) return -ERRNO.EINVAL;
    return this.deleteStaged(this.stage(key));
  }

  freeze(): number {
    if (!this.isUserWritable) return -ERRNO.EPERM;
    this.isFrozen = true;
    return 0;
  }

  // ---- programs ----

  lookupAddress(_keyAddress: number, _cpu: number): number {
    return 0;
  }

  updateFrom(_keyAddress: number, _valueAddress: number, _flags: number, _cpu: number): number {
    return -ERRNO.EOPNOTSUPP;
  }

  deleteAt(_keyAddress: number): number {
    return -ERRNO.EOPNOTSUPP;
  }

  push(_valueAddress: number, _flags: number): number {
    return -ERRNO.EOPNOTSUPP;
  }

  pop(_valueAddress: number): number {
    return -ERRNO.EOPNOTSUPP;
  }

  peek(_valueAddress: number): number {
    return -ERRNO.EOPNOTSUPP;
  }

  forEach(_cpu: number, _visit: (keyAddress: number, valueAddress: number) => boolean): number {
    return -ERRNO.EINVAL;
  }

  visitValue(_valueAddress: number, _visit: (keyAddress: number) => void): void {
    throw new InternalError('expected a map whose values hold timers');
  }

  // ---- for the types ----

  /** The values under the staged key. */
  protected abstract readStaged(keyAddress: number): Lookup;

  /** Stores values whose number and sizes fit. */
  protected abstract writeStaged(keyAddress: number, values: readonly Uint8Array[], flags: number): number;

  protected deleteStaged(keyAddress: number): number {
    return this.deleteAt(keyAddress);
  }

  /** Whether user space may hand over one value per CPU. */
  protected get isPerCpu(): boolean {
    return false;
  }

  protected has(createFlag: number): boolean {
    return (this.spec.flags & createFlag) !== 0;
  }

  protected get isProgramWritable(): boolean {
    return !this.has(MAP_CREATE_FLAG.BPF_F_RDONLY_PROG);
  }

  protected get isProgramReadable(): boolean {
    return !this.has(MAP_CREATE_FLAG.BPF_F_WRONLY_PROG);
  }

  protected get label(): string {
    return `map ${this.spec.name}`;
  }

  protected word(offset: (typeof DESCRIPTOR)[keyof typeof DESCRIPTOR]): number {
    return this.memory.u32[(this.address + offset) >>> 2]!;
  }

  protected setWord(offset: (typeof DESCRIPTOR)[keyof typeof DESCRIPTOR], value: number): void {
    this.memory.u32[(this.address + offset) >>> 2] = value;
  }

  /** A copy of the value at `address`, as user space sees it. */
  protected valueAt(address: number): Uint8Array {
    const value = this.memory.bytes.slice(address, address + this.spec.valueSizeBytes);
    for (const { offset, sizeBytes } of this.fields) value.fill(0, offset, offset + sizeBytes);
    return value;
  }

  /** Whether values have a bpf_spin_lock, so that BPF_F_LOCK may be asked for. */
  protected get hasLock(): boolean {
    return this.fields.some(({ kind }) => kind === 'bpf_spin_lock');
  }

  /** A value was stored at `address`, or is given up: the kernel's fields in it start anew, and what they held is gone. */
  protected clearFields(address: number): void {
    for (const { kind, offset } of this.fields) this.host.dropField?.(kind, address + offset);
    for (const { offset, sizeBytes } of this.fields)
      this.memory.bytes.fill(0, address + offset, address + offset + sizeBytes);
  }

  /** Copies a value over another one and leaves the kernel's fields there as they are: BPF_F_LOCK. */
  protected copyLocked(from: number, to: number): void {
    const { bytes } = this.memory;
    const kept = this.fields.map(({ offset, sizeBytes }) => bytes.slice(to + offset, to + offset + sizeBytes));
    bytes.copyWithin(to, from, from + this.spec.valueSizeBytes);
    for (const [at, { offset }] of this.fields.entries()) bytes.set(kept[at]!, to + offset);
  }

  /** Where user space's value is put for a call. */
  protected get stagedValue(): number {
    if (this.valueArea === 0) this.valueArea = this.memory.allocate(this.valueStride, 8, this.label);
    return this.valueArea;
  }

  protected stageValue(value: Uint8Array): number {
    const address = this.stagedValue;
    this.memory.bytes.set(value, address);
    return address;
  }

  /** Calls `body` with the address of key bytes that programs may read until it returns; calls may nest. */
  protected withVisitKey(body: (keyAddress: number) => number): number {
    const { keySizeBytes } = this.spec;
    const start = this.visitKeys[this.visiting] ?? this.memory.allocate(roundUp8(keySizeBytes), 8, this.label);
    this.visitKeys[this.visiting] = start;
    const region = {
      start,
      end: start + keySizeBytes,
      strideBytes: 0,
      elementBytes: keySizeBytes,
      isWritable: false,
      label: `${this.label} key`,
    };
    this.host.regions.add(region);
    this.visiting++;
    try {
      return body(start);
    } finally {
      this.visiting--;
      this.host.regions.remove(region);
    }
  }

  private get isUserWritable(): boolean {
    return !this.isFrozen && !this.has(MAP_CREATE_FLAG.BPF_F_RDONLY);
  }

  private takes(values: readonly Uint8Array[]): boolean {
    const isCountRight = values.length === 1 || (this.isPerCpu && values.length === this.host.cpuCount);
    return isCountRight && values.every(value => value.byteLength === this.spec.valueSizeBytes);
  }

  private stage(key: Uint8Array): number {
    this.memory.bytes.set(key, this.stagedKey);
    return this.stagedKey;
  }
}

/** Order of two keys by their bytes. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.byteLength, b.byteLength);
  for (let at = 0; at < length; at++) {
    const difference = a[at]! - b[at]!;
    if (difference !== 0) return difference;
  }
  return a.byteLength - b.byteLength;
}

/** Entries in the order of their key bytes. */
export function sortedByKey(entries: MapEntry[]): MapEntry[] {
  return entries.sort((a, b) => compareBytes(a.key, b.key));
}
