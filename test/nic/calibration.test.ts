// Published throughput against predicted: the targets that the models are held to, and rows worked out by hand.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readNicModel } from '../../src/cli/commands/nics-files.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { calibrationFrame } from '../../src/nic/calibration/frames.js';
import type { FrameName } from '../../src/nic/calibration/rows.js';
import { medianError, type ValidatedRow, validateModels } from '../../src/nic/calibration/validate.js';
import { lineRatePps, predict } from '../../src/nic/cost/law.js';
import { loadObject } from '../../src/object/load.js';

const path = (name: string): string => new URL(`../programs/${name}.o`, import.meta.url).pathname;

const sources = {
  model: readNicModel,
  object: (name: string) => loadObject(readFileSync(path(name)), { fileName: name }),
  engine: createInterpreter(),
};

function expectRising(values: readonly number[]): void {
  expect(values).toEqual(values.toSorted((a, b) => a - b));
}

describe.skipIf(!existsSync(path('calibrate-nfp')))('published rows (skipped without the calibration programs)', () => {
  const rows = validateModels(sources);
  const errors = (keep: (row: ValidatedRow) => boolean): number[] =>
    rows.filter(row => row.use === 'validation' && keep(row)).map(({ errorPercent }) => Math.abs(errorPercent));
  const median = (keep: (row: ValidatedRow) => boolean): number =>
    medianError(rows.filter(row => row.use === 'validation' && keep(row)))!;
  const isNfp = ({ model }: ValidatedRow): boolean => model.startsWith('nfp');
  const coresOf = ({ row }: ValidatedRow): number => Number(/(\d) cores?$/.exec(row)?.[1]);
  const isHost = ({ model }: ValidatedRow): boolean => model === 'mlx5-cx5-100g';

  it.each(['MAC', 'cores', 'dram'])('nfp rows that %s binds have a median error of at most 2 %%', binding => {
    expect(median(row => isNfp(row) && row.binding === binding)).toBeLessThanOrEqual(2);
  });

  it('no nfp row is off by more than 8 %, none that cores bind by more than 6 %', () => {
    expect(Math.max(...errors(isNfp))).toBeLessThanOrEqual(8);
    expect(Math.max(...errors(row => isNfp(row) && row.binding === 'cores'))).toBeLessThanOrEqual(6);
  });

  it('single-purpose rows of hXDP are off by at most 5 %', () => {
    expect(
      Math.max(...errors(({ model, row }) => model === 'hxdp-netfpga' && /lookup|calls/.test(row))),
    ).toBeLessThanOrEqual(5);
  });

  it('programs on hXDP have a median error of at most 15 %', () => {
    expect(median(({ model, row }) => model === 'hxdp-netfpga' && !/lookup|calls/.test(row))).toBeLessThanOrEqual(15);
  });

  it('host rows have a median error of at most 5 % on 1 to 3 cores, 10 % on 4 to 6', () => {
    expect(median(row => isHost(row) && coresOf(row) <= 3)).toBeLessThanOrEqual(5);
    expect(median(row => isHost(row) && coresOf(row) >= 4)).toBeLessThanOrEqual(10);
  });

  it('programs on one core with an XL710 have a median error of at most 5 %, none above 15 %', () => {
    const isXl710 = ({ model }: ValidatedRow): boolean => model === 'i40e-xl710-40g';
    expect(median(isXl710)).toBeLessThanOrEqual(5);
    expect(Math.max(...errors(isXl710))).toBeLessThanOrEqual(15);
  });

  it('longer rings make sending on 4 cores slower, by about the half that was measured', () => {
    const at = (receive: number) => rows.find(({ row }) => row === `transmit, RX=${receive}, 4 cores`)!;
    const [long, short] = [at(1024), at(256)];
    const ratio = (a: number, b: number): number => a / b;
    expect(ratio(long.predictedMpps, short.predictedMpps)).toBeCloseTo(
      ratio(long.publishedMpps, short.publishedMpps),
      1,
    );
  });

  it('reads of DRAM are 25 cycles apart: 4 more reads cost 100 cycles', () => {
    const cycles = (reads: number) => rows.find(({ row }) => row === `${reads} DRAM reads, 5 cores`)!.cyclesPerPacket!;
    expect(cycles(8) - cycles(4)).toBe(100);
  });

  it('the frame of adjust_tail is above its limit, and its words differ by two at most from any that the host took over 40 Gbit/s', () => {
    const { packet } = rows.find(({ row }) => row === 'adjust_tail')!;
    const words = (lengthBytes: number) =>
      Math.ceil(lengthBytes / readNicModel('hxdp-netfpga').engine.frameBusBytesPerCycle!);
    const [shortest, longest] = [601, 675];
    const { length } = calibrationFrame(packet as FrameName);
    expect(length).toBeGreaterThanOrEqual(shortest);
    expect(lineRatePps(readNicModel('i40e-xl710-40g'), longest + 1)).toBeLessThan(7.15e6);
    expect(words(longest) - words(length)).toBeLessThanOrEqual(2);
    expect(words(length) - words(shortest)).toBeLessThanOrEqual(2);
  });

  it('published rates of hXDP programs lie between free speculation and none, but for a known miss', () => {
    const outside = rows.filter(({ bracketMpps, publishedMpps }) => {
      const [least, most] = bracketMpps ?? [0, Number.POSITIVE_INFINITY];
      return publishedMpps < 0.99 * least || publishedMpps > 1.01 * most;
    });
    expect(outside.map(({ row }) => row)).toEqual(['rxq_info, drop']);
  });

  it.each(['nfp-research', 'nfp-agilio-open', 'mlx5-cx5-100g', 'i40e-xl710-40g'])(
    'on %s more cores are never slower, longer frames and more cycles never faster',
    name => {
      const model = readNicModel(name);
      const mpps = (cores: number, frameLengthBytes: number, cycles: number): number => {
        const cost = { cycles, memories: { dram: { reads: cycles / 100, adds: 0 } }, missing: [] };
        const frame = { action: 1, isTouched: true, fibLookups: 0, helperCalls: 0, instructions: cycles };
        const host = { frame, setup: { cores, receiveDescriptors: 512 } };
        const load = name.startsWith('nfp') ? { cost } : { host };
        return predict(model, { frameLengthBytes, cores, ...load })!.packetsPerSecond / 1e6;
      };
      const sizes = [60, 124, 508, 1514, 9014];
      const counts = [1, 2, 3, 5, 8, 15, 30, 50];
      const cycles = [100, 224, 412, 1000, 5000, 50_000];
      for (const length of sizes) {
        for (const cost of cycles) expectRising(counts.map(cores => mpps(cores, length, cost)));
        for (const cores of counts) expectRising(cycles.toReversed().map(cost => mpps(cores, length, cost)));
      }
      for (const cores of counts) expectRising(sizes.toReversed().map(length => mpps(cores, length, 300)));
    },
  );

  it('misses above 15 % are known: rxq_info on hXDP, and rings of 128 descriptors, which run dry', () => {
    const misses = rows.filter(({ use, errorPercent }) => use === 'validation' && Math.abs(errorPercent) > 15);
    expect(misses.map(({ row }) => row)).toEqual([
      'rxq_info, drop',
      ...[2, 3, 4, 5, 6].map(cores => `redirect, RX=128, ${cores} cores`),
    ]);
  });

  it('every row names its source, packet and map contents', () => {
    expect(
      rows.filter(({ source, packet, state }) => source === '' || packet === '' || (state as string) === ''),
    ).toEqual([]);
  });
});
