// A thread that counts its part of the captures. The program was verified before the thread was started.
import { parentPort, workerData } from 'node:worker_threads';
import { passCapturePart } from '../../capture/open.js';
import { createCompiler } from '../../engine/compiler/compiler.js';
import { countPackets } from '../../nic/count.js';
import { assert, messageOf } from '../../support/errors.js';
import { prepareRun } from '../prepared-run.js';
import type { Terminal } from '../terminal.js';
import { Control, type PartAnswer, type PartRequest } from './part.js';

/** Says nothing: what is to be said, the other thread says. */
const SILENT: Terminal = {
  out: () => undefined,
  err: () => undefined,
  isInteractive: false,
  columns: 80,
  now: () => 0,
  onInterrupt: () => () => undefined,
};

parentPort?.postMessage(await answer(workerData as PartRequest));

async function answer(request: PartRequest): Promise<PartAnswer> {
  try {
    return await countParts(request);
  } catch (error) {
    return { kind: 'unusual', message: messageOf(error) };
  }
}

async function countParts({ objectPath, options, captures, maps, control, index }: PartRequest): Promise<PartAnswer> {
  const engine = createCompiler({ isChecked: false });
  const { session, program, model } = prepareRun(objectPath, options, SILENT, engine, { entries: true });
  const shared = new Control(control);
  const outcome = await countPackets({
    session,
    program: program.name,
    model,
    sources: captures.map(({ path, part }) => ({
      pass: sink => passCapturePart(path, part, { onWarning: failOn }, sink),
    })),
    onProgress: (packets, bytes) => {
      shared.note(index, packets, bytes);
      return shared.isStopped;
    },
  });
  assert(outcome !== undefined, 'a session that counts');
  const { received, actions, drops, faults, cutFrames } = outcome.accounting;
  if (faults > 0) return { kind: 'unusual', message: 'a packet trapped' };
  return {
    kind: 'counted',
    isWhole: !shared.isStopped,
    accounting: { received, actions, drops, faults, cutFrames },
    runs: (session.counts ?? []).map(({ executed }) => executed[0] ?? 0),
    maps: maps.map(name =>
      session.maps
        .get(name)!
        .entries()
        .map(({ values }) => values),
    ),
  };
}

/** Warnings name places in the whole capture. */
function failOn({ message }: { readonly message: string }): never {
  throw new Error(message);
}
