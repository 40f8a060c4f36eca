// Counting in several threads: each takes a part of every capture, and what they counted is put together in the order of the parts.
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type FilePart, guessParts } from '../../capture/open.js';
import { joinedAccounting } from '../../nic/count.js';
import type { CountedOutcome, Help } from '../counted-run.js';
import { packageFile } from '../package-files.js';
import { type PreparedRun, watched } from '../prepared-run.js';
import { type Independence, independenceOf, type Sums } from './independence.js';
import { Control, type PartAnswer, type PartRequest } from './part.js';
import { joinSums } from './sums.js';

const MILLIS_BETWEEN_LOOKS = 100;
const THREAD = 'dist/cli/worker.js';

/** How a run is divided. */
interface Plan {
  readonly threads: number;
  /** By capture. */
  readonly parts: readonly (readonly FilePart[])[];
  readonly sums: Sums;
}

/**
 * Counts in threads where that provably gives the same as counting in one.
 * @returns undefined where it was not done; where threads were asked for, a note says why
 */
export async function countInParallel(
  run: PreparedRun,
  { objectPath, workers }: Help,
): Promise<CountedOutcome | undefined> {
  const plan = await planOf(run, objectPath, workers);
  if (typeof plan === 'string') {
    if (workers !== undefined) run.notes.add(`one worker: ${plan}`);
    return undefined;
  }
  const outcome = await runPlan(run, objectPath, plan);
  if (typeof outcome !== 'string') return outcome;
  if (workers !== undefined) run.notes.add(`one worker: ${outcome}`);
  return undefined;
}

/** The plan, or why there is none. */
async function planOf(run: PreparedRun, objectPath: string, workers: number | undefined): Promise<Plan | string> {
  const { options, file, program } = run;
  const threads = workers ?? availableParallelism();
  if (threads < 2) return 'there is one processor';
  if (!existsSync(packageFile(THREAD))) return 'this is no built package';
  if (options.count !== undefined) return '-c ends the run in the middle of the captures';
  const inputs = [objectPath, ...options.map.map(text => text.replace(/^[^=]*=/, ''))];
  if (inputs.includes('-')) return 'standard input can be read only once';
  const parts = [];
  for (const path of options.read) parts.push(await guessParts(path, threads));
  const at = parts.indexOf(undefined);
  if (at >= 0) return `${options.read[at]} is no plain pcap file, which alone can be divided`;
  const known = parts as readonly (readonly FilePart[])[];
  const independence: Independence = independenceOf(file.object, program);
  return independence.isIndependent ? { threads, parts: known, sums: independence.sums } : independence.obstacle;
}

/** What the threads counted, or why that is not what one would have counted. */
async function runPlan(run: PreparedRun, objectPath: string, plan: Plan): Promise<CountedOutcome | string> {
  const { result, warnings } = await watched(run, async ({ progress, isInterrupted }) => {
    const control = new Control(plan.threads);
    const looks = setInterval(() => {
      const { packets, bytes } = control.sum();
      progress.reached(bytes);
      progress.update(packets);
      if (isInterrupted()) control.stop();
    }, MILLIS_BETWEEN_LOOKS);
    const requests = requestsOf(run, objectPath, plan, control);
    const answers = await Promise.all(requests.map(ask)).finally(() => clearInterval(looks));
    const known = upToTheFirstPartial(answers);
    const unusual = known.find(answer => answer.kind === 'unusual');
    const parts = unusual === undefined ? known.filter(answer => answer.kind === 'counted') : [];
    return { accounting: joinedAccounting(parts.map(part => part.accounting)), parts, unusual };
  });
  const { accounting, parts, unusual } = result;
  if (unusual !== undefined) return unusual.message;
  const maps = parts.map(part => part.maps);
  joinSums(run.session, plan.sums, maps);
  const counts = run.session.counts?.map((count, at) => ({
    ...count,
    executed: Float64Array.of(parts.reduce((sum, part) => sum + part.runs[at]!, 0)),
  }));
  return { accounting, warnings, firstFault: undefined, counts };
}

function requestsOf({ options }: PreparedRun, objectPath: string, plan: Plan, control: Control): PartRequest[] {
  const maps = [...plan.sums.keys()];
  return Array.from({ length: plan.threads }, (_, index) => {
    const captures = options.read.flatMap((path, file) => {
      const part = plan.parts[file]![index];
      return part === undefined ? [] : [{ path, part }];
    });
    return { objectPath, options, captures, maps, control: control.shared, index };
  });
}

/** After an interrupt, the parts behind one that is not whole do not follow what was counted. */
function upToTheFirstPartial(answers: readonly PartAnswer[]): readonly PartAnswer[] {
  const at = answers.findIndex(answer => answer.kind === 'counted' && !answer.isWhole);
  return at < 0 ? answers : answers.slice(0, at + 1);
}

function ask(request: PartRequest): Promise<PartAnswer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(packageFile(THREAD), { workerData: request });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('a thread ended without an answer')));
  });
}
