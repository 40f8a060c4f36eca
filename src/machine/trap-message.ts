// Why a program stops at a slot that holds nothing that can be run; engines do not write these texts themselves.
import type { Instruction } from '../isa/instruction.js';
import type { BoundProgram } from './machine.js';

/** The message for `slot`, which may lie behind the program's end. */
export function trapMessage(program: BoundProgram, slot: number): string {
  const known = program.traps.get(slot);
  if (known !== undefined) return known;
  const instruction = program.instructions[slot];
  if (instruction?.kind === 'call') return `call of ${describeTarget(instruction)}, which is not there`;
  if (instruction !== undefined) return `${instruction.kind} cannot be run`;
  return slot < program.instructions.length ? 'jump into the middle of a 64-bit load' : 'control leaves the program';
}

function describeTarget({ target }: Instruction & { kind: 'call' }): string {
  return target.kind === 'helper'
    ? `helper #${target.id}`
    : `kernel function ${target.kind === 'kfunc' ? target.btfId : '?'}`;
}
