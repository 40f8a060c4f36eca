// Options of `xdpsim man`; kept apart from the command so that `--help` loads nothing else.
import type { Argv } from 'yargs';
import { outputArgument } from '../run-arguments.js';

/** What `man` was asked. */
export interface ManOptions {
  readonly output: string;
}

/** Declares the options. */
export function manOptions(argv: Argv): Argv<ManOptions> {
  return outputArgument(argv).example('$0 man | man -l -', 'read it');
}
