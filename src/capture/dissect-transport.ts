// Reads TCP, UDP, ICMP and ICMPv6 headers of packets.
import { isChecksumValid } from './checksum.js';
import { type Cursor, holds, limit, type Next, pass } from './dissect-cursor.js';
import { GENEVE_PORT, IP_PROTOCOL, VXLAN_PORT } from './protocols.js';

/** A TCP header. RFC 9293 section 3.1. */
export function readTcp(cursor: Cursor): undefined {
  if (!holds(cursor, 20, 'TCP')) return;
  const { bytes, view, offset } = cursor;
  const headerBytes = (bytes[offset + 12]! >>> 4) * 4;
  if (headerBytes < 20) {
    cursor.problem = `TCP header of ${headerBytes} bytes`;
    return;
  }
  if (!holds(cursor, headerBytes, 'TCP')) return;
  pass(cursor, headerBytes, {
    kind: 'tcp',
    sourcePort: view.getUint16(offset),
    destinationPort: view.getUint16(offset + 2),
    sequence: view.getUint32(offset + 4),
    acknowledgement: view.getUint32(offset + 8),
    flags: bytes[offset + 13]!,
    ...upperChecksum(cursor, offset, cursor.end, IP_PROTOCOL.tcp),
  });
}

/** A UDP header. RFC 768. */
export function readUdp(cursor: Cursor): Next | undefined {
  if (!holds(cursor, 8, 'UDP')) return undefined;
  const { view, offset } = cursor;
  const length = view.getUint16(offset + 4);
  if (length < 8) {
    cursor.problem = `UDP length ${length}`;
    return undefined;
  }
  const destinationPort = view.getUint16(offset + 2);
  const isChecked = view.getUint16(offset + 6) !== 0 && limit(cursor, offset + length);
  pass(cursor, 8, {
    kind: 'udp',
    sourcePort: view.getUint16(offset),
    destinationPort,
    ...(isChecked && upperChecksum(cursor, offset, cursor.end, IP_PROTOCOL.udp)),
  });
  if (destinationPort === VXLAN_PORT) return { layer: 'vxlan' };
  return destinationPort === GENEVE_PORT ? { layer: 'geneve' } : undefined;
}

/** An ICMP header. RFC 792. */
export function readIcmp(cursor: Cursor): undefined {
  if (!holds(cursor, 4, 'ICMP')) return;
  const { bytes, offset, end } = cursor;
  const checked = cursor.pseudoHeader && { isChecksumValid: isChecksumValid(bytes.subarray(offset, end)) };
  pass(cursor, 4, { kind: 'icmp', type: bytes[offset]!, code: bytes[offset + 1]!, ...checked });
}

/** An ICMPv6 header. RFC 4443 section 2. */
export function readIcmpv6(cursor: Cursor): undefined {
  if (!holds(cursor, 4, 'ICMPv6')) return;
  const { bytes, offset } = cursor;
  const checked = upperChecksum(cursor, offset, cursor.end, IP_PROTOCOL.icmpv6);
  pass(cursor, 4, { kind: 'icmpv6', type: bytes[offset]!, code: bytes[offset + 1]!, ...checked });
}

function upperChecksum(
  cursor: Cursor,
  offset: number,
  end: number,
  protocol: number,
): { readonly isChecksumValid?: boolean } {
  const start = cursor.pseudoHeader?.(protocol, end - offset);
  return start === undefined ? {} : { isChecksumValid: isChecksumValid(cursor.bytes.subarray(offset, end), start) };
}
