// `xdpsim man`: the manual page, made of the help of all commands, so that it is never behind them. Source: man(7), groff_man(7).
import { COMMANDS } from '../commands.js';
import { EXIT, type ExitCode } from '../exit.js';
import { run } from '../run.js';
import { openSink, type Terminal } from '../terminal.js';
import { version } from '../version.js';
import type { ManOptions } from './man-options.js';

const COLUMNS = 72;

/** Runs the command. */
export async function man(options: ManOptions, terminal: Terminal): Promise<ExitCode> {
  const sink = openSink(options.output, terminal);
  sink.write(await manPage(terminal));
  sink.close();
  return EXIT.ok;
}

async function manPage(terminal: Terminal): Promise<string> {
  const commands: string[] = [];
  for (const { usage } of COMMANDS) {
    const name = usage.split(' ')[0]!;
    commands.push(`.SS ${roff(`xdpsim ${usage}`)}`, '.nf', roff(await helpOf(name, terminal)), '.fi');
  }
  return `${[
    `.TH XDPSIM 1 "" "xdpsim ${version()}" "User Commands"`,
    '.SH NAME',
    roff('xdpsim - runs compiled XDP programs over recorded traffic'),
    '.SH SYNOPSIS',
    '.B xdpsim',
    '.I COMMAND',
    roff('[OPTIONS]'),
    '.SH DESCRIPTION',
    roff('Loads BPF ELF objects as clang writes them, says whether Linux or a network card would take them, and runs'),
    roff('them over captures in an emulated card: without root, kernel or hardware.'),
    '.SH COMMANDS',
    ...commands,
    '.SH EXIT STATUS',
    ...EXIT_CODES.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, roff(meaning)]),
  ].join('\n')}\n`;
}

const EXIT_CODES: readonly (readonly [number, string])[] = [
  [EXIT.ok, 'It went well.'],
  [EXIT.negative, 'An expectation failed, a difference was found, a program trapped, or a card would not take it.'],
  [EXIT.usage, 'The command line is wrong, or a file cannot be read.'],
  [EXIT.rejected, 'The object cannot be loaded, or the verifier rejects it.'],
  [EXIT.internal, 'A bug of xdpsim.'],
];

/** The help of a command without its first line, which the heading repeats. */
async function helpOf(command: string, terminal: Terminal): Promise<string> {
  let help = '';
  const listener: Terminal = {
    ...terminal,
    columns: COLUMNS,
    out: chunk => {
      help += typeof chunk === 'string' ? chunk : '';
    },
  };
  await run([command, '--help'], listener);
  return help.split('\n').slice(1).join('\n').trim();
}

/** A text in roff: backslashes, hyphens, and dots or quotes that begin a line are not to be obeyed. */
function roff(text: string): string {
  return text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}
