// Arrays that user space fills with file descriptors, here with the numbers of programs and maps: PROG_ARRAY, ARRAY_OF_MAPS, PERF_EVENT_ARRAY.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import type { MapHost, PerfTable, ProgramTable } from '../map.js';
import type { Lookup } from './base.js';
import { innerMap } from './inner-map.js';
import { DESCRIPTOR } from './layout.js';
import { ProgramOwner, type ProgramTraits } from './program-owner.js';
import { SlotArray, wordsOf } from './slot-array.js';

/** What the three share: the order of checks of an update by user space. Programs can not write. */
abstract class ReferenceArray extends SlotArray {
  override deleteAt(keyAddress: number): number {
    const index = this.indexAt(keyAddress);
    if (!this.isIndex(index)) return -ERRNO.E2BIG;
    if (this.first(index) === 0) return -ERRNO.ENOENT;
    this.setSlot(index, 0, 0);
    return 0;
  }

  protected override readStaged(keyAddress: number): Lookup {
    return this.readSlot(this.indexAt(keyAddress), -ERRNO.ENOENT);
  }

  protected override writeStaged(keyAddress: number, values: readonly Uint8Array[], flags: number): number {
    if (flags !== 0) return -ERRNO.EINVAL;
    const index = this.indexAt(keyAddress);
    if (!this.isIndex(index)) return -ERRNO.E2BIG;
    const word = this.resolve(wordsOf(values[0]!).first);
    if (word < 0) return word;
    this.setSlot(index, word, 0);
    return 0;
  }

  /** The slot's first word for the number that user space writes, or a negative errno. */
  protected abstract resolve(number: number): number;

  protected override userValue(index: number): Uint8Array {
    return this.wordsValue(this.first(index), 0);
  }
}

/** BPF_MAP_TYPE_PROG_ARRAY: a slot's first word is the program's number. The first program, or caller, decides what all others must be. */
export class ProgramArray extends ReferenceArray implements ProgramTable {
  override readonly programs: ProgramTable = this;
  private readonly owner = new ProgramOwner('attach-point-and-fragments');

  program(index: number): number {
    return this.isIndex(index) ? this.first(index) : 0;
  }

  /** A program that calls through this map is loaded: whether the kernel lets it (else EINVAL). */
  admitCaller(program: ProgramTraits): boolean {
    return this.owner.admits(program);
  }

  protected override resolve(number: number): number {
    const program = this.host.programById(number);
    if (program === undefined) return -ERRNO.EBADF;
    return this.owner.admits(program) ? number : -ERRNO.EINVAL;
  }
}

/** BPF_MAP_TYPE_ARRAY_OF_MAPS: a slot's first word is the address of the inner map's descriptor, which is what programs get. */
export class ArrayOfMaps extends ReferenceArray {
  override lookupAddress(keyAddress: number, _cpu: number): number {
    const index = this.indexAt(keyAddress);
    return this.isIndex(index) ? this.first(index) : 0;
  }

  protected override resolve(number: number): number {
    const inner = innerMap(this.host, this.spec, number);
    return typeof inner === 'number' ? inner : inner.address;
  }

  protected override userValue(index: number): Uint8Array {
    return this.wordsValue(this.memory.u32[(this.first(index) + DESCRIPTOR.ID) >>> 2]!, 0);
  }
}

/**
 * BPF_MAP_TYPE_PERF_EVENT_ARRAY: a slot's first word is 1 where user space has opened a buffer for that CPU. At creation one is open for every CPU
 * that has a slot, as all readers of user space do it.
 */
export class PerfEventArray extends ReferenceArray implements PerfTable {
  override readonly perf: PerfTable = this;

  constructor(host: MapHost, spec: MapSpec, id: number) {
    super(host, spec, id);
    for (let cpu = 0; cpu < Math.min(host.cpuCount, spec.maxEntries); cpu++) this.setSlot(cpu, 1, 0);
  }

  /** Whether output to that slot has a reader. */
  isOpen(index: number): boolean {
    return this.isIndex(index) && this.first(index) !== 0;
  }

  /** User space opens the buffer of that slot; the opposite of `delete`. */
  openSlot(index: number): void {
    if (this.isIndex(index)) this.setSlot(index, 1, 0);
  }

  protected override readStaged(_keyAddress: number): Lookup {
    return -ERRNO.ENOTSUPP;
  }

  /** No number that user space could write is a perf event: see `openSlot`. */
  protected override resolve(_number: number): number {
    return -ERRNO.EBADF;
  }
}
