// Opening captures: files, FIFOs and stdin, gzip or not. The only file of this folder that knows Node.
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { constants, createGunzip } from 'node:zlib';
import { InputError, messageOf } from '../support/errors.js';
import type { Capture, ReadOptions } from './frame.js';
import { requireEthernet } from './link-type.js';
import { PCAP_HEADER_BYTES, pcapByteOrder, plainPcapObstacle, readPcapHeader } from './pcap.js';
import { guessRecord } from './pcap-split.js';
import { CaptureReader, type Chunks, captureFrom, captureThrough } from './read.js';
import { passChunk, type RecordSink } from './records.js';

/** How to open a capture. */
export interface OpenOptions extends Omit<ReadOptions, 'fileName'> {
  /** What `-` reads from; the process's standard input unless told. */
  readonly stdin?: Readable;
}

/** Bytes read from a file at once. */
const CHUNK_BYTES = 1024 * 1024;

/** Compressions that are recognised and refused, by the bytes they begin with. */
const REFUSED_MAGICS: readonly { readonly name: string; readonly magic: readonly number[]; readonly tool: string }[] = [
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58], tool: 'xz -dc' },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], tool: 'zstd -dc' },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18], tool: 'lz4 -dc' },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68], tool: 'bzip2 -dc' },
];

/**
 * Opens a capture for reading, in constant memory.
 * @param path a file, FIFO or device, or `-` for standard input; pcap or pcapng, plain or gzip, whatever its name
 * @throws InputError `capture-open` when it cannot be opened; `capture-compression` for xz, zstd, lz4 and bzip2. What is wrong
 *   inside the capture is thrown by reading its frames
 */
export async function openCapture(path: string, options: OpenOptions = {}): Promise<Capture> {
  const isStdin = path === '-';
  const fileName = isStdin ? 'standard input' : path;
  const { stdin = process.stdin, ...read } = options;
  const isLive = isStdin || (await isLiveSource(path));
  const raw = isStdin ? stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const source = await PeekedStream.open(raw, fileName);
  refuseCompression(source.head, fileName);
  if (source.head[0] === 0x1f && source.head[1] === 0x8b) {
    return captureFrom(gunzip(source, fileName), { ...read, fileName });
  }
  return isLive ? openLive(source, { ...read, fileName }) : captureFrom(source, { ...read, fileName });
}

/**
 * As openCapture, with everything given to a sink: a plain file is read straight into the sink's memory.
 * @throws InputError as openCapture and the reading of frames do
 */
export async function passCapture(path: string, options: OpenOptions, sink: RecordSink): Promise<void> {
  if (path !== '-' && (await isPlainFile(path))) return passFile(path, { ...options, fileName: path }, sink);
  const capture = await openCapture(path, options);
  await capture.forEach(frame => {
    requireEthernet(frame, capture.fileName);
    sink.takeFrame(frame);
    return !sink.isDone();
  });
}

/** Whether the path leads to a file, uncompressed. */
async function isPlainFile(path: string): Promise<boolean> {
  if (await isLiveSource(path)) return false;
  const head = new Uint8Array(PCAP_HEADER_BYTES);
  const file = await open(path).catch(error => failOpen(path, error));
  try {
    await file.read(head);
    return pcapByteOrder(head) !== undefined;
  } finally {
    await file.close();
  }
}

/** Chunks between two looks at what else there is to do, such as an interrupt. */
const CHUNKS_BETWEEN_PAUSES = 64;

/** A part of a pcap file, in bytes from its beginning. */
export interface FilePart {
  readonly start: number;
  readonly end: number;
}

/**
 * As passCapture, of a part of a pcap file that begins with a record. Positions in messages are not those of the file.
 * @throws InputError `capture-truncated` where it does not end with a record, and as passCapture does
 */
export async function passCapturePart(
  path: string,
  part: FilePart,
  options: OpenOptions,
  sink: RecordSink,
): Promise<void> {
  await passFile(path, { ...options, fileName: path, strict: true }, sink, part);
}

/**
 * Divides a plain pcap file, little-endian, into parts of about the same size.
 * @returns undefined for other files; fewer parts than asked for where no record is found. Whether each part begins with a record is only
 *   guessed: they do if passCapturePart does not throw on any of them.
 */
export async function guessParts(path: string, count: number): Promise<readonly FilePart[] | undefined> {
  if (path === '-' || !(await isPlainFile(path))) return undefined;
  const file = openSync(path, 'r');
  try {
    const head = new Uint8Array(PCAP_HEADER_BYTES);
    readSync(file, head, 0, PCAP_HEADER_BYTES, 0);
    const { byteOrder, recordHeaderBytes, nanosPerUnit } = readPcapHeader(head);
    if (byteOrder !== 'little' || recordHeaderBytes !== 16) return undefined;
    const { size } = fstatSync(file);
    const window = new Uint8Array(MOST_SEARCHED_BYTES);
    const recordFrom = (from: number): number | undefined => {
      const bytes = window.subarray(0, readSync(file, window, 0, window.byteLength, from));
      const unitsPerSecond = 1_000_000_000 / nanosPerUnit;
      return guessRecord(bytes.subarray(0, SEARCHED_BYTES), unitsPerSecond) ?? guessRecord(bytes, unitsPerSecond);
    };
    const starts = [PCAP_HEADER_BYTES];
    for (let part = 1; part < count; part++) {
      const from = Math.floor((size * part) / count);
      const found = recordFrom(from);
      if (found !== undefined && from + found > starts.at(-1)!) starts.push(from + found);
    }
    return starts.map((start, at) => ({ start, end: starts[at + 1] ?? size }));
  } finally {
    closeSync(file);
  }
}

/** Bytes in which the first record of a part is looked for: these first, then, where frames are long, these. */
const SEARCHED_BYTES = 128 * 1024;
const MOST_SEARCHED_BYTES = 1024 * 1024;

/** A record that the end of a chunk cuts is read again, so that every chunk begins with one: that is quicker than to put it together. */
async function passFile(path: string, options: ReadOptions, sink: RecordSink, part?: FilePart): Promise<void> {
  const reader = new CaptureReader(options);
  const file = openSync(path, 'r');
  let position = 0;
  const read = (most: number): number => {
    const chunk = sink.chunk();
    const length = readSync(file, chunk, 0, Math.min(chunk.byteLength, most), position);
    position += length;
    return length;
  };
  try {
    if (part !== undefined) {
      if (passChunk(reader, sink, read(PCAP_HEADER_BYTES))) return;
      position = part.start;
    }
    for (let chunks = 1; ; chunks++) {
      const length = read((part?.end ?? Number.POSITIVE_INFINITY) - position);
      if (length === 0) break;
      if (passChunk(reader, sink, length)) return;
      if (length === sink.chunk().byteLength && reader.restBytes < length / 2) position -= reader.giveBack();
      if (chunks % CHUNKS_BETWEEN_PAUSES === 0) await setImmediate();
    }
  } finally {
    closeSync(file);
  }
  reader.end();
}

async function isLiveSource(path: string): Promise<boolean> {
  const found = await stat(path).catch(error => failOpen(path, error));
  if (found.isDirectory()) throw new InputError('capture-open', `${path}: is a directory, not a capture`);
  return !found.isFile();
}

async function openLive(source: PeekedStream, options: ReadOptions): Promise<Capture> {
  if (!isPlainPcap(source.head)) return captureFrom(source, options);
  const { PcapParserReader } = await import('./pcap-parser-adapter.js');
  return captureThrough(new PcapParserReader(options), source, options.fileName);
}

function isPlainPcap(head: Uint8Array): boolean {
  if (head.byteLength < PCAP_HEADER_BYTES || pcapByteOrder(head) === undefined) return false;
  return plainPcapObstacle(readPcapHeader(head)) === undefined;
}

function refuseCompression(head: Uint8Array, fileName: string): void {
  const found = REFUSED_MAGICS.find(({ magic }) => magic.every((byte, at) => head[at] === byte));
  if (found === undefined) return;
  throw new InputError(
    'capture-compression',
    `${fileName}: ${found.name} compression is not read; decompress it first: ${found.tool} FILE | xdpsim ... -r -`,
  );
}

/** A stream whose first bytes were looked at and are given again. */
class PeekedStream implements AsyncIterable<Uint8Array> {
  /** The first 24 bytes, fewer only when there are no more. */
  readonly head: Uint8Array;
  private readonly read: readonly Uint8Array[];
  private readonly rest: AsyncIterator<Uint8Array>;
  private readonly fileName: string;

  private constructor(read: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>, fileName: string) {
    this.head = concatenated(read).subarray(0, PCAP_HEADER_BYTES);
    this.read = read;
    this.rest = rest;
    this.fileName = fileName;
  }

  static async open(stream: Readable, fileName: string): Promise<PeekedStream> {
    const rest: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
    const read: Uint8Array[] = [];
    let lengthBytes = 0;
    while (lengthBytes < PCAP_HEADER_BYTES) {
      const { done, value } = await rest.next().catch(error => failOpen(fileName, error));
      if (done) break;
      read.push(value);
      lengthBytes += value.byteLength;
    }
    return new PeekedStream(read, rest, fileName);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.read;
      for (;;) {
        const { done, value } = await this.rest.next().catch(error => failOpen(this.fileName, error));
        if (done) return;
        yield value;
      }
    } finally {
      await this.rest.return?.();
    }
  }
}

// With this flush a cut gzip file gives all bytes up to the cut; the capture then ends inside a record, which is reported as such.
async function* gunzip(source: Chunks, fileName: string): AsyncGenerator<Uint8Array, void, undefined> {
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES, finishFlush: constants.Z_SYNC_FLUSH });
  pipeline(source, unpacked, () => {});
  try {
    for await (const chunk of unpacked) yield chunk;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError('capture-compression', `${fileName}: gzip data is damaged: ${messageOf(error)}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file: a part of its path is no directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory, not a capture',
};

function failOpen(fileName: string, error: unknown): never {
  if (error instanceof InputError) throw error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  throw new InputError('capture-open', `${fileName}: ${REASONS[code] ?? messageOf(error)}`);
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let offset = 0;
  for (const piece of pieces) {
    all.set(piece, offset);
    offset += piece.byteLength;
  }
  return all;
}
