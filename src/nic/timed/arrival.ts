// When frames come in: as they were recorded, or at a rate, in nanoseconds of simulated time from the first one on.
import { InputError } from '../../support/errors.js';
import { lineRatePps, MIN_WIRE_FRAME_BYTES } from '../cost/law.js';
import type { NicModel } from '../model.js';
import type { FrameStore } from './frame-store.js';

/**
 * `capture`: as recorded, `speed` times as fast; the others take no notice of timestamps. `bits` counts what passes the wire: preamble, gap
 * and check sequence as well, so that the speed of the link is its line rate.
 */
export type Arrival =
  | { readonly kind: 'capture'; readonly speed: number }
  | { readonly kind: 'packets'; readonly packetsPerSecond: number }
  | { readonly kind: 'bits'; readonly bitsPerSecond: number }
  | { readonly kind: 'line' };

const MAX_NANOS = 140 * 365 * 86_400e9;

/** Times of arrival; they never go back. */
export class ArrivalClock {
  private readonly speed: number;
  /** Gap in front of the next frame: of all the same, or by bytes on the wire; both 0 where recorded times count. */
  private readonly gapNanos: number;
  private readonly nanosPerWireByte: number;
  private readonly gapBytes: number;
  private readonly checkBytes: number;
  private next = 0;
  private previous = 0;
  /** Of the frames since the last `beginLoop`: the first one's arrival and recorded time, and how many. */
  private offset = 0;
  private start = 0;
  private frames = 0;

  /** @throws InputError `option` for a rate that is none, and for line rate where the model has no wire */
  constructor(arrival: Arrival, model: NicModel) {
    const number = numberOf(arrival);
    if (!(Number.isFinite(number) && number > 0)) {
      throw new InputError('option', `rate: ${number} is not a positive number`);
    }
    if (arrival.kind === 'line' && lineRatePps(model, 64) === undefined) {
      throw new InputError('option', `rate: ${model.name} has no line rate`);
    }
    this.gapBytes = model.link.preambleAndGapBytes ?? 0;
    this.checkBytes = model.link.frameCheckBytes ?? 0;
    this.speed = arrival.kind === 'capture' ? arrival.speed : 0;
    this.gapNanos = arrival.kind === 'packets' ? 1e9 / arrival.packetsPerSecond : 0;
    this.nanosPerWireByte =
      arrival.kind === 'bits' ? 8e9 / arrival.bitsPerSecond : arrival.kind === 'line' ? 8 / model.link.speedGbps! : 0;
  }

  /** What was recorded starts again: as long behind the last frame as frames are apart on average. */
  beginLoop(): void {
    const meanGapNanos = this.frames > 1 ? (this.previous - this.offset) / (this.frames - 1) : 0;
    this.offset = this.previous + meanGapNanos;
    this.frames = 0;
  }

  /**
   * Fills in when the frames from `first` to before `end` come.
   * @throws InputError `option` beyond a time that can be told to the nanosecond and a bit
   */
  stamp(frames: FrameStore, first: number, end: number): void {
    if (this.speed > 0) this.asRecorded(frames, first, end);
    else this.atRate(frames, first, end);
    if (this.previous > MAX_NANOS) throw new InputError('option', 'rate: frames would come more than 140 years apart');
  }

  private asRecorded({ recordedNanos, arrivalNanos }: FrameStore, first: number, end: number): void {
    const { speed, offset } = this;
    let { previous } = this;
    if (this.frames === 0) this.start = recordedNanos[first]!;
    const { start } = this;
    for (let index = first; index < end; index++) {
      const at = offset + (recordedNanos[index]! - start) / speed;
      if (at > previous) previous = at;
      arrivalNanos[index] = previous;
    }
    this.frames += end - first;
    this.previous = previous;
  }

  private atRate({ wireBytes, arrivalNanos }: FrameStore, first: number, end: number): void {
    const { gapNanos, nanosPerWireByte, checkBytes, gapBytes } = this;
    let { next } = this;
    for (let index = first; index < end; index++) {
      arrivalNanos[index] = next;
      const onWire = Math.max(MIN_WIRE_FRAME_BYTES, wireBytes[index]! + checkBytes) + gapBytes;
      next += gapNanos + nanosPerWireByte * onWire;
    }
    this.next = next;
    this.previous = arrivalNanos[end - 1]!;
  }
}

function numberOf(arrival: Arrival): number {
  switch (arrival.kind) {
    case 'capture':
      return arrival.speed;
    case 'packets':
      return arrival.packetsPerSecond;
    case 'bits':
      return arrival.bitsPerSecond;
    default:
      return 1;
  }
}
