// What objects tell libxdp: priority and chain-call actions of a program (`.xdp_run_config`), version of a dispatcher
// (`xdp_metadata`). Both stand in BTF only. libxdp headers xdp/xdp_helpers.h, xdp_program__parse_btf.
import type { Btf } from '../btf/btf.js';
import { skipModifiers } from '../btf/resolve.js';
import type { BtfComposite, BtfVariable } from '../btf/types.js';
import { XDP_ACTION } from '../platform/actions.js';
import type { RunConfig } from './spec.js';

/** What libxdp takes for programs that say nothing. */
export const DEFAULT_RUN_CONFIG: RunConfig = { priority: 50, chainCallActions: [XDP_ACTION.XDP_PASS] };

/** Run configurations by name of the program. */
export function readRunConfigs(btf: Btf | undefined): ReadonlyMap<string, RunConfig> {
  const configs = new Map<string, RunConfig>();
  if (btf === undefined) return configs;
  const byStruct = new Map<number, RunConfig>();
  for (const { name, typeId } of variablesIn(btf, '.xdp_run_config')) {
    const struct = skipModifiers(btf, typeId);
    if (struct.kind !== 'struct' || !name.startsWith('_')) continue;
    const config = byStruct.get(struct.id) ?? configOf(btf, struct);
    byStruct.set(struct.id, config);
    configs.set(name.slice(1), config);
  }
  return configs;
}

function configOf(btf: Btf, struct: BtfComposite): RunConfig {
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
  if (btf === undefined) return undefined;
  const variable = variablesIn(btf, 'xdp_metadata').find(({ name }) => name === 'dispatcher_version');
  return variable && numberType(btf, variable.typeId);
}

/** The variables of a DATASEC. */
function variablesIn(btf: Btf, section: string): readonly BtfVariable[] {
  const dataSection = btf.typesByName(section).find(type => type.kind === 'datasec');
  const types = dataSection?.entries.map(entry => btf.typeById(entry.typeId)) ?? [];
  return types.filter(type => type.kind === 'var');
}

/** The number that `__uint(name, number)` puts into a type: the length of the array that it points to. */
function numberType(btf: Btf, typeId: number): number | undefined {
  const pointer = skipModifiers(btf, typeId);
  const array = pointer.kind === 'ptr' ? skipModifiers(btf, pointer.typeId) : undefined;
  return array?.kind === 'array' ? array.elementCount : undefined;
}
