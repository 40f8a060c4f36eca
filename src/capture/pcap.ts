// Classic pcap: a 24-byte file header and records of a 16-byte header and a frame. Source: draft-ietf-opsawg-pcap, sections 4 and 5.
// Hot path: `next` runs once per frame; its benchmark is test/capture/bench.mjs.
import { type ByteOrder, ByteReader } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import type { ByteWindow } from './byte-window.js';
import { CapturedFrame } from './captured-frame.js';
import { type FrameDecoder, raiseOriginalLength, type WarningLog } from './decoder.js';
import { type CaptureInfo, type CaptureInterface, MAX_FRAME_BYTES } from './frame.js';
import type { RecordSink } from './records.js';

/** Length of the header of a pcap file. */
export const PCAP_HEADER_BYTES = 24;

/** What a pcap magic number says, when read in the file's byte order. */
interface PcapVariant {
  readonly nanosPerUnit: number;
  readonly recordHeaderBytes: number;
}

const VARIANTS: Readonly<Record<number, PcapVariant>> = {
  2712847316: { nanosPerUnit: 1000, recordHeaderBytes: 16 },
  2712812621: { nanosPerUnit: 1, recordHeaderBytes: 16 },
  // Alexey Kuznetzov's Linux patches: interface index, protocol and packet type follow in each record header.
  2712849716: { nanosPerUnit: 1000, recordHeaderBytes: 24 },
};

/** The byte order of a pcap file that begins with these four bytes; undefined when it is no pcap file. */
export function pcapByteOrder(magic: Uint8Array): ByteOrder | undefined {
  const view = new DataView(magic.buffer, magic.byteOffset, 4);
  if (VARIANTS[view.getUint32(0, true)]) return 'little';
  return VARIANTS[view.getUint32(0, false)] ? 'big' : undefined;
}

/** The file header of a pcap. */
export interface PcapHeader {
  readonly byteOrder: ByteOrder;
  readonly nanosPerUnit: number;
  readonly recordHeaderBytes: number;
  readonly majorVersion: number;
  readonly minorVersion: number;
  readonly snapLengthBytes: number;
  readonly linkType: number;
  /** Length of the frame check sequence behind each frame; 0 for none. */
  readonly fcsLengthBytes: number;
  /** The link type field has bits set that the format reserves. */
  readonly hasReservedLinkBits: boolean;
}

/** Reads a file header from at least 24 bytes that begin with a pcap magic number; checks nothing else. */
export function readPcapHeader(bytes: Uint8Array): PcapHeader {
  const byteOrder = pcapByteOrder(bytes) ?? 'little';
  const reader = new ByteReader(bytes, 'pcap header', byteOrder);
  const link = reader.u32(20);
  return {
    byteOrder,
    ...VARIANTS[reader.u32(0)]!,
    majorVersion: reader.u16(4),
    minorVersion: reader.u16(6),
    snapLengthBytes: reader.u32(16),
    linkType: link & 0xffff,
    fcsLengthBytes: fcsLengthBytes(link),
    hasReservedLinkBits: (link & 0x0bff_0000) !== 0,
  };
}

/** What keeps a file from being plain pcap 2.4 with microseconds and no FCS, as all tools read it; undefined when it is. */
export function plainPcapObstacle(header: PcapHeader): string | undefined {
  const { majorVersion, minorVersion } = header;
  if (majorVersion !== 2 || minorVersion !== 4) return `version ${majorVersion}.${minorVersion}`;
  if (header.nanosPerUnit !== 1000) return 'nanosecond timestamps';
  if (header.recordHeaderBytes !== 16) return 'modified record headers';
  if (header.fcsLengthBytes !== 0 || header.hasReservedLinkBits) return 'FCS or reserved bits in its link type';
  return undefined;
}

//   31    28 27 26 25        16 15            0
//  +--------+--+--+------------+---------------+
//  |  FCS   |R |P |  reserved  |   link type   |   P: the FCS length, in 16-bit words, is present
//  +--------+--+--+------------+---------------+
function fcsLengthBytes(link: number): number {
  return (link & 0x0400_0000) !== 0 ? 2 * (link >>> 28) : 0;
}

/** Decodes the records of a pcap file: microseconds or nanoseconds, either byte order, standard or modified. */
export class PcapDecoder implements FrameDecoder {
  info: CaptureInfo | undefined;
  private readonly window: ByteWindow;
  private readonly log: WarningLog;
  private readonly frame = new CapturedFrame();
  private littleEndian = true;
  private nanosPerUnit = 1000;
  private unitsPerSecond = 1_000_000;
  private headerBytes = 16;
  private fcsLengthBytes = 0;
  private mayBeSwapped = false;

  constructor(window: ByteWindow, log: WarningLog) {
    this.window = window;
    this.log = log;
  }

  next(): CapturedFrame | undefined {
    if (this.info === undefined && !this.readHeader()) return undefined;
    const { window, headerBytes } = this;
    if (!window.has(headerBytes)) return undefined;
    let captured = window.view.getUint32(window.offset + 8, this.littleEndian);
    let original = window.view.getUint32(window.offset + 12, this.littleEndian);
    // Versions below 2.3, and some files of 2.3, have the two lengths the other way round.
    if (this.mayBeSwapped && captured > original) [captured, original] = [original, captured];
    if (captured > MAX_FRAME_BYTES) this.failLength(captured);
    if (!window.has(headerBytes + captured)) return undefined;
    this.fill(captured, original);
    window.advance(headerBytes + captured);
    return this.frame;
  }

  passRecords(sink: RecordSink): void {
    const { window } = this;
    const isPlain = this.littleEndian && this.headerBytes === 16 && this.fcsLengthBytes === 0 && !this.mayBeSwapped;
    if (this.info === undefined || !isPlain || !window.has(this.headerBytes)) return;
    const taken = sink.recordsTaken;
    const stop = sink.takeRecords(window.bytes, window.offset, window.contiguousEnd, this.unitsPerSecond);
    this.frame.number += sink.recordsTaken - taken;
    window.advance(stop - window.offset);
  }

  missing(): string | undefined {
    const { window, headerBytes } = this;
    const there = window.remainingBytes;
    if (this.info === undefined) return `the file header lacks ${PCAP_HEADER_BYTES - there} of its 24 bytes`;
    if (there === 0) return undefined;
    const where = `frame ${this.frame.number + 1} at offset ${window.position}`;
    if (!window.has(headerBytes)) return `${where} lacks ${headerBytes - there} of its ${headerBytes} header bytes`;
    const captured = window.view.getUint32(window.offset + 8, this.littleEndian);
    return `${where} lacks ${captured + headerBytes - there} of its ${captured} bytes`;
  }

  private readHeader(): boolean {
    const { window } = this;
    if (!window.has(PCAP_HEADER_BYTES)) return false;
    const bytes = window.bytes.subarray(window.offset, window.offset + PCAP_HEADER_BYTES);
    const header = readPcapHeader(bytes);
    this.checkVersion(header);
    window.advance(PCAP_HEADER_BYTES);
    this.littleEndian = header.byteOrder === 'little';
    this.nanosPerUnit = header.nanosPerUnit;
    this.unitsPerSecond = 1_000_000_000 / header.nanosPerUnit;
    this.headerBytes = header.recordHeaderBytes;
    this.fcsLengthBytes = header.fcsLengthBytes;
    this.mayBeSwapped = header.minorVersion < 4;
    this.frame.linkType = header.linkType;
    this.info = pcapInfo(header);
    return true;
  }

  private fill(captured: number, original: number): void {
    const { window, frame } = this;
    const { view, offset } = window;
    frame.number++;
    frame.timestampSeconds = view.getUint32(offset, this.littleEndian);
    const fraction = view.getUint32(offset + 4, this.littleEndian);
    if (fraction < this.unitsPerSecond) frame.timestampSubsecondNanos = fraction * this.nanosPerUnit;
    else carryFraction(frame, fraction, this.nanosPerUnit, window.position, this.log);
    frame.storage = window.bytes;
    frame.storageOffset = offset + this.headerBytes;
    frame.lengthBytes = captured;
    frame.originalLengthBytes = original;
    if (captured > original) raiseOriginalLength(frame, window.position, this.log);
    if (this.fcsLengthBytes !== 0) frame.cutFrameCheckSequence(this.fcsLengthBytes);
  }

  private checkVersion({ majorVersion, minorVersion }: PcapHeader): void {
    if (majorVersion === 2 && minorVersion <= 4) return;
    throw new InputError(
      'capture-version',
      `${this.log.fileName}: pcap version ${majorVersion}.${minorVersion} is not supported, only 2.0 to 2.4`,
    );
  }

  private failLength(captured: number): never {
    throw new InputError(
      'capture-length',
      `${this.log.fileName}: frame ${this.frame.number + 1} at offset ${this.window.position}: ` +
        `captured length ${captured} is above the limit of ${MAX_FRAME_BYTES} bytes`,
    );
  }
}

/** What a pcap file header says, as CaptureInfo. */
export function pcapInfo(header: PcapHeader): CaptureInfo {
  const only: CaptureInterface = {
    comments: [],
    linkType: header.linkType,
    snapLengthBytes: header.snapLengthBytes,
    timestampUnitsPerSecond: BigInt(1_000_000_000 / header.nanosPerUnit),
    fcsLengthBytes: header.fcsLengthBytes,
  };
  return {
    format: 'pcap',
    byteOrder: header.byteOrder,
    isModified: header.recordHeaderBytes === 24,
    sections: 1,
    interfaces: [only],
  };
}

/**
 * Sets the subsecond time of a frame, read at `position`, from a fraction of a second or more: the time stays seconds plus fraction,
 * so the whole seconds in the fraction are carried.
 */
export function carryFraction(
  frame: CapturedFrame,
  fraction: number,
  nanosPerUnit: number,
  position: number,
  log: WarningLog,
): void {
  const nanos = fraction * nanosPerUnit;
  const carried = Math.floor(nanos / 1_000_000_000);
  frame.timestampSeconds += carried;
  frame.timestampSubsecondNanos = nanos - carried * 1_000_000_000;
  log.warn(
    'timestamp-fraction',
    `frame ${frame.number} at offset ${position}: timestamp fraction of ${fraction} ${nanosPerUnit === 1 ? 'ns' : 'us'} ` +
      'is not below a second; carried into the seconds',
  );
}
