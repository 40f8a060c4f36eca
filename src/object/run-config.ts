// What objects tell libxdp: priority and chain-call actions of a program (`.xdp_run_config`), version of a dispatcher
// (`xdp_metadata`). Both stand in BTF only. libxdp headers xdp/xdp_helpers.h, xdp_program__parse_btf.
import type { Btf } from '../btf/btf.js';
import { skipModifiers } from '../btf/resolve.js';
import { XDP_ACTION } from '../platform/actions.js';
import type { RunConfig } from './spec.js';

/** What libxdp takes for programs that say nothing. */
export const DEFAULT_RUN_CONFIG: RunConfig = { priority: 50, chainCallActions: [XDP_ACTION.XDP_PASS] };

/** Run configuration of the program with this name, undefined where the object gives none. */
export function runConfigOf(btf: Btf | undefined, program: string): RunConfig | undefined {
  const variable = btf === undefined ? undefined : variableIn(btf, '.xdp_run_config', `_${program}`);
  if (btf === undefined || variable === undefined) return undefined;
  const struct = skipModifiers(btf, variable);
  if (struct.kind !== 'struct') return undefined;
  let priority = DEFAULT_RUN_CONFIG.priority;
  const actions = new Set(DEFAULT_RUN_CONFIG.chainCallActions);
  for (const { name, typeId } of struct.members) {
    const value = numberType(btf, typeId);
    if (value === undefined) continue;
    const action = Object.hasOwn(XDP_ACTION, name) ? XDP_ACTION[name as keyof typeof XDP_ACTION] : undefined;
    if (name === 'priority') priority = value;
    else if (action !== undefined && value === 0) actions.delete(action);
    else if (action !== undefined) actions.add(action);
  }
  return { priority, chainCallActions: [...actions].sort((a, b) => a - b) };
}

/** Version of the libxdp dispatcher that this object is, undefined where it is none. */
export function dispatcherVersionOf(btf: Btf | undefined): number | undefined {
  const variable = btf === undefined ? undefined : variableIn(btf, 'xdp_metadata', 'dispatcher_version');
  return btf === undefined || variable === undefined ? undefined : numberType(btf, variable);
}

/** Type id of a variable of a DATASEC. */
function variableIn(btf: Btf, section: string, name: string): number | undefined {
  const dataSection = btf.typesByName(section).find(type => type.kind === 'datasec');
  if (dataSection === undefined) return undefined;
  const ids = new Set(dataSection.entries.map(entry => entry.typeId));
  const variable = btf.typesByName(name).find(type => ids.has(type.id));
  return variable?.kind === 'var' ? variable.typeId : undefined;
}

/** The number that `__uint(name, number)` puts into a type: the length of the array that it points to. */
function numberType(btf: Btf, typeId: number): number | undefined {
  const pointer = skipModifiers(btf, typeId);
  const array = pointer.kind === 'ptr' ? skipModifiers(btf, pointer.typeId) : undefined;
  return array?.kind === 'array' ? array.elementCount : undefined;
}
