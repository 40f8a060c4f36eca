// Instructions as text, in the notation of the Linux verifier's log and `bpftool prog dump xlated`.
import { unreachable } from '../support/errors.js';
import { encodeRaw } from './encode.js';
import type { CallTarget, Instruction, Operand, Register, SizeBytes, Width } from './instruction.js';
import { ALU, ATOMIC, BRANCH } from './opcode.js';

/** Names that this floor does not know. Every function may be missing, or answer undefined for what it cannot name. */
export interface Symbols {
  /** Name of a helper: `bpf_map_lookup_elem`. */
  readonly helper?: (id: number) => string | undefined;
  /** Name of a kernel function. */
  readonly kfunc?: (btfId: number, offset: number) => string | undefined;
  /** Name of the program's function at a slot (known only where the caller said at which slot the call stands). */
  readonly functionAt?: (slot: number) => string | undefined;
  /** What a 64-bit immediate load at `slot` loads, such as `map[id:4]`; the whole text behind `r1 = `. */
  readonly immediate64?: (load: LoadImmediate64, slot: number | undefined) => string | undefined;
}

/** A 64-bit immediate load. */
export type LoadImmediate64 = Extract<Instruction, { kind: 'loadImmediate64' }>;

/** How to print. */
export interface DisassembleOptions {
  readonly symbols?: Symbols;
  /** Slot at which the instruction stands. */
  readonly slot?: number;
  /** Leave the opcode in brackets out. */
  readonly withoutOpcode?: boolean;
}

/** One instruction as the kernel prints it: `(b7) r0 = 1`. Throws InputError `encode` for fields that fit no encoding. */
export function disassemble(instruction: Instruction, options: DisassembleOptions = {}): string {
  const { opcode } = encodeRaw(instruction);
  const text = textOf(instruction, options.symbols ?? {}, options.slot);
  return options.withoutOpcode ? text : `(${opcode.toString(16).padStart(2, '0')}) ${text}`;
}

/** A program given by slot as lines in the form of `bpftool prog dump xlated`: `   0: (b7) r0 = 1`. */
export function disassembleProgram(
  instructions: readonly (Instruction | undefined)[],
  symbols: Symbols = {},
): readonly string[] {
  return instructions.flatMap((instruction, slot) =>
    instruction === undefined ? [] : [`${String(slot).padStart(4)}: ${disassemble(instruction, { symbols, slot })}`],
  );
}

/** The 64 bits of an immediate load, unsigned. */
export function immediate64Of({ low, high }: LoadImmediate64): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function textOf(instruction: Instruction, symbols: Symbols, slot: number | undefined): string {
  const { kind } = instruction;
  switch (kind) {
    case 'alu': {
      const { op, width, dst, source } = instruction;
      return `${register(dst, width)} ${ALU[op].symbol} ${signedOperand(source, width)}`;
    }
    case 'neg':
      return `${register(instruction.dst, instruction.width)} = -${register(instruction.dst, instruction.width)}`;
    case 'movsx': {
      const { dst, src, width, bits } = instruction;
      return `${register(dst, width)} = (s${bits})${register(src, width)}`;
    }
    case 'byteswap':
      return `r${instruction.dst} = ${instruction.op}${instruction.bits} r${instruction.dst}`;
    case 'load': {
      const { dst, size, isSigned, base, offset } = instruction;
      return `r${dst} = *${memory(size, base, offset, isSigned)}`;
    }
    case 'store': {
      const { size, base, offset, source } = instruction;
      return `*${memory(size, base, offset)} = ${signedOperand(source, 64)}`;
    }
    case 'atomic':
      return textOfAtomic(instruction);
    case 'loadAcquire':
      return `r${instruction.dst} = load_acquire(${memory(instruction.size, instruction.base, instruction.offset)})`;
    case 'storeRelease': {
      const { size, base, offset, src } = instruction;
      return `store_release(${memory(size, base, offset)}, r${src})`;
    }
    case 'jump':
      return `${instruction.isLong ? 'gotol' : 'goto'} ${target(instruction.offset)}`;
    case 'branch': {
      const { op, width, dst, source, offset } = instruction;
      return `if ${register(dst, width)} ${BRANCH[op].symbol} ${hexOperand(source, width)} goto ${target(offset)}`;
    }
    case 'mayGoto':
      return `may_goto ${target(instruction.offset)}`;
    case 'call':
      return `call ${textOfTarget(instruction.target, symbols, slot)}`;
    case 'exit':
      return 'exit';
    case 'loadImmediate64':
      return `r${instruction.dst} = ${symbols.immediate64?.(instruction, slot) ?? textOfImmediate64(instruction)}`;
    case 'packetLoad': {
      const { size, mode, src, offset } = instruction;
      return `r0 = *(u${8 * size} *)skb[${mode === 'absolute' ? '' : `r${src} + `}${offset}]`;
    }
    case 'addressSpaceCast':
      return `r${instruction.dst} = addr_space_cast(r${instruction.src}, ${instruction.toUser ? '1, 0' : '0, 1'})`;
    case 'jumpRegister':
      return `gotox r${instruction.register}`;
    case 'callRegister':
      return `callx r${instruction.register}`;
    default:
      return unreachable(kind);
  }
}

function textOfAtomic(instruction: Extract<Instruction, { kind: 'atomic' }>): string {
  const { op, fetch, size, base, offset, src } = instruction;
  const address = memory(size, base, offset);
  const name = size === 8 ? 'atomic64' : 'atomic';
  if (op === 'cmpxchg') return `r0 = ${name}_cmpxchg(${address}, r0, r${src})`;
  if (op === 'xchg') return `r${src} = ${name}_xchg(${address}, r${src})`;
  if (fetch) return `r${src} = ${name}_fetch_${op}(${address}, r${src})`;
  return `lock *${address} ${ATOMIC[op].symbol} r${src}`;
}

function textOfTarget(callee: CallTarget, symbols: Symbols, slot: number | undefined): string {
  switch (callee.kind) {
    case 'helper':
      return `${symbols.helper?.(callee.id) ?? 'unknown'}#${callee.id}`;
    case 'function': {
      const name = slot === undefined ? undefined : symbols.functionAt?.(slot + 1 + callee.offset);
      return name === undefined ? target(callee.offset) : `${target(callee.offset)}#${name}`;
    }
    case 'kfunc': {
      const { btfId, offset } = callee;
      const name = symbols.kfunc?.(btfId, offset);
      return name === undefined ? `kfunc#${btfId}${offset === 0 ? '' : `@${offset}`}` : `${name}#${btfId}`;
    }
    default:
      return unreachable(callee);
  }
}

/** The forms of bpftool, with the map's fd where that prints the id of a loaded map. */
function textOfImmediate64(load: LoadImmediate64): string {
  const { source, low, high } = load;
  switch (source) {
    case 0:
      return `0x${immediate64Of(load).toString(16)}`;
    case 1:
      return `map[fd:${low}]`;
    case 2:
      return `map[fd:${low}][0]+${high >>> 0}`;
    case 3:
      return `btf[id:${low}]${high === 0 ? '' : `+${high >>> 0}`}`;
    case 4:
      return `subprog[${signed(low)}]${high === 0 ? '' : `+${high >>> 0}`}`;
    case 5:
      return `map[idx:${low}]`;
    case 6:
      return `map[idx:${low}]+${high >>> 0}`;
    default:
      return unreachable(source);
  }
}

function memory(size: SizeBytes, base: Register, offset: number, isSigned = false): string {
  return `(${isSigned ? 's' : 'u'}${8 * size} *)(r${base} ${signed(offset)})`;
}

function register(number: Register, width: Width): string {
  return `${width === 64 ? 'r' : 'w'}${number}`;
}

function signedOperand(operand: Operand, width: Width): string {
  return operand.kind === 'register' ? register(operand.register, width) : String(operand.value);
}

function hexOperand(operand: Operand, width: Width): string {
  return operand.kind === 'register' ? register(operand.register, width) : `0x${(operand.value >>> 0).toString(16)}`;
}

function target(offset: number): string {
  return `pc${signed(offset)}`;
}

function signed(value: number): string {
  return value < 0 ? String(value) : `+${value}`;
}
