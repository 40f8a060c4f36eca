// What helps people to use the command line: help, manual page, completion, schemas.
import { spawnSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { xdpsim } from '../support/terminal.js';

const NAMES = COMMANDS.map(({ usage }) => usage.split(' ')[0]!);
const hasTool = (name: string) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;

describe('help', () => {
  it.each(NAMES)('of %s fits 80 columns and has an example', async name => {
    const { out, code } = await xdpsim([name, '--help']);
    expect(code).toBe(0);
    expect(out).toContain('Examples:');
    expect(out.split('\n').filter(line => line.length > 80)).toEqual([]);
  });

  it('is in English whatever the language of the environment', async () => {
    const english = await xdpsim(['nics', '--help']);
    vi.stubEnv('LC_ALL', 'tr_TR.UTF-8');
    try {
      expect((await xdpsim(['nics', '--help'])).out).toBe(english.out);
      expect((await xdpsim(['nics', '--frobnicate'])).err).toContain('Unknown argument: frobnicate');
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('the manual page', () => {
  it('tells of every command and every exit code', async () => {
    const { out, code } = await xdpsim(['man']);
    expect(code).toBe(0);
    for (const name of NAMES) expect(out).toMatch(new RegExp(`^\\.SS xdpsim ${name}`, 'm'));
    for (const status of [0, 1, 2, 3, 70]) expect(out).toMatch(new RegExp(`^\\.B ${status}$`, 'm'));
  });

  it.skipIf(!hasTool('groff'))('is formatted without a warning (needs groff)', async () => {
    const { out } = await xdpsim(['man']);
    const formatted = spawnSync('groff', ['-man', '-ww', '-Tutf8'], { input: out, encoding: 'utf8' });
    expect(formatted.stderr).toBe('');
    expect(formatted.stdout).toContain('xdpsim');
  });
});

describe('completion', () => {
  const complete = async (...words: string[]) =>
    (await xdpsim(['--get-yargs-completions', 'xdpsim', ...words])).out.trim().split('\n');

  it('prints a script for the shell', async () => {
    const { out } = await xdpsim(['completion']);
    expect(out).toContain('xdpsim --get-yargs-completions');
  });

  it('knows the commands, their options and the values of those', async () => {
    expect(await complete('')).toEqual(expect.arrayContaining([...NAMES]));
    expect(await complete('replay', '--')).toEqual(expect.arrayContaining(['--read', '--html', '--format']));
    expect(await complete('replay', '--format', '')).toEqual(expect.arrayContaining(['prometheus', 'junit']));
  });
});

describe('schema', () => {
  it.each(['report', 'packet', 'coverage', 'nic-model'])('prints the schema of %s', async name => {
    const { out, code } = await xdpsim(['schema', name]);
    expect(code).toBe(0);
    expect(JSON.parse(out).$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  });

  it('prints the schema of specs, as editors read it', async () => {
    const { out } = await xdpsim(['schema', 'spec']);
    expect(JSON.parse(out).$schema).toBe('http://json-schema.org/draft-07/schema#');
  });
});
