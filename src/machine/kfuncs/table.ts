// The kernel functions that a machine has. Binding gives each call of one a number that no helper has and no instruction can hold.
import type { MachineHelper } from '../helpers/table.js';
import { CONNTRACK_KFUNCS } from './conntrack.js';
import { DYNPTR_KFUNCS } from './dynptr.js';
import { ITERATOR_KFUNCS } from './iterators.js';
import { PACKET_KFUNCS } from './packet.js';
import { PLAIN_KFUNCS } from './plain.js';
import type { KfuncRow } from './row.js';
import { TEXT_KFUNCS } from './text.js';

const FIRST_ID = 2 ** 32;

/** By name. */
export const KFUNCS: Readonly<Record<string, KfuncRow>> = {
  ...DYNPTR_KFUNCS,
  ...ITERATOR_KFUNCS,
  ...PACKET_KFUNCS,
  ...PLAIN_KFUNCS,
  ...TEXT_KFUNCS,
  ...CONNTRACK_KFUNCS,
};

const CALLABLE: readonly MachineHelper[] = Object.entries(KFUNCS).map(([name, row], at) => ({
  facts: {
    id: FIRST_ID + at,
    name: name.replace(/^bpf_/, ''),
    arguments: row.arguments,
    changesPacketData: row.changesPacketData,
  },
  run: row.run,
}));
const IDS: ReadonlyMap<string, number> = new Map(Object.keys(KFUNCS).map((name, at) => [name, FIRST_ID + at]));

/** The number of a kernel function, by its name with or without a flavour (`___name`); undefined where this machine does not have it. */
export function kfuncId(name: string): number | undefined {
  return IDS.get(name.replace(/___.*$/, ''));
}

/** The kernel function with that number. */
export function kfuncById(id: number): MachineHelper | undefined {
  return id < FIRST_ID ? undefined : CALLABLE[id - FIRST_ID];
}
