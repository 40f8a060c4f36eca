// A capture through a card in simulated time: what is lost where, how late frames leave, what is the bottleneck, and the driver's counters.
import { InputError } from '../../support/errors.js';
import type { Mode, NicModel } from '../model.js';
import type { FrameIntake } from './intake.js';
import { TimedRun } from './timed-run.js';
import type { TimedOutcome, TimedSimulation } from './timed-simulation.js';

export type { Arrival } from './arrival.js';
export type { TimedReport } from './timed-report.js';
export type { TimedOutcome, TimedSimulation } from './timed-simulation.js';

/**
 * Runs the captures.
 * @throws InputError `option` where the session notes no ways or the arrival cannot be; whatever reading throws
 */
export async function simulateTimed(simulation: TimedSimulation): Promise<TimedOutcome> {
  const run = new TimedRun(simulation);
  const { intake } = run;
  const loops = simulation.loops ?? 1;
  run.beginLoop();
  intake.isKeeping = loops > 1;
  await readSources(simulation.sources, intake);
  let paused = performance.now();
  for (let loop = 1; loop < loops && !intake.isStopped; loop++) {
    run.beginLoop();
    if (intake.isKeeping) run.takeAll();
    else await readSources(simulation.sources, intake);
    if (performance.now() < paused + MILLIS_WITHOUT_PAUSE) continue;
    await pause();
    paused = performance.now();
  }
  return run.finish();
}

/** How long captures are sent again without a pause. It changes nothing of what is simulated. */
const MILLIS_WITHOUT_PAUSE = 50;

/** Lets others run: who waits for a key or a signal to stop the run hears of it only then. */
function pause(): Promise<void> {
  return new Promise(resolve => {
    if (globalThis.setImmediate === undefined) setTimeout(resolve, 0);
    else setImmediate(resolve);
  });
}

async function readSources(sources: TimedSimulation['sources'], intake: FrameIntake): Promise<void> {
  for (const source of sources) {
    if (intake.isStopped) break;
    if ('pass' in source) await source.pass(intake);
    else {
      await source.forEach(frame => {
        intake.takeFrame(frame);
        return !intake.isStopped;
      });
    }
  }
}

/** Whether the model can be timed in a mode at all. @throws InputError `nic-mode` where its programs are kept but never run */
export function requireRunning({ name, verdicts }: NicModel, mode: Mode): void {
  if (mode !== 'hw' || verdicts.pass !== 'never run') return;
  throw new InputError('nic-mode', `${name} keeps offloaded programs and never runs them; try --mode native`);
}
