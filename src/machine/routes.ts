// bpf_fib_lookup: the route, next hop and MAC addresses for a packet. Linux net/core/filter.c, bpf_ipv4_fib_lookup and bpf_ipv6_fib_lookup.
import { ERRNO } from '../platform/errno.js';
import { FIB_LOOKUP_FLAG, FIB_LOOKUP_RESULT } from '../platform/flags.js';
import { type Host, type HostInterface, type HostRoute, interfaceByIndex, type RouteType } from './host.js';

const AF_INET = 2;
const AF_INET6 = 10;
/** Byte offsets in struct bpf_fib_lookup; `mtu` is the packet's length before and the MTU afterwards. */
const FIB = {
  FAMILY: 0,
  MTU: 6,
  IFINDEX: 8,
  METRIC: 12,
  SOURCE: 16,
  DESTINATION: 32,
  VLAN: 48,
  SMAC: 52,
  DMAC: 58,
} as const;
const IP_BYTES = { [AF_INET]: 4, [AF_INET6]: 16 } as const;
const MAX_MTU = 0xffff;
const MAIN_TABLE = 254;
/** Without rules of policy routing, the kernel looks into these as into one. */
const JOINED_TABLES: readonly number[] = [255, MAIN_TABLE, 253];

const { BPF_FIB_LOOKUP_DIRECT, BPF_FIB_LOOKUP_OUTPUT, BPF_FIB_LOOKUP_SKIP_NEIGH } = FIB_LOOKUP_FLAG;
const { BPF_FIB_LOOKUP_TBID, BPF_FIB_LOOKUP_SRC } = FIB_LOOKUP_FLAG;

const REFUSED: Readonly<Partial<Record<RouteType, number>>> = {
  blackhole: FIB_LOOKUP_RESULT.BPF_FIB_LKUP_RET_BLACKHOLE,
  unreachable: FIB_LOOKUP_RESULT.BPF_FIB_LKUP_RET_UNREACHABLE,
  prohibit: FIB_LOOKUP_RESULT.BPF_FIB_LKUP_RET_PROHIBIT,
  local: FIB_LOOKUP_RESULT.BPF_FIB_LKUP_RET_NOT_FWDED,
  broadcast: FIB_LOOKUP_RESULT.BPF_FIB_LKUP_RET_NOT_FWDED,
};

/** Fills the struct bpf_fib_lookup that `view` begins with (64 bytes): a BPF_FIB_LKUP_RET_* or a negative errno. */
export function lookUpRoute(host: Host, view: DataView, flags: number): number {
  const family = view.getUint8(FIB.FAMILY);
  if (family !== AF_INET && family !== AF_INET6) return -ERRNO.EAFNOSUPPORT;
  const ingress = interfaceByIndex(host, view.getUint32(FIB.IFINDEX, true));
  if (ingress === undefined) return -ERRNO.ENODEV;
  if (!(family === AF_INET ? ingress.forwardsIpv4 : ingress.forwardsIpv6))
    return FIB_LOOKUP_RESULT.BPF_FIB_LKUP_RET_FWD_DISABLED;
  const destination = bytesAt(view, FIB.DESTINATION, IP_BYTES[family]);
  const route = bestRoute(host, destination, tablesOf(view, flags), flags, ingress.ifindex);
  if (route === undefined) return FIB_LOOKUP_RESULT.BPF_FIB_LKUP_RET_NOT_FWDED;
  const egress = interfaceByIndex(host, route.ifindex);
  return REFUSED[route.type] ?? forward(host, view, route, egress!, flags);
}

function tablesOf(view: DataView, flags: number): readonly number[] {
  if ((flags & BPF_FIB_LOOKUP_DIRECT) === 0) return JOINED_TABLES;
  if ((flags & BPF_FIB_LOOKUP_TBID) === 0) return [MAIN_TABLE];
  const table = view.getUint32(FIB.VLAN, true);
  view.setUint32(FIB.VLAN, 0, true);
  return [table];
}

/** The longest prefix, of those the lowest metric. Routes through interfaces that are down do not count. */
function bestRoute(
  host: Host,
  destination: Uint8Array,
  tables: readonly number[],
  flags: number,
  ifindex: number,
): HostRoute | undefined {
  const isAsked = (route: HostRoute): boolean =>
    tables.includes(route.table) &&
    ((flags & BPF_FIB_LOOKUP_OUTPUT) === 0 || route.ifindex === ifindex) &&
    (route.ifindex === 0 || interfaceByIndex(host, route.ifindex)?.isUp === true) &&
    hasPrefix(destination, route);
  const isBetter = (a: HostRoute, b: HostRoute): boolean =>
    a.destination.prefixBits - b.destination.prefixBits > 0 ||
    (a.destination.prefixBits === b.destination.prefixBits && a.metric < b.metric);
  return host.routes
    .filter(isAsked)
    .reduce<HostRoute | undefined>(
      (best, route) => (best === undefined || isBetter(route, best) ? route : best),
      undefined,
    );
}

function hasPrefix(address: Uint8Array, { destination }: HostRoute): boolean {
  if (destination.address.byteLength !== address.byteLength) return false;
  const whole = destination.prefixBits >> 3;
  const mask = 0xff00 >> (destination.prefixBits & 7);
  const differsAt = (at: number): number => (address[at] ?? 0) ^ (destination.address[at] ?? 0);
  for (let at = 0; at < whole; at++) if (differsAt(at) !== 0) return false;
  return (differsAt(whole) & mask) === 0;
}

function forward(host: Host, view: DataView, route: HostRoute, egress: HostInterface, flags: number): number {
  const mtuBytes = Math.min(route.mtuBytes ?? egress.mtuBytes, MAX_MTU);
  if (view.getUint16(FIB.MTU, true) > mtuBytes) {
    view.setUint16(FIB.MTU, mtuBytes, true);
    return FIB_LOOKUP_RESULT.BPF_FIB_LKUP_RET_FRAG_NEEDED;
  }
  view.setUint32(FIB.METRIC, route.metric, true);
  view.setUint32(FIB.IFINDEX, egress.ifindex, true);
  if ((flags & BPF_FIB_LOOKUP_SRC) !== 0) {
    if (route.source === undefined) return FIB_LOOKUP_RESULT.BPF_FIB_LKUP_RET_NO_SRC_ADDR;
    put(view, FIB.SOURCE, route.source);
  }
  if (route.gateway !== undefined) useGateway(view, route.gateway);
  if ((flags & BPF_FIB_LOOKUP_SKIP_NEIGH) === 0 && !fillAddresses(host, view, egress))
    return FIB_LOOKUP_RESULT.BPF_FIB_LKUP_RET_NO_NEIGH;
  view.setUint32(FIB.VLAN, 0, true);
  view.setUint16(FIB.MTU, mtuBytes, true);
  return FIB_LOOKUP_RESULT.BPF_FIB_LKUP_RET_SUCCESS;
}

/** An IPv4 route may go through an IPv6 gateway. */
function useGateway(view: DataView, gateway: Uint8Array): void {
  view.setUint8(FIB.FAMILY, gateway.byteLength === 4 ? AF_INET : AF_INET6);
  put(view, FIB.DESTINATION, gateway);
}

function fillAddresses(host: Host, view: DataView, egress: HostInterface): boolean {
  const family = view.getUint8(FIB.FAMILY) as keyof typeof IP_BYTES;
  const nextHop = bytesAt(view, FIB.DESTINATION, IP_BYTES[family]);
  const neighbour = host.neighbours.find(
    ({ address, ifindex }) => ifindex === egress.ifindex && isSame(address, nextHop),
  );
  if (neighbour === undefined) return false;
  put(view, FIB.DMAC, neighbour.mac);
  put(view, FIB.SMAC, egress.mac);
  return true;
}

function bytesAt(view: DataView, offset: number, lengthBytes: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + offset, lengthBytes).slice();
}

function put(view: DataView, offset: number, bytes: Uint8Array): void {
  new Uint8Array(view.buffer, view.byteOffset + offset, bytes.byteLength).set(bytes);
}

/** Whether two byte strings are equal. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, at) => byte === b[at]);
}
