// Whole captures: the project's own come out of their generator byte for byte, and all are read as capinfos reads them.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildCapture, CAPTURES } from '../../captures/traffic.mjs';
import { describePacket } from '../../src/capture/describe.js';
import { openCapture } from '../../src/capture/open.js';
import * as packets from '../../src/capture/packet.js';
import * as writers from '../../src/capture/write.js';
import { readAll, readBytes } from './files.js';
import { captureFiles, hasSharedCaptures } from './real-captures.js';
import { hasCapinfos } from './tools.js';

const FOLDER = resolve(import.meta.dirname, '../../captures');
const readme = readFileSync(resolve(FOLDER, 'README.md'), 'utf8');

describe('the captures of the project', () => {
  for (const recipe of CAPTURES) {
    const built = buildCapture(recipe, { ...packets, ...writers });

    it(`${recipe.name} is what its generator makes (npm run captures)`, () => {
      expect(Buffer.compare(built, readFileSync(resolve(FOLDER, recipe.name)))).toBe(0);
    });

    it(`${recipe.name} has the seed and the packets that the README says`, async () => {
      const { frames } = await readBytes(built);
      const row = readme.split('\n').find(line => line.includes(`\`${recipe.name}\``));
      expect(row?.split('|').map(cell => cell.trim())).toMatchObject({ 2: `${recipe.seed}`, 3: `${frames.length}` });
    });
  }

  it('mixed.pcap has nothing but its flood from the attacking networks', async () => {
    const { frames } = await readAll(await openCapture(resolve(FOLDER, 'mixed.pcap')));
    const attackers = frames
      .map(frame => describePacket(frame.bytes))
      .filter(({ source }) => /^(198\.51\.100\.|203\.0\.113\.|2001:db8:bad:)/.test(source ?? ''));
    expect(attackers).toHaveLength(680);
    expect(attackers.every(({ layers }) => layers.at(-1)?.layer.kind === 'tcp')).toBe(true);
    expect(attackers.every(({ areChecksumsValid, problem }) => areChecksumsValid && problem === undefined)).toBe(true);
  });

  it('mixed.pcap has two wrong checksums', async () => {
    const { frames } = await readAll(await openCapture(resolve(FOLDER, 'mixed.pcap')));
    expect(frames.filter(frame => !describePacket(frame.bytes).areChecksumsValid)).toHaveLength(2);
  });
});

describe('real captures', () => {
  it.skipIf(!hasSharedCaptures)('are read to their end (skipped where they are absent)', async () => {
    for (const { path } of captureFiles()) {
      const { frames, error, warnings } = await readAll(await openCapture(path));
      expect([path, error]).toEqual([path, undefined]);
      expect(frames.length).toBeGreaterThan(0);
      expect(warnings.length).toBe(path.includes('invalid_nano') ? 1 : 0);
    }
  });
});

describe.skipIf(!hasCapinfos)('capinfos (skipped where it is not installed)', () => {
  it('agrees on number, lengths, first and last time of every capture', async () => {
    // capinfos shows the invalid time of this one as a negative fraction.
    const files = captureFiles().filter(({ name }) => !name.includes('invalid_nano'));
    const ours = await Promise.all(files.map(({ path }) => summary(path)));
    expect(ours).toEqual(capinfos(files.map(({ path }) => path)));
  });
});

/** Number of frames, sum of their lengths on the wire, earliest and latest time in nanoseconds. */
async function summary(path: string): Promise<string[]> {
  const { frames } = await readAll(await openCapture(path));
  const times = frames.map(frame => frame.timestampNanos).sort((a, b) => Number(a - b));
  const lengthBytes = frames.reduce((sum, frame) => sum + frame.originalLengthBytes, 0);
  return [frames.length, lengthBytes, times[0], times.at(-1)].map(String);
}

/** The same of capinfos. */
function capinfos(paths: readonly string[]): string[][] {
  const options = ['-T', '-M', '-r', '-c', '-d', '-a', '-e', '-S'];
  const out = execFileSync('capinfos', [...options, ...paths], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const rows = out
    .trimEnd()
    .split('\n')
    .map(line => line.split('\t'));
  return rows.map(([, frames, lengthBytes, first, last]) => [frames!, lengthBytes!, nanos(first!), nanos(last!)]);
}

/** Nanoseconds of `seconds.fraction`, as text. */
function nanos(time: string): string {
  const [seconds, fraction] = time.split('.') as [string, string];
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0')));
}
