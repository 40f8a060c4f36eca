// Which registers an instruction reads.
import { unreachable } from '../support/errors.js';
import type { Instruction, Operand, Register } from './instruction.js';

const ARGUMENTS: readonly Register[] = [1, 2, 3, 4, 5];

/** The registers that an instruction reads, ascending, each once. A call reads all five argument registers here, whatever it takes. */
export function registersRead(instruction: Instruction): readonly Register[] {
  return [...new Set(reads(instruction))].sort((a, b) => a - b);
}

function reads(instruction: Instruction): readonly Register[] {
  const { kind } = instruction;
  switch (kind) {
    case 'alu':
      return [...(instruction.op === 'mov' ? [] : [instruction.dst]), ...operandRegisters(instruction.source)];
    case 'neg':
    case 'byteswap':
      return [instruction.dst];
    case 'movsx':
    case 'addressSpaceCast':
      return [instruction.src];
    case 'load':
    case 'loadAcquire':
      return [instruction.base];
    case 'store':
      return [instruction.base, ...operandRegisters(instruction.source)];
    case 'storeRelease':
      return [instruction.base, instruction.src];
    case 'atomic':
      return [instruction.base, instruction.src, ...(instruction.op === 'cmpxchg' ? [0] : [])];
    case 'branch':
      return [instruction.dst, ...operandRegisters(instruction.source)];
    case 'call':
      return ARGUMENTS;
    case 'callRegister':
      return [...ARGUMENTS, instruction.register];
    case 'jumpRegister':
      return [instruction.register];
    case 'packetLoad':
      return [6, ...(instruction.mode === 'indirect' ? [instruction.src] : [])];
    case 'exit':
      return [0];
    case 'jump':
    case 'mayGoto':
    case 'loadImmediate64':
      return [];
    default:
      return unreachable(kind);
  }
}

function operandRegisters(operand: Operand): readonly Register[] {
  return operand.kind === 'register' ? [operand.register] : [];
}
