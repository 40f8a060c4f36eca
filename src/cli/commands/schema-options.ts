// Options of `xdpsim schema`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';
import { outputArgument } from '../run-arguments.js';

/** The schemas that can be printed. */
export const SCHEMA_NAMES = ['report', 'packet', 'coverage', 'nic-model', 'host', 'spec'] as const;

/** What `schema` was asked. */
export interface SchemaOptions {
  readonly name: (typeof SCHEMA_NAMES)[number];
  readonly output: string;
}

/** Declares the options. */
export function schemaOptions(argv: Argv): Argv<SchemaOptions> {
  return outputArgument(argv)
    .positional('name', {
      choices: SCHEMA_NAMES,
      default: 'report',
      describe:
        'report: replay -j; packet: a line of replay --packets; coverage: coverage -j; nic-model: a file of nic-models; host: a file for --host; spec: a file for test, for editors',
    })
    .example(
      '$0 schema report -o report.schema.json',
      'for whoever reads the reports',
    ) as unknown as Argv<SchemaOptions>;
}
