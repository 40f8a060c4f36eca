// The command line: yargs with the commands, and what an error becomes.
import yargs, { type Argv } from 'yargs';
import { InputError, messageOf } from '../support/errors.js';
import { type AnyCommand, COMMANDS } from './commands.js';
import { EXIT, type ExitCode, ExitError, exitCodeOf } from './exit.js';
import { checkFiles, checkValues } from './option-checks.js';
import type { Terminal } from './terminal.js';
import { version } from './version.js';

/**
 * Runs one command line.
 * @returns the exit code; everything has been printed
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok;
  const words = hideDashes(args);
  const parser = COMMANDS.reduce(
    (argv, row) =>
      addCommand(argv, row, terminal, exitCode => {
        code = exitCode;
      }),
    withoutHelpTexts(base(words, terminal)),
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

/** yargs loses a lone `-` in several places, so it sees this in its stead. */
const DASH = '\u0000-';

function hideDashes(args: readonly string[]): string[] {
  return args.map(word => (word === '-' ? DASH : word));
}

/** The options with their dashes back. */
function withDashes<T extends object>(options: T): T {
  const restored = Object.entries(options).map(([name, value]: [string, unknown]) => [name, restoreDash(value)]);
  return Object.fromEntries(restored) as T;
}

function restoreDash(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(restoreDash);
  return value === DASH ? '-' : value;
}

function base(args: readonly string[], terminal: Terminal): Argv {
  return (
    yargs([...args])
      .scriptName('xdpsim')
      // What is printed does not depend on where: yargs would take the language of the environment.
      .locale('en')
      .usage('$0 COMMAND [OPTIONS]\n\nRuns compiled XDP programs over recorded traffic: no root, no kernel, no card.')
      .demandCommand(1, 'no command given')
      .strict()
      .recommendCommands()
      .alias('h', 'help')
      .version(version())
      .completion('completion', 'script for bash or zsh that completes commands and options')
      .wrap(Math.min(100, terminal.columns))
      .exitProcess(false)
      .fail((message, error) => {
        if (error !== undefined && error !== null && error.name !== 'YError') throw error;
        const help = COMMANDS.some(({ usage }) => usage.split(' ')[0] === args[0]) ? `xdpsim ${args[0]}` : 'xdpsim';
        throw new ExitError(EXIT.usage, `${plainMessage(String(message ?? error?.message))} (see ${help} --help)`);
      })
  );
}

/** Of every command that it runs, yargs writes the help text for nobody, which takes longer than many a run. */
function withoutHelpTexts(argv: Argv): Argv {
  const { getInternalMethods } = argv as unknown as YargsInside;
  const usage = getInternalMethods?.call(argv).getUsageInstance?.();
  if (usage !== undefined) usage.cacheHelpMessage = () => undefined;
  return argv;
}

/** What the types of yargs leave out. */
interface YargsInside {
  getInternalMethods?(): { getUsageInstance?(): { cacheHelpMessage: () => void } };
}

function addCommand(argv: Argv, row: AnyCommand, terminal: Terminal, finish: (code: ExitCode) => void): Argv {
  const lists = [...row.usage.matchAll(/([\w-]+)\.\./g)].map(match => match[1]!);
  return argv.command(row.usage, row.summary, row.options, async options => {
    checkValues(options, lists);
    const restored = withDashes(options);
    checkFiles(restored);
    finish(await row.run(restored, terminal));
  });
}

/** yargs' messages where they are hard to read. */
function plainMessage(message: string): string {
  const [, name, given, choices] = /Argument: ([^,]+), Given: "(.*)", Choices: (.*)$/s.exec(message) ?? [];
  return choices === undefined ? message : `--${name}: ${given} is none of ${choices.replaceAll('"', '')}`;
}

function errorText(error: unknown): string {
  if (error instanceof ExitError || error instanceof InputError) return oneLine(error.message);
  const stack = error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error);
  return `this is a bug of xdpsim, please report it: ${stack}`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, '; ');
}
