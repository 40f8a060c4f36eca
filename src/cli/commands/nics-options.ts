// Options of `xdpsim nics`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';

/** What `nics` was asked. */
export interface NicsOptions {
  readonly model: string | undefined;
  readonly json: boolean;
  readonly pretty: boolean;
  readonly output: string;
}

/** Declares the options. */
export function nicsOptions(argv: Argv): Argv<NicsOptions> {
  return argv
    .positional('model', { type: 'string', describe: 'a model, or a JSON file; without it all are listed' })
    .option('json', { alias: 'j', type: 'boolean', default: false, describe: 'one JSON value' })
    .option('pretty', { alias: 'p', type: 'boolean', default: false, describe: 'JSON with line breaks' })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      default: '-',
      describe: 'write the answer to this file',
    })
    .example('$0 nics', 'the cards there are')
    .example('$0 nics nfp-agilio-open', 'every figure of one, with its source') as unknown as Argv<NicsOptions>;
}
