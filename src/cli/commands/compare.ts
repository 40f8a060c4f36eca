// `xdpsim compare`: the same run on several engines, and the first packet, byte or map entry that differs.
import type { EngineName } from '../../engine/engine.js';
import { ComparingSession, type EngineDifference, engineDifferenceText } from '../../report/engine-comparison.js';
import { count } from '../../report/text.js';
import { InputError } from '../../support/errors.js';
import { ENGINE_NAMES, loadEngine } from '../engine-choice.js';
import { EXIT, type ExitCode } from '../exit.js';
import { type PreparedRun, prepareRun, runPackets } from '../prepared-run.js';
import { openSink, type Terminal } from '../terminal.js';
import type { CompareOptions } from './compare-options.js';

/** Runs the command; the exit code is 1 where engines differ. */
export async function compare(options: CompareOptions, terminal: Terminal): Promise<ExitCode> {
  const names = engineNames(options.engines);
  const engines = await Promise.all(names.map(loadEngine));
  const runs: PreparedRun[] = [];
  try {
    for (const engine of engines) {
      const quiet = options.quiet || runs.length > 0;
      runs.push(prepareRun(options.object, { ...options, quiet }, terminal, engine));
    }
    const { packets, difference } = await compareRuns(names, runs);
    writeAnswer(options, names, packets, difference, terminal);
    return difference === undefined ? EXIT.ok : EXIT.negative;
  } finally {
    for (const { session } of runs) session.close();
  }
}

/** @throws InputError `option` for a name that is no engine's, and unless there are two or more */
function engineNames(words: readonly string[]): readonly EngineName[] {
  const names = [...new Set(words)].map(word => {
    const name = ENGINE_NAMES.find(known => known === word);
    if (name === undefined) throw new InputError('option', `--engines: ${word}: not one of ${ENGINE_NAMES.join(', ')}`);
    return name;
  });
  if (names.length < 2) throw new InputError('option', '--engines: needs two engines or more');
  return names;
}

interface Comparison {
  readonly packets: number;
  readonly difference: EngineDifference | undefined;
}

async function compareRuns(names: readonly EngineName[], runs: readonly PreparedRun[]): Promise<Comparison> {
  const [first, ...others] = runs.map(({ session, program }, at) => ({
    engine: names[at]!,
    session,
    program: program.name,
  }));
  const session = new ComparingSession(first!, others);
  const outcome = await runPackets(
    { ...runs[0]!, session },
    () => undefined,
    () => session.difference !== undefined,
  );
  const packets = outcome.accounting.received.packets;
  return { packets, difference: session.difference ?? session.mapDifference() };
}

/** The differences to Linux that are nobody's mistake. */
const KERNEL_NOTE =
  'the kernel has a clock, random numbers and CPUs of its own: programs that keep those in packets or maps differ there\n';

function writeAnswer(
  options: CompareOptions,
  engines: readonly EngineName[],
  packets: number,
  difference: EngineDifference | undefined,
  terminal: Terminal,
): void {
  const sink = openSink(options.output, terminal);
  if (options.json || options.pretty) {
    const answer = { object: options.object, captures: options.read, engines, packets, difference: difference ?? null };
    sink.write(`${JSON.stringify(answer, null, options.pretty ? 2 : 0)}\n`);
  } else if (difference !== undefined) {
    sink.write(engineDifferenceText(difference));
    if (engines.includes('kernel') && !options.quiet) terminal.err(KERNEL_NOTE);
  } else sink.write(`${engines.join(' and ')} agree on ${count(packets)} packets and the maps after them\n`);
  sink.close();
}
