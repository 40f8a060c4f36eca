// What the verifier says of a program: plain values.
import type { ObjectSpec, ProgramSpec, SourceLine } from '../object/spec.js';
import type { ErrnoName } from '../platform/errno.js';

/** A branch or call on the way to where a program fails. */
export interface PathStep {
  readonly slot: number;
  /** `taken`, `not taken` of a branch; `called`, `returned` of functions. */
  readonly decision: 'taken' | 'not taken' | 'called' | 'returned';
  readonly source: SourceLine | undefined;
}

/** Why Linux would not load the program. */
export interface Finding {
  /** The kernel's words; several lines where it says several. */
  readonly message: string;
  /** Instruction that fails; undefined where the program as a whole does. */
  readonly slot: number | undefined;
  /** The instruction as the kernel prints it. */
  readonly instruction: string | undefined;
  readonly source: SourceLine | undefined;
  /** What was known of the register that failed, in words. */
  readonly register: string | undefined;
  /** The decisions that led there, first to last. */
  readonly path: readonly PathStep[];
  /** What to do about it; undefined where nothing general can be said. */
  readonly suggestion: string | undefined;
}

/** Numbers of a verification, those of the kernel's last line. */
export interface VerificationStatistics {
  readonly processedInstructions: number;
  readonly maxStatesPerInstruction: number;
  readonly totalStates: number;
  readonly peakStates: number;
  /** Bytes of stack that the main function uses. */
  readonly stackBytes: number;
}

declare const verified: unique symbol;

/** A program that `verify` accepted: only it makes one, so that engines can demand it. */
export interface VerifiedProgram {
  readonly [verified]: true;
  readonly object: ObjectSpec;
  readonly program: ProgramSpec;
  /** 1 for slots that some path reaches; the rest is dead, as the kernel removes it. */
  readonly reached: Uint8Array;
}

/** What `verify` answers. */
export type Verification =
  | {
      readonly accepted: true;
      readonly program: VerifiedProgram;
      readonly statistics: VerificationStatistics;
      readonly log: string | undefined;
    }
  | {
      readonly accepted: false;
      readonly errno: ErrnoName;
      /** The kernel's first failing line. */
      readonly message: string;
      readonly findings: readonly Finding[];
      readonly statistics: VerificationStatistics;
      readonly log: string | undefined;
    };

/** Marks a program as verified. */
export function brand(object: ObjectSpec, program: ProgramSpec, reached: Uint8Array): VerifiedProgram {
  return { object, program, reached } as VerifiedProgram;
}
