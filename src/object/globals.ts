// Initial values of global variables: those given by name, and those of big-endian objects turned round. Their places come from the symbol
// table, their types from BTF.
import type { Btf } from '../btf/btf.js';
import { encodeValue } from '../btf/encode.js';
import { sizeOf } from '../btf/resolve.js';
import { type BtfValue, formatValue } from '../btf/value.js';
import type { ElfFile } from '../elf/elf.js';
import { during, InputError } from '../support/errors.js';
import type { ObjectSections } from './sections.js';
import type { MapSpec } from './spec.js';
import { variableOffsets } from './variables.js';

/** A global variable. */
interface Variable {
  readonly name: string;
  /** Section of its map. */
  readonly section: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly typeId: number;
}

/**
 * `maps` with the contents of data sections as they are to be: of big-endian objects each variable whose type BTF tells is turned round
 * (bytes that belong to none stay), then the given values are set.
 * @param globals JSON values by variable name, as `encodeValue` takes them; members left out keep what the object has
 * @throws InputError `option-variable` for an unknown name, `btf-value` for a value that does not fit the type
 */
export function setGlobals(
  elf: ElfFile,
  sections: ObjectSections,
  btf: Btf | undefined,
  maps: readonly MapSpec[],
  globals: Readonly<Record<string, BtfValue>>,
): readonly MapSpec[] {
  const wanted = Object.entries(globals);
  if (btf === undefined) {
    if (wanted.length === 0) return maps;
    throw new InputError('option-variable', `variable '${wanted[0]![0]}': the object has no BTF that gives its type`);
  }
  if (wanted.length === 0 && elf.byteOrder === 'little') return maps;
  const variables = findVariables(elf, sections, btf);
  const contents = new Map(maps.map(map => [map.section, map.contents?.slice()]));
  if (elf.byteOrder === 'big') for (const variable of variables.values()) turnRound(btf, variable, contents);
  for (const [name, value] of wanted) setVariable(btf, variables, name, value, contents);
  return maps.map(map => (map.contents === undefined ? map : { ...map, contents: contents.get(map.section) }));
}

type Contents = ReadonlyMap<string, Uint8Array | undefined>;

function setVariable(
  btf: Btf,
  variables: ReadonlyMap<string, Variable>,
  name: string,
  value: BtfValue,
  contents: Contents,
): void {
  const variable = variables.get(name);
  const place = variable && placeOf(variable, contents);
  if (variable === undefined || place === undefined) throw unknown(name, variables);
  place.set(during(`variable '${name}'`, () => encodeValue(btf, variable.typeId, value, { into: place })));
}

function placeOf({ section, offsetBytes, sizeBytes }: Variable, contents: Contents): Uint8Array | undefined {
  const bytes = contents.get(section);
  const isInside = bytes !== undefined && sizeBytes > 0 && offsetBytes + sizeBytes <= bytes.byteLength;
  return isInside ? bytes.subarray(offsetBytes, offsetBytes + sizeBytes) : undefined;
}

function turnRound(btf: Btf, variable: Variable, contents: Contents): void {
  const place = placeOf(variable, contents);
  if (place === undefined) return;
  try {
    const value = formatValue(btf, variable.typeId, place, { order: 'big' });
    place.set(encodeValue(btf, variable.typeId, value, { into: place }));
  } catch (error) {
    // A type without values, or one that asks for too many: its bytes stay.
    if (!(error instanceof InputError)) throw error;
  }
}

function unknown(name: string, variables: ReadonlyMap<string, Variable>): InputError {
  const names = [...variables.keys()].sort();
  const known = names.length === 0 ? 'none' : `${names.slice(0, 20).join(', ')}${names.length > 20 ? ', ...' : ''}`;
  return new InputError('option-variable', `variable '${name}': no such global variable; there are: ${known}`);
}

function findVariables(elf: ElfFile, { data }: ObjectSections, btf: Btf): ReadonlyMap<string, Variable> {
  const variables = new Map<string, Variable>();
  const places = variableOffsets(elf);
  for (const { section } of data) {
    const dataSection = btf.typesByName(section.name).find(type => type.kind === 'datasec');
    for (const entry of dataSection?.entries ?? []) {
      const variable = btf.typeById(entry.typeId);
      if (variable.kind !== 'var' || variables.has(variable.name)) continue;
      const { name, typeId } = variable;
      const sizeBytes = sizeOf(btf, typeId) ?? 0;
      const offsetBytes = places.get(section.index)?.get(name) ?? entry.offsetBytes;
      variables.set(name, { name, section: section.name, offsetBytes, sizeBytes, typeId });
    }
  }
  return variables;
}
