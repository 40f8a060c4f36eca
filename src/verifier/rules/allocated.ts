// Objects of a program's own: bpf_obj_new and what becomes of them. Their structs stand in the object's types; a pointer owns its object, or is
// borrowed from a list or tree until the lock is given back. Kernel Documentation/bpf/graph_ds_impl.rst.
import { asComposite, sizeOf, skipModifiers } from '../../btf/resolve.js';
import type { BtfComposite } from '../../btf/types.js';
import { UNKNOWN } from '../number/bounds.js';
import type { MemoryAccess } from '../obligations.js';
import { markPrecise } from '../prune/precision.js';
import { reject } from '../rejected.js';
import { FLAG, pointer, type Register, scalar, UNINITIALISED } from '../state/register.js';
import type { SpecialField } from '../state/special-fields.js';
import { areTypesTaken, recordOf } from '../state/type-records.js';
import type { Walker } from '../walk/walker.js';
import { requireArgumentOffset } from './argument-offset.js';
import { fieldAt } from './kernel-struct.js';
import { acquire, release, releaseQuietly } from './references.js';

/** Of what lies per CPU. */
const MAX_PER_CPU_BYTES = 512;
const U32_MAX = 0xffff_ffffn;

/** Whether the pointer leads to an object that the program allocated. */
export function isAllocated({ kind, flags }: Register): boolean {
  return kind === 'object' && (flags & FLAG.allocated) !== 0;
}

/** A pointer to an object on its own: neither borrowed nor possibly NULL nor per CPU. */
export function isPlainAllocated({ kind, flags }: Register): boolean {
  return kind === 'object' && flags === FLAG.allocated;
}

/** The special fields of the struct behind an allocated object. */
export function fieldsOfType(walker: Walker, typeId: number): readonly SpecialField[] {
  const { btf } = walker.prepared;
  return btf === undefined || typeId === 0 ? [] : recordOf(btf, typeId);
}

/** Programs of this type run under RCU throughout; callbacks that may sleep do not. */
export function isUnderRcu({ state }: Walker): boolean {
  return state.activeRcu > 0 || !state.frames[0]!.isSleepable;
}

/** Flags of a borrowed pointer to an object of this type. */
export function borrowedFlags(walker: Walker, typeId: number): number {
  const hasCount = fieldsOfType(walker, typeId).some(({ name }) => name === 'bpf_refcount');
  return FLAG.allocated | FLAG.nonOwning | (hasCount ? FLAG.rcu : 0);
}

/** A load or store in an allocated object, whose offset was found constant and not negative. */
export function accessAllocated(walker: Walker, request: MemoryAccess, base: Register, offset: number): Register {
  const isBorrowed = (base.flags & (FLAG.nonOwning | FLAG.rcu)) !== 0;
  if (request.mode === 'write' && (base.flags & FLAG.untrusted) !== 0) reject('EACCES', 'only read is supported');
  if (!isBorrowed && base.referenceId === 0) {
    reject('EFAULT', 'verifier bug: ref_obj_id for allocated object must be non-zero');
  }
  const { btf } = walker.prepared;
  const touched = fieldsOfType(walker, base.typeId).find(
    field => offset < field.offset + field.sizeBytes && field.offset < offset + request.size,
  );
  if (touched !== undefined) reject('EACCES', `direct access to ${touched.name} is disallowed`);
  const struct = btf === undefined ? undefined : asComposite(btf, base.typeId);
  if (btf === undefined || struct === undefined) return reject('EINVAL', `struct ${base.typeName} is not known`);
  fieldAt(btf, struct, offset, request.size);
  // Linux lets programs read what a `void *` in it leads to, and guards these reads; here nothing does.
  return scalar(UNKNOWN);
}

/** bpf_obj_new_impl and bpf_percpu_obj_new_impl: gives the object, or NULL. */
export function newObject(walker: Walker, isPerCpu: boolean): Register {
  const { btf } = walker.prepared;
  const id = constantArgument(walker, 1);
  if (id > U32_MAX) reject('EINVAL', 'local type ID argument must be in range [0, U32_MAX]');
  if (btf === undefined || !areTypesTaken(btf)) {
    return reject('EINVAL', 'bpf_obj_new/bpf_percpu_obj_new requires prog BTF');
  }
  const type = id < BigInt(btf.typeCount) ? btf.typeById(Number(id)) : undefined;
  if (type?.kind !== 'struct') {
    return reject('EINVAL', 'bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct');
  }
  if (isPerCpu) requirePerCpuType(walker, type);
  walker.newId();
  const referenceId = acquire(walker);
  const flags = FLAG.allocated | FLAG.maybeNull | (isPerCpu ? FLAG.perCpu : 0);
  return pointer('object', { flags, typeName: type.name, typeId: type.id, id: referenceId, referenceId });
}

function constantArgument(walker: Walker, number: number): bigint {
  const register = walker.argument(number);
  if (register.kind !== 'scalar') reject('EINVAL', `R${number} is not a scalar`, number);
  if (register.constant === undefined) return reject('EINVAL', `R${number} must be a known constant`, number);
  markPrecise(walker, number);
  return register.constant;
}

function requirePerCpuType(walker: Walker, type: BtfComposite): void {
  const name = 'bpf_percpu_obj_new type';
  if (type.sizeBytes > MAX_PER_CPU_BYTES) {
    reject('EINVAL', `${name} size (${type.sizeBytes}) is greater than ${MAX_PER_CPU_BYTES}`);
  }
  if (!isOfScalars(walker, type, 0)) reject('EINVAL', `${name} ID argument must be of a struct of scalars`);
  if (fieldsOfType(walker, type.id).length > 0) {
    reject('EINVAL', `${name} ID argument must not contain special fields`);
  }
}

const MAX_NESTING = 4;

function isOfScalars(walker: Walker, type: BtfComposite, depth: number): boolean {
  const { btf } = walker.prepared;
  if (btf === undefined || depth >= MAX_NESTING) return false;
  return type.members.every(({ typeId }) => {
    let member = skipModifiers(btf, typeId);
    if (member.kind === 'array') member = skipModifiers(btf, member.elementTypeId);
    if (member.kind === 'struct') return isOfScalars(walker, member, depth + 1);
    return member.kind === 'int' || member.kind === 'enum' || member.kind === 'enum64';
  });
}

/** bpf_obj_drop_impl and bpf_percpu_obj_drop_impl. */
export function dropObject(walker: Walker, isPerCpu: boolean): Register {
  const register = requirePointer(walker, 1);
  requireTrusted(register, 1);
  requireArgumentOffset(register, 1, register.referenceId !== 0);
  const flags = register.flags & ~FLAG.perCpu;
  if (register.kind !== 'object' || flags !== FLAG.allocated) {
    reject('EINVAL', 'arg#0 expected pointer to allocated object', 1);
  }
  if (((register.flags & FLAG.perCpu) !== 0) !== isPerCpu) {
    reject('EINVAL', `arg#0 expected for bpf_${isPerCpu ? '' : 'percpu_'}obj_drop_impl()`, 1);
  }
  if (register.referenceId === 0) reject('EINVAL', 'allocated object must be referenced', 1);
  if (!release(walker, register.referenceId)) reject('EINVAL', 'kfunc reference has not been acquired before');
  return UNINITIALISED;
}

/** The register, which must not be NULL. */
function requirePointer(walker: Walker, number: number): Register {
  const register = walker.argument(number);
  if (register.isNull || register.isNullable) {
    reject('EACCES', `Possibly NULL pointer passed to trusted arg${number - 1}`, number);
  }
  return register;
}

function requireTrusted(register: Register, number: number): void {
  const isTrusted = register.referenceId !== 0 || (register.flags & FLAG.trusted) !== 0;
  if (!isTrusted) reject('EINVAL', `R${number} must be referenced or trusted`, number);
}

/** bpf_refcount_acquire_impl: one more owner of the object; a borrowed one may be on its way out, then it gives NULL. */
export function acquireObject(walker: Walker): Register {
  const register = requirePointer(walker, 1);
  requireArgumentOffset(register, 1, false);
  const isBorrowed = (register.flags & FLAG.nonOwning) !== 0;
  if (!isAllocated(register) || (register.flags & FLAG.untrusted) !== 0) {
    reject('EINVAL', 'arg#0 is neither owning or non-owning ref', 1);
  }
  const fields = fieldsOfType(walker, register.typeId);
  if (fields.length === 0) reject('EFAULT', "verifier bug: Couldn't find btf_record");
  if (!fields.some(({ name }) => name === 'bpf_refcount')) {
    reject('EINVAL', "arg#0 doesn't point to a type with bpf_refcount field", 1);
  }
  // Linux takes such a pointer and then counts in what lies behind the object.
  if (register.offset !== 0) reject('EINVAL', 'bpf_refcount_acquire needs a pointer to the start of the object', 1);
  const { typeName, typeId } = register;
  if (isBorrowed) walker.newId();
  const referenceId = acquire(walker);
  const flags = FLAG.allocated | (isBorrowed ? FLAG.maybeNull : 0);
  const needsId = isBorrowed || hasLock(fields);
  return pointer('object', { flags, typeName, typeId, referenceId, id: needsId ? referenceId : 0 });
}

/** Whether a type holds a lock, which ties pointers to one object together. */
export function hasLock(fields: readonly SpecialField[]): boolean {
  return fields.some(({ name }) => name === 'bpf_spin_lock' || name === 'bpf_res_spin_lock');
}

/** What owned an object borrows it from here on: a list or tree owns it now. */
export function lend(walker: Walker, referenceId: number): void {
  releaseQuietly(walker.state, referenceId);
  walker.state.changeAll(register =>
    register.referenceId === referenceId
      ? register.with({ referenceId: 0, flags: register.flags | borrowedFlags(walker, register.typeId) })
      : register,
  );
}

/** Bytes of a struct in the object's types. */
export function typeBytes(walker: Walker, typeId: number): number {
  const { btf } = walker.prepared;
  return btf === undefined ? 0 : (sizeOf(btf, typeId) ?? 0);
}
