// The Internet checksum. Source: RFC 1071.

/** Sum in ones' complement of the 16-bit words of `bytes`, an odd byte padded with zero, onto `start`; folded to 16 bits. */
export function onesComplementSum(bytes: Uint8Array, start = 0): number {
  let sum = start;
  const even = bytes.byteLength & ~1;
  for (let at = 0; at < even; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  if (even !== bytes.byteLength) sum += bytes[even]! << 8;
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum;
}

/** The checksum to put into a header whose checksum field is zero; `start` is the sum of a pseudo-header. */
export function internetChecksum(bytes: Uint8Array, start = 0): number {
  return ~onesComplementSum(bytes, start) & 0xffff;
}

/** Whether bytes that contain their own checksum are intact. */
export function isChecksumValid(bytes: Uint8Array, start = 0): boolean {
  return onesComplementSum(bytes, start) === 0xffff;
}

/** The sum of the pseudo-header of TCP, UDP and ICMPv6: both addresses, protocol and length. RFC 9293 section 3.1, RFC 8200 section 8.1. */
export function pseudoHeaderSum(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  lengthBytes: number,
): number {
  return onesComplementSum(
    source,
    onesComplementSum(destination, protocol + (lengthBytes >>> 16) + (lengthBytes & 0xffff)),
  );
}
