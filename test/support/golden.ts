// Expected outputs as files in test/golden; `npm run golden` writes them anew.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect } from 'vitest';

const FOLDER = resolve(import.meta.dirname, '../golden');

/** Holds a text to the golden file of that name, or writes it there where UPDATE_GOLDEN is set. */
export function expectGolden(name: string, text: string): void {
  const path = resolve(FOLDER, name);
  if (process.env.UPDATE_GOLDEN !== undefined) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return;
  }
  expect(existsSync(path), `test/golden/${name} is there; npm run golden writes it`).toBe(true);
  expect(text).toBe(readFileSync(path, 'utf8'));
}
