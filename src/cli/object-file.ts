// Object files from disk or stdin, and the choice of a program in them.
import { existsSync } from 'node:fs';
import { type EmbeddedElf, embeddedElfs } from '../elf/embedded.js';
import { type LoadOptions, loadObject } from '../object/load.js';
import type { ObjectSpec, ProgramSpec } from '../object/spec.js';
import { EXIT, ExitError, exitingWith } from './exit.js';
import { readBytes } from './files.js';

/** An object file, read and loaded. */
export interface ObjectFile {
  readonly bytes: Uint8Array;
  readonly object: ObjectSpec;
}

/** How to load, but for the name. */
export type Loading = Omit<LoadOptions, 'fileName'>;

/**
 * Reads and loads an object; `-` is stdin, and `FILE@OFFSET` an object inside a larger file, as `inspect` names them.
 * @throws InputError `file` where it cannot be read; ExitError 3 where it cannot be loaded
 */
export function readObjectFile(path: string, loading: Loading = {}): ObjectFile {
  const [, file, offset] = EMBEDDED_NAME.exec(path) ?? [];
  if (file === undefined || existsSync(path)) return load(readBytes(path), path, loading);
  const bytes = readBytes(file);
  const place = embeddedElfs(bytes).find(elf => elf.offset === Number(offset));
  if (place === undefined) throw new ExitError(EXIT.rejected, `${file}: no BPF object at offset ${offset}`);
  return load(partOf(bytes, place), path, loading);
}

/** All objects of a file: itself where it is one, else those that stand in it, such as an archive's or a skeleton's. */
export function readObjectsWithin(path: string, loading: Loading = {}): ObjectFile[] {
  if (EMBEDDED_NAME.test(path)) return [readObjectFile(path, loading)];
  const bytes = readBytes(path);
  const places = exitingWith(EXIT.rejected, () => embeddedElfs(bytes));
  if (places.length === 0 || places.some(({ offset }) => offset === 0)) return [load(bytes, path, loading)];
  return places.map(place => load(partOf(bytes, place), `${path}@${place.offset}`, loading));
}

const EMBEDDED_NAME = /^(.+)@(\d+)$/;

function partOf(bytes: Uint8Array, { offset, lengthBytes }: EmbeddedElf): Uint8Array {
  return bytes.slice(offset, offset + lengthBytes);
}

function load(bytes: Uint8Array, fileName: string, loading: Loading): ObjectFile {
  return { bytes, object: exitingWith(EXIT.rejected, () => loadObject(bytes, { ...loading, fileName })) };
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
