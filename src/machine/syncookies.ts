// SYN cookies: sequence numbers that hold the connection's MSS, so that nothing is kept of it until the handshake is over.
// Linux net/ipv4/syncookies.c, net/ipv6/syncookies.c. The secret is fixed, so that every run gives the same cookies.
import { sipHash } from './siphash.js';

const SECRETS = [
  [0x0706050403020100n, 0x0f0e0d0c0b0a0908n],
  [0x1716151413121110n, 0x1f1e1d1c1b1a1918n],
] as const;
const COOKIE_BITS = 24;
const COOKIE_MASK = 0xff_ffff;
/** Minutes for which a cookie holds (MAX_SYNCOOKIE_AGE). */
const MAX_AGE = 2;
const MINUTE_NANOS = 60_000_000_000n;
const TCP_HEADER_BYTES = 20;
const OPTION = { END: 0, NOTHING: 1, MSS: 2 } as const;

/** The values of MSS that a cookie can hold, and what is assumed where a SYN names none, by IP version. */
const MSS = {
  4: { values: [536, 1300, 1440, 1460], default: 536 },
  6: { values: [1220, 1420, 1440, 8940], default: 1220 },
} as const;

export type IpVersion = keyof typeof MSS;

/** Headers as they stand in the packet: the IP header without options is enough, TCP with its options for `makeCookie`. */
export interface Handshake {
  readonly version: IpVersion;
  readonly ip: Uint8Array;
  readonly tcp: Uint8Array;
}

/** The cookie for a SYN, and the MSS that it holds. */
export function makeCookie(
  handshake: Handshake,
  nowNanos: bigint,
): { readonly cookie: number; readonly mssBytes: number } {
  const { values } = MSS[handshake.version];
  const wanted = mssOption(handshake.tcp) || MSS[handshake.version].default;
  const index = Math.max(
    0,
    values.findLastIndex(value => value <= wanted),
  );
  const minute = minuteOf(nowNanos);
  const sum =
    hash(handshake, 0, 0) +
    sequenceOf(handshake, 4) +
    minute * 2 ** COOKIE_BITS +
    ((hash(handshake, minute, 1) + index) & COOKIE_MASK);
  return { cookie: sum % 2 ** 32, mssBytes: values[index]! };
}

/** The MSS in the cookie that an ACK brings back, 0 where it brings none that holds. */
export function checkCookie(handshake: Handshake, nowNanos: bigint): number {
  const cookie = (sequenceOf(handshake, 8) - 1) >>> 0;
  const sequence = (sequenceOf(handshake, 4) - 1) >>> 0;
  const rest = (cookie - hash(handshake, 0, 0) - sequence) >>> 0;
  const minute = minuteOf(nowNanos);
  const age = (minute - (rest >>> COOKIE_BITS)) & 0xff;
  if (age >= MAX_AGE) return 0;
  const index = (rest - hash(handshake, minute - age, 1)) & COOKIE_MASK;
  return MSS[handshake.version].values[index] ?? 0;
}

function minuteOf(nowNanos: bigint): number {
  return Number(nowNanos / MINUTE_NANOS) >>> 0;
}

function sequenceOf({ tcp }: Handshake, offset: number): number {
  return new DataView(tcp.buffer, tcp.byteOffset, tcp.byteLength).getUint32(offset, false);
}

/** Low 32 bits of a hash over addresses, ports and a number. */
function hash({ version, ip, tcp }: Handshake, minute: number, secret: 0 | 1): number {
  const addresses = version === 4 ? ip.subarray(12, 20) : ip.subarray(8, 40);
  const input = new Uint8Array(addresses.byteLength + 8);
  input.set(addresses);
  input.set(tcp.subarray(0, 4), addresses.byteLength);
  new DataView(input.buffer).setUint32(addresses.byteLength + 4, minute >>> 0, true);
  return Number(sipHash(SECRETS[secret], input) & 0xffff_ffffn);
}

/** The MSS option of a TCP header, 0 where it has none. */
export function mssOption(tcp: Uint8Array): number {
  const end = Math.min(tcp.byteLength, (tcp[12]! >> 4) * 4);
  let at = TCP_HEADER_BYTES;
  while (at < end) {
    const kind = tcp[at]!;
    if (kind === OPTION.END) return 0;
    if (kind === OPTION.NOTHING) {
      at++;
      continue;
    }
    const length = tcp[at + 1] ?? 0;
    if (length < 2 || at + length > end) return 0;
    if (kind === OPTION.MSS && length === 4) return (tcp[at + 2]! << 8) | tcp[at + 3]!;
    at += length;
  }
  return 0;
}
