// Counting runs: what the record loop counts is what single runs give, whatever the chunks, the frames and the program.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LINK_TYPE_ETHERNET } from '../../src/capture/link-type.js';
import { openCapture, passCapture } from '../../src/capture/open.js';
import { createCompiler } from '../../src/engine/compiler/compiler.js';
import { DEFAULT_ENGINE_OPTIONS, type Session } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { countPackets } from '../../src/nic/count.js';
import { TEST_RUN_MODEL } from '../../src/nic/model.js';
import { simulate } from '../../src/nic/simulate.js';
import { loadObject } from '../../src/object/load.js';
import { capturesIn, framesOf, OWN_CAPTURES, REAL_CAPTURES } from '../support/captures.js';
import { differencesInMaps } from '../support/compare-engines.js';

const PROGRAMS = join(import.meta.dirname, '../programs');
const objects = readdirSync(PROGRAMS).filter(name => name.endsWith('.o'));
const captures = await onlyEthernet([...capturesIn(OWN_CAPTURES), ...capturesIn(REAL_CAPTURES).filter(isSmall)]);

const options = { ...DEFAULT_ENGINE_OPTIONS, cpuCount: 2 };
const load = (name: string) => loadObject(readFileSync(join(PROGRAMS, name)), { fileName: basename(name) });

/** Large ones show nothing more. */
function isSmall(path: string): boolean {
  return statSync(path).size < 200_000;
}

async function onlyEthernet(paths: readonly string[]): Promise<string[]> {
  const frames = await Promise.all(paths.map(framesOf));
  return paths.filter((_, at) => frames[at]!.every(({ linkType }) => linkType === LINK_TYPE_ETHERNET));
}

async function singly(session: Session, program: string, paths: readonly string[], maximumPackets?: number) {
  const sources = paths.map(path => ({
    forEach: async (visit: Parameters<Awaited<ReturnType<typeof openCapture>>['forEach']>[0]) =>
      (await openCapture(path)).forEach(visit),
  }));
  const accounting = await simulate({ session, program, model: TEST_RUN_MODEL, sources, maximumPackets });
  return { ...accounting, instructions: 0 };
}

async function counted(session: Session, program: string, paths: readonly string[], maximumPackets?: number) {
  const sources = paths.map(path => ({
    pass: (sink: Parameters<typeof passCapture>[2]) => passCapture(path, {}, sink),
  }));
  const outcome = await countPackets({ session, program, model: TEST_RUN_MODEL, sources, maximumPackets });
  return { ...outcome!.accounting };
}

describe('a counting run', () => {
  it.each(objects)(
    `counts what single runs on the interpreter give, on ${captures.length} captures: %s`,
    async name => {
      for (const { name: program } of load(name).programs) {
        const a = createInterpreter().open(load(name), options);
        const b = createCompiler().open(load(name), options);
        expect(await counted(b, program, captures), program).toEqual(await singly(a, program, captures));
        expect(differencesInMaps(a, b), program).toEqual([]);
      }
    },
  );

  it('ends at the limit, in the middle of a chunk too', async () => {
    for (const limit of [0, 1, 7, 1000, 1001]) {
      const a = createInterpreter().open(load('protocol-counters.o'), options);
      const b = createCompiler().open(load('protocol-counters.o'), options);
      const program = load('protocol-counters.o').programs[0]!.name;
      expect(await counted(b, program, captures, limit)).toEqual(await singly(a, program, captures, limit));
    }
  });
});

describe('a counting run over a made capture', () => {
  const folder = mkdtempSync(join(tmpdir(), 'xdpsim-counting-'));
  const path = join(folder, 'mixed.pcap');
  beforeAll(() => writeFileSync(path, madeCapture()));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['adjust-all.o', 'frags.o', 'events.o', 'metadata-tail.o', 'map-zoo.o'])(
    'copes with long, short and cut frames, records across chunks, and odd timestamps: %s',
    async name => {
      for (const { name: program } of load(name).programs) {
        const a = createInterpreter().open(load(name), options);
        const b = createCompiler().open(load(name), options);
        expect(await counted(b, program, [path]), program).toEqual(await singly(a, program, [path]));
        expect(differencesInMaps(a, b), program).toEqual([]);
      }
    },
  );
});

/** About a megabyte of frames of all lengths from 0 to 9000 bytes. */
function madeCapture(): Uint8Array {
  const bytes = new Uint8Array(1_200_000);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 262144, true);
  view.setUint32(20, 1, true);
  let at = 24;
  for (let frame = 0; at < 1_000_000; frame++) {
    const length = frame % 50 === 0 ? (frame * 97) % 9000 : (frame * 31) % 1500;
    view.setUint32(at, 1_700_000_000 + frame, true);
    view.setUint32(at + 4, frame % 300 === 7 ? 1_000_001 : frame, true);
    view.setUint32(at + 8, length, true);
    view.setUint32(at + 12, frame % 10 === 3 ? length + 100 : frame % 400 === 9 ? length >> 1 : length, true);
    for (let byte = 0; byte < length; byte++) bytes[at + 16 + byte] = (byte * 7 + frame) & 0xff;
    if (length > 40) bytes.set([8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, [6, 17, 1][frame % 3]!], at + 16 + 12);
    at += 16 + length;
  }
  return bytes.subarray(0, at - 5);
}
