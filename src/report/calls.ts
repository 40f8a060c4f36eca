// Which helpers and kernel functions a program calls, and what they do in a simulation.
import { decodeSlots } from '../isa/decode.js';
import type { Instruction } from '../isa/instruction.js';
import { helperSimulation } from '../machine/helpers/table.js';
import { kfuncSimulation } from '../machine/kfuncs/table.js';
import type { ProgramSpec } from '../object/spec.js';
import { helperName } from '../platform/helper-names.js';

/** A helper or kernel function that a program calls. */
export interface Call {
  /** `bpf_map_lookup_elem`; `helper#999` for a number that Linux does not know. */
  readonly name: string;
  readonly kind: 'helper' | 'kfunc';
  /** `real`: the helper does what the kernel's does; `constant`: it gives a documented constant; `none`: a program that calls it cannot run, and why. */
  readonly simulation: 'real' | 'constant' | 'none';
  readonly note: string;
}

const UNKNOWN = { simulation: 'none', note: 'XDP programs of Linux 6.18 have no such helper' } as const;

/** The calls of a program, each once, in order of appearance. */
export function callsOf(program: ProgramSpec): readonly Call[] {
  const calls = decodeSlots(program.code).instructions.flatMap((instruction, slot) =>
    callAt(program, instruction, slot),
  );
  return [...new Map(calls.map(call => [call.name, call])).values()];
}

function callAt(program: ProgramSpec, instruction: Instruction | undefined, slot: number): readonly Call[] {
  const reference = program.references.get(slot);
  if (reference?.kind === 'kfunc') {
    const { simulation, note } = kfuncSimulation(reference.name);
    return [{ name: reference.name, kind: 'kfunc', simulation, note }];
  }
  if (reference?.kind === 'poison' || instruction?.kind !== 'call' || instruction.target.kind !== 'helper') return [];
  const { id } = instruction.target;
  const name = helperName(id);
  const { simulation, note } = helperSimulation(name ?? '') ?? UNKNOWN;
  return [{ name: name === undefined ? `helper#${id}` : `bpf_${name}`, kind: 'helper', simulation, note }];
}
