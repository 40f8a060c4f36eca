// What a case that does not hold says.
import type { Place } from './node.js';

/** An expectation that does not hold. */
export interface Failure {
  /** Where the expectation is written. */
  readonly place: Place;
  /** What it is about: `verdict`, `maps.hits[0].value`. */
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
  /** More lines, such as the differences of two packets. */
  readonly detail: readonly string[];
  /** What `--update` writes in its stead; undefined where that cannot be told. */
  readonly update: Update | undefined;
}

/** A value to be written where another one stands, or into the mapping at `into` under a new key. */
export type Update =
  | { readonly place: Place; readonly value: unknown }
  | { readonly into: Place; readonly key: string; readonly value: unknown };

/** A case that was run. */
export interface CaseResult {
  readonly name: string;
  readonly place: Place;
  /** Packets that were run. */
  readonly packets: number;
  readonly failures: readonly Failure[];
}

/** A spec that was run. */
export interface SpecResult {
  readonly fileName: string;
  readonly cases: readonly CaseResult[];
}
