// The two kinds of thing that go wrong: input that is not what it should be (InputError, the user's to mend) and a bug of
// ours (AssertionError from assert). Rejected programs are values (`Finding[]`), trapped ones too (`Fault`).

/**
 * Input from outside (a file, an option, a capture) that cannot be used. `message` is one line, lower case, `where: what is wrong,
 * with the values`; `code` is a stable name for programs, such as `elf-truncated`.
 */
export class InputError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'InputError';
    this.code = code;
  }
}

/**
 * Runs `body`; an InputError that leaves it gets `step` and a colon in front of its message, so that the message says where.
 * Any other error passes unchanged.
 */
export function during<T>(step: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof InputError) throw new InputError(error.code, `${step}: ${error.message}`);
    throw error;
  }
}

/** A claim that only a bug of ours can break; `claim` completes "expected ...". */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new InternalError(`expected ${claim}`);
}

/** Marks the place that exhaustive switches never reach: a new kind makes the call a compile error. */
export function unreachable(value: never): never {
  throw new InternalError(`expected no such case: ${JSON.stringify(value)}`);
}

/** A bug of ours, whatever the input was. The command line exits with 70 on it. */
export class InternalError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InternalError';
  }
}

/** The one-line text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
