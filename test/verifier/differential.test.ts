// The verifier against the running kernel, on random programs and mutants. More of them:
// VERIFIER_PROGRAMS=20000 VERIFIER_SEED=7 npx vitest run test/verifier/differential.test.ts
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadObject } from '../../src/object/load.js';
import type { ObjectSpec } from '../../src/object/spec.js';
import { kernelRelease } from '../support/kernel-probe.js';
import { type Comparison, compareAll, programText, shrink, tally } from '../support/verifier-differential.js';
import { Dice, mutant, RANDOM_OBJECT, randomProgram } from '../support/verifier-programs.js';

const COUNT = Number(process.env.VERIFIER_PROGRAMS ?? 600);
const SEED = Number(process.env.VERIFIER_SEED ?? 1);
/** Share of the rejections on which both agree whose first message is also the same. */
const SAME_MESSAGES = 0.98;
const CPUS = Number(spawnSync('nproc', ['--all'], { encoding: 'utf8' }).stdout || 1);

function differences(object: ObjectSpec, list: readonly Comparison[], relation: Comparison['relation']): string[] {
  return list
    .filter(item => item.relation === relation)
    .slice(0, 5)
    .map(item => {
      const small = shrink(object, item, CPUS);
      return `ours: ${small.ours}; kernel: ${small.kernel}\n${programText(small.program)}`;
    });
}

function expectAgreement(object: ObjectSpec, list: readonly Comparison[]): void {
  expect(differences(object, list, 'unsafe')).toEqual([]);
  expect(differences(object, list, 'strict')).toEqual([]);
  const counts = tally(list);
  if (process.env.VERIFIER_PROGRAMS !== undefined) process.stdout.write(`${JSON.stringify(counts)}\n`);
  const rejected = list.filter(({ relation }) => relation !== 'both accept').length;
  expect((counts['same message'] ?? 0) / Math.max(rejected, 1)).toBeGreaterThanOrEqual(SAME_MESSAGES);
}

describe.skipIf(kernelRelease() !== '6.18')('the verifier and Linux (skipped unless root on 6.18 with python3)', () => {
  it(`give the same verdicts and messages on ${COUNT} random programs, seed ${SEED}`, () => {
    const dice = new Dice(SEED);
    const programs = Array.from({ length: COUNT }, () =>
      dice.once(3) ? mutant(randomProgram(dice), dice) : randomProgram(dice),
    );
    expectAgreement(RANDOM_OBJECT, compareAll(RANDOM_OBJECT, programs, CPUS));
  });

  it.each(['pass-all', 'metadata-tail', 'vlan', 'source-blocklist'])('give the same on mutants of %s', name => {
    const path = join(import.meta.dirname, '../programs', `${name}.o`);
    const object = { ...loadObject(readFileSync(path), { fileName: name }), btf: undefined };
    const dice = new Dice(SEED);
    for (const program of object.programs) {
      const plain = { ...program, functions: [] };
      const mutants = Array.from({ length: Math.ceil(COUNT / 20) }, () => mutant(plain, dice));
      expectAgreement(object, compareAll(object, [plain, ...mutants], CPUS));
    }
  });
});
