// The command line: yargs with the commands, and what an error becomes.
import yargs from 'yargs';
import { InputError, messageOf } from '../support/errors.js';
import { inspectOptions } from './commands/inspect-options.js';
import { replayOptions } from './commands/replay-options.js';
import { EXIT, type ExitCode, ExitError, exitCodeOf } from './exit.js';
import type { Terminal } from './terminal.js';
import { version } from './version.js';

/**
 * Runs one command line. Commands are loaded when they are called, so that `--help` is quick.
 * @returns the exit code; everything has been printed
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const parser = yargs([...args])
    .scriptName('xdpsim')
    .usage('$0 COMMAND [OPTIONS]\n\nRuns compiled XDP programs over recorded traffic: no root, no kernel, no card.')
    .command(
      'inspect <object..>',
      'programs, maps, relocations, BTF and licence of object files',
      inspectOptions,
      async options => {
        const { inspect } = await import('./commands/inspect.js');
        code = inspect(options, terminal);
      },
    )
    .command('replay <object>', 'run a program over a capture and print what it did', replayOptions, async options => {
      const { replay } = await import('./commands/replay.js');
      code = await replay(options, terminal);
    })
    .demandCommand(1, 'no command given')
    .strict()
    .recommendCommands()
    .alias('h', 'help')
    .version(version())
    .wrap(Math.min(100, terminal.columns))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new ExitError(EXIT.usage, `${message} (see xdpsim --help)`);
    });
  try {
    await parser.parseAsync([...args], {}, (_error, _options, output) => {
      if (output !== '') terminal.out(`${output}\n`);
    });
    return code;
  } catch (error) {
    terminal.err(`xdpsim: ${errorText(error)}\n`);
    return exitCodeOf(error);
  }
}

function errorText(error: unknown): string {
  if (error instanceof ExitError || error instanceof InputError) return oneLine(error.message);
  const stack = error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error);
  return `this is a bug of xdpsim, please report it: ${stack}`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, '; ');
}
