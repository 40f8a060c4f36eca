// JSON files of the package that are made from a table in the source.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

/** Holds a JSON file to a value, or writes it where UPDATE_GOLDEN is set (then `npm run format` lays it out). */
export function expectGoldenAt(folder: string, name: string, value: unknown): void {
  const path = join(folder, name);
  if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(value);
}
