// Classic pcap streams read by pcap-parser, behind guards for what it accepts in silence: truncation, absurd lengths, other
// formats, FCS bits in the link type. Imports Node's Buffer through pcap-parser, so it is loaded only where files are opened.
import { type Packet, type PacketHeader, type ParserInput, parse } from 'pcap-parser';
import { toHex } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { CapturedFrame } from './captured-frame.js';
import { raiseOriginalLength, WarningLog } from './decoder.js';
import { type CaptureInfo, type CaptureWarning, MAX_FRAME_BYTES, type ReadOptions } from './frame.js';
import {
  carryFraction,
  PCAP_HEADER_BYTES,
  pcapByteOrder,
  pcapInfo,
  plainPcapObstacle,
  readPcapHeader,
} from './pcap.js';
import type { FrameReader } from './read.js';

const RECORD_HEADER_BYTES = 16;

/** The parser gets no more than this at once, which bounds the packets that wait to be taken. */
const PIECE_BYTES = 65_536;

/** Stands where pcap-parser expects a Node stream, and hands it bytes when we say so. */
class PushedInput implements ParserInput {
  private onData: ((data: Uint8Array) => void) | undefined;

  pause(): void {}

  resume(): void {}

  on(event: 'data' | 'error' | 'end', listener: (data: Uint8Array) => void): void {
    if (event === 'data') this.onData = listener;
  }

  push(piece: Uint8Array): void {
    this.onData?.(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
  }
}

/**
 * Reads a classic pcap stream through pcap-parser. Gives the same frames, warnings and errors as CaptureReader on every stream that is
 * plain (`plainPcapObstacle`), and refuses others with InputError `capture-format`. Holds at most one record and one 64 KiB piece.
 */
export class PcapParserReader implements FrameReader {
  info: CaptureInfo | undefined;
  private readonly log: WarningLog;
  private readonly input = new PushedInput();
  private readonly head = new Uint8Array(PCAP_HEADER_BYTES);
  private readonly frame = new CapturedFrame();
  private headBytes = 0;
  private chunk: Uint8Array = new Uint8Array(0);
  private receivedBytes = 0;
  /** Where the record that is being parsed begins. */
  private recordOffset = PCAP_HEADER_BYTES;
  /** Where the next frame to be taken begins. */
  private frameOffset = PCAP_HEADER_BYTES;
  private recordHeader: PacketHeader | undefined;
  private failure: InputError | undefined;
  private waiting: Packet[] = [];
  private taken = 0;

  constructor(options: ReadOptions) {
    this.log = new WarningLog(options);
    const parser = parse(this.input);
    parser.on('packetHeader', header => this.checkRecord(header));
    parser.on('packet', packet => this.keep(packet));
    parser.on('error', error => this.fail('capture-format', error.message));
  }

  get warnings(): readonly CaptureWarning[] {
    return this.log.warnings;
  }

  feed(chunk: Uint8Array): void {
    this.chunk = chunk;
    if (this.headBytes < PCAP_HEADER_BYTES) this.feedHead();
  }

  next(): CapturedFrame | undefined {
    while (this.taken === this.waiting.length) {
      if (this.failure !== undefined) throw this.failure;
      if (this.info === undefined || this.chunk.byteLength === 0) return undefined;
      this.waiting = [];
      this.taken = 0;
      this.pushPiece(this.chunk.subarray(0, PIECE_BYTES));
      this.chunk = this.chunk.subarray(PIECE_BYTES);
    }
    return this.fill(this.waiting[this.taken++]!);
  }

  end(): void {
    if (this.info === undefined) this.failHead();
    const there = PCAP_HEADER_BYTES + this.receivedBytes - this.recordOffset;
    if (there === 0) return;
    const captured = this.recordHeader?.capturedLength;
    const lacking =
      captured === undefined
        ? `${RECORD_HEADER_BYTES - there} of its ${RECORD_HEADER_BYTES} header bytes`
        : `${captured + RECORD_HEADER_BYTES - there} of its ${captured} bytes`;
    const read = `${this.frame.number} ${this.frame.number === 1 ? 'frame was' : 'frames were'} read`;
    this.log.truncated(
      `cut short: frame ${this.frame.number + 1} at offset ${this.recordOffset} lacks ${lacking}; ${read}`,
    );
  }

  private feedHead(): void {
    const part = this.chunk.subarray(0, PCAP_HEADER_BYTES - this.headBytes);
    this.head.set(part, this.headBytes);
    this.headBytes += part.byteLength;
    this.chunk = this.chunk.subarray(part.byteLength);
    if (this.headBytes < PCAP_HEADER_BYTES) return;
    if (pcapByteOrder(this.head) === undefined) this.failFormat(`it begins with ${toHex(this.head.subarray(0, 4))}`);
    const header = readPcapHeader(this.head);
    const obstacle = plainPcapObstacle(header);
    if (obstacle !== undefined) this.failFormat(`it has ${obstacle}`);
    this.info = pcapInfo(header);
    this.frame.linkType = header.linkType;
    this.input.push(this.head);
  }

  private pushPiece(piece: Uint8Array): void {
    this.receivedBytes += piece.byteLength;
    this.input.push(piece);
  }

  // A length above the limit is longer than a piece, so the parser waits for more and gets none.
  private checkRecord(header: PacketHeader): void {
    this.recordHeader = header;
    const { capturedLength } = header;
    if (capturedLength <= MAX_FRAME_BYTES) return;
    const number = this.frame.number + this.waiting.length - this.taken + 1;
    this.fail(
      'capture-length',
      `frame ${number} at offset ${this.recordOffset}: captured length ${capturedLength} is above the limit of ${MAX_FRAME_BYTES} bytes`,
    );
  }

  private keep(packet: Packet): void {
    this.recordOffset += RECORD_HEADER_BYTES + packet.data.byteLength;
    this.recordHeader = undefined;
    this.waiting.push(packet);
  }

  private fill({ header, data }: Packet): CapturedFrame {
    const { frame } = this;
    frame.number++;
    frame.storage = data;
    frame.lengthBytes = data.byteLength;
    frame.originalLengthBytes = header.originalLength;
    frame.timestampSeconds = header.timestampSeconds;
    const fraction = header.timestampMicroseconds;
    if (fraction < 1_000_000) frame.timestampSubsecondNanos = fraction * 1000;
    else carryFraction(frame, fraction, 1000, this.frameOffset, this.log);
    if (frame.lengthBytes > frame.originalLengthBytes) raiseOriginalLength(frame, this.frameOffset, this.log);
    this.frameOffset += RECORD_HEADER_BYTES + data.byteLength;
    return frame;
  }

  private fail(code: string, text: string): void {
    this.failure ??= new InputError(code, `${this.log.fileName}: ${text}`);
  }

  private failFormat(why: string): never {
    throw new InputError('capture-format', `${this.log.fileName}: not a microsecond pcap stream: ${why}`);
  }

  private failHead(): never {
    const { fileName } = this.log;
    if (this.headBytes === 0) throw new InputError('capture-format', `${fileName}: not a capture: it is empty`);
    const lacking = PCAP_HEADER_BYTES - this.headBytes;
    throw new InputError(
      'capture-truncated',
      `${fileName}: cut short: the file header lacks ${lacking} of its 24 bytes`,
    );
  }
}
