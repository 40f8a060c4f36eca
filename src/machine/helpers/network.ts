// Helpers that ask the network stack: routes, MTUs, sockets. What there is to find stands in the machine's host.
import { ERRNO } from '../../platform/errno.js';
import { CHECK_MTU_RESULT, FIB_LOOKUP_FLAG, FIB_LOOKUP_RESULT } from '../../platform/flags.js';
import { RUN_LIMIT } from '../../platform/limits.js';
import { Trap } from '../fault.js';
import { interfaceByIndex } from '../host.js';
import type { Machine } from '../machine.js';
import { give, type Helper, low, signed, wide } from './words.js';

const AF_INET = 2;
const AF_INET6 = 10;
/** Offsets in struct bpf_fib_lookup. */
const FIB_IFINDEX = 8;

const FIB_FLAGS = Object.values(FIB_LOOKUP_FLAG).reduce((mask, flag) => mask | flag, 0);

const fibLookup: Helper = (machine, words) => {
  if (signed(words, 3) < RUN_LIMIT.FIB_LOOKUP_BYTES || (low(words, 4) & ~FIB_FLAGS) !== 0)
    return give(words, -ERRNO.EINVAL);
  give(words, routeResult(machine, low(words, 2)));
};

/** Without routes every packet that may be forwarded at all is not for forwarding. */
function routeResult(machine: Machine, parameters: number): number {
  const { view } = machine.memory;
  const family = view.getUint8(parameters);
  if (family !== AF_INET && family !== AF_INET6) return -ERRNO.EAFNOSUPPORT;
  const device = interfaceByIndex(machine.host, view.getUint32(parameters + FIB_IFINDEX, true));
  if (device === undefined) return -ERRNO.ENODEV;
  const forwards = family === AF_INET ? device.forwardsIpv4 : device.forwardsIpv6;
  return forwards ? FIB_LOOKUP_RESULT.BPF_FIB_LKUP_RET_NOT_FWDED : FIB_LOOKUP_RESULT.BPF_FIB_LKUP_RET_FWD_DISABLED;
}

const checkMtu: Helper = (machine, words) => {
  if (wide(words, 5) !== 0) return give(words, -ERRNO.EINVAL);
  const ifindex = low(words, 2) === 0 ? machine.packet.ingressIfindex : low(words, 2);
  const device = interfaceByIndex(machine.host, ifindex);
  if (device === undefined) return give(words, -ERRNO.ENODEV);
  const { view } = machine.memory;
  const inOut = low(words, 3);
  const networkBytes = view.getUint32(inOut, true);
  const frameBytes = networkBytes === 0 ? machine.packet.linearBytes : networkBytes + device.headerBytes;
  view.setUint32(inOut, device.mtuBytes, true);
  const fits = frameBytes + signed(words, 4) <= device.mtuBytes + device.headerBytes;
  give(words, fits ? CHECK_MTU_RESULT.BPF_MTU_CHK_RET_SUCCESS : CHECK_MTU_RESULT.BPF_MTU_CHK_RET_FRAG_NEEDED);
};

/** The host has no sockets, so every lookup ends with NULL. */
const lookupSocket: Helper = (_machine, words) => give(words, 0);

const releaseSocket: Helper = (_machine, words) => {
  throw new Trap('helper', `bpf_sk_release: no socket is at 0x${wide(words, 1).toString(16)}`);
};

/** Implementations, by the helper's name. */
export const NETWORK_HELPERS = {
  fib_lookup: fibLookup,
  check_mtu: checkMtu,
  sk_lookup_tcp: lookupSocket,
  sk_lookup_udp: lookupSocket,
  skc_lookup_tcp: lookupSocket,
  sk_release: releaseSocket,
} as const satisfies Record<string, Helper>;
