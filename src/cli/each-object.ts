// Commands that take several objects: one that cannot be loaded does not keep the others from their turn.
import { InputError } from '../support/errors.js';
import { EXIT, type ExitCode, ExitError, exitCodeOf } from './exit.js';
import type { Terminal } from './terminal.js';

/** An object that could not be read or loaded. */
export interface FailedObject {
  /** Its path as the user gave it. */
  readonly object: string;
  /** One line. */
  readonly error: string;
}

/** What became of all objects. */
export interface ObjectOutcomes<T> {
  /** Of those that could be loaded, in the order given. */
  readonly done: readonly T[];
  readonly failed: readonly FailedObject[];
  /** The worst exit code of the failed ones; 0 without any. */
  readonly worst: ExitCode;
}

/** Runs `body` for every path. What it throws as InputError or ExitError goes to stderr in one line; anything else is a bug and passes through. */
export function eachObject<T>(
  paths: readonly string[],
  terminal: Terminal,
  body: (path: string, index: number) => T,
): ObjectOutcomes<T> {
  const done: T[] = [];
  const failed: FailedObject[] = [];
  let worst: ExitCode = EXIT.ok;
  for (const [index, path] of paths.entries()) {
    try {
      done.push(body(path, index));
    } catch (error) {
      if (!(error instanceof InputError || error instanceof ExitError)) throw error;
      terminal.err(`xdpsim: ${error.message}\n`);
      failed.push({ object: path, error: error.message });
      worst = Math.max(worst, exitCodeOf(error)) as ExitCode;
    }
  }
  return { done, failed, worst };
}

/** One JSON line for each object that could not be loaded, so that no object is without a line. */
export function failureLines(failed: readonly FailedObject[], space = 0): string {
  return failed.map(failure => `${JSON.stringify(failure, null, space)}\n`).join('');
}
