// The case files on every engine, and on the running kernel where that may be asked.
import { describe, expect, it } from 'vitest';
import type { Case } from '../../src/report/conformance/notation.js';
import { allCases, differencesFromCase, runCase } from '../support/cases.js';
import { ENGINES } from '../support/engines.js';
import { type KernelAnswer, runCasesInKernel } from '../support/kernel-machine.js';
import { canUseBpf } from '../support/tools.js';

const cases = allCases();

describe.each(ENGINES.map(engine => [engine.name, engine] as const))('the %s', (_, engine) => {
  it.each(cases.map(item => [`${item.file}: ${item.name}`, item] as const))('%s', (_name, item) => {
    expect(differencesFromCase(item, runCase(engine, item))).toEqual([]);
  });
});

describe.skipIf(!canUseBpf())('Linux (skipped where bpftool or root is missing)', () => {
  it('agrees with every case, and refuses those that trap or say so', () => {
    const answers = runCasesInKernel(cases);
    expect(cases.flatMap((item, at) => differencesInKernel(item, answers[at]!))).toEqual([]);
  });
});

function differencesInKernel(item: Case, { r0, answer }: { r0: bigint; answer: KernelAnswer }): string[] {
  const { refused, trap } = item.expected;
  const where = `${item.file}: ${item.name}`;
  if (refused !== undefined || trap !== undefined) {
    const asExpected = answer.errno < 0 && answer.log.includes(refused ?? '');
    return asExpected ? [] : [`${where}: errno ${answer.errno}: ${answer.log.slice(-300)}`];
  }
  if (answer.errno !== 0) return [`${where}: errno ${answer.errno}: ${answer.log.slice(-300)}`];
  return resultDifferences(item, r0, answer).map(text => `${where}: ${text}`);
}

function resultDifferences({ expected }: Case, r0: bigint, { results, maps }: KernelAnswer): string[] {
  const found = r0 === expected.r0 ? [] : [`r0 = 0x${r0.toString(16)}`];
  const { bytes } = results.at(-1)!;
  if (expected.packet !== undefined && !bytes.startsWith(expected.packet)) found.push(`packet ${bytes}`);
  for (const { map, key, value } of expected.entries) {
    const actual = maps.get(map)?.get(key);
    if (actual !== value) found.push(`map ${map}[${key}] = ${actual ?? 'absent'}`);
  }
  return found;
}
