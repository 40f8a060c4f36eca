// Arithmetic, moves, byte order and comparisons. Registers are i64 locals; 32-bit operations work on their low halves. RFC 9669, section 4.
import type { AluOp, BranchOp, Instruction, Operand, Width } from '../../isa/instruction.js';
import { type CodeWriter, I32, I64, type Local } from './wasm/code.js';
import { OP, type Op } from './wasm/opcodes.js';
import { swapBytes } from './wasm/swap-bytes.js';

/** What arithmetic needs of the function that it stands in. */
export interface Registers {
  readonly code: CodeWriter;
  /** Leaves a register's 64 bits on the stack. */
  push(register: number): void;
  /** Takes them from there. */
  pop(register: number): void;
  /** A local for a value in between. */
  scratch(type: typeof I32 | typeof I64): Local;
}

type Simple = { readonly kind: 'simple'; readonly op32: Op; readonly op64: Op };
type Division = {
  readonly kind: 'division';
  readonly op32: Op;
  readonly op64: Op;
  readonly isSigned: boolean;
  readonly isRemainder: boolean;
};

const ALU: Record<AluOp, Simple | Division | { readonly kind: 'move' }> = {
  add: { kind: 'simple', op32: OP.i32_add, op64: OP.i64_add },
  sub: { kind: 'simple', op32: OP.i32_sub, op64: OP.i64_sub },
  mul: { kind: 'simple', op32: OP.i32_mul, op64: OP.i64_mul },
  or: { kind: 'simple', op32: OP.i32_or, op64: OP.i64_or },
  and: { kind: 'simple', op32: OP.i32_and, op64: OP.i64_and },
  xor: { kind: 'simple', op32: OP.i32_xor, op64: OP.i64_xor },
  // WebAssembly takes shift counts modulo the width, as BPF does.
  lsh: { kind: 'simple', op32: OP.i32_shl, op64: OP.i64_shl },
  rsh: { kind: 'simple', op32: OP.i32_shr_u, op64: OP.i64_shr_u },
  arsh: { kind: 'simple', op32: OP.i32_shr_s, op64: OP.i64_shr_s },
  div: { kind: 'division', op32: OP.i32_div_u, op64: OP.i64_div_u, isSigned: false, isRemainder: false },
  mod: { kind: 'division', op32: OP.i32_rem_u, op64: OP.i64_rem_u, isSigned: false, isRemainder: true },
  sdiv: { kind: 'division', op32: OP.i32_div_s, op64: OP.i64_div_s, isSigned: true, isRemainder: false },
  smod: { kind: 'division', op32: OP.i32_rem_s, op64: OP.i64_rem_s, isSigned: true, isRemainder: true },
  mov: { kind: 'move' },
};

/** dst = dst op source */
export function writeAlu(registers: Registers, instruction: Instruction & { kind: 'alu' }): void {
  const { op, width, dst, source } = instruction;
  const { code } = registers;
  const row = ALU[op];
  switch (row.kind) {
    case 'move':
      if (width === 64) pushOperand(registers, source, 64);
      else pushZeroExtended(registers, source);
      break;
    case 'simple':
      pushOperand(registers, { kind: 'register', register: dst }, width);
      pushOperand(registers, source, width);
      code.op(width === 64 ? row.op64 : row.op32);
      if (width === 32) code.op(OP.i64_extend_i32_u);
      break;
    case 'division':
      writeDivision(registers, instruction, row);
      break;
  }
  registers.pop(dst);
}

function pushOperand(registers: Registers, operand: Operand, width: Width): void {
  const { code } = registers;
  if (operand.kind === 'register') {
    registers.push(operand.register);
    if (width === 32) code.op(OP.i32_wrap_i64);
  } else if (width === 64) code.i64(operand.value);
  else code.i32(operand.value);
}

/** The low half, zero-extended to 64 bits. */
function pushZeroExtended(registers: Registers, operand: Operand): void {
  if (operand.kind === 'immediate') {
    registers.code.i64(operand.value, 0);
    return;
  }
  registers.push(operand.register);
  registers.code.op(OP.i32_wrap_i64, OP.i64_extend_i32_u);
}

/** Division by zero gives 0 and leaves the dividend as remainder; the smallest number divided by -1 is itself. */
function writeDivision(
  registers: Registers,
  { width, dst, source }: Instruction & { kind: 'alu' },
  row: Division,
): void {
  const { code } = registers;
  const isWide = width === 64;
  const dividend: Operand = { kind: 'register', register: dst };
  const op = isWide ? row.op64 : row.op32;
  if (source.kind === 'immediate' && source.value !== 0 && source.value !== -1) {
    pushOperand(registers, dividend, width);
    pushOperand(registers, source, width);
    code.op(op);
  } else {
    const type = isWide ? I64 : I32;
    const divisor = registers.scratch(type);
    pushOperand(registers, source, width);
    code.tee(divisor);
    code.op(isWide ? OP.i64_eqz : OP.i32_eqz);
    const zero = code.if(type);
    if (row.isRemainder) pushOperand(registers, dividend, width);
    else if (isWide) code.i64(0);
    else code.i32(0);
    code.else();
    if (row.isSigned && !row.isRemainder) writeSignedQuotient(registers, dividend, divisor, width, op);
    else {
      pushOperand(registers, dividend, width);
      code.get(divisor);
      code.op(op);
    }
    code.end(zero);
  }
  if (!isWide) code.op(OP.i64_extend_i32_u);
}

function writeSignedQuotient(registers: Registers, dividend: Operand, divisor: Local, width: Width, op: Op): void {
  const { code } = registers;
  const isWide = width === 64;
  code.get(divisor);
  if (isWide) code.i64(-1);
  else code.i32(-1);
  code.op(isWide ? OP.i64_eq : OP.i32_eq);
  const negated = code.if(isWide ? I64 : I32);
  if (isWide) code.i64(0);
  else code.i32(0);
  pushOperand(registers, dividend, width);
  code.op(isWide ? OP.i64_sub : OP.i32_sub);
  code.else();
  pushOperand(registers, dividend, width);
  code.get(divisor);
  code.op(op);
  code.end(negated);
}

/** dst = -dst */
export function writeNegation(registers: Registers, { width, dst }: Instruction & { kind: 'neg' }): void {
  const { code } = registers;
  if (width === 64) code.i64(0);
  else code.i32(0);
  pushOperand(registers, { kind: 'register', register: dst }, width);
  code.op(width === 64 ? OP.i64_sub : OP.i32_sub);
  if (width === 32) code.op(OP.i64_extend_i32_u);
  registers.pop(dst);
}

/** dst = src, sign-extended from fewer bits */
export function writeSignExtension(
  registers: Registers,
  { width, bits, dst, src }: Instruction & { kind: 'movsx' },
): void {
  const { code } = registers;
  registers.push(src);
  if (width === 64) code.op(SIGN_EXTEND_64[bits]);
  else if (bits !== 32) code.op(OP.i32_wrap_i64, SIGN_EXTEND_32[bits], OP.i64_extend_i32_u);
  registers.pop(dst);
}

const SIGN_EXTEND_64 = { 8: OP.i64_extend8_s, 16: OP.i64_extend16_s, 32: OP.i64_extend32_s } as const;
const SIGN_EXTEND_32 = { 8: OP.i32_extend8_s, 16: OP.i32_extend16_s } as const;

/** dst in another byte order, or truncated. The machine is little-endian. */
export function writeByteswap(registers: Registers, { op, bits, dst }: Instruction & { kind: 'byteswap' }): void {
  const { code } = registers;
  registers.push(dst);
  if (op === 'le') truncate(code, bits);
  else SWAP[bits](registers);
  registers.pop(dst);
}

function truncate(code: CodeWriter, bits: 16 | 32 | 64): void {
  if (bits === 16) {
    code.i64(0xffff);
    code.op(OP.i64_and);
  } else if (bits === 32) code.op(OP.i32_wrap_i64, OP.i64_extend_i32_u);
}

/** Each takes an i64 from the stack and leaves the swapped one. */
const SWAP: Record<16 | 32 | 64, (registers: Registers) => void> = {
  16: ({ code, scratch }) => {
    const value = scratch(I32);
    code.op(OP.i32_wrap_i64);
    code.tee(value);
    code.i32(0xff);
    code.op(OP.i32_and);
    code.i32(8);
    code.op(OP.i32_shl);
    code.get(value);
    code.i32(8);
    code.op(OP.i32_shr_u);
    code.i32(0xff);
    code.op(OP.i32_and, OP.i32_or, OP.i64_extend_i32_u);
  },
  32: registers => {
    registers.code.op(OP.i32_wrap_i64);
    swapBytes(registers.code, registers.scratch(I32));
    registers.code.op(OP.i64_extend_i32_u);
  },
  64: registers => {
    const { code } = registers;
    const value = registers.scratch(I64);
    code.tee(value);
    code.op(OP.i32_wrap_i64);
    swapBytes(registers.code, registers.scratch(I32));
    code.op(OP.i64_extend_i32_u);
    code.i64(32);
    code.op(OP.i64_shl);
    code.get(value);
    code.i64(32);
    code.op(OP.i64_shr_u, OP.i32_wrap_i64);
    swapBytes(registers.code, registers.scratch(I32));
    code.op(OP.i64_extend_i32_u, OP.i64_or);
  },
};

const COMPARE: Record<Exclude<BranchOp, 'jset'>, readonly [op32: Op, op64: Op]> = {
  jeq: [OP.i32_eq, OP.i64_eq],
  jne: [OP.i32_ne, OP.i64_ne],
  jgt: [OP.i32_gt_u, OP.i64_gt_u],
  jge: [OP.i32_ge_u, OP.i64_ge_u],
  jlt: [OP.i32_lt_u, OP.i64_lt_u],
  jle: [OP.i32_le_u, OP.i64_le_u],
  jsgt: [OP.i32_gt_s, OP.i64_gt_s],
  jsge: [OP.i32_ge_s, OP.i64_ge_s],
  jslt: [OP.i32_lt_s, OP.i64_lt_s],
  jsle: [OP.i32_le_s, OP.i64_le_s],
};

/** Leaves an i32 that is not 0 where the branch is taken. */
export function writeCondition(
  registers: Registers,
  { op, width, dst, source }: Instruction & { kind: 'branch' },
): void {
  const { code } = registers;
  pushOperand(registers, { kind: 'register', register: dst }, width);
  pushOperand(registers, source, width);
  if (op === 'jset') {
    if (width === 64) {
      code.op(OP.i64_and);
      code.i64(0);
      code.op(OP.i64_ne);
    } else code.op(OP.i32_and);
    return;
  }
  code.op(COMPARE[op][width === 64 ? 1 : 0]);
}
