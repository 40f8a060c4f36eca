// Options of commands that run a program over captures. Kept apart from what they mean, so that `--help` is quick.
import type { Argv } from 'yargs';
import { type LoadArguments, listOf, loadArguments } from './load-arguments.js';

/** What the command line says about a run. */
export interface RunArguments extends LoadArguments {
  readonly read: readonly string[];
  readonly program: string | undefined;
  readonly section: string | undefined;
  readonly count: number | undefined;
  readonly map: readonly string[];
  readonly host: string | undefined;
  readonly nic: string | undefined;
  readonly seed: number;
  readonly cpus: number;
  readonly budget: number;
  readonly strict: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

/** Declares the options. */
export function runArguments<T>(argv: Argv<T>): Argv<T & RunArguments> {
  return loadArguments(argv)
    .option('read', {
      alias: 'r',
      type: 'string',
      requiresArg: true,
      coerce: listOf,
      demandOption: true,
      describe: 'capture to replay (pcap, pcapng, gzip of them; - is stdin); may be repeated',
    })
    .option('program', { alias: 'n', type: 'string', requiresArg: true, describe: 'name of the program' })
    .option('section', { alias: 's', type: 'string', requiresArg: true, describe: 'section of the program' })
    .option('count', { alias: 'c', type: 'number', requiresArg: true, describe: 'stop after this many packets' })
    .option('map', {
      type: 'string',
      requiresArg: true,
      coerce: listOf,
      default: [],
      describe: 'NAME=FILE: fill a map from JSON as bpftool map dump prints it; may be repeated',
    })
    .option('host', {
      type: 'string',
      requiresArg: true,
      describe: 'JSON file of interfaces, routes, neighbours and sockets that helpers find (see: schema host)',
    })
    .option('nic', { type: 'string', requiresArg: true, describe: 'NIC model: a name in nic-models or a JSON file' })
    .option('seed', { type: 'number', requiresArg: true, default: 1, describe: 'seed of bpf_get_prandom_u32' })
    .option('cpus', {
      type: 'number',
      requiresArg: true,
      default: 1,
      describe: 'possible CPUs (copies of per-CPU values); at least as many as --host says',
    })
    .option('budget', {
      type: 'number',
      requiresArg: true,
      default: 16_000_000,
      describe: 'instructions that one packet may execute; the compiler looks at it in loops and at calls',
    })
    .option('strict', { type: 'boolean', default: false, describe: 'a truncated or odd capture is an error' })
    .option('verbose', { alias: 'v', type: 'boolean', default: false, describe: 'notes about the object as well' })
    .option('quiet', {
      alias: 'q',
      type: 'boolean',
      default: false,
      describe: 'no notes on stderr',
    }) as unknown as Argv<T & RunArguments>;
}

/** The option that says where the answer goes. */
export function outputArgument<T>(argv: Argv<T>): Argv<T & { readonly output: string }> {
  return argv.option('output', {
    alias: 'o',
    type: 'string',
    requiresArg: true,
    default: '-',
    describe: 'write the answer to this file',
  }) as unknown as Argv<T & { readonly output: string }>;
}
