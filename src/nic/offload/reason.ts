// Why a card would not take a program, as values.
import type { ErrnoName } from '../../platform/errno.js';
import type { RuleLog } from '../model-fields.js';
import type { RuleName } from './rules.js';

/** When the kernel comes to a rule: maps are created first, then the program is loaded, verified, translated and attached. */
export const PHASES = ['map', 'load', 'verify', 'finalize', 'translate', 'attach', 'run'] as const;

/** One of them. */
export type Phase = (typeof PHASES)[number];

/** A place in the C source. */
export interface SourcePlace {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** The text of the line. */
  readonly text: string;
}

/** The limit that the interface takes a part of, and not the program. */
export const MTU_LIMIT = 'bytes of MTU';

/** How much of a limit a program takes. */
export interface LimitUse {
  /** What is limited, such as `NFP instructions`. */
  readonly name: string;
  readonly used: number;
  readonly allowed: number;
  /** The amount is computed without the driver's own translator. */
  readonly isEstimate: boolean;
  /** The figure that allows it has no primary source. */
  readonly unverified: boolean;
}

/** One rule that a program breaks, or may break. */
export interface Reason {
  readonly rule: RuleName;
  readonly phase: Phase;
  /** In the kernel's or the driver's words; in ours where they say nothing (`log` is `silent` then). */
  readonly message: string;
  readonly log: RuleLog;
  /** The error of the system call that fails; undefined where none does. */
  readonly errno: ErrnoName | undefined;
  /** Slot of the instruction. */
  readonly instruction: number | undefined;
  readonly source: SourcePlace | undefined;
  readonly map: string | undefined;
  /** What to do about it. */
  readonly hint: string;
  readonly limit: LimitUse | undefined;
  /** A figure of the model that decides this has no primary source. */
  readonly unverified: boolean;
  /** Where the deciding figures come from. */
  readonly basis: readonly string[];
}

/** What the check says of one program. */
export interface OffloadResult {
  readonly program: string;
  readonly section: string;
  readonly nic: string;
  readonly mode: string;
  /** No rule is known to be broken. */
  readonly accepted: boolean;
  /** Rules that are broken, in the order in which the kernel comes to them. */
  readonly reasons: readonly Reason[];
  /** Rules of which this check cannot tell. */
  readonly undecided: readonly Reason[];
  /** It would be taken, but behaves differently there. */
  readonly warnings: readonly Reason[];
  /** Figures of the model without a primary source that allow something here: an answer of yes rests on them. */
  readonly restsOn: readonly string[];
  /** All limits that apply, exceeded or not. */
  readonly limits: readonly LimitUse[];
}
