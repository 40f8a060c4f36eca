// What goes wrong, what is said about it, and the exit code: 2 usage or unreadable input, 3 object not loadable, 1 a negative answer.
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, temporaryFolder, xdpsim } from '../support/terminal.js';

const OBJECT = 'test/programs/cidr-firewall.o';
const CAPTURE = 'captures/vlan.pcap';
/** What wipes the progress line: erase to its end. */
const WIPE = `${String.fromCharCode(27)}[K`;
const files = temporaryFolder();
const directory = process.cwd();

beforeAll(() => {
  process.chdir(ROOT);
  writeFileSync(files.path('empty.o'), '');
  writeFileSync(
    files.path('text.o'),
    'this is no object file, and long enough to hold a header of one.................',
  );
  writeFileSync(files.path('cut.o'), readFileSync(OBJECT).subarray(0, 700));
  writeFileSync(files.path('empty.pcap'), '');
  writeFileSync(files.path('text.pcap'), 'neither pcap nor pcapng, but long enough to be looked at');
  writeFileSync(files.path('cut.pcap'), readFileSync(CAPTURE).subarray(0, 1000));
  writeFileSync(files.path('broken.json'), '[{"key":');
  writeFileSync(files.path('short.json'), '[{"key":["0x01"],"value":["0x02"]}]');
  writeFileSync(files.path('model.json'), '{"name":"x"}');
});
afterAll(() => {
  process.chdir(directory);
  files.remove();
});

interface Failure {
  readonly name: string;
  readonly args: () => readonly string[];
  readonly code: number;
  readonly says: RegExp;
}

const replay = (...more: string[]) => ['replay', OBJECT, '-r', CAPTURE, ...more];

const failures: readonly Failure[] = [
  { name: 'no command', args: () => [], code: 2, says: /no command given \(see xdpsim --help\)/ },
  { name: 'an unknown command', args: () => ['frobnicate'], code: 2, says: /frobnicate/ },
  { name: 'a command nearly right', args: () => ['repaly'], code: 2, says: /Did you mean replay/ },
  { name: 'an unknown option', args: () => replay('--frobnicate'), code: 2, says: /Unknown argument: frobnicate/ },
  { name: 'replay without a capture', args: () => ['replay', OBJECT], code: 2, says: /Missing required argument: r/ },
  { name: 'replay without an object', args: () => ['replay', '-r', CAPTURE], code: 2, says: /Not enough/ },
  { name: 'an option without its value', args: () => replay('--count'), code: 2, says: /count/ },
  {
    name: 'an unknown engine',
    args: () => replay('--engine', 'steam'),
    code: 2,
    says: /--engine: steam is none of interpreter, .*\(see xdpsim replay --help\)/,
  },
  {
    name: 'an option given twice',
    args: () => replay('--html', 'a', '--html', 'b'),
    code: 2,
    says: /--html: given 2 times, can be given once/,
  },
  {
    name: 'an output that is the capture',
    args: () => replay('-w', CAPTURE),
    code: 2,
    says: /is read, and would be written over/,
  },
  {
    name: 'an output that is the object, by another name',
    args: () => replay('-o', `./${OBJECT}`),
    code: 2,
    says: /is read, and would be written over/,
  },
  {
    name: 'two outputs in one file',
    args: () => replay('-w', files.path('same'), '--write-action', `drop=${files.path('same')}`),
    code: 2,
    says: /two things would be written to it/,
  },
  {
    name: 'a count below 0',
    args: () => replay('--count=-1'),
    code: 2,
    says: /--count: -1 is not a whole number from 0/,
  },
  { name: 'a count that is no number', args: () => replay('-c', 'many'), code: 2, says: /--count: not a number/ },
  { name: 'a fractional seed', args: () => replay('--seed', '1.5'), code: 2, says: /--seed: 1.5 is not a whole/ },
  {
    name: 'no CPUs',
    args: () => replay('--cpus', '0'),
    code: 2,
    says: /--cpus: 0 is not a whole number from 1 to 256/,
  },
  { name: 'no budget', args: () => replay('--budget', '0'), code: 2, says: /--budget: 0 is not/ },
  {
    name: 'an object that is not there',
    args: () => ['inspect', 'no.o'],
    code: 2,
    says: /no.o: cannot read: no such file/,
  },
  {
    name: 'an object that is a folder',
    args: () => ['inspect', 'test'],
    code: 2,
    says: /test: cannot read: it is a directory/,
  },
  { name: 'an empty object', args: () => ['inspect', files.path('empty.o')], code: 3, says: /empty\.o: / },
  { name: 'an object that is text', args: () => ['inspect', files.path('text.o')], code: 3, says: /text\.o: / },
  { name: 'a cut object', args: () => ['inspect', files.path('cut.o')], code: 3, says: /cut\.o: / },
  {
    name: 'replay of a cut object',
    args: () => ['replay', files.path('cut.o'), '-r', CAPTURE],
    code: 3,
    says: /cut\.o: /,
  },
  {
    name: 'a program that is not in it',
    args: () => replay('-n', 'nobody'),
    code: 2,
    says: /no program nobody; it has cidr_firewall \(xdp\)/,
  },
  {
    name: 'a section that is not in it',
    args: () => replay('-s', 'xdp/none'),
    code: 2,
    says: /no program section xdp\/none; it has/,
  },
  {
    name: 'inspect of a program that is not in it',
    args: () => ['inspect', OBJECT, '-n', 'nobody'],
    code: 2,
    says: /no program nobody/,
  },
  { name: 'a capture that is not there', args: () => ['replay', OBJECT, '-r', 'no.pcap'], code: 2, says: /no\.pcap: / },
  {
    name: 'a capture that is a folder',
    args: () => ['replay', OBJECT, '-r', 'test'],
    code: 2,
    says: /is a directory, not a capture/,
  },
  {
    name: 'an empty capture',
    args: () => ['replay', OBJECT, '-r', files.path('empty.pcap')],
    code: 2,
    says: /empty\.pcap: /,
  },
  {
    name: 'a capture that is text',
    args: () => ['replay', OBJECT, '-r', files.path('text.pcap')],
    code: 2,
    says: /text\.pcap: /,
  },
  {
    name: 'a cut capture with --strict',
    args: () => ['replay', OBJECT, '-r', files.path('cut.pcap'), '--strict'],
    code: 2,
    says: /cut\.pcap: /,
  },
  {
    name: 'a map that is not in it',
    args: () => replay('--map', 'nomap=x.json'),
    code: 2,
    says: /--map nomap=x.json: .*has no such map; it has ipv4_rules, /,
  },
  {
    name: 'a map option without a file',
    args: () => replay('--map', 'verdicts'),
    code: 2,
    says: /--map verdicts: not NAME=FILE/,
  },
  {
    name: 'a map file that is not there',
    args: () => replay('--map', 'verdicts=no.json'),
    code: 2,
    says: /no\.json: cannot read/,
  },
  {
    name: 'a map file that is not JSON',
    args: () => replay('--map', `verdicts=${files.path('broken.json')}`),
    code: 2,
    says: /not JSON/,
  },
  {
    name: 'a map entry of the wrong size',
    args: () => replay('--map', `verdicts=${files.path('short.json')}`),
    code: 2,
    says: /entry 0: key: /,
  },
  {
    name: 'a NIC model that is not there',
    args: () => replay('--nic', 'no-such'),
    code: 2,
    says: /--nic no-such: no such model; there are /,
  },
  {
    name: 'a NIC model file that is none',
    args: () => replay('--nic', files.path('model.json')),
    code: 2,
    says: /model\.json/,
  },
  {
    name: 'a NIC model path that is not there',
    args: () => replay('--nic', './no.json'),
    code: 2,
    says: /--nic \.\/no\.json: no such model/,
  },
  {
    name: 'two things on stdout',
    args: () => replay('-w', '-', '--packets', '-'),
    code: 2,
    says: /--write and --packets cannot both be stdout/,
  },
  {
    name: 'ndjson and --packets',
    args: () => replay('--format', 'ndjson', '--packets', 'x'),
    code: 2,
    says: /are the same lines: give one of them/,
  },
  { name: 'an unknown format', args: () => replay('--format', 'poem'), code: 2, says: /poem/ },
  {
    name: 'an action that is none',
    args: () => replay('--write-action', 'eat=x'),
    code: 2,
    says: /eat is no action; there are aborted, drop, pass, tx, redirect/,
  },
  {
    name: 'an action without a file',
    args: () => replay('--write-action', 'drop'),
    code: 2,
    says: /--write-action drop: not NAME=VALUE/,
  },
  {
    name: 'reasons from another engine',
    args: () => replay('--reasons', '--engine', 'kernel'),
    code: 2,
    says: /--reasons: the kernel does not tell which way packets went/,
  },
  {
    name: 'an output that cannot be written',
    args: () => replay('-o', '/nonexistent/x'),
    code: 2,
    says: /\/nonexistent\/x: cannot write: ENOENT/,
  },
  {
    name: 'a verdict file that cannot be written',
    args: () => replay('-w', '/nonexistent/x'),
    code: 2,
    says: /cannot write: ENOENT/,
  },
];

describe('the command line', () => {
  it.each(failures)('ends with $code for $name', async ({ args, code, says }) => {
    const outcome = await xdpsim(args());
    expect(outcome.out).toBe('');
    expect(outcome.err).toMatch(says);
    expect(outcome.err.trim().split('\n').at(-1)).toMatch(/^xdpsim: /);
    expect(outcome.code).toBe(code);
  });

  it('goes on with the other objects and ends with the worst code', async () => {
    const outcome = await xdpsim(['inspect', '-j', 'no.o', OBJECT, files.path('text.o')]);
    expect(outcome.out.trim().split('\n')).toHaveLength(3);
    expect(outcome.err.trim().split('\n')).toHaveLength(2);
    expect(outcome.code).toBe(3);
  });

  it('warns about a cut capture, runs what is there and ends with 0', async () => {
    const outcome = await xdpsim(['replay', OBJECT, '-r', files.path('cut.pcap'), '-j']);
    expect(outcome.err).toMatch(/warning: .*cut\.pcap: /);
    const report = JSON.parse(outcome.out);
    expect(report.capture.packets).toBeGreaterThan(0);
    expect(report.warnings).toHaveLength(1);
    expect(outcome.code).toBe(0);
  });

  it('ends with 1 and names packet, instruction and registers where the program traps', async () => {
    const outcome = await xdpsim([
      'replay',
      OBJECT,
      '-r',
      CAPTURE,
      '--budget',
      '10',
      '-j',
      '--reasons',
      '--engine',
      'interpreter',
    ]);
    expect(outcome.code).toBe(1);
    expect(outcome.err).toMatch(
      /trap: packet 1: cidr_firewall: instruction \d+: more instructions than one packet may/,
    );
    const report = JSON.parse(outcome.out);
    expect(report.faults).toBe(report.actions.XDP_ABORTED);
  });

  it('prints help and version and ends with 0', async () => {
    const help = await xdpsim(['--help']);
    expect(help.out).toMatch(/xdpsim replay <object\.\.>/);
    expect(help.code).toBe(0);
    expect((await xdpsim(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await xdpsim(['replay', '--help'])).out).toMatch(/--maps-out/);
  });

  it('prints the counters so far when it is interrupted', async () => {
    const args = ['replay', OBJECT, '-r', 'captures/mixed.pcap', '-j', '--reasons'];
    const outcome = await xdpsim(args, { isInterrupted: true });
    expect(JSON.parse(outcome.out).capture.packets).toBe(256);
    expect(outcome.err).toMatch(/warning: interrupted after 256 packets/);
    expect(outcome.code).toBe(0);
  });

  it('draws progress only on a terminal, and wipes it', async () => {
    let time = 0;
    const now = () => {
      time += 1000;
      return time;
    };
    const args = ['replay', OBJECT, '-r', 'captures/mixed.pcap', '-o', files.path('out')];
    const { err } = await xdpsim(args, { isInteractive: true, now });
    expect(err).toMatch(/^\r[\d,]+ packets/);
    expect(err).toContain(`\r${WIPE}`);
    expect((await xdpsim(args, { now })).err).not.toContain('\r');
  });
});
