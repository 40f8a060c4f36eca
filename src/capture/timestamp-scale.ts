// Timestamps of a pcapng interface, in its own units, to seconds and nanoseconds. Hot path: BigInt only for unusual units.
import type { CapturedFrame } from './captured-frame.js';

const NANOS_PER_SECOND = 1_000_000_000n;
const TWO_TO_32 = 4_294_967_296;

/** Converts timestamps given as two 32-bit halves. */
export class TimestampScale {
  readonly unitsPerSecond: bigint;
  private readonly offsetSeconds: number;
  /** Units per second where they are 10^6 to 10^9, as nearly always; 0 otherwise. */
  private readonly units: number;
  private readonly nanosPerUnit: number;

  constructor(unitsPerSecond: bigint, offsetSeconds: bigint) {
    const isUsual = unitsPerSecond >= 1_000_000n && NANOS_PER_SECOND % unitsPerSecond === 0n;
    this.unitsPerSecond = unitsPerSecond;
    this.offsetSeconds = Number(offsetSeconds);
    this.units = isUsual ? Number(unitsPerSecond) : 0;
    this.nanosPerUnit = isUsual ? 1_000_000_000 / this.units : 0;
  }

  /** Sets the time of a frame. `high` and `low` are unsigned 32-bit numbers. */
  apply(frame: CapturedFrame, high: number, low: number): void {
    const { units } = this;
    if (units === 0) {
      this.applyExactly(frame, high, low);
      return;
    }
    // The quotient in floating point is off by one at most, so the remainder lies between -units and 2 * units. That fits in 32 bits
    // with its sign, and arithmetic modulo 2^32 gives it exactly.
    let seconds = Math.floor((high * TWO_TO_32 + low) / units);
    let rest = (low - Math.imul(seconds, units)) | 0;
    if (rest < 0) {
      seconds--;
      rest += units;
    } else if (rest >= units) {
      seconds++;
      rest -= units;
    }
    frame.timestampSeconds = seconds + this.offsetSeconds;
    frame.timestampSubsecondNanos = rest * this.nanosPerUnit;
  }

  private applyExactly(frame: CapturedFrame, high: number, low: number): void {
    const value = (BigInt(high) << 32n) | BigInt(low);
    frame.timestampSeconds = Number(value / this.unitsPerSecond) + this.offsetSeconds;
    frame.timestampSubsecondNanos = Number(((value % this.unitsPerSecond) * NANOS_PER_SECOND) / this.unitsPerSecond);
  }
}
