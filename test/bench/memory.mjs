// Counts a capture several times over and prints the peak of the process's memory in bytes. Arguments: object, capture, times.
import { existsSync, readFileSync } from 'node:fs';
import { passCapture } from '../../dist/capture/open.js';
import { createCompiler } from '../../dist/engine/compiler/compiler.js';
import { DEFAULT_ENGINE_OPTIONS } from '../../dist/engine/engine.js';
import { loadObject } from '../../dist/object/load.js';

const [objectPath, capturePath, times] = process.argv.slice(2);
const object = loadObject(readFileSync(objectPath), { fileName: objectPath });
const session = createCompiler({ isChecked: false }).open(object, DEFAULT_ENGINE_OPTIONS);
const origin = { queue: 0, cpu: 0, ingressIfindex: 1, minimumLengthBytes: 14, maximumLengthBytes: 73152 };
const counter = session.count('b_drop_udp', origin);
for (let round = 0; round < Number(times); round++) await passCapture(capturePath, {}, counter);
console.log(peakBytes());

/** Linux counts what the parent had before it became this process into the usage of resources, but not into this. */
function peakBytes() {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB/m.exec(status) ?? [];
  return 1024 * Number(kilobytes ?? process.resourceUsage().maxRSS);
}
