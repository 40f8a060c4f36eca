// Options of `xdpsim replay`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';
import { type LoadArguments, listOf, loadArguments } from '../load-arguments.js';

/** What `replay` was asked. */
export interface ReplayOptions extends LoadArguments {
  readonly object: string;
  readonly read: readonly string[];
  readonly program: string | undefined;
  readonly section: string | undefined;
  readonly count: number | undefined;
  readonly json: boolean;
  readonly pretty: boolean;
  readonly output: string;
  readonly write: string | undefined;
  readonly packets: string | undefined;
  readonly packetData: boolean;
  readonly map: readonly string[];
  readonly mapsOut: string | undefined;
  readonly showMaps: boolean;
  readonly engine: string;
  readonly nic: string | undefined;
  readonly seed: number;
  readonly cpus: number;
  readonly budget: number;
  readonly strict: boolean;
  readonly performance: boolean;
  readonly verbose: boolean;
  readonly quiet: boolean;
}

/** Declares the options. */
export function replayOptions(argv: Argv): Argv<ReplayOptions> {
  return loadArguments(argv)
    .positional('object', { type: 'string', demandOption: true, describe: 'BPF ELF object file; - is stdin' })
    .option('read', {
      alias: 'r',
      type: 'string',
      requiresArg: true,
      coerce: listOf,
      demandOption: true,
      describe: 'capture to replay (pcap, pcapng, gzip of them; - is stdin); may be repeated',
    })
    .option('program', { alias: 'n', type: 'string', requiresArg: true, describe: 'name of the program' })
    .option('section', { alias: 's', type: 'string', requiresArg: true, describe: 'section of the program' })
    .option('count', { alias: 'c', type: 'number', requiresArg: true, describe: 'stop after this many packets' })
    .option('json', { alias: 'j', type: 'boolean', default: false, describe: 'the report as one JSON value' })
    .option('pretty', { alias: 'p', type: 'boolean', default: false, describe: 'JSON with line breaks' })
    .option('output', {
      alias: 'o',
      type: 'string',
      requiresArg: true,
      default: '-',
      describe: 'write the report to this file',
    })
    .option('write', {
      alias: 'w',
      type: 'string',
      requiresArg: true,
      describe: 'write every frame with its verdict to this pcapng file',
    })
    .option('packets', { type: 'string', requiresArg: true, describe: 'write one JSON line per packet to this file' })
    .option('packet-data', { type: 'boolean', default: false, describe: 'with --packets: the resulting bytes too' })
    .option('map', {
      type: 'string',
      requiresArg: true,
      coerce: listOf,
      default: [],
      describe: 'NAME=FILE: fill a map from JSON as bpftool map dump prints it; may be repeated',
    })
    .option('maps-out', { type: 'string', requiresArg: true, describe: 'write all maps as JSON to this file' })
    .option('show-maps', { type: 'boolean', default: false, describe: 'print the contents of the maps' })
    .option('engine', {
      choices: ['interpreter', 'kernel'],
      default: 'interpreter',
      describe: 'what runs the program; kernel needs Linux, root and bpftool',
    })
    .option('nic', { type: 'string', requiresArg: true, describe: 'NIC model: a name in nic-models or a JSON file' })
    .option('seed', { type: 'number', requiresArg: true, default: 1, describe: 'seed of bpf_get_prandom_u32' })
    .option('cpus', {
      type: 'number',
      requiresArg: true,
      default: 1,
      describe: 'possible CPUs (copies of per-CPU values)',
    })
    .option('budget', {
      type: 'number',
      requiresArg: true,
      default: 16_000_000,
      describe: 'instructions that one packet may execute',
    })
    .option('strict', { type: 'boolean', default: false, describe: 'a truncated or odd capture is an error' })
    .option('performance', {
      type: 'boolean',
      default: true,
      describe: 'measured speed in the JSON; --no-performance makes it repeatable to the byte',
    })
    .option('verbose', { alias: 'v', type: 'boolean', default: false, describe: 'notes about the object as well' })
    .option('quiet', { alias: 'q', type: 'boolean', default: false, describe: 'no notes on stderr' })
    .example('$0 replay filter.o -r traffic.pcap', 'count what the filter does')
    .example(
      '$0 replay filter.o -r traffic.pcap -w out.pcapng',
      'and keep each verdict for Wireshark',
    ) as unknown as Argv<ReplayOptions>;
}
