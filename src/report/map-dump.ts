// Maps as JSON in the shape of `bpftool map dump -j`, out and in.
import type { Btf } from '../btf/btf.js';
import { encodeValue } from '../btf/encode.js';
import { type BtfValue, formatValue } from '../btf/value.js';
import type { MapAccess, MapEntry } from '../machine/map.js';
import type { MapSpec } from '../object/spec.js';
import { MAP_TYPES, mapType } from '../platform/map-types.js';
import { fromHex } from '../support/bytes.js';
import { during, InputError } from '../support/errors.js';

/** Entries of one map. Bytes are texts such as `0x1f`, in memory order. */
export type MapDump = readonly DumpedEntry[];

/** One entry; per-CPU maps have `values`, all others `value`. `formatted` is there where BTF describes key and value. */
export interface DumpedEntry {
  readonly key?: readonly string[];
  readonly value?: readonly string[];
  readonly values?: readonly { readonly cpu: number; readonly value: readonly string[] }[];
  readonly formatted?: unknown;
}

/** The entries of a map, in its order. @param most how many at most; all unless told */
export function dumpMap(map: MapAccess, btf: Btf | undefined, most = Number.POSITIVE_INFINITY): MapDump {
  const isPerCpu = mapType(map.spec.type)?.perCpu ?? false;
  const entries = map.entries();
  return (most < entries.length ? entries.slice(0, most) : entries).map(entry =>
    dumpEntry(map.spec, entry, btf, isPerCpu),
  );
}

function dumpEntry(spec: MapSpec, entry: MapEntry, btf: Btf | undefined, isPerCpu: boolean): DumpedEntry {
  const formatted = formatEntry(spec, entry, btf, isPerCpu);
  return {
    ...(spec.keySizeBytes > 0 && { key: hexBytes(entry.key) }),
    ...(isPerCpu
      ? { values: entry.values.map((value, cpu) => ({ cpu, value: hexBytes(value) })) }
      : { value: hexBytes(entry.values[0]!) }),
    ...(formatted !== undefined && { formatted }),
  };
}

function formatEntry(spec: MapSpec, entry: MapEntry, btf: Btf | undefined, isPerCpu: boolean): unknown {
  const { keyTypeId, valueTypeId } = spec;
  if (btf === undefined || valueTypeId === undefined) return undefined;
  const value = (bytes: Uint8Array) => formatValue(btf, valueTypeId, bytes);
  if (spec.definition === 'data' || spec.definition === 'kconfig') {
    const layout = spec.variables === undefined ? {} : { offsets: spec.variables };
    return { value: formatValue(btf, valueTypeId, entry.values[0]!, layout) };
  }
  if (keyTypeId === undefined) return undefined;
  const key = formatValue(btf, keyTypeId, entry.key);
  if (!isPerCpu) return { key, value: value(entry.values[0]!) };
  return { key, values: entry.values.map((bytes, cpu) => ({ cpu, value: value(bytes) })) };
}

function hexBytes(bytes: Uint8Array): string[] {
  return Array.from(bytes, byte => `0x${byte.toString(16).padStart(2, '0')}`);
}

/**
 * The entries of a dump, to be stored in a map.
 * @param json what a dump file holds: a list of entries, as bpftool writes it with or without `-j`, or an object with such lists by map name
 * @throws InputError `map-contents` naming the entry and what is wrong with it
 */
export function parseDump(json: unknown, spec: MapSpec, btf: Btf | undefined): MapEntry[] {
  const list = isRecord(json) && Array.isArray(json[spec.name]) ? json[spec.name] : json;
  if (!Array.isArray(list)) throw new InputError('map-contents', 'not a list of entries');
  return list.map((entry: unknown, index) => during(`entry ${index}`, () => parseEntry(entry, spec, btf)));
}

function parseEntry(entry: unknown, spec: MapSpec, btf: Btf | undefined): MapEntry {
  if (!isRecord(entry)) throw new InputError('map-contents', 'not an object with key and value');
  const key = entry.key === undefined && spec.keySizeBytes === 0 ? new Uint8Array() : keyBytes(entry.key, spec, btf);
  const given = Array.isArray(entry.values) ? entry.values.map(perCpuValue) : [entry.value];
  if (spec.type === MAP_TYPES.user_ringbuf.id) return { key, values: given.map(record) };
  return { key, values: given.map(value => sized(value, spec.valueSizeBytes, spec.valueTypeId, btf, 'value')) };
}

/** A record of a user ring buffer has any size. */
function record(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' && /^0x([0-9a-f]{2})*$/i.test(value) ? fromHex(value) : rawBytes(value, 0);
  if (bytes === undefined) throw new InputError('map-contents', 'value: not bytes');
  return bytes;
}

function keyBytes(key: unknown, spec: MapSpec, btf: Btf | undefined): Uint8Array {
  return sized(key, spec.keySizeBytes, spec.keyTypeId, btf, 'key');
}

function perCpuValue(item: unknown): unknown {
  return isRecord(item) && 'value' in item ? item.value : item;
}

/** Bytes from a list of bytes, hexadecimal text, a number, or a value that BTF describes. */
function sized(
  value: unknown,
  sizeBytes: number,
  typeId: number | undefined,
  btf: Btf | undefined,
  what: string,
): Uint8Array {
  const bytes = rawBytes(value, sizeBytes) ?? typedBytes(value, sizeBytes, typeId, btf, what);
  if (bytes.byteLength !== sizeBytes) {
    throw new InputError('map-contents', `${what}: ${bytes.byteLength} bytes where the map has ${sizeBytes}`);
  }
  return bytes;
}

/** Undefined where `value` is not bytes written out. */
function rawBytes(value: unknown, sizeBytes: number): Uint8Array | undefined {
  if (typeof value === 'string' && /^0x([0-9a-f]{2})+$/i.test(value) && value.length === 2 + 2 * sizeBytes) {
    return fromHex(value);
  }
  if (!Array.isArray(value) || !value.every(isByteText)) return undefined;
  return Uint8Array.from(value, Number);
}

function isByteText(item: unknown): boolean {
  return typeof item === 'string' && /^(0x[0-9a-f]{1,2}|\d{1,3})$/i.test(item) && Number(item) < 256;
}

function typedBytes(
  value: unknown,
  sizeBytes: number,
  typeId: number | undefined,
  btf: Btf | undefined,
  what: string,
): Uint8Array {
  if (btf !== undefined && typeId !== undefined) return during(what, () => encodeValue(btf, typeId, value as BtfValue));
  if (typeof value === 'number' && Number.isSafeInteger(value)) return integerBytes(value, sizeBytes);
  if (Array.isArray(value) && value.every(item => Number.isInteger(item) && item >= 0 && item < 256)) {
    return Uint8Array.from(value as number[]);
  }
  throw new InputError(
    'map-contents',
    `${what}: ${JSON.stringify(value) ?? 'missing'} is neither bytes nor a value that BTF describes`,
  );
}

function integerBytes(value: number, sizeBytes: number): Uint8Array {
  let rest = BigInt(value);
  return Uint8Array.from({ length: sizeBytes }, () => {
    const byte = Number(rest & 0xffn);
    rest >>= 8n;
    return byte;
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
