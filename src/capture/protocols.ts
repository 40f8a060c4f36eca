// Numbers of the protocols that packets are built of and taken apart into. Sources: IANA's EtherType, protocol and port registries.

/** EtherTypes. */
export const ETHER_TYPE = {
  ipv4: 0x0800,
  arp: 0x0806,
  vlan: 0x8100,
  ipv6: 0x86dd,
  serviceVlan: 0x88a8,
  mpls: 0x8847,
  bridgedEthernet: 0x6558,
} as const;

/** IP protocol numbers, which are also IPv6 next headers. */
export const IP_PROTOCOL = {
  hopByHop: 0,
  icmp: 1,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  esp: 50,
  authentication: 51,
  icmpv6: 58,
  noNextHeader: 59,
  destinationOptions: 60,
  sctp: 132,
} as const;

/** UDP port of VXLAN. */
export const VXLAN_PORT = 4789;

/** UDP port of GENEVE. */
export const GENEVE_PORT = 6081;

/** TCP flags by name, as bits of the 13th and 14th header byte. RFC 9293 section 3.1. */
export const TCP_FLAG = {
  FIN: 0x01,
  SYN: 0x02,
  RST: 0x04,
  PSH: 0x08,
  ACK: 0x10,
  URG: 0x20,
  ECE: 0x40,
  CWR: 0x80,
} as const;

/** Name of a TCP flag. */
export type TcpFlag = keyof typeof TCP_FLAG;
