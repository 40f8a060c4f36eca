// Reads IPv4 and IPv6 headers of packets, with extension headers and fragments.
import { formatIpv4, formatIpv6 } from './addresses.js';
import { isChecksumValid, pseudoHeaderSum } from './checksum.js';
import { type Cursor, holds, limit, type Next, pass } from './dissect-cursor.js';
import { IP_PROTOCOL } from './protocols.js';

/** An IPv4 header. RFC 791 section 3.1. */
export function readIpv4(cursor: Cursor): Next | undefined {
  if (!holds(cursor, 20, 'IPv4')) return undefined;
  const { bytes, view, offset, end } = cursor;
  const [version, headerBytes] = [bytes[offset]! >>> 4, (bytes[offset]! & 15) * 4];
  const totalBytes = view.getUint16(offset + 2);
  if (version !== 4 || headerBytes < 20 || totalBytes < headerBytes) {
    cursor.problem = `IPv4 version ${version}, header of ${headerBytes} bytes, total length ${totalBytes}`;
    return undefined;
  }
  if (!holds(cursor, headerBytes, 'IPv4')) return undefined;
  const fragment = view.getUint16(offset + 6);
  const fragmentOffsetBytes = (fragment & 0x1fff) * 8;
  const isFragment = (fragment & 0x3fff) !== 0;
  const protocol = bytes[offset + 9]!;
  const isWhole = limit(cursor, offset + totalBytes) && !isFragment;
  pass(cursor, headerBytes, {
    kind: 'ipv4',
    source: formatIpv4(bytes, offset + 12),
    destination: formatIpv4(bytes, offset + 16),
    protocol,
    hopLimit: bytes[offset + 8]!,
    isFragment,
    fragmentOffsetBytes,
    identification: view.getUint16(offset + 4),
    isChecksumValid: isChecksumValid(bytes.subarray(offset, Math.min(offset + headerBytes, end))),
  });
  setPseudoHeader(cursor, isWhole, offset + 12, 4);
  return { protocol, isHeaderElsewhere: fragmentOffsetBytes !== 0 };
}

function setPseudoHeader(cursor: Cursor, isWhole: boolean, addresses: number, addressBytes: number): void {
  const source = cursor.bytes.subarray(addresses, addresses + addressBytes);
  const destination = cursor.bytes.subarray(addresses + addressBytes, addresses + 2 * addressBytes);
  cursor.pseudoHeader = isWhole
    ? (protocol, lengthBytes) => pseudoHeaderSum(source, destination, protocol, lengthBytes)
    : undefined;
}

/** An IPv6 header. RFC 8200 section 3. */
export function readIpv6(cursor: Cursor): Next | undefined {
  if (!holds(cursor, 40, 'IPv6')) return undefined;
  const { bytes, view, offset } = cursor;
  const first = view.getUint32(offset);
  if (first >>> 28 !== 6) {
    cursor.problem = `IPv6 version ${first >>> 28}`;
    return undefined;
  }
  const isWhole = limit(cursor, offset + 40 + view.getUint16(offset + 4));
  const protocol = bytes[offset + 6]!;
  const fragment = ipv6FragmentWord(cursor, protocol, offset + 40);
  const isFragment = (fragment & 0xfff9) !== 0;
  pass(cursor, 40, {
    kind: 'ipv6',
    source: formatIpv6(bytes, offset + 8),
    destination: formatIpv6(bytes, offset + 24),
    protocol,
    hopLimit: bytes[offset + 7]!,
    isFragment,
    fragmentOffsetBytes: fragment & 0xfff8,
    flowLabel: first & 0xfffff,
  });
  setPseudoHeader(cursor, isWhole && !isFragment, offset + 8, 16);
  return { protocol };
}

/** Offset and flag of the fragment header among the extension headers from `offset` on; 0 when there is none. */
function ipv6FragmentWord(cursor: Cursor, firstHeader: number, firstOffset: number): number {
  let [header, offset] = [firstHeader, firstOffset];
  while (isIpv6Extension(header) && offset + 8 <= cursor.end) {
    if (header === IP_PROTOCOL.fragment) return cursor.view.getUint16(offset + 2);
    const lengthBytes = extensionBytes(cursor, header, offset);
    header = cursor.bytes[offset]!;
    offset += lengthBytes;
  }
  return 0;
}

/** Whether a next header is an extension header that can be gone past. */
export function isIpv6Extension(header: number): boolean {
  const { hopByHop, routing, fragment, destinationOptions, authentication } = IP_PROTOCOL;
  return [hopByHop, routing, fragment, destinationOptions, authentication].some(extension => extension === header);
}

// The length byte counts 8-byte units without the first; for the authentication header, 4-byte units without two.
function extensionBytes(cursor: Cursor, header: number, offset: number): number {
  if (header === IP_PROTOCOL.fragment) return 8;
  const units = cursor.bytes[offset + 1]!;
  return header === IP_PROTOCOL.authentication ? (units + 2) * 4 : (units + 1) * 8;
}

/** An IPv6 extension header, `header` by number. RFC 8200 section 4. */
export function readIpv6Extension(cursor: Cursor, header: number): Next | undefined {
  if (!holds(cursor, 8, 'IPv6 extension')) return undefined;
  const { bytes, view, offset } = cursor;
  const lengthBytes = extensionBytes(cursor, header, offset);
  if (!holds(cursor, lengthBytes, 'IPv6 extension')) return undefined;
  const next = bytes[offset]!;
  pass(cursor, lengthBytes, { kind: 'ipv6-extension', header });
  const isLater = header === IP_PROTOCOL.fragment && (view.getUint16(offset + 2) & 0xfff8) !== 0;
  return { protocol: next, isHeaderElsewhere: isLater };
}
