// Options of `xdpsim test`.
import type { Argv } from 'yargs';
import type { EngineName } from '../../engine/engine.js';
import { ENGINE_NAMES } from '../engine-choice.js';

/** What `test` was asked. */
export interface TestOptions {
  readonly spec: readonly string[];
  readonly format: string;
  readonly json: boolean;
  readonly output: string;
  readonly update: boolean;
  readonly schema: boolean;
  readonly engine: EngineName;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

/** Declares the options. */
export function testOptions(argv: Argv): Argv<TestOptions> {
  return argv
    .positional('spec', { type: 'string', array: true, default: [], describe: 'YAML files with cases' })
    .option('format', {
      alias: 'f',
      choices: ['text', 'tap', 'junit', 'json'],
      default: 'text',
      describe: 'form of the results',
    })
    .option('json', { alias: 'j', type: 'boolean', default: false, describe: 'the results as one JSON value' })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      default: '-',
      describe: 'write the results to this file',
    })
    .option('update', {
      alias: 'u',
      type: 'boolean',
      default: false,
      describe: 'rewrite expectations that do not hold, and write down those that are missing',
    })
    .option('schema', { type: 'boolean', default: false, describe: 'print the JSON Schema of specs, for editors' })
    .option('engine', {
      choices: ENGINE_NAMES,
      default: 'interpreter',
      describe: 'what runs the program; kernel needs Linux, root and bpftool',
    })
    .option('verbose', { alias: 'v', type: 'boolean', default: false, describe: 'list the cases that hold, too' })
    .option('quiet', {
      alias: 'q',
      type: 'boolean',
      default: false,
      describe: 'no notes on stderr',
    })
    .example('$0 test filter.test.yaml', 'ends with 1 where a case does not hold')
    .example('$0 test --schema', 'for an editor that completes specs') as Argv<TestOptions>;
}
