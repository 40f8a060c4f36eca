// Where the fields of the kernel's struct nf_conn stand, by the types that a program's code was adapted to.
import type { Btf } from '../btf/btf.js';
import { asComposite, findMember, sizeOf, skipModifiers } from '../btf/resolve.js';
import type { BtfComposite } from '../btf/types.js';

/** Byte offsets in struct nf_conn; undefined for fields that it does not have. */
export interface ConnectionLayout {
  /** References to it: ct_general.use. */
  readonly use: number | undefined;
  readonly timeout: number | undefined;
  /** A struct nf_conntrack_zone. */
  readonly zone: number | undefined;
  /** The struct nf_conntrack_tuple of each direction. */
  readonly original: number | undefined;
  readonly reply: number | undefined;
  readonly status: number | undefined;
}

/** Linux 6.18 on x86-64. The mark, at 168, belongs to the program. */
export const LINUX_CONNECTION: ConnectionLayout = {
  use: 0,
  timeout: 8,
  zone: 12,
  original: 32,
  reply: 88,
  status: 128,
};

/** Bytes of a struct nf_conn that a program may read: more than any kernel's has. */
export const CONNECTION_BYTES = 512;
/** Bytes of the largest field, a tuple. */
const FIELD_BYTES = 40;

/**
 * The layout in these types: the kernel's that CO-RE adapted the code to, or the object's own, where a declaration of it may lack fields. That
 * of Linux 6.18 where they say nothing of the struct.
 */
export function connectionLayout(types: Btf | undefined): ConnectionLayout {
  const struct = types?.typesByEssentialName('nf_conn').find(isStruct);
  if (types === undefined || struct === undefined) return LINUX_CONNECTION;
  const offset = (name: string) => offsetOf(types, struct, name);
  return {
    use: offset('ct_general'),
    timeout: offset('timeout'),
    zone: offset('zone'),
    ...tuples(types, struct),
    status: offset('status'),
  };
}

function isStruct(type: { readonly kind: string }): type is BtfComposite {
  return type.kind === 'struct';
}

function offsetOf(types: Btf, struct: BtfComposite, name: string): number | undefined {
  const found = findMember(types, struct, name);
  const offset = found === undefined ? undefined : found.bitOffset / 8;
  return offset !== undefined && Number.isInteger(offset) && offset + FIELD_BYTES <= CONNECTION_BYTES
    ? offset
    : undefined;
}

/** `tuplehash` is an array of two structs, each with a tuple. */
function tuples(types: Btf, struct: BtfComposite): Pick<ConnectionLayout, 'original' | 'reply'> {
  const start = offsetOf(types, struct, 'tuplehash');
  const member = findMember(types, struct, 'tuplehash')?.member;
  const array = member && skipModifiers(types, member.typeId);
  const element = array?.kind === 'array' ? asComposite(types, array.elementTypeId) : undefined;
  const inside = element && offsetOf(types, element, 'tuple');
  if (start === undefined || element === undefined || inside === undefined)
    return { original: undefined, reply: undefined };
  const original = start + inside;
  const reply = original + (sizeOf(types, element.id) ?? 0);
  return { original, reply: reply + FIELD_BYTES <= CONNECTION_BYTES ? reply : undefined };
}
