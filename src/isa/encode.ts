// Instructions to bytes: the reverse of decode.ts. RFC 9669, section 3.
import type { ByteOrder } from '../support/bytes.js';
import { InputError, unreachable } from '../support/errors.js';
import { type CallTarget, type Instruction, type Operand, type SizeBytes, SLOT_BYTES } from './instruction.js';
import {
  ALU,
  ATOMIC,
  aluClass,
  BRANCH,
  branchClass,
  CAST_TO_KERNEL,
  CAST_TO_USER,
  CLASS,
  END,
  FETCH,
  LOAD_ACQUIRE,
  MODE,
  NEG,
  OPCODE,
  SIZE,
  SOURCE_REGISTER,
  STORE_RELEASE,
} from './opcode.js';
import { type RawInstruction, writeRaw } from './raw.js';

/** Slots that an instruction takes: 2 for a 64-bit immediate load, else 1. */
export function slotsOf(instruction: Instruction): 1 | 2 {
  return instruction.kind === 'loadImmediate64' ? 2 : 1;
}

/** The bytes of one instruction, 8 or 16; throws InputError `encode` for a field that does not fit. */
export function encodeInstruction(instruction: Instruction, order: ByteOrder = 'little'): Uint8Array {
  const bytes = new Uint8Array(slotsOf(instruction) * SLOT_BYTES);
  writeInstruction(bytes, 0, instruction, order);
  return bytes;
}

/**
 * The bytes of a program given by slot, as decodeProgram gives it.
 * @throws InputError `encode` for a field that does not fit, or where instructions and slots do not agree
 */
export function encodeProgram(
  instructions: readonly (Instruction | undefined)[],
  order: ByteOrder = 'little',
): Uint8Array {
  const code = new Uint8Array(instructions.length * SLOT_BYTES);
  for (let slot = 0; slot < instructions.length; ) {
    const instruction = instructions[slot];
    if (instruction === undefined) throw new InputError('encode', `insn ${slot}: no instruction in this slot`);
    const slots = slotsOf(instruction);
    const isPair = slot + 1 < instructions.length && instructions[slot + 1] === undefined;
    if (slots === 2 && !isPair) throw new InputError('encode', `insn ${slot}: no second slot for the 64-bit immediate`);
    writeInstruction(code, slot, instruction, order);
    slot += slots;
  }
  return code;
}

/** The fields of the first slot; throws InputError `encode` for a field that does not fit. */
export function encodeRaw(instruction: Instruction): RawInstruction {
  const raw = { ...BARE, ...fieldsOf(instruction) };
  requireFit('dst', raw.dst, 0, 10);
  requireFit('src', raw.src, 0, 10);
  requireFit('offset', raw.offset, -0x8000, 0x7fff);
  requireFit('imm', raw.imm, -0x8000_0000, 0x7fff_ffff);
  return raw;
}

const BARE = { dst: 0, src: 0, offset: 0, imm: 0 } as const;

function requireFit(field: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new InputError('encode', `${field} ${value} is not between ${least} and ${most}`);
}

function writeInstruction(code: Uint8Array, slot: number, instruction: Instruction, order: ByteOrder): void {
  writeRaw(code, slot, encodeRaw(instruction), order);
  if (instruction.kind !== 'loadImmediate64') return;
  requireFit('imm', instruction.high, -0x8000_0000, 0x7fff_ffff);
  writeRaw(code, slot + 1, { opcode: 0, ...BARE, imm: instruction.high }, order);
}

/** The fields that are not zero. */
type Fields = { readonly opcode: number } & Partial<RawInstruction>;

function fieldsOf(instruction: Instruction): Fields {
  const { kind } = instruction;
  switch (kind) {
    case 'alu': {
      const { code, offset } = ALU[instruction.op];
      return { ...withOperand(code | aluClass(instruction.width), instruction.source), dst: instruction.dst, offset };
    }
    case 'neg':
      return { opcode: NEG | aluClass(instruction.width), dst: instruction.dst };
    case 'movsx': {
      const { dst, src, bits } = instruction;
      return { opcode: MOVE_REGISTER | aluClass(instruction.width), dst, src, offset: bits };
    }
    case 'byteswap':
      return { opcode: SWAP_OPCODES[instruction.op], dst: instruction.dst, imm: instruction.bits };
    case 'load': {
      const { dst, base: src, offset, isSigned } = instruction;
      return {
        opcode: memory(CLASS.LDX, instruction.size, isSigned ? MODE.memorySigned : MODE.memory),
        dst,
        src,
        offset,
      };
    }
    case 'store':
      return fieldsOfStore(instruction);
    case 'atomic':
    case 'loadAcquire':
    case 'storeRelease':
      return fieldsOfAtomic(instruction);
    case 'jump': {
      const { offset, isLong } = instruction;
      return isLong ? { opcode: OPCODE.jumpLong, imm: offset } : { opcode: OPCODE.jump, offset };
    }
    case 'branch': {
      const { op, width, source, dst, offset } = instruction;
      return { ...withOperand(BRANCH[op].code | branchClass(width), source), dst, offset };
    }
    case 'mayGoto':
      return { opcode: OPCODE.mayGoto, offset: instruction.offset };
    case 'call':
      return { opcode: OPCODE.call, ...fieldsOfTarget(instruction.target) };
    case 'exit':
      return { opcode: OPCODE.exit };
    case 'loadImmediate64':
      return { opcode: OPCODE.loadImmediate64, dst: instruction.dst, src: instruction.source, imm: instruction.low };
    case 'packetLoad': {
      const { mode, size, src, offset } = instruction;
      return { opcode: memory(CLASS.LD, size, MODE[mode]), src, imm: offset };
    }
    case 'addressSpaceCast': {
      const { dst, src, toUser } = instruction;
      const imm = toUser ? CAST_TO_USER : CAST_TO_KERNEL;
      return { opcode: MOVE_REGISTER | CLASS.ALU64, dst, src, offset: 1, imm };
    }
    case 'jumpRegister':
      return { opcode: OPCODE.jumpRegister, dst: instruction.register };
    case 'callRegister':
      return { opcode: OPCODE.callRegister, dst: instruction.register };
    default:
      return unreachable(kind);
  }
}

const MOVE_REGISTER = ALU.mov.code | SOURCE_REGISTER;

const SWAP_OPCODES = {
  le: END | CLASS.ALU,
  be: END | CLASS.ALU | SOURCE_REGISTER,
  bswap: END | CLASS.ALU64,
} as const;

function fieldsOfStore({ size, base, offset, source }: Extract<Instruction, { kind: 'store' }>): Fields {
  if (source.kind === 'immediate') return { opcode: memory(CLASS.ST, size), dst: base, offset, imm: source.value };
  return { opcode: memory(CLASS.STX, size), dst: base, offset, src: source.register };
}

function fieldsOfAtomic(
  instruction: Extract<Instruction, { kind: 'atomic' | 'loadAcquire' | 'storeRelease' }>,
): Fields {
  const { kind, base, offset } = instruction;
  const opcode = memory(CLASS.STX, instruction.size, MODE.atomic);
  if (kind === 'loadAcquire') return { opcode, dst: instruction.dst, src: base, offset, imm: LOAD_ACQUIRE };
  if (kind === 'storeRelease') return { opcode, dst: base, src: instruction.src, offset, imm: STORE_RELEASE };
  const { code, alwaysFetches } = ATOMIC[instruction.op];
  const imm = code | (instruction.fetch || alwaysFetches ? FETCH : 0);
  return { opcode, dst: base, src: instruction.src, offset, imm };
}

function fieldsOfTarget(target: CallTarget): Omit<Fields, 'opcode'> {
  switch (target.kind) {
    case 'helper':
      return { imm: target.id };
    case 'function':
      return { src: 1, imm: target.offset };
    case 'kfunc':
      return { src: 2, imm: target.btfId, offset: target.offset };
    default:
      return unreachable(target);
  }
}

function withOperand(opcode: number, operand: Operand): Fields {
  if (operand.kind === 'immediate') return { opcode, imm: operand.value };
  return { opcode: opcode | SOURCE_REGISTER, src: operand.register };
}

function memory(opcodeClass: number, size: SizeBytes, mode: number = MODE.memory): number {
  return opcodeClass | mode | SIZE[size];
}
