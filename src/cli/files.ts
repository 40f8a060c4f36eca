// Whole files from disk or stdin.
import { readFileSync } from 'node:fs';
import { InputError } from '../support/errors.js';

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
