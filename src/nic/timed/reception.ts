// What a card does with a frame before a program sees it, beside keeping or losing it: takes the VLAN tag out, checks checksums. Hot path.

const ETHER_TYPE_OFFSET = 12;
const TAG_BYTES = 4;
const CUSTOMER_TAG = 0x8100;
const SERVICE_TAG = 0x88a8;

/** Tag control information of the outer customer VLAN tag of the frame from `bytes[start]` on; -1 where it has none. IEEE 802.1Q. */
export function tagOf(bytes: Uint8Array, start: number, end: number): number {
  const at = start + ETHER_TYPE_OFFSET;
  if (end < at + TAG_BYTES + 2 || bytes[at] !== CUSTOMER_TAG >> 8 || bytes[at + 1] !== (CUSTOMER_TAG & 0xff)) return -1;
  return (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** What a card says about the checksums of a frame: of IPv4, and of TCP or UDP. */
export const CHECKSUM_STATES = ['good', 'bad', 'unchecked'] as const;
/** One of them. */
export type ChecksumState = (typeof CHECKSUM_STATES)[number];

const TCP = 6;
const UDP = 17;

/**
 * Checks the checksums of the frame from `bytes[start]` to before `bytes[end]`, where it is IPv4 or IPv6 without extension headers and there is
 * enough of it. Sums are of little-endian words, which is the same but for the order of bytes.
 * @param view of the same memory
 * Source: RFC 791, RFC 9293, RFC 768, RFC 8200, RFC 1071; no checksum (0) in UDP over IPv4 is good.
 */
export function checksumState(bytes: Uint8Array, view: DataView, start: number, end: number): ChecksumState {
  let at = start + ETHER_TYPE_OFFSET;
  for (let type = word(bytes, at, end); type === CUSTOMER_TAG || type === SERVICE_TAG; type = word(bytes, at, end)) {
    at += TAG_BYTES;
  }
  const etherType = word(bytes, at, end);
  const ip = at + 2;
  if (etherType === 0x0800) return ipv4State(bytes, view, ip, end);
  if (etherType !== 0x86dd || end < ip + 40) return 'unchecked';
  const length = word(bytes, ip + 4, end);
  const protocol = bytes[ip + 6]!;
  const pseudo = sum(bytes, view, ip + 8, 32) + swapped(protocol) + swapped(length);
  return transportState(bytes, view, { protocol, at: ip + 40, length, end, pseudo, mayLack: false });
}

function ipv4State(bytes: Uint8Array, view: DataView, ip: number, end: number): ChecksumState {
  if (end < ip + 20) return 'unchecked';
  const headerBytes = (bytes[ip]! & 15) * 4;
  if (headerBytes < 20 || end < ip + headerBytes) return 'unchecked';
  if (folded(sum(bytes, view, ip, headerBytes)) !== 0xffff) return 'bad';
  if ((word(bytes, ip + 6, end) & 0x3fff) !== 0) return 'good';
  const length = word(bytes, ip + 2, end) - headerBytes;
  const protocol = bytes[ip + 9]!;
  const pseudo = sum(bytes, view, ip + 12, 8) + swapped(protocol) + swapped(length);
  const state = transportState(bytes, view, { protocol, at: ip + headerBytes, length, end, pseudo, mayLack: true });
  return state === 'unchecked' ? 'good' : state;
}

/** A TCP or UDP packet: where, and the sum of its pseudo header. */
interface Transport {
  readonly protocol: number;
  readonly at: number;
  readonly length: number;
  readonly end: number;
  readonly pseudo: number;
  readonly mayLack: boolean;
}

function transportState(bytes: Uint8Array, view: DataView, transport: Transport): ChecksumState {
  const { protocol, at, length, end, pseudo, mayLack } = transport;
  const least = protocol === TCP ? 20 : protocol === UDP ? 8 : undefined;
  if (least === undefined || length < least || end < at + length) return 'unchecked';
  if (protocol === UDP && mayLack && word(bytes, at + 6, end) === 0) return 'good';
  return folded(sum(bytes, view, at, length) + pseudo) === 0xffff ? 'good' : 'bad';
}

/** Of 16-bit words, read two at a time, which is the same but for carries; an odd last byte counts as the first one of a word. */
function sum(bytes: Uint8Array, view: DataView, start: number, length: number): number {
  let total = 0;
  let at = start;
  for (const last = start + length - 3; at < last; at += 4) total += view.getUint32(at, true);
  const end = start + length;
  if (at < end - 1) {
    total += view.getUint16(at, true);
    at += 2;
  }
  return at < end ? total + bytes[at]! : total;
}

function swapped(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}

function folded(total: number): number {
  let value = total;
  while (value > 0xffff) value = (value % 0x10000) + Math.floor(value / 0x10000);
  return value;
}

/** Big-endian; 0 where it does not end before `end`. */
function word(bytes: Uint8Array, at: number, end: number): number {
  return at + 1 < end ? (bytes[at]! << 8) | bytes[at + 1]! : 0;
}
