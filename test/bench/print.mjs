// The benchmark's report as tables for people, in Markdown.

import { compilingLines } from './compile.mjs';
import { timedLine } from './timed.mjs';
import { verifierLine } from './verifier.mjs';

/** Prints everything that was measured. */
export function printTables({ machine, programs, replay, compiling, workers, memory, startUp, verifier, timed }) {
  console.log(
    `${machine.cpu}, ${machine.cores} CPUs, Node ${machine.node}, kernel ${machine.kernel}; medians, one core\n`,
  );
  printPrograms(programs);
  printReplays(Object.values(replay));
  console.log(`Counting ${gigabytes(memory.bytesRead)} GB: peak memory ${megabytes(memory.peakBytes)} MB.`);
  console.log(compilingLines(compiling));
  printWorkers(workers);
  console.log(verifierLine(verifier));
  console.log(timedLine(timed));
  const { replayMillis, helpMillis, pluginMillis, nodeMillis } = startUp;
  console.log(
    `Whole process: replay of 100 packets ${replayMillis} ms, --help ${helpMillis} ms, the conformance plugin ${pluginMillis} ms; Node alone ${nodeMillis} ms.`,
  );
}

function printPrograms(programs) {
  const head = [
    'nanoseconds per packet',
    'one packet',
    'Mpps',
    'kernel, repeated',
    'ratio',
    'distinct',
    'with checks',
    'with counters and cycles',
    'first 100,000',
    'interpreter',
    'per instruction',
    'kernel, one run each',
  ];
  const rows = programs.map(row => [
    row.name,
    row.nanosPerPacket,
    (1000 / row.nanosPerPacket).toFixed(1),
    row.kernelNanosPerPacket ?? '-',
    row.ratioToKernel ?? '-',
    row.distinctNanosPerPacket,
    row.checkedNanosPerPacket,
    row.countedNanosPerPacket,
    row.firstRoundNanosPerPacket,
    row.interpreterNanosPerPacket,
    (row.interpreterNanosPerPacket / row.instructionsPerPacket).toFixed(1),
    row.kernelSinglyNanosPerPacket ?? '-',
  ]);
  printTable(head, rows);
  const ratios = programs.map(row => row.ratioToKernel).filter(ratio => ratio !== null);
  if (ratios.length > 0) console.log(`Median ratio to the kernel: ${middle(ratios)}\n`);
}

function printReplays(replays) {
  const head = ['file to counters', 'packets', 'bytes a packet', 'ns a packet', 'Mpps', 'only reading', 'ratio'];
  const rows = replays.map(row => [
    `${row.capture}, ${row.program}`,
    row.packets,
    Math.round(row.bytes / row.packets) - 16,
    row.nanosPerPacket,
    (row.packetsPerSecond / 1e6).toFixed(1),
    row.readingNanosPerPacket,
    row.ratioToReading,
  ]);
  printTable(head, rows);
}

function printWorkers(workers) {
  const head = ['whole replay in threads', 'packets', 'ns a packet, one', 'two', 'speed-up'];
  const rows = workers.map(row => [
    row.program,
    row.packets,
    row.oneNanosPerPacket,
    row.twoNanosPerPacket,
    row.speedUp,
  ]);
  console.log('');
  printTable(head, rows);
}

function printTable(head, rows) {
  const lines = [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`);
  console.log(`${lines.join('\n')}\n`);
}

function middle(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

const megabytes = bytes => Math.round(bytes / 1e6);
const gigabytes = bytes => (bytes / 1e9).toFixed(1);
