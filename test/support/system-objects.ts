// BPF objects to try parsers on: those of test/programs, and what distributions install (libxdp, xdp-tools) where they do.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

/** Paths of the objects below /usr/lib; empty where none are installed. */
export const systemObjects: readonly string[] = ['/usr/lib', ...folders('/usr/lib')].flatMap(folder =>
  objects(join(folder, 'bpf')),
);

/** Paths of the built test programs. */
export const testObjects: readonly string[] = objects(resolve(import.meta.dirname, '../programs'));

/** Name and bytes of an object. */
export function readObject(path: string): { readonly name: string; readonly bytes: Uint8Array } {
  return { name: basename(path), bytes: new Uint8Array(readFileSync(path)) };
}

function objects(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter(name => name.endsWith('.o'));
  return names.sort().map(name => join(folder, name));
}

function folders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory());
  return entries.map(({ name }) => join(folder, name)).sort();
}
