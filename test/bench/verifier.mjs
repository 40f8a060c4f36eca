// How long the verifier takes for a program of 50,000 states beside the running kernel's own figure for the same program.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { verify } from '../../dist/verifier/verify.js';
import { objectOf } from './made-program.mjs';

const BLOCKS = 100_000;
const ROUNDS = 3;
/** Three instructions and a jump to the block that is walked next; Linux saves a state after two of them. */
const BLOCK = [
  [0xb7, 0x07, 0, 2],
  [0x57, 0x07, 0, 255],
  [0xbf, 0x78, 0, 0],
];
const SLOTS = BLOCK.length + 1;

/** Pairs of blocks stand in reverse order, so that no jump leads to the next instruction and could be removed. */
function program() {
  const code = new Uint8Array(8 * (2 + BLOCKS * SLOTS));
  const view = new DataView(code.buffer);
  const put = (slot, [opcode, registers, offset, immediate]) => {
    view.setUint8(8 * slot, opcode);
    view.setUint8(8 * slot + 1, registers);
    view.setInt16(8 * slot + 2, offset, true);
    view.setInt32(8 * slot + 4, immediate, true);
  };
  const place = walked => (walked === 0 ? 0 : walked + (walked % 2 === 1 ? 1 : -1));
  for (let walked = 0; walked < BLOCKS - 1; walked++) {
    const start = place(walked) * SLOTS;
    for (const [at, instruction] of BLOCK.entries()) put(start + at, instruction);
    const next = walked + 1 === BLOCKS - 1 ? BLOCKS - 1 : place(walked + 1);
    put(start + BLOCK.length, [0x05, 0, next * SLOTS - (start + SLOTS), 0]);
  }
  put((BLOCKS - 1) * SLOTS, [0xb7, 0, 0, 2]);
  put((BLOCKS - 1) * SLOTS + 1, [0x95, 0, 0, 0]);
  return code.subarray(0, 8 * ((BLOCKS - 1) * SLOTS + 2));
}

/** States, our median time and that of the kernel, in milliseconds; null for the kernel where it cannot be asked. */
export function measureVerifier(hasKernel) {
  const code = program();
  const object = objectOf('states', code);
  const [whole] = object.programs;
  const times = [];
  let states = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const result = verify(object, whole);
    times.push(performance.now() - start);
    if (!result.accepted) throw new Error(result.message);
    states = result.statistics.totalStates;
  }
  const millis = times.sort((a, b) => a - b)[1];
  return { states, instructions: code.length / 8, millis, kernelMillis: hasKernel ? kernelMillis(code) : null };
}

/** The time that the kernel's verifier states itself, without what compiling takes. */
function kernelMillis(code) {
  const request = { code: Buffer.from(code).toString('hex'), maps: [], license: 'GPL', attachType: 37, flags: 0 };
  const programs = new Array(ROUNDS).fill({ ...request, level: 4, wantsLog: true });
  const script = join(import.meta.dirname, '../support/verifier-oracle.py');
  const input = JSON.stringify({ maps: [], programs });
  const { stdout } = spawnSync('python3', [script], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  const micros = JSON.parse(stdout).map(({ log }) => Number(/verification time (\d+) usec/.exec(log)?.[1]));
  return micros.sort((a, b) => a - b)[1] / 1000;
}

/** One line for people. */
export function verifierLine({ states, instructions, millis, kernelMillis: kernel }) {
  const beside =
    kernel === null ? '' : `, the kernel's own ${kernel.toFixed(0)} ms: ${(millis / kernel).toFixed(1)} times`;
  return `Verifying a program of ${instructions} instructions and ${states} states: ${millis.toFixed(0)} ms${beside}.`;
}
