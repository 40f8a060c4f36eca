// The timed pipeline: nothing gets lost uncounted, rates settle at the law's limit, and the same run gives the same numbers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNicModel } from '../../../src/cli/commands/nics-files.js';
import type { Mode, NicModel } from '../../../src/nic/model.js';
import { LatencyHistogram } from '../../../src/nic/timed/latency.js';
import { LOSSES } from '../../../src/nic/timed/losses.js';
import type { TimedPipeline } from '../../../src/nic/timed/pipeline.js';
import { EXIT_OF_FRAME, type RunTime } from '../../../src/nic/timed/program-runner.js';
import { BoundedQueue, Servers, SlottedServer } from '../../../src/nic/timed/queue.js';
import { lost, offered } from './offering.js';

/** Told of every frame at once, which costs its core nothing. */
const mlx5 = { ...readNicModel('mlx5-cx5-100g'), interrupts: {} };
const nfp = readNicModel('nfp-research');
const { dropped, stack, sent, redirected } = EXIT_OF_FRAME;
const time = (more: Partial<RunTime>): RunTime => ({
  engineNanos: 0,
  memories: [],
  hostNanos: 0,
  exit: dropped,
  ...more,
});

/** One situation: frames of 60 bytes at a rate, over all queues in turn, of which every one takes the same. */
interface Load {
  readonly cores: number;
  readonly receiveDescriptors: number;
  readonly run: RunTime;
  readonly pps: number;
  readonly frames: number;
  readonly model?: NicModel;
  readonly mode?: Mode;
}

function loaded({ cores, receiveDescriptors, run, pps, frames, model = mlx5, mode = 'native' }: Load): TimedPipeline {
  const all = Array.from({ length: frames }, (_, at) => {
    return { arrivalNanos: (at * 1e9) / pps, lengthBytes: 60, queue: at % cores, time: run };
  });
  const pipeline = offered(model, mode, { cores, receiveDescriptors }, all, 256);
  const total = [...pipeline.exits, ...lost(pipeline)].reduce((sum, count) => sum + count, 0);
  expect(total).toBe(frames);
  return pipeline;
}

/** Millions of frames a second that came through. */
function throughput({ exits, durationNanos }: TimedPipeline): number {
  return (exits.reduce((sum, count) => sum + count, 0) * 1e3) / durationNanos;
}

describe('TimedPipeline', () => {
  it('settles at what one core of the host can do', () => {
    const run = time({ hostNanos: 41.02 });
    const pipeline = loaded({ cores: 1, receiveDescriptors: 256, run, pps: 60e6, frames: 50_000 });
    expect(throughput(pipeline)).toBeCloseTo(24.38, 0);
    expect(lost(pipeline)[LOSSES.indexOf('ringFull')]).toBeGreaterThan(0);
    expect(pipeline.busy()[0]?.name).toBe('host core 0');
  });

  it('settles at the PCIe ceiling where the host is quick', () => {
    const run = time({ hostNanos: 10 });
    const pipeline = loaded({ cores: 6, receiveDescriptors: 1024, run, pps: 98e6, frames: 100_000 });
    expect(throughput(pipeline)).toBeCloseTo(86.8, -1);
    expect(lost(pipeline)[LOSSES.indexOf('macFull')]).toBeGreaterThan(0);
  });

  it('does not take frames without a descriptor across PCIe', () => {
    const run = time({ hostNanos: 1000 });
    const pipeline = loaded({ cores: 1, receiveDescriptors: 64, run, pps: 90e6, frames: 50_000 });
    expect(lost(pipeline)[LOSSES.indexOf('macFull')]).toBe(0);
    expect(pipeline.busy().find(({ name }) => name === 'PCIe')!.busyPercent).toBeLessThan(5);
  });

  it('settles at the memory engine, and names it', () => {
    const run = time({ engineNanos: 958 / 0.8, memories: [{ name: 'dram', nanos: 1e9 / 24.85e6 }] });
    const load = { cores: 1, receiveDescriptors: 1024, run, pps: 50e6, frames: 100_000 };
    const pipeline = loaded({ ...load, model: nfp, mode: 'hw' });
    expect(throughput(pipeline)).toBeCloseTo(24.85, 0);
    expect(pipeline.busy()[0]?.name).toBe('dram');
  });

  it('loses nothing below every limit', () => {
    const run = time({ hostNanos: 60, exit: sent });
    const pipeline = loaded({ cores: 6, receiveDescriptors: 256, run, pps: 10e6, frames: 20_000 });
    expect(lost(pipeline)).toEqual([0, 0, 0, 0]);
    expect(pipeline.exits[sent]).toBe(20_000);
  });

  it('sends redirected frames at the end of a poll, or when a bulk is full', () => {
    const one = { cores: 1, receiveDescriptors: 256, run: time({ hostNanos: 100, exit: redirected }) };
    const alone = loaded({ ...one, pps: 1e6, frames: 1000 });
    expect(alone.queues[0]).toMatchObject({ polls: 1000, interrupts: 1000 });
    const busy = loaded({ ...one, pps: 11e6, frames: 64_000 });
    expect(busy.queues[0]!.polls).toBeLessThan(1010);
    expect(busy.latency.percentile(0.5)).toBeGreaterThan(alone.latency.percentile(0.5));
  });

  it('puts interrupts off, by time or until enough frames wait', () => {
    const interrupts = { ...mlx5.interrupts, moderationMicroseconds: 50, moderationFrames: 8 };
    const one = { cores: 1, receiveDescriptors: 256, run: time({ hostNanos: 100 }), model: { ...mlx5, interrupts } };
    const slow = loaded({ ...one, pps: 10_000, frames: 100 });
    expect(slow.latency.percentile(0.5)).toBeGreaterThan(50_000);
    expect(slow.queues[0]!.interrupts).toBe(100);
    const quick = loaded({ ...one, pps: 1e6, frames: 800 });
    expect(quick.latency.percentile(0.999)).toBeLessThan(10_000);
    expect(quick.queues[0]!.interrupts).toBe(100);
  });

  it('counts every frame once and gives the same numbers twice, for frames together as for single ones, whatever is offered', () => {
    const frame = fc.record({
      gap: fc.integer({ min: 0, max: 200 }),
      length: fc.integer({ min: 14, max: 1514 }),
      queue: fc.integer({ min: 0, max: 1 }),
      hostNanos: fc.integer({ min: 0, max: 2000 }),
      exit: fc.constantFrom(dropped, stack, sent, redirected),
    });
    const models = [mlx5, { ...mlx5, interrupts: { moderationMicroseconds: 5, moderationFrames: 3 } }, nfp];
    const list = fc.array(frame, { maxLength: 200 });
    fc.assert(
      fc.property(list, fc.constantFrom(...models), fc.constantFrom(4, 32), (frames, model, receiveDescriptors) => {
        let now = 0;
        const all = frames.map(({ gap, length, queue, hostNanos, exit }) => {
          now += gap;
          return {
            arrivalNanos: now,
            lengthBytes: length,
            queue,
            time: time({ hostNanos, engineNanos: hostNanos, exit }),
          };
        });
        const run = (together: number): readonly number[] => {
          const setup = { cores: 2, receiveDescriptors };
          const pipeline = offered(model, model === nfp ? 'hw' : 'native', setup, all, together);
          const { exits, durationNanos, latency, queues, bufferDepths } = pipeline;
          const facts = queues.flatMap(({ interrupts, polls, busyNanos }) => [interrupts, polls, busyNanos]);
          return [...exits, ...lost(pipeline), durationNanos, latency.percentile(0.5), ...facts, ...bufferDepths];
        };
        const first = run(1);
        expect(first.slice(0, 8).reduce((sum, count) => sum + count, 0)).toBe(frames.length);
        expect(run(1)).toEqual(first);
        expect(run(64)).toEqual(first);
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
