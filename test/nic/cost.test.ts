// What paths cost on cards, sequence by sequence, against what the translator and the measurements say.
import { describe, expect, it } from 'vitest';
import { readNicModel } from '../../src/cli/commands/nics-files.js';
import { DEFAULT_ENGINE_OPTIONS, type Result } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { calibrationFrame } from '../../src/nic/calibration/frames.js';
import type { FrameName } from '../../src/nic/calibration/rows.js';
import { type PacketCost, pathCostsOf } from '../../src/nic/cost/cost.js';
import { PathReader } from '../../src/nic/cost/path.js';
import { PathCollector } from '../../src/nic/cost/predict.js';
import type { ObjectSpec } from '../../src/object/spec.js';
import { offloadObject, type TestProgram } from '../support/offload-object.js';

const engine = createInterpreter();

/** Runs one frame through a program of assembly text. */
function run(test: TestProgram, bytes: Uint8Array): { readonly object: ObjectSpec; readonly result: Result } {
  const object = offloadObject(test);
  const session = engine.open(object, { ...DEFAULT_ENGINE_OPTIONS, observe: { ways: true } });
  const [result] = session.run('test', [{ bytes, timestampNanos: 0n, queue: 0, cpu: 0, ingressIfindex: 1 }]);
  session.close();
  return { object, result: result! };
}

/** What a frame costs that a program of assembly text gets. */
function costOf(modelName: string, test: TestProgram, frame: FrameName = 'udp64'): PacketCost {
  const bytes = calibrationFrame(frame);
  const { object, result } = run(test, bytes);
  const path = new PathReader(object).pathOf(result.way!);
  const packet = { lengthBytes: bytes.length, returnValue: result.returnValue };
  return pathCostsOf(readNicModel(modelName))!.costOf(path, packet);
}

/** The frame's start is in r2, its end in r3, and 34 bytes are there. */
const CHECKED = 'r2 = *(u32 *)(r1 + 0)\nr3 = *(u32 *)(r1 + 4)\nr4 = r2\nr4 += 34\nif r4 > r3 goto out\n';

describe('cycles on the NFP', () => {
  const cycles = (code: string): number =>
    costOf('nfp-research', { code: `${CHECKED}${code}\nout:\nr0 = 1\nexit` }).cycles;
  const empty = cycles('r4 = 0');

  // Facts of jit.c, seen in the published listings of Krude et al. (data-paper/programs of their artifacts).
  it.each([
    ['a move is one instruction for each half', 'r4 = 5', 2],
    ['or with a short constant leaves the upper half alone', 'r4 |= 1', 1],
    ['so does exclusive or', 'r4 ^= 0x55', 1],
    ['and clears it', 'r4 &= 0x7f', 2],
    ['and with a negative constant changes the lower half alone, and loads it', 'r4 &= -65536', 2],
    ['an addition carries into it', 'r4 += 1', 2],
    ['a 64-bit constant is two', 'r4 = 4294967294 ll', 2],
    ['a byte is fetched, cut out and extended: 3, 1 and 1', 'r4 = *(u8 *)(r2 + 12)\nr4 += 0', 3 + 1 + 1 + 2],
    ['what lies within 64 bytes is not fetched again', 'r4 = *(u8 *)(r2 + 12)\nr5 = *(u8 *)(r2 + 13)', 3 + 1 + 1],
    ['a store moves the word, writes it and waits', '*(u8 *)(r2 + 12) = r4', 1 + 3],
    [
      'a read is not sooner than 16 cycles after a store',
      '*(u8 *)(r2 + 12) = r4\nr5 = *(u8 *)(r2 + 13)',
      1 + 3 + 16 + 1,
    ],
  ])('%s', (_name, code, expected) => {
    expect(cycles(`r4 = 0\n${code}`) - empty).toBe(expected);
  });
});

describe('cycles on hXDP', () => {
  const cycles = (code: string, frame: FrameName = 'udp64'): number => costOf('hxdp-netfpga', { code }, frame).cycles;

  it('a drop is one row behind the words of its frame, 32 bytes each', () => {
    expect(cycles('r0 = 1\nexit')).toBe(2 + 1);
    expect(cycles('r0 = 1\nexit', 'udp640')).toBe(20 + 1);
  });

  it('words of a frame and rows of a program take turns', () => {
    const code = `r2 = *(u32 *)(r1 + 0)\n${'r2 += 1\n'.repeat(30)}r0 = r2\nr0 &= 1\nr0 |= 3\nexit`;
    expect(cycles(code, 'udp640') - cycles(code)).toBe(20 - 2);
  });
});

describe('the wire out', () => {
  it('binds where a program sends back more than came in', () => {
    const bytes = calibrationFrame('udp64');
    const code = 'r2 = -20\ncall xdp_adjust_head\nr0 = 3\nexit';
    const { object, result } = run({ code }, bytes);
    const collector = new PathCollector(readNicModel('nfp-agilio-open'), object, { cores: 1, receiveDescriptors: 1 });
    collector.add(bytes.length, result.bytes.length, result);
    const [least, next] = collector.result(undefined).limits;
    expect(least).toEqual({ name: 'wire out', packetsPerSecond: 40e9 / (8 * (60 + 20 + 4 + 20)) });
    expect(next!.packetsPerSecond).toBeGreaterThan(least!.packetsPerSecond);
  });
});
