// The network around the program, as far as helpers ask about it: interfaces, forwarding, sockets. Plain data.

/** A network interface. */
export interface HostInterface {
  readonly ifindex: number;
  readonly name: string;
  readonly mtuBytes: number;
  /** Length of its link-layer header (dev->hard_header_len): 14 for Ethernet and loopback. */
  readonly headerBytes: number;
  /** net.ipv4.conf.*.forwarding and net.ipv6.conf.*.forwarding. */
  readonly forwardsIpv4: boolean;
  readonly forwardsIpv6: boolean;
}

/** What a program can learn about the machine it runs on. */
export interface Host {
  readonly interfaces: readonly HostInterface[];
}

/** A network namespace as Linux creates it: a loopback device, no forwarding, no routes, no neighbours, no sockets. */
export const EMPTY_HOST: Host = {
  interfaces: [{ ifindex: 1, name: 'lo', mtuBytes: 65536, headerBytes: 14, forwardsIpv4: false, forwardsIpv6: false }],
};

/** The interface with that index. */
export function interfaceByIndex(host: Host, ifindex: number): HostInterface | undefined {
  return host.interfaces.find(item => item.ifindex === ifindex);
}
