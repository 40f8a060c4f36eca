// Helpers that ask the network stack about routes and MTUs. What there is to find stands in the machine's host.
import { ERRNO } from '../../platform/errno.js';
import { CHECK_MTU_RESULT, FIB_LOOKUP_FLAG } from '../../platform/flags.js';
import { RUN_LIMIT } from '../../platform/limits.js';
import { interfaceByIndex } from '../host.js';
import { lookUpRoute } from '../routes.js';
import { give, type Helper, type Implementation, low, real, signed, wide } from './words.js';

const FIB_FLAGS = Object.values(FIB_LOOKUP_FLAG).reduce((mask, flag) => mask | flag, 0);

const fibLookup: Helper = (machine, words) => {
  const flags = low(words, 4);
  if (signed(words, 3) < RUN_LIMIT.FIB_LOOKUP_BYTES || (flags & ~FIB_FLAGS) !== 0) return give(words, -ERRNO.EINVAL);
  const parameters = new DataView(machine.memory.bytes.buffer, low(words, 2), RUN_LIMIT.FIB_LOOKUP_BYTES);
  give(words, lookUpRoute(machine.host, parameters, flags));
};

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
  // The kernel's int: a huge difference wraps round, and then it fits.
  const fits = ((frameBytes + signed(words, 4)) | 0) <= device.mtuBytes + device.headerBytes;
  give(words, fits ? CHECK_MTU_RESULT.BPF_MTU_CHK_RET_SUCCESS : CHECK_MTU_RESULT.BPF_MTU_CHK_RET_FRAG_NEEDED);
};

/** Implementations, by the helper's name. */
export const NETWORK_HELPERS = {
  fib_lookup: real(fibLookup, 'routes and neighbours of the host file'),
  check_mtu: real(checkMtu, 'interfaces of the host file'),
} as const satisfies Record<string, Implementation>;
