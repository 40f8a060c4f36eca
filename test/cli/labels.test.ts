// What `replay` says of a filter by the labels of a capture.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../src/report/report-schema.js';
import { runCli } from '../generate/cli.js';
import { schemaProblem } from '../support/json-schema.js';

const ROOT = join(import.meta.dirname, '../..');
const FIREWALL = join(ROOT, 'test/programs/cidr-firewall.o');
const LABELLED = join(ROOT, 'captures/labelled.pcapng');
const UNLABELLED = join(ROOT, 'captures/mixed.pcap');

const score = {
  packets: 400,
  truePositives: 145,
  falsePositives: 166,
  falseNegatives: 0,
  trueNegatives: 89,
  precision: 145 / 311,
  recall: 1,
};
const CARD = 'mlx5-cx5-100g';
/** All of IPv4 is denied. */
const TOO_MUCH = ['replay', FIREWALL, '--set', 'denied_ipv4=[{"address":0,"mask":0}]'];

describe('replay of a capture with labels', () => {
  it('has precision and recall in its JSON, as the schema says', async () => {
    const report = JSON.parse((await runCli(...TOO_MUCH, '-r', LABELLED, '-j', '--no-performance')).out);
    expect(report.labels).toMatchObject(score);
    expect(report.labels.profiles).toHaveLength(6);
    expect(schemaProblem(reportSchema(), report)).toBeUndefined();
  });

  it('has them in its text, with what became of each profile', async () => {
    const { out } = await runCli(...TOO_MUCH, '-r', LABELLED);
    expect(out).toContain('precision  46.6 %: of 311 stopped packets, 145 were attacks\nrecall    100.0 %:');
    expect(out).toMatch(/benign {2}dns +70 +28\n/);
  });

  it('gives the same with the interpreter, which tells where packets were stopped too', async () => {
    const { out } = await runCli(...TOO_MUCH, '-r', LABELLED, '-j', '--engine', 'interpreter');
    expect(JSON.parse(out).labels).toMatchObject(score);
  });

  it('sees that the firewall as it is stops every attack and nothing else', async () => {
    const { out } = await runCli('replay', FIREWALL, '-r', LABELLED, '-j');
    expect(JSON.parse(out).labels).toMatchObject({ precision: 1, recall: 1, trueNegatives: 255 });
  });

  it('judges with a card as without, where the card loses nothing', async () => {
    const report = JSON.parse((await runCli(...TOO_MUCH, '-r', LABELLED, '--nic', CARD, '-j', '--no-performance')).out);
    expect(report.labels).toMatchObject({ ...score, lost: 0 });
    expect(schemaProblem(reportSchema(), report)).toBeUndefined();
  });

  it('does not judge what a busy card loses before the program, loop after loop', async () => {
    const words = ['-r', LABELLED, '--nic', CARD, '--queues', '1', '--ring', '64', '--rate', 'line', '--loop', '3'];
    const { labels, drops } = JSON.parse((await runCli(...TOO_MUCH, ...words, '-j')).out);
    const lost = drops.reduce((sum: number, { packets }: { packets: number }) => sum + packets, 0);
    expect(lost).toBeGreaterThan(100);
    expect(labels).toMatchObject({ packets: 1200 - lost, lost, falseNegatives: 0 });
    const { out } = await runCli(...TOO_MUCH, ...words);
    expect(out).toContain(`\nlost      ${lost} packets before the filter saw them: not judged\n`);
    expect(out).toMatch(/\nlabel +profile +packets +stopped +lost\n/);
  });

  it.each([
    [UNLABELLED, []],
    [UNLABELLED, ['--labels']],
    [LABELLED, ['--no-labels']],
  ])('is without them for %s %j', async (capture, words) => {
    const { out } = await runCli('replay', FIREWALL, '-r', capture, '-j', ...words);
    expect(JSON.parse(out).labels).toBeUndefined();
  });
});
