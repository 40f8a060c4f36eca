// The access string of a CO-RE relocation, resolved against the types of the object: `0:1:2` of struct iphdr is a path of array indices
// and members. libbpf 1.x bpf_core_parse_spec.
import type { Btf } from '../../btf/btf.js';
import type { CoreRelocation } from '../../btf/ext.js';
import { sizeOf, skipModifiers } from '../../btf/resolve.js';
import type { BtfArray, BtfType } from '../../btf/types.js';
import { InputError } from '../../support/errors.js';
import type { KnownCoreKind } from './kinds.js';

/** One turning point of a path: a named member of `typeId`, or an element number of an array whose elements are `typeId`. */
export interface AccessStep {
  readonly typeId: number;
  readonly index: number;
  /** Member or enumerator; undefined for an array index. */
  readonly name: string | undefined;
}

/** A path into a type. */
export interface Access {
  readonly btf: Btf;
  readonly kind: KnownCoreKind;
  readonly rootTypeId: number;
  /** Every index on the way, anonymous members included. */
  readonly indices: number[];
  /** Only what has a meaning: array indices and named members. Empty for type kinds. */
  readonly steps: AccessStep[];
  bitOffset: number;
}

/** libbpf's limit on the length of a path (BPF_CORE_SPEC_MAX_LEN). */
export const MAX_PATH_LENGTH = 64;

/** An access without steps. */
export function emptyAccess(btf: Btf, kind: KnownCoreKind, rootTypeId: number): Access {
  return { btf, kind, rootTypeId, indices: [], steps: [], bitOffset: 0 };
}

/** Resolves the access string. Throws InputError `core-access`; its message is only the errno, for the caller to put into words. */
export function parseAccess(btf: Btf, kind: KnownCoreKind, relocation: CoreRelocation): Access {
  const access = emptyAccess(btf, kind, relocation.typeId);
  if (kind.group === 'type') {
    if (relocation.access !== '0') throw invalid();
    return access;
  }
  access.indices.push(...parseIndices(relocation.access));
  const first = access.indices[0] ?? 0;
  const root = skipModifiers(btf, relocation.typeId);
  if (kind.group === 'enumerator') {
    const value = root.kind === 'enum' || root.kind === 'enum64' ? root.values[first] : undefined;
    if (value === undefined || access.indices.length > 1) throw invalid();
    access.steps.push({ typeId: root.id, index: first, name: value.name });
    return access;
  }
  access.steps.push({ typeId: root.id, index: first, name: undefined });
  access.bitOffset = first * bytesOf(btf, root.id) * 8;
  let type: BtfType = root;
  for (const index of access.indices.slice(1)) type = descend(access, type, index);
  return access;
}

function invalid(): InputError {
  return new InputError('core-access', '-22');
}

function parseIndices(text: string): readonly number[] {
  if (!/^\d+(:\d+)*$/.test(text)) throw invalid();
  const indices = text.split(':').map(Number);
  if (indices.length > MAX_PATH_LENGTH) throw new InputError('core-access', '-7');
  if (indices.some(index => index > 0x7fff_ffff)) throw invalid();
  return indices;
}

/** Adds one step; gives the type it leads to, modifiers skipped. */
function descend(access: Access, type: BtfType, index: number): BtfType {
  const { btf, steps } = access;
  if (type.kind === 'struct' || type.kind === 'union') {
    const member = type.members[index];
    if (member === undefined) throw invalid();
    access.bitOffset += member.bitOffset;
    if (member.name !== '') steps.push({ typeId: type.id, index, name: member.name });
    return skipModifiers(btf, member.typeId);
  }
  if (type.kind !== 'array') throw invalid();
  if (index >= type.elementCount && !isFlexibleArray(btf, steps.at(-1), type)) throw invalid();
  const element = skipModifiers(btf, type.elementTypeId);
  steps.push({ typeId: element.id, index, name: undefined });
  access.bitOffset += index * bytesOf(btf, element.id) * 8;
  return element;
}

/** True for an array without length that is the last member of its struct. */
export function isFlexibleArray(btf: Btf, step: AccessStep | undefined, array: BtfArray): boolean {
  if (step?.name === undefined || array.elementCount > 0) return false;
  const holder = btf.typeById(step.typeId);
  return (holder.kind === 'struct' || holder.kind === 'union') && step.index === holder.members.length - 1;
}

/** Size of a value. Throws InputError `core-access` for types without values. */
export function bytesOf(btf: Btf, typeId: number): number {
  const size = sizeOf(btf, typeId);
  if (size === undefined) throw invalid();
  return size;
}

/** libbpf's description, as in `<byte_off> [8] struct iphdr.protocol (0:6 @ offset 9)`. */
export function describeAccess(access: Access): string {
  const { btf, kind, rootTypeId } = access;
  const root = btf.typeById(rootTypeId);
  const start = `<${kind.name}> [${rootTypeId}] ${root.kind} ${root.name === '' ? '<anon>' : root.name}`;
  if (kind.group === 'type') return start;
  if (kind.group === 'enumerator') return start + describeEnumerator(access);
  const { indices, bitOffset } = access;
  const bits = bitOffset % 8 === 0 ? '' : `.${bitOffset % 8}`;
  return `${start}${describePath(access)} (${indices.join(':')} @ offset ${Math.floor(bitOffset / 8)}${bits})`;
}

function describeEnumerator({ btf, rootTypeId, indices }: Access): string {
  const type = skipModifiers(btf, rootTypeId);
  const value = type.kind === 'enum' || type.kind === 'enum64' ? type.values[indices[0] ?? -1] : undefined;
  return value === undefined ? '' : `::${value.name} = ${value.value}`;
}

/** `.member[3].other` in C's notation. */
export function describePath({ steps }: Access): string {
  const parts = steps.map(({ name, index }, at) => {
    if (name !== undefined) return `.${name}`;
    return at > 0 || index > 0 ? `[${index}]` : '';
  });
  return parts.join('');
}
