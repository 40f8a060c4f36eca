// BPF_MAP_TYPE_RINGBUF and BPF_MAP_TYPE_USER_RINGBUF. kernel/bpf/ringbuf.c; Documentation/bpf/ringbuf.rst.
import type { MapSpec } from '../../object/spec.js';
import { ERRNO } from '../../platform/errno.js';
import { RINGBUF_QUERY, RINGBUF_RECORD } from '../../platform/flags.js';
import type { MapEntry, MapHost, RingBuffer, UserRing } from '../map.js';
import type { Region } from '../regions.js';
import { type Lookup, MapBase } from './base.js';
import { DESCRIPTOR, roundUp8 } from './layout.js';

const { HEADER_BYTES, BUSY_BIT, DISCARD_BIT } = RINGBUF_RECORD;
const LENGTH_MASK = 0x3fff_ffff;

/** A ring without elements: user space's reads and writes are ENOTSUPP. */
abstract class Ring extends MapBase {
  override get size(): number {
    return 0;
  }

  override deleteAt(_keyAddress: number): number {
    return -ERRNO.ENOTSUPP;
  }

  override entries(): MapEntry[] {
    return [];
  }

  protected override readStaged(_keyAddress: number): Lookup {
    return -ERRNO.ENOTSUPP;
  }

  protected override writeStaged(_keyAddress: number, _values: readonly Uint8Array[], _flags: number): number {
    return -ERRNO.ENOTSUPP;
  }
}

/**
 * Records from programs to user space. Positions count bytes since creation; a record at position p starts at BASE + (p & MASK).
 * ```
 * record | u32 length, bit 31 busy, bit 30 discarded | u32 address of the map | data | pad to 8 |
 *        BASE                            BASE + MASK + 1                BASE + 2 * (MASK + 1)
 *         | ... records ...  | start of one | rest of it, until it is consumed |
 * ```
 * The kernel maps the data pages twice, so that a record crossing the end is contiguous; here it just continues in a second copy of the area, where
 * nothing else ever is. The kernel's second word counts pages back to the map instead. Programs may touch the data of records they reserved.
 */
export class RingBufferMap extends Ring implements RingBuffer {
  override readonly ring: RingBuffer = this;
  private readonly base: number;
  private readonly sizeBytes: number;
  private readonly reserved = new Map<number, Region>();
  private producer = 0;
  private consumer = 0;
  /** Before it no record is busy: user space has been told of all. */
  private visible = 0;

  constructor(host: MapHost, spec: MapSpec, id: number) {
    super(host, spec, id);
    this.sizeBytes = spec.maxEntries;
    this.base = host.memory.allocate(2 * this.sizeBytes, 8, this.label);
    this.setWord(DESCRIPTOR.BASE, this.base);
    this.setWord(DESCRIPTOR.MASK, this.sizeBytes - 1);
  }

  reserve(sizeBytes: number): number {
    const recordBytes = roundUp8(sizeBytes + HEADER_BYTES);
    if (sizeBytes > LENGTH_MASK || recordBytes > this.sizeBytes) return 0;
    if (this.producer + recordBytes - this.consumer > this.sizeBytes - 1) return 0;
    const record = this.recordAt(this.producer);
    this.memory.u32[record >>> 2] = (sizeBytes | BUSY_BIT) >>> 0;
    this.memory.u32[(record >>> 2) + 1] = this.address;
    this.producer += recordBytes;
    this.openRegion(record + HEADER_BYTES, sizeBytes);
    return record + HEADER_BYTES;
  }

  submit(address: number): readonly Uint8Array[] | undefined {
    return this.end(address, 0) ? this.takeVisible() : undefined;
  }

  discard(address: number): readonly Uint8Array[] | undefined {
    return this.end(address, DISCARD_BIT) ? this.takeVisible() : undefined;
  }

  query(what: number): number {
    if (what === RINGBUF_QUERY.BPF_RB_AVAIL_DATA) return this.producer - this.consumer;
    if (what === RINGBUF_QUERY.BPF_RB_RING_SIZE) return this.sizeBytes;
    if (what === RINGBUF_QUERY.BPF_RB_CONS_POS) return this.consumer;
    return what === RINGBUF_QUERY.BPF_RB_PROD_POS ? this.producer : 0;
  }

  consume(): void {
    this.consumer = this.visible;
  }

  /** Copies of the records up to the first that is still busy. */
  private takeVisible(): Uint8Array[] {
    const records: Uint8Array[] = [];
    while (this.visible < this.producer) {
      const record = this.recordAt(this.visible);
      const header = this.memory.u32[record >>> 2]!;
      if (header >= BUSY_BIT) break;
      const sizeBytes = header & LENGTH_MASK;
      const start = record + HEADER_BYTES;
      if ((header & DISCARD_BIT) === 0) records.push(this.memory.bytes.slice(start, start + sizeBytes));
      this.visible += roundUp8(sizeBytes + HEADER_BYTES);
    }
    return records;
  }

  private recordAt(position: number): number {
    return this.base + (position % this.sizeBytes);
  }

  private openRegion(start: number, sizeBytes: number): void {
    const region: Region = {
      start,
      end: start + sizeBytes,
      strideBytes: 0,
      elementBytes: sizeBytes,
      isWritable: true,
      label: `${this.label} record`,
    };
    this.host.regions.add(region);
    this.reserved.set(start, region);
  }

  /** Ends a reservation; false where nothing is reserved there. */
  private end(address: number, bits: number): boolean {
    const region = this.reserved.get(address);
    if (region === undefined) return false;
    this.reserved.delete(address);
    this.host.regions.remove(region);
    this.memory.u32[(address - HEADER_BYTES) >>> 2] = (region.elementBytes | bits) >>> 0;
    return true;
  }
}

/**
 * Records from user space to programs, oldest first. As in the kernel each takes 8 bytes more than its data, rounded up to 8; the area is one ring
 * of `sizeBytes`, so a record may continue at its start: programs see a copy in one piece.
 */
export class UserRingBufferMap extends Ring implements UserRing {
  override readonly userRing: UserRing = this;
  private readonly waiting: Uint8Array[] = [];
  private usedBytes = 0;
  private sampleAddress = 0;

  preload(_key: Uint8Array, values: readonly Uint8Array[]): number {
    return this.produce(values[0]!);
  }

  produce(data: Uint8Array): number {
    const recordBytes = roundUp8(data.byteLength + HEADER_BYTES);
    if (recordBytes > this.spec.maxEntries) return -ERRNO.E2BIG;
    if (this.usedBytes + recordBytes > this.spec.maxEntries) return -ERRNO.ENOSPC;
    this.usedBytes += recordBytes;
    this.waiting.push(data.slice());
    return 0;
  }

  take(): { readonly address: number; readonly sizeBytes: number } | undefined {
    const data = this.waiting.shift();
    if (data === undefined) return undefined;
    this.usedBytes -= roundUp8(data.byteLength + HEADER_BYTES);
    if (this.sampleAddress === 0) this.sampleAddress = this.openSample();
    this.memory.bytes.set(data, this.sampleAddress);
    return { address: this.sampleAddress, sizeBytes: data.byteLength };
  }

  /** Where programs find the record that they took. */
  private openSample(): number {
    const sizeBytes = this.spec.maxEntries;
    const start = this.memory.allocate(sizeBytes, 8, this.label);
    const label = `${this.label} record`;
    this.host.regions.add({
      start,
      end: start + sizeBytes,
      strideBytes: 0,
      elementBytes: sizeBytes,
      isWritable: false,
      label,
    });
    return start;
  }
}
