// The timed pipeline: nothing gets lost uncounted, rates settle at the law's limit, and the same run gives the same numbers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNicModel } from '../../../src/cli/commands/nics-files.js';
import { LatencyHistogram } from '../../../src/nic/timed/latency.js';
import { LOSSES, TimedPipeline } from '../../../src/nic/timed/pipeline.js';
import { EXIT_OF_FRAME, type ProgramRunner, type RunTime } from '../../../src/nic/timed/program-runner.js';
import { BoundedQueue, Servers, SlottedServer } from '../../../src/nic/timed/queue.js';

const mlx5 = readNicModel('mlx5-cx5-100g');
const nfp = readNicModel('nfp-research');
const { dropped, stack, sent, redirected } = EXIT_OF_FRAME;
const time = (more: Partial<RunTime>): RunTime => ({
  engineNanos: 0,
  memories: [],
  hostNanos: 0,
  exit: dropped,
  ...more,
});

/** A program of which every packet takes the same. */
function program(run: RunTime): ProgramRunner & { next: RunTime } {
  const runner = { next: run, leavingBytes: 60, run: () => runner.next };
  return runner;
}

const onHost = (cores: number, receiveDescriptors: number, run: RunTime, model = mlx5): TimedPipeline =>
  new TimedPipeline(model, 'native', { cores, receiveDescriptors }, program(run));

/** Offers so many frames of 60 bytes at a rate, over all queues in turn; frames a second that came through. */
function throughput(pipeline: TimedPipeline, offeredPps: number, frames: number): number {
  for (let at = 0; at < frames; at++) pipeline.offer((at * 1e9) / offeredPps, 60, at % pipeline.queues.length);
  pipeline.finish();
  const done = pipeline.exits.reduce((sum, count) => sum + count, 0);
  expect(done + lost(pipeline).reduce((sum, count) => sum + count, 0)).toBe(frames);
  return (done * 1e9) / pipeline.durationNanos;
}

/** Frames by loss, of all queues. */
function lost({ lostFrames }: TimedPipeline): number[] {
  return LOSSES.map((_, loss) =>
    lostFrames.filter((_count, at) => at % LOSSES.length === loss).reduce((a, b) => a + b, 0),
  );
}

describe('TimedPipeline', () => {
  it('settles at what one core of the host can do', () => {
    const pipeline = onHost(1, 256, time({ hostNanos: 41.02 }));
    expect(throughput(pipeline, 60e6, 50_000) / 1e6).toBeCloseTo(24.38, 0);
    expect(lost(pipeline)[LOSSES.indexOf('ringFull')]).toBeGreaterThan(0);
    expect(pipeline.busy()[0]?.name).toBe('host core 0');
  });

  it('settles at the PCIe ceiling where the host is quick', () => {
    const pipeline = onHost(6, 1024, time({ hostNanos: 10 }));
    expect(throughput(pipeline, 98e6, 100_000) / 1e6).toBeCloseTo(86.8, -1);
    expect(lost(pipeline)[LOSSES.indexOf('macFull')]).toBeGreaterThan(0);
  });

  it('does not take frames without a descriptor across PCIe', () => {
    const pipeline = onHost(1, 64, time({ hostNanos: 1000 }));
    throughput(pipeline, 90e6, 50_000);
    expect(lost(pipeline)[LOSSES.indexOf('macFull')]).toBe(0);
    expect(pipeline.busy().find(({ name }) => name === 'PCIe')!.busyPercent).toBeLessThan(5);
  });

  it('settles at the memory engine, and names it', () => {
    const run = time({ engineNanos: 958 / 0.8, memories: [{ name: 'dram', nanos: 1e9 / 24.85e6 }] });
    const pipeline = new TimedPipeline(nfp, 'hw', { cores: 1, receiveDescriptors: 1024 }, program(run));
    expect(throughput(pipeline, 50e6, 100_000) / 1e6).toBeCloseTo(24.85, 0);
    expect(pipeline.busy()[0]?.name).toBe('dram');
  });

  it('loses nothing below every limit', () => {
    const pipeline = onHost(6, 256, time({ hostNanos: 60, exit: sent }));
    throughput(pipeline, 10e6, 20_000);
    expect(lost(pipeline)).toEqual([0, 0, 0, 0]);
    expect(pipeline.exits[sent]).toBe(20_000);
  });

  it('sends redirected frames at the end of a poll, or when a bulk is full', () => {
    const alone = onHost(1, 256, time({ hostNanos: 100, exit: redirected }));
    throughput(alone, 1e6, 1000);
    expect(alone.queues[0]).toMatchObject({ polls: 1000, interrupts: 1000 });
    const busy = onHost(1, 256, time({ hostNanos: 100, exit: redirected }));
    throughput(busy, 11e6, 64_000);
    expect(busy.queues[0]!.polls).toBeLessThan(1010);
    expect(busy.latency.percentile(0.5)).toBeGreaterThan(alone.latency.percentile(0.5));
  });

  it('puts interrupts off, by time or until enough frames wait', () => {
    const interrupts = { ...mlx5.interrupts, moderationMicroseconds: 50, moderationFrames: 8 };
    const model = { ...mlx5, interrupts };
    const slow = onHost(1, 256, time({ hostNanos: 100 }), model);
    throughput(slow, 10_000, 100);
    expect(slow.latency.percentile(0.5)).toBeGreaterThan(50_000);
    expect(slow.queues[0]!.interrupts).toBe(100);
    const quick = onHost(1, 256, time({ hostNanos: 100 }), model);
    throughput(quick, 1e6, 800);
    expect(quick.latency.percentile(0.999)).toBeLessThan(10_000);
    expect(quick.queues[0]!.interrupts).toBe(100);
  });

  it('counts every frame once and gives the same numbers twice, whatever is offered', () => {
    const frame = fc.record({
      gap: fc.integer({ min: 0, max: 200 }),
      length: fc.integer({ min: 14, max: 1514 }),
      queue: fc.integer({ min: 0, max: 1 }),
      hostNanos: fc.integer({ min: 0, max: 2000 }),
      exit: fc.constantFrom(dropped, stack, sent, redirected),
    });
    const models = [mlx5, { ...mlx5, interrupts: { moderationMicroseconds: 5, moderationFrames: 3 } }, nfp];
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 200 }), fc.constantFrom(...models), (frames, model) => {
        const run = (): readonly number[] => {
          const runner = program(time({}));
          const setup = { cores: 2, receiveDescriptors: 4 };
          const pipeline = new TimedPipeline(model, model === nfp ? 'hw' : 'native', setup, runner);
          let now = 0;
          for (const { gap, length, queue, hostNanos, exit } of frames) {
            now += gap;
            runner.next = time({ hostNanos, engineNanos: hostNanos, exit });
            pipeline.offer(now, length, queue);
          }
          pipeline.finish();
          return [...pipeline.exits, ...lost(pipeline), pipeline.durationNanos, pipeline.latency.percentile(0.5)];
        };
        const first = run();
        expect(first.slice(0, 8).reduce((sum, count) => sum + count, 0)).toBe(frames.length);
        expect(run()).toEqual(first);
      }),
      { numRuns: 100, seed: 1 },
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

  it('groups of latencies follow one another, and hold every one', () => {
    const histogram = new LatencyHistogram();
    for (let nanos = 1; nanos <= 10_000; nanos++) histogram.add(nanos);
    const groups = histogram.groups();
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
    expect(groups.slice(1).map(({ from }) => from)).toEqual(groups.slice(0, -1).map(({ below }) => below));
    expect(groups.find(({ from }) => from === 1024)).toEqual({ from: 1024, below: 1280, count: 256 });
    expect(new LatencyHistogram().groups()).toEqual([]);
  });
});
