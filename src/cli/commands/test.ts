// `xdpsim test`: cases of YAML specs, and whether they hold.
import { writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { openCapture } from '../../capture/open.js';
import type { Engine } from '../../engine/engine.js';
import { InputError } from '../../support/errors.js';
import type { SpecResult } from '../../testing/spec/failure.js';
import { specJson, specJunit, specTap, specText, tally } from '../../testing/spec/output.js';
import { readSpec } from '../../testing/spec/read.js';
import { runSpec, type SpecSurroundings } from '../../testing/spec/run.js';
import { specSchema } from '../../testing/spec/schema.js';
import { updateSpec } from '../../testing/spec/update.js';
import { loadEngine } from '../engine-choice.js';
import { EXIT, type ExitCode } from '../exit.js';
import { readBytes } from '../files.js';
import { openSink, type Terminal } from '../terminal.js';
import type { TestOptions } from './test-options.js';

/** Runs the command; the exit code is 1 where a case does not hold. */
export async function test(options: TestOptions, terminal: Terminal): Promise<ExitCode> {
  if (options.schema) {
    print(`${JSON.stringify(specSchema(), null, 2)}\n`, options, terminal);
    return EXIT.ok;
  }
  if (options.spec.length === 0) throw new InputError('option', 'no spec given (see xdpsim test --help)');
  const results: SpecResult[] = [];
  for (const path of options.spec) results.push(await runFile(path, options, terminal));
  print(formatted(results, options), options, terminal);
  return tally(results).failed === 0 ? EXIT.ok : EXIT.negative;
}

/** Runs one spec; with `--update` its file is rewritten where that helps, and the results are those of the new text. */
async function runFile(path: string, options: TestOptions, terminal: Terminal): Promise<SpecResult> {
  const text = new TextDecoder().decode(readBytes(path));
  const surroundings = surroundingsOf(path, await loadEngine(options.engine));
  const result = await runSpec(readSpec(text, path), surroundings);
  if (!options.update) return result;
  const { text: newText, updated, left } = updateSpec(text, result);
  if (updated === 0) return result;
  const newResult = await runSpec(readSpec(newText, path), surroundings);
  writeText(path, newText);
  const rest = left === 0 ? '' : `, ${left} failures are left`;
  if (!options.quiet) terminal.err(`${path}: ${updated} expectations written${rest}\n`);
  return newResult;
}

function surroundingsOf(specPath: string, engine: Engine): SpecSurroundings {
  const resolved = (path: string) => (isAbsolute(path) ? path : join(dirname(specPath), path));
  const objects = new Map<string, Uint8Array>();
  return {
    engine,
    objectBytes(path) {
      const bytes = objects.get(path) ?? readBytes(resolved(path));
      objects.set(path, bytes);
      return bytes;
    },
    async forEachFrame(path, visit) {
      await (await openCapture(resolved(path))).forEach(visit);
    },
  };
}

function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new InputError('output', `${path}: cannot write: ${(error as NodeJS.ErrnoException).code ?? 'error'}`);
  }
}

function formatted(results: readonly SpecResult[], options: TestOptions): string {
  if (options.json || options.format === 'json') return `${JSON.stringify(specJson(results))}\n`;
  if (options.format === 'tap') return specTap(results);
  return options.format === 'junit' ? specJunit(results) : specText(results, options.verbose);
}

function print(text: string, options: TestOptions, terminal: Terminal): void {
  const sink = openSink(options.output, terminal);
  sink.write(text);
  sink.close();
}
