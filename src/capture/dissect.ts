// Takes packets apart, layer by layer: tables from what names a layer to what reads it. Every length is checked before it is used;
// a layer that is cut or contradicts itself ends the reading with a problem.
import type { Cursor, Dissection, LayerReader, Next } from './dissect-cursor.js';
import { isIpv6Extension, readIpv4, readIpv6, readIpv6Extension } from './dissect-ip.js';
import { readArp, readEthernet, readGeneve, readGre, readMpls, readVlan, readVxlan } from './dissect-link.js';
import { readIcmp, readIcmpv6, readTcp, readUdp } from './dissect-transport.js';
import { ETHER_TYPE, IP_PROTOCOL } from './protocols.js';

/** Layers that are followed; more are a packet made to waste time. */
const MAX_LAYERS = 32;

/** The layers of an Ethernet frame. Never throws. */
export function dissect(bytes: Uint8Array): Dissection {
  const cursor: Cursor = {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    offset: 0,
    end: bytes.byteLength,
    layers: [],
    protocol: 'Ethernet',
    problem: undefined,
    pseudoHeader: undefined,
  };
  let next: Next | undefined = { layer: 'ethernet' };
  while (next !== undefined && cursor.problem === undefined) {
    if (cursor.layers.length === MAX_LAYERS) cursor.problem = `more than ${MAX_LAYERS} layers`;
    else next = readNext(cursor, next);
  }
  const { layers, protocol, problem } = cursor;
  return { layers, protocol, problem };
}

function readNext(cursor: Cursor, next: Next): Next | undefined {
  if ('layer' in next) return LAYER_READERS[next.layer](cursor, 0);
  if ('etherType' in next) return readByEtherType(cursor, next.etherType);
  cursor.protocol = PROTOCOL_NAMES.get(next.protocol) ?? `protocol ${next.protocol}`;
  if (next.isHeaderElsewhere) return undefined;
  const read = isIpv6Extension(next.protocol) ? readIpv6Extension : PROTOCOL_READERS.get(next.protocol);
  return read?.(cursor, next.protocol);
}

/** EtherTypes below this are the length of an IEEE 802.3 frame. */
const LEAST_ETHER_TYPE = 0x600;

function readByEtherType(cursor: Cursor, etherType: number): Next | undefined {
  cursor.protocol = etherType < LEAST_ETHER_TYPE ? 'LLC' : `ethertype 0x${etherType.toString(16).padStart(4, '0')}`;
  return ETHER_TYPE_READERS.get(etherType)?.(cursor, etherType);
}

const LAYER_READERS: Readonly<Record<'ethernet' | 'vxlan' | 'geneve' | 'mpls' | 'ipv4' | 'ipv6', LayerReader>> = {
  ethernet: readEthernet,
  vxlan: readVxlan,
  geneve: readGeneve,
  mpls: readMpls,
  ipv4: readIpv4,
  ipv6: readIpv6,
};

const ETHER_TYPE_READERS: ReadonlyMap<number, LayerReader> = new Map<number, LayerReader>([
  [ETHER_TYPE.ipv4, readIpv4],
  [ETHER_TYPE.ipv6, readIpv6],
  [ETHER_TYPE.arp, readArp],
  [ETHER_TYPE.vlan, readVlan],
  [ETHER_TYPE.serviceVlan, readVlan],
  [ETHER_TYPE.mpls, readMpls],
]);

const PROTOCOL_READERS: ReadonlyMap<number, LayerReader> = new Map<number, LayerReader>([
  [IP_PROTOCOL.icmp, readIcmp],
  [IP_PROTOCOL.icmpv6, readIcmpv6],
  [IP_PROTOCOL.tcp, readTcp],
  [IP_PROTOCOL.udp, readUdp],
  [IP_PROTOCOL.ipv4, readIpv4],
  [IP_PROTOCOL.ipv6, readIpv6],
  [IP_PROTOCOL.gre, readGre],
]);

const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [IP_PROTOCOL.hopByHop, 'IPv6 hop-by-hop options'],
  [IP_PROTOCOL.icmp, 'ICMP'],
  [IP_PROTOCOL.ipv4, 'IPv4'],
  [IP_PROTOCOL.tcp, 'TCP'],
  [IP_PROTOCOL.udp, 'UDP'],
  [IP_PROTOCOL.ipv6, 'IPv6'],
  [IP_PROTOCOL.routing, 'IPv6 routing'],
  [IP_PROTOCOL.fragment, 'IPv6 fragment'],
  [IP_PROTOCOL.gre, 'GRE'],
  [IP_PROTOCOL.esp, 'ESP'],
  [IP_PROTOCOL.authentication, 'AH'],
  [IP_PROTOCOL.icmpv6, 'ICMPv6'],
  [IP_PROTOCOL.noNextHeader, 'no next header'],
  [IP_PROTOCOL.destinationOptions, 'IPv6 destination options'],
  [IP_PROTOCOL.sctp, 'SCTP'],
]);
