// `xdpsim replay --nic`: a capture through a card in simulated time, as people and scripts call it.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TimedReport } from '../../../src/nic/timed/timed-report.js';
import { reportSchema } from '../../../src/report/report-schema.js';
import { expectGolden } from '../../support/golden.js';
import { schemaProblem } from '../../support/json-schema.js';
import { ROOT, temporaryFolder, xdpsim } from '../../support/terminal.js';

const directory = process.cwd();
const folder = temporaryFolder();
beforeAll(() => process.chdir(ROOT));
afterAll(() => {
  process.chdir(directory);
  folder.remove();
});

const BLOCKLIST = ['replay', 'test/programs/source-blocklist.o', '-r', 'captures/mixed.pcap'];
const FIREWALL = ['replay', 'test/programs/cidr-firewall.o', '-r', 'captures/mixed.pcap'];
const OVERLOAD = ['--nic', 'mlx5-cx5-100g', '--queues', '2', '--ring', '256', '--rate', '90Mpps'];

/** As much of `replay -j` as is looked at here. */
interface ReplayJson {
  readonly actions: Readonly<Record<string, number>>;
  readonly actionBytes: Readonly<Record<string, number>>;
  readonly drops: readonly { readonly packets: number }[];
  readonly maps: readonly {
    readonly name: string;
    readonly dump: readonly { readonly values: readonly unknown[] }[];
  }[];
  readonly nic: { readonly timed: TimedReport };
}

async function timed(...args: string[]): Promise<{ report: ReplayJson; nic: TimedReport }> {
  const { out } = await xdpsim([...args, '-j', '--no-performance']);
  const report: ReplayJson = JSON.parse(out);
  return { report, nic: report.nic.timed };
}

describe('replay --nic', () => {
  it('says what was lost where, what was busiest and how late frames were', async () => {
    const { code, out } = await xdpsim([...BLOCKLIST, ...OVERLOAD]);
    expect(code).toBe(0);
    expectGolden('replay-nic.txt', out);
  });

  it("prints counters under the driver's names, of the card and of each queue", async () => {
    const { out } = await xdpsim([...BLOCKLIST, ...OVERLOAD, '--format', 'ethtool']);
    expectGolden('replay-nic.ethtool', out);
  });

  it('prints the same bytes each time', async () => {
    const args = [...BLOCKLIST, ...OVERLOAD, '--loop', '3', '-j', '--no-performance'];
    expect((await xdpsim(args)).out).toBe((await xdpsim(args)).out);
  });

  it('answers as the published schema says', async () => {
    const { report } = await timed(...BLOCKLIST, ...OVERLOAD);
    expect(schemaProblem(reportSchema(), report)).toBeUndefined();
  });

  it.each(['1G', '25Gbps', '100G', '500kpps', '10Mpps', '120Mpps', 'line'])(
    'accounts for every frame at %s',
    async rate => {
      const { report, nic } = await timed(...BLOCKLIST, '--nic', 'mlx5-cx5-100g', '--rate', rate);
      const { received, ...others } = nic.frames;
      const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
      expect(sum(Object.values(others))).toBe(received);
      const ran = sum(Object.values(report.actions));
      const drops = sum(report.drops.map(({ packets }) => packets));
      expect(ran + drops).toBe(received);
    },
  );

  it('loses nothing of traffic as it was recorded, and everything as often as it is sent', async () => {
    const { nic } = await timed(...BLOCKLIST, '--nic', 'i40e-xl710-40g', '--loop', '3');
    expect(nic).toMatchObject({
      losses: [],
      frames: { received: 6459, lost: 0 },
      arrival: { kind: 'capture', speed: 1 },
    });
  });

  it('sends bits on the wire: 10G of short frames is 14.88 Mpps', async () => {
    const { nic } = await timed(
      'replay',
      'test/programs/source-blocklist.o',
      '-r',
      'captures/syn-flood.pcapng',
      '--nic',
      'ixgbe',
      '--rate',
      '10G',
    );
    expect(Number(nic.lineRatePps) / Number(nic.offeredPps)).toBeCloseTo(1, 2);
    expect(Number(nic.offeredPps) / 1e6).toBeGreaterThan(12);
  });

  it('does not lose less when more is sent', async () => {
    const lost: number[] = [];
    for (const rate of ['20Mpps', '40Mpps', '60Mpps', '80Mpps', '98Mpps']) {
      const { nic } = await timed(...BLOCKLIST, '--nic', 'mlx5-cx5-100g', '--queues', '1', '--rate', rate);
      lost.push(nic.frames.lost);
    }
    expect(lost).toEqual(lost.toSorted((a, b) => a - b));
    expect(lost[0]).toBe(0);
    expect(lost.at(-1)).toBeGreaterThan(100);
  });

  const OFTEN = ['--rate', '90Mpps', '--loop', '20', '--force'];
  it.each([
    { card: 'hbpf', object: 'icmp-echo' },
    // Frames of one length: of several, the short ones find room in a full buffer more often, and they take less time there.
    { card: 'hxdp-netfpga', object: 'pass-all', traffic: 'storm.pcapng' },
    { card: 'nfp-research', object: 'calibrate-nfp', program: 'reads_8' },
    { card: 'mlx5-cx5-100g', object: 'source-blocklist', queues: '1' },
    { card: 'ixgbe', object: 'icmp-echo' },
  ])(
    'settles on $card at what the throughput law predicts for $object',
    async ({ card, object, program, queues, traffic }) => {
      const name = program === undefined ? [] : ['-n', program];
      const args = [`test/programs/${object}.o`, '-r', `captures/${traffic ?? 'mixed.pcap'}`, ...name];
      const cores = queues === undefined ? [] : ['--cores', queues];
      const predicted = JSON.parse((await xdpsim(['nics', card, '--predict', ...args, ...cores, '-j'])).out);
      const more = queues === undefined ? [] : ['--queues', queues, '--no-rxvlan'];
      const { nic: run } = await timed('replay', ...args, '--nic', card, ...OFTEN, ...more);
      expect(Number(run.achievedPps) / 1e6 / predicted.predictedMpps).toBeGreaterThan(0.93);
      expect(Number(run.achievedPps) / 1e6 / predicted.predictedMpps).toBeLessThan(1.05);
    },
  );

  it('takes what an offloaded program passes through the stack of the host, and loses there what that cannot take', async () => {
    const args = ['test/programs/pass-all.o', '-r', 'captures/syn-flood.pcapng'];
    const run = (...more: string[]) => timed('replay', ...args, '--nic', 'nfp-agilio-open', ...more);
    const { nic } = await run('--rate', '40Mpps', '--loop', '200', '--queues', '2');
    expect(nic.bottleneck?.name).toMatch(/^host core/);
    expect(Number(nic.capacityPps) / 1e6).toBeCloseTo(2 * 4.5, 0);
    expect(nic.losses).toMatchObject([{ stage: 'ring', isAfterProgram: true }]);
    expect(nic.unverified).toContainEqual(expect.objectContaining({ figure: 'host.stackDropNanos', value: 222.2 }));
    const predicted = JSON.parse((await xdpsim(['nics', 'nfp-agilio-open', '--predict', ...args, '-j'])).out);
    expect(predicted.binding).toBe('host');
  });

  it('takes VLAN tags out where the driver does, and leaves them where it is told to', async () => {
    const run = (...more: string[]) =>
      timed('replay', 'test/programs/vlan.o', '-n', 'vlan_pop', '-r', 'captures/vlan.pcap', ...more);
    const [plain, out, left] = [
      await run('--nic', 'line-rate'),
      await run('--nic', 'ice'),
      await run('--nic', 'ice', '--no-rxvlan'),
    ];
    expect(out.nic.vlanStripping).toBe(true);
    expect(left.report.actions).toEqual(plain.report.actions);
    expect(left.report.actionBytes).toEqual(plain.report.actionBytes);
  });

  it('gives programs their CPU: per-CPU maps have a value for each queue', async () => {
    const { report } = await timed(...FIREWALL, '--nic', 'ice', '--queues', '4', '--show-maps');
    const counters = report.maps.find(({ name }) => name === 'verdicts')!;
    expect(counters.dump[0]!.values).toHaveLength(4);
  });

  it('exits 1 where the card would not take the program, unless it is forced', async () => {
    const { code, err } = await xdpsim([...FIREWALL, '--nic', 'nfp-agilio-open']);
    expect(code).toBe(1);
    expect(err).toContain('only array and hash maps can be offloaded, not lpm_trie (and 7 more, see xdpsim offload)');
    const forced = await xdpsim([...FIREWALL, '--nic', 'nfp-agilio-open', '--force']);
    expect(forced.code).toBe(0);
    expect(forced.err).toContain('warning: nfp-agilio-open would not take cidr_firewall');
    expect((await xdpsim([...FIREWALL, '--nic', 'nfp-agilio-open', '--mode', 'native'])).code).toBe(0);
  });

  it('counts what an offloaded program redirects as the card does: dropped', async () => {
    const args = [
      'replay',
      'test/programs/redirect-devmap.o',
      '-n',
      'redirect_by_protocol',
      '-r',
      'captures/mixed.pcap',
    ];
    const { nic, report } = await timed(...args, '--nic', 'nfp-agilio-open', '--force');
    expect(Number(report.actions.XDP_REDIRECT)).toBeGreaterThanOrEqual(0);
    expect(nic.frames.redirected).toBe(0);
  });

  it.each([
    [['--rate', '10G'], '--rate: say on which card with --nic'],
    [['--loop', '2'], '--loop: say on which card with --nic'],
    [['--force'], '--force: say on which card with --nic'],
    [['--nic', 'mlx5'], '--nic mlx5: no such model; did you mean mlx5-cx5-100g? xdpsim nics lists all of them'],
    [['--nic', 'ice', '--rate', 'fast'], '--rate fast: not "line", 10G or 14.88Mpps'],
    [['--nic', 'ice', '--rate', '0'], '--rate 0: not from 0.001'],
    [['--nic', 'ice', '--rate', '10G', '--speed', '2'], '--rate and --speed: give one of them'],
    [['--nic', 'ice', '--speed', '0'], '--speed: 0 is not a number'],
    [['--nic', 'ice', '--loop', '0'], '--loop: 0 is not a whole number'],
    [['--nic', 'ice', '--queues', '5000'], '--queues: 5000 is not a whole number from 1 to 4096'],
    [['--nic', 'netdevsim'], 'netdevsim keeps offloaded programs and never runs them'],
    [['--nic', 'ice', '--engine', 'kernel'], '--nic: the kernel does not tell which way packets went'],
  ])('exits 2 for %j', async (args, message) => {
    const { code, err } = await xdpsim([...BLOCKLIST, ...args]);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });

  it('says where more is offered than the wire carries, or all frames at once', async () => {
    const [beyondWire, atOnce] = ['waits at the sender', 'all frames came at once; --rate sets a rate'];
    const { out } = await xdpsim([...BLOCKLIST, '--nic', 'ice', '--rate', '200Mpps']);
    expect(out).toContain(beyondWire);
    const record = [0, 0, 0, 0, 0, 0, 0, 0, 60, 0, 0, 0, 60, 0, 0, 0, ...new Uint8Array(60)];
    const header = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
    writeFileSync(folder.path('timeless.pcap'), Uint8Array.from([...header, ...record, ...record]));
    const timeless = await xdpsim([...BLOCKLIST.slice(0, 2), '-r', folder.path('timeless.pcap'), '--nic', 'ice']);
    expect(timeless.out).toContain(atOnce);
    const recorded = await xdpsim([...BLOCKLIST, '--nic', 'ice']);
    expect(recorded.out).not.toMatch(new RegExp(`${beyondWire}|${atOnce}`));
  });

  it.each([
    { program: 'drop', figure: 'host.dropNanos' },
    { program: 'transmit', figure: 'host.transmitNanos' },
    { program: 'redirect', figure: 'host.redirectNanos' },
  ])('names of the unsure figures of the host those that a $program needs', async ({ program, figure }) => {
    const object = ['replay', 'test/programs/calibrate-host.o', '-n', program, '-r', 'captures/syn-flood.pcapng'];
    const { nic } = await timed(...object, '--nic', 'ice', '--queues', '1', '--rate', '100Mpps', '--loop', '20');
    const times = ['dropNanos', 'passNanos', 'transmitNanos', 'redirectNanos'].map(name => `host.${name}`);
    expect(nic.unverified.map(unsure => unsure.figure).filter(name => times.includes(name))).toEqual([figure]);
  });

  it('writes frames that the card lost, with the reason', async () => {
    const { out } = await xdpsim([...BLOCKLIST, ...OVERLOAD, '--format', 'ndjson']);
    const lines = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lines).toHaveLength(2153);
    expect(lines.filter(({ action }) => action === 'dropped').map(({ reason }) => reason)).toContain(
      'no receive descriptor',
    );
  });

  it.each([
    ['no JSON', '{', 'not JSON'],
    ['a wrong type', { link: { speedGbps: 'fast', source: 'x' } }, 'link: speedGbps: "fast" is not a number from 0'],
    ['a missing unit', { link: { speed: 40, source: 'x' } }, 'link: speed: there is no such figure'],
    ['a rate of 0', { link: { speedGbps: 0, source: 'x' } }, 'link: speedGbps: 0 is not above 0'],
    [
      'too many queues',
      { rings: { receiveQueues: 1e9, source: 'x' } },
      'rings: receiveQueues: 1000000000 is above 4096',
    ],
    [
      'a huge indirection table',
      { rss: { indirectionEntries: 1e12, source: 'x' } },
      'rss: indirectionEntries: 1000000000000 is above 65536',
    ],
    ['a model that extends itself', { extends: 'broken' }, 'extends: the model extends itself'],
  ])('exits 2 with one line for a model with %s', async (_what, change, message) => {
    const text =
      typeof change === 'string' ? change : JSON.stringify({ name: 'broken', title: 'x', extends: 'ice', ...change });
    writeFileSync(folder.path('broken.json'), text);
    const { code, err, out } = await xdpsim([...BLOCKLIST, '--nic', folder.path('broken.json')]);
    expect({ code, out, lines: err.trimEnd().split('\n').length }).toEqual({ code: 2, out: '', lines: 1 });
    expect(err).toContain(message);
  });

  it('times a card of figures at their limits without losing count', async () => {
    const source = 'made up';
    const extremes = {
      link: { speedGbps: 1e-6, source },
      mac: { capPps: 1e-3, fifoBytes: 0, source },
      pcie: { capPps: 1e18, bytesPerSecond: 1, source },
      rings: { receiveQueues: 4096, receiveDescriptors: 1, transmitDescriptors: 1, bulkPackets: 1, source },
      interrupts: { moderationMicroseconds: 1e12, moderationFrames: 0, napiBudgetPackets: 1, source },
    };
    writeFileSync(
      folder.path('odd.json'),
      JSON.stringify({ name: 'odd', title: 'x', extends: 'mlx5-cx5-100g', ...extremes }),
    );
    for (const rate of ['1pps', '1e14pps', 'line']) {
      const { nic } = await timed(...BLOCKLIST, '--nic', folder.path('odd.json'), '--rate', rate);
      const { received, ...others } = nic.frames;
      expect(Object.values(others).reduce((total, value) => total + value, 0)).toBe(received);
    }
  });
});
