// Keys and values of maps as people write them: what BTF describes, numbers, addresses, or bytes part by part.

import type { Btf } from '../btf/btf.js';
import { encodeValue } from '../btf/encode.js';
import type { BtfValue } from '../btf/value.js';
import { parseIpv4, parseIpv6, parseMac } from '../capture/addresses.js';
import type { MapEntry } from '../machine/map.js';
import type { MapSpec } from '../object/spec.js';
import { parseDump } from '../report/map-dump.js';
import { fromHex } from '../support/bytes.js';
import { during, InputError } from '../support/errors.js';

/**
 * An entry to store.
 * @param entry `key` and `value` (or `values`, one per CPU); each is a value that BTF describes with IPv4 and IPv6 addresses as text, a
 *   number, `0x...`, or a list of parts in memory order: `u32 24`, `be16 80`, `198.51.100.0`, `2001:db8::`, a MAC address, `0x...`, a byte
 * @throws InputError `map-contents`, `btf-value`, `address`
 */
export function mapEntryOf(entry: Readonly<Record<string, unknown>>, spec: MapSpec, btf: Btf | undefined): MapEntry {
  const dumped = Object.fromEntries(
    Object.entries(entry).map(([name, value]) => [name, name === 'values' ? listOf(value) : written(value)]),
  );
  return parseDump([dumped], spec, btf)[0]!;
}

function listOf(values: unknown): unknown {
  return Array.isArray(values) ? values.map(written) : values;
}

/** The bytes of a key. Throws as mapEntryOf does. */
export function mapKeyOf(key: unknown, spec: MapSpec, btf: Btf | undefined): Uint8Array {
  const blank = `0x${'00'.repeat(spec.valueSizeBytes)}`;
  return mapEntryOf({ ...(spec.keySizeBytes > 0 && { key }), value: blank }, spec, btf).key;
}

/**
 * What a stored value would be if it had what is written: members that are not written keep what `actual` has. Equal to `actual` where the
 * written value matches.
 */
export function expectedValue(value: unknown, actual: Uint8Array, spec: MapSpec, btf: Btf | undefined): Uint8Array {
  const plain = written(value);
  const isTyped = typeof plain === 'object' && plain !== null && !isByteList(plain);
  if (btf === undefined || spec.valueTypeId === undefined || !isTyped) {
    return mapEntryOf({ key: `0x${'00'.repeat(spec.keySizeBytes)}`, value }, spec, btf).values[0]!;
  }
  const offsets = spec.variables === undefined ? {} : { offsets: spec.variables };
  const typeId = spec.valueTypeId;
  return during('value', () => encodeValue(btf, typeId, plain as BtfValue, { into: actual, ...offsets }));
}

function isByteList(value: object): boolean {
  return Array.isArray(value) && value.every(item => typeof item === 'string' && /^0x[0-9a-f]{2}$/.test(item));
}

/** A written value in the form of `bpftool map dump`. */
function written(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return addressValue(value) ?? value;
  if (Array.isArray(value)) return value.some(isPart) ? hexList(value) : value.map(written);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, written(member)]));
}

/**
 * What stands in memory in network order as the member of a struct that holds it: `be16 80` and IPv4 addresses as numbers, MAC addresses as
 * bytes, IPv6 addresses as the kernel's struct in6_addr.
 */
function addressValue(text: string): unknown {
  if (/^be(16|32) /.test(text) && PART.test(text)) return littleEndian(partBytes(text));
  if (isMac(text)) return Array.from(parseMac(text));
  if (isIpv4(text)) return littleEndian(parseIpv4(text));
  if (isIpv6(text)) return { in6_u: { u6_addr8: Array.from(parseIpv6(text)) } };
  return undefined;
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
}

const isIpv4 = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}$/.test(text);
const isMac = (text: string): boolean => /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text);
const isIpv6 = (text: string): boolean => !isMac(text) && /^[0-9a-f]*:[0-9a-f:]*:[0-9a-f.:]*$/i.test(text);
const PART = /^(u|be)(8|16|32|64) (0x[0-9a-f]+|\d+)$/i;

function isPart(item: unknown): boolean {
  return typeof item === 'string' && (PART.test(item) || isIpv4(item) || isIpv6(item) || isMac(item));
}

function hexList(parts: readonly unknown[]): string[] {
  return parts.flatMap(part => Array.from(partBytes(part), byte => `0x${byte.toString(16).padStart(2, '0')}`));
}

function partBytes(part: unknown): Uint8Array {
  const text = String(part);
  if (isIpv4(text)) return parseIpv4(text);
  if (isMac(text)) return parseMac(text);
  if (isIpv6(text)) return parseIpv6(text);
  const number = PART.exec(text);
  if (number !== null) return integerBytes(number[1]!.toLowerCase() === 'be', Number(number[2]), BigInt(number[3]!));
  if (/^0x([0-9a-f]{2})+$/i.test(text)) return fromHex(text);
  if (/^\d{1,3}$/.test(text) && Number(text) < 256) return Uint8Array.of(Number(text));
  throw new InputError('map-contents', `not a part of a key or value: ${text.slice(0, 60)}`);
}

function integerBytes(isBigEndian: boolean, bits: number, value: bigint): Uint8Array {
  if (BigInt.asUintN(bits, value) !== value)
    throw new InputError('map-contents', `${value} does not fit in ${bits} bits`);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, !isBigEndian);
  return isBigEndian ? bytes.subarray(8 - bits / 8) : bytes.subarray(0, bits / 8);
}
