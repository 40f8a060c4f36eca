// `--host`: the network that a program finds, from the command line.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, temporaryFolder, xdpsim } from '../support/terminal.js';

const REDIRECT = ['replay', 'test/programs/redirect-devmap.o', '-r', 'captures/mixed.pcap', '-q', '-c', '200'];
const files = temporaryFolder();
const directory = process.cwd();

beforeAll(() => {
  process.chdir(ROOT);
  writeFileSync(files.path('host.json'), JSON.stringify({ interfaces: [{ index: 7, name: 'eth7' }], cpus: 3 }));
  writeFileSync(files.path('typo.json'), JSON.stringify({ interfacs: [] }));
  const ports = [0, 1, 2].map(key => ({ key, value: ['7', '0', '0', '0', '0', '0', '0', '0'] }));
  writeFileSync(files.path('ports.json'), JSON.stringify(ports));
});
afterAll(() => {
  process.chdir(directory);
  files.remove();
});

const ports = () => ['--map', `ports_by_protocol=${files.path('ports.json')}`, '-n', 'redirect_by_protocol'];

describe('--host', () => {
  it('is named where a device map is filled with interfaces that are not there', async () => {
    const { code, err } = await xdpsim([...REDIRECT, ...ports()]);
    expect(code).toBe(2);
    expect(err).toMatch(/ports_by_protocol.*EINVAL; its interface must be in a --host file/);
  });

  it('brings interfaces that frames are redirected to, which the packet lines show', async () => {
    const { code, out } = await xdpsim([
      ...REDIRECT,
      ...ports(),
      '--host',
      files.path('host.json'),
      '--packets',
      '-',
      '-o',
      files.path('report.txt'),
    ]);
    expect(code).toBe(0);
    const redirected = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
      .filter(({ action }) => action === 'XDP_REDIRECT');
    expect(redirected[0]).toMatchObject({
      redirect: { kind: 'interface', ifindex: 7 },
      deliveries: [{ target: { kind: 'interface', ifindex: 7 }, fate: 'transmitted' }],
    });
  });

  it('is refused where the file is wrong, with its place', async () => {
    const { code, err } = await xdpsim([...REDIRECT, '--host', files.path('typo.json')]);
    expect(code).toBe(2);
    expect(err).toMatch(/typo\.json: unknown property "interfacs"/);
  });

  it('has a schema', async () => {
    const { out } = await xdpsim(['schema', 'host']);
    expect(JSON.parse(out)).toMatchObject({ title: 'xdpsim host', type: 'object' });
  });
});
