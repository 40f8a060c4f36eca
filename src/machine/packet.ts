// A frame as the program sees it: a buffer with the kernel's geometry, and the xdp_md context that points into it.
//
//   slot                                                                       slot + 4096
//    | xdp_frame 40 |  free headroom ...   | metadata | linear part | tailroom 320 | fragment 0 | ... | fragment 16 |
//    ^ hard start                     data_meta^  data^     data_end^
//
// The pointers live in the context, in linear memory, and nowhere else, so that every engine sees and moves the same ones.
// Sources: Linux net/core/filter.c (bpf_xdp_adjust_*), net/bpf/test_run.c; limits observed on 6.18.
import { XDP_MD_BYTES } from '../platform/context.js';
import { ERRNO } from '../platform/errno.js';
import { FRAME, RUN_LIMIT, TEST_RUN } from '../platform/limits.js';
import { assert } from '../support/errors.js';
import type { MachineMemory } from './memory.js';

const { SLOT_BYTES, HEADROOM_BYTES, RESERVED_BYTES, TAILROOM_BYTES } = FRAME;
const { MAX_LINEAR_BYTES, MAX_FRAGMENTS, MAX_FRAGMENT_BYTES, MIN_LENGTH_BYTES } = FRAME;

/** Word indices of the fields of xdp_md. */
const DATA = 0;
const DATA_END = 1;
const DATA_META = 2;
const INGRESS_IFINDEX = 3;
const RX_QUEUE_INDEX = 4;
const EGRESS_IFINDEX = 5;

const NO_BYTES = new Uint8Array(0);

/** Where a frame came from: the scalar fields of the context. */
export interface PacketOrigin {
  readonly ingressIfindex: number;
  readonly queue: number;
  /** For programs of a device map; 0 elsewhere. */
  readonly egressIfindex?: number;
  /** Metadata in front of the frame; none unless given. */
  readonly metadata?: Uint8Array;
  /** Distance of the frame from the start of the slot; 256 unless given. Smaller ones leave more linear room. */
  readonly headroomBytes?: number;
}

/** One buffer for one frame at a time. */
export class PacketBuffer {
  /** First byte of the buffer, a multiple of 4096. */
  readonly slotAddress: number;
  /** Address of struct xdp_md: what programs get in r1. */
  readonly contextAddress: number;
  /** Fragments in use. */
  fragmentCount = 0;
  /** Length of each fragment. */
  private readonly fragmentBytes = new Int32Array(MAX_FRAGMENTS);
  /** Where each starts in its page: not 0 once bytes were pulled from its front. */
  private readonly fragmentStart = new Int32Array(MAX_FRAGMENTS);
  private readonly memory: MachineMemory;
  private readonly context: number;
  /** The headroom has been given out: it holds bytes of an earlier frame. */
  private isHeadroomUsed = false;

  constructor(memory: MachineMemory) {
    this.memory = memory;
    this.slotAddress = memory.allocate(SLOT_BYTES + MAX_FRAGMENTS * MAX_FRAGMENT_BYTES, SLOT_BYTES, 'packet buffer');
    this.contextAddress = memory.allocate(XDP_MD_BYTES, 16, 'packet context');
    this.context = this.contextAddress >>> 2;
  }

  /** Address of the first byte. */
  get data(): number {
    return this.memory.u32[this.context + DATA]!;
  }

  /** Address behind the last byte of the linear part. */
  get dataEnd(): number {
    return this.memory.u32[this.context + DATA_END]!;
  }

  /** Address of the metadata, which ends at `data`. */
  get dataMeta(): number {
    return this.memory.u32[this.context + DATA_META]!;
  }

  get ingressIfindex(): number {
    return this.memory.u32[this.context + INGRESS_IFINDEX]!;
  }

  get queue(): number {
    return this.memory.u32[this.context + RX_QUEUE_INDEX]!;
  }

  /** Length of the linear part. */
  get linearBytes(): number {
    return this.dataEnd - this.data;
  }

  /** Length of the frame, fragments included: bpf_xdp_get_buff_len. */
  get lengthBytes(): number {
    let length = this.linearBytes;
    for (let at = 0; at < this.fragmentCount; at++) length += this.fragmentBytes[at]!;
    return length;
  }

  /**
   * Puts a frame into the buffer, as BPF_PROG_TEST_RUN does: the first 3520 bytes are linear, the rest fills fragments; the
   * headroom is zero but for metadata.
   */
  load(bytes: Uint8Array, origin: PacketOrigin): void {
    assert(bytes.byteLength <= TEST_RUN.MAX_INPUT_BYTES, `a frame of at most ${TEST_RUN.MAX_INPUT_BYTES} bytes`);
    const { metadata } = origin;
    const data = this.slotAddress + (origin.headroomBytes ?? HEADROOM_BYTES);
    this.clearHeadroom();
    const linear = Math.min(bytes.byteLength, this.slotAddress + HEADROOM_BYTES + MAX_LINEAR_BYTES - data);
    this.memory.bytes.set(linear === bytes.byteLength ? bytes : bytes.subarray(0, linear), data);
    this.fragmentCount = 0;
    if (linear < bytes.byteLength) this.loadFragments(bytes.subarray(linear));
    const { u32 } = this.memory;
    u32[this.context + DATA] = data;
    u32[this.context + DATA_END] = data + linear;
    u32[this.context + DATA_META] = data;
    if (metadata !== undefined) this.loadMetadata(metadata, data);
    u32[this.context + INGRESS_IFINDEX] = origin.ingressIfindex;
    u32[this.context + RX_QUEUE_INDEX] = origin.queue;
    u32[this.context + EGRESS_IFINDEX] = origin.egressIfindex ?? 0;
  }

  private loadMetadata(metadata: Uint8Array, data: number): void {
    const start = data - metadata.byteLength;
    this.memory.bytes.set(metadata, start);
    this.memory.u32[this.context + DATA_META] = start;
    this.isHeadroomUsed = true;
  }

  /** Distance of the frame from the start of its slot; 256 as long as nothing moved it. */
  get headroomBytes(): number {
    return this.data - this.slotAddress;
  }

  private clearHeadroom(): void {
    if (this.isHeadroomUsed) this.memory.bytes.fill(0, this.slotAddress, this.slotAddress + SLOT_BYTES);
    this.isHeadroomUsed = false;
  }

  private loadFragments(rest: Uint8Array): void {
    for (let from = 0; from < rest.byteLength; from += MAX_FRAGMENT_BYTES) {
      const part = rest.subarray(from, from + MAX_FRAGMENT_BYTES);
      this.fragmentStart[this.fragmentCount] = 0;
      this.memory.bytes.set(part, this.fragmentAddress(this.fragmentCount));
      this.fragmentBytes[this.fragmentCount++] = part.byteLength;
    }
  }

  private fragmentAddress(index: number): number {
    return this.slotAddress + SLOT_BYTES + index * MAX_FRAGMENT_BYTES + this.fragmentStart[index]!;
  }

  /** A copy of the frame: data to data_end, then the fragments. */
  frame(): Uint8Array {
    if (this.fragmentCount === 0) return this.memory.bytes.slice(this.data, this.dataEnd);
    const frame = new Uint8Array(this.lengthBytes);
    this.copyOut(0, frame);
    return frame;
  }

  /** A copy of the metadata: data_meta to data. */
  metadata(): Uint8Array {
    const { dataMeta, data } = this;
    return dataMeta === data ? NO_BYTES : this.memory.bytes.slice(dataMeta, data);
  }

  /** bpf_xdp_adjust_head: moves data by `delta`, metadata with it. 0 or a negative errno. */
  adjustHead(delta: number): number {
    const { data, dataMeta, dataEnd } = this;
    const metadataBytes = data - dataMeta;
    const moved = data + delta;
    if (moved < this.slotAddress + RESERVED_BYTES + metadataBytes) return -ERRNO.EINVAL;
    if (moved > dataEnd - MIN_LENGTH_BYTES) return -ERRNO.EINVAL;
    if (metadataBytes > 0) this.memory.bytes.copyWithin(dataMeta + delta, dataMeta, data);
    this.memory.u32[this.context + DATA] = moved;
    this.memory.u32[this.context + DATA_META] = dataMeta + delta;
    this.isHeadroomUsed = true;
    return 0;
  }

  /** bpf_xdp_adjust_meta: moves data_meta by `delta`. 0 or a negative errno. */
  adjustMeta(delta: number): number {
    const moved = this.dataMeta + delta;
    const metadataBytes = this.data - moved;
    if (moved < this.slotAddress + RESERVED_BYTES || metadataBytes < 0) return -ERRNO.EINVAL;
    if (metadataBytes % FRAME.METADATA_ALIGNMENT_BYTES !== 0 || metadataBytes > FRAME.MAX_METADATA_BYTES) {
      return -ERRNO.EACCES;
    }
    this.memory.u32[this.context + DATA_META] = moved;
    this.isHeadroomUsed = true;
    return 0;
  }

  /** bpf_xdp_adjust_tail: makes the frame longer (with zeros) or shorter at its end. 0 or a negative errno. */
  adjustTail(delta: number): number {
    if (this.fragmentCount > 0) return delta < 0 ? this.shrinkFragments(-delta) : this.growFragment(delta);
    const { data, dataEnd } = this;
    const moved = dataEnd + delta;
    if (moved > this.slotAddress + SLOT_BYTES - TAILROOM_BYTES) return -ERRNO.EINVAL;
    if (moved < data + MIN_LENGTH_BYTES) return -ERRNO.EINVAL;
    if (delta > 0) this.memory.bytes.fill(0, dataEnd, moved);
    this.memory.u32[this.context + DATA_END] = moved;
    return 0;
  }

  /** Only the last fragment can grow, up to its page. */
  private growFragment(delta: number): number {
    const last = this.fragmentCount - 1;
    const used = this.fragmentBytes[last]!;
    if (delta > MAX_FRAGMENT_BYTES - used - this.fragmentStart[last]!) return -ERRNO.EINVAL;
    const end = this.fragmentAddress(last) + used;
    this.memory.bytes.fill(0, end, end + delta);
    this.fragmentBytes[last] = used + delta;
    return 0;
  }

  /** Takes bytes from the last fragment on, dropping emptied ones; once none is left, from the linear part. */
  private shrinkFragments(amount: number): number {
    // The kernel's int: 2^31 is negative to it, so there is nothing to take.
    if (amount === 2 ** 31) return 0;
    if (amount > this.lengthBytes - MIN_LENGTH_BYTES) return -ERRNO.EINVAL;
    let rest = amount;
    for (let at = this.fragmentCount - 1; at >= 0 && rest > 0; at--) {
      const taken = Math.min(rest, this.fragmentBytes[at]!);
      rest -= taken;
      this.fragmentBytes[at]! -= taken;
      if (this.fragmentBytes[at] === 0) this.fragmentCount--;
    }
    this.memory.u32[this.context + DATA_END] = this.dataEnd - rest;
    return 0;
  }

  /**
   * bpf_xdp_pull_data: makes the linear part `length` bytes long with bytes from the fragments; where the tailroom does not suffice, what lies
   * before moves towards the start of the slot. 0 or a negative errno.
   */
  pullData(length: number): number {
    if (length <= this.linearBytes) return 0;
    if (length > this.lengthBytes) return -ERRNO.EINVAL;
    const missing = length - this.linearBytes;
    const tailroom = this.slotAddress + SLOT_BYTES - TAILROOM_BYTES - this.dataEnd;
    const headroom = this.dataMeta - this.slotAddress - RESERVED_BYTES;
    if (missing > tailroom + headroom) return -ERRNO.EINVAL;
    if (missing > tailroom) this.moveTowardsStart(missing - tailroom);
    this.memory.u32[this.context + DATA_END] = this.takeFromFragments(missing);
    return 0;
  }

  private moveTowardsStart(distance: number): void {
    const { dataMeta, data, dataEnd } = this;
    this.memory.bytes.copyWithin(dataMeta - distance, dataMeta, dataEnd);
    const words = [data, dataEnd, dataMeta].map(address => address - distance);
    this.memory.u32.set(words, this.context + DATA);
    this.isHeadroomUsed = true;
  }

  /** Moves the first bytes of the fragments behind the linear part; the new end. */
  private takeFromFragments(amount: number): number {
    let end = this.dataEnd;
    let emptied = 0;
    for (let rest = amount; rest > 0; emptied++) {
      const taken = Math.min(rest, this.fragmentBytes[emptied]!);
      const from = this.fragmentAddress(emptied);
      this.memory.bytes.copyWithin(end, from, from + taken);
      end += taken;
      rest -= taken;
      if (taken < this.fragmentBytes[emptied]!) {
        this.fragmentBytes[emptied]! -= taken;
        this.fragmentStart[emptied]! += taken;
        break;
      }
    }
    this.dropFirstFragments(emptied);
    return end;
  }

  private dropFirstFragments(count: number): void {
    for (let at = count; at < this.fragmentCount; at++) {
      const [from, to] = [this.fragmentAddress(at), at - count];
      this.fragmentStart[to] = this.fragmentStart[at]!;
      this.fragmentBytes[to] = this.fragmentBytes[at]!;
      this.memory.bytes.copyWithin(this.fragmentAddress(to), from, from + this.fragmentBytes[at]!);
    }
    this.fragmentCount -= count;
  }

  /** Address of a range of the frame that lies in one piece, 0 for one that does not (bpf_xdp_pointer). The caller has checked its end. */
  pointerTo(offset: number, length: number): number {
    let rest = offset;
    for (let part = -1; part < this.fragmentCount; part++) {
      const size = part < 0 ? this.linearBytes : this.fragmentBytes[part]!;
      if (rest < size) return rest + length <= size ? (part < 0 ? this.data : this.fragmentAddress(part)) + rest : 0;
      rest -= size;
    }
    return 0;
  }

  /** Whether addresses lie in one fragment. */
  isInFragment(address: number, end: number): boolean {
    const first = this.slotAddress + SLOT_BYTES;
    if (address < first || this.fragmentCount === 0) return false;
    const index = Math.floor((address - first) / MAX_FRAGMENT_BYTES);
    if (index >= this.fragmentCount) return false;
    const start = this.fragmentAddress(index);
    return address >= start && end <= start + this.fragmentBytes[index]!;
  }

  /** bpf_xdp_load_bytes: `length` bytes from `offset` on, over fragments, to memory at `target`. 0 or a negative errno. */
  loadBytes(offset: number, target: number, length: number): number {
    const error = this.rangeError(offset, length);
    if (error === 0) this.copyOut(offset, this.memory.bytes.subarray(target, target + length));
    return error;
  }

  /** As `loadBytes`: a copy of the bytes, or a negative errno. */
  loadCopy(offset: number, length: number): Uint8Array | number {
    const error = this.rangeError(offset, length);
    if (error !== 0) return error;
    const bytes = new Uint8Array(length);
    this.copyOut(offset, bytes);
    return bytes;
  }

  /** bpf_xdp_store_bytes: the other way round. */
  storeBytes(offset: number, source: number, length: number): number {
    const error = this.rangeError(offset, length);
    if (error === 0) this.copyIn(offset, this.memory.bytes.subarray(source, source + length));
    return error;
  }

  /** As `storeBytes`, with bytes that are not in the machine's memory. */
  storeFrom(offset: number, bytes: Uint8Array): number {
    const error = this.rangeError(offset, bytes.byteLength);
    if (error === 0) this.copyIn(offset, bytes);
    return error;
  }

  private rangeError(offset: number, length: number): number {
    const limit = RUN_LIMIT.MAX_LOAD_BYTES_OFFSET;
    if (offset > limit || length > limit) return -ERRNO.EFAULT;
    return offset + length > this.lengthBytes ? -ERRNO.EINVAL : 0;
  }

  /** Fills `target` from byte `offset` of the frame on; the caller has checked the length. */
  copyOut(offset: number, target: Uint8Array): void {
    this.eachPart(offset, target.byteLength, (address, length, done) =>
      target.set(this.memory.bytes.subarray(address, address + length), done),
    );
  }

  private copyIn(offset: number, source: Uint8Array): void {
    this.eachPart(offset, source.byteLength, (address, length, done) =>
      this.memory.bytes.set(source.subarray(done, done + length), address),
    );
  }

  /** Visits the pieces of memory that a range of the frame lies in, with how many of its bytes came before. */
  private eachPart(
    offset: number,
    lengthBytes: number,
    visit: (address: number, length: number, done: number) => void,
  ): void {
    let done = 0;
    let skip = offset;
    for (let part = -1; part < this.fragmentCount && done < lengthBytes; part++) {
      const size = part < 0 ? this.linearBytes : this.fragmentBytes[part]!;
      const start = part < 0 ? this.data : this.fragmentAddress(part);
      const length = Math.min(size - skip, lengthBytes - done);
      if (length > 0) {
        visit(start + skip, length, done);
        done += length;
      }
      skip = Math.max(0, skip - size);
    }
  }
}
