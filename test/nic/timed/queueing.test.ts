// The timed pipeline against what queueing theory says of one server with a fixed service time.
import { describe, expect, it } from 'vitest';
import { readNicModel } from '../../../src/cli/commands/nics-files.js';
import { Batch } from '../../../src/nic/timed/batch.js';
import { FrameStore } from '../../../src/nic/timed/frame-store.js';
import { HostQueue } from '../../../src/nic/timed/host-queue.js';
import { EXIT_OF_FRAME } from '../../../src/nic/timed/program-runner.js';
import { offered } from './offering.js';

const mlx5 = readNicModel('mlx5-cx5-100g');
/** Nothing but a ring and a core. */
const bare = { ...mlx5, link: {}, mac: {}, pcie: {}, interrupts: {} };
const SERVICE = 100;

/** One queue of which every frame takes SERVICE, at these times. */
function queueAt(times: readonly number[], receiveDescriptors = 1 << 20) {
  const run = { engineNanos: 0, memories: [], hostNanos: SERVICE, exit: EXIT_OF_FRAME.dropped };
  const frames = times.map(arrivalNanos => ({ arrivalNanos, lengthBytes: 60, queue: 0, time: run }));
  return offered(bare, 'native', { cores: 1, receiveDescriptors }, frames);
}

/** Arrivals of a Poisson process, the same for a seed. */
function poisson(perSecond: number, count: number): readonly number[] {
  let state = 88172645;
  let now = 0;
  return Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    now -= (Math.log(((state >>> 0) + 1) / 2 ** 32) * 1e9) / perSecond;
    return now;
  });
}

/** Mean time from arrival to the end of service. */
function meanSojourn(times: readonly number[]): number {
  let total = 0;
  const latency = {
    add: (nanos: number) => {
      total += nanos;
    },
  };
  const queue = new HostQueue(0, bare, 1 << 20, { latency, send: () => undefined });
  const batch = new Batch(new FrameStore(), 1);
  batch.service[0] = SERVICE;
  for (const time of times) {
    for (const column of [batch.start, batch.asking, batch.begin]) column[0] = time;
    if (queue.hasDescriptor(batch, 0)) queue.receive(batch, 0);
  }
  queue.finish();
  return total / times.length;
}

describe('one core with a fixed time per frame', () => {
  it('lets nobody wait where frames come further apart than they take', () => {
    const pipeline = queueAt(Array.from({ length: 1000 }, (_, at) => at * 1.01 * SERVICE));
    expect(pipeline.latency.summary()).toMatchObject({ minimum: SERVICE, maximum: SERVICE });
    expect(pipeline.queues[0]!.ring.depths[0]).toBe(1000);
  });

  it('lets the k-th frame of a burst wait for k - 1 others', () => {
    const burst = 256;
    const pipeline = queueAt(new Array(burst).fill(0));
    const { minimum, p50, maximum } = pipeline.latency.summary()!;
    expect([minimum, maximum]).toEqual([SERVICE, burst * SERVICE]);
    expect(p50 / ((burst / 2) * SERVICE)).toBeCloseTo(1, 1);
    const depths = [...pipeline.queues[0]!.ring.depths.slice(0, 9)];
    expect(depths).toEqual([1, 1, 2, 4, 8, 16, 32, 64, 128]);
  });

  it.each([0.3, 0.5, 0.8, 0.9])('waits as long as an M/D/1 queue at a load of %f', load => {
    const waiting = (load * SERVICE) / (2 * (1 - load));
    const mean = meanSojourn(poisson((load * 1e9) / SERVICE, 300_000));
    expect((mean - SERVICE) / waiting).toBeGreaterThan(0.93);
    expect((mean - SERVICE) / waiting).toBeLessThan(1.07);
  });

  it('loses what exceeds its rate, and waits for a full ring', () => {
    const [overload, ring, frames] = [2.5, 64, 100_000];
    const pipeline = queueAt(
      Array.from({ length: frames }, (_, at) => (at * SERVICE) / overload),
      ring,
    );
    const lost = pipeline.losses.ofAll('ringFull').packets / frames;
    expect(lost).toBeCloseTo(1 - 1 / overload, 2);
    expect(pipeline.latency.percentile(0.9) / (ring * SERVICE)).toBeCloseTo(1, 1);
    expect(pipeline.busy()[0]).toMatchObject({ name: 'host core 0', busyPercent: expect.closeTo(100, 0) });
  });

  it.each([
    { pps: 1e6, published: 80 },
    { pps: 5e6, published: 53 },
    { pps: 10e6, published: 38 },
    { pps: 20e6, published: 8 },
    { pps: 24e6, published: 0 },
  ])('of a ConnectX-5 is about as idle at $pps frames a second as published: $published %', ({ pps, published }) => {
    const time = { engineNanos: 0, memories: [], hostNanos: mlx5.host.dropNanos!, exit: EXIT_OF_FRAME.dropped };
    const frames = Array.from({ length: 50_000 }, (_, at) => {
      return { arrivalNanos: (at * 1e9) / pps, lengthBytes: 60, queue: 0, time };
    });
    const pipeline = offered(mlx5, 'native', { cores: 1, receiveDescriptors: 1024 }, frames);
    const { busyPercent } = pipeline.busy().find(({ name }) => name === 'host core 0')!;
    expect(Math.abs(100 - busyPercent - published)).toBeLessThan(10);
    expect(pipeline.exits[EXIT_OF_FRAME.dropped]).toBe(50_000);
  });

  it('is as busy as its load', () => {
    const pipeline = queueAt(Array.from({ length: 10_000 }, (_, at) => at * 4 * SERVICE));
    expect(pipeline.busy()).toMatchObject([{ name: 'host core 0', busyPercent: expect.closeTo(25, 1) }]);
  });
});
