// Specs from text, run over the objects of test/programs.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openCapture } from '../../src/capture/open.js';
import type { Engine } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import type { SpecResult } from '../../src/testing/spec/failure.js';
import { readSpec } from '../../src/testing/spec/read.js';
import { runSpec } from '../../src/testing/spec/run.js';

/** Folder of the programs and their specs. */
export const PROGRAMS = resolve(import.meta.dirname, '../programs');

/** Runs a spec whose paths are relative to test/programs. */
export function runText(
  text: string,
  fileName = 'x.spec.yaml',
  engine: Engine = createInterpreter(),
): Promise<SpecResult> {
  return runSpec(readSpec(text, fileName), {
    engine,
    objectBytes: path => new Uint8Array(readFileSync(resolve(PROGRAMS, path))),
    forEachFrame: async (path, visit) => (await openCapture(resolve(PROGRAMS, path))).forEach(visit),
  });
}

/** What every failing case says, one line a failure. */
export function complaints({ cases }: SpecResult): string[] {
  return cases.flatMap(({ name, failures }) =>
    failures.map(({ what, expected, actual }) => `${name}: ${what}: expected ${expected}, got ${actual}`),
  );
}
