// Frames with what the card works out about them, side by side in memory, so that a capture that is sent often is read once. Hot path.
import type { FrameMemory } from '../../engine/engine.js';

/** Bytes of frames that fit at first, and frames. */
const FIRST_BYTES = 1 << 14;
const FIRST_FRAMES = 1 << 8;

/** Ethernet addresses, and the tag behind them. IEEE 802.1Q. */
const ADDRESS_BYTES = 12;
const TAG_BYTES = 4;

/** Memory in pieces of ALIGNMENT_BYTES. */
const ALIGNMENT_BYTES = 4;

function memoryOf(bytes: Uint8Array<ArrayBuffer>): FrameMemory {
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Memory of so many bytes. */
export function newMemory(lengthBytes: number): FrameMemory {
  return memoryOf(new Uint8Array(lengthBytes));
}

/** Frames by number from 0. */
export class FrameStore {
  count = 0;
  /** The store's own memory, or that of frames which are only looked at. */
  memory: FrameMemory = newMemory(FIRST_BYTES);
  /** As it came in: where it begins in the memory, and its length. */
  firstByte = new Uint32Array(FIRST_FRAMES);
  lengthBytes = new Uint32Array(FIRST_FRAMES);
  /** As a program on the host sees it; the same columns as long as there is no difference. */
  seenByte = this.firstByte;
  seenBytes = this.lengthBytes;
  /** On the wire, without frame check sequence. */
  wireBytes = new Uint32Array(FIRST_FRAMES);
  /** Since the first frame of the run, as recorded and as they come to the card. */
  recordedNanos = new Float64Array(FIRST_FRAMES);
  arrivalNanos = new Float64Array(FIRST_FRAMES);
  queue = new Uint16Array(FIRST_FRAMES);
  hash = new Uint32Array(FIRST_FRAMES);
  /** XDP_RSS_* bits; 0 without a hash. */
  covers = new Uint8Array(FIRST_FRAMES);
  /** Tag control information; -1 where no tag was taken out. */
  vlan = new Int32Array(FIRST_FRAMES);
  /** 0 as long as nobody asked; then one more than the place in CHECKSUM_STATES. */
  checksum = new Uint8Array(FIRST_FRAMES);
  /** Of the capture, by frame, of those that have some. */
  readonly comments = new Map<number, readonly string[]>();
  private commentLength = 0;
  private used = 0;
  private own = this.memory;

  clear(): void {
    this.memory = this.own;
    this.seenByte = this.firstByte;
    this.seenBytes = this.lengthBytes;
    this.count = 0;
    this.used = 0;
    if (this.comments.size > 0) this.comments.clear();
    this.commentLength = 0;
  }

  /** Room that is taken. */
  get usedBytes(): number {
    return this.used + 2 * this.commentLength;
  }

  /** Adds a frame; its number. Facts beside its bytes are to be written to the columns. */
  add(frame: Uint8Array): number {
    const first = this.room(frame.length);
    this.memory.bytes.set(frame, first);
    return this.addInPlace(first, frame.length);
  }

  /** Holds nothing but frames of other memory, which stay where they are; until `clear`. */
  borrow(memory: FrameMemory): void {
    this.clear();
    this.memory = memory;
  }

  /** Adds a frame that lies in the store's memory already, borrowed or own; its number. */
  addInPlace(first: number, lengthBytes: number): number {
    if (this.count === this.queue.length) this.growFrames();
    const at = this.count++;
    this.firstByte[at] = first;
    this.lengthBytes[at] = lengthBytes;
    this.checksum[at] = 0;
    this.vlan[at] = -1;
    if (this.hasHidden) {
      this.seenByte[at] = first;
      this.seenBytes[at] = lengthBytes;
    }
    return at;
  }

  /** The frame that was added last is seen without the tag behind its addresses. */
  hideTag(): void {
    const at = this.count - 1;
    const lengthBytes = this.lengthBytes[at]!;
    const first = this.room(lengthBytes - TAG_BYTES);
    const start = this.firstByte[at]!;
    const { bytes } = this.memory;
    bytes.copyWithin(first, start, start + ADDRESS_BYTES);
    bytes.copyWithin(first + ADDRESS_BYTES, start + ADDRESS_BYTES + TAG_BYTES, start + lengthBytes);
    if (!this.hasHidden) {
      this.seenByte = this.firstByte.slice();
      this.seenBytes = this.lengthBytes.slice();
    }
    this.seenByte[at] = first;
    this.seenBytes[at] = lengthBytes - TAG_BYTES;
  }

  /** Whether some frame is seen in another way than it came in. */
  private get hasHidden(): boolean {
    return this.seenByte !== this.firstByte;
  }

  /** A frame as it came in; a view that the next `add` may leave behind. */
  frame(at: number): Uint8Array {
    const start = this.firstByte[at]!;
    return this.memory.bytes.subarray(start, start + this.lengthBytes[at]!);
  }

  /** The same as a program sees it. */
  seen(at: number): Uint8Array {
    const start = this.seenByte[at]!;
    return this.memory.bytes.subarray(start, start + this.seenBytes[at]!);
  }

  /** Comments of the frame that was added last. */
  note(comments: readonly string[]): void {
    this.comments.set(this.count - 1, comments);
    for (const { length } of comments) this.commentLength += length;
  }

  /** Takes room; its first byte. */
  private room(lengthBytes: number): number {
    const first = this.used;
    this.used = Math.ceil((first + lengthBytes) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    if (this.used > this.memory.bytes.length) this.growBytes(first);
    return first;
  }

  private growBytes(kept: number): void {
    const bytes = new Uint8Array(Math.max(this.used, 2 * this.memory.bytes.length));
    bytes.set(this.memory.bytes.subarray(0, kept));
    this.own = memoryOf(bytes);
    this.memory = this.own;
  }

  private growFrames(): void {
    const size = 2 * this.queue.length;
    const { hasHidden } = this;
    this.firstByte = grown(this.firstByte, new Uint32Array(size));
    this.lengthBytes = grown(this.lengthBytes, new Uint32Array(size));
    this.seenByte = hasHidden ? grown(this.seenByte, new Uint32Array(size)) : this.firstByte;
    this.seenBytes = hasHidden ? grown(this.seenBytes, new Uint32Array(size)) : this.lengthBytes;
    this.wireBytes = grown(this.wireBytes, new Uint32Array(size));
    this.recordedNanos = grown(this.recordedNanos, new Float64Array(size));
    this.arrivalNanos = grown(this.arrivalNanos, new Float64Array(size));
    this.queue = grown(this.queue, new Uint16Array(size));
    this.hash = grown(this.hash, new Uint32Array(size));
    this.covers = grown(this.covers, new Uint8Array(size));
    this.vlan = grown(this.vlan, new Int32Array(size));
    this.checksum = grown(this.checksum, new Uint8Array(size));
  }
}

function grown<T extends { set(from: ArrayLike<number>): void } & ArrayLike<number>>(from: T, to: T): T {
  to.set(from);
  return to;
}
