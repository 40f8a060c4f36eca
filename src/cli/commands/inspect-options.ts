// Options of `xdpsim inspect`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';
import { type LoadArguments, loadArguments } from '../load-arguments.js';

/** What `inspect` was asked. */
export interface InspectOptions extends LoadArguments {
  readonly object: readonly string[];
  readonly json: boolean;
  readonly pretty: boolean;
  readonly disassemble: boolean;
  readonly ranges: boolean;
  readonly relocations: boolean;
  readonly program: string | undefined;
  readonly section: string | undefined;
  readonly output: string;
}

/** Declares the options. */
export function inspectOptions(argv: Argv): Argv<InspectOptions> {
  return loadArguments(argv)
    .positional('object', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'BPF ELF object files; - is stdin',
    })
    .option('json', { alias: 'j', type: 'boolean', default: false, describe: 'one JSON value per object' })
    .option('pretty', { alias: 'p', type: 'boolean', default: false, describe: 'JSON with line breaks' })
    .option('disassemble', {
      alias: 'd',
      type: 'boolean',
      default: false,
      describe: "instructions in the kernel verifier's notation, with C source lines",
    })
    .option('ranges', {
      type: 'boolean',
      default: false,
      describe: 'with the listing: what the verifier knows of the registers that each instruction reads',
    })
    .option('relocations', {
      type: 'boolean',
      default: false,
      describe: 'only the relocations, and what CO-RE patched',
    })
    .option('program', { alias: 'n', type: 'string', requiresArg: true, describe: 'only this program' })
    .option('section', { alias: 's', type: 'string', requiresArg: true, describe: 'only programs of this section' })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      default: '-',
      describe: 'write the answer to this file',
    })
    .example('$0 inspect filter.o', 'what is in the object')
    .example('$0 inspect -d filter.o', 'with instructions and source lines') as unknown as Argv<InspectOptions>;
}
