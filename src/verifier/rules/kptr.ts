// Pointers that map values and allocated objects keep: plain loads borrow them under RCU, bpf_kptr_xchg takes and gives ownership.
// Kernel Documentation/bpf/kfuncs.rst and the documentation of bpf_kptr_xchg.
import type { MemoryAccess } from '../obligations.js';
import { reject } from '../rejected.js';
import { FLAG, pointer, type Register } from '../state/register.js';
import type { PointerTarget, SpecialField } from '../state/special-fields.js';
import type { Walker } from '../walk/walker.js';
import { borrowedFlags, fieldsOfType, isUnderRcu } from './allocated.js';

const GRAPH_NODES: ReadonlySet<string> = new Set(['bpf_list_node', 'bpf_rb_node']);
/** Structs of the kernel that stay in place under RCU. */
const RCU_STRUCTS: ReadonlySet<string> = new Set(['task_struct', 'cgroup', 'bpf_cpumask', 'bpf_crypto_ctx', 'cpumask']);

/** A load or store of a pointer field in a map value; other checks were made. Undefined for fields that are no such pointer. */
export function accessKptr(walker: Walker, request: MemoryAccess, field: SpecialField): Register | undefined {
  const { target, name } = field;
  if (!name.endsWith('kptr')) return undefined;
  if (walker.instruction.kind !== 'load' && walker.instruction.kind !== 'store') {
    reject('EACCES', 'kptr in map can only be accessed using BPF_MEM instruction mode');
  }
  if (target === undefined) return reject('EACCES', 'kptr of an unknown struct');
  if (request.mode === 'read') return borrowed(walker, target, name);
  if (target.isOwner) reject('EACCES', 'store to referenced kptr disallowed');
  if (request.constant === 0) return undefined;
  if (request.constant !== undefined)
    reject('EACCES', `BPF_ST imm must be 0 when storing to kptr at off=${field.offset}`);
  const value = request.value === undefined ? undefined : walker.get(request.value);
  if (value?.isNull === true) return undefined;
  return requireStorable(value, target, request.value);
}

/** A kptr that does not own takes any pointer to its struct. */
function requireStorable(value: Register | undefined, { struct }: PointerTarget, number = 0): undefined {
  const isOfStruct = value?.kind === 'object' && value.typeName === struct && value.typeId === 0 && value.offset === 0;
  const known = FLAG.maybeNull | FLAG.untrusted | FLAG.trusted | FLAG.rcu;
  if (value !== undefined && isOfStruct && (value.flags & ~known) === 0) return undefined;
  const found = value?.kind === 'object' ? `ptr_${value.typeName}` : (value?.kind ?? '');
  return reject(
    'EACCES',
    `invalid kptr access, R${number} type=${found} expected=ptr_${struct} or untrusted_ptr_`,
    number,
  );
}

function borrowed(walker: Walker, target: PointerTarget, name: string): Register {
  const { struct, typeId, isOwner } = target;
  const id = walker.newId();
  const of = (flags: number): Register =>
    pointer('object', { typeName: struct, typeId, id, flags: flags | FLAG.maybeNull });
  if (!isOwner || !isUnderRcu(walker) || (typeId === 0 && !RCU_STRUCTS.has(struct))) return of(FLAG.untrusted);
  if (name === 'percpu_kptr') return of(FLAG.rcu | FLAG.perCpu);
  if (typeId === 0) return of(FLAG.rcu);
  const isNode = fieldsOfType(walker, typeId).some(field => GRAPH_NODES.has(field.name));
  return of((isNode ? borrowedFlags(walker, typeId) : FLAG.allocated) | FLAG.rcu);
}

/** A pointer field that owns what it points to. */
export interface OwningField {
  readonly target: PointerTarget;
  readonly isPerCpu: boolean;
}

/** The field that bpf_kptr_xchg is pointed at. */
export function proveKptrField(walker: Walker, register: Register, number: number): OwningField {
  const { map, bounds, typeId } = register;
  if (map !== undefined && map.spec.valueTypeId === undefined) {
    reject('EINVAL', `map '${map.spec.name.slice(0, 15)}' has to have BTF in order to use bpf_kptr_xchg`, number);
  }
  if (bounds.bits.mask !== 0n) {
    const text = `R${number} doesn't have constant offset. kptr has to be at the constant offset`;
    reject('EINVAL', text, number);
  }
  const fields = map?.fields ?? fieldsOfType(walker, typeId);
  const pointers = fields.filter(({ name }) => name.endsWith('kptr'));
  if (pointers.length === 0) {
    const owner = map === undefined ? `R${number}` : `map '${map.spec.name.slice(0, 15)}'`;
    reject('EINVAL', `${owner} has no valid kptr`, number);
  }
  const offset = register.offset + Number(BigInt.asIntN(64, bounds.bits.value));
  const field = pointers.find(item => item.offset === offset);
  if (field === undefined) return reject('EACCES', `off=${offset} doesn't point to kptr`, number);
  const { target, name } = field;
  if (target === undefined || !target.isOwner)
    return reject('EACCES', `off=${offset} kptr isn't referenced kptr`, number);
  return { target, isPerCpu: name === 'percpu_kptr' };
}

/** The pointer that is to become the field's: of just its struct, owned. */
export function requireOwned(register: Register, number: number, { target, isPerCpu }: OwningField): void {
  const { kind, flags, typeId, typeName, offset } = register;
  if (kind !== 'object') return;
  if (typeId !== 0 && flags !== FLAG.allocated && flags !== (FLAG.allocated | FLAG.perCpu)) {
    reject('EFAULT', 'verifier bug: invalid PTR_TO_BTF_ID register for type match', number);
  }
  // Linux takes an object that is not per CPU for a per-CPU field, and then reads beside it.
  const isSameKind = ((flags & FLAG.perCpu) !== 0) === isPerCpu;
  const { mask, value } = register.bounds.bits;
  const isSameStruct = typeId === target.typeId && typeName === target.struct;
  if (isSameStruct && offset === 0 && mask === 0n && value === 0n && isSameKind) return;
  reject('EACCES', `invalid kptr access, R${number} type=ptr_${typeName} expected=ptr_${target.struct}`, number);
}

/** What the field held before: owned from here on, or NULL. */
export function exchanged({ target, isPerCpu }: OwningField): Register {
  const { struct, typeId } = target;
  const flags = FLAG.maybeNull | (typeId === 0 ? 0 : FLAG.allocated) | (isPerCpu ? FLAG.perCpu : 0);
  return pointer('object', { flags, typeName: struct, typeId });
}
