// What a capture gives: frames in file order, what the file says about itself, and what was odd about it.
import type { ByteOrder } from '../support/bytes.js';

/** One captured frame. */
export interface Frame {
  /** Place in the file, from 1. */
  readonly number: number;
  /** Nanoseconds since the epoch. */
  readonly timestampNanos: bigint;
  /** The bytes that were captured, without frame check sequence; a view that is valid until the next frame is asked for. */
  readonly bytes: Uint8Array;
  /** Length on the wire without frame check sequence; at least that of `bytes`. */
  readonly originalLengthBytes: number;
  /** Index into `CaptureInfo.interfaces`. */
  readonly interfaceIndex: number;
  /** LINKTYPE_ number; 1 is Ethernet. */
  readonly linkType: number;
  /** What pcapng says about this packet beyond its bytes; absent where it says nothing. */
  readonly options?: FrameOptions | undefined;
}

/** Options of a pcapng packet. Source: draft-ietf-opsawg-pcapng, section 4.3. */
export interface FrameOptions {
  readonly comments: readonly string[];
  /** epb_flags: bits 0-1 are the direction (1 inbound, 2 outbound). */
  readonly flags?: number;
  /** Packets lost between this one and the one before it on the same interface. */
  readonly dropCount?: bigint;
  readonly packetId?: bigint;
  readonly queue?: number;
  readonly verdicts: readonly FrameVerdict[];
}

/** What was decided about a packet: epb_verdict. `action` is an XDP action code for `xdp`, a TC_ACT_ code for `tc`. */
export type FrameVerdict =
  | { readonly kind: 'xdp' | 'tc'; readonly action: bigint }
  | { readonly kind: 'hardware'; readonly bytes: Uint8Array }
  | { readonly kind: 'other'; readonly type: number; readonly bytes: Uint8Array };

/** What a capture says about itself. For pcapng it grows while frames are read, as interfaces may be described anywhere. */
export interface CaptureInfo {
  readonly format: 'pcap' | 'pcapng';
  /** Of the file; of its latest section for pcapng. */
  readonly byteOrder: ByteOrder;
  /** pcap only: the Kuznetzov variant, whose record headers have 24 bytes. */
  readonly isModified: boolean;
  /** Sections seen; 1 for pcap. */
  readonly sections: number;
  /** All interfaces, those of later sections after those of earlier ones; exactly one for pcap. */
  readonly interfaces: readonly CaptureInterface[];
}

/** One capturing interface. */
export interface CaptureInterface {
  readonly name?: string;
  readonly description?: string;
  readonly comments: readonly string[];
  readonly linkType: number;
  /** Longest frame that was kept; 0 is no limit. */
  readonly snapLengthBytes: number;
  /** Timestamp units in a second: 1,000,000 for microseconds. */
  readonly timestampUnitsPerSecond: bigint;
  /** Length of the frame check sequence that the file keeps behind each frame and that `Frame.bytes` leaves out. */
  readonly fcsLengthBytes: number;
  /** The counters of the latest interface statistics block. */
  readonly statistics?: InterfaceStatistics;
}

/** Counters of a pcapng interface statistics block. Source: draft-ietf-opsawg-pcapng, section 4.6. */
export interface InterfaceStatistics {
  readonly received?: bigint;
  readonly dropped?: bigint;
  readonly filterAccepted?: bigint;
  readonly osDropped?: bigint;
  readonly delivered?: bigint;
}

/** Something odd that did not stop the reading; each code is reported once, at its first occurrence. */
export interface CaptureWarning {
  readonly code: 'capture-truncated' | 'timestamp-fraction' | 'timestamp-missing' | 'original-length';
  /** One line with file, place and values. */
  readonly message: string;
}

/** How to read a capture. */
export interface ReadOptions {
  /** Stands in front of every message. */
  readonly fileName: string;
  /** A file that ends inside a record is an InputError `capture-truncated` rather than a warning. */
  readonly strict?: boolean;
  /** Called at once for each warning, beside its being kept. */
  readonly onWarning?: (warning: CaptureWarning) => void;
}

/** A capture being read. It can be read once: through `frames()` or through `forEach()`. */
export interface Capture {
  readonly fileName: string;
  /** Known from the first frame on. */
  readonly info: CaptureInfo | undefined;
  readonly warnings: readonly CaptureWarning[];
  /**
   * Frames in file order; the same Frame object is reused, so keep `copyFrame(frame)` rather than the frame. Throws InputError for a
   * malformed capture after the frames before the fault were given.
   */
  frames(): AsyncGenerator<Frame, void, undefined>;
  /** Calls `visit` for every frame, several times faster than `frames()`; a visit that returns false ends the reading. */
  forEach(visit: (frame: Frame) => boolean | undefined): Promise<void>;
}

/** The largest captured length that is believed, in bytes: libpcap's own limit for an Ethernet snapshot. */
export const MAX_FRAME_BYTES = 262_144;

/** A frame that stays as it is when the next one is read: its bytes are a copy. */
export function copyFrame(frame: Frame): Frame {
  const { number, timestampNanos, originalLengthBytes, interfaceIndex, linkType, options } = frame;
  const bytes = frame.bytes.slice();
  const copy = { number, timestampNanos, bytes, originalLengthBytes, interfaceIndex, linkType };
  return options === undefined ? copy : { ...copy, options };
}
