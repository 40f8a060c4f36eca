// The seam: what an engine is. Interpreter, compiler and a real Linux kernel stand behind it, and one suite holds them to each other.
import type { RecordSink } from '../capture/records.js';
import type { Delivery, PacketEvent, Redirect } from '../machine/events.js';
import type { Fault } from '../machine/fault.js';
import type { Host } from '../machine/host.js';
import type { Reception } from '../machine/machine.js';
import type { MapAccess } from '../machine/map.js';
import type { ObjectSpec } from '../object/spec.js';
import type { ObserveOptions, SlotCounts, Way } from './observe.js';

export type EngineName = 'interpreter' | 'compiler' | 'kernel';

/** A way of running programs. */
export interface Engine {
  readonly name: EngineName;
  /**
   * Creates the object's maps and makes its programs ready.
   * @throws InputError `map-create` where Linux would refuse a map, `program-load` where this engine cannot take the object
   */
  open(object: ObjectSpec, options: EngineOptions): Session;
  /**
   * Opens several objects on one machine, a session each in their order: maps that they pin by name are one map, clock and random numbers are
   * those of all. Absent where the engine cannot.
   * @throws InputError as `open`, and `map-create` where objects pin different maps under one name
   */
  openTogether?(objects: readonly ObjectSpec[], options: EngineOptions): readonly Session[];
}

/** Inputs that would be accidents on a real machine. */
export interface EngineOptions {
  /** Possible CPUs: copies of per-CPU values. */
  readonly cpuCount: number;
  /** Seed of bpf_get_prandom_u32. */
  readonly seed: number;
  /** Instructions that one packet may execute before it traps. */
  readonly instructionBudget: number;
  /** Whether user space reads perf and ring buffers after every packet; true unless told. The kernel engine has no readers. */
  readonly hasReaders?: boolean;
  /** Interfaces and what else helpers ask the network about; a new network namespace (EMPTY_HOST) where not given. Not for the kernel engine. */
  readonly host?: Host;
  /** The object's own bytes, for the kernel engine, which loads the file as it is. */
  readonly objectBytes?: Uint8Array;
  /** What to note about the instructions that run. The kernel engine notes nothing. */
  readonly observe?: ObserveOptions;
}

export const DEFAULT_ENGINE_OPTIONS: EngineOptions = { cpuCount: 1, seed: 1, instructionBudget: 16_000_000 };

/** An object whose maps exist and whose programs can run, until closed. */
export interface Session {
  /** By name, in the object's order. */
  readonly maps: ReadonlyMap<string, MapAccess>;
  /** Executions so far, one entry a program in the object's order; undefined unless they were asked for and the engine counts. */
  readonly counts?: readonly SlotCounts[] | undefined;
  /**
   * Runs the named program over each packet in turn; maps keep their contents between packets and calls.
   * @throws InputError `program-unknown` for a name that the object does not have, `program-load` where this engine cannot take that
   *   program although it takes others of the object
   */
  run(program: string, packets: readonly Packet[]): readonly Result[];
  /**
   * The way for runs that only count: no result per packet, frames where they lie. undefined where the engine has none.
   * @throws InputError `program-unknown`
   */
  count?(program: string, origin: CountingOrigin): PacketCounter;
  /**
   * The way for runs that look at nothing but verdict, way and length of each frame: no result per packet. undefined where the engine has
   * none, or where the program asks for more.
   * @throws InputError `program-unknown`
   */
  frames?(program: string, ingressIfindex: number): FrameRunner | undefined;
  close(): void;
}

/** Bytes in two forms, which are replaced together where the memory behind them grows. */
export interface FrameMemory {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
}

/** Frames that run one after the other, by place from 0, and what becomes of them. */
export interface FrameBatch {
  readonly count: number;
  /** Where its facts stand in the columns of `frames`. */
  readonly frame: Uint32Array;
  /** When the program begins, in nanoseconds since the origin of time. */
  readonly begin: Float64Array;
  readonly frames: FrameColumns;
  /** Written here: r0 as u32, 0 where the program trapped; the frame's length afterwards; the number of its way, where ways are noted. */
  readonly returnValue: Uint32Array;
  readonly lengthBytes: Uint32Array;
  readonly way: Uint32Array;
}

/** Frames in a memory. */
export interface FrameColumns {
  readonly memory: FrameMemory;
  /** As programs see it: its first byte in the memory, and its length. */
  readonly seenByte: Uint32Array;
  readonly seenBytes: Uint32Array;
  /** Its queue and CPU. */
  readonly queue: Uint16Array;
}

/** Runs frames, many at a time, and keeps nothing of them. */
export interface FrameRunner {
  /** Sets the origin of time, in nanoseconds. */
  begin(originNanos: bigint): void;
  /** The memory that programs run in; frames that lie there are not copied twice. */
  readonly memory: FrameMemory;
  /** A part of it that captures may be read into. Other memory may be behind it after a call of `run`. */
  chunk(): Uint8Array<ArrayBuffer>;
  run(batch: FrameBatch): void;
  /** What stopped programs, by place in the batch that ran last. */
  readonly faults: ReadonlyMap<number, Fault>;
  /**
   * The way of a number. Numbers below LASTING_WAYS mean the same way for ever, others until the next `run`. undefined where ways
   * are not noted.
   */
  way(number: number): Way | undefined;
}

/** What is the same for all packets of a counting run. */
export interface CountingOrigin {
  readonly queue: number;
  readonly cpu: number;
  readonly ingressIfindex: number;
  /** Lengths of frame that reach the program; others are counted apart. */
  readonly minimumLengthBytes: number;
  readonly maximumLengthBytes: number;
}

/** Counts what a program makes of the frames that it is given. */
export interface PacketCounter extends RecordSink {
  /** After this many frames, those that do not reach the program included, it is done. */
  limitTo(frames: number): void;
  /** Ends the run before the limit. */
  stop(): void;
  readonly totals: CountedPackets;
}

/** What a PacketCounter counted. */
export interface CountedPackets {
  /** By action number, 0 to 4, then all other return values. */
  readonly actions: readonly FrameTally[];
  readonly tooShort: FrameTally;
  readonly tooLong: FrameTally;
  /** Frames shorter in the capture than they were on the wire. */
  readonly cutFrames: number;
  /** Of the packets that went through the loop over records, where the engine was told to add them up. */
  readonly cycles?: number;
  readonly faults: number;
  readonly firstFault: { readonly fault: Fault; readonly packet: number } | undefined;
}

/** Frames and the bytes in them. */
export interface FrameTally {
  readonly packets: number;
  readonly bytes: number;
}

/** A frame as it reaches the program. */
export interface Packet {
  /** The whole frame from the Ethernet header on, FCS removed; what does not fit the linear part becomes fragments. Not kept. */
  readonly bytes: Uint8Array;
  /** Simulated time at which the program runs. */
  readonly timestampNanos: bigint;
  readonly queue: number;
  readonly cpu: number;
  readonly ingressIfindex: number;
  /** What the card said about the frame, for the rx metadata kfuncs; nothing unless given. */
  readonly reception?: Reception;
  /** What stands in front of the frame from data_meta to data; nothing unless given. */
  readonly metadata?: Uint8Array;
  /** Distance of the frame from the start of its slot, where a program before this one moved it; 256 unless given. */
  readonly headroomBytes?: number;
}

/** Lengths of frame that BPF_PROG_TEST_RUN takes; callers do not hand over others. */
export const MIN_FRAME_BYTES = 14;
export const MAX_FRAME_BYTES = 73152;

/** What became of a packet. */
export interface Result {
  /** r0 as u32: an XDP action, or a number that is none. 0 (XDP_ABORTED) where `fault` is set. */
  readonly returnValue: number;
  /** The frame afterwards, data to data_end and fragments. */
  readonly bytes: Uint8Array;
  /** The metadata in front of it, data_meta to data. */
  readonly metadata: Uint8Array;
  /** Distance of the frame from the start of its slot; undefined where the engine cannot see it. */
  readonly headroomBytes?: number;
  /** Target of XDP_REDIRECT; undefined for other actions and where the engine cannot see it. */
  readonly redirect: Redirect | undefined;
  /** What became of the frame at each place it was redirected to; undefined where `redirect` is, and where the engine does not follow it. */
  readonly deliveries?: readonly Delivery[];
  readonly events: readonly PacketEvent[];
  /** Executed instructions; 0 where the engine does not count. The compiler counts where it notes ways. */
  readonly instructions: number;
  readonly fault: Fault | undefined;
  /** Cycles that the packet took, where the engine was told to add them up. */
  readonly cycles?: number;
  /** Which instructions ran; undefined unless asked for and the engine notes it. */
  readonly way?: Way;
}
