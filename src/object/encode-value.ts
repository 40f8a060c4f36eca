// JSON values to the bytes that a C type has in memory, little-endian.
import type { Btf } from '../btf/btf.js';
import { sizeOf, skipModifiers } from '../btf/resolve.js';
import type { BtfArray, BtfComposite, BtfEnum, BtfMember } from '../btf/types.js';
import { fromHex } from '../support/bytes.js';
import { InputError } from '../support/errors.js';

/** Values of variables are small; arrays of a map's size are preloaded in other ways. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 32;

/**
 * The bytes of `value` as type `typeId`: numbers (also as text, decimal or 0x) for integers, enums (also by name) and pointers; true and
 * false; lists for arrays, shorter ones leaving zeros; text for char arrays, and `0x...` bytes for any array; objects by member name for
 * structs and unions, members left out being zero.
 * @param where how messages name the value
 * @throws InputError `option-variable`
 */
export function encodeValue(btf: Btf, typeId: number, value: unknown, where: string): Uint8Array {
  const sizeBytes = sizeOf(btf, typeId);
  if (sizeBytes === undefined || sizeBytes > MAX_BYTES) throw wrong(where, `its type [${typeId}] takes no value`);
  const bytes = new Uint8Array(sizeBytes);
  write({ btf, bytes, where, depth: 0 }, 0, typeId, value);
  return bytes;
}

interface Writing {
  readonly btf: Btf;
  readonly bytes: Uint8Array;
  readonly where: string;
  readonly depth: number;
}

function wrong(where: string, what: string): InputError {
  return new InputError('option-variable', `${where}: ${what}`);
}

function write(writing: Writing, offset: number, typeId: number, value: unknown): void {
  const { btf, where } = writing;
  if (writing.depth > MAX_DEPTH) throw wrong(where, 'its type is nested too deep');
  const inner = { ...writing, depth: writing.depth + 1 };
  const type = skipModifiers(btf, typeId);
  switch (type.kind) {
    case 'int':
      writeNumber(writing, offset, type.sizeBytes, numberOf(value, where), type.isSigned);
      break;
    case 'ptr':
      writeNumber(writing, offset, 8, numberOf(value, where), false);
      break;
    case 'enum':
    case 'enum64':
      writeNumber(writing, offset, type.sizeBytes, enumValue(type, value, where), type.isSigned);
      break;
    case 'float':
      writeFloat(writing, offset, type.sizeBytes, value);
      break;
    case 'array':
      writeArray(inner, offset, type, value);
      break;
    case 'struct':
    case 'union':
      writeMembers(inner, offset, type, value);
      break;
    default:
      throw wrong(where, `a ${type.kind} takes no value`);
  }
}

function numberOf(value: unknown, where: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string') {
    const parts = /^(-?)(0x[0-9a-f]+|[0-9]+)$/i.exec(value.trim());
    if (parts?.[2] !== undefined) return parts[1] === '-' ? -BigInt(parts[2]) : BigInt(parts[2]);
  }
  throw wrong(where, `${shown(value)} is no whole number`);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function enumValue(type: BtfEnum, value: unknown, where: string): bigint {
  const named = type.values.find(({ name }) => name === value);
  return named?.value ?? numberOf(value, where);
}

function writeNumber({ bytes, where }: Writing, offset: number, sizeBytes: number, value: bigint, isSigned: boolean) {
  const bits = BigInt(sizeBytes * 8);
  const [low, high] = isSigned ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
  if (value < low || value > high)
    throw wrong(where, `${value} does not fit in ${sizeBytes} bytes (${low} to ${high})`);
  for (let at = 0; at < sizeBytes; at++) bytes[offset + at] = Number((value >> BigInt(8 * at)) & 0xffn);
}

function writeFloat({ bytes, where }: Writing, offset: number, sizeBytes: number, value: unknown): void {
  if (typeof value !== 'number' || (sizeBytes !== 4 && sizeBytes !== 8))
    throw wrong(where, `${shown(value)} is no float`);
  const view = new DataView(bytes.buffer);
  if (sizeBytes === 4) view.setFloat32(offset, value, true);
  else view.setFloat64(offset, value, true);
}

function writeArray(writing: Writing, offset: number, type: BtfArray, value: unknown): void {
  const { btf, bytes, where } = writing;
  const elementBytes = sizeOf(btf, type.elementTypeId) ?? 0;
  const room = elementBytes * type.elementCount;
  if (typeof value === 'string') {
    const raw = textBytes(btf, type, value, where);
    if (raw.byteLength > room) throw wrong(where, `${raw.byteLength} bytes do not fit in ${room}`);
    bytes.set(raw, offset);
    return;
  }
  if (!Array.isArray(value)) throw wrong(where, `${shown(value)} is no list`);
  if (value.length > type.elementCount) {
    throw wrong(where, `${value.length} values for an array of ${type.elementCount}`);
  }
  for (const [index, item] of value.entries()) {
    write({ ...writing, where: `${where}[${index}]` }, offset + index * elementBytes, type.elementTypeId, item);
  }
}

/** Text of a char array keeps room for its NUL only where there is some; anything else must be bytes in hexadecimal. */
function textBytes(btf: Btf, type: BtfArray, text: string, where: string): Uint8Array {
  const element = skipModifiers(btf, type.elementTypeId);
  const isHex = /^0x([0-9a-f]{2})*$/i.test(text);
  if (isHex) return fromHex(text);
  if (element.kind === 'int' && element.sizeBytes === 1) return new TextEncoder().encode(text);
  throw wrong(where, `${shown(text)} is no list, and no bytes as 0x...`);
}

function writeMembers(writing: Writing, offset: number, type: BtfComposite, value: unknown): void {
  const { where } = writing;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(where, `${shown(value)} is no object with the members of ${type.kind} ${type.name}`);
  }
  for (const [name, item] of Object.entries(value)) {
    const found = findMember(writing.btf, type, name, 0, 0);
    if (found === undefined) throw wrong(where, `${type.kind} ${type.name} has no member '${name}'`);
    const { member, bitOffset } = found;
    const inner = { ...writing, where: `${where}.${name}` };
    if (member.bitfieldBits > 0) writeBits(inner, offset * 8 + bitOffset, member, item);
    else write(inner, offset + bitOffset / 8, member.typeId, item);
  }
}

interface FoundMember {
  readonly member: BtfMember;
  readonly bitOffset: number;
}

/** A member of the struct or of an anonymous one in it. */
function findMember(btf: Btf, type: BtfComposite, name: string, base: number, depth: number): FoundMember | undefined {
  const direct = type.members.find(member => member.name === name);
  if (direct !== undefined) return { member: direct, bitOffset: base + direct.bitOffset };
  if (depth >= 4) return undefined;
  for (const member of type.members) {
    const inner = member.name === '' ? skipModifiers(btf, member.typeId) : undefined;
    if (inner?.kind !== 'struct' && inner?.kind !== 'union') continue;
    const found = findMember(btf, inner, name, base + member.bitOffset, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A bit-field, counted from the least significant bit. */
function writeBits({ bytes, where, btf }: Writing, bitOffset: number, member: BtfMember, value: unknown): void {
  const type = skipModifiers(btf, member.typeId);
  const number =
    type.kind === 'enum' || type.kind === 'enum64' ? enumValue(type, value, where) : numberOf(value, where);
  const width = BigInt(member.bitfieldBits);
  const isSigned = 'isSigned' in type && type.isSigned;
  if (number !== (isSigned ? BigInt.asIntN(Number(width), number) : BigInt.asUintN(Number(width), number))) {
    throw wrong(where, `${number} does not fit in ${width} bits`);
  }
  for (let bit = 0; bit < member.bitfieldBits; bit++) {
    const at = bitOffset + bit;
    const mask = 1 << (at & 7);
    const isSet = ((number >> BigInt(bit)) & 1n) === 1n;
    bytes[at >> 3] = isSet ? bytes[at >> 3]! | mask : bytes[at >> 3]! & ~mask;
  }
}
