// What is checked of every command's options before it runs: numbers are numbers, options that take one value have one, and nothing is
// written over what is read.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { InputError } from '../support/errors.js';
import { isList } from './load-arguments.js';

type Options = Readonly<Record<string, unknown>>;

/** Options that name files to read; those of the second list name them behind a `=`. */
const INPUTS = ['object', 'old', 'new', 'read', 'spec', 'against', 'btf', 'kconfig', 'host', 'merge', 'predict'];
const NAMED_INPUTS = ['map'];
const OUTPUTS = ['output', 'write', 'html', 'packets', 'mapsOut'];
const NAMED_OUTPUTS = ['writeAction'];

/**
 * Checks the values, as yargs gives them.
 * @param lists names of positional arguments of which there can be many
 * @throws InputError `option` naming the option and what is wrong
 */
export function checkValues(options: Options, lists: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (name.length === 1 || /[A-Z]/.test(name)) continue;
    if (typeof value === 'number' && Number.isNaN(value)) throw new InputError('option', `--${name}: not a number`);
    const isRepeated = Array.isArray(value) && name !== '_' && !lists.includes(name) && !isList(value);
    if (isRepeated) throw new InputError('option', `--${name}: given ${value.length} times, can be given once`);
  }
}

/** Throws InputError `option` where a file would be written that is read, or written twice. */
export function checkFiles(options: Options): void {
  const taken = new Map<string, string>();
  for (const path of [...pathsOf(options, INPUTS), ...pathsOf(options, NAMED_INPUTS).map(behindName)]) {
    const file = identity(path);
    if (file !== undefined) taken.set(file, `${path}: is read, and would be written over`);
  }
  for (const path of [...pathsOf(options, OUTPUTS), ...pathsOf(options, NAMED_OUTPUTS).map(behindName)]) {
    const file = identity(path);
    if (file === undefined) continue;
    const clash = taken.get(file);
    if (clash !== undefined) throw new InputError('option', clash);
    taken.set(file, `${path}: two things would be written to it`);
  }
}

function pathsOf(options: Options, names: readonly string[]): string[] {
  return names.flatMap(name => options[name] ?? []).filter(value => typeof value === 'string');
}

function behindName(text: string): string {
  return text.slice(text.indexOf('=') + 1);
}

/** What tells a file from others; undefined for stdin, stdout, devices and pipes, which can be there twice. */
function identity(path: string): string | undefined {
  if (path === '-') return undefined;
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return resolve(path);
  return status.isFile() ? `${status.dev}:${status.ino}` : undefined;
}
