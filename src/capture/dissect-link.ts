// Reads link and tunnel headers of packets: Ethernet, VLAN, MPLS, ARP, GRE, VXLAN and GENEVE.
import { formatIpv4, formatMac } from './addresses.js';
import { type Cursor, holds, type Next, pass } from './dissect-cursor.js';
import { ETHER_TYPE } from './protocols.js';

/** An Ethernet header. IEEE 802.3 clause 3.1. */
export function readEthernet(cursor: Cursor): Next | undefined {
  if (!holds(cursor, 14, 'Ethernet')) return undefined;
  const { bytes, view, offset } = cursor;
  const etherType = view.getUint16(offset + 12);
  pass(cursor, 14, {
    kind: 'ethernet',
    source: formatMac(bytes, offset + 6),
    destination: formatMac(bytes, offset),
    etherType,
  });
  return { etherType };
}

/** A VLAN tag. IEEE 802.1Q clause 9. */
export function readVlan(cursor: Cursor): Next | undefined {
  if (!holds(cursor, 4, 'VLAN')) return undefined;
  const control = cursor.view.getUint16(cursor.offset);
  const etherType = cursor.view.getUint16(cursor.offset + 2);
  pass(cursor, 4, { kind: 'vlan', id: control & 0xfff, priority: control >>> 13, etherType });
  return { etherType };
}

/** An MPLS label. It does not say what it carries: an IP version in the first four bits is how routers tell, too. RFC 3032. */
export function readMpls(cursor: Cursor): Next | undefined {
  if (!holds(cursor, 4, 'MPLS')) return undefined;
  const entry = cursor.view.getUint32(cursor.offset);
  const isLast = (entry & 0x100) !== 0;
  pass(cursor, 4, { kind: 'mpls', label: entry >>> 12, isLast });
  if (!isLast) return { layer: 'mpls' };
  const version = cursor.offset < cursor.end ? cursor.bytes[cursor.offset]! >>> 4 : 0;
  return version === 4 ? { layer: 'ipv4' } : version === 6 ? { layer: 'ipv6' } : undefined;
}

/** An ARP message for IPv4. RFC 826. */
export function readArp(cursor: Cursor): undefined {
  if (!holds(cursor, 28, 'ARP')) return;
  const { bytes, view, offset } = cursor;
  pass(cursor, 28, {
    kind: 'arp',
    operation: view.getUint16(offset + 6),
    senderAddress: formatIpv4(bytes, offset + 14),
    targetAddress: formatIpv4(bytes, offset + 24),
  });
}

/** A GRE header. RFC 2784 and 2890. */
export function readGre(cursor: Cursor): Next | undefined {
  if (!holds(cursor, 4, 'GRE')) return undefined;
  const { view, offset } = cursor;
  const [flags, protocol] = [view.getUint16(offset), view.getUint16(offset + 2)];
  const checksumBytes = (flags & 0xc000) !== 0 ? 4 : 0;
  const hasKey = (flags & 0x2000) !== 0;
  const lengthBytes = 4 + checksumBytes + (hasKey ? 4 : 0) + ((flags & 0x1000) !== 0 ? 4 : 0);
  if (!holds(cursor, lengthBytes, 'GRE')) return undefined;
  const key = hasKey && { key: view.getUint32(offset + 4 + checksumBytes) };
  pass(cursor, lengthBytes, { kind: 'gre', protocol, ...key });
  if ((flags & 7) !== 0) return undefined;
  return protocol === ETHER_TYPE.bridgedEthernet ? { layer: 'ethernet' } : { etherType: protocol };
}

/** A VXLAN header. RFC 7348 section 5. */
export function readVxlan(cursor: Cursor): Next | undefined {
  if (!holds(cursor, 8, 'VXLAN')) return undefined;
  pass(cursor, 8, { kind: 'vxlan', networkId: cursor.view.getUint32(cursor.offset + 4) >>> 8 });
  return { layer: 'ethernet' };
}

/** A GENEVE header. RFC 8926 section 3.4. */
export function readGeneve(cursor: Cursor): Next | undefined {
  if (!holds(cursor, 8, 'GENEVE')) return undefined;
  const { bytes, view, offset } = cursor;
  const lengthBytes = 8 + (bytes[offset]! & 0x3f) * 4;
  if (!holds(cursor, lengthBytes, 'GENEVE')) return undefined;
  const protocol = view.getUint16(offset + 2);
  pass(cursor, lengthBytes, { kind: 'geneve', networkId: view.getUint32(offset + 4) >>> 8, protocol });
  return protocol === ETHER_TYPE.bridgedEthernet ? { layer: 'ethernet' } : { etherType: protocol };
}
