// The fields of a slot with a known opcode to the shape they mean: one function for each shape.
import { assert } from '../support/errors.js';
import type { AluOp, AtomicOp, BranchOp, Instruction, Operand, SizeBytes, Width } from './instruction.js';
import {
  ALU,
  ATOMIC,
  BRANCH,
  CAST_TO_KERNEL,
  CAST_TO_USER,
  CLASS,
  END,
  FETCH,
  keysOf,
  LOAD_ACQUIRE,
  MODE,
  NEG,
  OPCODE,
  SIZE,
  SOURCE_REGISTER,
  STORE_RELEASE,
} from './opcode.js';
import type { RawInstruction } from './raw.js';

/** An instruction, or the message of its rejection. */
export type Outcome = Instruction | string;

/** Decodes fields that the scan let pass; `second` is the slot behind them. Messages are those of a visit by the verifier. */
export function decodeKnown(raw: RawInstruction, second: RawInstruction | undefined): Outcome {
  switch (raw.opcode & 7) {
    case CLASS.LD:
      return raw.opcode === OPCODE.loadImmediate64 ? decodeImmediate64(raw, second) : decodePacketLoad(raw);
    case CLASS.LDX:
      return decodeLoad(raw);
    case CLASS.ST:
      return decodeStoreImmediate(raw);
    case CLASS.STX:
      return (raw.opcode & 0xe0) === MODE.atomic ? decodeAtomic(raw) : decodeStoreRegister(raw);
    case CLASS.ALU:
      return decodeAlu(raw, 32);
    case CLASS.ALU64:
      return decodeAlu(raw, 64);
    case CLASS.JMP:
      return decodeJump(raw);
    default:
      return raw.opcode === OPCODE.jumpLong ? decodeGoto(raw) : decodeBranch(raw, 32);
  }
}

function decodeImmediate64(raw: RawInstruction, second: RawInstruction | undefined): Outcome {
  assert(second !== undefined && raw.src <= 6, 'a scanned 64-bit immediate load');
  if (raw.offset !== 0) return 'BPF_LD_IMM64 uses reserved fields';
  const source = raw.src as 0 | 1 | 2 | 3 | 4 | 5 | 6;
  return checked({ kind: 'loadImmediate64', dst: raw.dst, source, low: raw.imm, high: second.imm }, raw.dst);
}

function decodePacketLoad(raw: RawInstruction): Outcome {
  const mode = (raw.opcode & 0xe0) === MODE.absolute ? 'absolute' : 'indirect';
  const size = sizeOf(raw);
  assert(size !== 8, 'no 64-bit packet load');
  if (raw.dst !== 0 || raw.offset !== 0 || (mode === 'absolute' && raw.src !== 0)) {
    return 'BPF_LD_[ABS|IND] uses reserved fields';
  }
  return checked({ kind: 'packetLoad', mode, size, src: raw.src, offset: raw.imm }, raw.src);
}

function decodeLoad(raw: RawInstruction): Outcome {
  const isSigned = (raw.opcode & 0xe0) === MODE.memorySigned;
  const { dst, src: base, offset } = raw;
  return checked({ kind: 'load', size: sizeOf(raw), isSigned, dst, base, offset }, base, dst);
}

function decodeStoreImmediate(raw: RawInstruction): Outcome {
  if (raw.src !== 0) return 'BPF_ST uses reserved fields';
  const source: Operand = { kind: 'immediate', value: raw.imm };
  return checked({ kind: 'store', size: sizeOf(raw), base: raw.dst, offset: raw.offset, source }, raw.dst);
}

function decodeStoreRegister(raw: RawInstruction): Outcome {
  if (raw.imm !== 0) return 'BPF_STX uses reserved fields';
  const source: Operand = { kind: 'register', register: raw.src };
  return checked({ kind: 'store', size: sizeOf(raw), base: raw.dst, offset: raw.offset, source }, raw.src, raw.dst);
}

function decodeAtomic(raw: RawInstruction): Outcome {
  const { dst, src, offset, imm } = raw;
  const size = sizeOf(raw);
  if (imm === LOAD_ACQUIRE) return checked({ kind: 'loadAcquire', size, dst, base: src, offset }, src, dst);
  if (imm === STORE_RELEASE) return checked({ kind: 'storeRelease', size, base: dst, offset, src }, src, dst);
  const op = ATOMIC_BY_IMMEDIATE.get(imm);
  if (op === undefined) return `BPF_ATOMIC uses invalid atomic opcode ${hex2(imm)}`;
  if (size !== 4 && size !== 8) return 'invalid atomic operand size';
  const fetch = (imm & FETCH) !== 0;
  return checked({ kind: 'atomic', op, fetch, size, base: dst, offset, src }, src, dst);
}

function decodeAlu(raw: RawInstruction, width: Width): Outcome {
  switch (raw.opcode & 0xf0) {
    case NEG:
      return decodeNegation(raw, width);
    case END:
      return decodeByteswap(raw, width);
    case ALU.mov.code:
      return decodeMove(raw, width);
    default:
      return decodeArithmetic(raw, width);
  }
}

function decodeNegation(raw: RawInstruction, width: Width): Outcome {
  if (raw.src !== 0 || raw.offset !== 0 || raw.imm !== 0) return 'BPF_NEG uses reserved fields';
  return checked({ kind: 'neg', width, dst: raw.dst }, raw.dst);
}

function decodeByteswap(raw: RawInstruction, width: Width): Outcome {
  const bits = raw.imm;
  if (raw.src !== 0 || raw.offset !== 0 || (bits !== 16 && bits !== 32 && bits !== 64)) {
    return 'BPF_END uses reserved fields';
  }
  const op = width === 64 ? 'bswap' : isRegisterForm(raw) ? 'be' : 'le';
  return checked({ kind: 'byteswap', op, bits, dst: raw.dst }, raw.dst);
}

function decodeMove(raw: RawInstruction, width: Width): Outcome {
  const { dst, src, offset, imm } = raw;
  if (!isRegisterForm(raw)) return src !== 0 || offset !== 0 ? RESERVED_MOV : arithmetic('mov', raw, width);
  if (width === 64 && offset === 1) return decodeAddressSpaceCast(raw);
  if (imm !== 0) return RESERVED_MOV;
  if (offset === 0) return arithmetic('mov', raw, width);
  if (offset !== 8 && offset !== 16 && (offset !== 32 || width === 32)) return RESERVED_MOV;
  return checked({ kind: 'movsx', width, bits: offset, dst, src }, src, dst);
}

const RESERVED_MOV = 'BPF_MOV uses reserved fields';

function decodeAddressSpaceCast({ dst, src, imm }: RawInstruction): Outcome {
  if (imm !== CAST_TO_KERNEL && imm !== CAST_TO_USER) {
    return 'addr_space_cast insn can only convert between address space 1 and 0';
  }
  return checked({ kind: 'addressSpaceCast', dst, src, toUser: imm === CAST_TO_USER }, src, dst);
}

function decodeArithmetic(raw: RawInstruction, width: Width): Outcome {
  const op = ALU_BY_CODE.get((raw.opcode & 0xf0) | (raw.offset << 8));
  const unused = isRegisterForm(raw) ? raw.imm : raw.src;
  return op === undefined || unused !== 0 ? 'BPF_ALU uses reserved fields' : arithmetic(op, raw, width);
}

function arithmetic(op: AluOp, raw: RawInstruction, width: Width): Outcome {
  return checked({ kind: 'alu', op, width, dst: raw.dst, source: operandOf(raw) }, ...operandRegisters(raw));
}

function decodeJump(raw: RawInstruction): Outcome {
  switch (raw.opcode) {
    case OPCODE.jump:
      return decodeGoto(raw);
    case OPCODE.call:
      return decodeCall(raw);
    case OPCODE.exit:
      // Linux does not look at the offset here.
      return raw.dst !== 0 || raw.src !== 0 || raw.imm !== 0 ? 'BPF_EXIT uses reserved fields' : { kind: 'exit' };
    case OPCODE.mayGoto:
      return decodeMayGoto(raw);
    case OPCODE.jumpRegister:
      return isBare(raw)
        ? checked({ kind: 'jumpRegister', register: raw.dst }, raw.dst)
        : 'BPF_JA|BPF_X uses reserved fields';
    case OPCODE.callRegister:
      return isBare(raw) ? checked({ kind: 'callRegister', register: raw.dst }, raw.dst) : RESERVED_CALL;
    default:
      return decodeBranch(raw, 64);
  }
}

function decodeGoto(raw: RawInstruction): Outcome {
  const isLong = raw.opcode === OPCODE.jumpLong;
  const [offset, unused] = isLong ? [raw.imm, raw.offset] : [raw.offset, raw.imm];
  if (raw.src !== 0 || raw.dst !== 0 || unused !== 0) return 'BPF_JA uses reserved fields';
  return { kind: 'jump', offset, isLong };
}

function decodeCall({ dst, src, offset, imm }: RawInstruction): Outcome {
  if (dst !== 0 || src > 2 || (offset !== 0 && src !== 2)) return RESERVED_CALL;
  if (src === 0) return { kind: 'call', target: { kind: 'helper', id: imm } };
  if (src === 1) return { kind: 'call', target: { kind: 'function', offset: imm } };
  return { kind: 'call', target: { kind: 'kfunc', btfId: imm, offset } };
}

const RESERVED_CALL = 'BPF_CALL uses reserved fields';

function decodeMayGoto({ dst, src, offset, imm }: RawInstruction): Outcome {
  return dst !== 0 || src !== 0 || imm !== 0 ? `invalid may_goto imm ${imm}` : { kind: 'mayGoto', offset };
}

function decodeBranch(raw: RawInstruction, width: Width): Outcome {
  const op = BRANCH_BY_CODE.get(raw.opcode & 0xf0);
  assert(op !== undefined, `opcode ${hex2(raw.opcode)} to be a comparison`);
  const { dst, offset } = raw;
  const branch: Instruction = { kind: 'branch', op, width, dst, source: operandOf(raw), offset };
  // Here alone the kernel asks for dst before it asks for the unused field.
  const unused = isRegisterForm(raw) ? raw.imm : raw.src;
  if (dst <= 10 && unused !== 0) return 'BPF_JMP/JMP32 uses reserved fields';
  return isRegisterForm(raw) ? checked(branch, dst, raw.src) : checked(branch, dst);
}

/** The instruction, unless one of its registers (in the order in which the kernel asks) is none. */
function checked(instruction: Instruction, ...registers: readonly number[]): Outcome {
  const wrong = registers.find(register => register > 10);
  return wrong === undefined ? instruction : `R${wrong} is invalid`;
}

function operandOf(raw: RawInstruction): Operand {
  return isRegisterForm(raw) ? { kind: 'register', register: raw.src } : { kind: 'immediate', value: raw.imm };
}

function operandRegisters(raw: RawInstruction): readonly number[] {
  return isRegisterForm(raw) ? [raw.src, raw.dst] : [raw.dst];
}

function isRegisterForm(raw: RawInstruction): boolean {
  return (raw.opcode & SOURCE_REGISTER) !== 0;
}

/** All fields but opcode and dst are zero. */
function isBare(raw: RawInstruction): boolean {
  return raw.src === 0 && raw.offset === 0 && raw.imm === 0;
}

function sizeOf(raw: RawInstruction): SizeBytes {
  const size = SIZE_BY_BITS.get(raw.opcode & 0x18);
  assert(size !== undefined, 'every pair of size bits to mean a size');
  return size;
}

/** At least two hexadecimal digits, a negative number as its 32 bits: the kernel's %02x. */
export function hex2(value: number): string {
  return (value >>> 0).toString(16).padStart(2, '0');
}

const ALU_BY_CODE: ReadonlyMap<number, AluOp> = new Map(
  keysOf(ALU).map(op => [ALU[op].code | (ALU[op].offset << 8), op]),
);
const BRANCH_BY_CODE: ReadonlyMap<number, BranchOp> = new Map(keysOf(BRANCH).map(op => [BRANCH[op].code, op]));
const SIZE_BY_BITS: ReadonlyMap<number, SizeBytes> = new Map(([1, 2, 4, 8] as const).map(size => [SIZE[size], size]));
const ATOMIC_BY_IMMEDIATE: ReadonlyMap<number, AtomicOp> = new Map(
  keysOf(ATOMIC).flatMap(op => {
    const { code, alwaysFetches } = ATOMIC[op];
    const fetching: readonly [number, AtomicOp] = [code | FETCH, op];
    return alwaysFetches ? [fetching] : [[code, op] as const, fetching];
  }),
);
