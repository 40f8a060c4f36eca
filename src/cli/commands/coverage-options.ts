// Options of `xdpsim coverage`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';
import { listOf } from '../load-arguments.js';
import { outputArgument, type RunArguments, runArguments } from '../run-arguments.js';

/** What `coverage` was asked. */
export interface CoverageOptions extends RunArguments {
  readonly object: string;
  readonly format: 'text' | 'json' | 'lcov' | undefined;
  readonly json: boolean;
  readonly pretty: boolean;
  readonly source: boolean;
  readonly all: boolean;
  readonly merge: readonly string[];
  readonly min: number | undefined;
  readonly minBranches: number | undefined;
  readonly output: string;
}

/** Declares the options. */
export function coverageOptions(argv: Argv): Argv<CoverageOptions> {
  return outputArgument(runArguments(argv))
    .positional('object', { type: 'string', demandOption: true, describe: 'BPF ELF object file, built with -g' })
    .option('format', { choices: ['text', 'json', 'lcov'], describe: 'lcov is what genhtml and services read' })
    .option('json', { alias: 'j', type: 'boolean', default: false, describe: 'one JSON value' })
    .option('pretty', { alias: 'p', type: 'boolean', default: false, describe: 'JSON with line breaks' })
    .option('source', { type: 'boolean', default: false, describe: 'text: the source lines with their counts too' })
    .option('all', {
      type: 'boolean',
      default: false,
      describe: 'programs that neither ran nor stand in a program array as well',
    })
    .option('merge', {
      type: 'string',
      requiresArg: true,
      coerce: listOf,
      default: [],
      describe: 'add what an earlier run reached: a file that coverage -j wrote; may be repeated',
    })
    .option('min', { type: 'number', requiresArg: true, describe: 'end with 1 below this percentage of lines' })
    .option('min-branches', { type: 'number', requiresArg: true, describe: 'the same for branches' })
    .example('$0 coverage filter.o -r a.pcap -r b.pcap', 'what the two captures together reach')
    .example('$0 coverage filter.o -r b.pcap --merge a.json', 'and a run before, written with -j -o a.json')
    .example('$0 coverage filter.o -r a.pcap --format lcov -o a.info', 'for genhtml a.info')
    .example('$0 coverage filter.o -r a.pcap --min 90', 'for CI') as unknown as Argv<CoverageOptions>;
}
