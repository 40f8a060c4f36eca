// Damaged copies of files, and the one thing that a parser may do with them: give a value or throw an InputError.
import { expect } from 'vitest';
import { InputError } from '../../src/support/errors.js';

/** Runs `parse`; anything thrown that is not an InputError with a one-line message fails the test. */
export function expectValueOrInputError(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.message).not.toContain('\n');
  }
}

/** Every prefix of `bytes`, shortest first, without `bytes` itself. */
export function* truncations(bytes: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < bytes.byteLength; length++) yield bytes.subarray(0, length);
}

/** `count` copies of `bytes` with 1 to 4 bytes changed each, the same ones for the same seed. */
export function* corruptions(bytes: Uint8Array, count: number, seed: number): Generator<Uint8Array> {
  const random = randomNumbers(seed);
  for (let copy = 0; copy < count; copy++) {
    const damaged = bytes.slice();
    for (let changes = 1 + (random() % 4); changes > 0; changes--) {
      const interesting = [0, 1, 0x7f, 0x80, 0xff, random() & 0xff];
      damaged[random() % damaged.byteLength] = interesting[random() % interesting.length]!;
    }
    yield damaged;
  }
}

/** xorshift32. */
function randomNumbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
