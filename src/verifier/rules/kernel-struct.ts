// Reads through pointers to structs of the kernel: what stands at an offset, by the kernel's types, and how far a pointer found there can be trusted.
import type { Btf } from '../../btf/btf.js';
import { asComposite, sizeOf, skipModifiers } from '../../btf/resolve.js';
import type { BtfComposite, BtfMember, BtfType } from '../../btf/types.js';
import type { ErrnoName } from '../../platform/errno.js';
import { UNKNOWN } from '../number/bounds.js';
import { Rejected } from '../rejected.js';
import { FLAG, pointer, type Register, scalar } from '../state/register.js';
import type { Walker } from '../walk/walker.js';

/** What an access finds. */
export type Found =
  | { readonly kind: 'scalar' }
  /** A pointer to something that is no struct. */
  | { readonly kind: 'memory' }
  | { readonly kind: 'object'; readonly struct: string; readonly member: string; readonly flags: number };

/** Fields whose pointers stay valid under RCU although they carry no tag, by struct. */
const RCU_FIELDS: Readonly<Record<string, readonly string[]>> = {
  task_struct: ['cpus_ptr', 'cgroups', 'real_parent', 'group_leader'],
  cgroup: ['kn'],
  css_set: ['dfl_cgrp'],
  cgroup_subsys_state: ['cgroup'],
};
/** As RCU_FIELDS; these may also be NULL. */
const RCU_FIELDS_OR_NULL: Readonly<Record<string, readonly string[]>> = {
  mm_struct: ['exe_file'],
  sk_buff: ['sk'],
  request_sock: ['sk'],
};
/** Fields as trusted as the struct. */
const TRUSTED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  bpf_iter_meta: ['seq'],
  bpf_iter__task: ['meta', 'task'],
  linux_binprm: ['file'],
  file: ['f_inode'],
};
const TRUSTED_FIELDS_OR_NULL: Readonly<Record<string, readonly string[]>> = {
  socket: ['sk'],
  vm_area_struct: ['vm_mm', 'vm_file'],
};

/** Sizes of the structs that XDP programs are handed in Linux 6.18 on x86-64, for where the kernel's types are not at hand. */
const OBJECT_BYTES: Readonly<Record<string, number>> = {
  bpf_cpumask: 40,
  bpf_crypto_ctx: 48,
  cpumask: 32,
  mptcp_sock: 1936,
  nf_conn: 248,
  nf_conn___init: 248,
  sock: 784,
  sock_common: 136,
  socket: 128,
  task_struct: 3264,
  tcp6_sock: 2432,
  tcp_request_sock: 312,
  tcp_sock: 2304,
  tcp_timewait_sock: 248,
  udp6_sock: 1472,
  unix_sock: 1152,
  xdp_buff: 56,
  xfrm_state: 816,
};

/** What a read of a kernel struct gives; without the kernel's types a number of which nothing is known, within the struct's size. */
export function readObject(walker: Walker, base: Register, offset: number, size: number): Register {
  const struct = structOf(walker.settings.kernelTypes, base.typeName);
  if (struct === undefined || walker.settings.kernelTypes === undefined) {
    const bytes = OBJECT_BYTES[base.typeName] ?? Number.POSITIVE_INFINITY;
    if (offset + size > bytes) fail(`access beyond struct ${base.typeName} at off ${offset} size ${size}`);
    return scalar(UNKNOWN);
  }
  const found = fieldAt(walker.settings.kernelTypes, struct, offset, size);
  switch (found.kind) {
    case 'scalar':
      return scalar(UNKNOWN);
    case 'memory':
      return pointer('memory', { flags: FLAG.readOnly | FLAG.untrusted });
    case 'object':
      return objectAt(walker, base, found);
  }
}

/** A pointer found in `base`: programs of this type always run under RCU. */
function objectAt(walker: Walker, base: Register, found: Extract<Found, { kind: 'object' }>): Register {
  const { struct, member } = found;
  const of = (flags: number): Register => {
    const id = (flags & FLAG.maybeNull) === 0 ? 0 : walker.newId();
    return pointer('object', { typeName: struct, flags, id });
  };
  if ((base.flags & FLAG.untrusted) !== 0) return of(FLAG.untrusted);
  const isTrusted = base.referenceId !== 0 || (base.flags & (FLAG.trusted | FLAG.rcu)) !== 0;
  if (!isTrusted) return of(0);
  if (TRUSTED_FIELDS[base.typeName]?.includes(member) === true) return of(FLAG.trusted);
  if (TRUSTED_FIELDS_OR_NULL[base.typeName]?.includes(member) === true) return of(FLAG.trusted | FLAG.maybeNull);
  const isSleepable = walker.state.frames[0]!.isSleepable && walker.state.activeRcu === 0;
  if (isSleepable) return of(found.flags & FLAG.perCpu);
  if (RCU_FIELDS[base.typeName]?.includes(member) === true) return of(FLAG.rcu);
  const isRcuOrNull = RCU_FIELDS_OR_NULL[base.typeName]?.includes(member) === true;
  if ((found.flags & FLAG.rcu) !== 0 || isRcuOrNull) return of(FLAG.rcu | FLAG.maybeNull);
  return of(found.flags & FLAG.perCpu);
}

/** The kernel's struct of this name, undefined where its types are not known. */
export function structOf(types: Btf | undefined, name: string): BtfComposite | undefined {
  const found = types?.typesByName(name).find(({ kind }) => kind === 'struct');
  return found?.kind === 'struct' ? found : undefined;
}

/** Whether a pointer `offset` bytes into struct `name` serves as one to struct `wanted`: the same, or one that begins there. */
export function servesAs(types: Btf | undefined, name: string, offset: number, wanted: string): boolean {
  if (name === wanted) return offset === 0;
  const struct = structOf(types, name);
  return struct !== undefined && types !== undefined && containsAt(types, struct, offset, wanted);
}

function containsAt(types: Btf, struct: BtfComposite, offset: number, wanted: string): boolean {
  for (const member of struct.members) {
    const start = member.bitOffset / 8;
    const inner = asComposite(types, member.typeId);
    if (inner === undefined || offset < start || offset >= start + inner.sizeBytes) continue;
    if (offset === start && inner.name === wanted) return true;
    if (containsAt(types, inner, offset - start, wanted)) return true;
  }
  return false;
}

function fail(line: string, errno: ErrnoName = 'EACCES'): never {
  throw new Rejected(errno, [line]);
}

/** What stands at the offset; throws where no field does, or only part of a pointer. */
export function fieldAt(types: Btf, struct: BtfComposite, offset: number, size: number): Found {
  if (offset + size > struct.sizeBytes) return beyondEnd(types, struct, offset, size);
  for (const member of struct.members) {
    const start = Math.floor(member.bitOffset / 8);
    if (offset + size <= start) break;
    if (member.bitfieldBits > 0) {
      if (offset <= start && Math.ceil((member.bitOffset + member.bitfieldBits) / 8) <= offset + size) return SCALAR;
      continue;
    }
    if (offset < start) break;
    const found = inMember(types, struct, member, offset, size);
    if (found !== undefined) return found;
  }
  return fail(`struct ${struct.name} doesn't have field at offset ${offset}`, 'EINVAL');
}

const SCALAR: Found = { kind: 'scalar' };

/** A last member without a length goes on as long as it likes. */
function beyondEnd(types: Btf, struct: BtfComposite, offset: number, size: number): Found {
  const last = struct.members.at(-1);
  const array = last === undefined ? undefined : skipModifiers(types, last.typeId);
  const start = (last?.bitOffset ?? 0) / 8;
  if (array?.kind === 'array' && array.elementCount === 0 && offset >= start) {
    const element = skipModifiers(types, array.elementTypeId);
    if (element.kind === 'int') return SCALAR;
    if (isComposite(element) && element.sizeBytes > 0) {
      return fieldAt(types, element, (offset - start) % element.sizeBytes, size);
    }
  }
  return fail(`access beyond struct ${struct.name} at off ${offset} size ${size}`);
}

function isComposite(type: BtfType): type is BtfComposite {
  return type.kind === 'struct' || type.kind === 'union';
}

function inMember(
  types: Btf,
  struct: BtfComposite,
  { name, typeId, bitOffset }: BtfMember,
  offset: number,
  size: number,
): Found | undefined {
  const bytes = sizeOf(types, typeId) ?? 0;
  let start = bitOffset / 8;
  const end = start + bytes;
  if (offset >= end) return undefined;
  let type = skipModifiers(types, typeId);
  while (type.kind === 'array') {
    const elementBytes = sizeOf(types, type.elementTypeId) ?? 1;
    start += Math.floor((offset - start) / elementBytes) * elementBytes;
    type = skipModifiers(types, type.elementTypeId);
  }
  if (isComposite(type)) return fieldAt(types, type, offset - start, size);
  if (type.kind === 'ptr') {
    if (size !== 8 || offset !== start) {
      const place = `with moff ${start} in struct ${struct.name} with off ${offset} size ${size}`;
      fail(`cannot access ptr member ${name} ${place}`);
    }
    return pointed(types, type.typeId, name);
  }
  if (offset + size > end) {
    const place = `(mend:${end}) in struct ${struct.name} with off ${offset} size ${size}`;
    fail(`access beyond the end of member ${name} ${place}`);
  }
  return SCALAR;
}

const TAGS: Readonly<Record<string, number>> = { rcu: FLAG.rcu, percpu: FLAG.perCpu };

function pointed(types: Btf, typeId: number, member: string): Found {
  const tag = types.typeById(typeId);
  const flags = tag.kind === 'type_tag' ? (TAGS[tag.name] ?? 0) : 0;
  const target = skipModifiers(types, typeId);
  return isComposite(target) ? { kind: 'object', struct: target.name, member, flags } : { kind: 'memory' };
}
