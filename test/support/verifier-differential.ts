// Compares the verdicts of the verifier with those of the running kernel, and makes what differs small.

import { decodeSlots } from '../../src/isa/decode.js';
import { disassembleProgram } from '../../src/isa/disassemble.js';
import { readRaw, writeRaw } from '../../src/isa/raw.js';
import type { ObjectSpec, ProgramSpec } from '../../src/object/spec.js';
import { helperName } from '../../src/platform/helper-names.js';
import { verify } from '../../src/verifier/verify.js';
import { askKernel, type KernelVerdict } from './verifier-oracle.js';

/** How the two answers relate. `unsafe`: Linux refuses what we accept. */
export type Relation = 'both accept' | 'same message' | 'other message' | 'other errno' | 'strict' | 'unsafe';

/** A program on which the answers were compared. */
export interface Comparison {
  readonly program: ProgramSpec;
  readonly relation: Relation;
  readonly ours: string;
  readonly kernel: string;
}

/** Compares programs of one object. `cpuCount` is that of the machine. */
export function compareAll(
  object: ObjectSpec,
  programs: readonly ProgramSpec[],
  cpuCount: number,
): readonly Comparison[] {
  const answers = askKernel(object, programs);
  return programs.map((program, at) => compareOne(object, program, answers[at]!, cpuCount));
}

function compareOne(object: ObjectSpec, program: ProgramSpec, kernel: KernelVerdict, cpuCount: number): Comparison {
  const ours = verify(object, program, { cpuCount });
  const kernelText = kernel.accepted ? 'accepted' : `${kernel.errno}: ${kernel.lines[0] ?? ''}`;
  const oursText = ours.accepted ? 'accepted' : `${ours.errno}: ${ours.message}`;
  const both = { program, ours: oursText, kernel: kernelText };
  if (ours.accepted) return { ...both, relation: kernel.accepted ? 'both accept' : 'unsafe' };
  if (kernel.accepted) return { ...both, relation: 'strict' };
  if (ours.errno !== kernel.errno) return { ...both, relation: 'other errno' };
  return { ...both, relation: ours.message === kernel.lines[0] ? 'same message' : 'other message' };
}

const NOP = { opcode: 0x05, dst: 0, src: 0, offset: 0, imm: 0 } as const;

/** The program with as many instructions as possible turned into jumps to the next, while the relation stays. */
export function shrink(object: ObjectSpec, { program, relation }: Comparison, cpuCount: number): Comparison {
  let best: Comparison = compareAll(object, [program], cpuCount)[0]!;
  for (let changed = true; changed; ) {
    changed = false;
    const candidates = smaller(best.program);
    for (const found of compareAll(object, candidates, cpuCount)) {
      if (found.relation !== relation) continue;
      best = found;
      changed = true;
      break;
    }
  }
  return best;
}

function smaller(program: ProgramSpec): ProgramSpec[] {
  const count = program.code.length / 8;
  const list: ProgramSpec[] = [];
  for (let slot = 0; slot < count; slot++) {
    const raw = readRaw(program.code, slot);
    if (raw.opcode === NOP.opcode && raw.offset === 0) continue;
    if (raw.opcode === 0 || raw.opcode === 0x95) continue;
    const code = program.code.slice();
    const references = new Map(program.references);
    writeRaw(code, slot, NOP);
    if (raw.opcode === 0x18) {
      writeRaw(code, slot + 1, NOP);
      references.delete(slot);
    }
    list.push({ ...program, code, references });
  }
  return list;
}

/** The program as text, without what does nothing. */
export function programText(program: ProgramSpec): string {
  const { instructions } = decodeSlots(program.code);
  return disassembleProgram(instructions)
    .filter(line => !line.endsWith('goto pc+0'))
    .map(line => {
      const reference = program.references.get(Number(line.split(':')[0]));
      return reference !== undefined && 'map' in reference ? `${line}  // ${reference.map}` : line;
    })
    .join('\n');
}

/** The program as the lines of a case, without jumps that go nowhere. */
export function caseLines(program: ProgramSpec): readonly string[] {
  const { code, references } = withoutNops(program);
  return disassembleProgram(decodeSlots(code).instructions, { helper: helperName }).map(line => {
    const reference = references.get(Number(line.split(':')[0]));
    const text = line.replace(/^ *\d+: /, '');
    if (reference === undefined || !('map' in reference)) return text;
    const offset = reference.kind === 'mapValue' ? `+${reference.offset}` : '';
    return text.replace(/= .*$/, `= map[${reference.map}]${offset}`);
  });
}

function withoutNops(program: ProgramSpec): ProgramSpec {
  const count = program.code.length / 8;
  const isNop = Array.from({ length: count }, (_, slot) => {
    const { opcode, offset } = readRaw(program.code, slot);
    return opcode === NOP.opcode && offset === 0;
  });
  const placeOf = [0];
  for (let slot = 0; slot < count; slot++) placeOf.push(placeOf[slot]! + (isNop[slot] === true ? 0 : 1));
  const code = new Uint8Array(8 * placeOf[count]!);
  for (let slot = 0; slot < count; slot++) {
    if (isNop[slot] === true) continue;
    const raw = readRaw(program.code, slot);
    const jumps = (raw.opcode & 7) >= 5 && raw.opcode !== 0x85 && raw.opcode !== 0x95;
    const target = placeOf[slot + 1 + raw.offset];
    const isCall = raw.opcode === 0x85 && raw.src === 1;
    const callee = placeOf[slot + 1 + raw.imm];
    const offset = jumps && target !== undefined ? target - placeOf[slot]! - 1 : raw.offset;
    const imm = isCall && callee !== undefined ? callee - placeOf[slot]! - 1 : raw.imm;
    writeRaw(code, placeOf[slot]!, { ...raw, offset, imm });
  }
  const references = new Map([...program.references].map(([slot, reference]) => [placeOf[slot]!, reference]));
  return { ...program, code, references };
}

/** Counts by relation. */
export function tally(list: readonly Comparison[]): Readonly<Partial<Record<Relation, number>>> {
  const counts: Partial<Record<Relation, number>> = {};
  for (const { relation } of list) counts[relation] = (counts[relation] ?? 0) + 1;
  return counts;
}
