// `xdpsim nics MODEL --predict OBJECT -r CAPTURE --rate ...`: the packets through the card in simulated time.

import { createCompiler } from '../../engine/compiler/compiler.js';
import { DEFAULT_ENGINE_OPTIONS } from '../../engine/engine.js';
import { simulateTimed } from '../../nic/timed/simulate-timed.js';
import type { TimedReport } from '../../nic/timed/timed-report.js';
import { InputError } from '../../support/errors.js';
import { chooseProgram, readObjectFile } from '../object-file.js';
import { checkWhole, ethernetSource } from '../prepared-run.js';
import { arrivalOf } from '../timed-run.js';
import { readNicModel } from './nics-files.js';
import type { NicsOptions } from './nics-options.js';

/**
 * Runs an object over a capture in simulated time.
 * @throws InputError `option` for a rate that cannot be read or options that are missing
 */
export async function timedPrediction(path: string, options: NicsOptions): Promise<TimedReport> {
  if (options.model === undefined || options.read === undefined) {
    throw new InputError('option', '--rate, --speed: say on which model, and which packets with -r');
  }
  checkWhole('loop', options.loop, 1, 1_000_000_000);
  checkWhole('cores', options.cores, 1, 4096);
  checkWhole('ring', options.ring, 1, 1 << 20);
  if (options.compression) throw new InputError('option', '--compression: not in simulated time');
  const model = readNicModel(options.model);
  const { object } = readObjectFile(path);
  const session = createCompiler().open(object, { ...DEFAULT_ENGINE_OPTIONS, observe: { ways: true } });
  try {
    const { report } = await simulateTimed({
      session,
      object,
      program: chooseProgram(object, options).name,
      model,
      sources: [ethernetSource(options.read, false, () => {})],
      arrival: arrivalOf(options),
      loops: options.loop,
      isSymmetric: options.symmetric,
      receiveDescriptors: options.ring,
      ...(options.cores !== undefined && model.engine.kind === undefined && { queues: options.cores }),
    });
    return report;
  } finally {
    session.close();
  }
}
