// Every rule of the check has a program that meets it and one that breaks it; the words of the refusals stand in a golden file.
import { describe, expect, it } from 'vitest';
import type { NicModel } from '../../../src/nic/model.js';
import { checkPrepared, defaultMode, prepareCheck, prepareVerified } from '../../../src/nic/offload/check.js';
import type { OffloadResult, Reason } from '../../../src/nic/offload/reason.js';
import { RULES } from '../../../src/nic/offload/rules.js';
import { expectGolden } from '../../support/golden.js';
import { changedModel, modelNamed } from '../../support/nic-models.js';
import { offloadObject, type TestProgram } from '../../support/offload-object.js';
import { RULE_CASES, type RuleCase } from './cases.js';

const modelOf = ({ nic = 'nfp-agilio-open', changes }: RuleCase): NicModel =>
  changes === undefined ? modelNamed(nic) : changedModel(nic, changes);

function resultOf(
  item: RuleCase,
  test: TestProgram,
  settings: { readonly mtu?: number; readonly isQuick?: boolean } = {},
): OffloadResult {
  const object = offloadObject(test);
  const quick = prepareCheck(object, object.programs[0]!);
  const prepared = (settings.isQuick ?? item.isQuick) ? quick : prepareVerified(quick);
  const model = modelOf(item);
  return checkPrepared(prepared, model, item.mode ?? defaultMode(model), {
    mtuBytes: settings.mtu ?? item.mtu ?? 1500,
  });
}

function found(result: OffloadResult, { finds }: RuleCase): readonly Reason[] {
  return finds === undefined ? result.reasons : finds === 'warning' ? result.warnings : result.undecided;
}

const HOPELESS = ['modeMissing', 'noNdoBpf', 'noOffloadDevice', 'nativeMissing', 'neverRun'];

const title = ({ rule, about, nic = 'nfp-agilio-open' }: RuleCase) =>
  `${rule}${about === undefined ? '' : `, ${about}`} (${nic})`;

describe.each(RULE_CASES.map(item => [title(item), item] as const))('%s', (_title, item) => {
  it('is broken by its program', () => {
    const rules = found(resultOf(item, item.breaks), item).map(({ rule }) => rule);
    expect(rules).toContain(item.rule);
  });

  // No program helps where the card or the mode itself stands in the way.
  if (!HOPELESS.includes(item.rule)) {
    it('is met by a program that the card takes', () => {
      const mtu = item.rule === 'mtu' && item.meets.hasFragments !== true ? 1500 : item.mtu;
      const result = resultOf(item, item.meets, mtu === undefined ? {} : { mtu });
      expect(result.reasons).toEqual([]);
      expect(result.undecided).toEqual([]);
      expect(found(result, item).map(({ rule }) => rule)).not.toContain(item.rule);
    });
  }

  it('is never taken for met by the look at the text alone', () => {
    const quick = resultOf(item, item.breaks, { isQuick: true });
    const rules = [...quick.reasons, ...quick.undecided, ...quick.warnings].map(({ rule }) => rule);
    if (item.rule !== 'verifier') expect(rules).toContain(item.rule);
  });
});

describe('the rules', () => {
  it('all have a case', () => {
    const covered = new Set(RULE_CASES.map(({ rule }) => rule));
    expect(Object.keys(RULES).filter(rule => !covered.has(rule as RuleCase['rule']))).toEqual([]);
  });

  it('are all that models have words for, and all words of nfp are shown in the golden file', () => {
    const shown = new Set(
      RULE_CASES.flatMap(item => (item.about === undefined ? [item.rule] : [item.rule, `${item.rule}.${item.about}`])),
    );
    const words = Object.keys(modelNamed('nfp-agilio-open').messages);
    // Linux has no more than eleven registers since its JITs blind constants behind the drivers' back.
    expect(words.filter(name => !shown.has(name) && name !== 'extendedRegister')).toEqual([]);
  });

  it('speak as the kernel, the drivers and the model do', () => {
    expectGolden('offload-rules.txt', RULE_CASES.map(describeCase).join('\n'));
  });
});

function describeCase(item: RuleCase): string {
  const reasons = found(resultOf(item, item.breaks), item).filter(({ rule }) => rule === item.rule);
  const lines = reasons.map(({ phase, message, errno, log, hint, instruction, limit }) => {
    const place = instruction === undefined ? '' : `insn ${instruction}: `;
    const amount = limit === undefined ? '' : `\n    ${limit.used} of ${limit.allowed} ${limit.name}`;
    return `  ${phase}: ${place}${message} (${errno ?? 'no error'}, ${log})${amount}\n    hint: ${hint}`;
  });
  return `${title(item)}\n${lines.join('\n')}\n`;
}
