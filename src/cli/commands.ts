// The commands, one row each. Options are declared apart from what a command does, so that `--help` loads nothing else.
import type { Argv } from 'yargs';
import { compareOptions } from './commands/compare-options.js';
import { conformanceOptions } from './commands/conformance-options.js';
import { coverageOptions } from './commands/coverage-options.js';
import { diffOptions } from './commands/diff-options.js';
import { fuzzOptions } from './commands/fuzz-options.js';
import { generateOptions } from './commands/generate-options.js';
import { inspectOptions } from './commands/inspect-options.js';
import { manOptions } from './commands/man-options.js';
import { nicsOptions } from './commands/nics-options.js';
import { offloadOptions } from './commands/offload-options.js';
import { replayOptions } from './commands/replay-options.js';
import { schemaOptions } from './commands/schema-options.js';
import { testOptions } from './commands/test-options.js';
import { traceOptions } from './commands/trace-options.js';
import { verifyOptions } from './commands/verify-options.js';
import type { ExitCode } from './exit.js';
import type { Terminal } from './terminal.js';

/** One command of the command line; `Options` is what its options parse to. */
interface Command<Options> {
  /** Name and positional arguments in yargs' notation. */
  readonly usage: string;
  /** One line for `--help`. */
  readonly summary: string;
  readonly options: (argv: Argv) => Argv<Options>;
  /** Loads the command when it is called, and gives its exit code. */
  readonly run: (options: Options, terminal: Terminal) => Promise<ExitCode>;
}

/** A command whose options only it knows. */
export type AnyCommand = Command<never>;

/** All commands, in the order of `--help`. */
export const COMMANDS: readonly AnyCommand[] = [
  command({
    usage: 'inspect <object..>',
    summary: 'programs, maps, relocations, BTF and licence of object files',
    options: inspectOptions,
    run: async (options, terminal) => (await import('./commands/inspect.js')).inspect(options, terminal),
  }),
  command({
    usage: 'verify <object..>',
    summary: 'would Linux load the programs, and if not, why',
    options: verifyOptions,
    run: async (options, terminal) => (await import('./commands/verify.js')).verify(options, terminal),
  }),
  command({
    usage: 'offload <object..>',
    summary: 'would this NIC take the programs, and if not, why',
    options: offloadOptions,
    run: async (options, terminal) => (await import('./commands/offload.js')).offload(options, terminal),
  }),
  command({
    usage: 'replay <object..>',
    summary: 'run a program over a capture and print what it did',
    options: replayOptions,
    run: async (options, terminal) => (await import('./commands/replay.js')).replay(options, terminal),
  }),
  command({
    usage: 'trace <object>',
    summary: 'one packet through a program, step by step',
    options: traceOptions,
    run: async (options, terminal) => (await import('./commands/trace.js')).trace(options, terminal),
  }),
  command({
    usage: 'diff <old> <new>',
    summary: 'packets that two versions of a program treat differently',
    options: diffOptions,
    run: async (options, terminal) => (await import('./commands/diff.js')).diff(options, terminal),
  }),
  command({
    usage: 'coverage <object>',
    summary: 'lines, branches and functions of a program that captures reach',
    options: coverageOptions,
    run: async (options, terminal) => (await import('./commands/coverage.js')).coverage(options, terminal),
  }),
  command({
    usage: 'test [spec..]',
    summary: 'run the cases of YAML specs: packets, and what is to become of them',
    options: testOptions,
    run: async (options, terminal) => (await import('./commands/test.js')).test(options, terminal),
  }),
  command({
    usage: 'fuzz <object>',
    summary: 'look for inputs that reach every line, differ between two versions, or break an invariant',
    options: fuzzOptions,
    run: async (options, terminal) => (await import('./commands/fuzz.js')).fuzz(options, terminal),
  }),
  command({
    usage: 'generate [profile..]',
    summary: 'synthetic traffic: seeded, mixed by weight, with a label on every packet',
    options: generateOptions,
    run: async (options, terminal) => (await import('./commands/generate.js')).generate(options, terminal),
  }),
  command({
    usage: 'compare <object>',
    summary: 'the same run on several engines, and the first thing that differs',
    options: compareOptions,
    run: async (options, terminal) => (await import('./commands/compare.js')).compare(options, terminal),
  }),
  command({
    usage: 'conformance',
    summary: 'RFC 9669 implementation report: every instruction, on every engine',
    options: conformanceOptions,
    run: async (options, terminal) => (await import('./commands/conformance.js')).conformance(options, terminal),
  }),
  command({
    usage: 'nics [model]',
    summary: 'the NIC models, their figures and where each comes from',
    options: nicsOptions,
    run: async (options, terminal) => (await import('./commands/nics.js')).nics(options, terminal),
  }),
  command({
    usage: 'schema [name]',
    summary: 'JSON Schemas of reports, packet lines and NIC models',
    options: schemaOptions,
    run: async (options, terminal) => (await import('./commands/schema.js')).schema(options, terminal),
  }),
  command({
    usage: 'man',
    summary: 'the manual page',
    options: manOptions,
    run: async (options, terminal) => (await import('./commands/man.js')).man(options, terminal),
  }),
];

function command<Options>(row: Command<Options>): AnyCommand {
  return row as unknown as AnyCommand;
}
