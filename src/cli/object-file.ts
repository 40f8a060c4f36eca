// Object files from disk or stdin, and the choice of a program in them.
import { readFileSync } from 'node:fs';
import { type LoadOptions, loadObject } from '../object/load.js';
import type { ObjectSpec, ProgramSpec } from '../object/spec.js';
import { InputError } from '../support/errors.js';
import { EXIT, ExitError, exitingWith } from './exit.js';

/** An object file, read and loaded. */
export interface ObjectFile {
  readonly bytes: Uint8Array;
  readonly object: ObjectSpec;
}

/**
 * Reads and loads an object; `-` is stdin.
 * @throws InputError `object-file` where it cannot be read; ExitError 3 where it cannot be loaded
 */
export function readObjectFile(path: string, options: Omit<LoadOptions, 'fileName'> = {}): ObjectFile {
  const bytes = readBytes(path);
  return { bytes, object: exitingWith(EXIT.rejected, () => loadObject(bytes, { ...options, fileName: path })) };
}

/** All bytes of a file; `-` is stdin. Throws InputError `file` naming the path and the system's reason. */
export function readBytes(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path === '-' ? 0 : path));
  } catch (error) {
    throw new InputError('file', `${path}: cannot read: ${systemReason(error)}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
};

function systemReason(error: unknown): string {
  const { code = 'error' } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? code;
}

/** Which programs are meant: by name, by section, or both. */
export interface ProgramChoice {
  readonly program: string | undefined;
  readonly section: string | undefined;
}

/** The programs that a choice names; all of them without one. */
export function matchingPrograms(object: ObjectSpec, choice: ProgramChoice): readonly ProgramSpec[] {
  return object.programs.filter(
    program =>
      (choice.program === undefined || program.name === choice.program) &&
      (choice.section === undefined || program.section === choice.section),
  );
}

/**
 * The one program to run: the chosen one, or the first that is attached to an interface as such.
 * @throws ExitError 2 naming what there is, where the choice names none; 3 where the object has no XDP program
 */
export function chooseProgram(object: ObjectSpec, choice: ProgramChoice): ProgramSpec {
  const matching = matchingPrograms(object, choice);
  const chosen = matching.find(program => program.attachPoint === 'xdp' && program.autoload) ?? matching[0];
  if (chosen !== undefined) return chosen;
  if (object.programs.length === 0) throw new ExitError(EXIT.rejected, `${object.fileName}: no XDP program in it`);
  const wanted = [choice.program, choice.section && `section ${choice.section}`].filter(Boolean).join(' in ');
  const names = object.programs.map(program => `${program.name} (${program.section})`).join(', ');
  throw new ExitError(EXIT.usage, `${object.fileName}: no program ${wanted}; it has ${names}`);
}
