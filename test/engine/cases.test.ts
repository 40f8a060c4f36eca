// The case files on the interpreter, and on the running kernel where that may be asked.
import { describe, expect, it } from 'vitest';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { allCases, type Case, differencesFromCase, halves, runCase } from '../support/cases.js';
import { runInKernel } from '../support/kernel-run.js';
import { canUseBpf } from '../support/tools.js';

const cases = allCases();
const interpreter = createInterpreter();

describe('the interpreter', () => {
  it.each(cases.map(item => [`${item.file}: ${item.name}`, item] as const))('%s', (_name, item) => {
    expect(differencesFromCase(item, runCase(interpreter, item))).toEqual([]);
  });
});

describe.skipIf(!canUseBpf())('Linux (skipped where bpftool or root is missing)', () => {
  it('agrees with every case that has a result', () => expect(differencesInKernel(withResult())).toEqual([]));

  it('refuses every case that traps', () => {
    const trapping = cases.filter(item => item.trap !== undefined);
    const runs = runInKernel(trapping.map(item => ({ code: halves(item.text)[0], packet: item.packet })));
    expect(trapping.filter((_item, at) => runs[at]!.errno === 0).map(item => item.name)).toEqual([]);
  });
});

function withResult(): Case[] {
  return cases.filter(item => item.result !== undefined);
}

function differencesInKernel(items: readonly Case[]): string[] {
  const runs = runInKernel(items.flatMap(({ text, packet }) => halves(text).map(code => ({ code, packet }))));
  return items.flatMap((item, at) => {
    const [low, high] = [runs[2 * at]!, runs[2 * at + 1]!];
    if (low.errno !== 0) return [`${item.file}: ${item.name}: errno ${low.errno} ${low.log.slice(-300)}`];
    const r0 = (BigInt(high.returnValue) << 32n) | BigInt(low.returnValue);
    const isSame = r0 === item.result && (item.packetAfter === undefined || low.bytes.startsWith(item.packetAfter));
    return isSame ? [] : [`${item.file}: ${item.name}: r0 = 0x${r0.toString(16)}, ${low.bytes}`];
  });
}
