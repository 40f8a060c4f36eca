// The captures of the project come out of `xdpsim generate` byte for byte, and tshark finds nothing malformed where nothing was asked for.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { RECIPES } from '../../captures/recipes.mjs';
import { describePacket } from '../../src/capture/describe.js';
import { openCapture } from '../../src/capture/open.js';
import { labelOf } from '../../src/traffic/labels.js';
import { PROFILES } from '../../src/traffic/profiles.js';
import { readAll } from '../capture/files.js';
import { hasTshark, tsharkFields } from '../capture/tools.js';
import { runCli } from './cli.js';

const FOLDER = resolve(import.meta.dirname, '../../captures');
const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8');
const scratch = mkdtempSync(join(tmpdir(), 'xdpsim-generate-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const framesOf = async (path: string) => (await readAll(await openCapture(path))).frames;

describe('the captures of the project', () => {
  for (const { name, args } of RECIPES) {
    it(`${name} is what its command makes (npm run captures)`, async () => {
      const path = join(scratch, name);
      expect(await runCli('generate', ...args, '-w', path)).toMatchObject({ code: 0 });
      expect(Buffer.compare(readFileSync(path), readFileSync(join(FOLDER, name)))).toBe(0);
    });

    it(`${name} has the seed and the packets that the README says`, async () => {
      const frames = await framesOf(join(FOLDER, name));
      const row = readme.split('\n').find(line => line.includes(`\`${name}\``));
      const seed = args[args.indexOf('--seed') + 1];
      expect(row?.split('|').map(cell => cell.trim())).toMatchObject({ 3: seed, 4: `${frames.length}` });
    });
  }

  it('mixed.pcap has nothing but its flood from the attacking networks', async () => {
    const attackers = (await framesOf(join(FOLDER, 'mixed.pcap')))
      .map(frame => describePacket(frame.bytes))
      .filter(({ source }) => /^(198\.51\.100\.|203\.0\.113\.|2001:db8:bad:)/.test(source ?? ''));
    expect(attackers).toHaveLength(680);
    expect(attackers.every(({ layers }) => layers.at(-1)?.layer.kind === 'tcp')).toBe(true);
    expect(attackers.every(({ areChecksumsValid, problem }) => areChecksumsValid && problem === undefined)).toBe(true);
  });

  it('mixed.pcap has two wrong checksums', async () => {
    const frames = await framesOf(join(FOLDER, 'mixed.pcap'));
    expect(frames.filter(frame => !describePacket(frame.bytes).areChecksumsValid)).toHaveLength(2);
  });

  it('labelled.pcapng has a label on every packet, and both labels', async () => {
    const labels = (await framesOf(join(FOLDER, 'labelled.pcapng'))).map(
      frame => labelOf(frame.options?.comments)?.label,
    );
    expect(new Set(labels)).toEqual(new Set(['benign', 'attack']));
  });
});

const PROPER = Object.keys(PROFILES).filter(name => name !== 'malformed');

describe('profiles', () => {
  for (const name of Object.keys(PROFILES)) {
    it(`${name}: the same seed gives the same bytes, another seed others`, async () => {
      const make = async (file: string, seed: number) => {
        const path = join(scratch, file);
        await runCli('generate', name, '-c', '40', '--seed', `${seed}`, '-w', path);
        return readFileSync(path).toString('hex');
      };
      const first = await make('a.pcapng', 1);
      expect(await make('b.pcapng', 1)).toBe(first);
      expect(await make('c.pcapng', 2)).not.toBe(first);
    });
  }

  for (const name of PROPER) {
    it(`${name}: packets are well-formed, with right checksums, in order of time`, async () => {
      const path = join(scratch, 'proper.pcapng');
      await runCli('generate', name, '-c', '120', '-w', path);
      const frames = await framesOf(path);
      expect(frames).toHaveLength(120);
      for (const { bytes, options } of frames) {
        expect(describePacket(bytes)).toMatchObject({ areChecksumsValid: true });
        expect(describePacket(bytes).problem).toBeUndefined();
        expect(labelOf(options?.comments)?.profile).toBe(name);
      }
      const times = frames.map(frame => frame.timestampNanos);
      expect(times.every((time, at) => at === 0 || times[at - 1]! <= time)).toBe(true);
    });
  }

  it('mix by weight', async () => {
    const path = join(scratch, 'mix.pcapng');
    await runCli('generate', 'imix:3', 'udp-flood:1', '-c', '400', '-w', path);
    const labels = (await framesOf(path)).map(frame => labelOf(frame.options?.comments)?.label);
    expect(labels.filter(label => label === 'attack')).toHaveLength(100);
  });

  it('come at the rate that is asked for', async () => {
    const path = join(scratch, 'rate.pcapng');
    await runCli('generate', 'imix', '-c', '2000', '--rate', '1000000', '-w', path);
    const frames = await framesOf(path);
    const nanos = Number(frames.at(-1)!.timestampNanos - frames[0]!.timestampNanos);
    expect(nanos / 2000).toBeGreaterThan(900);
    expect(nanos / 2000).toBeLessThan(1100);
  });

  const wrong: readonly (readonly [args: readonly string[], message: string])[] = [
    [['-w', 'x'], 'no profile given'],
    [['imix'], 'no file to write given'],
    [['imux', '-w', 'x'], 'no profile imux; there are imix, zipf'],
    [['imix:0', '-w', 'x'], 'imix:0: a weight is a number above 0'],
    [['everyday', 'imix', '-w', 'x'], 'everyday is a whole scene'],
    [['imix', '-c', '1.5', '-w', 'x'], '--count: 1.5 is not a whole number'],
  ];
  for (const [args, message] of wrong) {
    it(`say what is wrong with: generate ${args.join(' ')}`, async () => {
      const { code, err } = await runCli('generate', ...args);
      expect(code).toBe(2);
      expect(err).toContain(message);
    });
  }
});

describe.skipIf(!hasTshark)('tshark (skipped where it is not installed)', () => {
  it('finds nothing malformed in any profile but the malformed one', async () => {
    const path = join(scratch, 'all.pcapng');
    await runCli('generate', ...PROPER, '-c', '1500', '-w', path);
    expect(tsharkFields(path, ['frame.number', '_ws.malformed', '_ws.expert.message'], '_ws.malformed')).toEqual([]);
  });

  it('reads the labels', async () => {
    const comments = tsharkFields(join(FOLDER, 'storm.pcapng'), ['frame.comment']);
    expect(comments).toHaveLength(100);
    expect(comments[0]![0]).toBe('label=benign profile=arp');
  });

  it('finds malformed packets where they were asked for', async () => {
    expect(tsharkFields(join(FOLDER, 'odd.pcap'), ['frame.number'], '_ws.malformed').length).toBeGreaterThan(0);
  });
});
