// Random numbers that are the same on every run: xorshift32 (Marsaglia, "Xorshift RNGs", 2003).

/** A seeded generator; every seed gives a sequence of period 2^32 - 1. */
export class Random {
  private state: number;

  constructor(seed: number) {
    // 0 is the one state that xorshift never leaves; spreading the seed keeps small seeds from starting with small numbers.
    this.state = Math.imul((seed >>> 0) + 1, 0x9e3779b1) | 0 || 1;
  }

  /** The next number, 0 to 2^32 - 1. */
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }
}
