// `xdpsim diff`: two versions of a program on the same packets.
import type { Packet, Result, Session } from '../../engine/engine.js';
import { createInterpreter } from '../../engine/interpreter/interpreter.js';
import { Decisions } from '../../report/decision.js';
import { type Difference, DifferenceCollector, differenceText, mapDifferences } from '../../report/difference.js';
import { InputError } from '../../support/errors.js';
import { EXIT, type ExitCode } from '../exit.js';
import { checkWhole, type PreparedRun, prepareRun, runPackets } from '../prepared-run.js';
import { openSink, type Terminal } from '../terminal.js';
import type { DiffOptions } from './diff-options.js';

/** Runs the command; the exit code is 1 where something differs. */
export async function diff(options: DiffOptions, terminal: Terminal): Promise<ExitCode> {
  checkWhole('examples', options.examples, 0, 1000);
  if (options.old === '-' && options.new === '-') throw new InputError('option', 'both objects cannot be stdin');
  const open = (path: string) => prepareRun(path, options, terminal, createInterpreter(), { ways: true });
  const old = open(options.old);
  const current = open(options.new);
  try {
    const difference = await compareRuns(old, current, options);
    const sink = openSink(options.output, terminal);
    const isJson = options.json || options.pretty;
    sink.write(isJson ? `${JSON.stringify(difference, null, options.pretty ? 2 : 0)}\n` : differenceText(difference));
    sink.close();
    return difference.changedPackets + difference.maps.length > 0 ? EXIT.negative : EXIT.ok;
  } finally {
    old.session.close();
    current.session.close();
  }
}

async function compareRuns(old: PreparedRun, current: PreparedRun, options: DiffOptions): Promise<Difference> {
  const collector = new DifferenceCollector(options.examples);
  const decisions = { old: new Decisions(old.file.object), new: new Decisions(current.file.object) };
  const waiting: Result[] = [];
  const both = pairedSession(old.session, current, waiting);
  const { accounting } = await runPackets({ ...old, session: both }, (packet, result) => {
    if (result === undefined) return;
    const other = waiting.shift()!;
    collector.compare(
      packet,
      { result, decision: result.way && decisions.old.of(result.way) },
      { result: other, decision: other.way && decisions.new.of(other.way) },
    );
  });
  return {
    old: options.old,
    new: options.new,
    captures: options.read,
    packets: accounting.received.packets,
    changedPackets: collector.changedPackets,
    transitions: collector.result(),
    maps: options.maps ? mapDifferences(old.session.maps, current.session.maps) : [],
  };
}

/** Runs every batch on both; the results of the second wait until those of the first are looked at. */
function pairedSession(first: Session, { session, program }: PreparedRun, waiting: Result[]): Session {
  return {
    maps: first.maps,
    close: () => first.close(),
    run(name: string, packets: readonly Packet[]) {
      waiting.push(...session.run(program.name, packets));
      return first.run(name, packets);
    },
  };
}
