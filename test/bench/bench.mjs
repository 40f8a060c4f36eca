// `npm run bench`: what xdpsim costs beside the running kernel, in one run on one machine. It measures, it never gates.
//   --json     print JSON instead of tables
//   --quick    fewer rounds and smaller captures
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { passCapture } from '../../dist/capture/open.js';
import { createCompiler } from '../../dist/engine/compiler/compiler.js';
import { DEFAULT_ENGINE_OPTIONS } from '../../dist/engine/engine.js';
import { createInterpreter } from '../../dist/engine/interpreter/interpreter.js';
import { loadObject } from '../../dist/object/load.js';
import { measureCompiling } from './compile.mjs';
import { hasKernel, withLoaded } from './kernel.mjs';
import { median, onlyReading, recordLoop, singleRuns, wholeReplay } from './measure.mjs';
import { printTables } from './print.mjs';
import { measureTimed } from './timed.mjs';
import { blockedSources, frame, mixedLength, randomNumbers, records, writeCapture } from './traffic.mjs';
import { measureVerifier } from './verifier.mjs';

const isJson = process.argv.includes('--json');
const isQuick = process.argv.includes('--quick');
const ROUNDS = isQuick ? 5 : 15;
const PACKETS = 100_000;
const SINGLE_PACKETS = 5_000;
const REPLAY_PACKETS = isQuick ? 1_000_000 : 3_000_000;
const BIG_CAPTURE_BYTES = 10e9;
const SHARED_PACKETS = isQuick ? 4_000_000 : 16_000_000;
/** By program, how often threads are given the same capture: for quick ones as much as `replay` starts threads for by itself. */
const SHARED_TIMES = { b_drop_udp: 4, c_count: 4, f_mix: 1 };

const root = join(import.meta.dirname, '../..');
const objectPath = join(root, 'test/programs/benchmarks.o');
const object = loadObject(readFileSync(objectPath), { fileName: 'benchmarks.o' });
const programs = object.programs.map(({ name }) => name);
const keys = blockedSources();

const random = randomNumbers(88172645);
const frames = Array.from({ length: PACKETS }, () => frame(random, 64));
const distinct = records(frames);
const hot = records(new Array(PACKETS).fill(frames[0]));

function open(engine, observe) {
  const session = engine.open(object, { ...DEFAULT_ENGINE_OPTIONS, ...(observe && { observe }) });
  for (const key of keys) session.maps.get('sources').update(key, [new Uint8Array(8)], 0);
  return session;
}

const compiled = (program, body, isChecked) =>
  recordLoop(open(createCompiler({ isChecked })), program, body, PACKETS, ROUNDS);

/** With a counter for every block, and the sum of a price for every instruction. */
const counting = (program, body) => {
  const cyclesOf = (_program, first, last) => 1 + last - first;
  const session = open(createCompiler({ isChecked: false, cyclesOf }), { counts: true });
  return recordLoop(session, program, body, PACKETS, ROUNDS);
};

function measureProgram(program, kernel) {
  progress(program);
  const interpreter = singleRuns(open(createInterpreter()), program, frames.slice(0, SINGLE_PACKETS), 5);
  const onHot = compiled(program, hot, false);
  const onDistinct = compiled(program, distinct, false);
  const kernelNanos = kernel?.repeated(program, frames[0]);
  return {
    name: program,
    nanosPerPacket: rounded(onHot.steady),
    distinctNanosPerPacket: rounded(onDistinct.steady),
    checkedNanosPerPacket: rounded(compiled(program, distinct, true).steady),
    countedNanosPerPacket: rounded(counting(program, distinct).steady),
    firstRoundNanosPerPacket: rounded(onDistinct.first),
    interpreterNanosPerPacket: rounded(interpreter.nanosPerPacket),
    instructionsPerPacket: interpreter.instructions,
    kernelNanosPerPacket: kernelNanos ?? null,
    kernelSinglyNanosPerPacket: rounded(kernel?.singly(program, joined(frames.slice(0, SINGLE_PACKETS)))) ?? null,
    ratioToKernel: kernelNanos === undefined ? null : rounded(onHot.steady / kernelNanos),
  };
}

async function measureReplay(folder, name, packets, lengthOf, program) {
  progress(`replay of ${name}`);
  const path = join(folder, `${name}.pcap`);
  const capture = writeCapture(path, packets, lengthOf);
  const session = open(createCompiler({ isChecked: false }));
  const { counter } = await wholeReplay(session, program, path, passCapture);
  const replays = [];
  const readings = [];
  for (let round = 0; round < (isQuick ? 3 : 7); round++) {
    readings.push(onlyReading(path, counter.chunk()));
    replays.push((await wholeReplay(session, program, path, passCapture)).spent);
  }
  const [replay, reading] = [median(replays), median(readings)];
  return {
    capture: name,
    program,
    packets: capture.packets,
    bytes: capture.lengthBytes,
    nanosPerPacket: rounded(replay / capture.packets),
    readingNanosPerPacket: rounded(reading / capture.packets),
    packetsPerSecond: Math.round((capture.packets * 1e9) / replay),
    ratioToReading: rounded(replay / reading),
  };
}

/** Peak memory of a process that counts a file over and over, until it has read as much as a big capture holds. */
function measureMemory(folder, path, lengthBytes) {
  progress('memory');
  const times = isQuick ? 2 : Math.ceil(BIG_CAPTURE_BYTES / lengthBytes);
  const { stdout } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'memory.mjs'), objectPath, path, `${times}`],
    {
      encoding: 'utf8',
      cwd: folder,
    },
  );
  return { bytesRead: times * lengthBytes, peakBytes: Number(stdout) };
}

/** Nanoseconds per packet of `replay` with one thread and with two. */
function measureWorkers(folder) {
  const capture = join(folder, 'shared.pcap');
  const { packets } = writeCapture(capture, SHARED_PACKETS, () => 64);
  const nanos = (program, captures, workers) => {
    progress(`workers: ${program}`);
    const times = Array.from({ length: 3 }, () => {
      const given = ['replay', objectPath, '-n', program, ...captures, '-j', '-q', '--workers', `${workers}`];
      const { stdout } = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), ...given], { encoding: 'utf8' });
      return JSON.parse(stdout).performance.nanosPerPacket;
    });
    return median(times);
  };
  return Object.entries(SHARED_TIMES).map(([program, times]) => {
    const captures = new Array(times).fill(['-r', capture]).flat();
    const [one, two] = [1, 2].map(workers => nanos(program, captures, workers));
    return {
      program,
      packets: times * packets,
      oneNanosPerPacket: one,
      twoNanosPerPacket: two,
      speedUp: rounded(one / two),
    };
  });
}

/** Milliseconds of whole processes: medians. */
function measureStartUp(folder) {
  progress('start-up');
  const capture = join(folder, 'hundred.pcap');
  writeCapture(capture, 100, () => 64, 100);
  const time = (words, command = 'main') =>
    median(
      Array.from({ length: 9 }, () => {
        const start = process.hrtime.bigint();
        spawnSync(process.execPath, [...(words[0] === '-e' ? [] : [join(root, `dist/cli/${command}.js`)]), ...words]);
        return Number(process.hrtime.bigint() - start) / 1e6;
      }),
    );
  return {
    helpMillis: rounded(time(['--help'])),
    replayMillis: rounded(time(['replay', objectPath, '-n', 'b_drop_udp', '-r', capture, '-q'])),
    pluginMillis: rounded(time(['--help'], 'plugin')),
    nodeMillis: rounded(time(['-e', '0'])),
  };
}

function joined(parts) {
  const bytes = new Uint8Array(parts.length * 64);
  for (const [at, part] of parts.entries()) bytes.set(part, 64 * at);
  return bytes;
}

function rounded(value) {
  return value === undefined ? undefined : Number(value.toPrecision(4));
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

const folder = mkdtempSync(join(tmpdir(), 'xdpsim-bench-'));
try {
  const measureAll = kernel => programs.map(program => measureProgram(program, kernel));
  const rows = hasKernel() ? withLoaded(objectPath, keys, measureAll) : measureAll(undefined);
  const small = await measureReplay(folder, 'small', REPLAY_PACKETS, () => 64, 'b_drop_udp');
  const mixed = await measureReplay(folder, 'mixed', REPLAY_PACKETS / 3, mixedLength, 'b_drop_udp');
  progress('compiling');
  const compiling = measureCompiling(records(frames.slice(0, 1000)));
  const memory = measureMemory(folder, join(folder, 'small.pcap'), small.bytes);
  const workers = measureWorkers(folder);
  const startUp = measureStartUp(folder);
  const verifier = measureVerifier(hasKernel());
  progress('timed');
  const timed = await measureTimed(folder, isQuick ? 500_000 : 2_000_000);
  progress('');
  const machine = { cpu: cpus()[0].model.trim(), cores: cpus().length, node: process.version, kernel: release() };
  const report = {
    machine,
    programs: rows,
    replay: { small, mixed },
    compiling,
    workers,
    memory,
    startUp,
    verifier,
    timed,
  };
  if (isJson) console.log(JSON.stringify(report));
  else printTables(report);
} finally {
  rmSync(folder, { recursive: true });
}
