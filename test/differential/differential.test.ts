// A few random programs on all engines and on Linux; `npm run differential` runs many. And the machinery itself: it finds what is wrong.
import { cpus } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { parseCases } from '../../src/report/conformance/notation.js';
import { assembleCase, codeOf, objectOfCase } from '../../src/report/conformance/program.js';
import { differencesFromCase, runCase } from '../../src/report/conformance/run.js';
import { kernelRelease } from '../support/kernel-probe.js';
import { caseOf, randomProgram } from '../support/random-programs.js';
import { canUseBpf } from '../support/tools.js';
import { caseLines } from '../support/verifier-differential.js';
import { MAPS } from '../support/verifier-programs.js';
import { findDifferences, localRunners, withKernel } from './campaign.js';
import { engineRunner, type Outcome, outcomeDifference, printWithKernel, type Runner, shrink } from './differential.js';
import { compareVerifiers, describeDisagreement } from './verifier-campaign.js';

const LOCAL = { count: 25, seed: 1_000_001, statements: 24, withVerifier: false };
const interpreter = engineRunner(createInterpreter());

describe('random programs', () => {
  it(`give the same on all engines, seeds ${LOCAL.seed} to ${LOCAL.seed + LOCAL.count - 1}`, () => {
    expect(findDifferences(localRunners(), LOCAL).differences).toEqual([]);
  });

  it.skipIf(!canUseBpf())('give the same on Linux (skipped where bpftool or root is missing)', () => {
    const findings = findDifferences(withKernel(localRunners()), { ...LOCAL, count: 15 });
    expect(findings.differences.map(({ seed, text }) => `seed ${seed}: ${text}`)).toEqual([]);
    expect(findings.compared).toBeGreaterThan(10);
  });

  it('are the same for the same seed', () => {
    expect(caseOf(randomProgram(7))).toEqual(caseOf(randomProgram(7)));
    expect(caseOf(randomProgram(7)).text).not.toBe(caseOf(randomProgram(8)).text);
  });

  it('assemble with any of their statements left out', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const item = caseOf(randomProgram(seed), (_, statement) => statement % 3 === seed % 3);
      expect(() => objectOfCase(item)).not.toThrow();
    }
  });
});

/** The interpreter, with a mistake in every program whose text has `mistaken` in it. */
function brokenRunner(mistaken: string): Runner {
  const spoil = (outcome: Outcome): Outcome => ({
    ...outcome,
    frames: outcome.frames.map(frame => ({ ...frame, returnValue: frame.returnValue + 1 })),
  });
  return {
    name: 'broken',
    run: cases =>
      interpreter.run(cases).map((outcome, at) => (cases[at]!.text.includes(mistaken) ? spoil(outcome) : outcome)),
  };
}

const broken = brokenRunner('map_push_elem');
const seedWithPush = Array.from({ length: 200 }, (_, at) => at + 1).find(seed =>
  caseOf(randomProgram(seed)).text.includes('map_push_elem'),
)!;

describe.skipIf(kernelRelease() !== '6.18')(
  'verdicts of the verifier (skipped unless root on 6.18 with python3)',
  () => {
    it('and first messages are those of Linux on programs with loops, calls and headers of any length', () => {
      const { disagreements, compared, accepted } = compareVerifiers({ count: 250, seed: 5, cpuCount: cpus().length });
      expect(disagreements.map(item => describeDisagreement(item, cpus().length))).toEqual([]);
      expect(compared).toBe(250);
      expect(accepted).toBeGreaterThan(50);
    });
  },
);

describe('a program on which verifiers disagree', () => {
  it('is printed as a case that assembles to it, without what does nothing', () => {
    const program = codeOf(
      'x',
      assembleCase('r1 = 1; goto pc+0; r2 = map[hash]; goto pc+0; if r1 > 0 goto a; r1 = 2; a: exit', MAPS),
      MAPS,
    );
    const text = caseLines(program).join('\n');
    expect(text).toBe('(b7) r1 = 1\n(18) r2 = map[hash]\n(25) if r1 > 0x0 goto pc+1\n(b7) r1 = 2\n(95) exit');
    expect(assembleCase(text, MAPS)).toEqual(
      assembleCase('r1 = 1; r2 = map[hash]; if r1 > 0 goto a; r1 = 2; a: exit', MAPS),
    );
  });
});

describe('a difference', () => {
  it('is found, with what differs', () => {
    const campaign = { count: 1, seed: seedWithPush, statements: 24, withVerifier: false };
    const [difference] = findDifferences([interpreter, broken], campaign).differences;
    expect(difference?.text).toMatch(/^frame 1: r0 = \d+ against \d+$/);
  });

  it('is made small: one frame, and the one statement that makes it', () => {
    const item = shrink(randomProgram(seedWithPush), interpreter, broken);
    expect(item.packets.length).toBe(1);
    expect(item.text.match(/map_push_elem/g)?.length).toBe(1);
    expect(item.text).not.toContain('xdp_adjust');
    expect(item.maps.map(({ name }) => name)).not.toContain('hash');
    expect(item.text.split('\n').filter(line => /^main_s\d+: \S/.test(line)).length).toBe(1);
  });

  it.skipIf(!canUseBpf())('is printed as a case that an engine without the mistake passes (needs Linux)', () => {
    const text = printWithKernel('a name', shrink(randomProgram(seedWithPush), interpreter, broken));
    const [item] = parseCases(text, 'printed');
    expect(differencesFromCase(item!, runCase(createInterpreter(), item!))).toEqual([]);
  });

  it.each([
    [{ frames: [{ returnValue: 1, bytes: '0102' }] }, 'frame 1: r0 = 2 against 1'],
    [{ frames: [{ returnValue: 2, bytes: '01ff' }] }, 'frame 1: byte 1: 02 against ff'],
    [{ frames: [{ returnValue: 2, bytes: '01' }] }, 'frame 1: 2 bytes against 1'],
    [{ maps: new Map([['m', new Map([['00', '06']])]]) }, 'map m[00]: 05 against 06'],
    [{ maps: new Map([['m', new Map()]]) }, 'map m[00]: 05 against absent'],
    [{ problem: 'refused' }, 'ran against refused'],
    [{}, undefined],
  ])('names the first place: %j', (change, text) => {
    const outcome: Outcome = {
      problem: undefined,
      frames: [{ returnValue: 2, bytes: '0102' }],
      maps: new Map([['m', new Map([['00', '05']])]]),
    };
    expect(outcomeDifference(outcome, { ...outcome, ...change })).toBe(text);
  });
});
