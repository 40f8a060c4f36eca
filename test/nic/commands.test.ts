// `xdpsim offload` and `xdpsim nics` as people and scripts call them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FrameToWrite, PcapWriter } from '../../src/capture/write.js';
import { expectGolden } from '../support/golden.js';
import { MODEL_FOLDER, MODEL_NAMES } from '../support/nic-models.js';
import { systemObjects, testObjects } from '../support/system-objects.js';
import { ROOT, temporaryFolder, xdpsim } from '../support/terminal.js';

const directory = process.cwd();
const folder = temporaryFolder();
beforeAll(() => process.chdir(ROOT));
afterAll(() => {
  process.chdir(directory);
  folder.remove();
});

/** A pcap file of one frame. */
function pcapOf(frame: FrameToWrite): Uint8Array {
  const pieces: Uint8Array[] = [];
  const writer = new PcapWriter(piece => pieces.push(piece.slice()));
  writer.write(frame);
  writer.end();
  return Buffer.concat(pieces);
}

const FIREWALL = 'test/programs/cidr-firewall.o';
const BLOCKLIST = 'test/programs/source-blocklist.o';

describe('offload', () => {
  it('exits 0 where the card takes the program', async () => {
    expect(await xdpsim(['offload', BLOCKLIST, '--nic', 'nfp-agilio-open'])).toMatchObject({ code: 0, err: '' });
  });

  it('exits 1 where it does not, and says why with the source line', async () => {
    const { code, out } = await xdpsim(['offload', FIREWALL, '--nic', 'nfp-agilio-open']);
    expect(code).toBe(1);
    expectGolden('offload.txt', out);
  });

  it('checks the driver by default for a card that runs nothing itself', async () => {
    const { code, out } = await xdpsim(['offload', FIREWALL, '--nic', 'ice']);
    expect(code).toBe(0);
    expect(out).toContain('on ice, native: taken');
  });

  it('prints one JSON line per object', async () => {
    const { out } = await xdpsim(['offload', FIREWALL, BLOCKLIST, '--nic', 'nfp-agilio-open', '-j']);
    const lines = out.trimEnd().split('\n');
    const [firewall, blocklist] = lines.map(line => JSON.parse(line));
    expect(lines).toHaveLength(2);
    expect(blocklist).toMatchObject({
      object: BLOCKLIST,
      nic: 'nfp-agilio-open',
      programs: [{ accepted: true, reasons: [] }],
    });
    expect(firewall.programs[0].reasons).toContainEqual(
      expect.objectContaining({ message: '[nfp] map writes not supported', errno: 'EOPNOTSUPP', instruction: 25 }),
    );
    for (const reason of firewall.programs[0].reasons) {
      expect(Object.keys(reason)).toEqual(expect.arrayContaining(['message', 'errno', 'instruction', 'source']));
    }
  });

  it('prints one JSON line per object for all cards as well, each program with its card', async () => {
    const { out } = await xdpsim(['offload', BLOCKLIST, '--nic', 'all', '-j']);
    const { nic, programs } = JSON.parse(out);
    expect(nic).toBe('all');
    expect(new Set(programs.map((program: { nic: string }) => program.nic)).size).toBe(16);
  });

  it('prints a SARIF log that points to the source', async () => {
    const { out } = await xdpsim(['offload', FIREWALL, '--nic', 'nfp-agilio-open', '--sarif']);
    const log = JSON.parse(out);
    expect(log).toMatchObject({ version: '2.1.0', runs: [{ tool: { driver: { name: 'xdpsim offload' } } }] });
    expect(log.runs[0].results).toContainEqual(
      expect.objectContaining({
        ruleId: 'mapStore',
        level: 'error',
        locations: [
          expect.objectContaining({
            physicalLocation: {
              artifactLocation: { uri: './test/programs/cidr-firewall.bpf.c' },
              region: { startLine: 86 },
            },
          }),
        ],
      }),
    );
  });

  it('holds programs to a budget', async () => {
    const args = ['offload', BLOCKLIST, '--nic', 'nfp-agilio-open', '--budget'];
    expect((await xdpsim([...args, '90'])).code).toBe(0);
    const { code, out } = await xdpsim([...args, '20']);
    expect(code).toBe(1);
    expect(out).toContain('16 of 64 bytes per element of map blocked_sources, 25 %, over budget');
    expect(JSON.parse((await xdpsim([...args, '20', '-j'])).out).programs[0].overBudget).toEqual([
      'bytes per element of map blocked_sources',
    ]);
  });

  it('counts what the program takes for the budget, not the MTU of the interface', async () => {
    const { code, out } = await xdpsim(['offload', 'test/programs/pass-all.o', '--nic', 'ice', '--budget', '20']);
    expect(code).toBe(0);
    expect(out).toContain('1500 of 3046 bytes of MTU, 49 %\n');
  });

  it('says which figure has no primary source where it decides', async () => {
    const model = folder.path('small.json');
    const limits = { nativeInstructions: { value: 10, source: 'a rumour', unverified: true } };
    writeFileSync(model, JSON.stringify({ name: 'small', title: 'a small card', extends: 'nfp-agilio-open', limits }));
    const { out } = await xdpsim(['offload', BLOCKLIST, '--nic', model]);
    expect(out).toContain('(-ENOSPC, kernel log, unverified)');
    expect(out).toContain('decided by: a rumour');
  });

  it('says so beside a limit that is kept as well', async () => {
    const { code, out } = await xdpsim(['offload', BLOCKLIST, '--nic', 'nfp-agilio-ebpf']);
    expect(code).toBe(0);
    expect(out).toMatch(/\d+ of 2800 instructions of the card, \d+ %, estimate, unverified/);
    expect(out).toContain('16 of 64 bytes per element of map blocked_sources, 25 %\n');
    expect(out).toMatch(
      /^ {2}rests on figures without a primary source: helpers.firmware, limits.nativeInstructions, /m,
    );
  });

  it('takes the MTU into account', async () => {
    const { code, out } = await xdpsim(['offload', FIREWALL, '--nic', 'ena', '--mtu', '9001']);
    expect(code).toBe(1);
    expect(out).toContain('the current MTU (9001) is larger than the maximum allowed MTU (3498)');
  });

  it.each([
    [['--nic', 'nobody'], '--nic nobody: no such model; there are bnxt'],
    [['--nic', 'ice', '--mtu', '10'], '--mtu: 10 is not a whole number from 68 to 65535'],
    [['--nic', 'ice', '--budget', '101'], '--budget: 101 is not a whole number from 1 to 100'],
    [['--nic', 'ice', '--mode', 'fast'], 'is none of'],
    [['--nic', 'ice', '-n', 'nobody'], 'no program nobody'],
  ])('exits 2 for %j', async (args, message) => {
    const { code, err } = await xdpsim(['offload', FIREWALL, ...args]);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  it('checks the other objects where one cannot be read, and exits with the worst code', async () => {
    const { code, out, err } = await xdpsim(['offload', 'nothing.o', BLOCKLIST, '--nic', 'nfp-agilio-open']);
    expect(code).toBe(2);
    expect(err).toContain('nothing.o');
    expect(out).toContain('source_blocklist');
  });

  it('shows all cards and programs in one matrix', async () => {
    const objects = ['icmp-echo', 'source-blocklist', 'vlan', 'redirect-devmap'].map(name => `test/programs/${name}.o`);
    const { code, out } = await xdpsim(['offload', ...objects, '--nic', 'all']);
    expect(code).toBe(1);
    expectGolden('offload-matrix.txt', Buffer.from(out, 'latin1').toString());
  });

  it('shows every program at hand and every card, within 80 columns and on fewer lines than there are programs', async () => {
    const { out: bytes } = await xdpsim(['offload', ...testObjects, ...systemObjects, '--nic', 'all']);
    const out = Buffer.from(bytes, 'latin1').toString();
    const { out: list } = await xdpsim(['inspect', ...testObjects, ...systemObjects, '-j']);
    const programs = list
      .trimEnd()
      .split('\n')
      .flatMap(line => (JSON.parse(line).programs ?? []) as { readonly name: string; readonly type: string }[])
      .filter(({ type }) => type === 'xdp');
    expect(programs.filter(({ name }) => !out.includes(name))).toEqual([]);
    for (const name of MODEL_NAMES.filter(item => !['linux-host', 'test-run'].includes(item)))
      expect(out).toContain(name);
    expect(out).toMatch(new RegExp(`^line-rate \\(native\\): ${programs.length} of ${programs.length}$`, 'm'));
    const lines = out.split('\n');
    expect(lines.filter(line => line.length > 80)).toEqual([]);
    expect(lines.filter(line => /^[.+!?%]( [.+!?%])+ {2}/.test(line)).length).toBeLessThan(0.75 * programs.length);
  });
});

describe('nics', () => {
  it('lists the models', async () => {
    const { code, out } = await xdpsim(['nics']);
    expect(code).toBe(0);
    expectGolden('nics.txt', out);
  });

  it('shows every figure of a model with its source', async () => {
    expectGolden('nics-nfp.txt', (await xdpsim(['nics', 'nfp-agilio-ebpf'])).out);
  });

  it('gives the same as JSON', async () => {
    const { figures } = JSON.parse((await xdpsim(['nics', 'nfp-research', '-j'])).out);
    expect(figures).toContainEqual(
      expect.objectContaining({ figure: 'engine.overheadCycles', value: 224, unverified: false }),
    );
    expect(JSON.parse((await xdpsim(['nics', '-j'])).out).models).toHaveLength(16);
  });

  it('predicts by what frames were on the wire, although the capture was cut', async () => {
    const frame = { timestampNanos: 0n, bytes: new Uint8Array(1500) };
    const [wholePath, cutPath] = [folder.path('whole.pcap'), folder.path('cut.pcap')];
    writeFileSync(wholePath, pcapOf(frame));
    writeFileSync(cutPath, pcapOf({ ...frame, bytes: frame.bytes.subarray(0, 64), originalLengthBytes: 1500 }));
    const args = (path: string) => ['nics', 'ixgbe', '--predict', 'test/programs/pass-all.o', '-r', path, '-j'];
    const [one, other] = [await xdpsim(args(wholePath)), await xdpsim(args(cutPath))];
    expect(JSON.parse(other.out).limits).toEqual(JSON.parse(one.out).limits);
    expect(JSON.parse(one.out)).toMatchObject({ binding: 'wire', meanFrameLengthBytes: 1500 });
  });

  it('says what senders get through that do not pace their frames', async () => {
    const args = ['--predict', 'test/programs/calibrate-nfp.o', '-r', 'captures/syn-flood.pcapng'];
    const run = async (program: string) => (await xdpsim(['nics', 'nfp-research', ...args, '-n', program])).out;
    expect(await run('drop')).toContain('senders that do not pace their frames get 53.19 Mpps through at most');
    expect(await run('count_min_6')).toContain('overload by senders that do not pace their frames makes it 34.60 Mpps');
    expect(await run('count_min_20')).not.toContain('pace');
  });

  it.each([
    ['an empty capture', undefined, 'no packet to predict from: it holds none'],
    [
      'a capture whose frames are too short',
      10,
      'no packet to predict from: none reaches the program: shorter than 14 bytes',
    ],
  ])('predicts nothing from %s, and says why', async (_name, lengthBytes, message) => {
    const path = folder.path('nothing.pcap');
    const whole = pcapOf({ timestampNanos: 0n, bytes: new Uint8Array(lengthBytes ?? 0) });
    writeFileSync(path, lengthBytes === undefined ? whole.subarray(0, 24) : whole);
    const { code, out, err } = await xdpsim(['nics', 'ixgbe', '--predict', 'test/programs/pass-all.o', '-r', path]);
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: `xdpsim: --predict: ${path}: ${message}\n` });
  });

  it('predicts for rings and completions as it is told: shorter rings fit the cache, compressed completions pass PCIe', async () => {
    const predicted = async (program: string, ...more: string[]) => {
      const args = [
        '--predict',
        'test/programs/calibrate-host.o',
        '-n',
        program,
        '-r',
        'captures/syn-flood.pcapng',
        '-j',
      ];
      return JSON.parse((await xdpsim(['nics', 'mlx5-cx5-100g', ...args, ...more])).out).predictedMpps;
    };
    expect(await predicted('transmit', '--cores', '4')).toBeCloseTo(33.72, 1);
    expect(await predicted('transmit', '--cores', '4', '--ring', '256')).toBeCloseTo(64.92, 1);
    expect(await predicted('drop')).toBeCloseTo(86.8, 1);
    expect(await predicted('drop', '--compression')).toBeCloseTo(115, 1);
  });

  it('prints the schema that lies beside the models', async () => {
    const { out } = await xdpsim(['schema', 'nic-model']);
    expect(JSON.parse(out)).toEqual(JSON.parse(readFileSync(join(MODEL_FOLDER, 'schema.json'), 'utf8')));
  });

  it('exits 2 for a model that is not there', async () => {
    expect(await xdpsim(['nics', 'nobody'])).toMatchObject({ code: 2 });
  });
});
