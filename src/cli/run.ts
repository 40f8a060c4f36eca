// The command line: yargs with the commands, and what an error becomes.
import yargs, { type Argv } from 'yargs';
import { InputError, messageOf } from '../support/errors.js';
import { type AnyCommand, COMMANDS } from './commands.js';
import { EXIT, type ExitCode, ExitError, exitCodeOf } from './exit.js';
import type { Terminal } from './terminal.js';
import { version } from './version.js';

/**
 * Runs one command line.
 * @returns the exit code; everything has been printed
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const words = attachDashes(args);
  const parser = COMMANDS.reduce(
    (argv, row) =>
      addCommand(argv, row, terminal, exitCode => {
        code = exitCode;
      }),
    base(words, terminal),
  );
  try {
    await parser.parseAsync([...words], {}, (_error, _options, output) => {
      if (output !== '') terminal.out(`${output}\n`);
    });
    return code;
  } catch (error) {
    terminal.err(`xdpsim: ${errorText(error)}\n`);
    return exitCodeOf(error);
  }
}

/** yargs takes a lone `-` behind an option for a positional argument; `-r -` means `-r=-`. */
function attachDashes(args: readonly string[]): string[] {
  const words: string[] = [];
  for (const word of args) {
    const before = words.at(-1);
    if (word === '-' && before !== undefined && /^--?[a-z][^=]*$/.test(before)) words[words.length - 1] = `${before}=-`;
    else words.push(word);
  }
  return words;
}

function base(args: readonly string[], terminal: Terminal): Argv {
  return yargs([...args])
    .scriptName('xdpsim')
    .usage('$0 COMMAND [OPTIONS]\n\nRuns compiled XDP programs over recorded traffic: no root, no kernel, no card.')
    .demandCommand(1, 'no command given')
    .strict()
    .recommendCommands()
    .alias('h', 'help')
    .version(version())
    .wrap(Math.min(100, terminal.columns))
    .exitProcess(false)
    .fail((message, error) => {
      if (error !== undefined && error !== null && error.name !== 'YError') throw error;
      throw new ExitError(EXIT.usage, `${message ?? error?.message} (see xdpsim --help)`);
    });
}

function addCommand(argv: Argv, row: AnyCommand, terminal: Terminal, finish: (code: ExitCode) => void): Argv {
  return argv.command(row.usage, row.summary, row.options, async options => finish(await row.run(options, terminal)));
}

function errorText(error: unknown): string {
  if (error instanceof ExitError || error instanceof InputError) return oneLine(error.message);
  const stack = error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error);
  return `this is a bug of xdpsim, please report it: ${stack}`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, '; ');
}
