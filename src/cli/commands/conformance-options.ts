// Options of `xdpsim conformance`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';
import type { EngineName } from '../../engine/engine.js';
import { ENGINE_NAMES } from '../engine-choice.js';
import { listOf } from '../load-arguments.js';

/** What `conformance` was asked. */
export interface ConformanceOptions {
  readonly format: 'text' | 'markdown' | 'json';
  readonly engine: readonly EngineName[];
  readonly nic: string | undefined;
  readonly output: string;
}

/** Declares the options. */
export function conformanceOptions(argv: Argv): Argv<ConformanceOptions> {
  return argv
    .option('format', {
      alias: 'f',
      choices: ['text', 'markdown', 'json'] as const,
      default: 'text',
      describe: 'how to print the report',
    })
    .option('engine', {
      type: 'string',
      array: true,
      requiresArg: true,
      coerce: listOf,
      choices: ENGINE_NAMES,
      default: ['interpreter', 'compiler'],
      describe: 'engines to test',
    })
    .option('nic', {
      type: 'string',
      requiresArg: true,
      describe: 'report what a NIC model declares instead of testing engines',
    })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      default: '-',
      describe: 'write the report to this file',
    })
    .example('$0 conformance', 'test the instruction set on both engines')
    .example('$0 conformance --format markdown -o report.md --engine interpreter compiler kernel', 'and on this Linux')
    .example('$0 conformance --nic nfp-agilio-open', 'what a card takes') as unknown as Argv<ConformanceOptions>;
}
