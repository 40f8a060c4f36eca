// A case as an object that any engine opens: its programs assembled, its maps described.
import { assembleToBytes } from '../../isa/assemble.js';
import { decodeSlots } from '../../isa/decode.js';
import { type Instruction, SLOT_BYTES } from '../../isa/instruction.js';
import {
  type FunctionSpec,
  type MapSlot,
  type MapSpec,
  type ObjectSpec,
  PLAIN_MAP,
  type ProgramSpec,
  type Reference,
} from '../../object/spec.js';
import { MAP_TYPES, type MapTypeName } from '../../platform/map-types.js';
import { fromHex } from '../../support/bytes.js';
import { InputError } from '../../support/errors.js';
import type { Case, CaseMap, Expectation } from './notation.js';

/** The programs of a case's object that run its text: one returns the lower half of r0, the other the upper half. */
export const LOW = 'low';
export const HIGH = 'high';

/** What of a case goes into its object. */
export type CaseObject = Pick<Case, 'text' | 'others' | 'maps'> & {
  /** Text that is to give no result stands alone: Linux refuses some instructions in functions for other reasons than in programs. */
  readonly expected?: Pick<Expectation, 'r0'>;
};

/**
 * The object of a case. Its text becomes a function of the programs LOW and HIGH, which return the two halves of what it leaves in r0;
 * `others` keep their names.
 * @throws InputError `assemble` for text that is none; `case` for a map that is not there
 */
export function objectOfCase(item: CaseObject): ObjectSpec {
  const [low, high] = halvesOf(item);
  const functions = kernelFunctionsIn(item.text);
  const programs = [codeOf(LOW, low, item.maps, functions), codeOf(HIGH, high, item.maps, functions)];
  for (const { name, text } of item.others) {
    programs.push(codeOf(name, assembleCase(text, item.maps), item.maps, kernelFunctionsIn(text)));
  }
  return objectOf(programs, item.maps.map(mapSpecOf));
}

/** Code that returns the lower and the upper half of what the case's text, a function of its own, leaves in r0. */
export function halvesOf({ text, maps, expected }: CaseObject): readonly [low: Uint8Array, high: Uint8Array] {
  if (expected !== undefined && expected.r0 === undefined) {
    const code = assembleCase(text, maps);
    return [code, code];
  }
  const body = text.trimEnd();
  return [
    assembleCase(`call case_body; exit; case_body: ${body}`, maps),
    assembleCase(`call case_body; r0 >>= 32; exit; case_body: ${body}`, maps),
  ];
}

const KERNEL_FUNCTION = /\b(?:kfunc|ksym)\[(\w+)\]/g;

/** The kernel functions that a text names, each once. */
export function kernelFunctionsIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(KERNEL_FUNCTION)].map(match => match[1]!))];
}

/**
 * Assembles text in which `map[NAME]` stands for a map, `kfunc[NAME]` for a kernel function that is called and `ksym[NAME]` for the address
 * of one: the immediate becomes its index in `maps` or in `kernelFunctionsIn(text)`.
 */
export function assembleCase(text: string, maps: readonly Pick<CaseMap, 'name'>[]): Uint8Array {
  const functions = kernelFunctionsIn(text);
  const calls = text
    .replace(/\bkfunc\[(\w+)\]/g, (_, name: string) => `kfunc#${functions.indexOf(name)}`)
    .replace(/\bksym\[(\w+)\]/g, (_, name: string) => `btf[id:${functions.indexOf(name)}]`);
  const numbered = calls.replace(/map\[(?:(idx):)?([A-Za-z_][\w.]*)\]/g, (_, idx: string | undefined, name: string) => {
    const index = maps.findIndex(map => map.name === name);
    if (index < 0) throw new InputError('case', `no map ${name}`);
    return `map[${idx ?? 'fd'}:${index}]`;
  });
  return assembleToBytes(numbered);
}

/** An object of these programs and maps, and nothing else. */
export function objectOf(programs: readonly ProgramSpec[], maps: readonly MapSpec[] = []): ObjectSpec {
  return {
    fileName: 'case',
    byteOrder: 'little',
    license: 'GPL',
    programs,
    otherPrograms: [],
    maps,
    relocations: [],
    btf: undefined,
    warnings: [],
  };
}

/** A program from code alone, in which map loads hold an index into `maps`, and uses of kernel functions one into `kernelFunctions`. */
export function codeOf(
  name: string,
  code: Uint8Array,
  maps: readonly Pick<CaseMap, 'name'>[] = [],
  kernelFunctions: readonly string[] = [],
): ProgramSpec {
  const { instructions } = decodeSlots(code);
  return {
    name,
    section: 'xdp',
    attachPoint: 'xdp',
    hasFragments: false,
    autoload: true,
    code,
    references: referencesOf(instructions, maps, kernelFunctions),
    functions: functionsOf(name, instructions),
    lines: [],
  };
}

type Slots = readonly (Instruction | undefined)[];

function referencesOf(
  instructions: Slots,
  maps: readonly Pick<CaseMap, 'name'>[],
  kernelFunctions: readonly string[],
): ReadonlyMap<number, Reference> {
  const references = new Map<number, Reference>();
  for (const [slot, instruction] of instructions.entries()) {
    const reference =
      kernelReference(instruction, kernelFunctions) ?? (instruction && addressReference(slot, instruction, maps));
    if (reference !== undefined) references.set(slot, reference);
  }
  return references;
}

function kernelReference(instruction: Instruction | undefined, functions: readonly string[]): Reference | undefined {
  if (instruction?.kind === 'call' && instruction.target.kind === 'kfunc') {
    const name = functions[instruction.target.btfId];
    return name === undefined ? undefined : { kind: 'kfunc', name, isWeak: false };
  }
  if (instruction?.kind !== 'loadImmediate64' || instruction.source !== 3) return undefined;
  const name = functions[instruction.low];
  return name === undefined ? undefined : { kind: 'ksym', name, isWeak: false, isTyped: true };
}

function addressReference(
  slot: number,
  instruction: Instruction,
  maps: readonly Pick<CaseMap, 'name'>[],
): Reference | undefined {
  if (instruction.kind !== 'loadImmediate64') return undefined;
  const { source, low, high } = instruction;
  if (source === 4) return { kind: 'function', slot: slot + 1 + low };
  const name = maps[low]?.name;
  if (name === undefined) return undefined;
  if (source === 1 || source === 5) return { kind: 'map', map: name };
  return source === 2 || source === 6 ? { kind: 'mapValue', map: name, offset: high } : undefined;
}

/** Functions start where calls and function addresses lead; each ends where the next starts. */
function functionsOf(name: string, instructions: Slots): readonly FunctionSpec[] {
  const starts = new Set([0]);
  for (const [slot, instruction] of instructions.entries()) {
    const offset = functionOffset(instruction);
    const target = slot + 1 + (offset ?? -1 - slot);
    if (target >= 0 && target < instructions.length) starts.add(target);
  }
  const sorted = [...starts].sort((a, b) => a - b);
  return sorted.map((slot, index) => ({
    name: index === 0 ? name : `f${index}`,
    slot,
    slots: (sorted[index + 1] ?? instructions.length) - slot,
    linkage: index === 0 ? 'global' : 'static',
    typeId: undefined,
  }));
}

function functionOffset(instruction: Instruction | undefined): number | undefined {
  if (instruction?.kind === 'call' && instruction.target.kind === 'function') return instruction.target.offset;
  return instruction?.kind === 'loadImmediate64' && instruction.source === 4 ? instruction.low : undefined;
}

function mapSpecOf(map: CaseMap): MapSpec {
  const { name, type, keySizeBytes, valueSizeBytes, maxEntries, flags } = map;
  return {
    ...PLAIN_MAP,
    name,
    type: MAP_TYPES[type as MapTypeName].id,
    keySizeBytes,
    valueSizeBytes,
    maxEntries,
    flags,
    slots: programSlots(map),
  };
}

function programSlots({ entries }: CaseMap): readonly MapSlot[] {
  return entries
    .filter(([, value]) => value.startsWith('program '))
    .map(([key, value]) => ({ index: indexOfKey(key), kind: 'program', name: value.slice('program '.length) }));
}

/** The index that a key of an array is. */
export function indexOfKey(key: string): number {
  const bytes = fromHex(key);
  return new DataView(bytes.buffer).getUint32(0, true);
}

/** Slots of code whose immediate is the index of a map, with that index: what a loader puts file descriptors into. */
export function mapSlotsOf(code: Uint8Array): readonly (readonly [slot: number, map: number])[] {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const { instructions } = decodeSlots(code);
  return [...instructions.entries()].flatMap(([slot, instruction]) =>
    instruction?.kind === 'loadImmediate64' && (instruction.source === 1 || instruction.source === 2)
      ? [[slot, view.getInt32(slot * SLOT_BYTES + 4, true)] as const]
      : [],
  );
}
