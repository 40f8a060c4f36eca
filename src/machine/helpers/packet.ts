// Helpers on the packet's bytes and bounds, and checksums.
import { XDP_ACTION } from '../../platform/actions.js';
import { REDIRECT_FLAG } from '../../platform/flags.js';
import { XDP_HELPERS } from '../../platform/helpers.js';
import type { Machine } from '../machine.js';
import type { RedirectTable } from '../map.js';
import { mapArgument, wrongMapType } from './arguments.js';
import { give, type Helper, type Implementation, low, real, signed, wide } from './words.js';

const adjustHead: Helper = ({ packet }, words) => give(words, packet.adjustHead(signed(words, 2)));
const adjustMeta: Helper = ({ packet }, words) => give(words, packet.adjustMeta(signed(words, 2)));
const adjustTail: Helper = ({ packet }, words) => give(words, packet.adjustTail(signed(words, 2)));
const bufferLength: Helper = ({ packet }, words) => give(words, packet.lengthBytes);

const loadBytes: Helper = ({ packet }, words) =>
  give(words, packet.loadBytes(low(words, 2), low(words, 3), low(words, 4)));

const storeBytes: Helper = ({ packet }, words) =>
  give(words, packet.storeBytes(low(words, 2), low(words, 3), low(words, 4)));

/**
 * bpf_csum_diff as of Linux 6.13: one's complement sum of `to` less that of `from` plus the seed, folded to 16 bits. Any size will do.
 * Older kernels give 32 bits that depend on the architecture and fold to the same.
 */
const checksumDifference: Helper = (machine, words) => {
  const [from, fromBytes, to, toBytes, seed] = [1, 2, 3, 4, 5].map(number => low(words, number));
  const bytes = machine.memory.bytes;
  const removed = checksum(bytes.subarray(from!, from! + fromBytes!), 0);
  const added = checksum(bytes.subarray(to!, to! + toBytes!), seed!);
  if (fromBytes === 0) return give(words, fold16(added));
  if (toBytes !== 0) return give(words, fold16(carryAdd(added, ~removed >>> 0)));
  return give(words, fold16(~checksum(bytes.subarray(from!, from! + fromBytes!), ~seed! >>> 0) >>> 0));
};

/** 32-bit one's complement sum of little-endian words, the last filled up with zeros. */
function checksum(bytes: Uint8Array, seed: number): number {
  let sum = seed;
  for (let at = 0; at < bytes.byteLength; at++) sum = carryAdd(sum, (bytes[at]! << (8 * (at & 3))) >>> 0);
  return sum;
}

/** Addition with the carry brought round. */
function carryAdd(a: number, b: number): number {
  const sum = a + b;
  return sum > 0xffff_ffff ? sum - 0xffff_ffff : sum;
}

function fold16(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

const redirect: Helper = (machine, words) => {
  if (wide(words, 2) !== 0) return give(words, XDP_ACTION.XDP_ABORTED);
  machine.redirect = { kind: 'interface', ifindex: low(words, 1), map: undefined, key: undefined };
  give(words, XDP_ACTION.XDP_REDIRECT);
};

/** What a miss of the lookup returns is in the flags' low two bits, so XDP_REDIRECT itself cannot be asked for. */
const redirectMap: Helper = (machine, words) => {
  const map = mapArgument(machine, words, 1);
  const table = map.redirects;
  if (table === undefined) throw wrongMapType(map, 'redirect_map', XDP_HELPERS.redirect_map.id);
  const flags = wide(words, 3);
  if (!knowsFlags(table, flags)) return give(words, XDP_ACTION.XDP_ABORTED);
  if ((flags & REDIRECT_FLAG.BPF_F_BROADCAST) !== 0) {
    const except = (flags & REDIRECT_FLAG.BPF_F_EXCLUDE_INGRESS) !== 0 ? machine.packet.ingressIfindex : undefined;
    machine.redirect = broadcast(table, map.spec.name, except);
    return give(words, XDP_ACTION.XDP_REDIRECT);
  }
  machine.redirect = table.target(low(words, 2));
  give(words, machine.redirect === undefined ? flags & REDIRECT_FLAG.ACTION_MASK : XDP_ACTION.XDP_REDIRECT);
};

function knowsFlags(table: RedirectTable, flags: number): boolean {
  const broadcastFlags = REDIRECT_FLAG.BPF_F_BROADCAST | REDIRECT_FLAG.BPF_F_EXCLUDE_INGRESS;
  const known = REDIRECT_FLAG.ACTION_MASK | (table.canBroadcast ? broadcastFlags : 0);
  return flags <= 0xffff_ffff && (flags & ~known) === 0;
}

function broadcast(table: RedirectTable, map: string, except: number | undefined): Machine['redirect'] {
  const programs = table.interfacePrograms();
  const ifindexes = table.interfaces();
  const places = [...ifindexes.keys()].filter(place => ifindexes[place] !== except);
  return {
    kind: 'broadcast',
    ifindexes: places.map(place => ifindexes[place]!),
    map,
    ...(programs.some(number => number !== 0) && { programs: places.map(place => programs[place]!) }),
  };
}

/** Implementations, by the helper's name. */
export const PACKET_HELPERS = {
  csum_diff: real(checksumDifference),
  redirect: real(redirect),
  redirect_map: real(redirectMap),
  xdp_adjust_head: real(adjustHead),
  xdp_adjust_meta: real(adjustMeta),
  xdp_adjust_tail: real(adjustTail),
  xdp_get_buff_len: real(bufferLength),
  xdp_load_bytes: real(loadBytes),
  xdp_store_bytes: real(storeBytes),
} as const satisfies Record<string, Implementation>;
