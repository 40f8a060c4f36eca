// From ObjectSpec to a machine: maps are created and filled, references in code become addresses and numbers.
import { decodeSlots } from '../isa/decode.js';
import type { Instruction } from '../isa/instruction.js';
import type { MapSpec, ObjectSpec, ProgramSpec, Reference } from '../object/spec.js';
import { errnoName } from '../platform/errno.js';
import { MAP_TYPES } from '../platform/map-types.js';
import { InputError } from '../support/errors.js';
import { unsupportedCall, unsupportedCallback } from './callable.js';
import { kfuncId } from './kfuncs/table.js';
import type { BoundProgram, Machine } from './machine.js';
import type { BpfMap } from './map.js';
import { createMap } from './maps/create.js';

/** An object in a machine: its maps and programs by name, in the object's order. */
export interface BoundObject {
  readonly fileName: string;
  readonly maps: ReadonlyMap<string, BpfMap>;
  readonly programs: ReadonlyMap<string, BoundProgram>;
}

/** Maps that were pinned by name, with the declarations that they come from. */
type PinnedMaps = Map<string, { readonly map: BpfMap; readonly spec: MapSpec }>;

/**
 * Creates the object's maps in order, resolves its programs, and fills the maps' initial slots.
 * @throws InputError `map-create` where Linux would refuse a map, `memory-exhausted`
 */
export function bindObject(machine: Machine, object: ObjectSpec): BoundObject {
  return bindObjects(machine, [object])[0]!;
}

/**
 * Binds several objects to one machine, one after the other. What they pin by name is one map, created and filled for the first of them; later
 * ones add to it only what they have for a program array (libbpf bpf_object__create_maps, bpf_object_init_prog_arrays).
 * @throws InputError as `bindObject`, and `map-create` where a later object's map is not like the pinned one
 */
export function bindObjects(machine: Machine, objects: readonly ObjectSpec[]): BoundObject[] {
  const pinned: PinnedMaps = new Map();
  return objects.map(object => bind(machine, object, pinned));
}

function bind(machine: Machine, object: ObjectSpec, pinned: PinnedMaps): BoundObject {
  machine.connections.useTypes(object.targetTypes ?? object.btf);
  const reused = new Map(object.maps.flatMap(spec => reusedMap(object, spec, pinned)));
  const maps = new Map(
    object.maps.map(spec => [spec.name, reused.get(spec.name) ?? addMap(machine, spec, object, pinned)]),
  );
  const objectNumber = machine.types.push(object.btf);
  const programs = new Map(object.programs.map(spec => [spec.name, bindProgram(machine, spec, maps, objectNumber)]));
  const bound = { fileName: object.fileName, maps, programs };
  for (const spec of object.maps) {
    const isFilled = reused.has(spec.name) && spec.type !== MAP_TYPES.prog_array.id;
    if (!isFilled) fillSlots(maps.get(spec.name)!, spec, bound);
  }
  return bound;
}

/** The object's program of that name. @throws InputError `program-unknown`, or what keeps it from running here */
export function runnableProgram({ fileName, programs }: BoundObject, name: string): BoundProgram {
  const program = programs.get(name);
  if (program === undefined) {
    const hint = programs.size === 0 ? 'it has none' : `it has ${[...programs.keys()].join(', ')}`;
    throw new InputError('program-unknown', `${fileName}: no XDP program ${name}; ${hint}`);
  }
  if (program.problem !== undefined) throw program.problem;
  return program;
}

/** What has to be the same in a map that is used again (libbpf map_is_reuse_compat). */
const REUSED = ['type', 'keySizeBytes', 'valueSizeBytes', 'maxEntries', 'flags', 'extra'] as const;

function reusedMap({ fileName }: ObjectSpec, spec: MapSpec, pinned: PinnedMaps): [string, BpfMap][] {
  const first = spec.pinning === 'none' ? undefined : pinned.get(spec.name);
  if (first === undefined) return [];
  if (REUSED.every(name => first.spec[name] === spec[name])) return [[spec.name, first.map]];
  const path = `/sys/fs/bpf/${spec.name.replaceAll('.', '_')}`;
  const reason = `couldn't reuse pinned map at '${path}': parameter mismatch`;
  throw new InputError('map-create', `${fileName}: map ${spec.name}: ${reason}`);
}

function addMap(machine: Machine, spec: MapSpec, { btf }: ObjectSpec, pinned: PinnedMaps): BpfMap {
  const map = createMap(machine, spec, machine.nextMapId, btf);
  if (spec.pinning !== 'none') pinned.set(spec.name, { map, spec });
  machine.addMap(map);
  if (spec.contents !== undefined) fillContents(map, spec.contents);
  if (spec.isFrozen) map.freeze();
  return map;
}

function fillContents(map: BpfMap, contents: Uint8Array): void {
  const error = map.update(new Uint8Array(map.spec.keySizeBytes), [contents], 0);
  if (error !== 0) throw updateRefused(map.spec, 'contents', error);
}

function fillSlots(map: BpfMap, spec: MapSpec, object: BoundObject): void {
  for (const slot of spec.slots) {
    const id = slot.kind === 'map' ? object.maps.get(slot.name)?.id : object.programs.get(slot.name)?.id;
    if (id === undefined) {
      throw new InputError('map-create', `map ${spec.name}: slot [${slot.index}]: no ${slot.kind} ${slot.name}`);
    }
    const error = map.update(u32Bytes(slot.index), [u32Bytes(id)], 0);
    if (error !== 0) throw updateRefused(spec, `slot [${slot.index}] = ${slot.name}`, error);
  }
}

function updateRefused(spec: MapSpec, what: string, error: number): InputError {
  return new InputError('map-create', `map ${spec.name}: ${what}: ${errnoName(error) ?? error}`);
}

function u32Bytes(value: number): Uint8Array {
  return new Uint8Array(new Uint32Array([value]).buffer);
}

function bindProgram(
  machine: Machine,
  spec: ProgramSpec,
  maps: ReadonlyMap<string, BpfMap>,
  objectNumber: number,
): BoundProgram {
  const { instructions, findings } = decodeSlots(spec.code);
  const bound = [...instructions];
  const traps = new Map(findings.map(finding => [finding.slot, finding.message]));
  const id = machine.programs.length + 1;
  const types = machine.types[objectNumber - 1];
  const problem =
    unsupportedCall(spec, instructions) ?? unsupportedCallback(spec, types) ?? incompatibleArray(spec, maps);
  const program: BoundProgram = { id, spec, instructions: bound, traps, problem };
  machine.programs.push(program);
  for (const [slot, reference] of spec.references) {
    const instruction = bound[slot];
    const kfunc = reference.kind === 'kfunc' ? kfuncId(reference.name, objectNumber) : undefined;
    if (kfunc !== undefined && instruction?.kind === 'call') {
      bound[slot] = { ...instruction, target: { kind: 'helper', id: kfunc } };
      continue;
    }
    const value = resolve(machine, program, maps, reference);
    if (typeof value === 'number' && instruction?.kind === 'loadImmediate64')
      bound[slot] = constant(instruction, value);
    else stop(bound, traps, slot, typeof value === 'string' ? value : `slot ${slot} takes no address`);
  }
  stopAtUnresolved(bound, traps);
  return program;
}

/** All programs that share a program array must be alike; Linux refuses one that is not, without saying why. */
function incompatibleArray(spec: ProgramSpec, maps: ReadonlyMap<string, BpfMap>): InputError | undefined {
  for (const reference of spec.references.values()) {
    const array = reference.kind === 'map' ? maps.get(reference.map)?.programs : undefined;
    if (array === undefined || array.admitCaller(spec)) continue;
    const name = (reference as Reference & { kind: 'map' }).map;
    const claim = `Linux refuses it (EINVAL): programs of the program array ${name} differ in attach point or fragments`;
    return new InputError('program-load', `program ${spec.name}: ${claim}`);
  }
  return undefined;
}

/** What a program finds as the address of a kernel function that exists: it can only ask whether that is 0. */
const KERNEL_FUNCTION_ADDRESS = 1;

/** What a reference becomes: an address or number, or the message of the trap that stands in its place. */
function resolve(
  machine: Machine,
  program: BoundProgram,
  maps: ReadonlyMap<string, BpfMap>,
  reference: Reference,
): number | string {
  switch (reference.kind) {
    case 'map':
      return maps.get(reference.map)?.address ?? `map ${reference.map} does not exist`;
    case 'mapValue':
      return valueAddress(machine, maps.get(reference.map), reference.offset) ?? `map ${reference.map} has no value`;
    case 'function':
      return machine.functionNumber(program, reference.slot);
    case 'kfunc':
      return `kernel function ${reference.name} is not supported`;
    case 'ksym':
      if (kfuncId(reference.name) !== undefined) return KERNEL_FUNCTION_ADDRESS;
      return reference.isWeak ? 0 : `kernel variable ${reference.name} is not supported`;
    case 'poison':
      return reference.text;
  }
}

function valueAddress(machine: Machine, map: BpfMap | undefined, offset: number): number | undefined {
  const address = map?.lookupAddress(machine.scratchAddress, 0) ?? 0;
  return address === 0 ? undefined : address + offset;
}

function constant(instruction: Instruction & { kind: 'loadImmediate64' }, value: number): Instruction {
  return { ...instruction, source: 0, low: value | 0, high: 0 };
}

function stop(bound: (Instruction | undefined)[], traps: Map<number, string>, slot: number, message: string): void {
  bound[slot] = undefined;
  traps.set(slot, message);
}

/** 64-bit loads that still want a map, variable or function from the loader. */
function stopAtUnresolved(bound: (Instruction | undefined)[], traps: Map<number, string>): void {
  for (const [slot, instruction] of bound.entries()) {
    if (instruction?.kind !== 'loadImmediate64' || instruction.source === 0) continue;
    stop(bound, traps, slot, `64-bit load with pseudo source ${instruction.source} refers to nothing`);
  }
}
