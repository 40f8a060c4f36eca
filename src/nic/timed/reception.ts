// What a card does with a frame before a program sees it, beside keeping or losing it: takes the VLAN tag out, checks checksums. Hot path.

const ETHER_TYPE_OFFSET = 12;
const TAG_BYTES = 4;
const CUSTOMER_TAG = 0x8100;

/** Tag control information of the outer customer VLAN tag; -1 where the frame has none. IEEE 802.1Q. */
export function tagOf(frame: Uint8Array): number {
  if (frame.length < ETHER_TYPE_OFFSET + TAG_BYTES + 2) return -1;
  return word(frame, ETHER_TYPE_OFFSET) === CUSTOMER_TAG ? word(frame, ETHER_TYPE_OFFSET + 2) : -1;
}

/** The frame without its outer tag, a copy. */
export function withoutTag(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frame.length - TAG_BYTES);
  bytes.set(frame.subarray(0, ETHER_TYPE_OFFSET));
  bytes.set(frame.subarray(ETHER_TYPE_OFFSET + TAG_BYTES), ETHER_TYPE_OFFSET);
  return bytes;
}

/** What a card says about the checksums of a frame: of IPv4, and of TCP or UDP. */
export const CHECKSUM_STATES = ['good', 'bad', 'unchecked'] as const;
/** One of them. */
export type ChecksumState = (typeof CHECKSUM_STATES)[number];

const TCP = 6;
const UDP = 17;

/**
 * Checks a frame's checksums, where it is IPv4 or IPv6 without extension headers and there is enough of it.
 * Source: RFC 791, RFC 9293, RFC 768, RFC 8200; no checksum (0) in UDP over IPv4 is good.
 */
export function checksumState(frame: Uint8Array): ChecksumState {
  let at = ETHER_TYPE_OFFSET;
  for (let type = word(frame, at); type === 0x8100 || type === 0x88a8; type = word(frame, at)) at += TAG_BYTES;
  const etherType = word(frame, at);
  const ip = at + 2;
  if (etherType === 0x0800) return ipv4State(frame, ip);
  if (etherType !== 0x86dd || frame.length < ip + 40) return 'unchecked';
  const length = word(frame, ip + 4);
  const pseudo = sum(frame, ip + 8, 32) + frame[ip + 6]! + length;
  return transportState(frame, frame[ip + 6]!, ip + 40, length, pseudo, false);
}

function ipv4State(frame: Uint8Array, ip: number): ChecksumState {
  if (frame.length < ip + 20) return 'unchecked';
  const headerBytes = (frame[ip]! & 15) * 4;
  if (headerBytes < 20 || frame.length < ip + headerBytes) return 'unchecked';
  if (folded(sum(frame, ip, headerBytes)) !== 0xffff) return 'bad';
  if ((word(frame, ip + 6) & 0x3fff) !== 0) return 'good';
  const length = word(frame, ip + 2) - headerBytes;
  const protocol = frame[ip + 9]!;
  const pseudo = sum(frame, ip + 12, 8) + protocol + length;
  const state = transportState(frame, protocol, ip + headerBytes, length, pseudo, true);
  return state === 'unchecked' ? 'good' : state;
}

function transportState(
  frame: Uint8Array,
  protocol: number,
  at: number,
  length: number,
  pseudo: number,
  mayLack: boolean,
): ChecksumState {
  const least = protocol === TCP ? 20 : protocol === UDP ? 8 : undefined;
  if (least === undefined || length < least || frame.length < at + length) return 'unchecked';
  if (protocol === UDP && mayLack && word(frame, at + 6) === 0) return 'good';
  return folded(sum(frame, at, length) + pseudo) === 0xffff ? 'good' : 'bad';
}

/** Of 16-bit words; an odd last byte counts as the upper half of one. */
function sum(bytes: Uint8Array, start: number, length: number): number {
  let total = 0;
  const end = start + (length & ~1);
  for (let at = start; at < end; at += 2) total += (bytes[at]! << 8) | bytes[at + 1]!;
  return length & 1 ? total + (bytes[end]! << 8) : total;
}

function folded(total: number): number {
  let value = total;
  while (value > 0xffff) value = (value & 0xffff) + (value >>> 16);
  return value;
}

function word(bytes: Uint8Array, at: number): number {
  return at + 1 < bytes.length ? (bytes[at]! << 8) | bytes[at + 1]! : 0;
}
