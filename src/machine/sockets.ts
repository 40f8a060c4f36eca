// The host's sockets as programs see them: found by the addresses of a packet, read through struct bpf_sock.
// Linux net/core/filter.c (__bpf_sk_lookup), net/ipv4/inet_hashtables.c (compute_score).
import { Trap } from './fault.js';
import { type Endpoint, type Host, type HostSocket, SOCKET_STATES } from './host.js';
import type { KernelObjects } from './kernel-objects.js';
import type { MachineMemory } from './memory.js';
import type { Regions } from './regions.js';
import { isSame } from './routes.js';

/** Byte offsets in struct bpf_sock, and its size. Linux uapi linux/bpf.h. */
const SOCK = {
  BOUND_INTERFACE: 0,
  FAMILY: 4,
  TYPE: 8,
  PROTOCOL: 12,
  MARK: 16,
  PRIORITY: 20,
  SOURCE_IP4: 24,
  SOURCE_IP6: 28,
  SOURCE_PORT: 44,
  DESTINATION_PORT: 48,
  DESTINATION_IP4: 52,
  DESTINATION_IP6: 56,
  STATE: 72,
  QUEUE: 76,
} as const;
const SOCK_BYTES = 80;
const FAMILY = { 4: 2, 16: 10 } as const;
const PROTOCOL = { tcp: { type: 1, number: 6 }, udp: { type: 2, number: 17 } } as const;

/** What stands as IPv4 address in a socket that is bound to an IPv6 one. */
const LOOPBACK4_IPV6 = Uint8Array.of(127, 0, 0, 6);

/** A socket with what changes while programs run. */
export interface OpenSocket {
  readonly facts: HostSocket;
  /** Of its struct bpf_sock. */
  readonly address: number;
  /** When its queue last overflowed: when a SYN cookie was made for it. */
  overflowNanos: bigint | undefined;
}

/** The addresses of a packet, seen from its receiver. */
export interface SocketTuple {
  readonly remote: Endpoint;
  readonly local: Endpoint;
}

/** The open sockets of a machine. */
export class Sockets {
  private readonly sockets: readonly OpenSocket[];
  private readonly byAddress: ReadonlyMap<number, OpenSocket>;
  private readonly objects: KernelObjects;
  private readonly converted = new Map<string, number>();

  constructor(host: Host, memory: MachineMemory, regions: Regions, objects: KernelObjects) {
    this.objects = objects;
    this.sockets = host.sockets.map(facts => ({
      facts,
      address: writeSocket(facts, memory, regions),
      overflowNanos: undefined,
    }));
    this.byAddress = new Map(this.sockets.map(socket => [socket.address, socket]));
  }

  /** The socket that gets packets of that tuple received on `ifindex`. */
  find(protocol: HostSocket['protocol'], tuple: SocketTuple, ifindex: number): OpenSocket | undefined {
    let best: OpenSocket | undefined;
    let most = 0;
    for (const socket of this.sockets) {
      const score = socket.facts.protocol === protocol ? scoreOf(socket.facts, tuple, ifindex) : 0;
      if (score <= most) continue;
      best = socket;
      most = score;
    }
    return best;
  }

  /** The socket that a pointer of the program leads to. @throws Trap `helper` where it leads to none */
  at(address: number): OpenSocket {
    const socket = this.byAddress.get(address) ?? this.objects.at(address, 'sock');
    if (socket === undefined) throw new Trap('helper', `no socket is at 0x${address.toString(16)}`);
    return socket as OpenSocket;
  }

  /** The host's socket of that number, from 0 in the order of the host file. */
  numbered(number: number): OpenSocket | undefined {
    return this.sockets[number];
  }

  /** The number of the whole socket that a pointer of the program leads to; undefined where it leads to none. */
  numberAt(address: number): number | undefined {
    const socket = this.byAddress.get(address) ?? this.objects.at(address, 'sock');
    const number = this.sockets.indexOf(socket as OpenSocket);
    return number >= 0 && isFullSocket(this.sockets[number]!) ? number : undefined;
  }

  /** The address that stands for the socket as another struct of the kernel, whose fields cannot be read. */
  as(type: string, socket: OpenSocket): number {
    const key = `${type} ${socket.address}`;
    const known = this.converted.get(key);
    if (known !== undefined) return known;
    const address = this.objects.add('sock', socket);
    this.converted.set(key, address);
    return address;
  }
}

/** Whether it is a whole socket: not one that only waits out a connection, or one that a connection is being made for. */
export function isFullSocket({ facts }: OpenSocket): boolean {
  return facts.state !== 'time-wait' && facts.state !== 'new-syn-received';
}

/** 0: packets of the tuple are not for it; else the more it says about them the higher. */
function scoreOf(socket: HostSocket, { local, remote }: SocketTuple, ifindex: number): number {
  const isWildcard = isAny(socket.local);
  if (socket.local.port !== local.port || (socket.ifindex !== 0 && socket.ifindex !== ifindex)) return 0;
  if (!isWildcard && !isSame(socket.local.address, local.address)) return 0;
  const isSameFamily = socket.local.address.byteLength === local.address.byteLength;
  if (!isSameFamily && (socket.local.address.byteLength === 4 || socket.isIpv6Only)) return 0;
  const isConnected = socket.remote !== undefined;
  if (isConnected && !(isSame(socket.remote.address, remote.address) && socket.remote.port === remote.port)) return 0;
  return 1 + (isConnected ? 16 : 0) + (isWildcard ? 0 : 8) + (socket.ifindex !== 0 ? 4 : 0) + (isSameFamily ? 2 : 0);
}

function isAny({ address }: Endpoint): boolean {
  return address.every(byte => byte === 0);
}

function writeSocket(socket: HostSocket, memory: MachineMemory, regions: Regions): number {
  const start = memory.allocate(SOCK_BYTES, 8, 'socket');
  const end = start + SOCK_BYTES;
  regions.add({ start, end, strideBytes: 0, elementBytes: SOCK_BYTES, isWritable: false, label: 'socket' });
  const view = new DataView(memory.bytes.buffer, start, SOCK_BYTES);
  view.setUint32(SOCK.BOUND_INTERFACE, socket.ifindex, true);
  view.setUint32(SOCK.FAMILY, FAMILY[socket.local.address.byteLength as keyof typeof FAMILY], true);
  view.setUint32(SOCK.TYPE, PROTOCOL[socket.protocol].type, true);
  view.setUint32(SOCK.PROTOCOL, PROTOCOL[socket.protocol].number, true);
  view.setUint32(SOCK.MARK, socket.mark, true);
  view.setUint32(SOCK.PRIORITY, socket.priority, true);
  view.setUint32(SOCK.SOURCE_PORT, socket.local.port, true);
  view.setUint16(SOCK.DESTINATION_PORT, socket.remote?.port ?? 0, false);
  view.setUint32(SOCK.STATE, SOCKET_STATES[socket.state], true);
  view.setInt32(SOCK.QUEUE, -1, true);
  const isIpv4 = socket.local.address.byteLength === 4;
  if (!isIpv4 && !isAny(socket.local)) memory.bytes.set(LOOPBACK4_IPV6, start + SOCK.SOURCE_IP4);
  memory.bytes.set(socket.local.address, start + (isIpv4 ? SOCK.SOURCE_IP4 : SOCK.SOURCE_IP6));
  if (socket.remote !== undefined)
    memory.bytes.set(socket.remote.address, start + (isIpv4 ? SOCK.DESTINATION_IP4 : SOCK.DESTINATION_IP6));
  return start;
}
