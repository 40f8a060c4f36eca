// Which helpers and kernel functions a machine has, by number.
import type { ArgumentKind } from '../../platform/helper-types.js';
import { type XdpHelperName, xdpHelper } from '../../platform/helpers.js';
import { kfuncById } from '../kfuncs/table.js';
import { DYNPTR_HELPERS } from './dynptr.js';
import { KERNEL_HELPERS } from './kernel.js';
import { STATE_HELPERS } from './machine-state.js';
import { MAP_HELPERS } from './maps.js';
import { NETWORK_HELPERS } from './network.js';
import { OUTPUT_HELPERS } from './output.js';
import { PACKET_HELPERS } from './packet.js';
import { SOCKET_HELPERS } from './sockets.js';
import { TEXT_HELPERS } from './text.js';
import { TIMER_HELPERS } from './timers.js';
import type { Helper, Implementation } from './words.js';

/** Helpers that change which code runs, so that every engine has its own form of them. */
export const ENGINE_HELPERS = ['tail_call'] as const satisfies readonly XdpHelperName[];

type EngineHelper = (typeof ENGINE_HELPERS)[number];

/** Every helper that an XDP program may call; one that is forgotten does not compile. */
const IMPLEMENTATIONS: Readonly<Record<Exclude<XdpHelperName, EngineHelper>, Implementation>> = {
  ...MAP_HELPERS,
  ...PACKET_HELPERS,
  ...STATE_HELPERS,
  ...OUTPUT_HELPERS,
  ...TEXT_HELPERS,
  ...NETWORK_HELPERS,
  ...DYNPTR_HELPERS,
  ...TIMER_HELPERS,
  ...SOCKET_HELPERS,
  ...KERNEL_HELPERS,
};

/** What engines and checks need to know of a helper or kernel function. */
export interface CallFacts {
  readonly id: number;
  /** Without `bpf_`. */
  readonly name: string;
  readonly arguments: readonly ArgumentKind[];
  readonly changesPacketData: boolean;
}

/** Something that can be called: what Linux says of it, and what it does here. */
export interface MachineHelper {
  readonly facts: CallFacts;
  readonly run: Helper;
}

/**
 * The helper with this number, or the kernel function that binding gave this number; undefined where Linux gives XDP none, and for
 * ENGINE_HELPERS.
 */
export function machineHelper(id: number): MachineHelper | undefined {
  const kfunc = kfuncById(id);
  if (kfunc !== undefined) return kfunc;
  const facts = xdpHelper(id);
  if (facts === undefined || isEngineHelper(facts.name)) return undefined;
  return { facts: callFacts(facts), run: IMPLEMENTATIONS[facts.name].run };
}

/**
 * What prototypes in Linux leave out: the flags of bpf_get_branch_snapshot, which it looks at all the same, and the values that
 * bpf_trace_printk prints, of which there may be none.
 */
const FURTHER_ARGUMENTS: Readonly<Record<string, number>> = { get_branch_snapshot: 1, trace_printk: 3 };

function callFacts(facts: CallFacts): CallFacts {
  const further = FURTHER_ARGUMENTS[facts.name];
  if (further === undefined) return facts;
  return { ...facts, arguments: [...facts.arguments, ...Array(further).fill({ kind: 'anything' })] };
}

/** What a helper does here; undefined where Linux gives XDP no such helper. */
export function helperSimulation(name: string): Pick<Implementation, 'simulation' | 'note'> | undefined {
  if (isEngineHelper(name)) return { simulation: 'real', note: '' };
  return Object.hasOwn(IMPLEMENTATIONS, name) ? IMPLEMENTATIONS[name as keyof typeof IMPLEMENTATIONS] : undefined;
}

function isEngineHelper(name: string): name is EngineHelper {
  return ENGINE_HELPERS.some(known => known === name);
}
