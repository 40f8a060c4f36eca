// Objects of one program from assembly text, for tests of the offload check.
//
//   r1 = map[counters]     // a map of the object
//   call lookup            // bpf_map_lookup_elem and the like by their own names: call map_lookup_elem
//   call kfunc bpf_name    // a kernel function
//   helper:                // a label starts a function where `functions` names it
import { assemble } from '../../src/isa/assemble.js';
import { encodeProgram } from '../../src/isa/encode.js';
import {
  type AttachPoint,
  type FunctionSpec,
  type MapSpec,
  type ObjectSpec,
  PLAIN_MAP,
  type ProgramSpec,
  type Reference,
} from '../../src/object/spec.js';
import { HELPER_NAMES } from '../../src/platform/helper-names.js';
import { mapTypeId } from './map-type-id.js';

/** A map of a test object; what is not said is a 4-byte key, an 8-byte value, 4 entries and no flags. */
export interface TestMap {
  readonly type?: string;
  readonly key?: number;
  readonly value?: number;
  readonly entries?: number;
  readonly flags?: number;
  readonly numaNode?: number;
}

/** A program of assembly text with its maps. */
export interface TestProgram {
  readonly code: string;
  readonly maps?: Readonly<Record<string, TestMap>>;
  /** Slots at which functions start behind the main one. */
  readonly functions?: readonly number[];
  readonly attachPoint?: AttachPoint;
  readonly hasFragments?: boolean;
  readonly byteOrder?: 'little' | 'big';
}

/** The object; its program is the only one. */
export function offloadObject(test: TestProgram): ObjectSpec {
  return {
    fileName: 'test.o',
    byteOrder: test.byteOrder ?? 'little',
    license: 'GPL',
    programs: [programOf(test)],
    otherPrograms: [],
    maps: Object.entries(test.maps ?? {}).map(([name, map]) => mapOf(name, map)),
    relocations: [],
    btf: undefined,
    warnings: [],
  };
}

function programOf({ code, functions = [], attachPoint = 'xdp', hasFragments = false }: TestProgram): ProgramSpec {
  const names: Reference[] = [];
  const text = code
    .replace(/map\[([A-Za-z]\w*)\](?:\+(\d+))?/g, (_all, map: string, offset?: string) => {
      names.push(offset === undefined ? { kind: 'map', map } : { kind: 'mapValue', map, offset: Number(offset) });
      return offset === undefined ? 'map[fd:0]' : `map[fd:0][0]+${offset}`;
    })
    .replace(/call kfunc (\w+)/g, (_all, name: string) => {
      names.push({ kind: 'kfunc', name, isWeak: false });
      return 'call kfunc#1';
    });
  const helper = (name: string) => {
    const id = (HELPER_NAMES as readonly string[]).indexOf(name);
    return id > 0 ? id : undefined;
  };
  const instructions = assemble(text, { names: { helper } });
  const references = new Map<number, Reference>();
  instructions.forEach((instruction, slot) => {
    const isMap = instruction?.kind === 'loadImmediate64' && (instruction.source === 1 || instruction.source === 2);
    const isKfunc = instruction?.kind === 'call' && instruction.target.kind === 'kfunc';
    if (isMap || isKfunc) references.set(slot, names.shift()!);
  });
  return {
    name: 'test',
    section: hasFragments ? 'xdp.frags' : attachPoint,
    attachPoint,
    hasFragments,
    autoload: true,
    code: encodeProgram(instructions),
    references,
    functions: functionsOf(instructions.length, functions),
    lines: [],
  };
}

function functionsOf(slots: number, starts: readonly number[]): FunctionSpec[] {
  const all = [0, ...starts];
  return all.map((slot, index) => ({
    name: index === 0 ? 'test' : `part${index}`,
    slot,
    slots: (all[index + 1] ?? slots) - slot,
    linkage: 'static',
    typeId: undefined,
  }));
}

function mapOf(name: string, test: TestMap): MapSpec {
  const { type = 'array', key = 4, value = 8, entries = 4, flags = 0, numaNode } = test;
  return {
    ...PLAIN_MAP,
    ...(numaNode !== undefined && { numaNode }),
    name,
    type: mapTypeId(type),
    keySizeBytes: key,
    valueSizeBytes: value,
    maxEntries: entries,
    flags,
  };
}
