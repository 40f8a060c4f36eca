// Writes the captures of this folder anew: npm run captures. They come out the same, byte for byte; a test holds them to that.
import { writeFileSync } from 'node:fs';
import * as packets from '../dist/capture/packet.js';
import * as writers from '../dist/capture/write.js';
import { buildCapture, CAPTURES } from './traffic.mjs';

for (const capture of CAPTURES) {
  const bytes = buildCapture(capture, { ...packets, ...writers });
  writeFileSync(new URL(capture.name, import.meta.url), bytes);
  console.log(`${capture.name}: ${bytes.byteLength} bytes`);
}
