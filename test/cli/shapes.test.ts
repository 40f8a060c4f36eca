// The shapes that the design promises: JSON of inspect and replay, packet lines, map files, verdicts in pcapng; and the same bytes each time.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LINK_TYPE_ETHERNET } from '../../src/capture/link-type.js';
import { capturesIn, framesOf, REAL_CAPTURES } from '../support/captures.js';
import { ROOT, temporaryFolder, xdpsim } from '../support/terminal.js';

const OBJECT = 'test/programs/cidr-firewall.o';
const CAPTURE = 'captures/mixed.pcap';
const files = temporaryFolder();
const directory = process.cwd();
const readJson = (name: string) => JSON.parse(readFileSync(files.path(name), 'utf8'));
const readLines = (name: string) =>
  readFileSync(files.path(name), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

beforeAll(() => process.chdir(ROOT));
afterAll(() => {
  process.chdir(directory);
  files.remove();
});

describe('inspect -j', () => {
  it('prints programs, maps and relocations with the keys of the design', async () => {
    const { out, code } = await xdpsim(['inspect', '-j', OBJECT]);
    const value = JSON.parse(out);
    expect(code).toBe(0);
    expect(value.programs[0]).toMatchObject({ name: 'cidr_firewall', section: 'xdp', type: 'xdp', instructions: 227 });
    expect(value.programs[0].license).toBe('Dual MIT/GPL');
    expect(value.maps.map(Object.keys)[0]).toEqual(
      expect.arrayContaining(['name', 'type', 'keySize', 'valueSize', 'maxEntries', 'flags']),
    );
    expect(value.relocations.length).toBeGreaterThan(0);
  });

  it('prints one line per object', async () => {
    const { out } = await xdpsim(['inspect', '-j', OBJECT, 'test/programs/vlan.o']);
    const objects = out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).object);
    expect(objects).toEqual([OBJECT, 'test/programs/vlan.o']);
  });

  it('writes to a file with -o and breaks lines with -p', async () => {
    const { out } = await xdpsim(['inspect', '-p', OBJECT, '-o', files.path('inspect.json')]);
    expect(out).toBe('');
    expect(readFileSync(files.path('inspect.json'), 'utf8')).toMatch(/^\{\n {2}"object"/);
  });
});

describe('replay', () => {
  it('prints a report with the keys of the design, whose actions and drops sum up to the packets', async () => {
    const report = JSON.parse((await xdpsim(['replay', OBJECT, '-r', CAPTURE, '-j'])).out);
    expect(report).toMatchObject({
      program: { name: 'cidr_firewall', section: 'xdp' },
      capture: { files: [CAPTURE], packets: 2153, bytes: 218434 },
      actions: { XDP_ABORTED: 0, XDP_DROP: 680, XDP_PASS: 1473, XDP_TX: 0, XDP_REDIRECT: 0, invalid: 0 },
      nic: null,
    });
    expect(report.maps[0]).toMatchObject({ name: 'ipv4_rules', type: 'lpm_trie', entries: 0 });
    expect(report.options).toMatchObject({ engine: 'compiler', verify: true, seed: 1, cpus: 1, count: null });
    expect(report.performance.packetsPerSecond).toBeGreaterThan(0);
  });

  it('writes one line per packet in order, with the documented keys', async () => {
    await xdpsim(['replay', OBJECT, '-r', CAPTURE, '-q', '--packets', files.path('packets.json')]);
    const lines = readLines('packets.json');
    expect(lines).toHaveLength(2153);
    expect(lines[0]).toMatchObject({ packet: 1, action: 'XDP_PASS', returnValue: 2, queue: 0 });
    expect(lines[0].timestampNanos).toMatch(/^\d{19}$/);
    expect(lines.map(line => line.packet)).toEqual(lines.map((_, index) => index + 1));
    expect(lines.filter(line => line.action === 'XDP_DROP')).toHaveLength(680);
  });

  it('writes the resulting bytes and the metadata with --packet-data', async () => {
    const object = 'test/programs/metadata-tail.o';
    await xdpsim([
      'replay',
      object,
      '-r',
      CAPTURE,
      '-q',
      '-c',
      '50',
      '--packet-data',
      '--packets',
      files.path('data.json'),
    ]);
    const lines = readLines('data.json');
    expect(lines.every(line => /^([0-9a-f]{2})*$/.test(line.data) && /^([0-9a-f]{2})*$/.test(line.metadata))).toBe(
      true,
    );
    expect(lines.some(line => line.metadata !== '')).toBe(true);
  });

  it('writes perf and ring-buffer output of the packet as events', async () => {
    const { ethernet, ipv4, packet, tcp } = await import('../../src/capture/packet.js');
    const { PcapWriter } = await import('../../src/capture/write.js');
    const pieces: Uint8Array[] = [];
    const writer = new PcapWriter(piece => pieces.push(piece));
    const telnet = packet(
      ethernet(),
      ipv4({ source: '192.0.2.1', destination: '192.0.2.2' }),
      tcp({ sourcePort: 1024, destinationPort: 23, flags: ['SYN'] }),
    );
    for (let second = 1n; second <= 20n; second++)
      writer.write({ timestampNanos: second * 1_000_000_000n, bytes: telnet });
    writer.end();
    writeFileSync(files.path('telnet.pcap'), Buffer.concat(pieces));
    const args = ['replay', 'test/programs/events.o', '-r', files.path('telnet.pcap'), '-q'];
    await xdpsim([...args, '--packets', files.path('events.json')]);
    const events = readLines('events.json').flatMap(line => line.events ?? []);
    expect(new Set(events.map(event => event.kind))).toEqual(new Set(['ringbuf', 'perf']));
    expect(events.every(event => /^[0-9a-f]+$/.test(event.data))).toBe(true);
  });

  it.each(['protocol-counters', 'syn-limiter', 'map-zoo', 'globals', 'cidr-firewall'])(
    'writes the maps of %s so that --map takes them back unchanged',
    async name => {
      const object = `test/programs/${name}.o`;
      await xdpsim(['replay', object, '-r', CAPTURE, '-q', '--maps-out', files.path('maps.json')]);
      const maps = readJson('maps.json');
      const writable = JSON.parse((await xdpsim(['inspect', '-j', object])).out).maps.filter(
        (map: { type: string; flags: number; name: string }) =>
          /^(percpu_)?(array|hash)$|^lru_hash$|^lpm_trie$/.test(map.type) && !map.name.includes('.rodata'),
      );
      const preload = writable.flatMap((map: { name: string }) => ['--map', `${map.name}=${files.path('maps.json')}`]);
      const again = [
        'replay',
        object,
        '-r',
        CAPTURE,
        '-c',
        '0',
        '-q',
        '--maps-out',
        files.path('again.json'),
        ...preload,
      ];
      expect((await xdpsim(again)).err).toBe('');
      const sorted = (entries: readonly object[]) => entries.map(entry => JSON.stringify(entry)).sort();
      for (const { name: map } of writable) expect(sorted(readJson('again.json')[map])).toEqual(sorted(maps[map]));
    },
  );

  it('writes every frame with verdict, queue and id to a pcapng file', async () => {
    await xdpsim(['replay', OBJECT, '-r', CAPTURE, '-q', '-w', files.path('out.pcapng')]);
    const frames = await framesOf(files.path('out.pcapng'));
    const before = await framesOf(CAPTURE);
    expect(frames).toHaveLength(before.length);
    expect(frames.map(frame => frame.timestampNanos)).toEqual(before.map(frame => frame.timestampNanos));
    expect(frames.map(frame => frame.bytes)).toEqual(before.map(frame => frame.bytes));
    const verdicts = frames.map(frame => frame.options?.verdicts?.[0]);
    expect(verdicts.filter(verdict => verdict?.kind === 'xdp' && verdict.action === 1n)).toHaveLength(680);
    expect(frames[4]?.options).toMatchObject({ packetId: 5n, queue: 0 });
  });

  it('gives the pcapng file on stdout and the report on stderr for -w -', async () => {
    const { out, err } = await xdpsim(['replay', OBJECT, '-r', CAPTURE, '-w', '-']);
    expect(out.slice(0, 4)).toBe('\x0a\x0d\x0d\x0a');
    expect(err).toContain('XDP_DROP');
  });

  it('sums several captures, read one after the other', async () => {
    const one = JSON.parse((await xdpsim(['replay', OBJECT, '-r', CAPTURE, '-j', '-q'])).out);
    const two = JSON.parse((await xdpsim(['replay', OBJECT, '-r', CAPTURE, '-r', CAPTURE, '-j', '-q'])).out);
    expect(two.capture.packets).toBe(2 * one.capture.packets);
    expect(two.actions.XDP_DROP).toBe(2 * one.actions.XDP_DROP);
  });

  it('stops after --count packets, and runs none for 0', async () => {
    expect(
      JSON.parse((await xdpsim(['replay', OBJECT, '-r', CAPTURE, '-j', '-q', '-c', '7'])).out).capture.packets,
    ).toBe(7);
    expect(
      JSON.parse((await xdpsim(['replay', OBJECT, '-r', CAPTURE, '-j', '-q', '-c', '0'])).out).capture.packets,
    ).toBe(0);
  });

  it('says nothing on stderr with -q', async () => {
    expect((await xdpsim(['replay', OBJECT, '-r', CAPTURE, '-q'])).err).toBe('');
  });

  it('writes the same bytes twice with --no-performance', async () => {
    const once = async (name: string) => {
      const outputs = ['-w', files.path(`${name}.pcapng`), '--packets', files.path(`${name}.packets`)];
      const more = ['--maps-out', files.path(`${name}.maps`), '--packet-data', '--no-performance', '-j', '-q'];
      const { out } = await xdpsim(['replay', 'test/programs/syn-limiter.o', '-r', CAPTURE, ...outputs, ...more]);
      const written = ['pcapng', 'packets', 'maps'].map(kind =>
        readFileSync(files.path(`${name}.${kind}`)).toString('hex'),
      );
      return [out, ...written];
    };
    expect(await once('first')).toEqual(await once('second'));
  });
});

/** Folders of objects that others built; those that are installed are inspected too. */
const SYSTEM_OBJECTS = ['/usr/lib/x86_64-linux-gnu/bpf', '/usr/lib/bpf', '/usr/lib64/bpf'];

function objectsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(name => name.endsWith('.o'))
    .map(name => `${folder}/${name}`)
    .sort();
}

describe('every object at hand', () => {
  const own = objectsIn(`${ROOT}/test/programs`);
  const system = SYSTEM_OBJECTS.flatMap(objectsIn);

  it.each([...own, ...system].map(path => ({ path, name: path.split('/').at(-1) })))(
    '$name: inspect prints text, JSON and a disassembly',
    async ({ path }) => {
      const text = await xdpsim(['inspect', path]);
      expect(text).toMatchObject({ code: 0, err: '' });
      expect(Math.max(...text.out.split('\n').map(line => line.length))).toBeLessThan(220);
      const value = JSON.parse((await xdpsim(['inspect', '-j', path])).out);
      expect(value.programs.length + value.maps.length).toBeGreaterThan(0);
      const listing = await xdpsim(['inspect', '-d', path]);
      expect(listing).toMatchObject({ code: 0, err: '' });
      const xdp = value.programs.filter((program: { type: string }) => program.type === 'xdp');
      expect(listing.out.match(/^ *\d+: /gm) ?? []).toHaveLength(listing.out.match(/^ *\d+: \(/gm)?.length ?? 0);
      expect(xdp.length === 0 || listing.out.length > 0).toBe(true);
    },
  );
});

describe.skipIf(!existsSync(REAL_CAPTURES))('every real Ethernet capture (needs the shared folder of captures)', () => {
  it.each(capturesIn(REAL_CAPTURES).map(path => ({ path, name: path.split('/').at(-1) })))(
    '$name: is replayed with every frame counted',
    async ({ path }) => {
      const frames = await framesOf(path);
      const { out, err, code } = await xdpsim(['replay', OBJECT, '-r', path, '-j', '-c', '300']);
      if (frames.some(frame => frame.linkType !== LINK_TYPE_ETHERNET)) {
        expect(err).toMatch(/not Ethernet|link type/i);
        expect(code).toBe(2);
        return;
      }
      const report = JSON.parse(out);
      const counted = Object.values<number>(report.actions).reduce((sum, packets) => sum + packets, 0);
      const dropped = report.drops.reduce((sum: number, drop: { packets: number }) => sum + drop.packets, 0);
      expect(counted + dropped).toBe(Math.min(frames.length, 300));
      expect(code).toBe(0);
    },
  );
});
