// Reading a capture from chunks of bytes, whatever its format: the format is recognised by the first four bytes.
import { toHex } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { ByteWindow } from './byte-window.js';
import type { CapturedFrame } from './captured-frame.js';
import { type FrameDecoder, WarningLog } from './decoder.js';
import type { Capture, CaptureInfo, CaptureWarning, Frame, ReadOptions } from './frame.js';
import { LINK_TYPE_ETHERNET } from './link-type.js';
import { PcapDecoder, pcapByteOrder } from './pcap.js';
import { isPcapng, PcapngDecoder } from './pcapng.js';
import type { RecordSink } from './records.js';

/** The bytes of a capture, in order, in chunks of any size. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Reads frames as chunks are handed to it; see CaptureReader for how to use one. */
export interface FrameReader {
  readonly info: CaptureInfo | undefined;
  readonly warnings: readonly CaptureWarning[];
  feed(chunk: Uint8Array): void;
  next(): CapturedFrame | undefined;
  end(): void;
}

/**
 * Reads frames as chunks are handed to it: `feed` a chunk, take frames with `next` until it gives undefined, feed the next one; `end`
 * after the last. Memory stays bounded by the largest record.
 */
export class CaptureReader implements FrameReader {
  private readonly window = new ByteWindow();
  private readonly log: WarningLog;
  private decoder: FrameDecoder | undefined;
  private frames = 0;

  constructor(options: ReadOptions) {
    this.log = new WarningLog(options);
  }

  get fileName(): string {
    return this.log.fileName;
  }

  /** Known from the first frame on. */
  get info(): CaptureInfo | undefined {
    return this.decoder?.info;
  }

  get warnings(): readonly CaptureWarning[] {
    return this.log.warnings;
  }

  /** Hands over the next chunk. It must stay as it is until `next` has given undefined. */
  feed(chunk: Uint8Array): void {
    this.window.feed(chunk);
  }

  /**
   * The next frame, always in the same object; undefined when the next chunk is needed.
   * @throws InputError `capture-format` for an unknown magic; `capture-version`, `capture-length`, `capture-block` or
   *   `capture-interface` for what is malformed
   */
  next(): CapturedFrame | undefined {
    this.decoder ??= this.recognise();
    const frame = this.decoder?.next();
    if (frame !== undefined) this.frames = frame.number;
    return frame;
  }

  /** Lets the sink take whole records of the chunk at hand; `next` gives what it leaves. Only Ethernet is passed. */
  passRecords(sink: RecordSink): void {
    const { decoder } = this;
    if (decoder?.passRecords === undefined || decoder.info?.interfaces[0]?.linkType !== LINK_TYPE_ETHERNET) return;
    const taken = sink.recordsTaken;
    decoder.passRecords(sink);
    this.frames += sink.recordsTaken - taken;
  }

  /** Bytes that were fed and not read, after `next` gave undefined. */
  get restBytes(): number {
    return this.window.remainingBytes;
  }

  /** After `next` gave undefined: bytes at the end of the chunk that are taken for not fed; the next chunk begins with them. */
  giveBack(): number {
    return this.window.giveBack();
  }

  /** The chunk that was fed last now lies in other memory; its bytes are the same. */
  moveChunk(chunk: Uint8Array): void {
    this.window.moveChunk(chunk);
  }

  /**
   * Says that no chunk follows, after `next` gave undefined. A capture that ends inside a record gets a warning `capture-truncated`.
   * @throws InputError `capture-truncated` in strict mode, or when not even the file header is whole; `capture-format` for fewer than
   *   four bytes
   */
  end(): void {
    const { decoder, log } = this;
    if (decoder === undefined) this.failShort();
    const missing = decoder.missing();
    if (missing === undefined) return;
    const text = `cut short: ${missing}`;
    if (decoder.info === undefined) throw new InputError('capture-truncated', `${log.fileName}: ${text}`);
    log.truncated(`${text}; ${this.frames} ${this.frames === 1 ? 'frame was' : 'frames were'} read`);
  }

  private recognise(): FrameDecoder | undefined {
    const { window, log } = this;
    if (!window.has(4)) return undefined;
    const magic = window.bytes.subarray(window.offset, window.offset + 4);
    if (pcapByteOrder(magic) !== undefined) return new PcapDecoder(window, log);
    if (isPcapng(magic)) return new PcapngDecoder(window, log);
    throw new InputError(
      'capture-format',
      `${log.fileName}: not a capture: it begins with ${toHex(magic)}, which is neither pcap nor pcapng`,
    );
  }

  private failShort(): never {
    const { remainingBytes } = this.window;
    const found = remainingBytes === 0 ? 'it is empty' : `it has only ${remainingBytes} bytes`;
    throw new InputError('capture-format', `${this.log.fileName}: not a capture: ${found}`);
  }
}

/**
 * A capture that is read from chunks, in constant memory.
 * @param chunks the file's bytes; any number of chunks of any size
 */
export function captureFrom(chunks: Chunks, options: ReadOptions): Capture {
  return captureThrough(new CaptureReader(options), chunks, options.fileName);
}

/** The capture that a reader gives of chunks. */
export function captureThrough(reader: FrameReader, chunks: Chunks, fileName: string): Capture {
  return {
    fileName,
    get info() {
      return reader.info;
    },
    get warnings() {
      return reader.warnings;
    },
    frames: () => framesOf(reader, chunks),
    forEach: visit => visitFrames(reader, chunks, visit),
  };
}

/**
 * Frames of one capture, in file order.
 * @param chunks the file's bytes; any number of chunks of any size
 * @yields a frame whose `bytes` are a view into the chunk, valid until the next frame is asked for; `timestampNanos` since the epoch
 * @throws InputError as `CaptureReader.next` and `CaptureReader.end` do
 * Source: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */
export function readCapture(chunks: Chunks, options: ReadOptions): AsyncGenerator<Frame, void, undefined> {
  return captureFrom(chunks, options).frames();
}

async function* framesOf(reader: FrameReader, chunks: Chunks): AsyncGenerator<Frame, void, undefined> {
  for await (const chunk of chunks) {
    reader.feed(chunk);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) yield frame;
  }
  reader.end();
}

async function visitFrames(
  reader: FrameReader,
  chunks: Chunks,
  visit: (frame: Frame) => boolean | undefined,
): Promise<void> {
  for await (const chunk of chunks) {
    reader.feed(chunk);
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      if (visit(frame) === false) return;
    }
  }
  reader.end();
}
