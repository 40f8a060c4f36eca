// The frames of real captures, for tests that run where the folder of captures is there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { copyFrame, type Frame } from '../../src/capture/frame.js';
import { LINK_TYPE_ETHERNET } from '../../src/capture/link-type.js';
import { captureFrom } from '../../src/capture/read.js';
import { MAX_FRAME_BYTES, MIN_FRAME_BYTES, type Packet } from '../../src/engine/engine.js';

/** Folder with captures that others made; not part of the project. */
export const REAL_CAPTURES = resolve(import.meta.dirname, '../../../shared/captures');
/** Folder with captures that the project's generator makes. */
export const OWN_CAPTURES = resolve(import.meta.dirname, '../../captures');

/** Paths of all captures in a folder, none where it is absent. */
export function capturesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(name => /\.pcap(ng)?(\.gz)?$/.test(name))
    .sort()
    .map(name => join(folder, name));
}

/** All frames of a capture, copied; reading stops quietly where the file is cut or malformed. */
export async function framesOf(path: string): Promise<Frame[]> {
  const bytes = readFileSync(path);
  const frames: Frame[] = [];
  const chunks = [path.endsWith('.gz') ? gunzipSync(bytes) : bytes];
  await captureFrom(chunks, { fileName: path }).forEach(frame => {
    frames.push(copyFrame(frame));
    return true;
  });
  return frames;
}

/** The Ethernet frames of a capture that a program can be given, as packets of the default context. */
export async function packetsOf(path: string): Promise<Packet[]> {
  const frames = await framesOf(path);
  return frames
    .filter(({ linkType }) => linkType === LINK_TYPE_ETHERNET)
    .filter(({ bytes }) => bytes.byteLength >= MIN_FRAME_BYTES && bytes.byteLength <= MAX_FRAME_BYTES)
    .map(({ bytes, timestampNanos }) => ({ bytes, timestampNanos, queue: 0, cpu: 0, ingressIfindex: 1 }));
}
