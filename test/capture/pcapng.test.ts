// pcapng files, read in chunks.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteOrder } from '../../src/support/bytes.js';
import { ByteWriter } from '../../src/support/bytes.js';
import { InputError } from '../../src/support/errors.js';
import {
  block,
  blockOf,
  concat,
  counted,
  enhancedBlock,
  interfaceBlock,
  option,
  readBytes,
  sectionBlock,
} from './files.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const number = (write: (out: ByteWriter) => void, order: ByteOrder = 'little'): Uint8Array => {
  const out = new ByteWriter(order);
  write(out);
  return out.finish();
};
const resolution = (value: number): { options: Uint8Array } => ({ options: option(9, Uint8Array.of(value)) });

describe('a pcapng file', () => {
  for (const order of ['little', 'big'] as const) {
    const file = concat(
      sectionBlock(order),
      interfaceBlock({ options: concat(option(2, text('eth0'), order), option(9, Uint8Array.of(9), order)) }, order),
      block(0x0bad, counted(33), order),
      enhancedBlock(counted(60), { units: 1_700_000_000_123_456_789n }, order),
      enhancedBlock(counted(3), { units: 1_700_000_000_999_999_999n, original: 1500 }, order),
    );
    for (const size of [1, 7, 12, 28, 64, 65_536]) {
      it(`in ${order} endian and chunks of ${size} bytes gives its frames`, async () => {
        const { frames, error, capture, warnings } = await readBytes(file, size);
        expect(error).toBeUndefined();
        expect(warnings).toEqual([]);
        expect(frames).toEqual([
          {
            number: 1,
            timestampNanos: 1_700_000_000_123_456_789n,
            bytes: counted(60),
            originalLengthBytes: 60,
            interfaceIndex: 0,
            linkType: 1,
          },
          {
            number: 2,
            timestampNanos: 1_700_000_000_999_999_999n,
            bytes: counted(3),
            originalLengthBytes: 1500,
            interfaceIndex: 0,
            linkType: 1,
          },
        ]);
        expect(capture.info).toMatchObject({ format: 'pcapng', byteOrder: order, sections: 1 });
        expect(capture.info?.interfaces).toMatchObject([
          { name: 'eth0', linkType: 1, timestampUnitsPerSecond: 1_000_000_000n },
        ]);
      });
    }
  }

  it('of several sections in different byte orders counts interfaces and frames through', async () => {
    const file = concat(
      sectionBlock('little'),
      interfaceBlock({ linkType: 113 }),
      interfaceBlock(),
      enhancedBlock(counted(1), { interfaceId: 1 }),
      sectionBlock('big'),
      interfaceBlock({}, 'big'),
      enhancedBlock(counted(2), { interfaceId: 0 }, 'big'),
    );
    const { frames, capture } = await readBytes(file, 30);
    expect(frames.map(frame => [frame.number, frame.interfaceIndex, frame.linkType])).toEqual([
      [1, 1, 1],
      [2, 2, 1],
    ]);
    expect(capture.info).toMatchObject({ sections: 2 });
    expect(capture.info?.interfaces).toHaveLength(3);
  });

  it('with a simple packet cuts it at the snap length and takes the time before it', async () => {
    const simple = (bytes: Uint8Array, original: number): Uint8Array => blockOf(3, out => out.u32(original).raw(bytes));
    const file = concat(
      sectionBlock(),
      interfaceBlock({ snapLength: 10 }),
      enhancedBlock(counted(4), { units: 5_000_000n }),
      simple(counted(10), 60),
      simple(counted(3), 3),
    );
    const { frames, warnings } = await readBytes(file);
    expect(frames.map(frame => [frame.bytes.length, frame.originalLengthBytes, frame.timestampNanos])).toEqual([
      [4, 4, 5_000_000_000n],
      [10, 60, 5_000_000_000n],
      [3, 3, 5_000_000_000n],
    ]);
    expect(warnings).toEqual([
      'x.pcap: frame 2 at offset 84: a simple packet block has no time; that of the frame before it is used',
    ]);
  });

  it('with an obsolete packet block gives its drops as an option', async () => {
    const obsolete = (drops: number): Uint8Array =>
      blockOf(2, out => out.u16(0).u16(drops).u32(0).u32(7).u32(2).u32(2).raw(counted(2)));
    const { frames } = await readBytes(concat(sectionBlock(), interfaceBlock(), obsolete(3), obsolete(0xffff)));
    expect(frames.map(frame => [frame.bytes, frame.timestampNanos, frame.options])).toEqual([
      [counted(2), 7000n, { comments: [], verdicts: [], dropCount: 3n }],
      [counted(2), 7000n, undefined],
    ]);
  });

  it('keeps the counters of interface statistics', async () => {
    const u64 = (value: bigint): Uint8Array => number(out => out.u64(value));
    const counters = concat(option(4, u64(100n)), option(5, u64(7n)), option(8, u64(93n)));
    const statistics = blockOf(5, out => out.u32(0).u32(0).u32(0).raw(counters));
    const { capture } = await readBytes(concat(sectionBlock(), interfaceBlock(), statistics));
    expect(capture.info?.interfaces[0]?.statistics).toEqual({ received: 100n, dropped: 7n, delivered: 93n });
  });
});

describe('options of a packet', () => {
  for (const order of ['little', 'big'] as const) {
    it(`are read in ${order} endian`, async () => {
      const options = concat(
        option(1, text('first'), order),
        option(1, text('second one'), order),
        option(
          2,
          number(out => out.u32(1), order),
          order,
        ),
        option(
          4,
          number(out => out.u64(9n), order),
          order,
        ),
        option(
          5,
          number(out => out.u64(77n), order),
          order,
        ),
        option(
          6,
          number(out => out.u32(3), order),
          order,
        ),
        option(
          7,
          number(out => out.u8(2).u64(1n), order),
          order,
        ),
        option(
          7,
          number(out => out.u8(1).u64(2n), order),
          order,
        ),
        option(
          7,
          number(out => out.u8(0).raw(counted(3)), order),
          order,
        ),
        option(
          7,
          number(out => out.u8(9), order),
          order,
        ),
        option(2988, counted(5), order),
        option(0, counted(0), order),
      );
      const file = concat(
        sectionBlock(order),
        interfaceBlock({}, order),
        enhancedBlock(counted(5), { options }, order),
      );
      const { frames } = await readBytes(file, 11);
      expect(frames[0]?.options).toEqual({
        comments: ['first', 'second one'],
        flags: 1,
        dropCount: 9n,
        packetId: 77n,
        queue: 3,
        verdicts: [
          { kind: 'xdp', action: 1n },
          { kind: 'tc', action: 2n },
          { kind: 'hardware', bytes: counted(3) },
          { kind: 'other', type: 9, bytes: counted(0) },
        ],
      });
    });
  }

  it('say how long the frame check sequence is, before what the interface says', async () => {
    const flags = (value: number): Uint8Array =>
      option(
        2,
        number(out => out.u32(value)),
      );
    const file = concat(
      sectionBlock(),
      interfaceBlock({ options: option(13, Uint8Array.of(32)) }),
      enhancedBlock(counted(64)),
      enhancedBlock(counted(64), { options: flags(2 << 5) }),
    );
    const { frames, capture } = await readBytes(file);
    expect(frames.map(frame => frame.bytes.length)).toEqual([60, 62]);
    expect(capture.info?.interfaces[0]?.fcsLengthBytes).toBe(4);
  });
});

describe('timestamps of pcapng', () => {
  const NANOS = 1_000_000_000n;
  const exact = (units: bigint, perSecond: bigint): bigint =>
    (units / perSecond) * NANOS + ((units % perSecond) * NANOS) / perSecond;
  const timeOf = async (value: number, units: bigint): Promise<bigint | undefined> => {
    const file = concat(sectionBlock(), interfaceBlock(resolution(value)), enhancedBlock(counted(1), { units }));
    return (await readBytes(file)).frames[0]?.timestampNanos;
  };

  it('are exact in every decimal resolution and at all 64 bits', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 6, max: 18 }), fc.bigInt(0n, (1n << 64n) - 1n), async (digits, units) => {
        expect(await timeOf(digits, units)).toBe(exact(units, 10n ** BigInt(digits)));
      }),
      { numRuns: 500 },
    );
  });

  it('are exact in binary and coarse resolutions as far as a double holds the seconds', async () => {
    const shift = fc.integer({ min: 0, max: 63 });
    await fc.assert(
      fc.asyncProperty(shift, fc.bigInt(0n, (1n << 53n) - 1n), async (power, units) => {
        expect(await timeOf(0x80 | power, units)).toBe(exact(units, 1n << BigInt(power)));
        expect(await timeOf(power % 6, units)).toBe(exact(units, 10n ** BigInt(power % 6)));
      }),
      { numRuns: 200 },
    );
  });

  it('are moved by if_tsoffset, in seconds, either way', async () => {
    const shifted = (seconds: bigint): Uint8Array =>
      interfaceBlock({
        options: option(
          14,
          number(out => out.u64(seconds)),
        ),
      });
    const read = async (seconds: bigint): Promise<bigint | undefined> =>
      (await readBytes(concat(sectionBlock(), shifted(seconds), enhancedBlock(counted(1), { units: 1_500_000n }))))
        .frames[0]?.timestampNanos;
    expect(await read(1_700_000_000n)).toBe(1_700_000_001_500_000_000n);
    expect(await read(-10n)).toBe(-8_500_000_000n);
  });
});

describe('a malformed pcapng file', () => {
  const start = concat(sectionBlock(), interfaceBlock());
  const patched = (at: number, value: number): Uint8Array => {
    const file = concat(start, enhancedBlock(counted(4)));
    new DataView(file.buffer).setUint32(at, value, true);
    return file;
  };
  const cases = [
    {
      name: 'an unknown byte order',
      bytes: patched(8, 0x1234),
      message: 'block at offset 0: byte-order magic 0x34120000 is not 0x1a2b3c4d',
    },
    { name: 'version 2', bytes: sectionBlock('little', 2), message: 'pcapng version 2 is not supported, only 1' },
    {
      name: 'a block of 4 bytes',
      bytes: patched(52, 4),
      message: 'block at offset 48: total length 4 is below the 32 bytes of type 0x6',
    },
    {
      name: 'a block of 33 bytes',
      bytes: patched(52, 33),
      message: 'block at offset 48: total length 33 is not a multiple of 4',
    },
    {
      name: 'a block of 4 GB',
      bytes: patched(52, 0xffff_fffc),
      message: 'block at offset 48: total length 4294967292 is above the limit of 16777216 bytes',
    },
    {
      name: 'two lengths',
      bytes: patched(80, 40),
      message: 'block at offset 48: total length is 36 in front and 40 at the end',
    },
    {
      name: 'an interface that is not there',
      bytes: patched(56, 3),
      message: 'block at offset 48: interface 3 is not described; its section has 1 so far',
    },
    {
      name: 'a captured length above the block',
      bytes: patched(68, 5),
      message: "frame 1 at offset 48: captured length 5 is more than the block's 36 bytes hold",
    },
    {
      name: 'an absurd captured length',
      bytes: patched(68, 0xffff_ffff),
      message: 'frame 1 at offset 48: captured length 4294967295 is above the limit of 262144 bytes',
    },
    {
      name: 'an option beyond its block',
      bytes: concat(start, enhancedBlock(counted(4), { options: Uint8Array.of(1, 0, 9, 0) })),
      message: "block at offset 48: option 1 of 9 bytes runs past the block's end",
    },
    {
      name: 'an interface option beyond its block',
      bytes: concat(sectionBlock(), interfaceBlock({ options: Uint8Array.of(2, 0, 100, 0) })),
      message: 'block at offset 28: option 2 of 100 bytes runs past the end of its block by 100',
    },
  ];
  for (const { name, bytes, message } of cases) {
    it(`is refused: ${name}`, async () => {
      const { error } = await readBytes(bytes);
      expect(error).toBeInstanceOf(InputError);
      expect(error?.message).toBe(`x.pcap: ${message}`);
    });
  }
});

describe('a pcapng file cut at any byte or corrupted', () => {
  const blocks = [
    sectionBlock(),
    interfaceBlock(resolution(9)),
    enhancedBlock(counted(60), { options: option(6, Uint8Array.of(1, 0, 0, 0)) }),
    block(0x0bad, counted(20)),
    enhancedBlock(counted(7)),
  ];
  const file = concat(...blocks);
  const ends = blocks.map((_, at) => concat(...blocks.slice(0, at + 1)).length);

  it('gives the frames before the cut, and a warning unless the cut is between blocks', async () => {
    for (let cut = 28; cut <= file.length; cut++) {
      const { frames, warnings, error } = await readBytes(file.subarray(0, cut), 50);
      expect(error).toBeUndefined();
      expect(frames).toHaveLength([ends[2]!, ends[4]!].filter(end => end <= cut).length);
      expect(warnings.length).toBe(ends.includes(cut) ? 0 : 1);
    }
  });

  it('says where it is cut', async () => {
    const { warnings } = await readBytes(file.subarray(0, file.length - 2));
    const [offset, length] = [ends[3], blocks[4]!.length];
    expect(warnings).toEqual([
      `x.pcap: cut short: block at offset ${offset} lacks 2 of its ${length} bytes; 1 frame was read`,
    ]);
  });

  it('is an error when cut in its first block', async () => {
    for (let cut = 4; cut < 28; cut++) {
      expect((await readBytes(file.subarray(0, cut))).error).toMatchObject({ code: 'capture-truncated' });
    }
  });

  it('gives frames or an InputError when corrupted', async () => {
    const change = fc.record({ at: fc.nat(file.length - 1), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 300 }),
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
