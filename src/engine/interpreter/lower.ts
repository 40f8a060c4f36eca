// Makes a bound program ready to run: instructions become four words each in one dense array, immediates become constant registers.
//
//   words[4 * slot + 0]  operation, see operations.ts
//   words[4 * slot + 1]  destination: index of the register's low word in the register file
//   words[4 * slot + 2]  source, likewise (of branches: the second operand)
//   words[4 * slot + 3]  memory offset, index of the jump target's first word, helper's index, or what the operation needs
import type { AluOp, BranchOp, Instruction, Operand, SizeBytes } from '../../isa/instruction.js';
import { type MachineHelper, machineHelper } from '../../machine/helpers/table.js';
import type { BoundProgram } from '../../machine/machine.js';
import { XDP_HELPERS } from '../../platform/helpers.js';
import { unreachable } from '../../support/errors.js';
import { atomicCode } from './atomic.js';
import { type Operation, operationNumber } from './operations.js';

/** Words of one instruction. */
export const STRIDE = 4;

/** A program ready to run. */
export interface Code {
  readonly program: BoundProgram;
  readonly words: Int32Array;
}

/** r0 to r10 and behind them every constant that the programs of a session use; low word, high word. */
export class RegisterFile {
  /** Grows while programs are lowered; fixed once they run. */
  words = new Int32Array(64);
  private used = 22;
  private readonly known = new Map<string, number>();

  /** Index of the low word of a register that holds the constant. */
  constant(low: number, high: number): number {
    const key = `${low} ${high}`;
    const existing = this.known.get(key);
    if (existing !== undefined) return existing;
    if (this.used === this.words.length) {
      const larger = new Int32Array(2 * this.words.length);
      larger.set(this.words);
      this.words = larger;
    }
    const index = this.used;
    this.words[index] = low;
    this.words[index + 1] = high;
    this.used += 2;
    this.known.set(key, index);
    return index;
  }
}

/** The helpers that the programs of a session call, by the index that their calls hold. */
export class HelperIndex {
  readonly helpers: MachineHelper[] = [];

  indexOf(id: number): number | undefined {
    const at = this.helpers.findIndex(known => known.facts.id === id);
    if (at >= 0) return at;
    const helper = machineHelper(id);
    return helper === undefined ? undefined : this.helpers.push(helper) - 1;
  }
}

/** Lowers one program. What cannot run becomes a trap. */
export function lowerProgram(program: BoundProgram, registers: RegisterFile, helpers: HelperIndex): Code {
  const slots = program.instructions.length;
  // One more instruction than the program has: where control goes that leaves it.
  const words = new Int32Array(STRIDE * (slots + 1)).fill(0);
  const trap = operationNumber('trap');
  for (let slot = 0; slot <= slots; slot++) words[STRIDE * slot] = trap;
  const context: Lowering = { program, registers, helpers, slots };
  for (const [slot, instruction] of program.instructions.entries()) {
    const lowered = instruction === undefined ? undefined : lower(context, slot, instruction);
    if (lowered !== undefined)
      words.set([operationNumber(lowered[0]), ...(lowered.slice(1) as number[])], STRIDE * slot);
  }
  return { program, words };
}

interface Lowering {
  readonly program: BoundProgram;
  readonly registers: RegisterFile;
  readonly helpers: HelperIndex;
  readonly slots: number;
}

/** Operation, destination, source, and the last word. */
type Lowered = readonly [operation: Operation, dst: number, src: number, last: number];

/** undefined: the instruction traps. */
function lower(context: Lowering, slot: number, instruction: Instruction): Lowered | undefined {
  const target = (offset: number): number => targetIndex(context, slot + 1 + offset);
  switch (instruction.kind) {
    case 'alu':
      return [aluOperation(instruction), 2 * instruction.dst, operand(context, instruction.source), 0];
    case 'neg':
      return [`neg${instruction.width}`, 2 * instruction.dst, 0, 0];
    case 'movsx':
      return [movsxOperation(instruction), 2 * instruction.dst, 2 * instruction.src, 0];
    case 'byteswap':
      return [byteswapOperation(instruction), 2 * instruction.dst, 0, 0];
    case 'load':
      return [loadOperation(instruction), 2 * instruction.dst, 2 * instruction.base, instruction.offset];
    case 'store':
      return [STORE[instruction.size], 2 * instruction.base, operand(context, instruction.source), instruction.offset];
    case 'atomic':
      return ['atomic', 2 * instruction.base, 2 * instruction.src, (instruction.offset << 8) | atomicCode(instruction)];
    case 'loadAcquire':
      return ['loadOrdered', 2 * instruction.dst, 2 * instruction.base, withSize(instruction)];
    case 'storeRelease':
      return ['storeOrdered', 2 * instruction.base, 2 * instruction.src, withSize(instruction)];
    case 'jump':
      return ['jump', 0, 0, target(instruction.offset)];
    case 'branch':
      return lowerBranch(context, instruction, target(instruction.offset));
    case 'mayGoto':
      return ['mayGoto', 0, 0, target(instruction.offset)];
    case 'call':
      return lowerCall(context, slot, instruction);
    case 'exit':
      return ['exit', 0, 0, 0];
    case 'loadImmediate64':
      return ['constant64', 2 * instruction.dst, context.registers.constant(instruction.low, instruction.high), 0];
    case 'packetLoad':
    case 'addressSpaceCast':
    case 'jumpRegister':
    case 'callRegister':
      return undefined;
    default:
      return unreachable(instruction);
  }
}

/** The last word of loads and stores with ordering. */
function withSize({ offset, size }: { readonly offset: number; readonly size: SizeBytes }): number {
  return (offset << 8) | size;
}

/** Index of the first word of a slot; what lies outside the program is the trap behind its end. */
function targetIndex({ slots }: Lowering, slot: number): number {
  return STRIDE * (slot >= 0 && slot < slots ? slot : slots);
}

function operand({ registers }: Lowering, source: Operand): number {
  return source.kind === 'register' ? 2 * source.register : registers.constant(source.value, source.value < 0 ? -1 : 0);
}

function aluOperation({ op, width }: { readonly op: AluOp; readonly width: 32 | 64 }): Operation {
  return `${op}${width}`;
}

function movsxOperation({ width, bits }: Instruction & { kind: 'movsx' }): Operation {
  if (width === 64) return `movsx64from${bits}`;
  return bits === 8 ? 'movsx32from8' : 'movsx32from16';
}

/** The machine is little-endian: `le` only truncates. */
function byteswapOperation({ op, bits }: Instruction & { kind: 'byteswap' }): Operation {
  if (op !== 'le') return `swap${bits}`;
  return bits === 64 ? 'nothing' : `truncate${bits}`;
}

const LOAD = { 1: 'load8', 2: 'load16', 4: 'load32', 8: 'load64' } as const satisfies Record<SizeBytes, Operation>;
const STORE = { 1: 'store8', 2: 'store16', 4: 'store32', 8: 'store64' } as const satisfies Record<SizeBytes, Operation>;
const LOAD_SIGNED = { 1: 'loadSigned8', 2: 'loadSigned16', 4: 'loadSigned32', 8: 'load64' } as const satisfies Record<
  SizeBytes,
  Operation
>;

function loadOperation({ size, isSigned }: Instruction & { kind: 'load' }): Operation {
  return isSigned ? LOAD_SIGNED[size] : LOAD[size];
}

/** How each comparison is done, and whether its operands change places for that. */
const COMPARISON = {
  jeq: ['jeq', false],
  jne: ['jne', false],
  jset: ['jset', false],
  jgt: ['jgt', false],
  jge: ['jge', false],
  jsgt: ['jsgt', false],
  jsge: ['jsge', false],
  jlt: ['jgt', true],
  jle: ['jge', true],
  jslt: ['jsgt', true],
  jsle: ['jsge', true],
} as const satisfies Record<BranchOp, readonly [string, boolean]>;

function lowerBranch(context: Lowering, branch: Instruction & { kind: 'branch' }, target: number): Lowered {
  const [name, isExchanged] = COMPARISON[branch.op];
  const [left, right] = [2 * branch.dst, operand(context, branch.source)];
  const operation: Operation = `${name}${branch.width}`;
  return isExchanged ? [operation, right, left, target] : [operation, left, right, target];
}

function lowerCall(context: Lowering, slot: number, { target }: Instruction & { kind: 'call' }): Lowered | undefined {
  switch (target.kind) {
    case 'function':
      return ['callFunction', 0, 0, targetIndex(context, slot + 1 + target.offset)];
    case 'kfunc':
      return undefined;
    case 'helper': {
      if (target.id === XDP_HELPERS.tail_call.id) return ['tailCall', 0, 0, 0];
      const index = context.helpers.indexOf(target.id);
      return index === undefined ? undefined : ['callHelper', 0, 0, index];
    }
  }
}
