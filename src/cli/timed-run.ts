// Runs in simulated time, as commands ask for them: what their arguments mean, and the running.
import { passCapture } from '../capture/open.js';
import type { Fault } from '../machine/fault.js';
import type { Mode, NicModel } from '../nic/model.js';
import { checkPrepared, defaultMode, isOpen, prepareCheck, prepareVerified } from '../nic/offload/check.js';
import type { Simulation } from '../nic/simulate.js';
import type { Arrival } from '../nic/timed/arrival.js';
import { requireRunning, simulateTimed } from '../nic/timed/simulate-timed.js';
import type { TimedReport } from '../nic/timed/timed-report.js';
import { InputError } from '../support/errors.js';
import { readNicModel } from './commands/nics-files.js';
import { EXIT, ExitError } from './exit.js';
import { checkWhole, type Outcome, type PreparedRun, watched } from './prepared-run.js';
import type { RunArguments } from './run-arguments.js';
import type { TimedArguments } from './timed-options.js';

/** Options of `simulateTimed` that arguments set. */
export interface TimedSetup {
  readonly arrival: Arrival;
  readonly loops: number;
  readonly mode: Mode | undefined;
  readonly queues: number | undefined;
  readonly receiveDescriptors: number | undefined;
  readonly mtuBytes: number | undefined;
  readonly isSymmetric: boolean;
  readonly vlanStripping: boolean | undefined;
}

/**
 * What the arguments set.
 * @throws InputError `option` for a number out of range
 */
export function timedSetup(args: TimedArguments): TimedSetup {
  checkWhole('loop', args.loop, 1, 1_000_000_000);
  checkWhole('queues', args.queues, 1, MAX_QUEUES);
  checkWhole('ring', args.ring, 1, 1 << 20);
  checkWhole('mtu', args.mtu, 68, 65_535);
  return {
    arrival: arrivalOf(args),
    loops: args.loop,
    mode: args.mode as Mode | undefined,
    queues: args.queues,
    receiveDescriptors: args.ring,
    mtuBytes: args.mtu,
    isSymmetric: args.symmetric,
    vlanStripping: args.rxvlan,
  };
}

/** Most queues of a card, so that a slip of the keyboard does not fill the memory. */
const MAX_QUEUES = 4096;

/** Queues of the host in a run: as many CPUs serve them. */
export function queuesOf(model: NicModel, { queues }: TimedSetup): number {
  return queues ?? model.rings.receiveQueues ?? 1;
}

const MULTIPLES: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
const RATE = /^(\d+(?:\.\d*)?|\.\d+)(?:e(\d{1,2}))?\s*([kmgt]?)(pps|p\/s|bps|bits?\/s|b\/s|bit)?$/i;
const LEAST_SPEED = 1e-6;
const MOST_SPEED = 1e12;

/**
 * When frames come: `--rate` and `--speed`.
 * @throws InputError `option` for a rate that cannot be read
 */
export function arrivalOf({ rate, speed }: Pick<TimedArguments, 'rate' | 'speed'>): Arrival {
  if (rate !== undefined && speed !== undefined) throw new InputError('option', '--rate and --speed: give one of them');
  if (rate === undefined) return recorded(speed ?? 1);
  if (rate === 'line') return { kind: 'line' };
  const [, digits, exponent = '0', unit = '', kind = 'bps'] = RATE.exec(rate.trim()) ?? [];
  if (digits === undefined) {
    throw new InputError(
      'option',
      `--rate ${rate}: not "line", 10G or 14.88Mpps: bits on the wire, or packets, a second`,
    );
  }
  const perSecond = Number(digits) * 10 ** Number(exponent) * MULTIPLES[unit.toLowerCase()]!;
  if (!(perSecond >= LEAST_RATE && perSecond <= MOST_RATE)) {
    throw new InputError('option', `--rate ${rate}: not from ${LEAST_RATE} to ${MOST_RATE} a second`);
  }
  return kind.toLowerCase().startsWith('p')
    ? { kind: 'packets', packetsPerSecond: perSecond }
    : { kind: 'bits', bitsPerSecond: perSecond };
}

const LEAST_RATE = 1e-3;
const MOST_RATE = 1e15;

function recorded(speed: number): Arrival {
  if (speed >= LEAST_SPEED && speed <= MOST_SPEED) return { kind: 'capture', speed };
  throw new InputError('option', `--speed: ${speed} is not a number from ${LEAST_SPEED} to ${MOST_SPEED}`);
}

/** A timed run that can start. */
export interface Timing extends TimedSetup {
  readonly mode: Mode;
  /** CPUs of the host: one for each queue, or as many as were asked for. */
  readonly cpus: number;
}

/**
 * How a run on the card of that name is timed.
 * @throws InputError `option` for an argument that is out of range; `nic-model`, `nic-mode`
 */
export function timingOf(nic: string, args: TimedArguments & Pick<RunArguments, 'cpus'>): Timing {
  const model = readNicModel(nic);
  const setup = timedSetup(args);
  const mode = setup.mode ?? defaultMode(model);
  requireRunning(model, mode);
  return { ...setup, mode, cpus: Math.max(args.cpus, Math.min(MAX_CPUS, queuesOf(model, setup))) };
}

const MAX_CPUS = 256;

/**
 * Asks whether the card takes the program.
 * @param isForced where it does not, say so and go on
 * @throws ExitError 1 naming the first reason
 */
export function requireTaken({ file, program, model, notes }: PreparedRun, timing: Timing, isForced: boolean): void {
  const quick = prepareCheck(file.object, program);
  const options = timing.mtuBytes === undefined ? {} : { mtuBytes: timing.mtuBytes };
  const first = checkPrepared(quick, model, timing.mode, options);
  const result = isOpen(first) ? checkPrepared(prepareVerified(quick), model, timing.mode, options) : first;
  for (const { message } of result.warnings) notes.add(`warning: ${model.name}: ${message}`);
  const [reason, ...others] = result.reasons;
  if (reason === undefined) return;
  const more = others.length === 0 ? '' : ` (and ${others.length} more, see xdpsim offload)`;
  const text = `${model.name} would not take ${program.name} in ${timing.mode} mode: ${reason.message}${more}`;
  if (!isForced) throw new ExitError(EXIT.negative, `${file.object.fileName}: ${text}; --force runs it nevertheless`);
  notes.add(`warning: ${text}`);
}

/** What a timed run gave. */
export interface TimedRunOutcome extends Outcome {
  readonly timed: TimedReport;
  readonly firstFault: { readonly fault: Fault; readonly packet: number } | undefined;
}

/** Runs all packets through card and program in simulated time; results are made for each where `onPacket` is given, which takes longer. */
export async function runTimed(
  run: PreparedRun,
  timing: Timing,
  onPacket?: Simulation['onPacket'],
): Promise<TimedRunOutcome> {
  const { options, program, model, session, file } = run;
  const { warnings, result } = await watched(run, ({ progress, onWarning, isInterrupted }) =>
    simulateTimed({
      ...timing,
      session,
      object: file.object,
      program: program.name,
      model,
      sources: options.read.map(path => ({
        pass: sink => passCapture(path, { strict: options.strict, onWarning }, sink),
      })),
      maximumPackets: options.count,
      onPacket,
      onProgress: (packets, bytes) => {
        progress.reached(bytes / timing.loops);
        progress.update(packets);
        return isInterrupted();
      },
    }),
  );
  const { accounting, report, firstFault } = result;
  return { accounting, warnings, timed: report, firstFault };
}
