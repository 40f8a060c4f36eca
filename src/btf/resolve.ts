// Questions about types that need following one type to the next. Types can refer to each other in a circle that means nothing, so
// every walk here has an end.
import { InputError } from '../support/errors.js';
import type { Btf } from './btf.js';
import type { BtfComposite, BtfMember, BtfType } from './types.js';

/** Longer chains of typedefs, qualifiers and arrays do not occur; the kernel stops at 32. */
const MAX_STEPS = 64;
const MAX_SIZE_BYTES = 0xffff_ffff;
const POINTER_BYTES = 8;

/** True for what changes nothing about the values of a type: typedef, const, volatile, restrict, type_tag. */
export function isModifier(
  type: BtfType,
): type is Extract<BtfType, { kind: 'typedef' | 'const' | 'volatile' | 'restrict' | 'type_tag' }> {
  switch (type.kind) {
    case 'typedef':
    case 'const':
    case 'volatile':
    case 'restrict':
    case 'type_tag':
      return true;
    default:
      return false;
  }
}

/** The type below typedefs, qualifiers and type tags. Throws InputError `btf-loop`. */
export function skipModifiers(btf: Btf, id: number): BtfType {
  let type = btf.typeById(id);
  for (let step = 0; isModifier(type); step++) {
    if (step === MAX_STEPS) throw loop(btf, id);
    type = btf.typeById(type.typeId);
  }
  return type;
}

/**
 * Bytes that a value of the type takes; a pointer takes 8. Undefined for types without values: void, functions, forward declarations.
 * Throws InputError `btf-loop`, and `btf-size` above 4 GiB.
 */
export function sizeOf(btf: Btf, id: number): number | undefined {
  let count = 1;
  let at = id;
  for (let step = 0; step < MAX_STEPS; step++) {
    const type = skipModifiers(btf, at);
    if (type.kind === 'array') count *= type.elementCount;
    if (type.kind !== 'array' && type.kind !== 'var') return times(btf, id, count, ownSize(type));
    at = type.kind === 'array' ? type.elementTypeId : type.typeId;
  }
  throw loop(btf, id);
}

function ownSize(type: BtfType): number | undefined {
  if (type.kind === 'ptr') return POINTER_BYTES;
  return 'sizeBytes' in type ? type.sizeBytes : undefined;
}

function times(btf: Btf, id: number, count: number, sizeBytes: number | undefined): number | undefined {
  if (sizeBytes === undefined) return undefined;
  const total = count * sizeBytes;
  if (total <= MAX_SIZE_BYTES) return total;
  throw new InputError('btf-size', `${btf.label}: type [${id}]: ${count} times ${sizeBytes} bytes are more than 4 GiB`);
}

function loop(btf: Btf, id: number): InputError {
  return new InputError('btf-loop', `${btf.label}: type [${id}] refers to itself`);
}

/** The struct or union that the type is below its modifiers, or undefined. Throws InputError `btf-loop`. */
export function asComposite(btf: Btf, id: number): BtfComposite | undefined {
  const type = skipModifiers(btf, id);
  return type.kind === 'struct' || type.kind === 'union' ? type : undefined;
}

/** A member and where it starts, from the outermost struct. */
export interface FoundMember {
  readonly member: BtfMember;
  readonly bitOffset: number;
}

/** The member called `name`, also inside anonymous structs and unions, as C finds it. Undefined where there is none. */
export function findMember(btf: Btf, composite: BtfComposite, name: string): FoundMember | undefined {
  return findBelow(btf, composite, name, 0, new Set());
}

/** An anonymous type that was searched once has nothing new to give, so each is searched once: no circles, no explosion. */
function findBelow(
  btf: Btf,
  composite: BtfComposite,
  name: string,
  start: number,
  searched: Set<number>,
): FoundMember | undefined {
  searched.add(composite.id);
  for (const member of composite.members) {
    const bitOffset = start + member.bitOffset;
    if (member.name === name && name !== '') return { member, bitOffset };
    const inner = member.name === '' ? asComposite(btf, member.typeId) : undefined;
    if (inner === undefined || searched.has(inner.id)) continue;
    const found = findBelow(btf, inner, name, bitOffset, searched);
    if (found !== undefined) return found;
  }
  return undefined;
}
