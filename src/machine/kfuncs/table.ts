// The kernel functions that a machine has. Binding gives each call of one a number that no helper has and no instruction can hold.
import type { MachineHelper } from '../helpers/table.js';
import { ALLOCATED_KFUNCS, TYPED_KFUNCS } from './allocated.js';
import { CONNTRACK_KFUNCS } from './conntrack.js';
import { DYNPTR_KFUNCS } from './dynptr.js';
import { ITERATOR_KFUNCS } from './iterators.js';
import { PACKET_KFUNCS } from './packet.js';
import { PLAIN_KFUNCS } from './plain.js';
import type { KfuncRow } from './row.js';
import { TEXT_KFUNCS } from './text.js';
import { THROW_KFUNCS } from './throw.js';
import { UNSUPPORTED_KFUNCS } from './unsupported.js';
import { WORK_KFUNCS } from './work.js';

const FIRST_ID = 2 ** 32;
/** Functions that need the types of the object that calls them have a number for each object. */
const IDS_PER_OBJECT = 2 ** 16;

/** By name. */
export const KFUNCS: Readonly<Record<string, KfuncRow>> = {
  ...DYNPTR_KFUNCS,
  ...ITERATOR_KFUNCS,
  ...PACKET_KFUNCS,
  ...PLAIN_KFUNCS,
  ...TEXT_KFUNCS,
  ...CONNTRACK_KFUNCS,
  ...ALLOCATED_KFUNCS,
  ...WORK_KFUNCS,
  ...THROW_KFUNCS,
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

/**
 * The number of a kernel function, by its name with or without a flavour (`___name`); undefined where this machine does not have it.
 * @param objectNumber the object that calls it, from 1 in the order of binding
 */
export function kfuncId(name: string, objectNumber = 0): number | undefined {
  const plain = plainName(name);
  const id = IDS.get(plain);
  return id === undefined || !Object.hasOwn(TYPED_KFUNCS, plain) ? id : id + objectNumber * IDS_PER_OBJECT;
}

function plainName(name: string): string {
  return name.replace(/___.*$/, '');
}

/** The kernel function with that number. */
export function kfuncById(id: number): MachineHelper | undefined {
  if (id < FIRST_ID) return undefined;
  const callable = CALLABLE[(id - FIRST_ID) % IDS_PER_OBJECT];
  const objectNumber = Math.floor((id - FIRST_ID) / IDS_PER_OBJECT);
  if (callable === undefined || objectNumber === 0) return callable;
  const run = TYPED_KFUNCS[`bpf_${callable.facts.name}`];
  if (run === undefined) return undefined;
  const facts = { ...callable.facts, id };
  return { facts, run: (machine, words) => run(machine, words, machine.types[objectNumber - 1]) };
}
