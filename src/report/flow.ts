// Where control goes behind an instruction.
import type { Instruction } from '../isa/instruction.js';

/** Slots that can be next within the function; to be asked of others than `exit`. */
export function successors(instruction: Instruction, slot: number): number[] {
  switch (instruction.kind) {
    case 'jump':
      return [slot + 1 + instruction.offset];
    case 'branch':
    case 'mayGoto':
      return [slot + 1, slot + 1 + instruction.offset];
    case 'loadImmediate64':
      return [slot + 2];
    default:
      return [slot + 1];
  }
}
