// Options of runs in simulated time; kept apart so that `--help` loads nothing else.
import type { Argv } from 'yargs';
import { InputError } from '../support/errors.js';

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
  readonly force: boolean;
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
    })
    .option('force', {
      type: 'boolean',
      default: false,
      describe: 'with a NIC model: run even what the card would not take',
    }) as unknown as Argv<T & TimedArguments>;
}

/** Throws InputError `option` where an argument of timed runs was given without a NIC model. */
export function refuseTimedArguments(args: TimedArguments): void {
  const { rate, speed, loop, mode, queues, ring, mtu, symmetric, rxvlan, force } = args;
  const isDefault = { loop: loop === 1, symmetric: !symmetric, force: !force };
  const given = Object.entries({ rate, speed, mode, queues, ring, mtu, rxvlan }).filter(
    ([, value]) => value !== undefined,
  );
  const names = [
    ...given.map(([name]) => name),
    ...Object.entries(isDefault).flatMap(([name, is]) => (is ? [] : [name])),
  ];
  if (names.length > 0) throw new InputError('option', `--${names[0]}: say on which card with --nic`);
}
