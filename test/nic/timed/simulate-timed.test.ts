// Timed runs as the library offers them: whatever comes in is counted out once, and the same run gives the same report.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNicModel } from '../../../src/cli/commands/nics-files.js';
import {
  type TimedArrival as Arrival,
  captureFrom,
  createCompiler,
  createInterpreter,
  DEFAULT_ENGINE_OPTIONS,
  loadObject,
  passCapture,
  simulateTimed,
  type TimedReport,
  type TimedSimulation,
} from '../../../src/index.js';

const ROOT = new URL('../../../', import.meta.url).pathname;
const object = loadObject(readFileSync(`${ROOT}test/programs/icmp-echo.o`), { fileName: 'icmp-echo.o' });
const program = object.programs[0]!.name;
const CAPTURE = `${ROOT}captures/mixed.pcap`;
const LINE: Arrival = { kind: 'line' };

/** One frame of a made-up capture. */
interface MadeFrame {
  readonly timestampNanos: bigint;
  readonly lengthBytes: number;
}

/** A capture of made-up frames: IPv4, UDP, of whatever length. */
const capture = (frames: readonly MadeFrame[]) => ({
  async forEach(visit: (frame: never) => boolean | undefined): Promise<void> {
    for (const [at, { timestampNanos, lengthBytes }] of frames.entries()) {
      const bytes = new Uint8Array(lengthBytes);
      bytes.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 17].slice(0, lengthBytes));
      if (lengthBytes > 26) bytes[26] = at;
      const frame = { number: at + 1, bytes, timestampNanos, originalLengthBytes: lengthBytes };
      if (visit(frame as never) === false) return;
    }
  },
});

async function run(sources: TimedSimulation['sources'], more: Partial<TimedSimulation> = {}): Promise<TimedReport> {
  const session = createCompiler().open(object, { ...DEFAULT_ENGINE_OPTIONS, observe: { ways: true } });
  try {
    const model = readNicModel('mlx5-cx5-100g');
    const { report, accounting } = await simulateTimed({
      ...{ session, object, program, model, sources, arrival: LINE },
      ...more,
    });
    const { received, ...ends } = report.frames;
    expect(Object.values(ends).reduce((sum, count) => sum + count, 0)).toBe(received);
    expect(accounting.received.packets).toBe(received);
    return report;
  } finally {
    session.close();
  }
}

const at = (...nanos: (number | bigint)[]): readonly MadeFrame[] =>
  nanos.map(value => ({ timestampNanos: BigInt(value), lengthBytes: 60 }));

describe('simulateTimed', () => {
  it('tells what a card does with a capture', async () => {
    const bytes = readFileSync(CAPTURE);
    const report = await run([captureFrom([bytes], { fileName: 'mixed.pcap' })], { queues: 2, loops: 3 });
    expect(report).toMatchObject({ model: 'mlx5-cx5-100g', mode: 'native', receiveQueues: 2, loops: 3 });
    expect(report.frames.received).toBe(3 * 2153);
  });

  it('can be stopped from outside while captures are sent again and again', async () => {
    let isStopped = false;
    setTimeout(() => {
      isStopped = true;
    }, 10);
    const report = await run([capture(at(0, 1000))], { loops: 1e9, onProgress: () => isStopped });
    expect(report.frames.received).toBeLessThan(2e9);
  });

  it('gives the same for records in chunks as for frames one by one', async () => {
    for (const options of [
      { arrival: { kind: 'capture', speed: 100 } as const },
      { loops: 2 },
      { vlanStripping: true },
    ]) {
      const passed = await run([{ pass: sink => passCapture(CAPTURE, {}, sink) }], options);
      expect(await run([captureFrom([readFileSync(CAPTURE)], { fileName: 'mixed.pcap' })], options)).toEqual(passed);
    }
  });

  it.each([
    { arrival: { kind: 'capture', speed: 1e4 } },
    { loops: 4, receiveDescriptors: 300 },
    { loops: 4, receiveDescriptors: 64, queues: 2 },
    { vlanStripping: true, mtuBytes: 1000 },
    { maximumPackets: 1000 },
  ] as const)('gives the same for frames together as for frames that are observed each, with %j', async options => {
    const sources: TimedSimulation['sources'] = [{ pass: sink => passCapture(CAPTURE, {}, sink) }];
    expect(await run(sources, { ...options, onPacket: () => undefined })).toEqual(await run(sources, options));
  });

  it('gives the same on both engines', async () => {
    const session = createInterpreter().open(object, { ...DEFAULT_ENGINE_OPTIONS, observe: { ways: true } });
    const sources = () => [captureFrom([readFileSync(CAPTURE)], { fileName: 'mixed.pcap' })];
    expect(await run(sources(), { session })).toEqual(await run(sources()));
  });

  it.each([
    ['no frame', []],
    ['one frame', at(5)],
    ['equal times', at(7, 7, 7, 7)],
    ['times that go back', at(9_000, 4_000, 1_000, 8_000)],
    ['times before 1970', at(-5_000_000_000n, -4_999_999_000n, 3n)],
    ['times 20 years apart', at(0, 20n * 365n * 86_400_000_000_000n)],
  ])('counts out %s', async (_, frames) => {
    const recorded = { arrival: { kind: 'capture', speed: 1 } } as const;
    expect((await run([capture(frames)], recorded)).frames.received).toBe(frames.length);
    expect((await run([capture(frames)], { ...recorded, loops: 3 })).frames.received).toBe(3 * frames.length);
  });

  it.each<Arrival>([
    { kind: 'bits', bitsPerSecond: 1 },
    { kind: 'bits', bitsPerSecond: 1e12 },
    { kind: 'packets', packetsPerSecond: 1e15 },
    { kind: 'capture', speed: 1e9 },
    { kind: 'capture', speed: 1e-6 },
  ])('counts out frames that come %j', async arrival => {
    expect((await run([capture(at(0, 1_000, 2_000))], { arrival })).frames.received).toBe(3);
  });

  it('drops frames longer than the MTU allows, and says so', async () => {
    const jumbo = { timestampNanos: 0n, lengthBytes: 9000 };
    const { losses } = await run([capture([jumbo, ...at(1)])]);
    expect(losses).toMatchObject([{ stage: 'mac', reason: expect.stringContaining('longer than'), packets: 1 }]);
  });

  it('sends one frame a million times', async () => {
    const { frames, offeredPps } = await run([capture(at(0))], { loops: 1_000_000, queues: 1, receiveDescriptors: 1 });
    expect(frames.received).toBe(1_000_000);
    expect(frames.lost).toBeGreaterThan(0);
    expect(offeredPps! / 148.81e6).toBeCloseTo(1, 2);
  }, 20_000);

  it('counts every frame once and gives the same twice, whatever comes on whichever card', async () => {
    const frame = fc.record({
      timestampNanos: fc.bigInt({ min: 0n, max: 400_000_000_000_000n }),
      lengthBytes: fc.integer({ min: 1, max: 9100 }),
    });
    const arrival = fc.oneof(
      fc.record({ kind: fc.constant('capture' as const), speed: fc.double({ min: 1e-3, max: 1e9, noNaN: true }) }),
      fc.record({ kind: fc.constant('packets' as const), packetsPerSecond: fc.integer({ min: 1, max: 1e9 }) }),
      fc.record({ kind: fc.constant('bits' as const), bitsPerSecond: fc.integer({ min: 1, max: 2e9 }) }),
    );
    const setup = fc.record({
      model: fc.constantFrom('mlx5-cx5-100g', 'nfp-agilio-open', 'hxdp-netfpga', 'ixgbe', 'veth', 'line-rate'),
      loops: fc.integer({ min: 1, max: 4 }),
      queues: fc.integer({ min: 1, max: 9 }),
      receiveDescriptors: fc.integer({ min: 1, max: 8 }),
      isSymmetric: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 40 }), arrival, setup, async (frames, kind, { model, ...more }) => {
        const once = () => run([capture(frames)], { arrival: kind, model: readNicModel(model), ...more });
        expect(await once()).toEqual(await once());
      }),
      { numRuns: 25, seed: 9 },
    );
  }, 20_000);
});
