// A number of random programs, one seed after the other, on every runner.

import { writeRaw } from '../../src/isa/raw.js';
import { loadObject } from '../../src/object/load.js';
import type { ObjectSpec, ProgramSpec } from '../../src/object/spec.js';
import { writeObjectFile } from '../../src/report/conformance/object-file.js';
import { mapSlotsOf, objectOfCase } from '../../src/report/conformance/program.js';
import type { RunnableCase } from '../../src/report/conformance/run.js';
import { verify } from '../../src/verifier/verify.js';
import { ENGINES } from '../support/engines.js';
import { caseOf, randomProgram } from '../support/random-programs.js';
import {
  engineRunner,
  isTooComplex,
  KERNEL_RUNNER,
  type Outcome,
  outcomeDifference,
  type Runner,
} from './differential.js';

/** What to run. */
export interface Campaign {
  readonly count: number;
  /** Of the first program; each further one has the next. */
  readonly seed: number;
  /** Statements of a main program. */
  readonly statements: number;
  /** Ask the verifier as well: it must accept what Linux accepts. */
  readonly withVerifier: boolean;
}

/** Two runners that disagree about a program. */
export interface Difference {
  readonly seed: number;
  readonly left: Runner;
  readonly right: Runner;
  readonly text: string;
}

/** What came of a campaign. */
export interface Findings {
  readonly differences: readonly Difference[];
  readonly compared: number;
  /** Programs that Linux gave up on for their size. */
  readonly tooComplex: number;
}

/** Programs of one process of the kernel's runner. */
const BATCH = 100;

/** The engines that run everywhere. */
export function localRunners(): readonly Runner[] {
  return ENGINES.map(engineRunner);
}

/** Linux in front of other runners. */
export function withKernel(runners: readonly Runner[]): readonly Runner[] {
  return [KERNEL_RUNNER, ...runners];
}

/** Compares the first runner with every other one. */
export function findDifferences(
  runners: readonly Runner[],
  campaign: Campaign,
  onProgress: (done: number) => void = () => undefined,
): Findings {
  const differences: Difference[] = [];
  let [compared, tooComplex] = [0, 0];
  const all = campaign.withVerifier ? [...runners, VERIFIER_RUNNER] : runners;
  for (let start = 0; start < campaign.count; start += BATCH) {
    const seeds = Array.from(
      { length: Math.min(BATCH, campaign.count - start) },
      (_, at) => campaign.seed + start + at,
    );
    const cases = seeds.map(seed => caseOf(randomProgram(seed, campaign.statements)));
    const outcomes = all.map(runner => runner.run(cases));
    for (const [at, seed] of seeds.entries()) {
      if (isTooComplex(outcomes[0]![at]!)) {
        tooComplex++;
        continue;
      }
      compared++;
      differences.push(...differencesOf(all, outcomes, at, seed));
    }
    onProgress(start + seeds.length);
  }
  return { differences, compared, tooComplex };
}

function differencesOf(
  runners: readonly Runner[],
  outcomes: readonly (readonly Outcome[])[],
  at: number,
  seed: number,
): Difference[] {
  const [left, ...others] = runners;
  return others.flatMap((right, index) => {
    const [a, b] = [outcomes[0]![at]!, outcomes[index + 1]![at]!];
    const text = right === VERIFIER_RUNNER ? acceptanceDifference(a, b) : outcomeDifference(a, b);
    return text === undefined ? [] : [{ seed, left: left!, right, text }];
  });
}

/** Our verifier: an outcome without frames, whose problem is its message. */
const VERIFIER_RUNNER: Runner = { name: 'verifier', run: cases => cases.map(verified) };

function verified(item: RunnableCase): Outcome {
  const object = withTypes(objectOfCase(item));
  const found = object.programs.map(program => verify(object, program));
  const messages = found.flatMap(verification => (verification.accepted ? [] : [verification.message]));
  return { problem: messages[0], frames: [], maps: new Map() };
}

/** The object with BTF of its functions, which the kernel is given too. */
function withTypes(object: ObjectSpec): ObjectSpec {
  const programs = object.programs.map(program => ({ ...program, code: withoutMaps(program.code) }));
  const { btf, programs: typed } = loadObject(writeObjectFile({ ...object, programs, maps: [] }), { fileName: 'case' });
  const types = new Map(typed.flatMap(program => program.functions.map(item => [item.name, item.typeId])));
  const nameOf = (program: ProgramSpec, at: number, name: string) => (at === 0 ? name : `${program.name}_${name}`);
  const typedProgram = (program: ProgramSpec): ProgramSpec => ({
    ...program,
    functions: program.functions.map((item, at) => ({ ...item, typeId: types.get(nameOf(program, at, item.name)) })),
  });
  return { ...object, btf, programs: object.programs.map(typedProgram) };
}

/** Code whose loads of maps load numbers: an object file cannot say all of them, and types do not depend on them. */
function withoutMaps(code: Uint8Array): Uint8Array {
  const plain = code.slice();
  for (const [slot] of mapSlotsOf(code)) {
    writeRaw(plain, slot, { src: 0, imm: 0 });
    writeRaw(plain, slot + 1, { imm: 0 });
  }
  return plain;
}

function acceptanceDifference(kernel: Outcome, ours: Outcome): string | undefined {
  if ((kernel.problem === undefined) === (ours.problem === undefined)) return undefined;
  return `${kernel.problem ?? 'accepted'} against ${ours.problem ?? 'accepted'}`;
}
