// How frames of captures come to the card: whole chunks of pcap records without an object per frame, all others one by one. Hot path.
import type { Frame } from '../../capture/frame.js';
import type { RecordSink } from '../../capture/records.js';
import type { FrameMemory } from '../../engine/engine.js';
import { type FrameStore, newMemory } from './frame-store.js';
import { tagOf } from './reception.js';
import type { Spreader } from './rss.js';

/** Chunks that stay in the processor's cache are read fastest. */
const CHUNK_BYTES = 256 * 1024;
/** Seconds, fraction, captured and original length. draft-ietf-opsawg-pcap, section 5. */
const RECORD_BYTES = 16;
/** Longer frames, and frames longer than they were on the wire, are left to the reader of captures. */
const MAX_FRAME_BYTES = 65_536;
const NANOS_PER_SECOND = 1_000_000_000n;

/** What a card is told of frames, and where they go. */
export interface IntakeSetup {
  readonly frames: FrameStore;
  readonly spreader: Spreader;
  /** VLAN tags are taken out. */
  readonly strips: boolean;
  /** Comments of captures are kept. */
  readonly keepsComments: boolean;
  readonly taker: FrameTaker;
  /** Where captures are read into; undefined for memory of its own. */
  readonly chunks: FrameChunks | undefined;
}

/** A part of a memory for chunks of captures. */
export interface FrameChunks {
  readonly memory: FrameMemory;
  /** The part, where it is now. */
  chunk(): Uint8Array<ArrayBuffer>;
}

/** Takes the frames of a store, many at a time: loops that do one thing with many frames are fastest. */
export interface FrameTaker {
  /** The time of the first frame, before it. */
  begin(originNanos: bigint): void;
  /** How many frames it takes next at most; 1 or more. */
  readonly room: number;
  /** Frames of the store, from `first` to before `end`; whether to go on. */
  take(first: number, end: number): boolean;
}

/** Puts frames into the store and hands them on. */
export class FrameIntake implements RecordSink {
  recordsTaken = 0;
  isStopped = false;
  /** Frames stay in the store, so that they can be sent again. */
  isKeeping = false;
  private readonly frames: FrameStore;
  private readonly spreader: Spreader;
  private readonly strips: boolean;
  private readonly keepsComments: boolean;
  private readonly taker: FrameTaker;
  private readonly mostBytes: number;
  private readonly chunks: FrameChunks;
  private hasOrigin = false;
  private originSeconds = 0;
  private originNanos = 0;

  /** @param mostBytes what is kept of frames at most */
  constructor(setup: IntakeSetup, mostBytes: number) {
    this.frames = setup.frames;
    this.spreader = setup.spreader;
    this.strips = setup.strips;
    this.keepsComments = setup.keepsComments;
    this.taker = setup.taker;
    this.chunks = setup.chunks ?? ownChunks();
    this.mostBytes = mostBytes;
  }

  chunk(): Uint8Array {
    return this.chunks.chunk();
  }

  isDone(): boolean {
    return this.isStopped;
  }

  takeRecords(bytes: Uint8Array, start: number, end: number, unitsPerSecond: number): number {
    if (bytes.buffer !== this.chunks.memory.bytes.buffer) return start;
    const offset = bytes.byteOffset;
    const stop = offset + end - RECORD_BYTES;
    let at = offset + start;
    while (at <= stop && !this.isStopped) {
      const next = this.takeSome(at, stop, unitsPerSecond);
      if (next === at) break;
      at = next;
    }
    return at - offset;
  }

  /** Takes records that all stay where they are, or are all copied; the place behind them. */
  private takeSome(start: number, stop: number, unitsPerSecond: number): number {
    const { frames } = this;
    const { memory } = this.chunks;
    const { view } = memory;
    const nanosPerUnit = 1e9 / unitsPerSecond;
    this.clearUnlessKept();
    const isStaying = this.canStay(start);
    if (isStaying) frames.borrow(memory);
    const first = frames.count;
    const end = first + this.taker.room;
    let at = start;
    while (at <= stop && frames.count < end) {
      const seconds = view.getUint32(at, true);
      const fraction = view.getUint32(at + 4, true);
      const captured = view.getUint32(at + 8, true);
      const original = view.getUint32(at + 12, true);
      const isUsual = captured <= original && original <= MAX_FRAME_BYTES && fraction < unitsPerSecond;
      if (!isUsual || captured > stop - at || (isStaying && this.strips && !this.canStay(at))) break;
      if (!this.hasOrigin) this.begin(seconds, fraction * nanosPerUnit);
      const bytesAt = at + RECORD_BYTES;
      const added = isStaying ? frames.addInPlace(bytesAt, captured) : this.copy(bytesAt, captured);
      frames.wireBytes[added] = original;
      frames.recordedNanos[added] = (seconds - this.originSeconds) * 1e9 + (fraction * nanosPerUnit - this.originNanos);
      at = bytesAt + captured;
    }
    this.recordsTaken += frames.count - first;
    if (frames.count > first) this.handOn(first);
    return at;
  }

  takeFrame({ bytes, originalLengthBytes, timestampNanos, options }: Frame): void {
    const { frames, keepsComments } = this;
    const seconds = Number(timestampNanos / NANOS_PER_SECOND);
    const nanos = Number(timestampNanos % NANOS_PER_SECOND);
    if (!this.hasOrigin) this.begin(seconds, nanos);
    this.clearUnlessKept();
    const added = frames.add(bytes);
    this.takeTag(added);
    frames.wireBytes[added] = originalLengthBytes;
    frames.recordedNanos[added] = (seconds - this.originSeconds) * 1e9 + (nanos - this.originNanos);
    if (keepsComments && options?.comments !== undefined) frames.note(options.comments);
    this.handOn(added);
  }

  /** Whether the frame of a record may be used where it lies in the chunk. */
  private canStay(recordAt: number): boolean {
    if (this.isKeeping) return false;
    if (!this.strips) return true;
    const { bytes, view } = this.chunks.memory;
    const at = recordAt + RECORD_BYTES;
    return tagOf(bytes, at, at + view.getUint32(recordAt + 8, true)) < 0;
  }

  private copy(at: number, lengthBytes: number): number {
    const added = this.frames.add(this.chunks.memory.bytes.subarray(at, at + lengthBytes));
    this.takeTag(added);
    return added;
  }

  /** Out of the frame that was added last, where the card does so. */
  private takeTag(at: number): void {
    if (!this.strips) return;
    const { frames } = this;
    const start = frames.firstByte[at]!;
    const vlan = tagOf(frames.memory.bytes, start, start + frames.lengthBytes[at]!);
    if (vlan < 0) return;
    frames.hideTag();
    frames.vlan[at] = vlan;
  }

  private begin(seconds: number, nanos: number): void {
    this.hasOrigin = true;
    this.originSeconds = seconds;
    this.originNanos = nanos;
    this.taker.begin(BigInt(seconds) * NANOS_PER_SECOND + BigInt(nanos));
  }

  private clearUnlessKept(): void {
    const { frames } = this;
    this.isKeeping &&= frames.usedBytes < this.mostBytes;
    if (!this.isKeeping) frames.clear();
  }

  /** All frames from one on. */
  private handOn(first: number): void {
    const { frames, spreader, taker } = this;
    spreader.spread(frames, first, frames.count);
    this.isStopped = !taker.take(first, frames.count);
  }
}

function ownChunks(): FrameChunks {
  const memory = newMemory(CHUNK_BYTES);
  return { memory, chunk: () => memory.bytes };
}
