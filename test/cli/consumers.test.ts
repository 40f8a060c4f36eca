// Outputs are held to the programs that read them, where those are installed.
import { spawnSync } from 'node:child_process';
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

const replay = async (...more: string[]) => await xdpsim(['replay', FIREWALL, '-r', MIXED, '-q', ...more]);

describe.skipIf(findTool('promtool') === undefined)('Prometheus text (needs promtool)', () => {
  it('passes promtool check metrics without a remark', async () => {
    const { out } = await replay('--format', 'prometheus');
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: out, encoding: 'utf8' });
    expect([checked.status, checked.stdout, checked.stderr]).toEqual([0, '', '']);
  });

  it('does so with the figures of a card in simulated time', async () => {
    const { out } = await replay('--format', 'prometheus', '--nic', 'mlx5-cx5-100g', '--rate', 'line');
    expect(out).toMatch(/^xdpsim_latency_seconds\{.*quantile="0\.99"\} [\d.e-]+$/m);
    const checked = spawnSync('promtool', ['check', 'metrics'], { input: out, encoding: 'utf8' });
    expect([checked.status, checked.stdout, checked.stderr]).toEqual([0, '', '']);
  });
});

describe.skipIf(findTool('xmllint') === undefined)('JUnit XML (needs xmllint)', () => {
  it('is well-formed', async () => {
    await replay('--format', 'junit', '-o', files.path('junit.xml'));
    runTool('xmllint', '--noout', files.path('junit.xml'));
  });
});

describe.skipIf(findTool('tshark') === undefined)('pcapng with verdicts (needs tshark)', () => {
  const fields = (path: string, filter: string, ...names: string[]) =>
    runTool('tshark', '-r', path, '-Y', filter, '-T', 'fields', ...names.flatMap(name => ['-e', name]))
      .split('\n')
      .filter(line => line !== '');

  it('shows verdict, interface, packet id, queue and reason', async () => {
    await replay('-w', files.path('all.pcapng'));
    const rows = fields(
      files.path('all.pcapng'),
      'frame.verdict.ebpf_xdp==1',
      'frame.interface_name',
      'frame.packet_id',
      'frame.interface_queue',
      'frame.comment',
    );
    expect(rows).toHaveLength(680);
    expect(rows[0]).toMatch(/^cidr_firewall\(\)@fexit\t\d+\t0\tXDP_DROP decided at .*cidr-firewall\.bpf\.c:114: if /);
  });

  it('has one frame for each packet with the action of --write-action', async () => {
    await replay(
      '--write-action',
      `drop=${files.path('drop.pcapng')}`,
      '--write-action',
      `XDP_PASS=${files.path('pass.pcapng')}`,
    );
    expect(fields(files.path('drop.pcapng'), 'frame.verdict.ebpf_xdp==1', 'frame.number')).toHaveLength(680);
    expect(fields(files.path('drop.pcapng'), 'frame.verdict.ebpf_xdp!=1', 'frame.number')).toHaveLength(0);
    expect(fields(files.path('pass.pcapng'), 'frame.verdict.ebpf_xdp==2', 'frame.number')).toHaveLength(1473);
  });

  it('has frames before and after the program, two with one packet id, the verdict on the second', async () => {
    const path = files.path('both.pcapng');
    await xdpsim([
      'replay',
      'test/programs/vlan.o',
      '-r',
      'captures/vlan.pcap',
      '-q',
      '-w',
      path,
      '--rx-capture',
      'entry,exit',
    ]);
    const rows = fields(
      path,
      'frame',
      'frame.packet_id',
      'frame.interface_name',
      'frame.verdict.ebpf_xdp',
      'frame.len',
    );
    expect(rows).toHaveLength(204);
    expect(rows[0]).toMatch(/^1\t.*@fentry\t\t/);
    expect(rows[1]).toMatch(/^1\t.*@fexit\t\d\t/);
    const lengths = rows.map(row => row.split('\t')[3]);
    expect(lengths.some((length, at) => at % 2 === 1 && length !== lengths[at - 1])).toBe(true);
  });

  it('puts frames that no program saw on an interface of the stage', async () => {
    const path = files.path('odd.pcapng');
    await xdpsim(['replay', FIREWALL, '-r', 'captures/odd.pcap', '-q', '-w', path]);
    const rows = fields(path, 'frame.interface_name=="mac"', 'frame.comment');
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatch(/lost in stage mac: shorter than 14 bytes/);
  });

  it('counts lost frames in the next one that a program saw, and all in the statistics', async () => {
    const path = files.path('counts.pcapng');
    await xdpsim(['replay', FIREWALL, '-r', 'captures/odd.pcap', '-q', '-w', path]);
    expect(fields(path, 'frame.drop_count', 'frame.packet_id', 'frame.drop_count')).toEqual(['4\t3']);
    const blocks = runTool('tshark', '-r', path, '-X', 'read_format:MIME Files Format', '-V');
    const counted = ['Received Packets: 49', 'Dropped Packets: 3', 'Accepted by Filter Packets: 33'];
    for (const text of counted) expect(blocks).toContain(`Number of ${text}`);
  });

  it('has an interface for each stage of a card that lost frames', async () => {
    const path = files.path('card.pcapng');
    await replay(
      '-w',
      path,
      '--nic',
      'mlx5-cx5-100g',
      '--rate',
      'line',
      '--loop',
      '2',
      '--queues',
      '1',
      '--ring',
      '64',
    );
    const names = new Set(fields(path, 'frame.comment contains "lost in stage"', 'frame.interface_name'));
    expect(names).toContain('ring');
    const comments = fields(path, 'frame.interface_name=="ring"', 'frame.comment');
    expect(new Set(comments)).toEqual(new Set(['lost in stage ring: no receive descriptor']));
  });
});

describe.skipIf(findTool('capinfos') === undefined)('statistics of the pcapng (needs capinfos)', () => {
  it('are one entry of the interface', async () => {
    await replay('-w', files.path('stat.pcapng'));
    expect(runTool('capinfos', files.path('stat.pcapng'))).toMatch(/Number of stat entries = 1/);
  });
});
