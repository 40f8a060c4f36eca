// A program made ready for the walk: decoded, its references resolved to maps and functions, cut into subprograms.
import type { Btf } from '../btf/btf.js';
import { type DecodeFinding, decodeSlots } from '../isa/decode.js';
import { immediate64Of } from '../isa/disassemble.js';
import type { Instruction } from '../isa/instruction.js';
import { type RawInstruction, readRawAt, slotCount, viewOf } from '../isa/raw.js';
import type { FunctionSpec, ObjectSpec, ProgramSpec, Reference } from '../object/spec.js';
import { xdpKfunc } from '../platform/kfuncs.js';
import { isGplCompatible } from '../platform/license.js';
import { reject } from './rejected.js';
import { type KnownMap, knownMap } from './state/known-map.js';

/** What a 64-bit immediate load gives. */
export type Immediate =
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'map'; readonly map: KnownMap }
  | { readonly kind: 'mapValue'; readonly map: KnownMap; readonly offset: number }
  | { readonly kind: 'function'; readonly subprogram: number }
  | { readonly kind: 'ksym'; readonly name: string };

/** A function of the program; the first is the main program. */
export interface Subprogram {
  readonly index: number;
  readonly name: string;
  readonly start: number;
  /** The slot behind its last one. */
  readonly end: number;
  /** Verified on its own, with arguments that its type allows. */
  readonly isGlobal: boolean;
  readonly spec: FunctionSpec | undefined;
}

/** What the walk needs of a program. */
export interface Prepared {
  readonly object: ObjectSpec;
  readonly spec: ProgramSpec;
  readonly btf: Btf | undefined;
  readonly isGpl: boolean;
  readonly raw: readonly RawInstruction[];
  /** By slot; undefined for the second half of a 64-bit load and for slots in `refused`. */
  readonly instructions: readonly (Instruction | undefined)[];
  /** Slots that are no instruction, which matters only when a path reaches them. */
  readonly refused: ReadonlyMap<number, DecodeFinding>;
  /** Slots that the kernel refuses wherever they stand. */
  readonly scanFindings: readonly DecodeFinding[];
  readonly immediates: ReadonlyMap<number, Immediate>;
  readonly subprograms: readonly Subprogram[];
  readonly maps: ReadonlyMap<string, KnownMap>;
}

/** Prepares a program; throws Rejected for what the kernel says before it looks at single instructions. */
export function prepare(object: ObjectSpec, spec: ProgramSpec): Prepared {
  const count = slotCount(spec.code);
  const view = viewOf(spec.code);
  const raw = Array.from({ length: count }, (_, slot) => readRawAt(view, slot * 8, 'little'));
  const { instructions, findings } = decodeSlots(spec.code);
  const maps = new Map(object.maps.map(map => [map.name, knownMap(map, object.btf)]));
  const subprograms = findSubprograms(spec, raw);
  return {
    object,
    spec,
    btf: object.btf,
    isGpl: isGplCompatible(object.license),
    raw,
    instructions,
    refused: new Map(findings.filter(({ phase }) => phase === 'visit').map(finding => [finding.slot, finding])),
    scanFindings: findings.filter(({ phase }) => phase === 'scan'),
    immediates: resolveImmediates(spec, instructions, maps, subprograms),
    subprograms,
    maps,
  };
}

/** The subprogram that a slot belongs to. */
export function subprogramAt(subprograms: readonly Subprogram[], slot: number): Subprogram {
  let low = 0;
  let high = subprograms.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (subprograms[middle]!.start <= slot) low = middle;
    else high = middle - 1;
  }
  return subprograms[low]!;
}

const PSEUDO_CALL = 1;
const PSEUDO_FUNCTION = 4;
const PSEUDO_KFUNC_CALL = 2;
const MAX_SUBPROGRAMS = 256;
const CALL = 0x85;
const LOAD_IMMEDIATE64 = 0x18;

function findSubprograms(spec: ProgramSpec, raw: readonly RawInstruction[]): readonly Subprogram[] {
  const starts = new Set([0]);
  raw.forEach(({ opcode, src, imm }, slot) => {
    const isCall = opcode === CALL && src === PSEUDO_CALL;
    const isAddress = opcode === LOAD_IMMEDIATE64 && src === PSEUDO_FUNCTION;
    if (!isCall && !isAddress) return;
    const reference = spec.references.get(slot);
    const start = reference?.kind === 'function' ? reference.slot : slot + imm + 1;
    if (start < 0 || start >= raw.length) reject('EINVAL', 'call to invalid destination');
    starts.add(start);
    if (starts.size > MAX_SUBPROGRAMS) reject('E2BIG', 'too many subprograms');
  });
  const sorted = [...starts].sort((a, b) => a - b);
  const functions = new Map(spec.functions.map(item => [item.slot, item]));
  return sorted.map((start, index) => {
    const item = functions.get(start);
    const isGlobal = item !== undefined && item.linkage === 'global' && item.typeId !== undefined;
    const end = sorted[index + 1] ?? raw.length;
    return { index, name: item?.name ?? '', start, end, isGlobal, spec: item };
  });
}

function resolveImmediates(
  spec: ProgramSpec,
  instructions: readonly (Instruction | undefined)[],
  maps: ReadonlyMap<string, KnownMap>,
  subprograms: readonly Subprogram[],
): ReadonlyMap<number, Immediate> {
  const immediates = new Map<number, Immediate>();
  instructions.forEach((instruction, slot) => {
    if (instruction?.kind !== 'loadImmediate64') return;
    const reference = spec.references.get(slot);
    const resolved =
      reference === undefined ? unreferenced(instruction, slot, subprograms) : resolve(reference, maps, subprograms);
    if (resolved !== undefined) immediates.set(slot, resolved);
  });
  return immediates;
}

function unreferenced(
  instruction: Extract<Instruction, { kind: 'loadImmediate64' }>,
  slot: number,
  subprograms: readonly Subprogram[],
): Immediate | undefined {
  if (instruction.source === 0) return { kind: 'number', value: immediate64Of(instruction) };
  if (instruction.source !== PSEUDO_FUNCTION) return undefined;
  const start = slot + 1 + instruction.low;
  const subprogram = subprograms.findIndex(item => item.start === start);
  return { kind: 'function', subprogram };
}

function resolve(
  reference: Reference,
  maps: ReadonlyMap<string, KnownMap>,
  subprograms: readonly Subprogram[],
): Immediate | undefined {
  switch (reference.kind) {
    case 'map':
    case 'mapValue': {
      const map = maps.get(reference.map);
      if (map === undefined) return undefined;
      return reference.kind === 'map' ? { kind: 'map', map } : { kind: 'mapValue', map, offset: reference.offset };
    }
    case 'function':
      return { kind: 'function', subprogram: subprograms.findIndex(({ start }) => start === reference.slot) };
    case 'ksym':
      return reference.isWeak && xdpKfunc(reference.name) === undefined
        ? { kind: 'number', value: 0n }
        : { kind: 'ksym', name: reference.name };
    default:
      return undefined;
  }
}

/** Name of the kfunc that a call names, undefined for other calls and unresolved ones. */
export function kfuncNameAt(prepared: Prepared, slot: number): string | undefined {
  const reference = prepared.spec.references.get(slot);
  return reference?.kind === 'kfunc' ? reference.name : undefined;
}

/** A call of a weak kernel function that the kernel lacks: libbpf leaves its number 0, and Linux walks past it as if it did nothing. */
export function isAbsentKfunc({ raw, spec }: Prepared, slot: number, kernelTypes: Btf | undefined): boolean {
  const { opcode, src, imm, offset } = raw[slot]!;
  if (opcode !== CALL || src !== PSEUDO_KFUNC_CALL) return false;
  const reference = spec.references.get(slot);
  if (reference === undefined) return imm === 0 && offset === 0;
  if (reference.kind !== 'kfunc' || !reference.isWeak || xdpKfunc(reference.name) !== undefined) return false;
  return kernelTypes?.typesByName(reference.name).every(({ kind }) => kind !== 'func') ?? true;
}
