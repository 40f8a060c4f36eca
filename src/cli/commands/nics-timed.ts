// `xdpsim nics MODEL --predict OBJECT -r CAPTURE --rate ...`: the packets through the card in simulated time.
import { DEFAULT_ENGINE_OPTIONS } from '../../engine/engine.js';
import { createInterpreter } from '../../engine/interpreter/interpreter.js';
import { type Arrival, simulateTimed, type TimedReport } from '../../nic/timed/simulate-timed.js';
import { textTable } from '../../report/table.js';
import { InputError } from '../../support/errors.js';
import { chooseProgram, readObjectFile } from '../object-file.js';
import { checkWhole, ethernetSource } from '../prepared-run.js';
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
  checkWhole('loop', options.loop, 1, 1_000_000);
  checkWhole('cores', options.cores, 1, 4096);
  const model = readNicModel(options.model);
  const { object } = readObjectFile(path);
  const session = createInterpreter().open(object, { ...DEFAULT_ENGINE_OPTIONS, observe: { ways: true } });
  try {
    return await simulateTimed({
      session,
      object,
      program: chooseProgram(object, options).name,
      model,
      sources: [ethernetSource(options.read, false, () => {})],
      arrival: arrivalOf(options),
      loops: options.loop,
      isSymmetric: options.symmetric,
      ...(options.cores !== undefined && model.engine.kind === undefined && { queues: options.cores }),
    });
  } finally {
    session.close();
  }
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };

function arrivalOf({ rate, speed }: NicsOptions): Arrival {
  if (rate !== undefined && speed !== undefined) throw new InputError('option', '--rate and --speed: give one of them');
  if (rate === undefined) return { kind: 'capture', speed: speed ?? 1 };
  if (rate === 'line') return { kind: 'line' };
  const [, number = '', unit = '', kind] = /^([0-9.]+)([kMG]?)(pps|bps)$/.exec(rate) ?? [];
  if (kind === undefined)
    throw new InputError('option', `--rate ${rate}: not "line", and not a number with pps or bps, such as 5Mpps`);
  const perSecond = Number(number) * UNITS[unit]!;
  return kind === 'pps' ? { kind: 'packets', packetsPerSecond: perSecond } : { kind: 'bits', bitsPerSecond: perSecond };
}

/** The run as text. */
export function timedText(report: TimedReport): string {
  const { model, received, offeredPps, achievedPps, bottleneck, headroom, latencyNanos, losses, actions, counters } =
    report;
  const bound =
    bottleneck === null
      ? 'nothing was busy'
      : `${bottleneck.name} ${bottleneck.busyPercent} % busy, headroom ${headroom ?? 'unknown'}`;
  const latency =
    latencyNanos === null
      ? 'no frame came through'
      : Object.entries(latencyNanos)
          .map(([name, nanos]) => `${name} ${nanos}`)
          .join(', ');
  const rows = (values: Readonly<Record<string, number>>): string[][] =>
    Object.entries(values).flatMap(([name, value]) => (value === 0 ? [] : [[name, String(value)]]));
  return [
    `${model}: ${received} frames, ${mpps(offeredPps)} offered, ${mpps(achievedPps)} done; ${bound}`,
    `latency in ns: ${latency}`,
    textTable(
      ['became', 'frames'],
      [...rows(actions), ...rows(losses).map(([name = '', value = '']) => [`lost: ${name}`, value])],
      '<>',
    ),
    textTable(['counter', 'value'], rows(counters), '<>'),
    '',
  ].join('\n');
}

function mpps(packetsPerSecond: number): string {
  return `${(packetsPerSecond / 1e6).toFixed(3)} Mpps`;
}
