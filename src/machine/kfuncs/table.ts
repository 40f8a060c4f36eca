// The kernel functions that a machine has. Binding gives each call of one a number that no helper has and no instruction can hold.
import type { MachineHelper } from '../helpers/table.js';
import { CONNTRACK_KFUNCS } from './conntrack.js';
import { DYNPTR_KFUNCS } from './dynptr.js';
import { ITERATOR_KFUNCS } from './iterators.js';
import { PACKET_KFUNCS } from './packet.js';
import { PLAIN_KFUNCS } from './plain.js';
import type { KfuncRow } from './row.js';
import { TEXT_KFUNCS } from './text.js';
import { UNSUPPORTED_KFUNCS } from './unsupported.js';

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

/** What a kernel function does here, as of helpers; `none` where a program that calls it cannot run, and why. */
export interface KfuncSimulation {
  readonly simulation: 'real' | 'constant' | 'none';
  readonly note: string;
}

/** What a kernel function does here, by its name with or without a flavour (`___name`). */
export function kfuncSimulation(name: string): KfuncSimulation {
  const plain = plainName(name);
  if (Object.hasOwn(KFUNCS, plain)) return KFUNCS[plain]!;
  const reasons: Readonly<Record<string, string>> = UNSUPPORTED_KFUNCS;
  const reason = Object.hasOwn(reasons, plain) ? reasons[plain] : undefined;
  return { simulation: 'none', note: reason ?? 'XDP programs of Linux 6.18 have no such function' };
}

/** The number of a kernel function, by its name with or without a flavour (`___name`); undefined where this machine does not have it. */
export function kfuncId(name: string): number | undefined {
  return IDS.get(plainName(name));
}

function plainName(name: string): string {
  return name.replace(/___.*$/, '');
}

/** The kernel function with that number. */
export function kfuncById(id: number): MachineHelper | undefined {
  return id < FIRST_ID ? undefined : CALLABLE[id - FIRST_ID];
}
