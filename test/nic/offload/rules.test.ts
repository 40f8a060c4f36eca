// Every rule of the check has a program that meets it and one that breaks it; the words of the refusals stand in a golden file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NicModel } from '../../../src/nic/model.js';
import { checkPrepared, defaultMode, prepareCheck, prepareVerified } from '../../../src/nic/offload/check.js';
import type { OffloadResult, Reason } from '../../../src/nic/offload/reason.js';
import { RULES } from '../../../src/nic/offload/rules.js';
import { expectGolden } from '../../support/golden.js';
import { changedModel, modelNamed } from '../../support/nic-models.js';
import { offloadObject, type TestProgram } from '../../support/offload-object.js';
import { METADATA, PASS } from './cases/build.js';
import { RULE_CASES, type RuleCase } from './cases.js';

const modelOf = ({ nic = 'nfp-agilio-open', changes }: RuleCase): NicModel =>
  changes === undefined ? modelNamed(nic) : changedModel(nic, changes);

function resultOf(item: RuleCase, test: TestProgram, settings: { readonly isQuick?: boolean } = {}): OffloadResult {
  const object = offloadObject(test);
  const quick = prepareCheck(object, object.programs[0]!);
  const prepared = (settings.isQuick ?? item.isQuick) ? quick : prepareVerified(quick);
  const model = modelOf(item);
  return checkPrepared(prepared, model, item.mode ?? defaultMode(model), {
    mtuBytes: item.mtu ?? 1500,
    attached: item.attached === undefined ? [] : [item.attached],
  });
}

function found(result: OffloadResult, { finds }: RuleCase): readonly Reason[] {
  return finds === undefined ? result.reasons : finds === 'warning' ? result.warnings : result.undecided;
}

/** A constraint of the core, a driver or a firmware: the cases that hold it, or why no program decides it. */
interface Constraint {
  /** Section of the record. */
  readonly where: string;
  readonly constraint: string;
  /** As the kernel's format string has it. */
  readonly message?: string;
  readonly errno?: string;
  readonly cases?: readonly string[];
  readonly outside?: string;
}

const CONSTRAINTS: readonly Constraint[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'constraints.json'), 'utf8'),
);

/** nfp: attaching, instructions, context, memory, helpers, calls, size, verdicts, maps; netdevsim; core: modes, loading, maps; drivers; RFC 9669. */
const SECTIONS = 'A.2 A.3 A.4 A.5 A.6 A.7 A.8 A.9 A.10 B C.1 C.2 C.3 D F G'.split(' ');

/** What a format string prints. */
function patternOf(format: string): RegExp {
  const literal = format.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(literal.replace(/%[dux]/g, '-?[0-9a-f]+').replace(/%s/g, '.+'));
}

const nameOf = ({ rule, about }: RuleCase) => (about === undefined ? rule : `${rule}, ${about}`);

const title = ({ rule, about, nic = 'nfp-agilio-open' }: RuleCase) =>
  `${rule}${about === undefined ? '' : `, ${about}`} (${nic})`;

describe.each(RULE_CASES.map(item => [title(item), item] as const))('%s', (_title, item) => {
  it('is broken by its program', () => {
    const rules = found(resultOf(item, item.breaks), item).map(({ rule }) => rule);
    expect(rules).toContain(item.rule);
  });

  it('is met by a program that is taken', () => {
    const met = { ...item, ...item.meetsOn };
    const result = resultOf(met, item.meets);
    expect(result.reasons).toEqual([]);
    expect(result.undecided).toEqual([]);
    expect(found(result, item).map(({ rule }) => rule)).not.toContain(item.rule);
  });

  it('is never taken for met by the look at the text alone', () => {
    const quick = resultOf(item, item.breaks, { isQuick: true });
    const rules = [...quick.reasons, ...quick.undecided, ...quick.warnings].map(({ rule }) => rule);
    if (item.rule !== 'verifier') expect(rules).toContain(item.rule);
  });
});

describe('reasons', () => {
  const rulesOf = (code: string, more: Omit<TestProgram, 'code'> = {}) =>
    resultOf({ rule: 'helper', breaks: PASS, meets: PASS }, { code, ...more }).reasons.map(
      ({ rule, instruction }) => `${rule} ${instruction}`,
    );

  it('of the walk come in its order: on behind a comparison first, then where it leads to', () => {
    const code = `r6 = r1; call ktime_get_ns; if r0 == 0 goto far; goto near; far: r0 = 6; r0 %= 4; r0 = 2; exit
      near: r5 = 3; r5 *= -3; r0 = 2; exit`;
    expect(rulesOf(code)).toEqual(['helper 1', 'multiplicandSign 9', 'instruction 5']);
  });

  it('of the core, which looks at all code beforehand, come before those of the walk', () => {
    const code = `r6 = r1; call ktime_get_ns; r1 = map[m]+4; r0 = *(u32 *)(r1 + 0); r1 = r6; ${METADATA}`;
    const [first, second, third] = rulesOf(code, { maps: { m: {} } });
    expect([first, second, third]).toEqual(['metadataOffload 10', 'directMapValue 2', 'helper 1']);
  });

  it('of the translator come in the order of the program', () => {
    const code = `r2 = *(u32 *)(r1 + 12); if r2 == 0 goto far; goto near; far: r2 = *(u32 *)(r1 + 16); r0 = 2; exit
      near: r2 = *(u32 *)(r1 + 12); r0 = 2; exit`;
    expect(rulesOf(code)).toEqual(['contextRead 0', 'contextRead 3', 'contextRead 6']);
  });
});

describe('the rules', () => {
  it('all have a case', () => {
    const covered = new Set(RULE_CASES.map(({ rule }) => rule));
    expect(Object.keys(RULES).filter(rule => !covered.has(rule as RuleCase['rule']))).toEqual([]);
  });

  it('cover every constraint on record: each has its cases, or a reason why no program decides it', () => {
    const broken = CONSTRAINTS.filter(({ cases, outside }) => (cases === undefined) === (outside === undefined));
    expect(broken).toEqual([]);
    const names = new Set(RULE_CASES.map(nameOf));
    const missing = CONSTRAINTS.flatMap(({ cases = [] }) => cases.filter(name => !names.has(name)));
    expect(missing).toEqual([]);
    expect([...new Set(CONSTRAINTS.map(({ where }) => where))]).toEqual(SECTIONS);
  });

  it('have no case without a constraint', () => {
    const listed = new Set(CONSTRAINTS.flatMap(({ cases = [] }) => cases));
    expect(RULE_CASES.map(nameOf).filter(name => !listed.has(name))).toEqual([]);
  });

  it.each(CONSTRAINTS.filter(({ cases }) => cases !== undefined))('$where: $constraint: as recorded', constraint => {
    for (const name of constraint.cases ?? []) {
      const item = RULE_CASES.find(other => nameOf(other) === name)!;
      const reasons = found(resultOf(item, item.breaks), item).filter(({ rule }) => rule === item.rule);
      const { message, errno } = constraint;
      if (message !== undefined) expect(reasons.map(reason => reason.message).join('\n')).toMatch(patternOf(message));
      if (errno !== undefined) expect(reasons.map(reason => reason.errno)).toContain(errno);
    }
  });

  it('are all that models have words for, and all words of nfp are shown in the golden file', () => {
    const shown = new Set(
      RULE_CASES.flatMap(item => (item.about === undefined ? [item.rule] : [item.rule, `${item.rule}.${item.about}`])),
    );
    const words = Object.keys(modelNamed('nfp-agilio-open').messages);
    expect(words.filter(name => !shown.has(name))).toEqual([]);
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
