// A sliding view of bytes that arrive in chunks. Hot path: `has` and `advance` run once or twice per frame, measured by the
// reading benchmark (test/capture/bench.mjs).
import { assert } from '../support/errors.js';

const NOTHING = new Uint8Array(0);

/**
 * The unread bytes of a chunked source, contiguous as far as they were asked for. Bytes that lie whole in a chunk are not copied; a
 * record that straddles chunks is gathered in a buffer that grows with the bytes that arrive, never with the length asked for.
 */
export class ByteWindow {
  /** The next unread byte is `bytes[offset]`; as many bytes are readable as the latest `has` that held asked for. */
  bytes: Uint8Array = NOTHING;
  view: DataView = new DataView(NOTHING.buffer);
  offset = 0;
  private end = 0;
  private startPosition = 0;
  private chunk: Uint8Array = NOTHING;
  private chunkOffset = 0;
  private isGathering = true;
  private gathered: Uint8Array = new Uint8Array(4096);

  /** Position of the next unread byte in the source. */
  get position(): number {
    return this.startPosition + this.offset;
  }

  /** Bytes that arrived and were not read. */
  get remainingBytes(): number {
    return this.end - this.offset + (this.isGathering ? this.chunk.byteLength - this.chunkOffset : 0);
  }

  /** Hands over the next chunk; only after `has` was false, which means that the chunk before it is no longer needed. */
  feed(chunk: Uint8Array): void {
    assert(
      this.isGathering && this.chunkOffset === this.chunk.byteLength,
      'a chunk that is used up before the next one',
    );
    this.chunk = chunk;
    this.chunkOffset = 0;
  }

  /** The chunk that was fed last now lies in other memory; its bytes are the same. */
  moveChunk(chunk: Uint8Array): void {
    if (this.isGathering) this.chunk = chunk;
    else this.show(chunk, this.offset, this.end, this.position);
  }

  /** Forgets the bytes that arrived and were not read, after `has` was false; how many they were. The next chunk begins with them. */
  giveBack(): number {
    assert(this.isGathering && this.offset === 0, 'a chunk that is used up');
    const lengthBytes = this.end;
    this.end = 0;
    return lengthBytes;
  }

  /** Index behind the bytes that lie together from `offset` on. */
  get contiguousEnd(): number {
    return this.end;
  }

  /** Whether the next `lengthBytes` bytes are there. If not, the next chunk is needed. */
  has(lengthBytes: number): boolean {
    return this.end - this.offset >= lengthBytes || this.reach(lengthBytes);
  }

  /** Reads `lengthBytes` bytes, which `has` said are there. */
  advance(lengthBytes: number): void {
    this.offset += lengthBytes;
  }

  private reach(lengthBytes: number): boolean {
    if (this.isGathering && this.offset === this.end) {
      this.showChunk();
      if (this.end - this.offset >= lengthBytes) return true;
    }
    if (!this.isGathering) this.startGathering();
    this.gather(lengthBytes - this.end);
    return this.end >= lengthBytes;
  }

  private showChunk(): void {
    this.show(this.chunk, this.chunkOffset, this.chunk.byteLength, this.position);
    this.isGathering = false;
  }

  private startGathering(): void {
    const { bytes, offset, end, position } = this;
    this.chunk = bytes;
    this.chunkOffset = offset;
    this.show(this.gathered, 0, 0, position);
    this.isGathering = true;
    this.gather(end - offset);
  }

  /** Moves at most `lengthBytes` bytes of the chunk behind those gathered. */
  private gather(lengthBytes: number): void {
    assert(this.offset === 0, 'a gathered record to be read at once');
    const from = this.chunkOffset;
    const to = Math.min(from + lengthBytes, this.chunk.byteLength);
    const length = this.end + to - from;
    if (length > this.gathered.byteLength) this.grow(length);
    this.gathered.set(this.chunk.subarray(from, to), this.end);
    this.chunkOffset = to;
    this.end = length;
  }

  private grow(lengthBytes: number): void {
    const larger = new Uint8Array(Math.max(lengthBytes, 2 * this.gathered.byteLength));
    larger.set(this.gathered.subarray(0, this.end));
    this.gathered = larger;
    this.show(larger, 0, this.end, this.startPosition);
  }

  private show(bytes: Uint8Array, offset: number, end: number, position: number): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
    this.end = end;
    this.startPosition = position - offset;
  }
}
