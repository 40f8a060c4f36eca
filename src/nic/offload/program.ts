// A program as the check looks at it: decoded once, with its functions, calls and names at hand.
import { decodeSlots } from '../../isa/decode.js';
import type { Instruction } from '../../isa/instruction.js';
import type { MapSpec, ObjectSpec, ProgramSpec, Reference } from '../../object/spec.js';
import { helperName } from '../../platform/helper-names.js';
import { type MapProblem, mapCreateProblem } from '../../platform/map-create.js';
import { mapTypeName } from '../../platform/map-types.js';

/** A decoded program of an object. */
export interface OffloadProgram {
  readonly object: ObjectSpec;
  readonly spec: ProgramSpec;
  /** By slot; undefined in the second slot of a 64-bit immediate load and where nothing can be decoded. */
  readonly instructions: readonly (Instruction | undefined)[];
  /** Where decoding fails, in the verifier's words. */
  readonly undecodable: readonly { readonly slot: number; readonly message: string }[];
  readonly mapsByName: ReadonlyMap<string, MapSpec>;
  /** Maps that the program refers to. */
  readonly usedMaps: ReadonlySet<string>;
  /** What BPF_MAP_CREATE would refuse, by map. */
  readonly mapProblems: ReadonlyMap<string, MapProblem>;
  /** By slot, where the function starts that it belongs to. */
  readonly functionStarts: readonly number[];
}

/** Decodes a program; never throws for bad instructions. */
export function offloadProgram(object: ObjectSpec, spec: ProgramSpec): OffloadProgram {
  const { instructions, findings } = decodeSlots(spec.code);
  const usedMaps = new Set<string>();
  for (const reference of spec.references.values()) {
    if (reference.kind === 'map' || reference.kind === 'mapValue') usedMaps.add(reference.map);
  }
  const mapsByName = new Map(object.maps.map(map => [map.name, map]));
  const functionStarts: number[] = new Array(instructions.length).fill(0);
  for (const { slot, slots } of spec.functions) functionStarts.fill(slot, slot, slot + slots);
  const mapProblems = problemsOf(object.maps);
  return { object, spec, instructions, undecodable: findings, mapsByName, usedMaps, mapProblems, functionStarts };
}

function problemsOf(maps: readonly MapSpec[]): ReadonlyMap<string, MapProblem> {
  const problems = new Map<string, MapProblem>();
  for (const map of maps) {
    // Loaders choose a size themselves where the object gives none.
    const problem = map.maxEntries === 0 ? undefined : mapCreateProblem(map);
    if (problem !== undefined) problems.set(map.name, problem);
  }
  return problems;
}

/** What the instruction at a slot refers to. */
export function referenceAt({ spec }: OffloadProgram, slot: number): Reference | undefined {
  return spec.references.get(slot);
}

/** Slot at which the function starts that a slot belongs to. */
export function functionStart({ functionStarts }: OffloadProgram, slot: number): number {
  return functionStarts[slot] ?? 0;
}

/** Slot that a local call at `slot` calls; undefined for other instructions and for targets outside the program. */
export function calleeOf(program: OffloadProgram, slot: number): number | undefined {
  const instruction = program.instructions[slot];
  if (instruction?.kind !== 'call' || instruction.target.kind !== 'function') return undefined;
  const target = slot + 1 + instruction.target.offset;
  return program.instructions[target] === undefined ? undefined : target;
}

/** Name of a helper without `bpf_`, or its number in words. */
export function nameOfHelper(id: number): string {
  return helperName(id) ?? `helper ${id}`;
}

/** Name of a map's type. */
export function typeOfMap(map: MapSpec): string {
  return mapTypeName(map.type);
}
