// A processor in programmable logic that runs BPF instructions one at a time: hBPF.
import type { AluOp, Instruction } from '../../isa/instruction.js';
import type { NicModel } from '../model.js';
import type { PacketCost } from './cost.js';
import type { PathStep } from './path.js';

/** Cycles of a path: the sum of its instructions' cycles. Source: hBPF's table of cycles, in the model. */
export function softCpuCost(model: NicModel, path: readonly PathStep[]): PacketCost {
  const { overheadCycles = 0 } = model.engine;
  const cycles = path.reduce((sum, { instruction }) => sum + cyclesOf(instruction, model.cycles), overheadCycles);
  const hasCalls = path.some(({ instruction }) => instruction.kind === 'call');
  return { cycles, memories: {}, missing: hasCalls ? ['time inside helpers'] : [] };
}

function cyclesOf(instruction: Instruction, cycles: NicModel['cycles']): number {
  const { instruction: plain = 1, jump = plain, maximumStore = plain } = cycles;
  switch (instruction.kind) {
    case 'alu':
      if (SHIFTS.includes(instruction.op)) return cycles.shift ?? plain;
      return (DIVISIONS.includes(instruction.op) ? cycles.divide : undefined) ?? plain;
    case 'load':
      return cycles.load ?? plain;
    case 'store':
    case 'atomic':
      return maximumStore;
    case 'loadImmediate64':
      return cycles.loadImmediate64 ?? plain;
    case 'branch':
    case 'jump':
    case 'exit':
      return jump;
    case 'call':
      return cycles.helperCall ?? plain;
    default:
      return plain;
  }
}

const SHIFTS: readonly AluOp[] = ['lsh', 'rsh', 'arsh'];
const DIVISIONS: readonly AluOp[] = ['div', 'mod', 'sdiv', 'smod'];
