// Times of xdpsim's engines, and of whole replays.
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 256 * 1024;
/** As BPF_PROG_TEST_RUN without a context. */
export const ORIGIN = { queue: 0, cpu: 0, ingressIfindex: 1, minimumLengthBytes: 14, maximumLengthBytes: 73152 };

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function nanos(body) {
  const start = process.hrtime.bigint();
  body();
  return Number(process.hrtime.bigint() - start);
}

/**
 * Nanoseconds per packet of a session's record loop over records in memory: of the first round, and the median of all chunks of `rounds` more.
 */
export function recordLoop(session, program, body, packets, rounds) {
  const counter = session.count(program, ORIGIN);
  const perRecord = body.byteLength / packets;
  const perChunk = Math.floor(CHUNK_BYTES / perRecord) * perRecord;
  const round = () => {
    const chunks = [];
    for (let at = 0; at < body.byteLength; at += perChunk) {
      const part = body.subarray(at, at + perChunk);
      const chunk = counter.chunk();
      chunk.set(part);
      const spent = nanos(() => counter.takeRecords(chunk, 0, part.byteLength, 1_000_000));
      chunks.push((spent * perRecord) / part.byteLength);
    }
    return chunks;
  };
  const first = round();
  for (let warm = 0; warm < 3; warm++) round();
  const steady = Array.from({ length: rounds }, round).flat();
  return { first: first.reduce((sum, chunk) => sum + chunk, 0) / first.length, steady: median(steady) };
}

/** Nanoseconds per packet of a session that gives a result for each, and instructions per packet. */
export function singleRuns(session, program, frames, rounds) {
  const packets = frames.map(bytes => ({ bytes, timestampNanos: 0n, queue: 0, cpu: 0, ingressIfindex: 1 }));
  const [result] = session.run(program, packets.slice(0, 1));
  const times = Array.from({ length: rounds }, () => nanos(() => session.run(program, packets)) / packets.length);
  return { nanosPerPacket: median(times), instructions: result.instructions };
}

/** Nanoseconds that only reading the file takes, in the same chunks into the same memory. */
export function onlyReading(path, chunk) {
  const file = openSync(path, 'r');
  const spent = nanos(() => {
    while (readSync(file, chunk) > 0);
  });
  closeSync(file);
  return spent;
}

/** Nanoseconds of a whole replay of the file, and what was counted. */
export async function wholeReplay(session, program, path, passCapture) {
  const counter = session.count(program, ORIGIN);
  const start = process.hrtime.bigint();
  await passCapture(path, {}, counter);
  return { spent: Number(process.hrtime.bigint() - start), counter };
}
