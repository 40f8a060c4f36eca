// trace, coverage and diff: what they find, and how they end.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, temporaryFolder, xdpsim } from '../support/terminal.js';
import { findTool, runTool } from '../support/tools.js';

const FIREWALL = 'test/programs/cidr-firewall.o';
const MIXED = 'captures/mixed.pcap';
const files = temporaryFolder();
const directory = process.cwd();
beforeAll(() => process.chdir(ROOT));
afterAll(() => {
  process.chdir(directory);
  files.remove();
});

describe('trace', () => {
  const traced = async (...more: string[]) => await xdpsim(['trace', FIREWALL, '-r', MIXED, '-q', ...more]);
  const lastLine = (out: string) => JSON.parse(out.trim().split('\n').at(-1)!);

  it('prints as many steps as the packet executed, in the order of the program', async () => {
    const lines = (await traced('--packet', '5', '-j')).out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ packet: 5, action: 'XDP_PASS', instructions: lines.length - 1 });
    expect(lines[0]).toMatchObject({ slot: 0, depth: 0, program: 'cidr_firewall', text: '(61) r2 = *(u32 *)(r1 +0)' });
    expect(lines.at(-2).text).toBe('(95) exit');
  });

  it('traces a packet in the state that those before it left', async () => {
    const limiter = ['test/programs/syn-limiter.o', '-r', MIXED, '-q', '--set', 'syns_per_window=1'];
    await xdpsim(['replay', ...limiter, '--packets', files.path('packets')]);
    const lines = readFileSync(files.path('packets'), 'utf8').trim().split('\n');
    const dropped = lines.map(line => JSON.parse(line)).find(({ action }) => action === 'XDP_DROP');
    const { out } = await xdpsim(['trace', ...limiter, '-j', '--where', 'action==drop']);
    expect(dropped).toBeDefined();
    const { packet, instructions } = dropped;
    expect(lastLine(out)).toMatchObject({ packet, action: 'XDP_DROP', instructions });
  });

  it.each([
    ['action==XDP_DROP', { action: 'XDP_DROP' }],
    ['action == drop && dest_port == 80', { action: 'XDP_DROP' }],
    ['proto==UDP && !(dest_port==53 || src_port==53)', { action: 'XDP_PASS' }],
    ['src_ip==192.0.2.140 && packet>2', { action: 'XDP_PASS' }],
    ["line=='114' && action=='XDP_DROP'", { action: 'XDP_DROP' }],
    ['length >= 500', { action: 'XDP_PASS' }],
  ])('finds the first packet for which %s', async (where, expected) => {
    expect(lastLine((await traced('-j', '--where', where)).out)).toMatchObject(expected);
  });

  it.each([
    ['colour==red', /expected a field \(packet, action, /],
    ['action=drop', /cannot read from character 7 on: =drop/],
    ['action==', /expected a value, found its end/],
    ['(action==drop', /expected \), found its end/],
    ['action==drop proto==UDP', /expected && or \|\|, found proto/],
    ['action drop', /expected ==, !=, <, <=, > or >=, found drop/],
  ])('refuses the condition %s', async (where, says) => {
    const { code, err } = await traced('--where', where);
    expect(err).toMatch(says);
    expect(code).toBe(2);
  });

  it('ends with 1 where there is no such packet, and says so', async () => {
    const outcome = await xdpsim(['trace', FIREWALL, '-r', MIXED, '--packet', '100000']);
    expect(outcome).toMatchObject({ code: 1, out: '' });
    expect(outcome.err).toMatch(/there is no packet 100000/);
    expect((await xdpsim(['trace', FIREWALL, '-r', MIXED, '--where', 'action==tx'])).err).toMatch(
      /no such packet: action==tx/,
    );
  });

  it('says why a packet never reached the program', async () => {
    const { err, code } = await xdpsim(['trace', FIREWALL, '-r', 'captures/odd.pcap', '--where', 'action==dropped']);
    expect(err).toMatch(/packet \d+ never reached the program: shorter than 14 bytes/);
    expect(code).toBe(1);
  });

  it('ends with 1 where the program traps, and shows up to where', async () => {
    const { out, code } = await xdpsim(['trace', FIREWALL, '-r', MIXED, '-q', '--budget', '10']);
    expect(out.match(/^ *\d+: \(/gm)).toHaveLength(10);
    expect(out).toMatch(/trap: more instructions than one packet may execute after 10 instructions/);
    expect(code).toBe(1);
  });

  it('refuses stdin, which cannot be read twice', async () => {
    expect(await xdpsim(['trace', FIREWALL, '-r', '-'])).toMatchObject({ code: 2 });
  });
});

describe('coverage', () => {
  const measured = async (...captures: string[]) => {
    const args = captures.flatMap(path => ['-r', path]);
    return JSON.parse((await xdpsim(['coverage', 'test/programs/tail-calls.o', '-q', '-j', ...args])).out);
  };

  it('never falls when captures are added', async () => {
    const [one, both] = [await measured('captures/odd.pcap'), await measured('captures/odd.pcap', MIXED)];
    for (const measure of ['lines', 'branches', 'functions', 'instructions']) {
      expect(both.totals[measure].total).toBe(one.totals[measure].total);
      expect(both.totals[measure].covered).toBeGreaterThanOrEqual(one.totals[measure].covered);
    }
    expect(both.totals.lines.covered).toBeGreaterThan(one.totals.lines.covered);
  });

  it('of two runs merged is that of one run over both captures', async () => {
    const [first, both] = [files.path('first.json'), await measured('captures/odd.pcap', MIXED)];
    const args = ['coverage', 'test/programs/tail-calls.o', '-q', '-j'];
    await xdpsim([...args, '-r', 'captures/odd.pcap', '-o', first]);
    const merged = JSON.parse((await xdpsim([...args, '-r', MIXED, '--merge', first])).out);
    expect(merged).toEqual(both);
  });

  it.each([
    ['test/programs/pass-all.o', 'README.md', /README\.md: not JSON/],
    ['test/programs/pass-all.o', 'package.json', /package\.json: not what coverage -j prints/],
    ['test/programs/pass-all.o', 'nowhere.json', /nowhere\.json: cannot read: no such file/],
  ])('of %s refuses to be merged with %s', async (object, path, says) => {
    const outcome = await xdpsim(['coverage', object, '-r', MIXED, '--merge', path]);
    expect(outcome.code).toBe(2);
    expect(outcome.err).toMatch(says);
  });

  it('refuses to be merged with that of another build', async () => {
    const path = files.path('other.json');
    await xdpsim(['coverage', 'test/programs/pass-all.o', '-r', MIXED, '-q', '-j', '-o', path]);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"code":"[0-9a-f]+"/, '"code":"00000000"'));
    const outcome = await xdpsim(['coverage', 'test/programs/pass-all.o', '-r', MIXED, '--merge', path]);
    expect(outcome).toMatchObject({ code: 2, out: '' });
    expect(outcome.err).toMatch(/other\.json: measured another build of pass_all/);
  });

  it('counts the packets at the first line of the program', async () => {
    const value = JSON.parse((await xdpsim(['coverage', 'test/programs/pass-all.o', '-q', '-j', '-r', MIXED])).out);
    const [file] = value.files;
    expect(file.functions).toEqual([expect.objectContaining({ name: 'pass_all', count: 2153 })]);
    expect(file.lines.find((line: { text: string }) => line.text.includes('return XDP_PASS')).count).toBe(2153);
    expect(value.totals.lines).toEqual({ covered: file.lines.length, total: file.lines.length });
  });

  it('covers nothing without packets', async () => {
    const { out } = await xdpsim(['coverage', FIREWALL, '-q', '-j', '-r', MIXED, '-c', '0']);
    expect(JSON.parse(out).totals.instructions.covered).toBe(0);
  });

  it.each([
    ['--min', '10', 0],
    ['--min', '100', 1],
    ['--min-branches', '10', 0],
    ['--min-branches', '99.5', 1],
  ])('with %s %s ends with %i', async (option, value, code) => {
    const outcome = await xdpsim(['coverage', 'test/programs/tail-calls.o', '-r', MIXED, option, value]);
    expect(outcome.code).toBe(code);
    expect(outcome.err.includes('were asked for')).toBe(code === 1);
  });

  it('refuses a demand that is no percentage', async () => {
    expect(await xdpsim(['coverage', FIREWALL, '-r', MIXED, '--min', '101'])).toMatchObject({ code: 2 });
  });

  it.skipIf(findTool('genhtml') === undefined)('writes a tracefile that genhtml reads (needs genhtml)', async () => {
    const path = files.path('a.info');
    await xdpsim(['coverage', FIREWALL, '-r', MIXED, '-q', '--format', 'lcov', '-o', path]);
    runTool('genhtml', '--branch-coverage', '--quiet', '--output-directory', files.path('html'), path);
    const page = readFileSync(files.path('html/index.html'), 'utf8');
    const { totals } = JSON.parse((await xdpsim(['coverage', FIREWALL, '-r', MIXED, '-q', '-j'])).out);
    for (const { covered, total } of [totals.lines, totals.branches]) {
      expect(page).toMatch(new RegExp(`>${covered}<[^]*?>${total}<|>${total}<[^]*?>${covered}<`));
    }
  });
});

describe('diff', () => {
  it('of a program with itself finds nothing and ends with 0', async () => {
    const outcome = await xdpsim(['diff', FIREWALL, FIREWALL, '-r', MIXED, '-q', '-j']);
    expect(outcome.code).toBe(0);
    expect(JSON.parse(outcome.out)).toMatchObject({ packets: 2153, changedPackets: 0, transitions: [], maps: [] });
  });

  it('groups packets by the change of their action, with places and examples, and ends with 1', async () => {
    const outcome = await xdpsim([
      'diff',
      'test/programs/pass-all.o',
      FIREWALL,
      '-r',
      MIXED,
      '-q',
      '-j',
      '--examples',
      '2',
    ]);
    const value = JSON.parse(outcome.out);
    expect(outcome.code).toBe(1);
    expect(value.changedPackets).toBe(680);
    expect(value.transitions).toHaveLength(1);
    expect(value.transitions[0]).toMatchObject({ change: 'XDP_PASS -> XDP_DROP', packets: 680 });
    expect(value.transitions[0].examples).toHaveLength(2);
    expect(value.transitions[0].places[0].new).toMatch(/cidr-firewall\.bpf\.c:114: if/);
    expect(value.maps.map(({ map }: { map: string }) => map)).toContain('verdicts');
  });

  it('finds frames that differ where the action does not, field by field', async () => {
    const { out } = await xdpsim([
      'diff',
      'test/programs/pass-all.o',
      'test/programs/vlan.o',
      '-r',
      'captures/vlan.pcap',
      '-q',
      '-j',
    ]);
    const change = JSON.parse(out).transitions.find(
      (item: { change: string }) => item.change === 'XDP_PASS, other bytes',
    );
    expect(change.packets).toBeGreaterThan(0);
    expect(change.examples[0].changes[0]).toMatch(/^length: \d+ -> \d+ bytes$/);
  });

  it('finds maps that differ after the run, unless told not to look', async () => {
    writeFileSync(files.path('rules.json'), '[]');
    const args = ['diff', 'test/programs/protocol-counters.o', 'test/programs/pass-all.o', '-r', MIXED, '-q', '-j'];
    const outcome = await xdpsim(args);
    expect(JSON.parse(outcome.out)).toMatchObject({ changedPackets: 0 });
    expect(outcome.code).toBe(1);
    expect((await xdpsim([...args, '--no-maps'])).code).toBe(0);
  });

  it('names the version that cannot be loaded', async () => {
    const outcome = await xdpsim(['diff', FIREWALL, 'README.md', '-r', MIXED]);
    expect(outcome.code).toBe(3);
    expect(outcome.err).toMatch(/README\.md: /);
  });
});
