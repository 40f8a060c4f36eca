// The one Frame object that a reader fills again for every frame. Hot path: nothing is allocated until a property is asked for.
import type { Frame, FrameOptions } from './frame.js';

const NOTHING = new Uint8Array(0);
const NANOS_PER_SECOND = 1_000_000_000n;

/**
 * A frame as it lies in the bytes that were read. Beside what every Frame has, the place in storage and the time as two numbers, so
 * that nothing need be allocated per frame. All of it changes when the next frame is read.
 */
export class CapturedFrame implements Frame {
  number = 0;
  /** Whole seconds since the epoch; may be negative through an interface's offset. */
  timestampSeconds = 0;
  /** Nanoseconds within the second, 0 to 999,999,999. */
  timestampSubsecondNanos = 0;
  /** The bytes are `storage[storageOffset]` to `storage[storageOffset + lengthBytes - 1]`. */
  storage: Uint8Array = NOTHING;
  storageOffset = 0;
  /** Captured length. */
  lengthBytes = 0;
  originalLengthBytes = 0;
  interfaceIndex = 0;
  linkType = 1;
  /** Reads the options on demand; set by the pcapng decoder for packets that have some. */
  readOptions: (() => FrameOptions) | undefined = undefined;

  get timestampNanos(): bigint {
    return BigInt(this.timestampSeconds) * NANOS_PER_SECOND + BigInt(this.timestampSubsecondNanos);
  }

  get bytes(): Uint8Array {
    return this.storage.subarray(this.storageOffset, this.storageOffset + this.lengthBytes);
  }

  /** Leaves out the frame check sequence that lies, as far as it was captured, behind the frame. */
  cutFrameCheckSequence(fcsLengthBytes: number): void {
    this.originalLengthBytes = Math.max(0, this.originalLengthBytes - fcsLengthBytes);
    this.lengthBytes = Math.min(this.lengthBytes, this.originalLengthBytes);
  }

  get options(): FrameOptions | undefined {
    return this.readOptions?.();
  }
}
