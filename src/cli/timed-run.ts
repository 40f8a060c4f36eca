// Runs in simulated time, as commands ask for them: the options, the running, and the result as text.
import type { Argv } from 'yargs';
import type { Mode, NicModel } from '../nic/model.js';
import type { Arrival } from '../nic/timed/arrival.js';
import { InputError } from '../support/errors.js';
import { checkWhole } from './prepared-run.js';

/** How frames come in, and how the card is set up. */
export interface TimedArguments {
  readonly rate: string | undefined;
  readonly speed: number | undefined;
  readonly loop: number;
  readonly mode: string | undefined;
  readonly queues: number | undefined;
  readonly ring: number | undefined;
  readonly mtu: number | undefined;
  readonly symmetric: boolean;
  readonly rxvlan: boolean | undefined;
}

/** Declares the options. */
export function timedArguments<T>(argv: Argv<T>): Argv<T & TimedArguments> {
  return argv
    .option('rate', {
      type: 'string',
      requiresArg: true,
      describe: 'with a NIC model: send the packets at this rate, "line", 10G (bits on the wire) or 14.88Mpps',
    })
    .option('speed', {
      type: 'number',
      requiresArg: true,
      describe: 'with a NIC model: as recorded, so many times as fast; 1 unless told',
    })
    .option('loop', {
      type: 'number',
      requiresArg: true,
      default: 1,
      describe: 'with a NIC model: send the captures so often',
    })
    .option('mode', {
      choices: ['hw', 'native', 'generic'],
      describe: 'with a NIC model: where the program runs; as the card is usually used unless told',
    })
    .option('queues', {
      type: 'number',
      requiresArg: true,
      describe: "with a NIC model: receive queues, each with a core of the host; the model's unless told",
    })
    .option('ring', {
      type: 'number',
      requiresArg: true,
      describe: "with a NIC model: descriptors of a receive ring; the model's unless told",
    })
    .option('mtu', {
      type: 'number',
      requiresArg: true,
      describe: 'with a NIC model: MTU of the interface; the largest that the program allows unless told',
    })
    .option('symmetric', {
      type: 'boolean',
      default: false,
      describe: 'with a NIC model: both directions of a flow to the same queue',
    })
    .option('rxvlan', {
      type: 'boolean',
      describe: "with a NIC model: the card takes VLAN tags out of frames; the driver's default unless told",
    }) as unknown as Argv<T & TimedArguments>;
}

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
 * @throws InputError `option` for a number out of range, and for an argument that has no meaning without a model
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

/** Throws InputError `option` where an argument of timed runs was given without a NIC model. */
export function refuseTimedArguments(args: TimedArguments): void {
  const { rate, speed, loop, mode, queues, ring, mtu, symmetric, rxvlan } = args;
  const isDefault = { loop: loop === 1, symmetric: !symmetric };
  const given = Object.entries({ rate, speed, mode, queues, ring, mtu, rxvlan }).filter(
    ([, value]) => value !== undefined,
  );
  const names = [
    ...given.map(([name]) => name),
    ...Object.entries(isDefault).flatMap(([name, is]) => (is ? [] : [name])),
  ];
  if (names.length > 0) throw new InputError('option', `--${names[0]}: say on which card with --nic`);
}

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
