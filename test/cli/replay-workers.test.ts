// Counting in several threads: only where nothing that a packet leaves behind is seen by another one, and then with the same report.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guessParts, passCapturePart } from '../../src/capture/open.js';
import { guessRecord } from '../../src/capture/pcap-split.js';
import { PcapWriter } from '../../src/capture/write.js';
import { independenceOf } from '../../src/cli/parallel/independence.js';
import { createCompiler } from '../../src/engine/compiler/compiler.js';
import { DEFAULT_ENGINE_OPTIONS } from '../../src/engine/engine.js';
import { loadObject } from '../../src/object/load.js';
import { assembledObject } from '../support/assembled-object.js';
import { framesOf } from '../support/captures.js';
import { ROOT, temporaryFolder, xdpsim } from '../support/terminal.js';

const files = temporaryFolder();
const directory = process.cwd();
const MIXED = 'captures/mixed.pcap';
const long = files.path('long.pcap');

beforeAll(async () => {
  process.chdir(ROOT);
  const frames = await framesOf(MIXED);
  const pieces: Uint8Array[] = [];
  const writer = new PcapWriter(piece => pieces.push(piece));
  for (let round = 0; round < 10; round++) for (const frame of frames) writer.write(frame);
  writer.end();
  writeFileSync(long, Buffer.concat(pieces));
});
afterAll(() => {
  process.chdir(directory);
  files.remove();
});

describe('a program', () => {
  const answer = (name: string, program?: string) => {
    const object = loadObject(readFileSync(`${ROOT}/test/programs/${name}.o`), { fileName: name });
    const found = independenceOf(object, object.programs.find(one => one.name === program) ?? object.programs[0]!);
    return found.isIndependent ? Object.fromEntries(found.sums) : found.obstacle;
  };
  const sum = (offset: number) => ({ offset, size: 8 });

  it.each([
    ['pass-all', {}],
    ['drop-udp-port', {}],
    ['vlan', {}],
    ['protocol-counters', { per_class: [sum(0)], per_protocol: [sum(0), sum(8)] }],
    ['cidr-firewall', { ipv4_rules: [sum(8), sum(16)], ipv6_rules: [sum(8), sum(16)], verdicts: [sum(0)] }],
  ])('%s can be run by threads; it adds to %j', (name, sums) => {
    const found = answer(name);
    expect(typeof found).toBe('object');
    expect(Object.keys(found).sort()).toEqual(Object.keys(sums).sort());
  });

  it.each([
    ['syn-limiter', /^map \w+ is a lru_hash$/],
    ['tail-calls', /^map stages is a prog_array$/],
    ['redirect-devmap', /programs for devices or CPUs/],
    ['events', /^map \w+ is a (ringbuf|perf_event_array)$/],
    ['atomics', /^map \w+ is written, and not only added to$|only added to/],
  ])('%s cannot: %s', (name, why) => expect(answer(name)).toMatch(why));

  const LOOKUP = '*(u32 *)(r10 -4) = 0; r2 = r10; r2 += -4; r1 = map[fd:0]; call map_lookup_elem; if r0 == 0 goto end;';
  const answerTo = (text: string) => {
    const object = assembledObject({ main: `${LOOKUP} ${text} end: r0 = 2; exit` }, [{ type: 2, value: 16, max: 4 }]);
    return independenceOf(object, object.programs[0]!);
  };

  it.each([
    ['r1 = *(u64 *)(r0 +8); r1 += 1; *(u64 *)(r0 +8) = r1;', 8],
    ['r3 = 7; r1 = *(u64 *)(r0 +0); r3 += r1; *(u64 *)(r0 +0) = r3;', 0],
    ['r1 = 1; lock *(u64 *)(r0 +8) += r1;', 8],
  ])('adds: %s', (text, offset) => {
    const found = answerTo(text);
    expect(found.isIndependent && [...found.sums.values()]).toEqual([[sum(offset)]]);
  });

  it.each([
    ['a value that is kept', 'r1 = *(u64 *)(r0 +0); r1 += 1; *(u64 *)(r0 +0) = r1; if r1 > 9 goto end;'],
    ['a sum that decides', 'r1 = 1; lock *(u64 *)(r0 +0) += r1; r1 = *(u64 *)(r0 +0); if r1 > 9 goto end;'],
    ['a part of a sum that is read', 'r1 = 1; lock *(u64 *)(r0 +0) += r1; r1 = *(u8 *)(r0 +3); if r1 > 9 goto end;'],
    ['a fetched sum', 'r1 = 1; r1 = atomic64_fetch_add((u64 *)(r0 +0), r1); if r1 > 9 goto end;'],
    ['a plain store', '*(u64 *)(r0 +0) = 1;'],
    ['a doubling', 'r1 = *(u64 *)(r0 +0); r1 += r1; *(u64 *)(r0 +0) = r1;'],
    ['a sum stored elsewhere', 'r1 = *(u64 *)(r0 +0); r1 += 1; *(u64 *)(r0 +8) = r1;'],
  ])('does not only add: %s', (_, text) => expect(answerTo(text).isIndependent).toBe(false));
});

describe('a capture divided', () => {
  it.each([1, 2, 3, 7])('into %d parts gives every frame once', async count => {
    const parts = (await guessParts(long, count))!;
    const object = loadObject(readFileSync('test/programs/pass-all.o'), { fileName: 'pass-all.o' });
    const session = createCompiler().open(object, DEFAULT_ENGINE_OPTIONS);
    const lengths = { minimumLengthBytes: 0, maximumLengthBytes: 70_000 };
    const counter = session.count!(object.programs[0]!.name, { queue: 0, cpu: 0, ingressIfindex: 1, ...lengths });
    for (const part of parts) await passCapturePart(long, part, {}, counter);
    expect(parts).toHaveLength(count);
    expect(counter.totals.actions.reduce((sum, { packets }) => sum + packets, 0)).toBe(21_530);
  });

  it('in the wrong place is noticed', async () => {
    const object = loadObject(readFileSync('test/programs/pass-all.o'), { fileName: 'pass-all.o' });
    const session = createCompiler().open(object, DEFAULT_ENGINE_OPTIONS);
    const lengths = { minimumLengthBytes: 0, maximumLengthBytes: 70_000 };
    const counter = session.count!(object.programs[0]!.name, { queue: 0, cpu: 0, ingressIfindex: 1, ...lengths });
    const end = (await guessParts(long, 2))![0]!.end - 1;
    await expect(passCapturePart(long, { start: 24, end }, {}, counter)).rejects.toThrow('cut short');
  });

  it('is not taken in by a chain of large records that equal ones make by accident', () => {
    const record = new Uint8Array(80);
    const view = new DataView(record.buffer);
    [1_700_000_000, 5, 64, 64].forEach((word, at) => view.setUint32(4 * at, word, true));
    const bytes = new Uint8Array(33 + 80 * 12_000);
    for (let at = 33; at + 80 <= bytes.byteLength; at += 80) bytes.set(record, at);
    expect(guessRecord(bytes, 1_000_000)).toBe(33);
  });

  it('is only a plain pcap file', async () => expect(await guessParts('captures/ipv6.pcapng', 2)).toBeUndefined());
});

const isBuilt = existsSync(`${ROOT}/dist/cli/worker.js`);

describe.skipIf(!isBuilt)('replay --workers (needs the built package)', () => {
  const run = (object: string, workers: number, ...more: string[]) =>
    xdpsim(['replay', object, '-r', long, '-r', MIXED, '--workers', `${workers}`, '-j', '--no-performance', ...more]);

  it.each(['protocol-counters', 'cidr-firewall', 'drop-udp-port'])('gives the report of one thread: %s', async name => {
    const one = await run(`test/programs/${name}.o`, 1, '--show-maps');
    const three = await run(`test/programs/${name}.o`, 3, '--show-maps');
    expect(three.err).not.toContain('one worker');
    expect(three.out).toBe(one.out);
  });

  it('says why it is done by one thread', async () => {
    const { err, out } = await run('test/programs/syn-limiter.o', 2);
    expect(err).toMatch(/one worker: map \w+ is a lru_hash/);
    expect(JSON.parse(out).capture.packets).toBe(11 * 2153);
  });

  it('ends with 2 for a number of workers that is none', async () => {
    expect(await run('test/programs/pass-all.o', 0)).toMatchObject({ code: 2, out: '' });
  });
});
