// Every opcode with many fields, against the running kernel: what the decoder refuses it refuses in the kernel's words, and what it takes
// the kernel does not refuse for its encoding.
import { describe, expect, it } from 'vitest';
import { assembleToBytes } from '../../src/isa/assemble.js';
import { decodeRaw } from '../../src/isa/decode.js';
import { SLOT_BYTES } from '../../src/isa/instruction.js';
import { OPCODE } from '../../src/isa/opcode.js';
import { type RawInstruction, writeRaw } from '../../src/isa/raw.js';
import { kernelRelease, probeKernel } from '../support/kernel-probe.js';

/** Fields that rules are about, and some that no rule allows. */
const FIELDS: readonly Pick<RawInstruction, 'dst' | 'src' | 'offset' | 'imm'>[] = [
  { dst: 0, src: 0, offset: 0, imm: 0 },
  { dst: 1, src: 0, offset: 0, imm: 1 },
  { dst: 0, src: 1, offset: 0, imm: 0 },
  { dst: 1, src: 1, offset: 0, imm: 16 },
  { dst: 1, src: 1, offset: 1, imm: 0 },
  { dst: 1, src: 1, offset: 1, imm: 1 },
  { dst: 1, src: 0, offset: 1, imm: 7 },
  { dst: 1, src: 0, offset: 0, imm: 64 },
  { dst: 1, src: 1, offset: 8, imm: 0 },
  { dst: 1, src: 1, offset: 32, imm: 0 },
  { dst: 10, src: 1, offset: -8, imm: 0xe1 },
  { dst: 10, src: 1, offset: -8, imm: 0x41 },
  { dst: 10, src: 1, offset: -8, imm: 0x31 },
  { dst: 1, src: 10, offset: -8, imm: 0x100 },
  { dst: 11, src: 0, offset: 0, imm: 0 },
  { dst: 0, src: 11, offset: 0, imm: 0 },
  { dst: 2, src: 7, offset: 0, imm: 0 },
];

/** What the kernel says of encodings. */
const OF_ENCODING =
  /unknown opcode|uses reserved fields|is invalid\n|bpf_ld_imm64 insn|invalid atomic|invalid may_goto imm|can only convert between/;
/** What it says of jumps, calls, legacy packet loads and maps before it looks at their fields. */
const BEFORE_FIELDS =
  /jump out of range|unreachable insn|invalid destination|jump into the middle|last insn is not|BTF object|kernel btf|kfunc|infinite loop|not allowed for this program type|not pointing to valid bpf_map/;

/** All registers hold numbers, so that what is wrong is the encoding. */
const START = assembleToBytes(Array.from({ length: 10 }, (_, register) => `r${register} = 0`).join(';'));
const END = assembleToBytes('r0 = 0; exit');

const raws: readonly RawInstruction[] = Array.from({ length: 256 }, (_, opcode) =>
  FIELDS.map(fields => ({ opcode, ...fields })),
).flat();

const release = kernelRelease();

describe.skipIf(release === undefined)('the running kernel (skipped without root and python3)', () => {
  it(`says the same of ${raws.length} encodings as the decoder`, () => {
    const programs = raws.map(raw => ({ code: programOf(raw), license: 'GPL', attachType: 37 }));
    const answers = probeKernel({ programs }).programs;
    const known = raws.map((raw, at) => ({ raw, log: answers[at]!.log })).filter(({ log }) => !BEFORE_FIELDS.test(log));
    expect(known.length).toBeGreaterThan(raws.length * 0.9);
    expect(known.flatMap(({ raw, log }) => difference(raw, log))).toEqual([]);
  });
});

/** The instruction, with an empty second slot where it is a 64-bit load, between start and end. */
function programOf(raw: RawInstruction): Uint8Array {
  const slots = raw.opcode === OPCODE.loadImmediate64 ? 2 : 1;
  const code = new Uint8Array(START.byteLength + slots * SLOT_BYTES + END.byteLength);
  code.set(START);
  writeRaw(code, START.byteLength / SLOT_BYTES, raw);
  code.set(END, code.byteLength - END.byteLength);
  return code;
}

function difference(raw: RawInstruction, log: string): string[] {
  const second = raw.opcode === OPCODE.loadImmediate64 ? { opcode: 0, dst: 0, src: 0, offset: 0, imm: 0 } : undefined;
  const decoded = decodeRaw(raw, second);
  const text = `${JSON.stringify(raw)}: ${log.slice(-250)}`;
  if (decoded.kind === 'rejected') return log.includes(decoded.message) ? [] : [`${decoded.message}: ${text}`];
  return OF_ENCODING.test(log) ? [`taken: ${text}`] : [];
}
