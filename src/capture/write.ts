// Writing captures: pcap, and pcapng with what a program decided about each packet. Sources: draft-ietf-opsawg-pcap and -pcapng.
import { type ByteOrder, ByteWriter } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { type FrameOptions, type FrameVerdict, type InterfaceStatistics, MAX_FRAME_BYTES } from './frame.js';
import { LINK_TYPE_ETHERNET } from './link-type.js';
import { BLOCK, BYTE_ORDER_MAGIC } from './pcapng.js';
import {
  INTERFACE_OPTION,
  OPTION_COMMENT,
  OPTION_END,
  PACKET_OPTION,
  SECTION_OPTION,
  STATISTICS_OPTION,
  VERDICT_TYPE,
} from './pcapng-options.js';

/** Takes the next piece of a file; the piece is the sink's to keep. */
export type Sink = (piece: Uint8Array) => void;

/** A frame to write; every Frame is one. */
export interface FrameToWrite {
  /** Nanoseconds since the epoch. */
  readonly timestampNanos: bigint;
  readonly bytes: Uint8Array;
  /** Length on the wire; that of `bytes` when absent. */
  readonly originalLengthBytes?: number;
}

/** How a pcap file is written. */
export interface PcapWriterOptions {
  /** Microseconds unless told. */
  readonly resolution?: 'us' | 'ns';
  readonly byteOrder?: ByteOrder;
  readonly linkType?: number;
  readonly snapLengthBytes?: number;
}

const PIECE_BYTES = 65_536;
const MAX_U32 = 0xffff_ffff;

/** Writes a classic pcap file. Pieces reach the sink when about 64 KiB are there and on `end`. */
export class PcapWriter {
  private readonly sink: Sink;
  private readonly out: ByteWriter;
  private readonly nanosPerUnit: bigint;
  private frames = 0;

  constructor(sink: Sink, options: PcapWriterOptions = {}) {
    const isNano = options.resolution === 'ns';
    this.sink = sink;
    this.out = new ByteWriter(options.byteOrder, PIECE_BYTES);
    this.nanosPerUnit = isNano ? 1n : 1000n;
    this.out
      .u32(isNano ? 0xa1b23c4d : 0xa1b2c3d4)
      .u16(2)
      .u16(4)
      .u32(0)
      .u32(0);
    this.out.u32(options.snapLengthBytes ?? MAX_FRAME_BYTES).u32(options.linkType ?? LINK_TYPE_ETHERNET);
  }

  /** @throws InputError `capture-write` for a time outside 1970 to 2106, or more bytes than a capture may hold per frame */
  write(frame: FrameToWrite): void {
    const { timestampNanos, bytes } = frame;
    this.frames++;
    checkLength(bytes, this.frames);
    const seconds = timestampNanos / 1_000_000_000n;
    if (timestampNanos < 0n || seconds > BigInt(MAX_U32)) {
      throw new InputError(
        'capture-write',
        `frame ${this.frames}: time ${timestampNanos} ns does not fit in a pcap file`,
      );
    }
    const fraction = (timestampNanos % 1_000_000_000n) / this.nanosPerUnit;
    this.out.u32(Number(seconds)).u32(Number(fraction)).u32(bytes.byteLength);
    this.out.u32(frame.originalLengthBytes ?? bytes.byteLength).raw(bytes);
    flush(this.out, this.sink, PIECE_BYTES);
  }

  /** Hands over what is left. */
  end(): void {
    flush(this.out, this.sink, 1);
  }
}

/** What a pcapng file says about its making. */
export interface PcapngWriterOptions {
  readonly byteOrder?: ByteOrder;
  readonly hardware?: string;
  readonly os?: string;
  readonly application?: string;
  readonly comments?: readonly string[];
}

/** An interface to write; timestamps of its packets are in nanoseconds. */
export interface InterfaceToWrite {
  readonly name?: string;
  readonly description?: string;
  readonly comments?: readonly string[];
  readonly linkType?: number;
  readonly snapLengthBytes?: number;
}

/** Writes a pcapng file of one section. Pieces reach the sink when about 64 KiB are there and on `end`. */
export class PcapngWriter {
  private readonly sink: Sink;
  private readonly out: ByteWriter;
  private interfaces = 0;
  private frames = 0;

  constructor(sink: Sink, options: PcapngWriterOptions = {}) {
    this.sink = sink;
    this.out = new ByteWriter(options.byteOrder, PIECE_BYTES);
    this.block(BLOCK.sectionHeader, () => {
      this.out.u32(BYTE_ORDER_MAGIC).u16(1).u16(0).u64(-1n);
      this.comments(options.comments);
      this.textOption(SECTION_OPTION.hardware, options.hardware);
      this.textOption(SECTION_OPTION.os, options.os);
      this.textOption(SECTION_OPTION.application, options.application);
    });
  }

  /** Describes an interface; gives the index by which frames name it, counted from 0. */
  addInterface(described: InterfaceToWrite): number {
    this.block(BLOCK.interfaceDescription, () => {
      this.out
        .u16(described.linkType ?? LINK_TYPE_ETHERNET)
        .u16(0)
        .u32(described.snapLengthBytes ?? MAX_FRAME_BYTES);
      this.comments(described.comments);
      this.textOption(INTERFACE_OPTION.name, described.name);
      this.textOption(INTERFACE_OPTION.description, described.description);
      this.option(INTERFACE_OPTION.timestampResolution, 1, () => this.out.u8(9));
    });
    return this.interfaces++;
  }

  /**
   * Writes a frame, by default of interface 0, with its options.
   * @throws InputError `capture-write` for an interface that was not added, more bytes than a capture may hold per frame, or a
   *   comment above 65,535 bytes
   */
  write(frame: FrameToWrite, options: Partial<FrameOptions> = {}, interfaceIndex = 0): void {
    const { bytes } = frame;
    this.frames++;
    checkLength(bytes, this.frames);
    this.checkInterface(interfaceIndex);
    this.block(BLOCK.enhancedPacket, () => {
      this.out.u32(interfaceIndex);
      this.timestamp(frame.timestampNanos);
      this.out
        .u32(bytes.byteLength)
        .u32(frame.originalLengthBytes ?? bytes.byteLength)
        .raw(bytes)
        .align(4);
      this.packetOptions(options);
    });
  }

  /** Writes the counters of an interface, as they stand at a time. Throws InputError `capture-write` for an unknown interface. */
  writeStatistics(interfaceIndex: number, timestampNanos: bigint, counters: InterfaceStatistics): void {
    this.checkInterface(interfaceIndex);
    this.block(BLOCK.interfaceStatistics, () => {
      this.out.u32(interfaceIndex);
      this.timestamp(timestampNanos);
      for (const [name, code] of Object.entries(STATISTICS_OPTION)) {
        this.u64Option(code, counters[name as keyof InterfaceStatistics]);
      }
    });
  }

  /** Hands over what is left. */
  end(): void {
    flush(this.out, this.sink, 1);
  }

  private packetOptions(options: Partial<FrameOptions>): void {
    const { flags, queue } = options;
    this.comments(options.comments);
    if (flags !== undefined) this.option(PACKET_OPTION.flags, 4, () => this.out.u32(flags));
    this.u64Option(PACKET_OPTION.dropCount, options.dropCount);
    this.u64Option(PACKET_OPTION.packetId, options.packetId);
    if (queue !== undefined) this.option(PACKET_OPTION.queue, 4, () => this.out.u32(queue));
    for (const verdict of options.verdicts ?? []) this.verdict(verdict);
  }

  private verdict(verdict: FrameVerdict): void {
    if ('action' in verdict) {
      this.option(PACKET_OPTION.verdict, 9, () => this.out.u8(VERDICT_TYPE[verdict.kind]).u64(verdict.action));
      return;
    }
    const type = verdict.kind === 'hardware' ? VERDICT_TYPE.hardware : verdict.type;
    const { bytes } = verdict;
    this.option(PACKET_OPTION.verdict, 1 + bytes.byteLength, () => this.out.u8(type).raw(bytes));
  }

  private comments(comments: readonly string[] = []): void {
    for (const comment of comments) this.textOption(OPTION_COMMENT, comment);
  }

  private textOption(code: number, text: string | undefined): void {
    if (text === undefined) return;
    const bytes = utf8.encode(text);
    this.option(code, bytes.byteLength, () => this.out.raw(bytes));
  }

  private u64Option(code: number, value: bigint | undefined): void {
    if (value !== undefined) this.option(code, 8, () => this.out.u64(value));
  }

  private option(code: number, lengthBytes: number, writeValue: () => void): void {
    if (lengthBytes > MAX_OPTION_BYTES) {
      throw new InputError(
        'capture-write',
        `option ${code} of ${lengthBytes} bytes is above the ${MAX_OPTION_BYTES} that fit`,
      );
    }
    this.out.u16(code).u16(lengthBytes);
    writeValue();
    this.out.align(4);
  }

  private timestamp(nanos: bigint): void {
    const units = BigInt.asUintN(64, nanos);
    this.out.u32(Number(units >> 32n)).u32(Number(units & 0xffff_ffffn));
  }

  private checkInterface(index: number): void {
    if (index >= 0 && index < this.interfaces) return;
    throw new InputError('capture-write', `interface ${index} was not added; there are ${this.interfaces}`);
  }

  /** A block with its end-of-options mark and its two lengths. All blocks have an option list. */
  private block(type: number, writeBody: () => void): void {
    const { out } = this;
    const start = out.lengthBytes;
    out.u32(type).u32(0);
    writeBody();
    out.u16(OPTION_END).u16(0);
    const total = out.lengthBytes - start + 4;
    out.u32(total);
    out.patchU32(start + 4, total);
    flush(out, this.sink, PIECE_BYTES);
  }
}

const MAX_OPTION_BYTES = 65_535;
const utf8 = new TextEncoder();

function checkLength(bytes: Uint8Array, frameNumber: number): void {
  if (bytes.byteLength <= MAX_FRAME_BYTES) return;
  throw new InputError(
    'capture-write',
    `frame ${frameNumber}: ${bytes.byteLength} bytes are above the limit of ${MAX_FRAME_BYTES}`,
  );
}

/** Hands over what was written when it is at least `leastBytes`. */
function flush(out: ByteWriter, sink: Sink, leastBytes: number): void {
  if (out.lengthBytes < leastBytes) return;
  sink(out.finish());
  out.clear();
}
