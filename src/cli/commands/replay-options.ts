// Options of `xdpsim replay`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';
import type { EngineName } from '../../engine/engine.js';
import { ENGINE_NAMES } from '../engine-choice.js';
import { listOf } from '../load-arguments.js';
import { outputArgument, type RunArguments, runArguments } from '../run-arguments.js';
import { type TimedArguments, timedArguments } from '../timed-options.js';

/** The forms in which `replay` can answer. */
export const REPORT_FORMATS = ['text', 'json', 'csv', 'ndjson', 'prometheus', 'ethtool', 'junit'] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** What `replay` was asked. */
export interface ReplayOptions extends RunArguments, TimedArguments {
  readonly object: readonly string[];
  readonly json: boolean;
  readonly pretty: boolean;
  readonly format: ReportFormat | undefined;
  readonly output: string;
  readonly html: string | undefined;
  readonly write: string | undefined;
  readonly writeAction: readonly string[];
  readonly rxCapture: string;
  readonly packets: string | undefined;
  readonly packetData: boolean;
  readonly events: string | undefined;
  readonly mapsOut: string | undefined;
  readonly showMaps: boolean;
  readonly engine: EngineName | undefined;
  readonly verify: boolean;
  readonly workers: number | undefined;
  readonly reasons: boolean | undefined;
  readonly labels: boolean | undefined;
  readonly performance: boolean;
}

/** Declares the options. */
export function replayOptions(argv: Argv): Argv<ReplayOptions> {
  return timedArguments(outputArgument(runArguments(argv)))
    .positional('object', {
      type: 'string',
      array: true,
      demandOption: true,
      describe: 'BPF ELF object file; - is stdin; several run as a chain, as libxdp runs them',
    })
    .option('json', { alias: 'j', type: 'boolean', default: false, describe: 'the report as one JSON value' })
    .option('pretty', { alias: 'p', type: 'boolean', default: false, describe: 'JSON with line breaks' })
    .option('format', {
      choices: REPORT_FORMATS,
      describe: 'form of the report; ndjson is one line per packet, ethtool is as ethtool -S prints',
    })
    .option('html', { type: 'string', requiresArg: true, describe: 'write the report as one HTML file too' })
    .option('write', {
      alias: 'w',
      type: 'string',
      requiresArg: true,
      describe: 'write every frame with its verdict to this pcapng file',
    })
    .option('write-action', {
      type: 'string',
      requiresArg: true,
      coerce: listOf,
      default: [],
      describe:
        'ACTION=FILE: as --write, only frames with this action (drop, pass, tx, redirect, aborted); may be repeated',
    })
    .option('rx-capture', {
      choices: ['exit', 'entry', 'entry,exit'],
      default: 'exit',
      describe: 'with --write: frames as the program left them, as they came, or both',
    })
    .option('packets', { type: 'string', requiresArg: true, describe: 'write one JSON line per packet to this file' })
    .option('packet-data', { type: 'boolean', default: false, describe: 'with --packets: the resulting bytes too' })
    .option('events', {
      type: 'string',
      requiresArg: true,
      describe: 'write what programs tell user space (perf and ring buffers, printed text) to this file; - is stdout',
    })
    .option('maps-out', { type: 'string', requiresArg: true, describe: 'write all maps as JSON to this file' })
    .option('show-maps', { type: 'boolean', default: false, describe: 'print the contents of the maps' })
    .option('engine', {
      choices: ENGINE_NAMES,
      describe: 'what runs the program: the compiler unless told; kernel needs Linux, root and bpftool',
    })
    .option('verify', {
      type: 'boolean',
      default: true,
      describe:
        'verify the program first, as Linux does; --no-verify runs it whatever it is, with every access checked',
    })
    .option('workers', {
      type: 'number',
      requiresArg: true,
      describe:
        'threads that count, where that provably gives the same; as many as there are processors for large captures',
    })
    .option('reasons', {
      type: 'boolean',
      describe:
        'source lines that decided on packets, and tables by protocol, size, time and address; on by default with the interpreter and for outputs of packets; counting alone is many times faster',
    })
    .option('labels', {
      type: 'boolean',
      describe:
        'precision and recall by the labels in comments of the capture (xdpsim generate writes them); on where the first packets of a file have labels',
    })
    .option('performance', {
      type: 'boolean',
      default: true,
      describe: 'measured speed in the JSON; --no-performance makes it repeatable to the byte',
    })
    .example('$0 replay filter.o -r traffic.pcap', 'count what the filter does')
    .example('$0 replay filter.o -r traffic.pcap --reasons', 'and say why, and to whom')
    .example('$0 replay filter.o -r traffic.pcap -w out.pcapng', 'and keep each verdict for Wireshark')
    .example('$0 replay filter.o -r traffic.pcap --html report.html', 'the same to look at')
    .example(
      '$0 replay filter.o -r traffic.pcap --nic mlx5-cx5-100g --rate 50Mpps --loop 100',
      'what this card would lose, and how late packets would be',
    )
    .example(
      '$0 replay filter.o -r traffic.pcap --write-action drop=dropped.pcapng',
      'only what was dropped',
    ) as unknown as Argv<ReplayOptions>;
}
