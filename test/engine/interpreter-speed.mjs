// How fast the interpreter is, for whoever changes it: `npm run build && node test/engine/interpreter-speed.mjs [DIST]`.
// Prints nanoseconds per instruction and per packet; the target is 10 ns per instruction of the mixing loop.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const dist = process.argv[2] ?? new URL('../../dist', import.meta.url).pathname;
const from = path => import(pathToFileURL(`${dist}/${path}`).href);
const { createInterpreter } = await from('engine/interpreter/interpreter.js');
const { DEFAULT_ENGINE_OPTIONS } = await from('engine/engine.js');
const { loadObject } = await from('object/load.js');
const { writeRaw } = await from('isa/raw.js');

/** 64 rounds of a 64-bit mixer over one register. */
function mixingLoop() {
  const constant = (dst, low, high) => [
    { opcode: 0x18, dst, src: 0, offset: 0, imm: low },
    { opcode: 0, dst: 0, src: 0, offset: 0, imm: high },
  ];
  const op = (opcode, dst, src = 0, imm = 0, offset = 0) => ({ opcode, dst, src, offset, imm });
  const program = [
    ...constant(0, 0x12345678, 0x9abcdef0 | 0),
    ...constant(3, 0xed558ccd | 0, 0xff51afd7 | 0),
    op(0xb7, 2, 0, 64),
    op(0xbf, 1, 0), // r1 = r0
    op(0x77, 1, 0, 33), // r1 >>= 33
    op(0xaf, 0, 1), // r0 ^= r1
    op(0x2f, 0, 3), // r0 *= r3
    op(0xbf, 1, 0),
    op(0x67, 1, 0, 13), // r1 <<= 13
    op(0x0f, 0, 1), // r0 += r1
    op(0x07, 2, 0, -1),
    op(0x55, 2, 0, 0, -9), // if r2 != 0
    op(0x95, 0),
  ];
  const code = new Uint8Array(8 * program.length);
  for (const [slot, instruction] of program.entries()) writeRaw(code, slot, instruction);
  return code;
}

function objectOf(code) {
  const program = {
    name: 'mix',
    section: 'xdp',
    attachPoint: 'xdp',
    hasFragments: false,
    autoload: true,
    code,
    references: new Map(),
    lines: [],
    functions: [{ name: 'mix', slot: 0, slots: code.length / 8, linkage: 'global', typeId: undefined }],
  };
  return {
    fileName: 'mix',
    byteOrder: 'little',
    license: 'GPL',
    programs: [program],
    otherPrograms: [],
    maps: [],
    relocations: [],
    btf: undefined,
    warnings: [],
  };
}

function frame() {
  const bytes = new Uint8Array(64);
  bytes.set([0x08, 0x00, 0x45], 12);
  bytes[23] = 17;
  return { bytes, timestampNanos: 0n, queue: 0, cpu: 0, ingressIfindex: 1 };
}

function measure(name, object, program) {
  const session = createInterpreter().open(object, DEFAULT_ENGINE_OPTIONS);
  const packets = Array.from({ length: 1000 }, frame);
  let best = Number.POSITIVE_INFINITY;
  let instructions = 0;
  for (let round = 0; round < 40; round++) {
    const start = performance.now();
    const results = session.run(program, packets);
    best = Math.min(best, ((performance.now() - start) * 1e6) / packets.length);
    instructions = results[0].instructions;
  }
  const each = (best / instructions).toFixed(1);
  console.log(
    `${name.padEnd(20)} ${String(instructions).padStart(5)} instructions ${best.toFixed(0).padStart(7)} ns ${each.padStart(6)} ns each`,
  );
}

measure('mixing loop', objectOf(mixingLoop()), 'mix');
for (const [name, program] of [
  ['drop-udp-port', 'drop_udp_port'],
  ['protocol-counters', 'count_protocols'],
  ['pass-all', 'pass_all'],
]) {
  const bytes = readFileSync(new URL(`../programs/${name}.o`, import.meta.url));
  measure(name, loadObject(bytes, { fileName: `${name}.o` }), program);
}
