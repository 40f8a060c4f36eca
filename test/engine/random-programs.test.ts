// Random programs on the interpreter and in the running kernel: both must leave the same 64 bits in r0.
import { describe, expect, it } from 'vitest';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { halves, runCase } from '../support/cases.js';
import { runInKernel } from '../support/kernel-run.js';
import { randomProgram } from '../support/random-program.js';
import { canUseBpf } from '../support/tools.js';

const PROGRAMS = Number(process.env.RANDOM_PROGRAMS ?? 100);
const FIRST_SEED = Number(process.env.RANDOM_SEED ?? 1);

describe.skipIf(!canUseBpf())('random programs (skipped where bpftool or root is missing)', () => {
  it(`give on the interpreter what they give on Linux, seeds ${FIRST_SEED} to ${FIRST_SEED + PROGRAMS - 1}`, () => {
    const programs = Array.from({ length: PROGRAMS }, (_, at) => randomProgram(FIRST_SEED + at));
    const runs = runInKernel(programs.flatMap(({ text, packet }) => halves(text).map(code => ({ code, packet }))));
    const differences = programs.flatMap((program, at) => {
      const [low, high] = [runs[2 * at]!, runs[2 * at + 1]!];
      const expected = (BigInt(high.returnValue) << 32n) | BigInt(low.returnValue);
      const { r0, result } = runCase(createInterpreter(), program);
      if (low.errno === 0 && result.fault === undefined && r0 === expected) return [];
      const outcome = `0x${r0.toString(16)}, Linux 0x${expected.toString(16)}`;
      return [
        `seed ${FIRST_SEED + at}: ${outcome} ${result.fault?.message ?? ''}${low.log.slice(-300)}\n${program.text}`,
      ];
    });
    expect(differences).toEqual([]);
  });
});
