// The vitest kit: its matchers, what they say, and that it works from the packed tarball in a project of somebody else.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ethernet, icmp, ipv4, loadFilter, packet, tcp, udp } from '../../src/vitest.js';
import { PROGRAMS } from './run.js';

const program = (name: string): string => join(PROGRAMS, `${name}.o`);
const syn = packet(
  ethernet(),
  ipv4({ source: '198.51.100.7', destination: '192.0.2.1' }),
  tcp({ sourcePort: 1, destinationPort: 80, flags: ['SYN'] }),
);

/** What an assertion says when it fails. */
function failureOf(body: () => void): string {
  try {
    body();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the assertion holds');
}

describe('the kit', () => {
  it('expects verdicts', () => {
    const filter = loadFilter(program('cidr-firewall'));
    expect(filter).toDrop(syn);
    expect(filter).toDrop('ipv4 203.0.113.1 > 192.0.2.1 / udp');
    expect(filter).toPass('ipv4 192.0.2.7 > 192.0.2.1 / udp');
    expect(filter).not.toDrop('arp');
  });

  it('expects what becomes of packets', () => {
    const echo = loadFilter(program('icmp-echo'));
    const ping = packet(ethernet(), ipv4({ source: '192.0.2.1', destination: '192.0.2.2' }), icmp({ type: 8 }), 'x');
    const answer = 'ethernet 02:00:00:00:00:02 > 02:00:00:00:00:01 / ipv4 192.0.2.2 > 192.0.2.1 / icmp 0 / "x"';
    expect(echo).toTransmit(ping, answer);
    expect(echo.run(ping).bytes).toEqualPacket(answer);
  });

  it('fills and reads maps, and resets them', () => {
    const filter = loadFilter(program('source-blocklist'));
    expect(filter).toPass(syn);
    filter.map('blocked_sources').set('198.51.100.7', 0);
    expect(filter).toDrop(syn);
    expect(filter.map('blocked_sources').get('198.51.100.7')).toBe(1);
    filter.reset();
    expect(filter).toPass(syn);
  });

  it('expects redirects and their targets', () => {
    const filter = loadFilter(program('redirect-devmap'), { program: 'redirect_by_protocol' });
    filter.map('ports_by_protocol').set(0, { ifindex: 1 });
    expect(filter).toRedirect(syn);
    expect(filter).toRedirect(syn, { ifindex: 1, map: 'ports_by_protocol' });
    expect(failureOf(() => expect(filter).toRedirect(syn, { ifindex: 2 }))).toContain(
      'expected a redirect to {"ifindex":2}, got {"kind":"interface","ifindex":1',
    );
  });

  it('names the packet, the verdict and the fields that differ', () => {
    const filter = loadFilter(program('vlan'), { program: 'vlan_push' });
    const untagged = packet(
      ethernet(),
      ipv4({ source: '192.0.2.1', destination: '192.0.2.2' }),
      udp({ sourcePort: 1, destinationPort: 2 }),
    );
    expect(failureOf(() => expect(filter).toDrop(untagged))).toBe(
      'vlan_push: UDP 192.0.2.1:1 > 192.0.2.2:2\nexpected XDP_DROP, got XDP_PASS',
    );
    expect(failureOf(() => expect(filter).toPass(untagged, 'vlan 101 / ipv4 / udp 1 > 2'))).toContain(
      '\nvlan.id: expected 101, got 100',
    );
  });

  it('says what there is when a program, map or file is not there', () => {
    expect(() => loadFilter(program('vlan'), { program: 'pop' })).toThrow(
      'no XDP program pop; it has vlan_pop, vlan_push',
    );
    expect(() => loadFilter(program('vlan')).map('tags')).toThrow('no map tags');
    expect(() => loadFilter('none.o')).toThrow('none.o: cannot read');
  });
});

const ROOT = resolve(import.meta.dirname, '../..');
const isBuilt = existsSync(join(ROOT, 'dist/vitest.js'));

const FOREIGN_TEST = `import { expect, test } from 'vitest';
import { ethernet, ipv4, loadFilter, packet, udp } from 'xdpsim/vitest';

const filter = loadFilter('filter.o', { globals: { port: 53 } });
const query = packet(ethernet(), ipv4({ source: '192.0.2.1', destination: '192.0.2.2' }), udp({ sourcePort: 1, destinationPort: 53 }));

test('drops DNS', () => expect(filter).toDrop(query));
test('passes the rest', () => expect(filter).toPass('ipv4 / tcp SYN'));
`;

describe.skipIf(!isBuilt)('the packed tarball (skipped where dist has not been built)', () => {
  it('gives an empty vitest project a kit that runs and has types', () => {
    const folder = mkdtempSync(join(tmpdir(), 'xdpsim-kit-'));
    try {
      // A cache of its own: the home folder may be read-only.
      const cache = join(folder, 'cache');
      const pack = ['pack', '--ignore-scripts', '--pack-destination', folder, '--cache', cache];
      execFileSync('npm', pack, { cwd: ROOT, stdio: 'pipe' });
      const tarball = readdirSync(folder).find(name => name.endsWith('.tgz'))!;
      const modules = join(folder, 'node_modules');
      mkdirSync(join(modules, 'xdpsim'), { recursive: true });
      execFileSync('tar', ['-xzf', join(folder, tarball), '-C', join(modules, 'xdpsim'), '--strip-components=1']);
      // What npm would install beside it stands here already.
      for (const name of ['vitest', 'elfy', 'pcap-parser', 'yaml', 'yargs', 'typescript', '@types']) {
        symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
      }
      writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }');
      writeFileSync(join(folder, 'filter.test.ts'), FOREIGN_TEST);
      symlinkSync(program('drop-udp-port'), join(folder, 'filter.o'));
      const run = (script: string, ...options: string[]) =>
        execFileSync('node', [join(ROOT, 'node_modules', script), ...options], {
          cwd: folder,
          env: { ...process.env, NO_COLOR: '1' },
          encoding: 'utf8',
          stdio: 'pipe',
        });
      expect(run('vitest/vitest.mjs', 'run', '--root', folder)).toMatch(/Tests +2 passed/);
      run(
        'typescript/bin/tsc',
        '--noEmit',
        '--strict',
        '--skipLibCheck',
        '--target',
        'es2023',
        '--module',
        'nodenext',
        '--types',
        'node',
        'filter.test.ts',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
