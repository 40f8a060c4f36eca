// A small seeded generator of random numbers (xorshift, 32 bits), so that captures come out the same everywhere.

/** Random numbers that depend on the seed alone. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = (seed ^ 0x9e3779b9) >>> 0 || 1;
    for (let round = 0; round < 8; round++) this.next();
  }

  /** Goes on where another generator stood, as `position` told. */
  static at(position: number): Random {
    const random = new Random(0);
    random.state = position >>> 0 || 1;
    return random;
  }

  /** Where the generator stands. */
  get position(): number {
    return this.state;
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state;
  }

  /** 0 to `bound - 1`. */
  below(bound: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * bound);
  }

  /** `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  bytes(lengthBytes: number): Uint8Array {
    return Uint8Array.from({ length: lengthBytes }, () => this.below(256));
  }
}
