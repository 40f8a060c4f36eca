// Options of `xdpsim nics`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';

/** What `nics` was asked. */
export interface NicsOptions {
  readonly model: string | undefined;
  readonly json: boolean;
  readonly pretty: boolean;
  readonly output: string;
  readonly validate: boolean;
  readonly predict: string | undefined;
  readonly read: string | undefined;
  readonly program: string | undefined;
  readonly section: string | undefined;
  readonly cores: number | undefined;
  readonly ring: number | undefined;
  readonly compression: boolean;
  readonly rate: string | undefined;
  readonly speed: number | undefined;
  readonly loop: number;
  readonly symmetric: boolean;
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
    .option('validate', {
      type: 'boolean',
      default: false,
      describe: 'published throughput against predicted, of this model or of all',
    })
    .option('predict', { type: 'string', requiresArg: true, describe: 'predict the throughput of this object' })
    .option('read', { alias: 'r', type: 'string', requiresArg: true, describe: 'its packets: a pcap or pcapng file' })
    .option('program', { alias: 'n', type: 'string', requiresArg: true, describe: 'the program by name' })
    .option('section', { alias: 's', type: 'string', requiresArg: true, describe: 'the program by section' })
    .option('cores', { type: 'number', requiresArg: true, describe: "cores to use; the model's unless told" })
    .option('ring', {
      type: 'number',
      requiresArg: true,
      describe: "with --predict: descriptors of a receive ring; the model's unless told",
    })
    .option('compression', {
      type: 'boolean',
      default: false,
      describe: 'with --predict: the card compresses completions; not in simulated time',
    })
    .option('rate', {
      type: 'string',
      requiresArg: true,
      describe: 'with --predict: send the packets in simulated time, at "line", 10Gbps, 5Mpps ...',
    })
    .option('speed', { type: 'number', requiresArg: true, describe: 'the same as recorded, so many times as fast' })
    .option('loop', { type: 'number', requiresArg: true, default: 1, describe: 'send the capture so often' })
    .option('symmetric', { type: 'boolean', default: false, describe: 'both directions of a flow to the same queue' })
    .example('$0 nics', 'the cards there are')
    .example('$0 nics nfp-agilio-open', 'every figure of one, with its source')
    .example('$0 nics --validate', 'how well the models predict what was published')
    .example(
      '$0 nics nfp-research --predict f.o -r c.pcap',
      'how fast f.o would be there',
    ) as unknown as Argv<NicsOptions>;
}
