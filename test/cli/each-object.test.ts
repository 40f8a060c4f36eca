// Several objects of which some cannot be loaded: every one of them has its line.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, temporaryFolder, xdpsim } from '../support/terminal.js';

const files = temporaryFolder();
const directory = process.cwd();

beforeAll(() => {
  process.chdir(ROOT);
  writeFileSync(files.path('text.o'), 'not an object');
});
afterAll(() => {
  process.chdir(directory);
  files.remove();
});

describe.each([
  { command: 'inspect', more: [] },
  { command: 'verify', more: [] },
  { command: 'offload', more: ['--nic', 'line-rate'] },
])('$command -j', ({ command, more }) => {
  it('has a line with the error for an object that is none', async () => {
    const text = files.path('text.o');
    const { code, out, err } = await xdpsim([command, text, 'test/programs/pass-all.o', '-j', ...more]);
    const lines = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(code).toBe(3);
    expect(lines.map(({ object }) => object)).toEqual(['test/programs/pass-all.o', text]);
    expect(lines[1].error).toMatch(/^.*text\.o: /);
    expect(err).toBe(`xdpsim: ${lines[1].error}\n`);
  });
});
