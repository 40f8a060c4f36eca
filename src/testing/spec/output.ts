// Results of specs as text, TAP, JUnit XML and JSON.
import type { CaseResult, Failure, SpecResult } from './failure.js';

/** How many cases held. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** Counts cases. */
export function tally(results: readonly SpecResult[]): Tally {
  const cases = results.flatMap(result => result.cases);
  const failed = cases.filter(({ failures }) => failures.length > 0).length;
  return { passed: cases.length - failed, failed };
}

/** For people. @param isVerbose cases that hold are listed too */
export function specText(results: readonly SpecResult[], isVerbose: boolean): string {
  const lines = results.flatMap(({ fileName, cases }) => {
    const { passed, failed } = tally([{ fileName, cases }]);
    const head = `${failed === 0 ? 'ok  ' : 'FAIL'}  ${fileName}: ${passed} passed${failed === 0 ? '' : `, ${failed} failed`}`;
    return [head, ...cases.flatMap(result => caseLines(result, isVerbose))];
  });
  const { passed, failed } = tally(results);
  if (results.length !== 1) lines.push('', `${passed} passed, ${failed} failed`);
  return lines.map(line => `${line}\n`).join('');
}

function caseLines({ name, place, failures }: CaseResult, isVerbose: boolean): string[] {
  if (failures.length === 0) return isVerbose ? [`  ok    ${name}`] : [];
  return [`  FAIL  ${name}  (line ${place.line})`, ...failures.flatMap(failureLines).map(line => `          ${line}`)];
}

/** A failure in one line, and its details in more. */
export function failureLines({ what, expected, actual, detail, place }: Failure): string[] {
  const head = `${what}: expected ${expected}, got ${actual}  (line ${place.line})`;
  return [head, ...detail.map(line => `  ${line}`)];
}

/** Test Anything Protocol, version 14. */
export function specTap(results: readonly SpecResult[]): string {
  const cases = results.flatMap(({ fileName, cases }) => cases.map(result => ({ fileName, result })));
  const lines = ['TAP version 14', `1..${cases.length}`];
  cases.forEach(({ fileName, result }, at) => {
    const status = result.failures.length === 0 ? 'ok' : 'not ok';
    lines.push(`${status} ${at + 1} - ${tapText(`${fileName}: ${result.name}`)}`, ...tapDetails(fileName, result));
  });
  return lines.map(line => `${line}\n`).join('');
}

const tapText = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\#]/g, '\\$&');

function tapDetails(fileName: string, { failures, place }: CaseResult): string[] {
  if (failures.length === 0) return [];
  const lines = failures.flatMap(failureLines).map(line => `    ${line}`);
  return ['  ---', `  at: ${JSON.stringify(`${fileName}:${place.line}`)}`, '  message: |', ...lines, '  ...'];
}

/** JUnit's XML, as build servers read it: a suite for each spec. No times are given, so that runs can be compared. */
export function specJunit(results: readonly SpecResult[]): string {
  const { passed, failed } = tally(results);
  const suites = results.flatMap(({ fileName, cases }) => {
    const counts = tally([{ fileName, cases }]);
    const head = `  <testsuite name="${xml(fileName)}" tests="${cases.length}" failures="${counts.failed}">`;
    return [head, ...cases.flatMap(result => junitCase(fileName, result)), '  </testsuite>'];
  });
  const head = `<testsuites tests="${passed + failed}" failures="${failed}">`;
  return ['<?xml version="1.0" encoding="UTF-8"?>', head, ...suites, '</testsuites>'].map(line => `${line}\n`).join('');
}

function junitCase(fileName: string, { name, place, failures }: CaseResult): string[] {
  const attributes = `name="${xml(name)}" classname="${xml(fileName)}" file="${xml(fileName)}" line="${place.line}"`;
  if (failures.length === 0) return [`    <testcase ${attributes}/>`];
  const message = failures.map(({ what, expected, actual }) => `${what}: expected ${expected}, got ${actual}`);
  const text = failures.flatMap(failureLines).join('\n');
  return [
    `    <testcase ${attributes}>`,
    `      <failure message="${xml(message.join('; '))}">${xml(text)}</failure>`,
    '    </testcase>',
  ];
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text in XML 1.0, which has no place for control characters. */
function xml(text: string): string {
  const allowed = Array.from(text, char => (char < ' ' && char !== '\n' && char !== '\t' ? '\ufffd' : char)).join('');
  return allowed.replace(/[&<>"]/g, char => ENTITIES[char]!);
}

/** The results as a plain value for `--json`. */
export function specJson(results: readonly SpecResult[]): object {
  return {
    ...tally(results),
    specs: results.map(({ fileName, cases }) => ({
      file: fileName,
      cases: cases.map(({ name, place, packets, failures }) => ({
        name,
        line: place.line,
        packets,
        passed: failures.length === 0,
        failures: failures.map(({ what, expected, actual, detail, place: at }) => ({
          line: at.line,
          what,
          expected,
          actual,
          detail,
        })),
      })),
    })),
  };
}
