// Options of `xdpsim generate`.
import type { Argv } from 'yargs';

/** What `generate` was asked. */
export interface GenerateOptions {
  readonly profile: readonly string[];
  readonly write: string | undefined;
  readonly count: number;
  readonly seed: number;
  readonly rate: number;
  readonly format: string | undefined;
  readonly resolution: string;
  readonly list: boolean;
  readonly quiet: boolean;
}

/** Declares the options. */
export function generateOptions(argv: Argv): Argv<GenerateOptions> {
  return argv
    .positional('profile', {
      type: 'string',
      array: true,
      default: [],
      describe: 'profiles, with weights if mixed: tcp-sessions:9 syn-flood:1; or one scene',
    })
    .option('write', { alias: 'w', type: 'string', requiresArg: true, describe: 'capture to write; - is stdout' })
    .option('count', { alias: 'c', type: 'number', requiresArg: true, default: 1000, describe: 'packets to make' })
    .option('seed', { type: 'number', requiresArg: true, default: 1, describe: 'seed: the same gives the same bytes' })
    .option('rate', { type: 'number', requiresArg: true, default: 100_000, describe: 'packets a second, on average' })
    .option('format', {
      choices: ['pcap', 'pcapng'],
      describe: 'pcapng, which has labels, unless the name ends in .pcap',
    })
    .option('resolution', { choices: ['us', 'ns'], default: 'ns', describe: 'of times in pcap' })
    .option('list', { alias: 'l', type: 'boolean', default: false, describe: 'list profiles and scenes' })
    .option('quiet', {
      alias: 'q',
      type: 'boolean',
      default: false,
      describe: 'no notes on stderr',
    })
    .example('$0 generate --list', 'what traffic there is')
    .example(
      '$0 generate tcp-sessions:9 syn-flood:1 -c 5000 -w mixed.pcapng',
      'sessions with a flood',
    ) as Argv<GenerateOptions>;
}
