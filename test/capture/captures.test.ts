// Whole captures are read as capinfos reads them.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { openCapture } from '../../src/capture/open.js';
import { readAll } from './files.js';
import { captureFiles, hasSharedCaptures } from './real-captures.js';
import { hasCapinfos } from './tools.js';

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
