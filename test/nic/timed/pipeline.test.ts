// The timed pipeline: nothing gets lost uncounted, rates settle at the law's limit, and the same run gives the same numbers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNicModel } from '../../../src/cli/commands/nics-files.js';
import { LOSSES, type RunTime, TimedPipeline } from '../../../src/nic/timed/pipeline.js';
import { BoundedQueue, LatencyHistogram, Servers, SlottedServer } from '../../../src/nic/timed/queue.js';

const mlx5 = readNicModel('mlx5-cx5-100g');
const nfp = readNicModel('nfp-research');
const time = (more: Partial<RunTime>): RunTime => ({ cycles: 0, memoryNanos: [], hostNanos: 0, action: 1, ...more });

/** Offers so many frames of 60 bytes at a rate, over all queues in turn; frames a second that came through. */
function throughput(pipeline: TimedPipeline, offeredPps: number, frames: number, run: RunTime, queues: number): number {
  let done = 0;
  for (let at = 0; at < frames; at++) {
    if (pipeline.offer((at * 1e9) / offeredPps, 60, at % queues, () => run) === undefined) done++;
  }
  return (done * 1e9) / pipeline.durationNanos;
}

describe('TimedPipeline', () => {
  it('settles at what one core of the host can do', () => {
    const pipeline = new TimedPipeline(mlx5, { cores: 1, receiveDescriptors: 256 });
    expect(throughput(pipeline, 60e6, 50_000, time({ hostNanos: 41.02 }), 1) / 1e6).toBeCloseTo(24.38, 0);
    expect(pipeline.losses.ringFull).toBeGreaterThan(0);
    expect(pipeline.busy()[0]?.name).toBe('host core 0');
  });

  it('settles at the PCIe ceiling where the host is quick', () => {
    const pipeline = new TimedPipeline(mlx5, { cores: 6, receiveDescriptors: 1024 });
    expect(throughput(pipeline, 98e6, 100_000, time({ hostNanos: 10 }), 6) / 1e6).toBeCloseTo(86.8, -1);
    expect(pipeline.losses.macFull).toBeGreaterThan(0);
  });

  it('settles at the memory engine, and names it', () => {
    const pipeline = new TimedPipeline(nfp, { cores: 1, receiveDescriptors: 1024 });
    const run = time({ cycles: 958, memoryNanos: [['dram', 1e9 / 24.85e6]] });
    expect(throughput(pipeline, 50e6, 100_000, run, 1) / 1e6).toBeCloseTo(24.85, 0);
    expect(pipeline.busy()[0]?.name).toBe('dram');
  });

  it('loses nothing below every limit', () => {
    const pipeline = new TimedPipeline(mlx5, { cores: 6, receiveDescriptors: 256 });
    throughput(pipeline, 10e6, 20_000, time({ hostNanos: 60, action: 3 }), 6);
    expect(LOSSES.map(name => pipeline.losses[name])).toEqual([0, 0, 0, 0]);
  });

  it('counts every frame once and gives the same numbers twice, whatever is offered', () => {
    const frame = fc.record({
      gap: fc.integer({ min: 0, max: 200 }),
      length: fc.integer({ min: 14, max: 1514 }),
      queue: fc.integer({ min: 0, max: 1 }),
      hostNanos: fc.integer({ min: 0, max: 2000 }),
      action: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 200 }), frames => {
        const run = (): readonly number[] => {
          const pipeline = new TimedPipeline(mlx5, { cores: 2, receiveDescriptors: 4 });
          let now = 0;
          let done = 0;
          for (const { gap, length, queue, hostNanos, action } of frames) {
            now += gap;
            if (pipeline.offer(now, length, queue, () => time({ hostNanos, action })) === undefined) done++;
          }
          return [
            done,
            ...LOSSES.map(name => pipeline.losses[name]),
            pipeline.durationNanos,
            pipeline.latency.percentile(0.5),
          ];
        };
        const first = run();
        expect(first.slice(0, 5).reduce((sum, count) => sum + count, 0)).toBe(frames.length);
        expect(run()).toEqual(first);
      }),
      { numRuns: 50, seed: 1 },
    );
  });
});

describe('parts', () => {
  it('a bounded queue has room again once what it holds is gone', () => {
    const queue = new BoundedQueue(2);
    queue.take(10, 1);
    queue.take(20, 1);
    expect(queue.hasRoom(9, 1)).toBe(false);
    expect(queue.hasRoom(10, 1)).toBe(true);
  });

  it('servers take frames in turn', () => {
    const servers = new Servers(2);
    expect([servers.serve(0, 10), servers.serve(0, 30), servers.serve(0, 5), servers.serve(0, 5)]).toEqual([
      0, 0, 10, 15,
    ]);
  });

  it('a slotted server serves an early frame early, although a late one came first', () => {
    const server = new SlottedServer(10);
    expect(server.serve(50_000, 10)).toBe(50_000);
    expect(server.serve(100, 10)).toBe(100);
  });

  it('percentiles are true to 4 %', () => {
    const histogram = new LatencyHistogram();
    for (let nanos = 1; nanos <= 10_000; nanos++) histogram.add(nanos);
    for (const share of [0.5, 0.9, 0.99]) {
      expect(Math.abs(histogram.percentile(share) / (share * 10_000) - 1)).toBeLessThan(0.04);
    }
    expect(histogram.summary()).toMatchObject({ minimum: 1, maximum: 10_000 });
  });
});
