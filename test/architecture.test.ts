// Holds the imports to the floors of src/README.md: a file may import from its own folder and from lower floors, and `node:*` only
// where the library opens files or starts processes.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCE = resolve(import.meta.dirname, '../src');

/** Folders from the ground up; folders in one row stand on one floor. */
const FLOORS: readonly (readonly string[])[] = [
  ['support'],
  ['elf', 'btf', 'isa', 'capture'],
  ['platform', 'traffic'],
  ['object'],
  ['verifier', 'machine'],
  ['engine'],
  ['nic'],
  ['report', 'testing'],
  ['cli'],
];

/** Imports between folders of one floor that the design allows, as `from -> to`. */
const NEIGHBOURS: readonly string[] = ['testing -> report'];

/** Where `node:*` may be imported. */
const NODE_PLACES = [/^cli\//, /^engine\/kernel\//, /^capture\/open\.ts$/, /^vitest\.ts$/];

const IMPORT = /(?:^|\n)\s*(?:import|export)\s[^'"]*?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

interface Import {
  readonly from: string;
  readonly to: string;
}

function imports(): Import[] {
  const found: Import[] = [];
  for (const entry of readdirSync(SOURCE, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    const file = join(entry.parentPath, entry.name);
    for (const match of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const specifier = (match[1] ?? match[2])!;
      const to = specifier.startsWith('.') ? relative(SOURCE, resolve(dirname(file), specifier)) : specifier;
      found.push({ from: relative(SOURCE, file), to });
    }
  }
  return found;
}

const folderOf = (path: string): string => path.split('/')[0]!;
const floorOf = (folder: string): number => FLOORS.findIndex(floor => floor.includes(folder));
const isLocal = (path: string): boolean => floorOf(folderOf(path)) >= 0;

describe('the house', () => {
  const all = imports();

  it('has every source folder on a floor', () => {
    const folders = readdirSync(SOURCE, { withFileTypes: true }).filter(entry => entry.isDirectory());
    expect(folders.map(entry => entry.name).filter(name => floorOf(name) < 0)).toEqual([]);
  });

  it('imports only from the same folder or a lower floor', () => {
    const wrong = all.filter(({ from, to }) => {
      if (!from.includes('/') || !isLocal(to)) return false;
      const [source, target] = [folderOf(from), folderOf(to)];
      return source !== target && floorOf(target) >= floorOf(source) && !NEIGHBOURS.includes(`${source} -> ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('keeps the engines apart: each knows only the seam', () => {
    const engine = /^engine\/(interpreter|compiler|kernel)\//;
    const wrong = all.filter(({ from, to }) => {
      const [source, target] = [engine.exec(from)?.[1], engine.exec(to)?.[1]];
      return source !== undefined && target !== undefined && source !== target;
    });
    expect(wrong).toEqual([]);
  });

  it('imports node:* only in cli, engine/kernel, the file-opening part of capture and the vitest kit', () => {
    const wrong = all.filter(({ from, to }) => to.startsWith('node:') && !NODE_PLACES.some(place => place.test(from)));
    expect(wrong).toEqual([]);
  });
});
