// Writing captures: what is written is read again, and Wireshark shows it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FrameOptions } from '../../src/capture/frame.js';
import { PcapngWriter, PcapWriter, type Sink } from '../../src/capture/write.js';
import { concat, counted, readBytes } from './files.js';
import { hasTshark, tsharkFields, withFolder } from './tools.js';

function written(write: (sink: Sink) => void): Uint8Array {
  const pieces: Uint8Array[] = [];
  write(piece => pieces.push(piece));
  return concat(...pieces);
}

const order = fc.constantFrom('little' as const, 'big' as const);
const bytes = fc.uint8Array({ maxLength: 200 });
const more = fc.nat(2000);
const frame = (
  latest: bigint,
): fc.Arbitrary<{ timestampNanos: bigint; bytes: Uint8Array; originalLengthBytes: number }> =>
  fc
    .record({ timestampNanos: fc.bigInt(0n, latest), bytes, more })
    .map(({ more, ...kept }) => ({ ...kept, originalLengthBytes: kept.bytes.length + more }));

const u64 = fc.bigInt(0n, (1n << 64n) - 1n);
const u32 = fc.nat(0xffff_ffff);
const verdict = fc.oneof(
  fc.record({ kind: fc.constantFrom('xdp' as const, 'tc' as const), action: u64 }),
  fc.record({ kind: fc.constant('hardware' as const), bytes: fc.uint8Array({ maxLength: 9 }) }),
);
const options: fc.Arbitrary<FrameOptions> = fc.record(
  {
    comments: fc.array(fc.string().filter(comment => !comment.includes('\0') && !comment.startsWith('\ufeff'))),
    verdicts: fc.array(verdict, { maxLength: 3 }),
    // Bits 5 to 8 would announce a frame check sequence.
    flags: u32.map(flags => (flags & ~0x1e0) >>> 0),
    dropCount: u64,
    packetId: u64,
    queue: u32,
  },
  { requiredKeys: ['comments', 'verdicts'] },
);

describe('a pcap writer', () => {
  it('writes what the reader reads, in either order and resolution', async () => {
    const latest = 0xffff_ffffn * 1_000_000_000n;
    await fc.assert(
      fc.asyncProperty(
        fc.array(frame(latest)),
        order,
        fc.constantFrom('us' as const, 'ns' as const),
        async (frames, byteOrder, resolution) => {
          const unit = resolution === 'us' ? 1000n : 1n;
          const file = written(sink => {
            const writer = new PcapWriter(sink, { byteOrder, resolution });
            for (const each of frames) writer.write(each);
            writer.end();
          });
          const read = await readBytes(file, 333);
          expect(read.warnings).toEqual([]);
          expect(read.frames).toEqual(
            frames.map((each, at) => ({
              ...each,
              timestampNanos: each.timestampNanos - (each.timestampNanos % unit),
              number: at + 1,
              interfaceIndex: 0,
              linkType: 1,
            })),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('hands over pieces as they fill, so that memory stays bounded', () => {
    const sizes: number[] = [];
    const writer = new PcapWriter(piece => sizes.push(piece.byteLength));
    for (let at = 0; at < 300; at++) writer.write({ timestampNanos: 0n, bytes: counted(1500) });
    writer.end();
    expect(Math.max(...sizes)).toBeLessThan(70_000);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(24 + 300 * 1516);
  });

  it('refuses what the format cannot hold', () => {
    const writer = new PcapWriter(() => {});
    const tooLate = { timestampNanos: 1n << 63n, bytes: counted(1) };
    expect(() => writer.write(tooLate)).toThrow('frame 1: time 9223372036854775808 ns does not fit in a pcap file');
    const tooLong = { timestampNanos: 0n, bytes: new Uint8Array(262_145) };
    expect(() => writer.write(tooLong)).toThrow('frame 2: 262145 bytes are above the limit of 262144');
  });
});

describe('a pcapng writer', () => {
  it('writes what the reader reads, with every option', async () => {
    const entry = fc.record({ frame: frame((1n << 63n) - 1n), options, on: fc.nat(1) });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), order, async (entries, byteOrder) => {
        const file = written(sink => {
          const writer = new PcapngWriter(sink, { byteOrder, application: 'test' });
          writer.addInterface({ name: 'eth0' });
          writer.addInterface({ name: 'eth1', description: 'second', comments: ['a', 'b'] });
          for (const each of entries) writer.write(each.frame, each.options, each.on);
          writer.writeStatistics(1, 5n, { received: 3n, osDropped: 1n });
          writer.end();
        });
        const { frames, error, capture } = await readBytes(file, 97);
        expect(error).toBeUndefined();
        expect(frames.map(({ options: read, ...each }) => [each, read ?? { comments: [], verdicts: [] }])).toEqual(
          entries.map((each, at) => [
            { ...each.frame, number: at + 1, interfaceIndex: each.on, linkType: 1 },
            each.options,
          ]),
        );
        expect(capture.info?.interfaces).toMatchObject([
          { name: 'eth0', timestampUnitsPerSecond: 1_000_000_000n },
          { name: 'eth1', description: 'second', comments: ['a', 'b'], statistics: { received: 3n, osDropped: 1n } },
        ]);
      }),
      { numRuns: 150 },
    );
  });

  it('refuses an interface that was not added, and a comment that is too long', () => {
    const writer = new PcapngWriter(() => {});
    const one = { timestampNanos: 0n, bytes: counted(1) };
    expect(() => writer.write(one)).toThrow('interface 0 was not added; there are 0');
    writer.addInterface({});
    expect(() => writer.write(one, { comments: ['x'.repeat(65_536)] })).toThrow(
      'option 1 of 65536 bytes is above the 65535 that fit',
    );
  });
});

describe.skipIf(!hasTshark)('tshark (skipped where it is not installed)', () => {
  const actions = [1n, 2n, 1n, 3n, 0n];
  const file = written(sink => {
    const writer = new PcapngWriter(sink, { hardware: 'a NIC', application: 'xdpsim' });
    writer.addInterface({ name: 'eth0:prog()@fexit' });
    actions.forEach((action, at) => {
      writer.write(
        { timestampNanos: 1_700_000_000_000_000_001n + BigInt(at), bytes: counted(60) },
        { packetId: BigInt(10 + at), queue: at % 2, verdicts: [{ kind: 'xdp', action }], comments: [`packet ${at}`] },
      );
    });
    writer.writeStatistics(0, 1_700_000_001_000_000_000n, { received: 7n, dropped: 2n });
    writer.end();
  });

  it('filters our files by XDP verdict and shows id, queue, name, comment and nanoseconds', async () => {
    await withFolder(folder => {
      const path = join(folder, 'verdicts.pcapng');
      writeFileSync(path, file);
      const fields = [
        'frame.number',
        'frame.packet_id',
        'frame.interface_queue',
        'frame.interface_name',
        'frame.comment',
        'frame.time_epoch',
      ];
      expect(tsharkFields(path, fields, 'frame.verdict.ebpf_xdp==1')).toEqual([
        ['1', '10', '0', 'eth0:prog()@fexit', 'packet 0', '1700000000.000000001'],
        ['3', '12', '0', 'eth0:prog()@fexit', 'packet 2', '1700000000.000000003'],
      ]);
    });
  });
});
