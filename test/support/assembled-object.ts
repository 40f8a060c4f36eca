// Objects from assembly text, for tests that need maps, callbacks or several programs.
import { assemble } from '../../src/isa/assemble.js';
import { encodeProgram } from '../../src/isa/encode.js';
import type { Instruction } from '../../src/isa/instruction.js';
import { KFUNCS } from '../../src/machine/kfuncs/table.js';
import type { MapSpec, ObjectSpec, ProgramSpec, Reference } from '../../src/object/spec.js';
import { XDP_HELPERS, type XdpHelperName } from '../../src/platform/helpers.js';
import { type SpecFields, specOf } from '../machine/maps/host.js';
import { objectOfCode, programOf } from './cases.js';

/** A map of a test's object: `map[fd:0]` in the text is the first one, `map[fd:0][0]+4` byte 4 of its first value. */
export type TestMap = SpecFields &
  Partial<Pick<MapSpec, 'name' | 'contents' | 'isFrozen' | 'slots' | 'keyTypeId' | 'valueTypeId'>>;

/** An object of programs as text, helpers called by name, and maps. */
export function assembledObject(
  programs: Readonly<Record<string, string>>,
  maps: readonly TestMap[] = [],
  changes: Partial<ProgramSpec> = {},
): ObjectSpec {
  const specs = maps.map((map, at): MapSpec => {
    const { name = `map${at}`, contents, isFrozen = false, slots = [], keyTypeId, valueTypeId } = map;
    return { ...specOf(map), name, contents, isFrozen, slots, keyTypeId, valueTypeId };
  });
  const assembled = Object.entries(programs).map(([name, text]) => ({ ...programFrom(name, text, specs), ...changes }));
  return { ...objectOfCode({}), fileName: 'test.o', programs: assembled, maps: specs };
}

function programFrom(name: string, text: string, maps: readonly MapSpec[]): ProgramSpec {
  const instructions = assemble(text, { names: { helper: helperId } });
  const references = new Map<number, Reference>();
  for (const [slot, instruction] of instructions.entries()) {
    const reference = instruction === undefined ? undefined : referenceOf(instruction, slot, maps);
    if (reference !== undefined) references.set(slot, reference);
  }
  return { ...programOf(name, encodeProgram(instructions)), references };
}

function helperId(name: string): number | undefined {
  return XDP_HELPERS[name as XdpHelperName]?.id;
}

/** What the number in `call kfunc#N` means in tests. */
export const KFUNC_NAMES: readonly string[] = Object.keys(KFUNCS);

function referenceOf(instruction: Instruction, slot: number, maps: readonly MapSpec[]): Reference | undefined {
  if (instruction.kind === 'call' && instruction.target.kind === 'kfunc') {
    const name = KFUNC_NAMES[instruction.target.btfId];
    return name === undefined ? undefined : { kind: 'kfunc', name, isWeak: false };
  }
  if (instruction.kind !== 'loadImmediate64') return undefined;
  const { source, low, high } = instruction;
  if (source === 1) return { kind: 'map', map: maps[low]!.name };
  if (source === 2) return { kind: 'mapValue', map: maps[low]!.name, offset: high };
  return source === 4 ? { kind: 'function', slot: slot + 1 + low } : undefined;
}
