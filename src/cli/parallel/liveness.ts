// Whether a register's value is still of use.
import type { Instruction, Operand } from '../../isa/instruction.js';
import { successors } from '../../report/flow.js';

/** Whether, on every way on from behind `slot`, the register is written or the program ends before anything could read it. */
export function isDeadBehind(code: readonly (Instruction | undefined)[], slot: number, register: number): boolean {
  const seen = new Set<number>();
  const pending = [slot + 1];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const instruction = code[at];
    if (instruction === undefined || mayRead(instruction, register)) return false;
    if (instruction.kind !== 'exit' && !mustWrite(instruction, register)) pending.push(...successors(instruction, at));
  }
  return true;
}

/** Calls read their arguments, as far as is known here, and an exit its result; r6 to r9 are the caller's own again. */
function mayRead(instruction: Instruction, register: number): boolean {
  const isOperand = (operand: Operand) => operand.kind === 'register' && operand.register === register;
  switch (instruction.kind) {
    case 'alu':
      return isOperand(instruction.source) || (instruction.op !== 'mov' && instruction.dst === register);
    case 'branch':
      return isOperand(instruction.source) || instruction.dst === register;
    case 'load':
      return instruction.base === register;
    case 'store':
      return instruction.base === register || isOperand(instruction.source);
    case 'movsx':
      return instruction.src === register;
    case 'call':
      return instruction.target.kind === 'function' || (register >= 1 && register <= 5);
    case 'exit':
      return register === 0;
    case 'jump':
    case 'loadImmediate64':
    case 'mayGoto':
      return false;
    default:
      return true;
  }
}

function mustWrite(instruction: Instruction, register: number): boolean {
  switch (instruction.kind) {
    case 'alu':
    case 'movsx':
    case 'load':
    case 'loadImmediate64':
      return instruction.dst === register;
    case 'call':
      return register <= 5;
    default:
      return false;
  }
}
