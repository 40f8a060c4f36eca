// Writes the result of a CO-RE relocation into an instruction. libbpf 1.x bpf_core_patch_insn.
import { CLASS, OPCODE, SIZE, SOURCE_REGISTER } from '../../isa/opcode.js';
import { type RawInstruction, readRaw, writeRaw } from '../../isa/raw.js';
import { InputError } from '../../support/errors.js';
import type { CoreResult } from './values.js';

/** Helper number that the kernel has not: `invalid func unknown#195896080` (0xbad2310) is how the verifier meets poison. */
export const POISON_HELPER = 195896080;

/** What was done to the instruction. */
export type PatchOutcome = 'patched' | 'poisoned';

/**
 * Patches slot `slot` of `code` in place.
 * @throws InputError `core-patch` in libbpf's words: an instruction of the wrong form, or with another number than the types say
 */
export function patchInstruction(code: Uint8Array, slot: number, result: CoreResult): PatchOutcome {
  const instruction = readRaw(code, slot);
  switch (instruction.opcode & 0x07) {
    case CLASS.ALU:
    case CLASS.ALU64:
      return patchImmediate(code, slot, instruction, result);
    case CLASS.LDX:
    case CLASS.ST:
    case CLASS.STX:
      return patchOffset(code, slot, instruction, result);
    case CLASS.LD:
      return patchImmediate64(code, slot, instruction, result);
    default:
      throw unrecognized(slot, instruction);
  }
}

function unrecognized(slot: number, { opcode, src, dst, offset, imm }: RawInstruction): InputError {
  const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
  return failure(
    `trying to relocate unrecognized insn #${slot}, code:${hex(opcode)}, src:${hex(src)}, dst:${hex(dst)}, off:${hex(offset & 0xffff)}, imm:${hex(imm)}`,
  );
}

function failure(what: string): InputError {
  return new InputError('core-patch', what);
}

function poison(code: Uint8Array, slot: number, slots: number): PatchOutcome {
  for (let at = slot; at < slot + slots; at++) {
    writeRaw(code, at, { opcode: OPCODE.call, dst: 0, src: 0, offset: 0, imm: POISON_HELPER });
  }
  return 'poisoned';
}

/** The number in the instruction must be the one that the object's own types give. */
function requireOriginal(slot: number, what: string, found: bigint, { original, patched, isExact }: CoreResult): void {
  if (!isExact || found === original) return;
  throw failure(`unexpected insn #${slot} (${what}) value: got ${found}, exp ${original} -> ${patched}`);
}

function unsigned64(value: number): bigint {
  return BigInt.asUintN(64, BigInt(value));
}

function patchImmediate(code: Uint8Array, slot: number, instruction: RawInstruction, result: CoreResult): PatchOutcome {
  if ((instruction.opcode & SOURCE_REGISTER) !== 0) throw unrecognized(slot, instruction);
  if (result.isPoisoned) return poison(code, slot, 1);
  requireOriginal(slot, 'ALU/ALU64', unsigned64(instruction.imm), result);
  writeRaw(code, slot, { imm: Number(BigInt.asIntN(32, result.patched)) });
  return 'patched';
}

function patchOffset(code: Uint8Array, slot: number, instruction: RawInstruction, result: CoreResult): PatchOutcome {
  if (result.isPoisoned) return poison(code, slot, 1);
  requireOriginal(slot, 'LDX/ST/STX', unsigned64(instruction.offset), result);
  if (result.patched > 32767n) throw failure(`insn #${slot} (LDX/ST/STX) value too big: ${result.patched}`);
  if (result.isWidthWrong) return poison(code, slot, 1);
  const opcode =
    result.originalBytes === result.patchedBytes ? instruction.opcode : resize(slot, instruction.opcode, result);
  writeRaw(code, slot, { opcode, offset: Number(result.patched) });
  return 'patched';
}

/** Mask of the size bits of loads and stores. */
const SIZE_MASK = 0x18;

function resize(slot: number, opcode: number, { originalBytes, patchedBytes }: CoreResult): number {
  const bytes = ([1, 2, 4, 8] as const).find(size => SIZE[size] === (opcode & SIZE_MASK));
  if (bytes !== originalBytes) {
    throw failure(`insn #${slot} (LDX/ST/STX) unexpected mem size: got ${bytes}, exp ${originalBytes}`);
  }
  if (patchedBytes !== 1 && patchedBytes !== 2 && patchedBytes !== 4 && patchedBytes !== 8) {
    throw failure(`insn #${slot} (LDX/ST/STX) invalid new mem size: ${patchedBytes}`);
  }
  return (opcode & ~SIZE_MASK) | SIZE[patchedBytes];
}

function patchImmediate64(
  code: Uint8Array,
  slot: number,
  instruction: RawInstruction,
  result: CoreResult,
): PatchOutcome {
  if (instruction.opcode !== OPCODE.loadImmediate64 || (slot + 2) * 8 > code.byteLength) {
    throw failure(`insn #${slot} (LDIMM64) is truncated`);
  }
  const second = readRaw(code, slot + 1);
  const isPlain = instruction.src === 0 && instruction.offset === 0;
  if (!isPlain || second.opcode !== 0 || second.dst !== 0 || second.src !== 0 || second.offset !== 0) {
    throw failure(`insn #${slot} (LDIMM64) has unexpected form`);
  }
  if (result.isPoisoned) return poison(code, slot, 2);
  const value = BigInt.asUintN(32, BigInt(instruction.imm)) | (BigInt.asUintN(32, BigInt(second.imm)) << 32n);
  requireOriginal(slot, 'LDIMM64', value, result);
  writeRaw(code, slot, { imm: Number(BigInt.asIntN(32, result.patched)) });
  writeRaw(code, slot + 1, { imm: Number(BigInt.asIntN(32, result.patched >> 32n)) });
  return 'patched';
}
