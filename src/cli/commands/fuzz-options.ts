// Options of `xdpsim fuzz`.
import type { Argv } from 'yargs';
import { listOf } from '../load-arguments.js';

/** What `fuzz` was asked. */
export interface FuzzOptions {
  readonly object: string;
  readonly program: string | undefined;
  readonly section: string | undefined;
  readonly read: readonly string[];
  readonly against: string | undefined;
  readonly invariant: readonly string[];
  readonly map: readonly string[];
  readonly fillMaps: boolean;
  readonly executions: number;
  readonly untilCovered: boolean;
  readonly seed: number;
  readonly budget: number;
  readonly directory: string | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Declares the options. */
export function fuzzOptions(argv: Argv): Argv<FuzzOptions> {
  return argv
    .positional('object', { type: 'string', demandOption: true, describe: 'BPF ELF object file' })
    .option('program', { alias: 'n', type: 'string', requiresArg: true, describe: 'name of the program' })
    .option('section', { alias: 's', type: 'string', requiresArg: true, describe: 'section of the program' })
    .option('read', {
      alias: 'r',
      type: 'string',
      requiresArg: true,
      coerce: listOf,
      default: [],
      describe: 'capture whose packets to begin with; a SYN unless given',
    })
    .option('against', {
      type: 'string',
      requiresArg: true,
      describe: 'older version: look for packets treated otherwise',
    })
    .option('invariant', {
      type: 'string',
      requiresArg: true,
      coerce: listOf,
      default: [],
      describe: 'what must hold: "tcp.destinationPort == 22: never DROP"; may be repeated',
    })
    .option('map', {
      type: 'string',
      requiresArg: true,
      coerce: listOf,
      default: [],
      describe: 'NAME=FILE: fill a map from JSON as bpftool map dump prints it; may be repeated',
    })
    .option('fill-maps', {
      type: 'boolean',
      default: true,
      describe: 'store entries in maps as user space would; --no-fill-maps leaves them alone',
    })
    .option('executions', { type: 'number', requiresArg: true, default: 20_000, describe: 'inputs to try' })
    .option('until-covered', { type: 'boolean', default: false, describe: 'stop when every line was reached' })
    .option('seed', { type: 'number', requiresArg: true, default: 1, describe: 'seed: the same finds the same' })
    .option('budget', {
      type: 'number',
      requiresArg: true,
      default: 1_000_000,
      describe: 'instructions that one packet may execute before it traps',
    })
    .option('directory', {
      alias: 'd',
      type: 'string',
      requiresArg: true,
      describe: 'write corpus, findings and state here; goes on from the state that is there',
    })
    .option('json', { alias: 'j', type: 'boolean', default: false, describe: 'the results as one JSON value' })
    .option('quiet', {
      alias: 'q',
      type: 'boolean',
      default: false,
      describe: 'no notes on stderr',
    })
    .example('$0 fuzz filter.o', 'packets that reach as many lines as can be found')
    .example(
      '$0 fuzz new.o --against old.o -r traffic.pcap',
      'packets that the two versions treat differently',
    ) as unknown as Argv<FuzzOptions>;
}
