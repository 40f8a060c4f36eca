// Finding the records of a pcap file from its middle: a guess, which whoever makes use of it must prove. Reading from a record that is one
// comes upon the beginning of every later record; so where readers of neighbouring parts all end exactly where the next one began, every
// guess was right.
import { MAX_FRAME_BYTES } from './frame.js';

const HEADER_BYTES = 16;
const FRACTION = 4;
const CAPTURED = 8;
const ORIGINAL = 12;
/** Records in a row that must look like records. */
const CHAIN = 12;
/** Bytes in which a first record is looked for, unless there is none. */
const SEARCHED_BYTES = 64 * 1024;
/** Seconds between records of one capture that are believed. */
const MAX_APART_SECONDS = 86_400;

/**
 * Index of what looks like the first record in `bytes`, of a little-endian pcap file; undefined where nothing does. Of several that look so,
 * the one from which the most records follow: what is none finds a few large ones by accident.
 * @param unitsPerSecond of the timestamps' fractions
 */
export function guessRecord(bytes: Uint8Array, unitsPerSecond: number): number | undefined {
  const lengths = chainLengths(bytes, unitsPerSecond);
  let best: number | undefined;
  let most = CHAIN - 1;
  for (let at = 0; at < lengths.length; at++) {
    if (at >= SEARCHED_BYTES && best !== undefined) break;
    if (lengths[at]! > most) [best, most] = [at, lengths[at]!];
  }
  return best;
}

/** By index, how many records follow each other from there to where the bytes end; 0 where something else comes before that. */
function chainLengths(bytes: Uint8Array, unitsPerSecond: number): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lengths = new Int32Array(Math.max(0, bytes.byteLength - HEADER_BYTES + 1));
  for (let at = lengths.length - 1; at >= 0; at--) {
    if (!looksLikeRecord(view, at, unitsPerSecond)) continue;
    const next = at + HEADER_BYTES + view.getUint32(at + CAPTURED, true);
    if (next >= lengths.length) lengths[at] = 1;
    else if (lengths[next]! > 0 && areNear(view, at, next)) lengths[at] = lengths[next]! + 1;
  }
  return lengths;
}

function looksLikeRecord(view: DataView, at: number, unitsPerSecond: number): boolean {
  const captured = view.getUint32(at + CAPTURED, true);
  const original = view.getUint32(at + ORIGINAL, true);
  return (
    captured > 0 &&
    captured <= original &&
    original <= MAX_FRAME_BYTES &&
    view.getUint32(at + FRACTION, true) < unitsPerSecond
  );
}

function areNear(view: DataView, at: number, next: number): boolean {
  return Math.abs(view.getUint32(at, true) - view.getUint32(next, true)) <= MAX_APART_SECONDS;
}
