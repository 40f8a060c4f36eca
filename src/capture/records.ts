// Records taken many at a time, for whoever wants no object for each frame. Measured by test/bench.
import type { Frame } from './frame.js';
import { requireEthernet } from './link-type.js';
import type { CaptureReader } from './read.js';

/** Takes the frames of captures, whole runs of records where they lie in a chunk. */
export interface RecordSink {
  /** Where the next bytes of a file are to be put. Other memory may be behind it after any call of the methods below. */
  chunk(): Uint8Array;
  /** Records taken by `takeRecords` so far. */
  readonly recordsTaken: number;
  /**
   * Takes plain records (16-byte header, little-endian) from `bytes[start]` on, as many as it likes and lie whole before `end`.
   * @param unitsPerSecond of the timestamp's fraction
   * @returns index of the first record that it did not take
   */
  takeRecords(bytes: Uint8Array, start: number, end: number, unitsPerSecond: number): number;
  /** Takes a frame that was read singly. */
  takeFrame(frame: Frame): void;
  /** After every chunk: whether to end the reading. */
  isDone(): boolean;
}

/**
 * Gives the sink everything that lies in the first `lengthBytes` bytes of its chunk, which is the next part of the capture.
 * @returns whether to end the reading
 * @throws InputError `link-type` for frames that are not Ethernet, and what reading throws
 */
export function passChunk(reader: CaptureReader, sink: RecordSink, lengthBytes: number): boolean {
  let chunk = sink.chunk().subarray(0, lengthBytes);
  reader.feed(chunk);
  for (;;) {
    if (!sink.isDone()) reader.passRecords(sink);
    if (sink.isDone()) return true;
    if (chunk.byteLength < lengthBytes) {
      chunk = sink.chunk().subarray(0, lengthBytes);
      reader.moveChunk(chunk);
    }
    const frame = reader.next();
    if (frame === undefined) return sink.isDone();
    requireEthernet(frame, reader.fileName);
    sink.takeFrame(frame);
  }
}

/** Gives the sink everything in a chunk that lies in memory of its own. */
export function passForeignChunk(reader: CaptureReader, sink: RecordSink, bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.byteLength; ) {
    const chunk = sink.chunk();
    const length = Math.min(chunk.byteLength, bytes.byteLength - at);
    chunk.set(bytes.subarray(at, at + length));
    if (passChunk(reader, sink, length)) return true;
    at += length;
  }
  return false;
}
