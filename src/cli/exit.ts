// Exit codes, and which error means which.
import { InputError } from '../support/errors.js';

/** What the process exits with. */
export const EXIT = {
  ok: 0,
  /** An expectation failed, a difference was found, a program trapped, or not offloadable. */
  negative: 1,
  /** Usage error or unreadable input. */
  usage: 2,
  /** The object could not be loaded, or the verifier rejected it. */
  rejected: 3,
  /** A bug of ours. */
  internal: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error that ends the command with a code of its own. The message is printed as one line. */
export class ExitError extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.name = 'ExitError';
    this.exitCode = exitCode;
  }
}

/** Runs `body`; bad input in it ends the command with `exitCode`. */
export function exitingWith<T>(exitCode: ExitCode, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof InputError) throw new ExitError(exitCode, error.message);
    throw error;
  }
}

/** The exit code for whatever a command threw. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ExitError) return error.exitCode;
  return error instanceof InputError ? EXIT.usage : EXIT.internal;
}
