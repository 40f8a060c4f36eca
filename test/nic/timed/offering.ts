// A pipeline with frames of which nothing but time, length and queue counts.
import type { HostSetup } from '../../../src/nic/cost/host.js';
import type { Mode, NicModel } from '../../../src/nic/model.js';
import { FrameStore } from '../../../src/nic/timed/frame-store.js';
import { LOSSES } from '../../../src/nic/timed/losses.js';
import { TimedPipeline } from '../../../src/nic/timed/pipeline.js';
import type { RunTime } from '../../../src/nic/timed/program-runner.js';

/** A frame that is offered, and what it takes. */
export interface OfferedFrame {
  readonly arrivalNanos: number;
  readonly lengthBytes: number;
  readonly queue: number;
  readonly time: RunTime;
}

/** Offers the frames to a card, so many together, and brings everything to its end. */
export function offered(
  model: NicModel,
  mode: Mode,
  setup: HostSetup,
  frames: readonly OfferedFrame[],
  together = 1,
): TimedPipeline {
  const store = new FrameStore();
  let first = 0;
  const pipeline = new TimedPipeline(model, mode, setup, store, {
    run: ({ count, frame, time, lengthBytes }) => {
      for (let place = 0; place < count; place++) {
        const run = frames[first + frame[place]!]!;
        time[place] = run.time;
        lengthBytes[place] = run.lengthBytes;
      }
    },
  });
  for (; first < frames.length; first += together) {
    store.clear();
    for (const { arrivalNanos, lengthBytes, queue } of frames.slice(first, first + together)) {
      const at = store.addInPlace(0, lengthBytes);
      store.wireBytes[at] = lengthBytes;
      store.arrivalNanos[at] = arrivalNanos;
      store.queue[at] = queue;
    }
    if (together === 1) pipeline.offer(0);
    else pipeline.offerAll(0, store.count);
  }
  pipeline.finish();
  return pipeline;
}

/** Frames by loss, of all queues. */
export function lost({ losses }: TimedPipeline): number[] {
  return LOSSES.map(loss => losses.ofAll(loss).packets);
}
