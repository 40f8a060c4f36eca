// Frames that come one by one, written down as records until there are enough of them for the loop over records. Hot path.
import { CapturedFrame } from '../../capture/captured-frame.js';
import type { Frame } from '../../capture/frame.js';
import type { MachineMemory } from '../../machine/memory.js';
import { FRAME } from '../../platform/limits.js';
import { RECORD } from './state.js';

/** Bytes of the buffer; small enough for the processor's cache. */
export const FRAME_BUFFER_BYTES = 128 * 1024;

/** Units of the timestamps of its records: nanoseconds. */
export const BUFFER_UNITS_PER_SECOND = 1_000_000_000;

/** Records in memory, little-endian, one behind the other. */
export class FrameBuffer {
  /** Frames in it. */
  count = 0;
  private readonly memory: MachineMemory;
  private readonly address: number;
  private end: number;

  /** @param address of FRAME_BUFFER_BYTES bytes */
  constructor(memory: MachineMemory, address: number) {
    this.memory = memory;
    this.address = address;
    this.end = address;
  }

  /** Whether one more frame of any length that `add` takes might not fit. */
  get isFull(): boolean {
    return this.end - this.address > FRAME_BUFFER_BYTES - RECORD.BYTES - FRAME.MAX_LINEAR_BYTES;
  }

  /** Takes a frame of at most FRAME.MAX_LINEAR_BYTES bytes; false where a record cannot say what it says. */
  add(frame: Frame): boolean {
    const { bytes, originalLengthBytes } = frame;
    const [seconds, nanos] = timeOf(frame);
    if (seconds < 0 || seconds > 0xffff_ffff || originalLengthBytes < bytes.byteLength) return false;
    const { view, bytes: all } = this.memory;
    view.setUint32(this.end + RECORD.SECONDS, seconds, true);
    view.setUint32(this.end + RECORD.FRACTION, nanos, true);
    view.setUint32(this.end + RECORD.CAPTURED, bytes.byteLength, true);
    view.setUint32(this.end + RECORD.ORIGINAL, originalLengthBytes, true);
    all.set(bytes, this.end + RECORD.BYTES);
    this.end += RECORD.BYTES + bytes.byteLength;
    this.count++;
    return true;
  }

  /** Addresses of its first byte and behind its last; it is empty afterwards, though the bytes stay until the next `add`. */
  empty(): { readonly start: number; readonly end: number } {
    const { address: start, end } = this;
    this.end = start;
    this.count = 0;
    return { start, end };
  }
}

function timeOf(frame: Frame): readonly [seconds: number, nanos: number] {
  if (frame instanceof CapturedFrame) return [frame.timestampSeconds, frame.timestampSubsecondNanos];
  const { timestampNanos } = frame;
  if (timestampNanos < 0n) return [-1, 0];
  const unit = BigInt(BUFFER_UNITS_PER_SECOND);
  return [Number(timestampNanos / unit), Number(timestampNanos % unit)];
}
