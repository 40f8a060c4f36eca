// A JSON value as bytes of memory by its type: the inverse of formatValue, for setting globals and filling maps.
import { type ByteOrder, NATIVE_ORDER } from '../support/bytes.js';
import { InputError } from '../support/errors.js';
import { writeBits } from './bits.js';
import type { Btf } from './btf.js';
import { findMember, sizeOf, skipModifiers } from './resolve.js';
import type { BtfArray, BtfComposite, BtfDataSection, BtfEnum, BtfFloat, BtfInt, BtfMember, BtfType } from './types.js';
import { type BtfValue, isText, noValue, requireScalar, type ValueLayout } from './value.js';

/** Larger values are not map values. */
const MAX_VALUE_BYTES = 1 << 28;

/**
 * The bytes of `value` as type `typeId`. Takes what formatValue gives, and beside it: numbers as decimal or hexadecimal text, enumerators
 * as numbers, shorter arrays and structs with members left out; what is not given keeps the byte of `into`, or zero.
 * @param layout `into`: current bytes, copied and not changed; needed for data sections, whose size BTF of compilers leaves out
 * @throws InputError `btf-value`, naming the member, for values that do not fit; `btf-loop`, `btf-size`
 */
export function encodeValue(
  btf: Btf,
  typeId: number,
  value: BtfValue,
  layout: ValueLayout & { readonly into?: Uint8Array } = {},
): Uint8Array {
  const type = skipModifiers(btf, typeId);
  const sizeBytes = sizeOf(btf, typeId);
  if (sizeBytes === undefined) throw noValue(btf.label, type);
  if (sizeBytes > MAX_VALUE_BYTES) throw new InputError('btf-value', `${btf.label}: a value of ${sizeBytes} bytes`);
  const bytes = new Uint8Array(Math.max(sizeBytes, layout.into?.byteLength ?? 0));
  if (layout.into !== undefined) bytes.set(layout.into);
  new ValueEncoder(btf, bytes, layout).write(typeId, 0, value, type.name || 'value');
  return bytes;
}

class ValueEncoder {
  private readonly btf: Btf;
  private readonly bytes: Uint8Array;
  private readonly order: ByteOrder;
  private readonly offsets: ReadonlyMap<string, number> | undefined;

  constructor(btf: Btf, bytes: Uint8Array, layout: ValueLayout) {
    this.btf = btf;
    this.bytes = bytes;
    this.order = layout.order ?? NATIVE_ORDER;
    this.offsets = layout.offsets;
  }

  /** `where` names the value in messages: `config.ports[2]`. */
  write(typeId: number, at: number, value: BtfValue, where: string): void {
    const type = skipModifiers(this.btf, typeId);
    switch (type.kind) {
      case 'int':
        this.int(type, 8 * at, value, where);
        break;
      case 'ptr':
        this.number(8 * at, 64, false, value, where);
        break;
      case 'enum':
      case 'enum64':
        this.enumerator(type, 8 * at, 8 * type.sizeBytes, value, where);
        break;
      case 'float':
        this.float(type, at, value, where);
        break;
      case 'array':
        this.array(type, at, value, where);
        break;
      case 'struct':
      case 'union':
        this.members(type, at, value, where);
        break;
      case 'datasec':
        this.variables(type, value, where);
        break;
      case 'var':
        sizeOf(this.btf, type.id); // ends variables of themselves
        this.write(type.typeId, at, value, where);
        break;
      default:
        throw noValue(where, type);
    }
  }

  private int(type: BtfInt, bitOffset: number, value: BtfValue, where: string): void {
    requireScalar(type, where);
    const number = typeof value === 'boolean' ? Number(value) : value;
    if (type.isBool && number !== 0 && number !== 1) throw unfit(where, value, 'a boolean');
    this.number(bitOffset + type.bitOffset, type.bits, type.isSigned, number, where);
  }

  private enumerator(type: BtfEnum, bitOffset: number, bits: number, value: BtfValue, where: string): void {
    requireScalar(type, where);
    const named = typeof value === 'string' ? type.values.find(({ name }) => name === value) : undefined;
    this.number(bitOffset, bits, type.isSigned, named === undefined ? value : named.value.toString(), where);
  }

  /** Hexadecimal text may give the bits of a negative number, as formatValue does for bitfields. */
  private number(bitOffset: number, bits: number, isSigned: boolean, value: BtfValue, where: string): void {
    const integer = toInteger(value);
    if (integer === undefined) throw unfit(where, value, 'an integer');
    const isBits = typeof value === 'string' && /^0x/i.test(value);
    const cut = isSigned && !isBits ? BigInt.asIntN(bits, integer) : BigInt.asUintN(bits, integer);
    if (cut !== integer) throw unfit(where, value, `${isSigned ? 'a signed' : 'an unsigned'} number of ${bits} bits`);
    this.bits(bitOffset, bits, integer, where);
  }

  private bits(bitOffset: number, bits: number, value: bigint, where: string): void {
    if (bitOffset + bits > 8 * this.bytes.byteLength) throw this.outside(where);
    writeBits(this.bytes, bitOffset, bits, value, this.order);
  }

  private float(type: BtfFloat, at: number, value: BtfValue, where: string): void {
    const number = typeof value === 'string' ? Number(value) : value;
    if (typeof number !== 'number' || value === '') throw unfit(where, value, 'a number');
    if (at + type.sizeBytes > this.bytes.byteLength) throw this.outside(where);
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset);
    if (type.sizeBytes === 4) view.setFloat32(at, number, this.order === 'little');
    else if (type.sizeBytes === 8) view.setFloat64(at, number, this.order === 'little');
    else throw unfit(where, value, `a float of ${type.sizeBytes} bytes, which cannot be set`);
  }

  private array(type: BtfArray, at: number, value: BtfValue, where: string): void {
    if (typeof value === 'string' && isText(this.btf, type)) this.text(type, at, value, where);
    else this.elements(type, at, value, where);
  }

  private elements(type: BtfArray, at: number, value: BtfValue, where: string): void {
    const elementBytes = sizeOf(this.btf, type.elementTypeId);
    if (elementBytes === undefined) throw noValue(where, this.btf.typeById(type.elementTypeId));
    if (!Array.isArray(value)) throw unfit(where, value, `an array of ${type.elementCount}`);
    if (value.length > type.elementCount) throw unfit(where, value, `an array of at most ${type.elementCount}`);
    value.forEach((element: BtfValue, index) => {
      this.write(type.elementTypeId, at + index * elementBytes, element, `${where}[${index}]`);
    });
  }

  /** Text may fill the array without a NUL behind it, as in C; what is left of the array becomes zero. */
  private text(type: BtfArray, at: number, value: string, where: string): void {
    const text = new TextEncoder().encode(value);
    if (text.byteLength > type.elementCount) throw unfit(where, value, `text of at most ${type.elementCount} bytes`);
    if (at + type.elementCount > this.bytes.byteLength) throw this.outside(where);
    this.bytes.fill(0, at, at + type.elementCount);
    this.bytes.set(text, at);
  }

  private members(type: BtfComposite, at: number, value: BtfValue, where: string): void {
    for (const [name, member] of entriesOf(value, where)) {
      const found = findMember(this.btf, type, name);
      if (found === undefined)
        throw new InputError('btf-value', `${where}: ${type.kind} '${type.name}' has no member '${name}'`);
      this.member(found.member, 8 * at + found.bitOffset, member, `${where}.${name}`);
    }
  }

  private member({ typeId, bitfieldBits }: BtfMember, bitOffset: number, value: BtfValue, where: string): void {
    const type = skipModifiers(this.btf, typeId);
    if (bitfieldBits > 0) this.bitfield(type, bitOffset, bitfieldBits, value, where);
    else if (type.kind === 'int') this.int(type, bitOffset, value, where);
    else if (bitOffset % 8 === 0) this.write(typeId, bitOffset / 8, value, where);
    else throw this.outside(where);
  }

  private bitfield(type: BtfType, bitOffset: number, bits: number, value: BtfValue, where: string): void {
    if (type.kind === 'enum' || type.kind === 'enum64') {
      this.enumerator(type, bitOffset, bits, value, where);
    } else {
      const number = typeof value === 'boolean' ? Number(value) : value;
      this.number(bitOffset, bits, type.kind === 'int' && type.isSigned, number, where);
    }
  }

  /** Both `{"a": 1}` and bpftool's `[{"a": 1}]`, with the section's name around it or without. */
  private variables(type: BtfDataSection, value: BtfValue, where: string): void {
    const inner = isObject(value) && Object.keys(value).length === 1 ? (value[type.name] ?? value) : value;
    const objects: readonly BtfValue[] = Array.isArray(inner) ? inner : [inner];
    for (const [name, variable] of objects.flatMap(object => entriesOf(object, where))) {
      this.variable(type, name, variable);
    }
  }

  private variable(section: BtfDataSection, name: string, value: BtfValue): void {
    for (const { typeId, offsetBytes } of section.entries) {
      const variable = this.btf.typeById(typeId);
      if (variable.kind === 'var' && variable.name === name) {
        this.write(variable.typeId, this.offsets?.get(name) ?? offsetBytes, value, name);
        return;
      }
    }
    throw new InputError('btf-value', `${section.name}: no variable '${name}'`);
  }

  private outside(where: string): InputError {
    return new InputError('btf-value', `${where}: lies outside its value of ${this.bytes.byteLength} bytes`);
  }
}

function unfit(where: string, value: BtfValue, wanted: string): InputError {
  const text = JSON.stringify(value) ?? String(value);
  return new InputError(
    'btf-value',
    `${where}: ${text.length > 60 ? `${text.slice(0, 60)}...` : text} is not ${wanted}`,
  );
}

function isObject(value: BtfValue): value is { readonly [name: string]: BtfValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function entriesOf(value: BtfValue, where: string): readonly (readonly [string, BtfValue])[] {
  if (isObject(value)) return Object.entries(value);
  throw unfit(where, value, 'an object');
}

/** Undefined for what is no integer. */
function toInteger(value: BtfValue): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== 'string' || !/^(-?\d{1,40}|0x[0-9a-f]{1,32})$/i.test(value)) return undefined;
  return BigInt(value);
}
