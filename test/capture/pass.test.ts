// Files that are read straight into a sink's memory, chunk by chunk.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Frame } from '../../src/capture/frame.js';
import { passCapture } from '../../src/capture/open.js';
import type { RecordSink } from '../../src/capture/records.js';

const folder = mkdtempSync(join(tmpdir(), 'xdpsim-pass-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Lengths of frames in turn: much shorter than a chunk, about as long, and longer than several. */
const LENGTHS = [60, 14, 300, 83, 84, 85, 1000, 20];
const FRAMES = 200;

function capture(frames: number): Uint8Array {
  const lengths = Array.from({ length: frames }, (_, at) => LENGTHS[at % LENGTHS.length]!);
  const bytes = new Uint8Array(24 + lengths.reduce((sum, length) => sum + 16 + length, 0));
  const view = new DataView(bytes.buffer);
  for (const [at, word] of [0xa1b2c3d4, 0x0004_0002, 0, 0, 262144, 1].entries()) view.setUint32(4 * at, word, true);
  let at = 24;
  for (const [number, length] of lengths.entries()) {
    for (const [word, value] of [1, number, length, length].entries()) view.setUint32(at + 4 * word, value, true);
    bytes.fill(number, at + 16, at + 16 + length);
    at += 16 + length;
  }
  return bytes;
}

/** Takes nothing but single frames; notes the number in each, and its length. */
class NotingSink implements RecordSink {
  readonly recordsTaken = 0;
  readonly seen: (readonly [number: number | undefined, lengthBytes: number])[] = [];
  private readonly memory: Uint8Array;

  constructor(chunkBytes: number) {
    this.memory = new Uint8Array(chunkBytes);
  }

  chunk(): Uint8Array {
    return this.memory;
  }

  takeRecords(_bytes: Uint8Array, start: number): number {
    return start;
  }

  takeFrame({ bytes }: Frame): void {
    this.seen.push([bytes[0], bytes.byteLength]);
  }

  isDone(): boolean {
    return false;
  }
}

const expected = Array.from({ length: FRAMES }, (_, at) => [at % 256, LENGTHS[at % LENGTHS.length]]);

describe('a file that is passed to a sink', () => {
  const path = join(folder, 'frames.pcap');
  writeFileSync(path, capture(FRAMES));

  it.each([33, 100, 128, 1024, 4096, 1 << 20])(
    'gives every frame once and whole, in chunks of %i bytes',
    async chunkBytes => {
      const sink = new NotingSink(chunkBytes);
      await passCapture(path, { strict: true }, sink);
      expect(sink.seen).toEqual(expected);
    },
  );

  it.each([1, 15, 16, 40, 1000])('ends with a warning where its last %i bytes are missing', async missing => {
    const cut = join(folder, `cut-${missing}.pcap`);
    writeFileSync(cut, capture(FRAMES - 1).subarray(0, -missing));
    const warnings: string[] = [];
    const sink = new NotingSink(128);
    await passCapture(cut, { onWarning: ({ message }) => warnings.push(message) }, sink);
    expect(sink.seen).toEqual(expected.slice(0, sink.seen.length));
    expect(warnings).toEqual([expect.stringContaining('cut short')]);
  });
});
