// Published schemas against what is printed: every program over captures that reach its corners.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coverageSchema } from '../../src/report/covered/coverage-schema.js';
import { packetLineSchema, reportSchema } from '../../src/report/report-schema.js';
import { schemaProblem } from '../support/json-schema.js';
import { ROOT, temporaryFolder, xdpsim } from '../support/terminal.js';

const files = temporaryFolder();
const directory = process.cwd();
beforeAll(() => process.chdir(ROOT));
afterAll(() => {
  process.chdir(directory);
  files.remove();
});

const PROGRAMS = readdirSync(`${ROOT}/test/programs`).filter(name => name.endsWith('.o'));

describe('the published schemas', () => {
  it.each(PROGRAMS)('fit report and packet lines of %s', async name => {
    const captures = ['-r', 'captures/odd.pcap', '-r', 'captures/vlan.pcap', '-c', '120'];
    const args = ['replay', `test/programs/${name}`, ...captures, '-j', '-q', '--show-maps', '--packet-data'];
    const { out } = await xdpsim([...args, '--packets', files.path('packets')]);
    expect(schemaProblem(reportSchema(), JSON.parse(out))).toBeUndefined();
    for (const line of readFileSync(files.path('packets'), 'utf8').trim().split('\n')) {
      expect(schemaProblem(packetLineSchema(), JSON.parse(line))).toBeUndefined();
    }
  });

  it('fit reports with a model, another engine, traps, and nothing at all', async () => {
    const base = ['replay', 'test/programs/cidr-firewall.o', '-r', 'captures/vlan.pcap', '-j', '-q'];
    for (const more of [
      ['--engine', 'compiler'],
      ['--budget', '5'],
      ['-c', '0'],
      ['--no-performance'],
      ['--no-reasons'],
    ]) {
      expect(
        schemaProblem(reportSchema(), JSON.parse((await xdpsim([...base, ...more])).out)),
        more.join(' '),
      ).toBeUndefined();
    }
  });

  it.each(['cidr-firewall', 'redirect-devmap', 'tail-calls', 'map-zoo'])(
    'fit coverage of %s, merged too',
    async name => {
      const words = ['coverage', `test/programs/${name}.o`, '-r', 'captures/vlan.pcap', '-j', '-q'];
      const first = files.path(`${name}.json`);
      await xdpsim([...words, '-o', first]);
      expect(schemaProblem(coverageSchema(), JSON.parse(readFileSync(first, 'utf8')))).toBeUndefined();
      const { out } = await xdpsim([...words, '--merge', first]);
      expect(schemaProblem(coverageSchema(), JSON.parse(out))).toBeUndefined();
    },
  );

  it('refuse what is no report', () => {
    expect(schemaProblem(reportSchema(), {})).toBeDefined();
    expect(schemaProblem(packetLineSchema(), { packet: 0 })).toBeDefined();
    expect(schemaProblem(coverageSchema(), { packets: 0 })).toBeDefined();
  });
});
