// The network around the program, as far as helpers ask about it: interfaces, forwarding, neighbours, sockets. Plain data.

/** A network interface. */
export interface HostInterface {
  readonly ifindex: number;
  readonly name: string;
  readonly mtuBytes: number;
  /** Length of its link-layer header (dev->hard_header_len): 14 for Ethernet and loopback. */
  readonly headerBytes: number;
  /** Six bytes. */
  readonly mac: Uint8Array;
  readonly isUp: boolean;
  /** Whether its driver takes redirected frames (NETDEV_XDP_ACT_NDO_XMIT), and those of several buffers (NETDEV_XDP_ACT_NDO_XMIT_SG). */
  readonly transmits: boolean;
  readonly transmitsFragments: boolean;
  /** net.ipv4.conf.*.forwarding and net.ipv6.conf.*.forwarding. */
  readonly forwardsIpv4: boolean;
  readonly forwardsIpv6: boolean;
}

/** An address with the length of its network's prefix: 4 bytes for IPv4, 16 for IPv6. */
export interface Prefix {
  readonly address: Uint8Array;
  readonly prefixBits: number;
}

/** What becomes of packets that a route matches. */
export type RouteType = 'unicast' | 'local' | 'broadcast' | 'blackhole' | 'unreachable' | 'prohibit';

/** An entry of a forwarding table. */
export interface HostRoute {
  readonly destination: Prefix;
  readonly type: RouteType;
  /** 254 is the main table, 255 the local one. */
  readonly table: number;
  /** Lower ones are preferred. */
  readonly metric: number;
  /** 0 where the type needs none. */
  readonly ifindex: number;
  /** Next hop, undefined for destinations on the link. */
  readonly gateway: Uint8Array | undefined;
  /** Preferred source address. */
  readonly source: Uint8Array | undefined;
  /** Locked MTU of the route, undefined for that of the interface. */
  readonly mtuBytes: number | undefined;
}

/** A resolved neighbour. */
export interface HostNeighbour {
  readonly address: Uint8Array;
  readonly ifindex: number;
  readonly mac: Uint8Array;
}

/** TCP states as BPF programs see them (BPF_TCP_*); UDP sockets are `established` where connected, else `close`. */
export const SOCKET_STATES = {
  established: 1,
  'syn-sent': 2,
  'syn-received': 3,
  'fin-wait-1': 4,
  'fin-wait-2': 5,
  'time-wait': 6,
  close: 7,
  'close-wait': 8,
  'last-ack': 9,
  listen: 10,
  closing: 11,
  'new-syn-received': 12,
} as const;

export type SocketState = keyof typeof SOCKET_STATES;

/** One end of a connection; an address of zeros is any. */
export interface Endpoint {
  readonly address: Uint8Array;
  readonly port: number;
}

/** A TCP or UDP socket. */
export interface HostSocket {
  readonly protocol: 'tcp' | 'udp';
  readonly state: SocketState;
  readonly local: Endpoint;
  /** undefined for sockets that are not connected. */
  readonly remote: Endpoint | undefined;
  /** Interface that it is bound to, 0 for none. */
  readonly ifindex: number;
  readonly mark: number;
  readonly priority: number;
  /** IPv6 sockets that take no IPv4. */
  readonly isIpv6Only: boolean;
  /** Whether its queue of half-open connections is full, so that SYN cookies are sent. */
  readonly isQueueFull: boolean;
}

/** Settings of the kernel that helpers depend on. */
export interface HostKernel {
  /** net.ipv4.tcp_syncookies: 0 never, 1 where a queue is full, 2 always. */
  readonly tcpSynCookies: 0 | 1 | 2;
  /** CONFIG_HZ: bpf_jiffies64 counts so many ticks a second. */
  readonly ticksPerSecond: number;
}

/** What a program can learn about the machine it runs on. */
export interface Host {
  /** For messages: the file it is from; undefined for the default. */
  readonly fileName?: string;
  readonly interfaces: readonly HostInterface[];
  readonly routes: readonly HostRoute[];
  readonly neighbours: readonly HostNeighbour[];
  readonly sockets: readonly HostSocket[];
  /** Possible CPUs; undefined where the file does not say. */
  readonly cpuCount: number | undefined;
  readonly kernel: HostKernel;
}

export const DEFAULT_KERNEL: HostKernel = { tcpSynCookies: 1, ticksPerSecond: 250 };

/** The loopback interface of every namespace: no driver behind it, so that frames cannot be redirected to it. */
export const LOOPBACK: HostInterface = {
  ifindex: 1,
  name: 'lo',
  mtuBytes: 65536,
  headerBytes: 14,
  mac: new Uint8Array(6),
  isUp: false,
  transmits: false,
  transmitsFragments: false,
  forwardsIpv4: false,
  forwardsIpv6: false,
};

/** A network namespace as Linux creates it: a loopback device, no forwarding, no routes, no neighbours, no sockets. */
export const EMPTY_HOST: Host = {
  interfaces: [LOOPBACK],
  routes: [],
  neighbours: [],
  sockets: [],
  cpuCount: undefined,
  kernel: DEFAULT_KERNEL,
};

/** The interface with that index. */
export function interfaceByIndex(host: Host, ifindex: number): HostInterface | undefined {
  return host.interfaces.find(item => item.ifindex === ifindex);
}
