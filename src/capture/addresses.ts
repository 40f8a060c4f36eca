// MAC, IPv4 and IPv6 addresses: text to bytes and back. Text forms of RFC 4291 section 2.2 and, for printing, RFC 5952.
import { InputError } from '../support/errors.js';

/** The six bytes of `aa:bb:cc:dd:ee:ff`; dashes do as well. Throws InputError `address`. */
export function parseMac(text: string): Uint8Array {
  if (!/^[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}$/i.test(text)) throw malformed('MAC', text);
  return Uint8Array.from(text.split(/[:-]/), digits => Number.parseInt(digits, 16));
}

/** `aa:bb:cc:dd:ee:ff` of the six bytes at `offset`. */
export function formatMac(bytes: Uint8Array, offset = 0): string {
  return Array.from(bytes.subarray(offset, offset + 6), byte => byte.toString(16).padStart(2, '0')).join(':');
}

/** The four bytes of `198.51.100.7`. Throws InputError `address`. */
export function parseIpv4(text: string): Uint8Array {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every(part => /^\d{1,3}$/.test(part) && Number(part) <= 255)) {
    throw malformed('IPv4', text);
  }
  return Uint8Array.from(parts, Number);
}

/** `198.51.100.7` of the four bytes at `offset`. */
export function formatIpv4(bytes: Uint8Array, offset = 0): string {
  return bytes.subarray(offset, offset + 4).join('.');
}

/** The sixteen bytes of `2001:db8::1`; an IPv4 address may stand at the end. Throws InputError `address`. */
export function parseIpv6(text: string): Uint8Array {
  const halves = text.split('::');
  if (halves.length > 2) throw malformed('IPv6', text);
  const [front, back] = halves.map(half => ipv6Words(half, text)) as [number[], number[]?];
  const missing = 8 - front.length - (back?.length ?? 0);
  if (back === undefined ? missing !== 0 : missing < 1) throw malformed('IPv6', text);
  const words = back === undefined ? front : [...front, ...new Array<number>(missing).fill(0), ...back];
  return Uint8Array.from(words.flatMap(word => [word >>> 8, word & 0xff]));
}

function ipv6Words(half: string, text: string): number[] {
  if (half === '') return [];
  return half.split(':').flatMap((part, at, parts) => {
    if (part.includes('.') && at === parts.length - 1) {
      const [a, b, c, d] = parseIpv4(part);
      return [(a! << 8) | b!, (c! << 8) | d!];
    }
    if (!/^[0-9a-f]{1,4}$/i.test(part)) throw malformed('IPv6', text);
    return [Number.parseInt(part, 16)];
  });
}

/** `2001:db8::1` of the sixteen bytes at `offset`: lower case, the first longest run of two or more zero words shortened. */
export function formatIpv6(bytes: Uint8Array, offset = 0): string {
  const words = Array.from({ length: 8 }, (_, at) => (bytes[offset + 2 * at]! << 8) | bytes[offset + 2 * at + 1]!);
  const run = longestZeroRun(words);
  const text = (part: readonly number[]): string => part.map(word => word.toString(16)).join(':');
  if (run.length < 2) return text(words);
  return `${text(words.slice(0, run.start))}::${text(words.slice(run.start + run.length))}`;
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let at = 0; at <= words.length; at++) {
    if (words[at] === 0) continue;
    if (at - start > best.length) best = { start, length: at - start };
    start = at + 1;
  }
  return best;
}

function malformed(kind: string, text: string): InputError {
  return new InputError('address', `not an ${kind} address: ${text.slice(0, 60)}`.replace('an MAC', 'a MAC'));
}
