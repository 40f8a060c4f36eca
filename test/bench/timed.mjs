// What a run through a card in simulated time costs beside counting alone, of 64-byte packets and a program that drops: CPU time of this
// process, so that other work on the machine does not count.
//   node test/bench/timed.mjs    prints that line alone; `npm run build` before
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { passCapture } from '../../dist/capture/open.js';
import { createCompiler } from '../../dist/engine/compiler/compiler.js';
import { DEFAULT_ENGINE_OPTIONS } from '../../dist/engine/engine.js';
import { parseNicModel } from '../../dist/nic/model.js';
import { simulateTimed } from '../../dist/nic/timed/simulate-timed.js';
import { loadObject } from '../../dist/object/load.js';
import { median, wholeReplay } from './measure.mjs';
import { writeCapture } from './traffic.mjs';

const ROOT = join(import.meta.dirname, '../..');
const MODELS = ['nfp-agilio-open', 'mlx5-cx5-100g', 'generic-skb'];
const ROUNDS = 5;
const arrival = { kind: 'packets', packetsPerSecond: 90e6 };

const modelText = name => readFileSync(join(ROOT, `nic-models/${name}.json`), 'utf8');

/** CPU nanoseconds per packet: counting, and timed on each model. */
export async function measureTimed(folder, packets) {
  const path = join(folder, 'timed.pcap');
  writeCapture(path, packets, () => 64);
  const object = loadObject(readFileSync(join(ROOT, 'test/programs/calibrate-host.o')), {
    fileName: 'calibrate-host.o',
  });
  const open = options => createCompiler({ isChecked: false }).open(object, { ...DEFAULT_ENGINE_OPTIONS, ...options });
  const counting = open({ cpuCount: 8 });
  const session = open({ cpuCount: 8, observe: { ways: true } });
  const sources = [{ pass: sink => passCapture(path, {}, sink) }];
  const cards = {};
  for (const name of MODELS) {
    const model = parseNicModel(modelText(name), `${name}.json`, modelText);
    cards[name] = await cpuNanos(packets, () =>
      simulateTimed({ session, object, program: 'drop', model, sources, arrival }),
    );
  }
  return {
    packets,
    countingNanos: await cpuNanos(packets, () => wholeReplay(counting, 'drop', path, passCapture)),
    cards,
  };
}

async function cpuNanos(packets, body) {
  const times = [];
  await body();
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage();
    await body();
    times.push((process.cpuUsage(start).user * 1000) / packets);
  }
  return Math.round(median(times));
}

/** The line for people. */
export function timedLine({ countingNanos, cards }) {
  const parts = Object.entries(cards).map(([name, nanos]) => `${name} ${nanos} ns (${(1000 / nanos).toFixed(1)} Mpps)`);
  return `In simulated time, 64-byte packets, a program that drops: ${parts.join(', ')}; counting alone ${countingNanos} ns.`;
}

if (process.argv[1] === import.meta.filename) {
  const folder = mkdtempSync(join(tmpdir(), 'xdpsim-timed-'));
  try {
    console.log(timedLine(await measureTimed(folder, 2_000_000)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
