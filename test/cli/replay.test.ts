// `replay`: verified first, counted or observed. Both ways of running must give the same report on every capture and program.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PcapWriter } from '../../src/capture/write.js';
import { capturesIn, framesOf } from '../support/captures.js';
import { ROOT, temporaryFolder, xdpsim } from '../support/terminal.js';

const OBJECT = 'test/programs/cidr-firewall.o';
const CAPTURE = 'captures/mixed.pcap';
const files = temporaryFolder();
const directory = process.cwd();

beforeAll(() => process.chdir(ROOT));
afterAll(() => {
  process.chdir(directory);
  files.remove();
});

/** What only the observing way tells, and what says how it was run. */
function counters(text: string): object {
  const { protocols, reasons, sizes, instructionsPerPacket, time, talkers, instructions, options, ...rest } =
    JSON.parse(text);
  const { engine, ...asked } = options;
  return { ...rest, options: asked };
}

const replay = (object: string, captures: readonly string[], ...more: string[]) =>
  xdpsim(['replay', object, ...captures.flatMap(path => ['-r', path]), '-j', '-q', '--no-performance', ...more]);

/** The report and exit code of both ways. */
async function bothWays(object: string, captures: readonly string[], ...more: string[]) {
  const counted = await replay(object, captures, ...more);
  const observed = await replay(object, captures, '--reasons', ...more);
  expect([counted.err, observed.err]).toEqual(['', '']);
  expect(counted.code).toBe(observed.code);
  return { counted: counters(counted.out), observed: counters(observed.out) };
}

describe('counting and observing', () => {
  const objects = readdirSync(`${ROOT}/test/programs`).filter(name => name.endsWith('.o'));
  const captures = capturesIn(`${ROOT}/captures`).map(path => path.slice(ROOT.length + 1));

  it.each(objects)('give the same report for %s, over all captures one after the other', async name => {
    const { counted, observed } = await bothWays(`test/programs/${name}`, captures, '--show-maps', '-c', '4000');
    expect(counted).toEqual(observed);
  });

  it.each(captures)('give the same report for %s', async capture => {
    const { counted, observed } = await bothWays('test/programs/protocol-counters.o', [capture], '--show-maps');
    expect(counted).toEqual(observed);
  });

  it.each([0, 1, 7, 1000, 1001])('give the same report for the first %d packets', async limit => {
    const { counted, observed } = await bothWays(OBJECT, [CAPTURE, 'captures/odd.pcap'], '-c', `${limit}`);
    expect(counted).toEqual(observed);
  });

  it('give the same report for a capture that ends in a record, and the same warning', async () => {
    writeFileSync(files.path('cut.pcap'), readFileSync(CAPTURE).subarray(0, 100_001));
    const { counted, observed } = await bothWays(OBJECT, [files.path('cut.pcap')]);
    expect(counted).toEqual(observed);
    expect(counted).toMatchObject({ warnings: [expect.stringContaining('cut short')] });
  });

  it('give the same report for gzip', async () => {
    writeFileSync(files.path('mixed.pcap.gz'), gzipSync(readFileSync(CAPTURE)));
    const { counted, observed } = await bothWays(OBJECT, [files.path('mixed.pcap.gz')]);
    expect(counted).toEqual(observed);
    expect(counted).toMatchObject({ actions: { XDP_DROP: 680 } });
  });
});

describe('reasons', () => {
  it.each(['cidr-firewall', 'tail-calls', 'globals'])(
    'and executed instructions are the same from both engines: %s',
    async name => {
      const from = async (engine: string) => {
        const captures = [CAPTURE, 'captures/odd.pcap'];
        const { out } = await replay(`test/programs/${name}.o`, captures, '--reasons', '--engine', engine);
        const { reasons, protocols, programs, instructions, instructionsPerPacket } = JSON.parse(out);
        return { reasons, protocols, programs, instructions, instructionsPerPacket };
      };
      expect(await from('compiler')).toEqual(await from('interpreter'));
    },
  );
});

describe('a program that Linux would reject', () => {
  const LOAD_WITHOUT_CHECK = rejectedObject();

  it('is not run: exit 3, with the message, the place, what to do about it, and how to run it anyway', async () => {
    writeFileSync(files.path('rejected.o'), LOAD_WITHOUT_CHECK);
    const { code, err, out } = await replay(files.path('rejected.o'), [CAPTURE]);
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toMatch(/rejected\.o: Linux would reject drop_udp_port: .+ \(E\w+\); .*--no-verify runs it/);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each(['compiler', 'interpreter'])('runs with every access checked by the %s with --no-verify', async engine => {
    writeFileSync(files.path('rejected.o'), LOAD_WITHOUT_CHECK);
    const { code, out } = await replay(
      files.path('rejected.o'),
      ['captures/odd.pcap'],
      '--no-verify',
      '--engine',
      engine,
    );
    const report = JSON.parse(out);
    expect(code).toBe(1);
    expect(report.faults).toBeGreaterThan(0);
    expect(report.actions.XDP_ABORTED).toBe(report.faults);
    expect(report.options).toMatchObject({ verify: false, engine });
  });
});

describe('a run that is interrupted', () => {
  it('prints the counters so far', async () => {
    const frames = await framesOf(CAPTURE);
    const pieces: Uint8Array[] = [];
    const writer = new PcapWriter(piece => pieces.push(piece));
    for (let round = 0; round < 20; round++)
      for (const { bytes } of frames) writer.write({ timestampNanos: 1_000_000_000n, bytes });
    writer.end();
    writeFileSync(files.path('long.pcap'), Buffer.concat(pieces));
    const { code, out, err } = await xdpsim(['replay', OBJECT, '-r', files.path('long.pcap'), '-j'], {
      isInterrupted: true,
    });
    const { actions, capture } = JSON.parse(out);
    expect(code).toBe(0);
    expect(capture.packets).toBeLessThan(20 * frames.length);
    expect(err).toContain(`warning: interrupted after ${capture.packets} packets`);
    expect(actions.XDP_DROP + actions.XDP_PASS).toBe(capture.packets);
  });
});

/** The program that drops UDP by port, with comparisons against data_end that lead nowhere. */
function rejectedObject(): Uint8Array {
  const JUMP_IF_GREATER = 0x2d;
  const bytes = new Uint8Array(readFileSync(`${ROOT}/test/programs/drop-udp-port.o`));
  for (let at = 64; at < 1024; at += 8) if (bytes[at] === JUMP_IF_GREATER) bytes.fill(0, at + 2, at + 4);
  return bytes;
}
