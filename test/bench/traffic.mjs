// The packets that are measured with: made here, the same on every run.
import { closeSync, openSync, writeSync } from 'node:fs';

/** Bytes of a pcap record's header. */
export const RECORD_HEADER_BYTES = 16;
const FILE_HEADER_BYTES = 24;
const SOURCES = 32768;
const FIRST_SOURCE = 0x0a000000;
const PORT = 7777;

/** Xorshift32: numbers that are the same on every run. */
export function randomNumbers(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** One Ethernet, IPv4, UDP or TCP frame: half UDP, half of that to the port that is dropped; one of 32,768 sources. */
export function frame(random, lengthBytes) {
  const bytes = new Uint8Array(lengthBytes);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < 12; at++) bytes[at] = at + 1;
  view.setUint16(12, 0x0800);
  bytes[14] = 0x45;
  view.setUint16(16, lengthBytes - 14);
  bytes[22] = 64;
  bytes[23] = (random() >>> 7) % 2 === 0 ? 17 : 6;
  view.setUint32(26, FIRST_SOURCE + ((random() >>> 5) % SOURCES));
  view.setUint32(30, random());
  view.setUint16(34, random() & 0xffff);
  view.setUint16(36, (random() >>> 9) % 2 === 0 ? PORT : 53);
  return bytes;
}

/** Keys of half of the sources, for the blocklist. */
export function blockedSources() {
  return Array.from({ length: SOURCES / 2 }, (_, at) => {
    const key = new Uint8Array(4);
    new DataView(key.buffer).setUint32(0, FIRST_SOURCE + 2 * at);
    return key;
  });
}

/** Records as they stand in a pcap file, one behind the other. */
export function records(frames) {
  const size = frames.reduce((sum, { byteLength }) => sum + RECORD_HEADER_BYTES + byteLength, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [number, one] of frames.entries()) {
    view.setUint32(at, 1_700_000_000, true);
    view.setUint32(at + 4, number % 1_000_000, true);
    view.setUint32(at + 8, one.byteLength, true);
    view.setUint32(at + 12, one.byteLength, true);
    bytes.set(one, at + RECORD_HEADER_BYTES);
    at += RECORD_HEADER_BYTES + one.byteLength;
  }
  return bytes;
}

/** A length from a mix of small, middle and large frames that averages 378 bytes. */
export function mixedLength(random) {
  const place = (random() >>> 4) % 100;
  if (place < 55) return 64;
  if (place < 82) return 128 + ((random() >>> 6) % 384);
  return 1010 + ((random() >>> 6) % 504);
}

/** Writes a pcap file of `packets` frames: the same `block` frames over and over. Gives its length in bytes. */
export function writeCapture(path, packets, lengthOf, block = 100_000) {
  const random = randomNumbers(2463534242);
  const frames = Array.from({ length: Math.min(block, packets) }, () => frame(random, lengthOf(random)));
  const body = records(frames);
  const file = openSync(path, 'w');
  let length = writeSync(file, fileHeader());
  for (let written = 0; written < packets; written += frames.length) length += writeSync(file, body);
  closeSync(file);
  return { lengthBytes: length, packets: Math.ceil(packets / frames.length) * frames.length };
}

function fileHeader() {
  const bytes = new Uint8Array(FILE_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, 262144, true);
  view.setUint32(20, 1, true);
  return bytes;
}
