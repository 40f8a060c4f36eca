// Options of `xdpsim verify`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';
import { type LoadArguments, loadArguments } from '../load-arguments.js';

/** What `verify` was asked. */
export interface VerifyOptions extends LoadArguments {
  readonly object: readonly string[];
  readonly program: string | undefined;
  readonly section: string | undefined;
  readonly json: boolean;
  readonly pretty: boolean;
  readonly sarif: boolean;
  readonly log: boolean;
  readonly output: string;
}

/** Declares the options. */
export function verifyOptions(argv: Argv): Argv<VerifyOptions> {
  return loadArguments(argv)
    .positional('object', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'BPF ELF object files; - is stdin',
    })
    .option('program', { alias: 'n', type: 'string', requiresArg: true, describe: 'only this program' })
    .option('section', { alias: 's', type: 'string', requiresArg: true, describe: 'only programs of this section' })
    .option('json', { alias: 'j', type: 'boolean', default: false, describe: 'one JSON value per object' })
    .option('pretty', { alias: 'p', type: 'boolean', default: false, describe: 'JSON with line breaks' })
    .option('sarif', { type: 'boolean', default: false, describe: 'one SARIF 2.1.0 log for all objects' })
    .option('log', {
      type: 'boolean',
      default: false,
      describe: "a log in the form of the kernel's, with register states",
    })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      default: '-',
      describe: 'write the answer to this file',
    })
    .example('$0 verify filter.o', 'would Linux accept it')
    .example(
      '$0 verify filter.o --log',
      'and how the verifier sees every instruction',
    ) as unknown as Argv<VerifyOptions>;
}
