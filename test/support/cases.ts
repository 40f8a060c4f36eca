// The case files of test/cases, and short ways to run code on engines. The notation stands in src/report/conformance/notation.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_ENGINE_OPTIONS, type Engine, type EngineOptions } from '../../src/engine/engine.js';
import type { ObjectSpec } from '../../src/object/spec.js';
import { type Case, parseCases } from '../../src/report/conformance/notation.js';
import { codeOf, halvesOf, objectOf } from '../../src/report/conformance/program.js';
import { type CaseOutcome, runCase as runWholeCase } from '../../src/report/conformance/run.js';

export type { Case } from '../../src/report/conformance/notation.js';
export { codeOf as programOf } from '../../src/report/conformance/program.js';
export { differencesFromCase, packetOf } from '../../src/report/conformance/run.js';

/** Where the case files stand. */
export const CASES_FOLDER = join(import.meta.dirname, '../cases');

/** All cases of test/cases, by file name and place. */
export function allCases(): Case[] {
  const files = readdirSync(CASES_FOLDER).filter(name => name.endsWith('.case'));
  return files.sort().flatMap(file => parseCases(readFileSync(join(CASES_FOLDER, file), 'utf8'), file));
}

/** Code that returns the lower and the upper half of what the text, a function of its own, leaves in r0. */
export function halves(text: string): readonly [low: Uint8Array, high: Uint8Array] {
  return halvesOf({ text, others: [], maps: [] });
}

/** An object of programs with that code, and nothing else. */
export function objectOfCode(programs: Readonly<Record<string, Uint8Array>>): ObjectSpec {
  return objectOf(Object.entries(programs).map(([name, code]) => codeOf(name, code)));
}

/** What an engine makes of a case, or of a text over one packet. */
export function runCase(
  engine: Engine,
  item: Case | { readonly text: string; readonly packet: Uint8Array },
  options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
): CaseOutcome {
  if ('packets' in item) return runWholeCase(engine, item, options);
  return runWholeCase(engine, { text: item.text, others: [], maps: [], packets: [item.packet] }, options);
}
