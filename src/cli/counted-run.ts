// Runs of which only counters are wanted: captures go from the file to compiled code without an object per packet.
import type { CaptureWarning } from '../capture/frame.js';
import { passCapture } from '../capture/open.js';
import type { CountedPackets } from '../engine/engine.js';
import { type CountingOutcome, countPackets, type RecordSource } from '../nic/count.js';
import { assert } from '../support/errors.js';
import { type Outcome, type PreparedRun, watched } from './prepared-run.js';

/** What counting gave. */
export interface CountedOutcome extends Outcome {
  /** The first trap, undefined where nothing trapped. */
  readonly firstFault: CountedPackets['firstFault'];
}

/** As `runPackets`, many times faster; only for sessions that can count. */
export async function countRun(run: PreparedRun): Promise<CountedOutcome> {
  const { options, program, model, session } = run;
  const { warnings, result } = await watched(run, async ({ progress, onWarning, isInterrupted }) => {
    const outcome: CountingOutcome | undefined = await countPackets({
      session,
      program: program.name,
      model,
      sources: options.read.map(path => recordSource(path, options.strict, onWarning)),
      maximumPackets: options.count,
      onProgress: (packets, bytes) => {
        progress.reached(bytes);
        progress.update(packets);
        return isInterrupted();
      },
    });
    assert(outcome !== undefined, 'a session that counts');
    return outcome;
  });
  return { ...result, warnings };
}

/** A capture that is read when its turn comes. */
function recordSource(path: string, strict: boolean, onWarning: (warning: CaptureWarning) => void): RecordSource {
  return { pass: sink => passCapture(path, { strict, onWarning }, sink) };
}
