// Classic pcap files, read in chunks.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES } from '../../src/capture/frame.js';
import { linkTypeName, requireEthernet } from '../../src/capture/link-type.js';
import { captureFrom } from '../../src/capture/read.js';
import { InputError } from '../../src/support/errors.js';
import { chunked, concat, counted, pcapFile, readBytes } from './files.js';

const second = 1_700_000_000;
const records = [
  { seconds: second, fraction: 1, bytes: counted(60) },
  { seconds: second, fraction: 999_999, bytes: counted(5), original: 1500 },
  { seconds: second + 1, fraction: 0, bytes: counted(0), original: 0 },
  { seconds: second + 1, fraction: 2, bytes: counted(300) },
];
const expected = [
  { number: 1, timestampNanos: 1_700_000_000_000_001_000n, bytes: counted(60), originalLengthBytes: 60 },
  { number: 2, timestampNanos: 1_700_000_000_999_999_000n, bytes: counted(5), originalLengthBytes: 1500 },
  { number: 3, timestampNanos: 1_700_000_001_000_000_000n, bytes: counted(0), originalLengthBytes: 0 },
  { number: 4, timestampNanos: 1_700_000_001_000_002_000n, bytes: counted(300), originalLengthBytes: 300 },
].map(frame => ({ ...frame, interfaceIndex: 0, linkType: 1 }));

describe('a pcap file', () => {
  for (const order of ['little', 'big'] as const) {
    for (const size of [1, 7, 16, 24, 40, 61, 100, 65_536]) {
      it(`in ${order} endian and chunks of ${size} bytes gives its frames`, async () => {
        const { frames, warnings, error, capture } = await readBytes(pcapFile(records, { order }), size);
        expect(error).toBeUndefined();
        expect(frames).toEqual(expected);
        expect(warnings).toEqual([]);
        expect(capture.info).toMatchObject({ format: 'pcap', byteOrder: order, isModified: false });
        expect(capture.info?.interfaces).toMatchObject([{ linkType: 1, timestampUnitsPerSecond: 1_000_000n }]);
      });
    }

    it(`in ${order} endian and nanoseconds keeps every digit`, async () => {
      const file = pcapFile([{ seconds: second, fraction: 123_456_789, bytes: counted(1) }], {
        order,
        magic: 0xa1b23c4d,
      });
      expect((await readBytes(file)).frames[0]?.timestampNanos).toBe(1_700_000_000_123_456_789n);
    });

    it(`in ${order} endian of the modified kind has 24 bytes of record header`, async () => {
      const file = pcapFile(
        records.map(record => ({ ...record, more: true })),
        { order, magic: 0xa1b2cd34 },
      );
      const { frames, capture } = await readBytes(file, 50);
      expect(frames).toEqual(expected);
      expect(capture.info?.isModified).toBe(true);
    });
  }

  it('gives the same frames to forEach, which stops when told', async () => {
    const lengths: number[] = [];
    const capture = captureFrom(chunked(pcapFile(records), 50), { fileName: 'x.pcap' });
    await capture.forEach(frame => lengths.push(frame.bytes.length) < 3);
    expect(lengths).toEqual([60, 5, 0]);
  });

  it('ends its source when the reader stops early', async () => {
    let isEnded = false;
    async function* source(): AsyncGenerator<Uint8Array, void, undefined> {
      try {
        for (;;) yield pcapFile(records);
      } finally {
        isEnded = true;
      }
    }
    for await (const _ of captureFrom(source(), { fileName: 'x.pcap' }).frames()) break;
    expect(isEnded).toBe(true);
  });

  it('gives frames as views of the chunk they lie in', async () => {
    const file = pcapFile(records);
    for await (const frame of captureFrom([file], { fileName: 'x.pcap' }).frames()) {
      expect(frame.bytes.buffer).toBe(file.buffer);
    }
  });

  it('of version 2.2 with the lengths swapped gives the right ones', async () => {
    const swapped = { bytes: counted(10), captured: 1500, original: 10 };
    const { frames } = await readBytes(pcapFile([swapped], { minor: 2 }));
    expect(frames).toMatchObject([{ originalLengthBytes: 1500, bytes: counted(10) }]);
  });
});

describe('the frame check sequence that a link type announces', () => {
  const link = 0x2400_0001;
  const cases = [
    { name: 'is cut from whole frames', record: { bytes: counted(64) }, lengths: [60, 60] },
    { name: 'is cut as far as it was captured', record: { bytes: counted(62), original: 64 }, lengths: [60, 60] },
    {
      name: 'is not searched in frames captured without it',
      record: { bytes: counted(40), original: 64 },
      lengths: [40, 60],
    },
    { name: 'leaves nothing of a frame of two bytes', record: { bytes: counted(2) }, lengths: [0, 0] },
  ];
  for (const { name, record, lengths } of cases) {
    it(name, async () => {
      const { frames, capture } = await readBytes(pcapFile([record], { link }));
      expect(frames.map(frame => [frame.bytes.length, frame.originalLengthBytes])).toEqual([lengths]);
      expect(capture.info?.interfaces).toMatchObject([{ linkType: 1, fcsLengthBytes: 4 }]);
    });
  }
});

describe('what is odd in a pcap file', () => {
  it('is told once: a fraction of a second or more is carried', async () => {
    const odd = { seconds: 10, fraction: 3_000_001, bytes: counted(1) };
    const { frames, warnings } = await readBytes(pcapFile([odd, odd]));
    expect(frames.map(frame => frame.timestampNanos)).toEqual([13_000_001_000n, 13_000_001_000n]);
    expect(warnings).toEqual([
      'x.pcap: frame 1 at offset 24: timestamp fraction of 3000001 us is not below a second; carried into the seconds',
    ]);
  });

  it('is told: an original length below the captured one is raised', async () => {
    const { frames, warnings } = await readBytes(pcapFile([{ bytes: counted(9), original: 3 }]));
    expect(frames[0]?.originalLengthBytes).toBe(9);
    expect(warnings).toEqual([
      'x.pcap: frame 1 at offset 24: original length 3 is below captured length 9; the latter is used',
    ]);
  });

  const malformed = [
    { name: 'nothing', bytes: counted(0), message: 'x.pcap: not a capture: it is empty' },
    { name: 'three bytes', bytes: counted(3), message: 'x.pcap: not a capture: it has only 3 bytes' },
    {
      name: 'another magic',
      bytes: counted(40),
      message: 'x.pcap: not a capture: it begins with 01020304, which is neither pcap nor pcapng',
    },
    {
      name: 'half a header',
      bytes: pcapFile([]).subarray(0, 20),
      message: 'x.pcap: cut short: the file header lacks 4 of its 24 bytes',
    },
    {
      name: 'version 3.4',
      bytes: pcapFile([], { major: 3 }),
      message: 'x.pcap: pcap version 3.4 is not supported, only 2.0 to 2.4',
    },
    {
      name: 'version 2.5',
      bytes: pcapFile([], { minor: 5 }),
      message: 'x.pcap: pcap version 2.5 is not supported, only 2.0 to 2.4',
    },
    {
      name: 'an absurd length',
      bytes: pcapFile([{ bytes: counted(1) }, { bytes: counted(2), captured: 0xffff_ffff }]),
      message: 'x.pcap: frame 2 at offset 41: captured length 4294967295 is above the limit of 262144 bytes',
    },
  ];
  for (const { name, bytes, message } of malformed) {
    it(`is refused: ${name}`, async () => {
      const { error } = await readBytes(bytes);
      expect(error).toBeInstanceOf(InputError);
      expect(error?.message).toBe(message);
    });
  }

  it('does not keep a frame of the largest length from being read', async () => {
    const { frames, error } = await readBytes(pcapFile([{ bytes: counted(MAX_FRAME_BYTES) }]), 10_000);
    expect(error).toBeUndefined();
    expect(frames[0]?.bytes.length).toBe(MAX_FRAME_BYTES);
    expect(frames[0]?.bytes.every((byte, at) => byte === ((at + 1) & 255))).toBe(true);
  });
});

describe('a pcap file cut at any byte', () => {
  const file = pcapFile(records);
  const ends = records.map((_, at) => pcapFile(records.slice(0, at + 1)).length);

  it('gives the frames before the cut, and a warning unless the cut is between records', async () => {
    for (let cut = 24; cut <= file.length; cut++) {
      const { frames, warnings, error } = await readBytes(file.subarray(0, cut), 37);
      const whole = ends.filter(end => end <= cut).length;
      expect(error).toBeUndefined();
      expect(frames).toEqual(expected.slice(0, whole));
      expect(warnings.length).toBe(cut === 24 || ends.includes(cut) ? 0 : 1);
    }
  });

  it('says where it is cut and how many frames were read', async () => {
    const header = await readBytes(file.subarray(0, 24 + 76 + 10));
    expect(header.warnings).toEqual([
      'x.pcap: cut short: frame 2 at offset 100 lacks 6 of its 16 header bytes; 1 frame was read',
    ]);
    const body = await readBytes(file.subarray(0, file.length - 3));
    expect(body.warnings).toEqual([
      'x.pcap: cut short: frame 4 at offset 137 lacks 3 of its 300 bytes; 3 frames were read',
    ]);
  });

  it('is an error in strict mode, after the frames before it', async () => {
    const { frames, error } = await readBytes(file.subarray(0, file.length - 3), 65_536, { strict: true });
    expect(frames).toHaveLength(3);
    expect(error).toMatchObject({ name: 'InputError', code: 'capture-truncated' });
  });
});

describe('a pcap file corrupted at random', () => {
  it('gives frames or an InputError, and frames no larger than the file', async () => {
    const file = pcapFile(records);
    const change = fc.record({ at: fc.nat(file.length - 1), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 500 }),
        async (changes, size) => {
          const corrupt = file.slice();
          for (const { at, value } of changes) corrupt[at] = value;
          const { frames, error } = await readBytes(corrupt, size);
          expect(error === undefined || error instanceof InputError).toBe(true);
          expect(frames.reduce((sum, frame) => sum + frame.bytes.length, 0)).toBeLessThan(file.length);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('link types', () => {
  it('have the names of the registry', () => {
    expect([1, 113, 276, 9999].map(linkTypeName)).toEqual(['ETHERNET', 'LINUX_SLL', 'LINUX_SLL2', 'unknown']);
  });

  it('other than Ethernet are refused by name', async () => {
    const { frames } = await readBytes(pcapFile([{ bytes: counted(1) }], { link: 113 }));
    expect(() => requireEthernet(frames[0]!, 'x.pcap')).toThrow(
      'x.pcap: link type 113 (LINUX_SLL): only Ethernet (1) frames can reach an XDP program',
    );
    expect(() => requireEthernet({ linkType: 1 }, 'x.pcap')).not.toThrow();
  });
});

describe('memory', () => {
  it('is not taken for a length before its bytes are there', async () => {
    const file = concat(pcapFile([]), pcapFile([{ bytes: counted(0), captured: MAX_FRAME_BYTES }]).subarray(24));
    const { warnings } = await readBytes(file);
    expect(warnings).toEqual([
      'x.pcap: cut short: frame 1 at offset 24 lacks 262144 of its 262144 bytes; 0 frames were read',
    ]);
  });
});
