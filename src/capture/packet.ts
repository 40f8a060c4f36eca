// Packets written as the layers they are made of: packet(ethernet(), ipv4({ source, destination }), udp({ destinationPort: 53 }), 'hi').
// Lengths, checksums and the numbers that name the next layer are computed unless given, so malformed packets can be written too.
export {
  type Ipv4Fields,
  type Ipv6ExtensionFields,
  type Ipv6Fields,
  type Ipv6FragmentFields,
  ipv4,
  ipv4Fragments,
  ipv6,
  ipv6Extension,
  ipv6Fragment,
} from './packet-ip.js';
export { type Layer, packet, raw, type Surroundings } from './packet-layer.js';
export { type ArpFields, arp, type EthernetFields, ethernet, type VlanFields, vlan } from './packet-link.js';
export {
  echo,
  type GeneveFields,
  type GreFields,
  geneve,
  gre,
  type IcmpFields,
  icmp,
  icmpv6,
  type TcpFields,
  tcp,
  type UdpFields,
  udp,
  vxlan,
} from './packet-transport.js';
