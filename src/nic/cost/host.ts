// Time of a frame on a core of the host: by what becomes of it, what the program calls, and how far the rings outgrow the cache share of DMA.
import { xdpHelper } from '../../platform/helpers.js';
import type { NicModel } from '../model.js';
import { memoryOf, type PathStep } from './path.js';

/** How the host serves the card. */
export interface HostSetup {
  readonly cores: number;
  /** Descriptors of each core's receive ring. */
  readonly receiveDescriptors: number;
  /** Completions are compressed. */
  readonly isCompressed?: boolean | undefined;
  /** A frame that passes is dropped early in the stack, and that is counted too. */
  readonly countsStackDrop?: boolean;
  /** The program runs in the network stack, on a frame for which everything was done that an early drop there costs. */
  readonly isGeneric?: boolean;
}

/** What a frame is to the host. */
export interface HostFrame {
  /** XDP action number. */
  readonly action: number;
  readonly isTouched: boolean;
  /** FIB lookups, and calls of other helpers. */
  readonly fibLookups: number;
  readonly helperCalls: number;
  readonly instructions: number;
}

const TRANSMIT = 3;
const REDIRECT = 4;
const PASS = 2;
const FIB_LOOKUP = 69;
/** bpf_redirect and bpf_redirect_map: their time is in that of a redirect. */
const REDIRECTS: readonly number[] = [23, 51];

/** What a path says to the host. */
export function hostFrameOf(path: readonly PathStep[], action: number): HostFrame {
  const calls = path.flatMap(({ instruction }) =>
    instruction.kind === 'call' && instruction.target.kind === 'helper' ? [instruction.target.id] : [],
  );
  const isTouched = action >= TRANSMIT || path.some(step => memoryOf(step) === 'packet');
  const fibLookups = calls.filter(id => id === FIB_LOOKUP).length;
  const helperCalls = calls.filter(id => id !== FIB_LOOKUP && !REDIRECTS.includes(id)).length;
  return { action, isTouched, fibLookups, helperCalls, instructions: path.length };
}

/** Names of called helpers whose time no figure of the model gives. */
export function untimedHelpers(model: NicModel, path: readonly PathStep[]): readonly string[] {
  if (model.host.helperCallNanos !== undefined) return [];
  const names = path.flatMap(({ instruction }) => {
    if (instruction.kind !== 'call' || instruction.target.kind !== 'helper') return [];
    const { id } = instruction.target;
    return id === FIB_LOOKUP || REDIRECTS.includes(id) ? [] : [xdpHelper(id)?.name ?? `helper ${id}`];
  });
  return [...new Set(names)];
}

/** Nanoseconds of a frame on its core. Sources: nic-models/linux-host.json and what extends it. */
export function hostNanos(model: NicModel, setup: HostSetup, frame: HostFrame): number | undefined {
  const { host } = model;
  const action = actionNanos(model, setup, frame);
  if (action === undefined) return undefined;
  const touch = frame.isTouched && frame.action < TRANSMIT ? (host.touchNanos ?? 0) : 0;
  const calls = frame.fibLookups * (host.fibLookupNanos ?? 0) + frame.helperCalls * (host.helperCallNanos ?? 0);
  const stack = setup.isGeneric === true ? Math.max(0, (host.stackDropNanos ?? 0) - (host.dropNanos ?? 0)) : 0;
  const program = frame.instructions * (host.bpfInstructionNanos ?? 0);
  return action + touch + calls + stack + program + cacheNanos(model, setup, frame);
}

function actionNanos(
  { host }: NicModel,
  { countsStackDrop = false }: HostSetup,
  { action }: HostFrame,
): number | undefined {
  if (action === TRANSMIT) return host.transmitNanos;
  if (action === REDIRECT) return host.redirectNanos;
  if (action !== PASS) return host.dropNanos;
  return countsStackDrop ? host.stackDropNanos : plus(host.dropNanos, host.passNanos);
}

function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

/**
 * Time lost to cache misses: n buffers cycled through a share of C miss with 1 - C/n; they are those of the ring and those that the driver keeps
 * beside it. A frame that is sent on holds entries of the transmit ring as well; one that is dropped untouched holds none.
 */
function cacheNanos({ host }: NicModel, setup: HostSetup, frame: HostFrame): number {
  const { cacheShareEntries, cacheMissNanos, transmitFootprint = 1, pageCacheEntries = 0 } = host;
  if (cacheShareEntries === undefined || cacheMissNanos === undefined || !frame.isTouched) return 0;
  const weight = frame.action >= TRANSMIT ? transmitFootprint : 1;
  const entries = setup.cores * (setup.receiveDescriptors + pageCacheEntries) * weight;
  return cacheMissNanos * Math.max(0, 1 - cacheShareEntries / entries);
}
