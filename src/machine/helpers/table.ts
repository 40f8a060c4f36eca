// Which helpers a machine has, by their number.
import { type XdpHelper, type XdpHelperName, xdpHelper } from '../../platform/helpers.js';
import { STATE_HELPERS } from './machine-state.js';
import { MAP_HELPERS } from './maps.js';
import { NETWORK_HELPERS } from './network.js';
import { OUTPUT_HELPERS } from './output.js';
import { PACKET_HELPERS } from './packet.js';
import { TEXT_HELPERS } from './text.js';
import type { Helper } from './words.js';

const IMPLEMENTATIONS: Readonly<Partial<Record<XdpHelperName, Helper>>> = {
  ...MAP_HELPERS,
  ...PACKET_HELPERS,
  ...STATE_HELPERS,
  ...OUTPUT_HELPERS,
  ...TEXT_HELPERS,
  ...NETWORK_HELPERS,
};

/** Helpers that change which code runs, so that every engine has its own form of them. */
export const ENGINE_HELPERS = ['tail_call'] as const satisfies readonly XdpHelperName[];

/** A helper that can be called: what Linux says of it, and what it does here. */
export interface MachineHelper {
  readonly facts: XdpHelper;
  readonly run: Helper;
}

/** The helper with this number; undefined where Linux gives XDP none, where there is no implementation, and for ENGINE_HELPERS. */
export function machineHelper(id: number): MachineHelper | undefined {
  const facts = xdpHelper(id);
  const run = facts === undefined ? undefined : IMPLEMENTATIONS[facts.name];
  return facts === undefined || run === undefined ? undefined : { facts, run };
}

/** Whether a program that calls the helper can run. */
export function isHelperSupported(id: number): boolean {
  const name = xdpHelper(id)?.name;
  return machineHelper(id) !== undefined || ENGINE_HELPERS.some(known => known === name);
}
