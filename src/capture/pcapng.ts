// pcapng: blocks of type, length, body and length again, in sections of one byte order each. Source: draft-ietf-opsawg-pcapng.
// Hot path: `next` runs once per frame; its benchmark is test/capture/bench.mjs.
import { type ByteOrder, ByteReader } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import type { ByteWindow } from './byte-window.js';
import { CapturedFrame } from './captured-frame.js';
import { type FrameDecoder, raiseOriginalLength, type WarningLog } from './decoder.js';
import { type CaptureInfo, type CaptureInterface, type FrameOptions, MAX_FRAME_BYTES } from './frame.js';
import { type PacketSource, readInterface } from './pcapng-interface.js';
import { frameOptions, interfaceStatistics, OPTION_END, PACKET_OPTION, readOptions } from './pcapng-options.js';

/** Block types. */
export const BLOCK = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  packet: 2,
  simplePacket: 3,
  interfaceStatistics: 5,
  enhancedPacket: 6,
} as const;

/** The byte-order magic of a section header, read in the section's own byte order. */
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** The largest block that is believed, in bytes: as libpcap. */
export const MAX_BLOCK_BYTES = 16 * 1024 * 1024;

const MIN_BLOCK_BYTES = 12;

/** Least total length of the block types that are read, in bytes. */
const LEAST_BYTES: Readonly<Record<number, number>> = {
  [BLOCK.sectionHeader]: 28,
  [BLOCK.interfaceDescription]: 20,
  [BLOCK.packet]: 32,
  [BLOCK.simplePacket]: 16,
  [BLOCK.interfaceStatistics]: 24,
  [BLOCK.enhancedPacket]: 32,
};

/** Offset of the frame in an enhanced or obsolete packet block, and in a simple one. */
const PACKET_DATA_OFFSET = 28;
const SIMPLE_DATA_OFFSET = 12;

/** Whether a file that begins with these four bytes is pcapng; the number reads the same in both byte orders. */
export function isPcapng(magic: Uint8Array): boolean {
  return new DataView(magic.buffer, magic.byteOffset, 4).getUint32(0) === BLOCK.sectionHeader;
}

/** Decodes the packets of a pcapng file; blocks of unknown types are skipped. */
export class PcapngDecoder implements FrameDecoder {
  private readonly window: ByteWindow;
  private readonly log: WarningLog;
  private readonly frame = new CapturedFrame();
  private littleEndian = true;
  private sections = 0;
  private readonly interfaces: CaptureInterface[] = [];
  /** Interfaces of the current section. */
  private sources: PacketSource[] = [];
  // Where the current frame's options lie, for when they are asked for.
  private optionsOffset = 0;
  private optionsEnd = 0;
  private packetDropCount: number | undefined;
  private readonly decodeOptions = (): FrameOptions => this.currentOptions();

  constructor(window: ByteWindow, log: WarningLog) {
    this.window = window;
    this.log = log;
  }

  get info(): CaptureInfo | undefined {
    if (this.sections === 0) return undefined;
    const { sections, interfaces } = this;
    return { format: 'pcapng', byteOrder: this.order, isModified: false, sections, interfaces };
  }

  next(): CapturedFrame | undefined {
    const { window } = this;
    while (window.has(MIN_BLOCK_BYTES)) {
      const type = window.view.getUint32(window.offset, this.littleEndian);
      if (type === BLOCK.sectionHeader || this.sections === 0) this.readByteOrder();
      const length = this.blockLength(type);
      if (!window.has(length)) return undefined;
      this.checkTrailer(length);
      const isPacket = this.readBlock(type, length);
      window.advance(length);
      if (isPacket) return this.frame;
    }
    return undefined;
  }

  missing(): string | undefined {
    const { window } = this;
    const there = window.remainingBytes;
    if (there === 0) return undefined;
    const where = `block at offset ${window.position}`;
    if (!window.has(MIN_BLOCK_BYTES)) return `${where} has only ${there} bytes`;
    const length = window.view.getUint32(window.offset + 4, this.littleEndian);
    return `${where} lacks ${length - there} of its ${length} bytes`;
  }

  private get order(): ByteOrder {
    return this.littleEndian ? 'little' : 'big';
  }

  private readByteOrder(): void {
    const { view, offset } = this.window;
    if (view.getUint32(offset + 8, true) === BYTE_ORDER_MAGIC) this.littleEndian = true;
    else if (view.getUint32(offset + 8, false) === BYTE_ORDER_MAGIC) this.littleEndian = false;
    else this.fail(`byte-order magic 0x${view.getUint32(offset + 8).toString(16)} is not 0x1a2b3c4d`);
  }

  private blockLength(type: number): number {
    const { view, offset } = this.window;
    const length = view.getUint32(offset + 4, this.littleEndian);
    const least = LEAST_BYTES[type] ?? MIN_BLOCK_BYTES;
    if (length < least) this.fail(`total length ${length} is below the ${least} bytes of type ${typeText(type)}`);
    if (length > MAX_BLOCK_BYTES) this.fail(`total length ${length} is above the limit of ${MAX_BLOCK_BYTES} bytes`);
    if ((length & 3) !== 0) this.fail(`total length ${length} is not a multiple of 4`);
    return length;
  }

  private checkTrailer(length: number): void {
    const { view, offset } = this.window;
    const trailer = view.getUint32(offset + length - 4, this.littleEndian);
    if (trailer !== length) this.fail(`total length is ${length} in front and ${trailer} at the end`);
  }

  /** Whether the block is a packet, which is then in `frame`. */
  private readBlock(type: number, length: number): boolean {
    switch (type) {
      case BLOCK.enhancedPacket:
        this.readEnhancedPacket(length);
        return true;
      case BLOCK.simplePacket:
        this.readSimplePacket(length);
        return true;
      case BLOCK.packet:
        this.readObsoletePacket(length);
        return true;
      case BLOCK.sectionHeader:
        this.startSection(length);
        return false;
      case BLOCK.interfaceDescription:
        this.addInterface(length);
        return false;
      case BLOCK.interfaceStatistics:
        this.keepStatistics(length);
        return false;
      default:
        return false;
    }
  }

  private startSection(length: number): void {
    const major = this.body(length).u16(4);
    if (major !== 1) {
      throw new InputError('capture-version', `${this.log.fileName}: pcapng version ${major} is not supported, only 1`);
    }
    this.sections++;
    this.sources = [];
  }

  private addInterface(length: number): void {
    const source = readInterface(this.body(length), this.interfaces.length);
    this.sources.push(source);
    this.interfaces.push(source.described);
  }

  private keepStatistics(length: number): void {
    const body = this.body(length);
    const { index } = this.source(body.u32(0));
    const options = readOptions(body.bytes.subarray(12), body.order, body.label);
    this.interfaces[index] = { ...this.interfaces[index]!, statistics: interfaceStatistics(options) };
  }

  private readEnhancedPacket(length: number): void {
    const { view, offset } = this.window;
    this.packetDropCount = undefined;
    this.readPacket(this.source(view.getUint32(offset + 8, this.littleEndian)), length);
  }

  private readObsoletePacket(length: number): void {
    const { view, offset } = this.window;
    const drops = view.getUint16(offset + 10, this.littleEndian);
    this.packetDropCount = drops === 0xffff ? undefined : drops;
    this.readPacket(this.source(view.getUint16(offset + 8, this.littleEndian)), length);
  }

  private readPacket(source: PacketSource, length: number): void {
    const { window, frame, littleEndian } = this;
    const { view, offset } = window;
    const captured = view.getUint32(offset + 20, littleEndian);
    const optionsOffset = PACKET_DATA_OFFSET + captured + (-captured & 3);
    if (captured > MAX_FRAME_BYTES) this.failCaptured(captured, `above the limit of ${MAX_FRAME_BYTES} bytes`);
    if (optionsOffset > length - 4) this.failCaptured(captured, `more than the block's ${length} bytes hold`);
    source.scale.apply(frame, view.getUint32(offset + 12, littleEndian), view.getUint32(offset + 16, littleEndian));
    this.fill(source, PACKET_DATA_OFFSET, captured, view.getUint32(offset + 24, littleEndian));
    this.optionsOffset = offset + optionsOffset;
    this.optionsEnd = offset + length - 4;
    const hasOptions = this.optionsEnd - this.optionsOffset >= 4;
    frame.readOptions = hasOptions || this.packetDropCount !== undefined ? this.decodeOptions : undefined;
    const fcsLengthBytes = (hasOptions && this.fcsLengthInFlags()) || source.described.fcsLengthBytes;
    if (fcsLengthBytes !== 0) frame.cutFrameCheckSequence(fcsLengthBytes);
  }

  // A simple packet belongs to the section's first interface and has neither time nor captured length of its own.
  private readSimplePacket(length: number): void {
    const { window, frame } = this;
    const source = this.source(0);
    const original = window.view.getUint32(window.offset + 8, this.littleEndian);
    const limit = source.described.snapLengthBytes || MAX_FRAME_BYTES;
    const captured = Math.min(original, limit, length - 16);
    if (captured > MAX_FRAME_BYTES) this.failCaptured(captured, `above the limit of ${MAX_FRAME_BYTES} bytes`);
    this.fill(source, SIMPLE_DATA_OFFSET, captured, original);
    frame.readOptions = undefined;
    if (source.described.fcsLengthBytes !== 0) frame.cutFrameCheckSequence(source.described.fcsLengthBytes);
    const place = `frame ${frame.number} at offset ${window.position}`;
    this.log.warn(
      'timestamp-missing',
      `${place}: a simple packet block has no time; that of the frame before it is used`,
    );
  }

  private fill(source: PacketSource, dataOffset: number, captured: number, original: number): void {
    const { window, frame } = this;
    frame.number++;
    frame.storage = window.bytes;
    frame.storageOffset = window.offset + dataOffset;
    frame.lengthBytes = captured;
    frame.originalLengthBytes = original;
    frame.interfaceIndex = source.index;
    frame.linkType = source.described.linkType;
    if (captured > original) raiseOriginalLength(frame, window.position, this.log);
  }

  /** Checks that the options stay inside the block, and gives bits 5 to 8 of their epb_flags: the FCS length in bytes, 0 if unknown. */
  private fcsLengthInFlags(): number {
    const { view } = this.window;
    let fcsLengthBytes = 0;
    let at = this.optionsOffset;
    while (at + 4 <= this.optionsEnd) {
      const code = view.getUint16(at, this.littleEndian);
      const length = view.getUint16(at + 2, this.littleEndian);
      if (code === OPTION_END) break;
      if (at + 4 + length > this.optionsEnd) this.fail(`option ${code} of ${length} bytes runs past the block's end`);
      if (code === PACKET_OPTION.flags && length === 4) {
        fcsLengthBytes = (view.getUint32(at + 4, this.littleEndian) >>> 5) & 15;
      }
      at += 4 + length + (-length & 3);
    }
    return fcsLengthBytes;
  }

  private currentOptions(): FrameOptions {
    const { frame, packetDropCount, log } = this;
    const bytes = frame.storage.subarray(this.optionsOffset, this.optionsEnd);
    const options = frameOptions(readOptions(bytes, this.order, `${log.fileName}: frame ${frame.number}`));
    return packetDropCount === undefined ? options : { ...options, dropCount: BigInt(packetDropCount) };
  }

  private source(interfaceId: number): PacketSource {
    const source = this.sources[interfaceId];
    if (source !== undefined) return source;
    throw new InputError(
      'capture-interface',
      `${this.place()}: interface ${interfaceId} is not described; its section has ${this.sources.length} so far`,
    );
  }

  private body(length: number): ByteReader {
    const { bytes, offset } = this.window;
    return new ByteReader(bytes.subarray(offset + 8, offset + length - 4), this.place(), this.order);
  }

  private place(): string {
    return `${this.log.fileName}: block at offset ${this.window.position}`;
  }

  private failCaptured(captured: number, why: string): never {
    const where = `${this.log.fileName}: frame ${this.frame.number + 1} at offset ${this.window.position}`;
    throw new InputError('capture-length', `${where}: captured length ${captured} is ${why}`);
  }

  private fail(what: string): never {
    throw new InputError('capture-block', `${this.place()}: ${what}`);
  }
}

function typeText(type: number): string {
  return `0x${type.toString(16)}`;
}
