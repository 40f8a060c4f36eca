// Options of `xdpsim compare`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';
import { ENGINE_NAMES } from '../engine-choice.js';
import { listOf } from '../load-arguments.js';
import { outputArgument, type RunArguments, runArguments } from '../run-arguments.js';

/** What `compare` was asked. */
export interface CompareOptions extends RunArguments {
  readonly object: string;
  /** Names of engines, separated by commas. */
  readonly engines: readonly string[];
  readonly json: boolean;
  readonly pretty: boolean;
  readonly output: string;
}

/** Declares the options. */
export function compareOptions(argv: Argv): Argv<CompareOptions> {
  return outputArgument(runArguments(argv))
    .positional('object', { type: 'string', demandOption: true, describe: 'BPF ELF object file' })
    .option('engines', {
      type: 'string',
      requiresArg: true,
      default: 'interpreter,compiler',
      coerce: (value: string | readonly string[]) => listOf(listOf(value).flatMap(names => names.split(','))),
      describe: `engines to compare, separated by commas: ${ENGINE_NAMES.join(', ')}`,
    })
    .option('json', { alias: 'j', type: 'boolean', default: false, describe: 'one JSON value' })
    .option('pretty', { alias: 'p', type: 'boolean', default: false, describe: 'JSON with line breaks' })
    .example('$0 compare filter.o -r traffic.pcap', 'both engines must agree; ends with 1 where they do not')
    .example(
      '$0 compare filter.o -r traffic.pcap --engines interpreter,kernel',
      'held to the Linux of this machine; needs root',
    ) as unknown as Argv<CompareOptions>;
}
