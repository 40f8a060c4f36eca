// What compiling costs: the emitter by size of program, and how soon code is as fast as it gets.
import { createCompiler } from '../../dist/engine/compiler/compiler.js';
import { DEFAULT_ENGINE_OPTIONS } from '../../dist/engine/engine.js';
import { codeOf, objectOf } from './made-program.mjs';
import { median, ORIGIN } from './measure.mjs';

const SIZES = [1_000, 10_000, 50_000];
const ROUNDS = 5;
const BATCH_PACKETS = 1_000;
const BATCHES = 400;
/** Batches that are taken for steady, at the end. */
const STEADY_BATCHES = 100;
/** A batch is as fast as it gets when it takes at most so many times a steady one. */
const STEADY_FACTOR = 1.25;

/** Reads the destination address, then mixes it: a branch, a store and a load to the stack in every 10 instructions. */
function mixing(instructions) {
  const head = [
    [0x61, 0x12, 0, 0], // r2 = data
    [0x61, 0x13, 4, 0], // r3 = data_end
    [0xbf, 0x24, 0, 0], // r4 = r2
    [0x07, 0x04, 0, 14], // r4 += 14
    [0xb7, 0x00, 0, 1], // r0 = XDP_DROP
    [0x2d, 0x34, 1, 0], // if r4 > r3 goto exit
    [0x05, 0x00, 1, 0],
    [0x95, 0x00, 0, 0], // exit
    [0x61, 0x25, 0, 0], // r5 = the address's first bytes
  ];
  const block = at => [
    [0x07, 0x05, 0, 7 * at + 1], // r5 += number
    [0xbf, 0x56, 0, 0], // r6 = r5
    [0x67, 0x06, 0, 7], // r6 <<= 7
    [0xaf, 0x65, 0, 0], // r5 ^= r6
    [0x45, 0x05, 1, 1 << (at % 8)], // if r5 & bit goto + 1
    [0x17, 0x05, 0, 3], // r5 -= 3
    [0x7b, 0x5a, -8 - 8 * (at % 16), 0], // stack = r5
    [0x79, 0xa7, -8 - 8 * (at % 16), 0], // r7 = stack
    [0x0f, 0x75, 0, 0], // r5 += r7
    [0x77, 0x05, 0, 1], // r5 >>= 1
  ];
  const tail = [
    [0x57, 0x05, 0, 1], // r5 &= 1
    [0xbf, 0x50, 0, 0], // r0 = r5
    [0x07, 0x00, 0, 1], // r0 += 1
    [0x95, 0x00, 0, 0], // exit
  ];
  const blocks = Math.floor((instructions - head.length - tail.length) / 10);
  return codeOf([...head, ...Array.from({ length: blocks }, (_, at) => block(at)).flat(), ...tail]);
}

function open(code) {
  return createCompiler({ isChecked: false }).open(objectOf('mixing', code), DEFAULT_ENGINE_OPTIONS);
}

/** Milliseconds from a program to its loop: what ours takes, and what the browser's compiler takes. */
function compileTimes(code) {
  const { Module, Instance } = WebAssembly;
  let engineMillis = 0;
  const timed = Original =>
    class {
      constructor(...given) {
        const start = performance.now();
        const made = new Original(...given);
        engineMillis += performance.now() - start;
        // biome-ignore lint/correctness/noConstructorReturn: it stands for what it measures
        return made;
      }
    };
  const session = open(code);
  WebAssembly.Module = timed(Module);
  WebAssembly.Instance = timed(Instance);
  try {
    const start = performance.now();
    session.count('mixing', ORIGIN);
    return { emitter: performance.now() - start - engineMillis, engine: engineMillis };
  } finally {
    Object.assign(WebAssembly, { Module, Instance });
  }
}

function measureEmitter(instructions) {
  const code = mixing(instructions);
  const rounds = Array.from({ length: ROUNDS }, () => compileTimes(code));
  const perThousand = key => (1000 * median(rounds.map(round => round[key]))) / instructions;
  return {
    instructions,
    emitterMillisPerThousand: perThousand('emitter'),
    moduleMillisPerThousand: perThousand('engine'),
  };
}

/** Batches from the first call on: when they became steady, and the longest of them beside a steady one. */
function measureWarmUp(instructions, records) {
  const counter = open(mixing(instructions)).count('mixing', ORIGIN);
  const chunk = counter.chunk();
  chunk.set(records);
  const batches = Array.from({ length: BATCHES }, () => {
    const start = performance.now();
    counter.takeRecords(chunk, 0, records.byteLength, 1_000_000);
    return performance.now() - start;
  });
  const steady = median(batches.slice(-STEADY_BATCHES));
  const first = batches.findIndex(batch => batch <= STEADY_FACTOR * steady);
  return {
    instructions,
    steadyAfterMillis: batches.slice(0, first).reduce((sum, batch) => sum + batch, 0),
    longestStallMillis: Math.max(...batches) - steady,
    steadyNanosPerPacket: (steady * 1e6) / BATCH_PACKETS,
  };
}

/** Costs of compiling by size, and of a program of 1,000 instructions while it is new. `records` are at least 1,000 of them. */
export function measureCompiling(records) {
  const perRecord = records.byteLength / BATCH_PACKETS;
  if (!Number.isInteger(perRecord)) throw new Error('records of one size expected');
  return { sizes: SIZES.map(measureEmitter), warmUp: measureWarmUp(1_000, records) };
}

/** Lines for people. */
export function compilingLines({ sizes, warmUp }) {
  const emitter = sizes.map(
    ({ instructions, emitterMillisPerThousand, moduleMillisPerThousand }) =>
      `${instructions}: ${emitterMillisPerThousand.toFixed(2)} ms (WebAssembly.Module ${moduleMillisPerThousand.toFixed(2)} ms)`,
  );
  const { instructions, steadyAfterMillis, longestStallMillis } = warmUp;
  return [
    `Compiling, per 1,000 instructions of programs of ${emitter.join('; of ')}.`,
    `A program of ${instructions} instructions is as fast as it gets ${steadyAfterMillis.toFixed(1)} ms after its first batch; longest stall ${longestStallMillis.toFixed(1)} ms.`,
  ].join('\n');
}
