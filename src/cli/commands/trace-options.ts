// Options of `xdpsim trace`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';
import { outputArgument, type RunArguments, runArguments } from '../run-arguments.js';

/** What `trace` was asked. */
export interface TraceOptions extends RunArguments {
  readonly object: string;
  readonly packet: number | undefined;
  readonly where: string | undefined;
  readonly lines: boolean;
  readonly json: boolean;
  readonly output: string;
}

/** Declares the options. */
export function traceOptions(argv: Argv): Argv<TraceOptions> {
  return outputArgument(runArguments(argv))
    .positional('object', { type: 'string', demandOption: true, describe: 'BPF ELF object file' })
    .option('packet', {
      type: 'number',
      requiresArg: true,
      describe: 'which packet, counted from 1; the first unless told',
    })
    .option('where', {
      type: 'string',
      requiresArg: true,
      describe: 'the first packet for which this holds, such as action==XDP_DROP && dest_port==53',
    })
    .option('lines', { type: 'boolean', default: false, describe: 'by source line instead of by instruction' })
    .option('json', {
      alias: 'j',
      type: 'boolean',
      default: false,
      describe: 'one JSON line per step, the outcome last',
    })
    .conflicts('packet', 'where')
    .example('$0 trace filter.o -r traffic.pcap --packet 12', 'what the program did to packet 12')
    .example(
      "$0 trace filter.o -r traffic.pcap --where 'action==XDP_DROP' --lines",
      'the first dropped packet, by source line',
    ) as unknown as Argv<TraceOptions>;
}
