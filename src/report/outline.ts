// What a packet is at a glance, for counting: the outermost IP layer and what it carries. Nothing is checked beyond being there, and
// checksums are not looked at; describePacket (capture/describe.ts) is the thorough one. Hot path: called for every packet of a replay.
import { formatIpv4, formatIpv6 } from '../capture/addresses.js';
import { ETHER_TYPE, IP_PROTOCOL } from '../capture/protocols.js';

/** Packet headers at a glance. */
export interface Outline {
  /** Such as `IPv4 TCP`, `IPv6 ICMPv6`, `ARP`, `ethertype 0x88cc`; a protocol without a name shows its number. */
  readonly family: string;
  /** Of the upper layer of IP, as Suricata names it: `TCP`, `UDP`, `ICMP`, `IPv6-ICMP`; undefined for others than IP. */
  readonly protocol: string | undefined;
  /** 4, 6, or 0 where there is no IP header. */
  readonly version: 0 | 4 | 6;
  /** Byte offset of the IP header; of the transport header, -1 where there is none or it is in an earlier fragment. */
  readonly ipOffset: number;
  readonly transportOffset: number;
  readonly vlanIds: readonly number[];
}

const NO_TAGS: readonly number[] = [];
const MAX_TAGS = 8;
const MAX_EXTENSIONS = 16;

/** Looks at a frame; never throws. */
export function outline(bytes: Uint8Array): Outline {
  let at = 12;
  let tags: number[] | undefined;
  let etherType = u16(bytes, at);
  while ((etherType === ETHER_TYPE.vlan || etherType === ETHER_TYPE.serviceVlan) && (tags?.length ?? 0) < MAX_TAGS) {
    if (at + 6 > bytes.byteLength) break;
    tags ??= [];
    tags.push(u16(bytes, at + 2) & 0xfff);
    at += 4;
    etherType = u16(bytes, at);
  }
  const vlanIds = tags ?? NO_TAGS;
  if (etherType === ETHER_TYPE.ipv4 && at + 22 <= bytes.byteLength) return ipv4(bytes, at + 2, vlanIds);
  if (etherType === ETHER_TYPE.ipv6 && at + 42 <= bytes.byteLength) return ipv6(bytes, at + 2, vlanIds);
  const family = at + 2 > bytes.byteLength ? 'cut' : linkName(etherType);
  return { family, protocol: undefined, version: 0, ipOffset: -1, transportOffset: -1, vlanIds };
}

function ipv4(bytes: Uint8Array, ipOffset: number, vlanIds: readonly number[]): Outline {
  const number = bytes[ipOffset + 9]!;
  const isFirst = (u16(bytes, ipOffset + 6) & 0x1fff) === 0;
  const transportOffset = isFirst ? ipOffset + 4 * (bytes[ipOffset]! & 15) : -1;
  const { family, protocol } = names(IPV4_NAMES, 'IPv4', number);
  return { family, protocol, version: 4, ipOffset, transportOffset, vlanIds };
}

function ipv6(bytes: Uint8Array, ipOffset: number, vlanIds: readonly number[]): Outline {
  let number = bytes[ipOffset + 6]!;
  let at = ipOffset + 40;
  let isFirst = true;
  for (let count = 0; count < MAX_EXTENSIONS && isExtension(number) && at + 8 <= bytes.byteLength; count++) {
    if (number === IP_PROTOCOL.fragment && (u16(bytes, at + 2) & 0xfff8) !== 0) isFirst = false;
    const length = number === IP_PROTOCOL.fragment ? 8 : 8 * (bytes[at + 1]! + 1);
    number = bytes[at]!;
    at += length;
  }
  const { family, protocol } = names(IPV6_NAMES, 'IPv6', number);
  return { family, protocol, version: 6, ipOffset, transportOffset: isFirst ? at : -1, vlanIds };
}

function isExtension(number: number): boolean {
  return (
    number === IP_PROTOCOL.hopByHop ||
    number === IP_PROTOCOL.routing ||
    number === IP_PROTOCOL.fragment ||
    number === IP_PROTOCOL.destinationOptions
  );
}

const LINK_NAMES: Readonly<Record<number, string>> = {
  [ETHER_TYPE.ipv4]: 'IPv4 cut',
  [ETHER_TYPE.ipv6]: 'IPv6 cut',
  [ETHER_TYPE.arp]: 'ARP',
  [ETHER_TYPE.mpls]: 'MPLS',
};

function linkName(etherType: number): string {
  if (etherType < 0x0600) return 'IEEE 802.3';
  return LINK_NAMES[etherType] ?? `ethertype 0x${etherType.toString(16).padStart(4, '0')}`;
}

/** As in Suricata's EVE records and IANA's registry. */
const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  [IP_PROTOCOL.icmp]: 'ICMP',
  [IP_PROTOCOL.ipv4]: 'IPv4',
  [IP_PROTOCOL.tcp]: 'TCP',
  [IP_PROTOCOL.udp]: 'UDP',
  [IP_PROTOCOL.ipv6]: 'IPv6',
  [IP_PROTOCOL.gre]: 'GRE',
  [IP_PROTOCOL.esp]: 'ESP',
  [IP_PROTOCOL.authentication]: 'AH',
  [IP_PROTOCOL.icmpv6]: 'IPv6-ICMP',
  [IP_PROTOCOL.sctp]: 'SCTP',
};

/** The two names of every protocol number, made once. */
const IPV4_NAMES: (Names | undefined)[] = new Array(256).fill(undefined);
const IPV6_NAMES: (Names | undefined)[] = new Array(256).fill(undefined);

interface Names {
  readonly family: string;
  readonly protocol: string;
}

function names(known: (Names | undefined)[], version: 'IPv4' | 'IPv6', number: number): Names {
  let found = known[number];
  if (found === undefined) {
    const protocol = PROTOCOL_NAMES[number] ?? String(number);
    const shown = /^\d/.test(protocol) ? `protocol ${protocol}` : protocol.replace('IPv6-ICMP', 'ICMPv6');
    found = { family: `${version} ${shown}`, protocol };
    known[number] = found;
  }
  return found;
}

function u16(bytes: Uint8Array, at: number): number {
  return at + 2 <= bytes.byteLength ? (bytes[at]! << 8) | bytes[at + 1]! : 0;
}

/** The two ends of a packet, as text. */
export interface Ends {
  readonly source: string;
  readonly destination: string;
  /** Of TCP, UDP and SCTP. */
  readonly sourcePort?: number;
  readonly destinationPort?: number;
}

/** Addresses and ports; undefined where there is no IP header. */
export function endsOf(bytes: Uint8Array, { version, ipOffset, transportOffset, protocol }: Outline): Ends | undefined {
  if (version === 0) return undefined;
  const format = version === 4 ? formatIpv4 : formatIpv6;
  const [sourceAt, length] = version === 4 ? [ipOffset + 12, 4] : [ipOffset + 8, 16];
  const addresses = { source: format(bytes, sourceAt), destination: format(bytes, sourceAt + length) };
  const hasPorts = protocol === 'TCP' || protocol === 'UDP' || protocol === 'SCTP';
  if (!hasPorts || transportOffset < 0 || transportOffset + 4 > bytes.byteLength) return addresses;
  return {
    ...addresses,
    sourcePort: u16(bytes, transportOffset),
    destinationPort: u16(bytes, transportOffset + 2),
  };
}
