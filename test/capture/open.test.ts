// Opening captures: files, gzip, standard input, FIFOs, and what cannot be opened.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { openCapture } from '../../src/capture/open.js';
import { InputError } from '../../src/support/errors.js';
import { chunked, concat, counted, enhancedBlock, interfaceBlock, pcapFile, readAll, sectionBlock } from './files.js';
import { withFolder } from './tools.js';

const records = Array.from({ length: 50 }, (_, at) => ({ seconds: at, fraction: 5, bytes: counted(at * 3) }));
const pcap = pcapFile(records);
const nano = pcapFile(records, { magic: 0xa1b23c4d });
const pcapng = concat(sectionBlock(), interfaceBlock(), ...records.map(({ bytes }) => enhancedBlock(bytes)));
const lengths = records.map(({ bytes }) => bytes.length);

const stdin = (bytes: Uint8Array, size = 100): Readable => Readable.from(chunked(bytes, size));

describe('openCapture', () => {
  for (const [name, bytes] of Object.entries({ pcap, nano, pcapng })) {
    for (const isGzip of [false, true]) {
      const stored = isGzip ? gzipSync(bytes) : bytes;
      const kind = `${name}${isGzip ? ' in gzip' : ''}`;

      it(`reads ${kind} from a file, whatever its name`, async () => {
        await withFolder(async folder => {
          const path = join(folder, 'file.txt');
          writeFileSync(path, stored);
          const { frames, error, warnings } = await readAll(await openCapture(path));
          expect([error, warnings]).toEqual([undefined, []]);
          expect(frames.map(frame => frame.bytes.length)).toEqual(lengths);
        });
      });

      it(`reads ${kind} from standard input`, async () => {
        for (const size of [1, 10, 1000]) {
          const { frames, error } = await readAll(await openCapture('-', { stdin: stdin(stored, size) }));
          expect(error).toBeUndefined();
          expect(frames.map(frame => frame.bytes.length)).toEqual(lengths);
        }
      });
    }
  }

  it('reads a FIFO', async () => {
    await withFolder(async folder => {
      const path = join(folder, 'fifo');
      writeFileSync(join(folder, 'x.pcap'), pcap);
      execFileSync('mkfifo', [path]);
      const writer = spawn('sh', ['-c', 'cat "$0" > "$1"', join(folder, 'x.pcap'), path]);
      const { frames } = await readAll(await openCapture(path));
      expect(frames.map(frame => frame.bytes.length)).toEqual(lengths);
      writer.kill();
    });
  });

  it('gives the frames of a live stream before the stream ends', async () => {
    const half = pcapFile(records.slice(0, 25)).length;
    const live = new Readable({ read() {} });
    live.push(pcap.slice(0, half));
    const frames = (await openCapture('-', { stdin: live })).frames();
    for (let at = 0; at < 25; at++) expect((await frames.next()).value?.number).toBe(at + 1);
    const next = frames.next();
    live.push(pcap.slice(half));
    live.push(null);
    expect((await next).value?.number).toBe(26);
  });

  it('closes its source when reading stops early', async () => {
    for (const bytes of [pcap, pcapng, gzipSync(pcapng)]) {
      const source = stdin(bytes);
      for await (const _ of (await openCapture('-', { stdin: source })).frames()) break;
      await vi.waitFor(() => expect(source.destroyed).toBe(true));
    }
  });

  it('gives the frames of a cut gzip file up to the cut, and warns', async () => {
    const cut = gzipSync(pcap).subarray(0, -200);
    const { frames, warnings, error } = await readAll(await openCapture('-', { stdin: stdin(cut) }));
    expect(error).toBeUndefined();
    expect(frames.length).toBeGreaterThan(5);
    expect(frames.length).toBeLessThan(50);
    expect(warnings).toMatchObject([expect.stringMatching(/^standard input: cut short: frame \d+ at offset/)]);
  });

  it('refuses damaged gzip data', async () => {
    const damaged = gzipSync(pcap).fill(0xff, 30, 60);
    const { error } = await readAll(await openCapture('-', { stdin: stdin(damaged) }));
    expect(error).toBeInstanceOf(InputError);
    expect(error?.message).toMatch(/^standard input: gzip data is damaged: /);
  });
});

describe('what is no capture', () => {
  const opening = async (bytes: Uint8Array): Promise<string | undefined> => {
    try {
      return (await readAll(await openCapture('-', { stdin: stdin(bytes) }))).error?.message;
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      return (error as Error).message;
    }
  };
  const cases = [
    { name: 'nothing', bytes: counted(0), message: 'not a capture: it is empty' },
    { name: 'gzip of nothing', bytes: gzipSync(counted(0)), message: 'not a capture: it is empty' },
    {
      name: 'text',
      bytes: new TextEncoder().encode('hello, world, how are you?'),
      message: 'not a capture: it begins with 68656c6c, which is neither pcap nor pcapng',
    },
    {
      name: 'xz',
      bytes: Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0),
      message: 'xz compression is not read; decompress it first: xz -dc FILE | xdpsim ... -r -',
    },
    {
      name: 'zstd',
      bytes: Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd),
      message: 'zstd compression is not read; decompress it first: zstd -dc FILE | xdpsim ... -r -',
    },
    {
      name: 'lz4',
      bytes: Uint8Array.of(0x04, 0x22, 0x4d, 0x18),
      message: 'lz4 compression is not read; decompress it first: lz4 -dc FILE | xdpsim ... -r -',
    },
  ];
  for (const { name, bytes, message } of cases) {
    it(`is refused in one line: ${name}`, async () => {
      expect(await opening(bytes)).toBe(`standard input: ${message}`);
    });
  }

  it('is refused: a missing file and a directory', async () => {
    await withFolder(async folder => {
      const missing = join(folder, 'none.pcap');
      await expect(openCapture(missing)).rejects.toThrow(new InputError('capture-open', `${missing}: no such file`));
      mkdirSync(join(folder, 'd'));
      const folderMessage = `${join(folder, 'd')}: is a directory, not a capture`;
      await expect(openCapture(join(folder, 'd'))).rejects.toThrow(new InputError('capture-open', folderMessage));
    });
  });
});
