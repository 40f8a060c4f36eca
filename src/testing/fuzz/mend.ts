// Makes a changed packet fit again: lengths and checksums of its outermost IP layer and of what that carries.
import { internetChecksum, pseudoHeaderSum } from '../../capture/checksum.js';
import { IP_PROTOCOL } from '../../capture/protocols.js';

/** Offset of the checksum in the transport header, by protocol. */
const CHECKSUM_AT: ReadonlyMap<number, number> = new Map([
  [IP_PROTOCOL.tcp, 16],
  [IP_PROTOCOL.udp, 6],
  [IP_PROTOCOL.icmp, 2],
  [IP_PROTOCOL.icmpv6, 2],
]);

/** Sets lengths and checksums of an Ethernet frame in place, as far as its headers are there. */
export function mend(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 12;
  while (offset + 6 <= bytes.byteLength && isTag(view.getUint16(offset))) offset += 4;
  if (offset + 2 > bytes.byteLength) return;
  const etherType = view.getUint16(offset);
  if (etherType === 0x0800) mendIpv4(bytes, view, offset + 2);
  else if (etherType === 0x86dd) mendIpv6(bytes, view, offset + 2);
}

function isTag(etherType: number): boolean {
  return etherType === 0x8100 || etherType === 0x88a8;
}

function mendIpv4(bytes: Uint8Array, view: DataView, at: number): void {
  const headerBytes = ((bytes[at] ?? 0) & 15) * 4;
  const end = bytes.byteLength;
  if (headerBytes < 20 || at + headerBytes > end) return;
  view.setUint16(at + 2, Math.min(0xffff, end - at));
  view.setUint16(at + 10, 0);
  view.setUint16(at + 10, internetChecksum(bytes.subarray(at, at + headerBytes)));
  if ((view.getUint16(at + 6) & 0x3fff) !== 0) return;
  const addresses = bytes.subarray(at + 12, at + 20);
  mendTransport(bytes, view, bytes[at + 9]!, at + headerBytes, addresses);
}

function mendIpv6(bytes: Uint8Array, view: DataView, at: number): void {
  if (at + 40 > bytes.byteLength) return;
  view.setUint16(at + 4, Math.min(0xffff, bytes.byteLength - at - 40));
  mendTransport(bytes, view, bytes[at + 6]!, at + 40, bytes.subarray(at + 8, at + 40));
}

function mendTransport(bytes: Uint8Array, view: DataView, protocol: number, at: number, addresses: Uint8Array): void {
  const checksumAt = CHECKSUM_AT.get(protocol);
  const lengthBytes = bytes.byteLength - at;
  if (checksumAt === undefined || lengthBytes < checksumAt + 2) return;
  if (protocol === IP_PROTOCOL.udp) view.setUint16(at + 4, Math.min(0xffff, lengthBytes));
  const half = addresses.byteLength / 2;
  const start =
    protocol === IP_PROTOCOL.icmp
      ? 0
      : pseudoHeaderSum(addresses.subarray(0, half), addresses.subarray(half), protocol, lengthBytes);
  view.setUint16(at + checksumAt, 0);
  view.setUint16(at + checksumAt, internetChecksum(bytes.subarray(at), start));
}
