// BPF_MAP_TYPE_DEVMAP and BPF_MAP_TYPE_DEVMAP_HASH: interfaces to redirect to, each with a program of its own if wanted.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { MAP_UPDATE_FLAG } from '../../platform/flags.js';
import type { Redirect } from '../events.js';
import type { MapEntry, MapHost, RedirectTable } from '../map.js';
import { type Lookup, MapBase, sortedByKey } from './base.js';
import { ProgramOwner } from './program-owner.js';
import { SlotArray, type SlotPart, wordsOf } from './slot-array.js';
import { HashTable, hashElementLayout } from './table.js';

/** struct bpf_devmap_val: what stands in an entry. `program` is its number, 0 for none. */
interface Target {
  readonly ifindex: number;
  readonly program: number;
}

/** Checks and keeps what both types have: the rules for values, and redirects made once per key. */
class Targets {
  private readonly host: MapHost;
  private readonly spec: MapSpec;
  private readonly owner = new ProgramOwner('fragments');
  private readonly made = new Map<number, Redirect>();

  constructor(host: MapHost, spec: MapSpec) {
    this.host = host;
    this.spec = spec;
  }

  /** The entry that a value asks for, or a negative errno. */
  resolve(value: Uint8Array): Target | number {
    const { first: ifindex, second } = wordsOf(value);
    const program = Math.max(0, second | 0);
    if (!this.host.hasInterface(ifindex)) return -ERRNO.EINVAL;
    if (program !== 0 && !this.admits(program)) return -ERRNO.EINVAL;
    return { ifindex, program };
  }

  redirect(key: number, ifindex: number): Redirect {
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const redirect = { kind: 'interface', ifindex, map: this.spec.name, key } as const;
    this.made.set(key, redirect);
    return redirect;
  }

  forget(key: number): void {
    this.made.delete(key);
  }

  private admits(number: number): boolean {
    const program = this.host.programById(number);
    return program?.attachPoint === 'xdp/devmap' && this.owner.admits(program);
  }
}

/** Slots: interface index and program number, as struct bpf_devmap_val; programs may read the value size of it. */
export class DevMap extends SlotArray implements RedirectTable {
  override readonly redirects: RedirectTable = this;
  readonly canBroadcast = true;
  private readonly targets: Targets;

  constructor(host: MapHost, spec: MapSpec, id: number) {
    super(host, spec, id);
    this.targets = new Targets(host, spec);
  }

  override lookupAddress(keyAddress: number, _cpu: number): number {
    return this.filledAddress(this.indexAt(keyAddress));
  }

  override deleteAt(keyAddress: number): number {
    const index = this.indexAt(keyAddress);
    if (!this.isIndex(index)) return -ERRNO.EINVAL;
    this.put(index, { ifindex: 0, program: 0 });
    return 0;
  }

  target(key: number): Redirect | undefined {
    const ifindex = this.isIndex(key) ? this.first(key) : 0;
    return ifindex === 0 ? undefined : this.targets.redirect(key, ifindex);
  }

  interfaces(): readonly number[] {
    return this.filled().map(index => this.first(index));
  }

  interfacePrograms(): readonly number[] {
    return this.filled().map(index => this.second(index));
  }

  /** Number of the program that runs on frames sent through that key, 0 for none. */
  programOf(key: number): number {
    return this.isIndex(key) ? this.second(key) : 0;
  }

  protected override get readableSlot(): SlotPart {
    return { offset: 0, lengthBytes: this.spec.valueSizeBytes };
  }

  protected override userValue(index: number): Uint8Array {
    return this.wordsValue(this.first(index), this.second(index));
  }

  protected override readStaged(keyAddress: number): Lookup {
    return this.readSlot(this.indexAt(keyAddress), -ERRNO.ENOENT);
  }

  protected override writeStaged(keyAddress: number, values: readonly Uint8Array[], flags: number): number {
    const index = this.indexAt(keyAddress);
    if (flags > MAP_UPDATE_FLAG.BPF_EXIST) return -ERRNO.EINVAL;
    if (!this.isIndex(index)) return -ERRNO.E2BIG;
    if (flags === MAP_UPDATE_FLAG.BPF_NOEXIST) return -ERRNO.EEXIST;
    const target = this.wanted(values[0]!);
    if (typeof target === 'number') return target;
    this.put(index, target);
    return 0;
  }

  /** Interface 0 empties the slot. */
  private wanted(value: Uint8Array): Target | number {
    const { first, second } = wordsOf(value);
    if (first !== 0) return this.targets.resolve(value);
    return (second | 0) > 0 ? -ERRNO.EINVAL : { ifindex: 0, program: 0 };
  }

  private put(index: number, target: Target): void {
    this.setSlot(index, target.ifindex, target.program);
    this.targets.forget(index);
  }
}

/** Value slot of an element: struct bpf_devmap_val, then the number of the update that made it. */
const HASH_SLOT_BYTES = 12;

/**
 * Elements as drawn in table.ts, the value slot being `interface index | program number | update number`. The kernel hashes by the low bits of the
 * key and puts new entries first; a broadcast follows that order.
 */
export class DevMapHash extends MapBase implements RedirectTable {
  override readonly redirects: RedirectTable = this;
  readonly canBroadcast = true;
  private readonly table: HashTable;
  private readonly targets: Targets;
  /** Value slots in the kernel's order, as long as nothing changes. */
  private broadcast: readonly number[] | undefined;
  private updates = 0;

  constructor(host: MapHost, spec: MapSpec, id: number) {
    super(host, spec, id);
    this.targets = new Targets(host, spec);
    const layout = hashElementLayout(spec.keySizeBytes, HASH_SLOT_BYTES, false);
    this.table = new HashTable(host.memory, this.address, spec, layout, (start, count) => this.addValues(start, count));
  }

  override get size(): number {
    return this.table.size;
  }

  override lookupAddress(keyAddress: number, _cpu: number): number {
    const element = this.table.find(keyAddress);
    return element === 0 ? 0 : element + this.table.layout.valueOffset;
  }

  override deleteAt(keyAddress: number): number {
    const element = this.table.find(keyAddress);
    if (element === 0) return -ERRNO.ENOENT;
    this.changed(keyAddress);
    this.table.unlink(element);
    this.table.release(element);
    return 0;
  }

  override entries(): MapEntry[] {
    const { keyOffset, valueOffset } = this.table.layout;
    const { bytes } = this.memory;
    const entries = this.table.elements().map(element => ({
      key: bytes.slice(element + keyOffset, element + keyOffset + this.spec.keySizeBytes),
      values: [this.valueAt(element + valueOffset)],
    }));
    return sortedByKey(entries);
  }

  target(key: number): Redirect | undefined {
    const slot = this.slotOf(key);
    return slot === 0 ? undefined : this.targets.redirect(key, this.memory.u32[slot >>> 2]!);
  }

  interfaces(): readonly number[] {
    this.broadcast ??= this.inKernelOrder();
    return this.broadcast.map(slot => this.memory.u32[slot >>> 2]!);
  }

  interfacePrograms(): readonly number[] {
    this.broadcast ??= this.inKernelOrder();
    return this.broadcast.map(slot => this.memory.u32[(slot >>> 2) + 1]!);
  }

  /** Number of the program that runs on frames sent through that key, 0 for none. */
  programOf(key: number): number {
    const slot = this.slotOf(key);
    return slot === 0 ? 0 : this.memory.u32[(slot >>> 2) + 1]!;
  }

  protected override readStaged(keyAddress: number): Lookup {
    const slot = this.lookupAddress(keyAddress, 0);
    return slot === 0 ? -ERRNO.ENOENT : [this.valueAt(slot)];
  }

  protected override writeStaged(keyAddress: number, values: readonly Uint8Array[], flags: number): number {
    const isUsable = flags <= MAP_UPDATE_FLAG.BPF_EXIST && wordsOf(values[0]!).first !== 0;
    if (!isUsable) return -ERRNO.EINVAL;
    const hash = this.table.hash(keyAddress);
    const old = this.table.findHashed(keyAddress, hash);
    if (old !== 0 && flags === MAP_UPDATE_FLAG.BPF_NOEXIST) return -ERRNO.EEXIST;
    const target = this.targets.resolve(values[0]!);
    if (typeof target === 'number') return target;
    if (old === 0 && this.table.size >= this.spec.maxEntries) return -ERRNO.E2BIG;
    this.changed(keyAddress);
    this.put(old, this.table.create(keyAddress, hash), target);
    return 0;
  }

  private put(old: number, element: number, target: Target): void {
    this.updates++;
    const slot = (element + this.table.layout.valueOffset) >>> 2;
    this.memory.u32.set([target.ifindex, target.program, this.updates], slot);
    if (old === 0) {
      this.table.link(element);
      return;
    }
    this.table.replace(old, element);
    this.table.release(old);
  }

  private slotOf(key: number): number {
    this.memory.u32[this.stagedKey >>> 2] = key;
    return this.lookupAddress(this.stagedKey, 0);
  }

  private changed(keyAddress: number): void {
    this.broadcast = undefined;
    this.targets.forget(this.memory.view.getUint32(keyAddress, true));
  }

  private inKernelOrder(): number[] {
    const mask = 2 ** Math.ceil(Math.log2(this.spec.maxEntries)) - 1;
    const { u32 } = this.memory;
    const { keyOffset, valueOffset } = this.table.layout;
    const bucket = (element: number): number => (u32[(element + keyOffset) >>> 2]! & mask) >>> 0;
    const update = (element: number): number => u32[(element + valueOffset + 8) >>> 2]!;
    const elements = this.table.elements().sort((a, b) => bucket(a) - bucket(b) || update(b) - update(a));
    return elements.map(element => element + valueOffset);
  }

  private addValues(start: number, count: number): void {
    const { valueOffset, strideBytes } = this.table.layout;
    const elementBytes = this.spec.valueSizeBytes;
    const first = start + valueOffset;
    const end = first + (count - 1) * strideBytes + elementBytes;
    this.host.regions.add({ start: first, end, strideBytes, elementBytes, isWritable: false, label: this.label });
  }
}
