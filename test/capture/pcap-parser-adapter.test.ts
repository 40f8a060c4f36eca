// pcap-parser behind its guards: the same frames, warnings and errors as our own reader, and what it must not accept is refused.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PcapParserReader } from '../../src/capture/pcap-parser-adapter.js';
import { captureFrom, captureThrough } from '../../src/capture/read.js';
import { toHex } from '../../src/support/bytes.js';
import { chunked, counted, type PcapRecord, pcapFile, readAll, sectionBlock, type WholeCapture } from './files.js';
import { captureFiles } from './real-captures.js';

const options = { fileName: 'live.pcap' };

const through = (bytes: Uint8Array, size = 65_536): Promise<WholeCapture> =>
  readAll(captureThrough(new PcapParserReader(options), chunked(bytes, size), options.fileName));
const own = (bytes: Uint8Array, size = 65_536): Promise<WholeCapture> =>
  readAll(captureFrom(chunked(bytes, size), options));

/** Frame by frame, as lines of text, what both readers must agree on. */
const lines = ({ frames, warnings, error, capture }: WholeCapture): string[] => [
  ...frames.map(({ number, timestampNanos, originalLengthBytes, interfaceIndex, linkType, bytes }) =>
    [number, timestampNanos, originalLengthBytes, interfaceIndex, linkType, toHex(bytes)].join(' '),
  ),
  ...warnings,
  `${error?.message}`,
  JSON.stringify(capture.info, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
];

/** The first line in which two readings differ; undefined when none does. */
function firstDifference(one: WholeCapture, other: WholeCapture): readonly (string | undefined)[] | undefined {
  const [left, right] = [lines(one), lines(other)];
  const at = Array.from({ length: Math.max(left.length, right.length) }, (_, at) => at).find(
    at => left[at] !== right[at],
  );
  return at === undefined ? undefined : [left[at], right[at]];
}

const record: fc.Arbitrary<PcapRecord> = fc.record({
  seconds: fc.nat(0xffff_ffff),
  fraction: fc.oneof(fc.nat(999_999), fc.nat(0xffff_ffff)),
  bytes: fc.uint8Array({ maxLength: 120 }),
  original: fc.nat(2000),
});

describe('pcap-parser and our own reader', () => {
  const isPlain = (bytes: Uint8Array): boolean =>
    /^(d4c3b2a1|a1b2c3d4)/.test(Buffer.from(bytes.subarray(0, 4)).toString('hex'));

  for (const { name, read } of captureFiles()) {
    const bytes = read();
    if (!isPlain(bytes)) continue;
    it(`agree on every frame of ${name}`, async () => {
      for (const size of [997, 1_000_000]) {
        expect(firstDifference(await through(bytes, size), await own(bytes, size))).toBeUndefined();
      }
    });
  }

  it('agree on random files, whole or cut, in chunks of any size', async () => {
    const order = fc.constantFrom('little' as const, 'big' as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 12 }),
        order,
        fc.nat(400),
        fc.nat(60),
        async (records, order, size, cut) => {
          const whole = pcapFile(records, { order });
          const bytes = whole.subarray(0, Math.max(24, whole.length - cut));
          expect(firstDifference(await through(bytes, size + 1), await own(bytes, size + 1))).toBeUndefined();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('agree on absurd lengths, after the frames before them', async () => {
    const good = { bytes: counted(40) };
    for (const captured of [262_145, 0x7fff_ffff, 0xffff_ffff]) {
      const bytes = pcapFile([good, good, { bytes: counted(70_000), captured }, good]);
      const read = await through(bytes);
      expect(read.frames).toHaveLength(2);
      expect(firstDifference(read, await own(bytes))).toBeUndefined();
    }
  });
});

describe('the guard around pcap-parser', () => {
  const refused = [
    { name: 'nothing', bytes: counted(0), message: 'not a capture: it is empty' },
    {
      name: 'half a header',
      bytes: pcapFile([]).subarray(0, 10),
      message: 'cut short: the file header lacks 14 of its 24 bytes',
    },
    {
      name: 'gzip',
      bytes: gzipSync(pcapFile([{ bytes: counted(100) }])),
      message: /not a microsecond pcap stream: it begins with 1f8b0800/,
    },
    { name: 'pcapng', bytes: sectionBlock(), message: 'not a microsecond pcap stream: it begins with 0a0d0d0a' },
    {
      name: 'nanoseconds',
      bytes: pcapFile([], { magic: 0xa1b23c4d }),
      message: 'not a microsecond pcap stream: it has nanosecond timestamps',
    },
    {
      name: 'modified records',
      bytes: pcapFile([], { magic: 0xa1b2cd34 }),
      message: 'not a microsecond pcap stream: it has modified record headers',
    },
    {
      name: 'version 3.4',
      bytes: pcapFile([], { major: 3 }),
      message: 'not a microsecond pcap stream: it has version 3.4',
    },
    {
      name: 'version 2.2',
      bytes: pcapFile([], { minor: 2 }),
      message: 'not a microsecond pcap stream: it has version 2.2',
    },
    {
      name: 'an FCS',
      bytes: pcapFile([], { link: 0x2400_0001 }),
      message: 'not a microsecond pcap stream: it has FCS or reserved bits in its link type',
    },
  ];
  for (const { name, bytes, message } of refused) {
    it(`refuses ${name}`, async () => {
      const { frames, error } = await through(bytes, 9);
      expect(frames).toEqual([]);
      expect(error?.name).toBe('InputError');
      expect(error?.message).toMatch(message);
    });
  }

  it('takes from its source only as frames are asked for', async () => {
    let fed = 0;
    const file = pcapFile(Array.from({ length: 100 }, () => ({ bytes: counted(1000) })));
    function* source(): Generator<Uint8Array, void, undefined> {
      for (const chunk of chunked(file, 5000)) {
        fed++;
        yield chunk;
      }
    }
    const frames = captureThrough(new PcapParserReader(options), source(), 'x').frames();
    for (let at = 0; at < 10; at++) await frames.next();
    expect(fed).toBeLessThan(5);
  });
});
