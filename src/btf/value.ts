// Bytes of memory as a JSON value by their type, in the form of `formatted` in `bpftool map dump -j`.
import { type ByteOrder, ByteReader, decodeText, NATIVE_ORDER } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { readBits } from './bits.js';
import type { Btf } from './btf.js';
import { asComposite, sizeOf, skipModifiers } from './resolve.js';
import type { BtfArray, BtfComposite, BtfDataSection, BtfEnum, BtfFloat, BtfInt, BtfMember, BtfType } from './types.js';

/** What JSON can hold. Integers above 2^53 are decimal strings. */
export type BtfValue = number | string | boolean | null | readonly BtfValue[] | { readonly [name: string]: BtfValue };

/** How values lie in memory. */
export interface ValueLayout {
  /** Byte order of the memory; little-endian unless told. */
  readonly order?: ByteOrder;
  /** Where the variables of a data section stand, by name; compilers leave 0 in BTF. */
  readonly offsets?: ReadonlyMap<string, number>;
}

/**
 * The value of type `typeId` that `bytes` hold. As bpftool prints it: pointers are numbers, enumerators their names (the number where none
 * fits), `char` arrays text if printable and ended by NUL and numbers otherwise, integers of 128 bits and bitfields hexadecimal strings, a
 * data section `{".data": [{"variable": value}, ...]}`. Unlike bpftool, members of anonymous structs stand among those around
 * them, and floating-point numbers are printed.
 * @throws InputError `btf-value` for types without values, `truncated` where bytes are missing, `btf-loop`, `btf-size`
 */
export function formatValue(btf: Btf, typeId: number, bytes: Uint8Array, layout: ValueLayout = {}): BtfValue {
  const reader = new ByteReader(bytes, `${btf.label}: value of type [${typeId}]`, layout.order ?? NATIVE_ORDER);
  const budget = FREE_NODES + NODES_PER_BYTE * bytes.byteLength;
  return new ValueFormatter(btf, reader, layout.offsets, budget).value(typeId, 0, 0);
}

/** Types may share bytes (unions), but not without end. */
const FREE_NODES = 1 << 16;
const NODES_PER_BYTE = 16;
const MAX_DEPTH = 64;

type Entry = readonly [name: string, value: BtfValue];

/** One formatting: counts the values it makes, since types of a hostile file can ask for any number of them. */
class ValueFormatter {
  private readonly btf: Btf;
  private readonly reader: ByteReader;
  private readonly offsets: ReadonlyMap<string, number> | undefined;
  private remaining: number;
  /** Names of enumerators and sizes of array elements, by type id. */
  private readonly enumerators = new Map<number, ReadonlyMap<bigint, string>>();
  private readonly sizes = new Map<number, number>();

  constructor(btf: Btf, reader: ByteReader, offsets: ReadonlyMap<string, number> | undefined, budget: number) {
    this.btf = btf;
    this.reader = reader;
    this.offsets = offsets;
    this.remaining = budget;
  }

  value(typeId: number, at: number, depth: number): BtfValue {
    this.step(depth, 1);
    const type = skipModifiers(this.btf, typeId);
    switch (type.kind) {
      case 'int':
        return this.int(type, at);
      case 'ptr':
        return plain(this.reader.u64(at));
      case 'enum':
      case 'enum64':
        return this.enumerator(type, at);
      case 'float':
        return this.float(type, at);
      case 'array':
        return this.array(type, at, depth);
      case 'struct':
      case 'union':
        return Object.fromEntries(this.members(type, at, depth));
      case 'datasec':
        if (depth > 0) throw noValue(this.reader.label, type);
        return { [type.name]: this.variables(type, depth) };
      case 'var':
        return this.value(type.typeId, at, depth + 1);
      default:
        throw noValue(this.reader.label, type);
    }
  }

  private step(depth: number, work: number): void {
    this.remaining -= work;
    if (this.remaining >= 0 && depth <= MAX_DEPTH) return;
    throw new InputError('btf-loop', `${this.reader.label}: the type contains itself or repeats itself without end`);
  }

  private int(type: BtfInt, at: number): BtfValue {
    requireScalar(type, this.reader.label);
    const { sizeBytes, bits, bitOffset } = type;
    if (bits !== 8 * sizeBytes || sizeBytes > 8) return hexadecimal(readBits(this.reader, 8 * at + bitOffset, bits));
    const value = readBits(this.reader, 8 * at, bits);
    if (type.isBool) return value !== 0n;
    return plain(type.isSigned ? BigInt.asIntN(bits, value) : value);
  }

  private enumerator(type: BtfEnum, at: number): BtfValue {
    requireScalar(type, this.reader.label);
    const { sizeBytes, isSigned } = type;
    const raw = readBits(this.reader, 8 * at, 8 * sizeBytes);
    const value = isSigned ? BigInt.asIntN(8 * sizeBytes, raw) : raw;
    return this.enumeratorNames(type).get(value) ?? plain(value);
  }

  /** Where several have the value, the first is meant. */
  private enumeratorNames({ id, values }: BtfEnum): ReadonlyMap<bigint, string> {
    const known = this.enumerators.get(id);
    if (known !== undefined) return known;
    const names = new Map(values.toReversed().map(({ name, value }) => [value, name]));
    this.enumerators.set(id, names);
    return names;
  }

  private float(type: BtfFloat, at: number): BtfValue {
    requireScalar(type, this.reader.label);
    const { sizeBytes } = type;
    const bytes = this.reader.take(at, sizeBytes);
    const view = new DataView(bytes.buffer, bytes.byteOffset, sizeBytes);
    const isLittle = this.reader.order === 'little';
    if (sizeBytes === 4) return finite(view.getFloat32(0, isLittle));
    if (sizeBytes === 8) return finite(view.getFloat64(0, isLittle));
    return hexadecimal(readBits(this.reader, 8 * at, 8 * sizeBytes));
  }

  private array(type: BtfArray, at: number, depth: number): BtfValue {
    const text = isText(this.btf, type) ? this.text(type.elementCount, at, depth) : undefined;
    if (text !== undefined) return text;
    const elementBytes = this.elementSize(type);
    this.reader.take(at, elementBytes * type.elementCount);
    const values: BtfValue[] = [];
    for (let index = 0; index < type.elementCount; index++) {
      values.push(this.value(type.elementTypeId, at + index * elementBytes, depth + 1));
    }
    return values;
  }

  private text(lengthBytes: number, at: number, depth: number): string | undefined {
    const bytes = this.reader.take(at, lengthBytes);
    this.step(depth, lengthBytes);
    return printable(bytes);
  }

  private elementSize({ elementTypeId }: BtfArray): number {
    const known = this.sizes.get(elementTypeId);
    if (known !== undefined) return known;
    const sizeBytes = sizeOf(this.btf, elementTypeId);
    if (sizeBytes === undefined) throw noValue(this.reader.label, this.btf.typeById(elementTypeId));
    this.sizes.set(elementTypeId, sizeBytes);
    return sizeBytes;
  }

  private members(type: BtfComposite, at: number, depth: number): readonly Entry[] {
    this.step(depth, 1 + type.members.length);
    this.reader.take(at, type.sizeBytes);
    return type.members.flatMap((member): readonly Entry[] => {
      const inner = member.name === '' ? asComposite(this.btf, member.typeId) : undefined;
      if (inner !== undefined) return this.members(inner, at + member.bitOffset / 8, depth + 1);
      return member.name === '' ? [] : [[member.name, this.member(member, at, depth)]];
    });
  }

  private member({ typeId, bitOffset, bitfieldBits }: BtfMember, at: number, depth: number): BtfValue {
    if (bitfieldBits > 0) return hexadecimal(readBits(this.reader, 8 * at + bitOffset, bitfieldBits));
    if (bitOffset % 8 === 0) return this.value(typeId, at + bitOffset / 8, depth + 1);
    const type = skipModifiers(this.btf, typeId);
    if (type.kind === 'int') return hexadecimal(readBits(this.reader, 8 * at + bitOffset + type.bitOffset, type.bits));
    throw noValue(this.reader.label, type);
  }

  private variables(type: BtfDataSection, depth: number): BtfValue {
    return type.entries.flatMap(({ typeId, offsetBytes }) => {
      const variable = this.btf.typeById(typeId);
      if (variable.kind !== 'var') return [];
      const at = this.offsets?.get(variable.name) ?? offsetBytes;
      return [{ [variable.name]: this.value(variable.typeId, at, depth + 1) }];
    });
  }
}

/** True for arrays that C writes as text: of `char`, or of what a compiler marks so; not of a typedef of it, as in bpftool. */
export function isText(btf: Btf, array: BtfArray): boolean {
  let element = btf.typeById(array.elementTypeId);
  for (let step = 0; step < MAX_DEPTH && (element.kind === 'const' || element.kind === 'volatile'); step++) {
    element = btf.typeById(element.typeId);
  }
  return element.kind === 'int' && element.sizeBytes === 1 && (element.isChar || element.name === 'char');
}

/** The widest scalar there is: 128-bit integers and long double. */
const MAX_SCALAR_BYTES = 16;

/** Throws InputError `btf-value` for an integer, enum or float of a size that no compiler makes. */
export function requireScalar(type: BtfInt | BtfEnum | BtfFloat, label: string): void {
  if (type.sizeBytes > 0 && type.sizeBytes <= MAX_SCALAR_BYTES) return;
  throw new InputError('btf-value', `${label}: type [${type.id}]: ${type.kind} of ${type.sizeBytes} bytes`);
}

/** The error for types that have no values. */
export function noValue(label: string, type: BtfType): InputError {
  return new InputError('btf-value', `${label}: type [${type.id}] ${type.kind} '${type.name}' has no values`);
}

function plain(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function hexadecimal(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** JSON has no infinities. */
function finite(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The text before the first NUL; undefined where there is no NUL or something not printable before it. */
function printable(bytes: Uint8Array): string | undefined {
  const end = bytes.indexOf(0);
  const text = bytes.subarray(0, Math.max(0, end));
  return end >= 0 && text.every(byte => byte >= 0x20 && byte < 0x7f) ? decodeText(text) : undefined;
}
