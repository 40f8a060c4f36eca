// The number that a CO-RE relocation asks for, from an access that was found, or not. libbpf 1.x bpf_core_calc_relo.
import { skipModifiers } from '../../btf/resolve.js';
import type { BtfComposite, BtfType } from '../../btf/types.js';
import { InputError } from '../../support/errors.js';
import { type Access, bytesOf } from './access.js';

/** A number as it stands in an instruction, and what else patching needs to know. Values are 64 bits, unsigned. */
export interface CoreValue {
  readonly value: bigint;
  /** False where the compiler may rightly have come to another number. */
  readonly isExact: boolean;
  /** Size and type of the field where a load or store of it may change its width. */
  readonly field: { readonly sizeBytes: number; readonly type: BtfType } | undefined;
}

/** What happens to an instruction: its old and new number, or poison where there is nothing to point at. */
export interface CoreResult {
  readonly original: bigint;
  readonly isExact: boolean;
  readonly patched: bigint;
  readonly isPoisoned: boolean;
  readonly originalBytes: number;
  readonly patchedBytes: number;
  /** Loads and stores cannot take the field's new size. */
  readonly isWidthWrong: boolean;
}

/** Compares the number in the object's own types with that in the target's, where `found` is undefined if it has none. */
export function resultOf(local: Access, found: Access | undefined): CoreResult {
  const original = valueOfAccess(local);
  const patched = found === undefined ? absent(local) : valueOfAccess(found);
  return {
    original: original.value,
    isExact: original.isExact,
    patched: patched?.value ?? 0n,
    isPoisoned: patched === undefined,
    originalBytes: original.field?.sizeBytes ?? 0,
    patchedBytes: patched?.field?.sizeBytes ?? 0,
    isWidthWrong: patched !== undefined && isWidthWrong(original, patched),
  };
}

/** The value of a kind whose target does not exist: false, size 0, type 0; undefined where only poison is left. */
function absent({ kind }: Access): CoreValue | undefined {
  switch (kind.title) {
    case 'field_exists':
    case 'enumval_exists':
    case 'type_id_target':
    case 'type_exists':
    case 'type_matches':
    case 'type_size':
      return exact(0n);
    default:
      return undefined;
  }
}

function exact(value: bigint | number): CoreValue {
  return { value: BigInt.asUintN(64, BigInt(value)), isExact: true, field: undefined };
}

/** Pointers, and unsigned integers: reading fewer or more bytes zero-extends to the right value. */
function isWidthWrong(original: CoreValue, patched: CoreValue): boolean {
  if ((original.field?.sizeBytes ?? 0) === (patched.field?.sizeBytes ?? 0)) return false;
  const [from, to] = [original.field?.type, patched.field?.type];
  if (from?.kind === 'ptr' && to?.kind === 'ptr') return false;
  return !(from?.kind === 'int' && to?.kind === 'int' && !from.isSigned && !to.isSigned);
}

function valueOfAccess(access: Access): CoreValue {
  const { kind, btf, rootTypeId } = access;
  switch (kind.title) {
    case 'type_id_local':
    case 'type_id_target':
      // Linking may have changed ids after the compiler wrote them.
      return { ...exact(rootTypeId), isExact: false };
    case 'field_exists':
    case 'type_exists':
    case 'type_matches':
    case 'enumval_exists':
      return exact(1n);
    case 'type_size':
      return exact(bytesOf(btf, rootTypeId));
    case 'enumval_value':
      return enumeratorValue(access);
    default:
      return fieldValue(access);
  }
}

function enumeratorValue({ btf, steps }: Access): CoreValue {
  const type = btf.typeById(steps[0]?.typeId ?? 0);
  const value = type.kind === 'enum' || type.kind === 'enum64' ? type.values[steps[0]?.index ?? -1]?.value : undefined;
  if (value === undefined) throw new InputError('core-access', '-22');
  // 32-bit enumerators are sign-extended, whatever the enum says.
  return exact(type.kind === 'enum' ? BigInt.asIntN(32, value) : value);
}

function fieldValue(access: Access): CoreValue {
  const last = access.steps.at(-1)!;
  const holder = access.btf.typeById(last.typeId);
  if (last.name === undefined) return elementValue(access, holder);
  if (holder.kind !== 'struct' && holder.kind !== 'union') throw new InputError('core-access', '-22');
  return memberValue(access, holder, last.index);
}

/** An array element, or the root itself. */
function elementValue({ btf, kind, bitOffset }: Access, type: BtfType): CoreValue {
  const sizeBytes = bytesOf(btf, type.id);
  if (kind.title === 'field_byte_offset') return { ...exact(bitOffset / 8), field: { sizeBytes, type } };
  if (kind.title === 'field_byte_size') return exact(sizeBytes);
  throw new InputError('core-access', `relo ${kind.name} can't be applied to array access`);
}

/** Where a member's bits are, and the aligned bytes that hold them. */
interface Placement {
  readonly type: BtfType;
  readonly isBitfield: boolean;
  readonly bitOffset: number;
  readonly bits: number;
  readonly byteOffset: number;
  readonly sizeBytes: number;
}

function memberValue(access: Access, holder: BtfComposite, index: number): CoreValue {
  const place = placeMember(access, holder, index);
  const { type, isBitfield, bits, byteOffset, sizeBytes } = place;
  switch (access.kind.title) {
    case 'field_byte_offset':
      return {
        ...exact(byteOffset),
        isExact: !isBitfield,
        field: isBitfield ? undefined : { sizeBytes, type },
      };
    case 'field_byte_size':
      return { ...exact(sizeBytes), isExact: !isBitfield };
    case 'field_signed':
      return exact('isSigned' in type && type.isSigned ? 1 : 0);
    case 'field_lshift_u64':
      return { ...exact(leftShift(access, place)), isExact: !isBitfield };
    case 'field_rshift_u64':
      return exact(64 - bits);
    default:
      throw new InputError('core-access', '-95');
  }
}

/** Moves the field's top bit to bit 63. */
function leftShift({ btf }: Access, { bitOffset, bits, byteOffset, sizeBytes }: Placement): number {
  const inside = bitOffset - byteOffset * 8;
  return btf.byteOrder === 'little' ? 64 - (inside + bits) : (8 - sizeBytes) * 8 + inside;
}

function placeMember({ btf, bitOffset, kind }: Access, holder: BtfComposite, index: number): Placement {
  const member = holder.members[index]!;
  const type = skipModifiers(btf, member.typeId);
  if (member.bitfieldBits === 0) {
    const sizeBytes = bytesOf(btf, type.id);
    const byteOffset = Math.floor(bitOffset / 8);
    return { type, isBitfield: false, bitOffset, bits: sizeBytes * 8, byteOffset, sizeBytes };
  }
  const bits = member.bitfieldBits;
  // The smallest aligned unit that holds all the bits: at least the declared type, at most 8 bytes.
  for (let sizeBytes = bytesOf(btf, type.id); sizeBytes > 0 && sizeBytes <= 8; sizeBytes *= 2) {
    const byteOffset = Math.floor(bitOffset / 8 / sizeBytes) * sizeBytes;
    if (bitOffset + bits - byteOffset * 8 <= sizeBytes * 8) {
      return { type, isBitfield: true, bitOffset, bits, byteOffset, sizeBytes };
    }
  }
  throw new InputError('core-access', `relo ${kind.name} can't be satisfied for bitfield`);
}
