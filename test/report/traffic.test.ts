// The bounded tables of a run: histograms, time, talkers, and the quick look at headers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describePacket } from '../../src/capture/describe.js';
import { ethernet, ipv4, packet, udp, vlan } from '../../src/capture/packet.js';
import { Histogram } from '../../src/report/histogram.js';
import { endsOf, outline } from '../../src/report/outline.js';
import { Talkers } from '../../src/report/talkers.js';
import { TimeSeries } from '../../src/report/time-series.js';
import { capturesIn, framesOf, OWN_CAPTURES, REAL_CAPTURES } from '../support/captures.js';

describe('a histogram', () => {
  it('puts every value into the one bucket that holds it', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2 ** 31 - 1), { minLength: 1 }), values => {
        const histogram = new Histogram();
        for (const value of values) histogram.add(value);
        const buckets = histogram.buckets();
        for (const { from, below, count } of buckets) {
          expect(count).toBe(values.filter(value => value >= from && (below === null || value < below)).length);
        }
        expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
      }),
    );
  });
});

describe('a time series', () => {
  it('counts every packet once in at most 120 intervals, whatever the times', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 1n << 62n }), { minLength: 1, maxLength: 50 }), times => {
        const series = new TimeSeries();
        for (const time of times) series.add(time, 'XDP_DROP');
        const counts = series.line().actions.XDP_DROP ?? [];
        expect(counts.length).toBeLessThanOrEqual(120);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(times.length);
      }),
    );
  });

  it('keeps a packet in the interval of its time while intervals double', () => {
    const series = new TimeSeries();
    for (let second = 0n; second < 100n; second++) series.add(second * 1_000_000_000n, 'XDP_PASS');
    const { intervalNanos, actions } = series.line();
    expect(BigInt(intervalNanos)).toBe(100_000n * 2n ** 14n);
    actions.XDP_PASS?.forEach((count, at) => {
      const from = BigInt(at) * BigInt(intervalNanos);
      const inside = Array.from({ length: 100 }, (_, second) => BigInt(second) * 1_000_000_000n).filter(
        time => time >= from && time < from + BigInt(intervalNanos),
      );
      expect(count).toBe(inside.length);
    });
  });
});

describe('talkers', () => {
  const from = (source: string) =>
    packet(ethernet(), ipv4({ source, destination: '192.0.2.1' }), udp({ sourcePort: 1, destinationPort: 2 }));

  it('are listed by packets, falling, with their bytes', () => {
    const talkers = new Talkers();
    for (const source of ['10.0.0.1', '10.0.0.2', '10.0.0.2']) talkers.add(from(source), outline(from(source)));
    expect(talkers.top()).toEqual([
      { address: '10.0.0.2', packets: 2, bytes: 84 },
      { address: '10.0.0.1', packets: 1, bytes: 42 },
    ]);
    expect(talkers.isApproximate).toBe(false);
  });

  it('forget the quiet ones where too many come, and say so', () => {
    const talkers = new Talkers();
    const loud = from('10.9.9.9');
    for (let packets = 0; packets < 100; packets++) talkers.add(loud, outline(loud));
    const bytes = from('10.0.0.0').slice();
    for (let host = 0; host < 40_000; host++) {
      bytes.set([10, 1, host >> 8, host & 255], 26);
      talkers.add(bytes, outline(bytes));
    }
    expect(talkers.isApproximate).toBe(true);
    expect(talkers.top()[0]).toMatchObject({ address: '10.9.9.9', packets: 100 });
  });
});

describe('the quick look at headers', () => {
  it('names protocol, tags, addresses and ports', () => {
    const bytes = packet(
      ethernet(),
      vlan({ id: 7, tagType: 0x88a8 }),
      vlan({ id: 9 }),
      ipv4({ source: '192.0.2.9', destination: '192.0.2.1' }),
      udp({ sourcePort: 1000, destinationPort: 53 }),
    );
    const seen = outline(bytes);
    expect(seen).toMatchObject({ family: 'IPv4 UDP', protocol: 'UDP', vlanIds: [7, 9] });
    expect(endsOf(bytes, seen)).toEqual({
      source: '192.0.2.9',
      destination: '192.0.2.1',
      sourcePort: 1000,
      destinationPort: 53,
    });
  });

  it('agrees with the thorough description on every frame of every capture', async () => {
    const paths = [...capturesIn(OWN_CAPTURES), ...capturesIn(REAL_CAPTURES)];
    for (const path of paths) {
      for (const { bytes, linkType } of await framesOf(path)) {
        if (linkType !== 1) continue;
        const seen = outline(bytes);
        const ends = endsOf(bytes, seen);
        const { layers, ...described } = describePacket(bytes);
        const isPlainIp = layers.findIndex(({ layer }) => 'hopLimit' in layer) === 1 + described.vlanIds.length;
        if (ends === undefined || !isPlainIp) continue;
        expect([ends.source, ends.destination]).toEqual([described.source, described.destination]);
        if (described.sourcePort !== undefined && ends.sourcePort !== undefined) {
          expect([ends.sourcePort, ends.destinationPort]).toEqual([described.sourcePort, described.destinationPort]);
        }
      }
    }
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), bytes => {
        const seen = outline(bytes);
        endsOf(bytes, seen);
        expect(seen.family.length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });
});
