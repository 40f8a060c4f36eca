// What the text of a program says of its registers agrees with what the verifier says: it may know less, never something else.
import { describe, expect, it } from 'vitest';
import { checkPrepared, prepareCheck, prepareVerified } from '../../../src/nic/offload/check.js';
import { localRanges } from '../../../src/nic/offload/flow.js';
import { offloadProgram } from '../../../src/nic/offload/program.js';
import type { ValueFact } from '../../../src/nic/offload/ranges.js';
import type { OffloadResult, Reason } from '../../../src/nic/offload/reason.js';
import { loadObject } from '../../../src/object/load.js';
import type { ObjectSpec, ProgramSpec } from '../../../src/object/spec.js';
import { InputError } from '../../../src/support/errors.js';
import { modelNamed } from '../../support/nic-models.js';
import { offloadObject, type TestProgram } from '../../support/offload-object.js';
import { readObject, systemObjects, testObjects } from '../../support/system-objects.js';
import { RULE_CASES } from './cases.js';

/** What a register holds before the last instruction, as text. */
function lastValue(code: string, register: number, more: Omit<TestProgram, 'code'> = {}): string {
  const object = offloadObject({ code, ...more });
  const ranges = localRanges(offloadProgram(object, object.programs[0]!));
  const last = object.programs[0]!.code.byteLength / 8 - 1;
  return ranges.valuesAt(last, register)?.map(shown).join(' or ') ?? 'unknown';
}

function shown(value: ValueFact): string {
  const bounds = value.minimum === value.maximum ? `${value.minimum}` : `${value.minimum}..${value.maximum}`;
  return value.kind === 'scalar'
    ? bounds
    : `${value.to}${value.map === undefined ? '' : ` of ${value.map}`} at ${bounds}`;
}

describe('following a program', () => {
  const rows: readonly (readonly [string, number, string])[] = [
    ['r0 = 5; r0 += 3; exit', 0, '8'],
    ['r0 = -1; exit', 0, '18446744073709551615'],
    ['w0 = -1; exit', 0, '4294967295'],
    ['r0 = 7; r0 /= 2; exit', 0, '0..18446744073709551615'],
    ['w0 = 7; w1 = 9; w0 %= w1; exit', 0, '0..18446744073709551615'],
    ['r0 = 0x123456789 ll; exit', 0, '4886718345'],
    ['r0 = *(u32 *)(r1 + 0); exit', 0, 'packet at 0'],
    ['r0 = *(u32 *)(r1 + 16); exit', 0, '0..4294967295'],
    ['r0 = *(u32 *)(r1 + 16); r0 &= 15; exit', 0, '0..15'],
    ['r0 = *(u32 *)(r1 + 16); r0 &= 15; r0 <<= 2; exit', 0, '0..60'],
    ['r0 = r10; r0 += -8; exit', 0, 'stack at -8'],
    ['r0 = *(u32 *)(r1 + 16); if r0 > 9 goto out; out: exit', 0, '0..4294967295'],
    ['r0 = *(u32 *)(r1 + 16); if r0 > 9 goto out; goto end; out: r0 = 9; end: exit', 0, '0..9'],
    ['r0 = *(u32 *)(r1 + 16); if r0 == 3 goto end; r0 = 4; end: exit', 0, '3 or 4'],
    ['r2 = 7; *(u64 *)(r10 - 8) = r2; r0 = *(u64 *)(r10 - 8); exit', 0, '7'],
    ['*(u64 *)(r10 - 8) = r1; r0 = *(u64 *)(r10 - 8); exit', 0, 'context at 0'],
    ['r2 = 0; *(u64 *)(r10 - 8) = r2; r0 = *(u32 *)(r10 - 8); exit', 0, '0'],
    ['r0 = *(u64 *)(r10 - 8); exit', 0, 'unknown'],
    ['r0 = 0; again: r0 += 1; if r0 != 100 goto again; exit', 0, '100'],
    ['call get_prandom_u32; exit', 0, '0..18446744073709551615'],
    ['r6 = 3; call get_prandom_u32; r0 = r6; exit', 0, '3'],
  ];

  it.each(rows)('%s: r%i is %s', (code, register, expected) => {
    expect(lastValue(code, register)).toBe(expected);
  });

  it('knows which map a lookup gives a value of, and NULL checks', () => {
    const find = 'r2 = r10; r2 += -4; r1 = map[m]; call map_lookup_elem';
    const maps = { m: {} };
    expect(lastValue(`${find}; exit`, 0, { maps })).toBe('mapValue of m at 0');
    expect(lastValue(`${find}; if r0 != 0 goto out; exit; out: r0 = 2; exit`, 0, { maps })).toBe('2');
    expect(lastValue(`${find}; r6 = r0; if r0 == 0 goto out; r0 = 1; exit; out: r0 = r6; exit`, 0, { maps })).toBe('0');
  });

  it('follows calls into functions and back', () => {
    expect(lastValue('r1 = 5; call f; goto end; f: r0 = r1; exit; end: exit', 0, { functions: [3] })).toBe('5');
  });

  it('ends on loops within loops', () => {
    const loops =
      'r1 = 0; a: r2 = 0; b: r3 = 0; c: r3 += r2; r2 += 1; if r2 != 9 goto b; r1 += 1; if r1 != 9 goto a; r0 = r3; exit';
    expect(lastValue(loops, 0)).toMatch(/^\d+\.\.\d+$|^\d+$/);
  });
});

/** Rules on what registers hold. */
const key = ({ rule, instruction, map }: Reason) => `${rule} at ${instruction} ${map ?? ''}`;

function expectAgreement(quick: OffloadResult, verified: OffloadResult): void {
  const known = verified.reasons.map(key);
  const open = [...verified.undecided.map(key), ...known];
  expect(
    quick.reasons.map(key).filter(reason => !open.includes(reason)),
    'refused by the text alone',
  ).toEqual([]);
  const suspected = [...quick.reasons, ...quick.undecided].map(key);
  const asked = new Set(quick.undecided.map(({ instruction }) => instruction));
  const missed = verified.reasons
    .filter(({ rule, instruction }) => rule !== 'verifier' && !asked.has(instruction))
    .map(key)
    .filter(reason => !suspected.includes(reason));
  expect(missed, 'taken by the text alone').toEqual([]);
}

/** The programs of all objects at hand, those that load. */
function programs(): readonly (readonly [string, ObjectSpec, ProgramSpec])[] {
  return [...testObjects, ...systemObjects].flatMap(path => {
    const { name, bytes } = readObject(path);
    try {
      const object = loadObject(bytes, { fileName: name });
      return object.programs.map(program => [`${name} ${program.name}`, object, program] as const);
    } catch (error) {
      if (error instanceof InputError) return [];
      throw error;
    }
  });
}

describe('the text alone and the verifier agree', () => {
  const model = modelNamed('nfp-agilio-ebpf');

  it('on every test program', () => {
    for (const { breaks, meets } of RULE_CASES) {
      for (const test of [breaks, meets]) {
        const object = offloadObject(test);
        const quick = prepareCheck(object, object.programs[0]!);
        const verified = prepareVerified(quick);
        if (verified.rejection === undefined) {
          expectAgreement(checkPrepared(quick, model, 'hw'), checkPrepared(verified, model, 'hw'));
        }
      }
    }
  });

  // The largest take the verifier seconds on a slow machine.
  const small = programs().filter(([, , { code }]) => code.byteLength < 250 * 8);
  it.each(small)('on %s', (_name, object, program) => {
    const quick = prepareCheck(object, program);
    const verified = prepareVerified(quick);
    expect(verified.rejection).toBeUndefined();
    expectAgreement(checkPrepared(quick, model, 'hw'), checkPrepared(verified, model, 'hw'));
  });
});
