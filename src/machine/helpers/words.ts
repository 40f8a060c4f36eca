// Registers as helpers see them: pairs of 32-bit words, so that no engine needs BigInt to call one.
import type { Machine } from '../machine.js';

/**
 * A helper's implementation. `words` holds r0 to r10, low word at 2 * r and high word at 2 * r + 1: arguments in r1 to r5, the result goes
 * to r0. Where programs run unchecked, memory arguments are right already; else `checkArguments` has seen to it.
 */
export type Helper = (machine: Machine, words: Uint32Array) => void;

/** A helper or kernel function as this machine has it. */
export interface Implementation {
  readonly run: Helper;
  /** `constant`: what it asks about has no counterpart in a simulation, so that the answer is always the same. */
  readonly simulation: 'real' | 'constant';
  /** What it does here where that is not all of what Linux does; '' where it is. For people. */
  readonly note: string;
}

/** An implementation with the effects and answers that Linux gives, as far as `note` does not limit them. */
export function real(run: Helper, note = ''): Implementation {
  return { run, simulation: 'real', note };
}

/** A stand-in whose answer is documented in `note`. */
export function constant(note: string, run: Helper): Implementation {
  return { run, simulation: 'constant', note };
}

const TWO_32 = 2 ** 32;

/** The low 32 bits of argument `number` (1 to 5): addresses, sizes, u32 values. */
export function low(words: Uint32Array, number: number): number {
  return words[2 * number]!;
}

/** The low 32 bits of an argument as a signed number. */
export function signed(words: Uint32Array, number: number): number {
  return words[2 * number]! | 0;
}

/** All 64 bits of an argument, unsigned; exact up to 2^53, which is enough to compare with flags and sizes. */
export function wide(words: Uint32Array, number: number): number {
  return words[2 * number + 1]! * TWO_32 + words[2 * number]!;
}

/** All 64 bits of an argument, exactly. */
export function exact(words: Uint32Array, number: number): bigint {
  return (BigInt(words[2 * number + 1]!) << 32n) | BigInt(words[2 * number]!);
}

/** Gives a whole number between -2^53 and 2^53: a count, an address, a negative errno. */
export function give(words: Uint32Array, value: number): void {
  words[0] = value;
  words[1] = value < 0 ? Math.floor(value / TWO_32) : value / TWO_32;
}

/** Gives a 64-bit number. */
export function giveExact(words: Uint32Array, value: bigint): void {
  words[0] = Number(value & 0xffff_ffffn);
  words[1] = Number((value >> 32n) & 0xffff_ffffn);
}
