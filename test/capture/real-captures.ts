// The captures that tests can run over: the project's own, and real traffic beside the checkout where it is present.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface CaptureFile {
  readonly name: string;
  readonly path: string;
  read(): Uint8Array;
}

const OWN = resolve(import.meta.dirname, '../../captures');
const SHARED = resolve(import.meta.dirname, '../../../shared/captures');

export const hasSharedCaptures = existsSync(SHARED);

export function captureFiles(): CaptureFile[] {
  return [OWN, SHARED].filter(folder => existsSync(folder)).flatMap(filesIn);
}

function filesIn(folder: string): CaptureFile[] {
  return readdirSync(folder)
    .filter(name => /\.pcap(ng)?$/.test(name))
    .map(name => ({ name, path: join(folder, name), read: () => readFileSync(join(folder, name)) }));
}
