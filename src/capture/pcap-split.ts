// Finding the records of a pcap file from its middle: a guess, which whoever makes use of it must prove. Reading from a record that is one
// comes upon the beginning of every later record; so where readers of neighbouring parts all end exactly where the next one began, every
// guess was right.
import { MAX_FRAME_BYTES } from './frame.js';

const HEADER_BYTES = 16;
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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let best: number | undefined;
  let most = CHAIN - 1;
  for (let at = 0; at + HEADER_BYTES <= bytes.byteLength; at++) {
    if (at >= SEARCHED_BYTES && best !== undefined) break;
    const records = chainLength(view, at, unitsPerSecond);
    if (records > most) [best, most] = [at, records];
  }
  return best;
}

/** How many records follow each other from `start` to where the bytes end; 0 where something else comes before that. */
function chainLength(view: DataView, start: number, unitsPerSecond: number): number {
  let records = 0;
  let seconds: number | undefined;
  for (let at = start; at + HEADER_BYTES <= view.byteLength; records++) {
    const found = view.getUint32(at, true);
    const captured = view.getUint32(at + 8, true);
    const original = view.getUint32(at + 12, true);
    if (view.getUint32(at + 4, true) >= unitsPerSecond || captured === 0) return 0;
    if (captured > MAX_FRAME_BYTES || original < captured || original > MAX_FRAME_BYTES) return 0;
    if (Math.abs(found - (seconds ?? found)) > MAX_APART_SECONDS) return 0;
    seconds = found;
    at += HEADER_BYTES + captured;
  }
  return records;
}
