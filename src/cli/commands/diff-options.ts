// Options of `xdpsim diff`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';
import { outputArgument, type RunArguments, runArguments } from '../run-arguments.js';

/** What `diff` was asked. */
export interface DiffOptions extends RunArguments {
  readonly old: string;
  readonly new: string;
  readonly json: boolean;
  readonly pretty: boolean;
  readonly examples: number;
  readonly maps: boolean;
  readonly output: string;
}

/** Declares the options. */
export function diffOptions(argv: Argv): Argv<DiffOptions> {
  return outputArgument(runArguments(argv))
    .positional('old', { type: 'string', demandOption: true, describe: 'BPF ELF object file' })
    .positional('new', { type: 'string', demandOption: true, describe: 'its other version' })
    .option('examples', {
      type: 'number',
      requiresArg: true,
      default: 3,
      describe: 'packets shown of each kind of change',
    })
    .option('maps', { type: 'boolean', default: true, describe: 'compare the maps after the run too' })
    .option('json', { alias: 'j', type: 'boolean', default: false, describe: 'one JSON value' })
    .option('pretty', { alias: 'p', type: 'boolean', default: false, describe: 'JSON with line breaks' })
    .example('$0 diff old.o new.o -r traffic.pcap', 'which packets change their fate; ends with 1 where some do')
    .example('$0 diff old.o new.o -r traffic.pcap -j', 'the same for CI') as unknown as Argv<DiffOptions>;
}
