// Where a frame can be lost on its way through a card and its host.

/** Places, in the order of the way. */
export const LOSSES = ['macFull', 'ringFull', 'transmitFull', 'redirectFull'] as const;
/** One of them. */
export type Loss = (typeof LOSSES)[number];

/** Where they stand in LOSSES; NOT_LOST for frames that a program saw. */
export const MAC_FULL = LOSSES.indexOf('macFull');
export const RING_FULL = LOSSES.indexOf('ringFull');
export const TRANSMIT_FULL = LOSSES.indexOf('transmitFull');
export const REDIRECT_FULL = LOSSES.indexOf('redirectFull');
export const NOT_LOST = -1;

/** Frames and bytes by queue and loss, the losses of a queue together in the order of LOSSES. */
export class LossCounts {
  readonly frames: Float64Array;
  readonly bytes: Float64Array;

  constructor(queues: number) {
    this.frames = new Float64Array(LOSSES.length * queues);
    this.bytes = new Float64Array(LOSSES.length * queues);
  }

  /** @param loss a place in LOSSES */
  lose(loss: number, queue: number, lengthBytes: number): void {
    const at = queue * LOSSES.length + loss;
    this.frames[at]!++;
    this.bytes[at]! += lengthBytes;
  }

  /** Of all queues. */
  ofAll(loss: Loss): { readonly packets: number; readonly bytes: number } {
    let [packets, bytes] = [0, 0];
    for (let at = LOSSES.indexOf(loss); at < this.frames.length; at += LOSSES.length) {
      packets += this.frames[at]!;
      bytes += this.bytes[at]!;
    }
    return { packets, bytes };
  }
}
