// The XDP programs of this folder: each has its object, the objects are what the sources give, and Linux takes them.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const folder = import.meta.dirname;
const buildScript = join(folder, 'build.mjs');
const bpfFileSystem = '/sys/fs/bpf';

const names = readdirSync(folder)
  .filter(name => name.endsWith('.bpf.c'))
  .map(name => name.replace(/\.bpf\.c$/, ''));

const objectPath = (name: string) => join(folder, `${name}.o`);

describe('programs', () => {
  it('have an object beside every source, and a source beside every object', () => {
    const objects = readdirSync(folder).filter(name => name.endsWith('.o'));
    expect(objects.sort()).toEqual(names.map(name => `${name}.o`).sort());
  });

  it('stand in the table of the README', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(names.filter(name => !readme.includes(`\n| \`${name}\` `))).toEqual([]);
  });

  it.each(names)('%s.o names no absolute source path', name => {
    const strings = readFileSync(objectPath(name)).toString('latin1');
    expect(strings).not.toMatch(/\0\/[^\0]*\.[ch]\0/);
  });
});

// Another compiler or other headers may well give other bytes, so only the recorded ones are held to them.
const recordedToolchain = readFileSync(join(folder, 'toolchain.txt'), 'utf8');
const toolchain = spawnSync('node', [buildScript, '--toolchain'], { encoding: 'utf8' }).stdout;
const hasToolchain = toolchain === recordedToolchain;
const whyNoToolchain = hasToolchain ? '' : ` (skipped: needs ${recordedToolchain.trim().replaceAll('\n', ', ')})`;

describe.skipIf(!hasToolchain)(`rebuilding the programs${whyNoToolchain}`, () => {
  it('gives the same bytes', () => {
    const { stdout, status } = spawnSync('node', [buildScript, '--check'], { encoding: 'utf8' });
    expect(stdout).toBe('every object is up to date\n');
    expect(status).toBe(0);
  });
});

const canLoad = process.getuid?.() === 0 && spawnSync('bpftool', ['prog', 'list']).status === 0;
const whyNotLoad = canLoad ? '' : ' (skipped: needs root, bpftool and a Linux kernel with BPF)';

describe.skipIf(!canLoad)(`loading the programs into the kernel${whyNotLoad}`, () => {
  it.each(names)('%s.o is accepted', name => {
    const pins = mkdtempSync(join(bpfFileSystem, 'xdpsim-programs-'));
    try {
      const { stderr, status } = spawnSync('bpftool', ['prog', 'loadall', objectPath(name), join(pins, 'all')], {
        encoding: 'utf8',
      });
      expect(status, stderr).toBe(0);
    } finally {
      rmSync(pins, { recursive: true });
    }
  });
});
