// Initial values of global variables, given by name. Their places come from the symbol table, their types from BTF.
import type { Btf } from '../btf/btf.js';
import type { ElfFile } from '../elf/elf.js';
import { InputError } from '../support/errors.js';
import { encodeValue } from './encode-value.js';
import type { ObjectSections } from './sections.js';
import type { MapSpec } from './spec.js';
import { variableOffsets } from './variables.js';

interface Variable {
  /** Section of its map. */
  readonly section: string;
  readonly offsetBytes: number;
  readonly typeId: number;
}

/**
 * `maps` with the variables set in the contents of their data sections.
 * @param globals JSON values by variable name, see `encodeValue`
 * @throws InputError `option-variable` for an unknown name or a value that does not fit its type
 */
export function setGlobals(
  elf: ElfFile,
  sections: ObjectSections,
  btf: Btf | undefined,
  maps: readonly MapSpec[],
  globals: Readonly<Record<string, unknown>>,
): readonly MapSpec[] {
  const wanted = Object.entries(globals);
  if (wanted.length === 0) return maps;
  if (btf === undefined) {
    throw new InputError('option-variable', `variable '${wanted[0]![0]}': the object has no BTF that gives its type`);
  }
  const variables = findVariables(elf, sections, btf);
  const contents = new Map(maps.map(map => [map.section, map.contents?.slice()]));
  for (const [name, value] of wanted) {
    const variable = variables.get(name);
    const target = contents.get(variable?.section ?? '');
    if (variable === undefined || target === undefined) throw unknown(name, variables);
    const bytes = encodeValue(btf, variable.typeId, value, `variable '${name}'`);
    if (variable.offsetBytes + bytes.byteLength > target.byteLength) {
      throw new InputError('option-variable', `variable '${name}': runs past the end of ${variable.section}`);
    }
    target.set(bytes, variable.offsetBytes);
  }
  return maps.map(map => ({ ...map, contents: contents.get(map.section) }));
}

function unknown(name: string, variables: ReadonlyMap<string, Variable>): InputError {
  const names = [...variables.keys()].sort();
  const known = names.length === 0 ? 'none' : `${names.slice(0, 20).join(', ')}${names.length > 20 ? ', ...' : ''}`;
  return new InputError('option-variable', `variable '${name}': no such global variable; there are: ${known}`);
}

function findVariables(elf: ElfFile, { data }: ObjectSections, btf: Btf): ReadonlyMap<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const { section } of data) {
    const dataSection = btf.typesByName(section.name).find(type => type.kind === 'datasec');
    const offsets = variableOffsets(elf, section);
    for (const entry of dataSection?.entries ?? []) {
      const variable = btf.typeById(entry.typeId);
      if (variable.kind !== 'var' || variables.has(variable.name)) continue;
      const offsetBytes = offsets.get(variable.name) ?? entry.offsetBytes;
      variables.set(variable.name, { section: section.name, offsetBytes, typeId: variable.typeId });
    }
  }
  return variables;
}
