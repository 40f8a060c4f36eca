// Texts that people read, as files in test/golden.
import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectGolden } from '../support/golden.js';
import { ROOT, xdpsim } from '../support/terminal.js';

const directory = process.cwd();
beforeAll(() => process.chdir(ROOT));
afterAll(() => process.chdir(directory));

const FIREWALL = 'test/programs/cidr-firewall.o';
const MIXED = 'captures/mixed.pcap';

const outputs: Readonly<Record<string, readonly string[]>> = {
  'inspect.txt': ['inspect', FIREWALL, 'test/programs/map-zoo.o', 'test/programs/tail-calls.o'],
  'inspect.json': ['inspect', '-p', 'test/programs/drop-udp-port.o'],
  'disassembly.txt': ['inspect', '-d', 'test/programs/tail-calls.o'],
  'replay.txt': ['replay', FIREWALL, '-r', MIXED],
  'replay-reasons.txt': ['replay', FIREWALL, '-r', MIXED, '--reasons'],
  'replay-maps.txt': ['replay', 'test/programs/protocol-counters.o', '-r', MIXED, '--show-maps'],
  'replay-drops.txt': ['replay', 'test/programs/tail-calls.o', '-r', 'captures/odd.pcap', '--reasons'],
  'replay.csv': ['replay', 'test/programs/tail-calls.o', '-r', 'captures/odd.pcap', '--format', 'csv', '--reasons'],
  'replay.ndjson': ['replay', FIREWALL, '-r', 'captures/odd.pcap', '--format', 'ndjson'],
  'replay.prom': [
    'replay',
    'test/programs/tail-calls.o',
    '-r',
    'captures/odd.pcap',
    '--format',
    'prometheus',
    '--reasons',
  ],
  'replay.ethtool': ['replay', 'test/programs/tail-calls.o', '-r', 'captures/odd.pcap', '--format', 'ethtool'],
  'replay.junit.xml': ['replay', FIREWALL, '-r', 'captures/odd.pcap', '--format', 'junit', '--no-performance'],
  'trace.txt': ['trace', 'test/programs/vlan.o', '-r', 'captures/vlan.pcap', '--where', 'action==pass && length>64'],
  'trace-lines.txt': ['trace', FIREWALL, '-r', MIXED, '--where', 'action==drop', '--lines'],
  'trace-calls.txt': ['trace', 'test/programs/globals.o', '-r', MIXED, '--packet', '3'],
  'trace.jsonl': ['trace', 'test/programs/drop-udp-port.o', '-r', MIXED, '--where', 'proto==UDP', '-j'],
  'coverage.txt': ['coverage', 'test/programs/tail-calls.o', '-r', 'captures/odd.pcap', '--source'],
  'coverage.info': ['coverage', 'test/programs/drop-udp-port.o', '-r', MIXED, '--format', 'lcov'],
  'diff.txt': ['diff', 'test/programs/pass-all.o', FIREWALL, '-r', MIXED],
  'diff-bytes.txt': ['diff', 'test/programs/pass-all.o', 'test/programs/vlan.o', '-r', 'captures/vlan.pcap'],
  'replay-reasons.json': ['replay', FIREWALL, '-r', MIXED, '-p', '--no-performance', '--reasons'],
  'replay.json': ['replay', FIREWALL, '-r', MIXED, '-p', '--no-performance'],
};

describe('the output', () => {
  it.each(Object.entries(outputs))('is that of %s', async (name, args) => {
    expectGolden(name, (await xdpsim(args)).out);
  });

  it('is that of report.html, but for the version and what the cards say', async () => {
    const { out } = await xdpsim(['replay', FIREWALL, '-r', MIXED, '-q', '--no-performance', '--html', '-']);
    const page = Buffer.from(out, 'latin1').toString('utf8');
    expectGolden(
      'report.html',
      page.replace(/<section id="offload"[\s\S]*?<\/section>\n/, '').replace(/xdpsim \d[^<]*/, 'xdpsim'),
    );
  });
});
