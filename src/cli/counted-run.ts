// Runs of which only counters are wanted: captures go from the file to compiled code without an object per packet.
import { statSync } from 'node:fs';
import type { CaptureWarning } from '../capture/frame.js';
import { passCapture } from '../capture/open.js';
import type { CountedPackets } from '../engine/engine.js';
import type { SlotCounts } from '../engine/observe.js';
import { type CountingOutcome, countPackets, type RecordSource } from '../nic/count.js';
import { assert } from '../support/errors.js';
import { type Outcome, type PreparedRun, watched } from './prepared-run.js';

/** What counting gave. */
export interface CountedOutcome extends Outcome {
  /** The first trap, undefined where nothing trapped. */
  readonly firstFault: CountedPackets['firstFault'];
  /** Executions, where they are not those of the session. */
  readonly counts?: readonly SlotCounts[] | undefined;
}

/** Where the threads that may help find the program, and how many were asked for. */
export interface Help {
  readonly objectPath: string;
  /** undefined: as many as there are processors, where the captures are large. */
  readonly workers: number | undefined;
}

/** Captures below this are counted before threads would be at work. */
const WORTHWHILE_BYTES = 4 * 2 ** 30;

/** As `runPackets`, many times faster; only for sessions that can count. */
export async function countRun(run: PreparedRun, help: Help): Promise<CountedOutcome> {
  return (await countWithHelp(run, help)) ?? (await countAlone(run));
}

async function countWithHelp(run: PreparedRun, help: Help): Promise<CountedOutcome | undefined> {
  const isWanted = help.workers === undefined ? sumOfSizes(run.options.read) >= WORTHWHILE_BYTES : help.workers > 1;
  if (!isWanted) return undefined;
  const { countInParallel } = await import('./parallel/parallel-run.js');
  return await countInParallel(run, help);
}

function sumOfSizes(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
}

async function countAlone(run: PreparedRun): Promise<CountedOutcome> {
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
