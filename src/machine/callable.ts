// What a program calls that this machine does not have, in code that can be reached.
import type { Btf } from '../btf/btf.js';
import type { Instruction } from '../isa/instruction.js';
import { type ProgramSpec, sourceLineAt } from '../object/spec.js';
import { InputError } from '../support/errors.js';
import { kfuncId, kfuncSimulation } from './kfuncs/table.js';

/**
 * Why the program cannot run here: the first reachable call of a kernel function that is not implemented, or load of a kernel
 * variable; undefined where there is none. Weak kernel functions and variables are absent instead, as on a kernel without them.
 */
export function unsupportedCall(
  program: ProgramSpec,
  instructions: readonly (Instruction | undefined)[],
): InputError | undefined {
  const isReachable = reachableSlots(program, instructions);
  for (const slot of instructions.keys()) {
    if (isReachable[slot] !== 1) continue;
    const what = unsupportedAt(program, slot);
    if (what === undefined) continue;
    const { kind, name, reason } = what;
    const claim = `kernel ${kind} ${name}${placeOf(program, slot)} is not supported: ${reason}`;
    return new InputError('program-load', `program ${program.name}: ${claim}`);
  }
  return undefined;
}

const EXCEPTION_TAG = 'exception_callback:';

/** Why the program cannot run here although all that it calls is there: a function of its own is to run when it throws. */
export function unsupportedCallback(program: ProgramSpec, btf: Btf | undefined): InputError | undefined {
  const main = program.functions[0]?.typeId;
  if (btf === undefined || main === undefined || !throws(program)) return undefined;
  for (const type of btf.types()) {
    if (type.kind !== 'decl_tag' || type.typeId !== main || !type.name.startsWith(EXCEPTION_TAG)) continue;
    const claim = `its exception callback ${type.name.slice(EXCEPTION_TAG.length)} is not supported`;
    return new InputError('program-load', `program ${program.name}: ${claim}`);
  }
  return undefined;
}

function throws({ references }: ProgramSpec): boolean {
  return [...references.values()].some(item => item.kind === 'kfunc' && item.name.startsWith('bpf_throw'));
}

function unsupportedAt(
  program: ProgramSpec,
  slot: number,
): { readonly kind: string; readonly name: string; readonly reason: string } | undefined {
  const reference = program.references.get(slot);
  if (reference?.kind !== 'kfunc' && reference?.kind !== 'ksym') return undefined;
  if (reference.isWeak || kfuncId(reference.name) !== undefined) return undefined;
  const { name } = reference;
  if (reference.kind === 'kfunc') return { kind: 'function', name, reason: kfuncSimulation(name).note };
  return { kind: 'variable', name, reason: 'there is no memory of a kernel here' };
}

/** ` at file:line`, where the object knows. */
function placeOf(program: ProgramSpec, slot: number): string {
  const line = sourceLineAt(program, slot);
  return line === undefined ? '' : ` at ${line.file}:${line.line}`;
}

/** 1 for every slot that a path from the program's start leads to, callbacks included. */
function reachableSlots(program: ProgramSpec, instructions: readonly (Instruction | undefined)[]): Uint8Array {
  const isReachable = new Uint8Array(instructions.length);
  const pending = [0];
  for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
    if (slot < 0 || slot >= instructions.length || isReachable[slot] === 1) continue;
    isReachable[slot] = 1;
    pending.push(...successors(program, slot, instructions[slot]));
  }
  return isReachable;
}

function successors(program: ProgramSpec, slot: number, instruction: Instruction | undefined): number[] {
  const next = slot + 1;
  switch (instruction?.kind) {
    case undefined:
    case 'exit':
      return [];
    case 'jump':
      return [next + instruction.offset];
    case 'branch':
    case 'mayGoto':
      return [next, next + instruction.offset];
    case 'call':
      return instruction.target.kind === 'function' ? [next, next + instruction.target.offset] : [next];
    case 'loadImmediate64': {
      const reference = program.references.get(slot);
      return reference?.kind === 'function' ? [next + 1, reference.slot] : [next + 1];
    }
    default:
      return [next];
  }
}
