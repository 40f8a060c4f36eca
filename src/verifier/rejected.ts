// Why a program is refused, as it travels from the rule that failed to the list of findings.
import type { ErrnoName } from '../platform/errno.js';

/** Thrown by rules, caught by `verify`, which makes a Finding of it. Never leaves the verifier. */
export class Rejected extends Error {
  readonly errno: ErrnoName;
  /** The kernel's lines, first line first. */
  readonly lines: readonly string[];
  /** Register that failed, where one did. */
  readonly register: number | undefined;
  /** Instruction, where it is not the one being visited. */
  readonly slot: number | undefined;

  constructor(errno: ErrnoName, lines: readonly string[], place: { register?: number; slot?: number } = {}) {
    super(lines[0] ?? errno);
    this.name = 'Rejected';
    this.errno = errno;
    this.lines = lines;
    this.register = place.register;
    this.slot = place.slot;
  }
}

/** Refuses with one line. */
export function reject(errno: ErrnoName, line: string, register?: number): never {
  throw new Rejected(errno, [line], register === undefined ? {} : { register });
}
