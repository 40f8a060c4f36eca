// Options of `xdpsim offload`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';

/** What `offload` was asked. */
export interface OffloadOptions {
  readonly object: readonly string[];
  readonly nic: string;
  readonly mode: string | undefined;
  readonly program: string | undefined;
  readonly section: string | undefined;
  readonly mtu: number;
  readonly attached: string | undefined;
  readonly budget: number | undefined;
  readonly json: boolean;
  readonly pretty: boolean;
  readonly sarif: boolean;
  readonly output: string;
}

/** Declares the options. */
export function offloadOptions(argv: Argv): Argv<OffloadOptions> {
  return argv
    .positional('object', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'BPF ELF object files; - is stdin',
    })
    .option('nic', {
      type: 'string',
      requiresArg: true,
      demandOption: true,
      describe: 'NIC model: a name (see xdpsim nics), a JSON file, or all',
    })
    .option('mode', {
      choices: ['hw', 'native', 'generic'],
      requiresArg: true,
      describe: 'run in the card, in the driver, or in the stack; by default what the card is for',
    })
    .option('program', { alias: 'n', type: 'string', requiresArg: true, describe: 'only this program' })
    .option('section', { alias: 's', type: 'string', requiresArg: true, describe: 'only programs of this section' })
    .option('mtu', { type: 'number', requiresArg: true, default: 1500, describe: 'MTU of the interface' })
    .option('attached', {
      choices: ['hw', 'native', 'generic'],
      requiresArg: true,
      describe: 'a program is attached to the interface already, in this mode',
    })
    .option('budget', {
      type: 'number',
      requiresArg: true,
      describe: 'percent of each limit that a program may use; beyond, the exit code is 1',
    })
    .option('json', { alias: 'j', type: 'boolean', default: false, describe: 'one JSON value per object' })
    .option('pretty', { alias: 'p', type: 'boolean', default: false, describe: 'JSON with line breaks' })
    .option('sarif', { type: 'boolean', default: false, describe: 'one SARIF 2.1.0 log for all objects' })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      default: '-',
      describe: 'write the answer to this file',
    })
    .example('$0 offload filter.o --nic nfp-agilio-open', 'would this card take it')
    .example('$0 offload filter.o --nic all', 'which card would') as unknown as Argv<OffloadOptions>;
}
