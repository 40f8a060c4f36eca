// Which of an object's types Linux takes when it loads them, and the special fields of the structs that programs allocate. Linux refuses all types of an
// object for one struct that it does not take; what needs types is then refused too. Found by asking Linux 6.18.
import type { Btf } from '../../btf/btf.js';
import { asComposite, sizeOf } from '../../btf/resolve.js';
import type { BtfComposite } from '../../btf/types.js';
import { isOwningPointer, type SpecialField, specialFields } from './special-fields.js';

/** A struct has a record where one of its own members is one of these, or a kptr. */
const TRIGGERS: ReadonlySet<string> = new Set([
  'bpf_spin_lock',
  'bpf_list_head',
  'bpf_list_node',
  'bpf_rb_root',
  'bpf_rb_node',
  'bpf_refcount',
]);
/** What records of allocated structs know. */
const LOCAL_FIELDS: ReadonlySet<string> = new Set([...TRIGGERS, 'bpf_res_spin_lock', 'kptr', 'percpu_kptr']);
const NODES: ReadonlySet<string> = new Set(['bpf_list_node', 'bpf_rb_node']);
const ROOTS: ReadonlySet<string> = new Set(['bpf_list_head', 'bpf_rb_root']);
const LOCKS: ReadonlySet<string> = new Set(['bpf_spin_lock', 'bpf_res_spin_lock']);
const SINGLE: readonly string[] = ['bpf_timer', 'bpf_wq', 'bpf_task_work'];
const MAX_FIELDS = 11;

const taken = new WeakMap<Btf, boolean>();

/** The special fields of a struct that programs allocate. */
export function recordOf(btf: Btf, typeId: number): readonly SpecialField[] {
  const struct = asComposite(btf, typeId);
  if (struct?.kind !== 'struct' || !hasTrigger(btf, struct)) return [];
  return specialFields(btf, typeId).filter(({ name }) => LOCAL_FIELDS.has(name));
}

/** Whether Linux takes the types at all. */
export function areTypesTaken(btf: Btf): boolean {
  const known = taken.get(btf);
  if (known !== undefined) return known;
  const structs = [...btf.types()].filter(type => type.kind === 'struct' && hasTrigger(btf, type));
  const found = structs.every(({ id }) => {
    const fields = recordOf(btf, id);
    return areFieldsTaken(btf, fields) && isOwnershipBounded(btf, fields);
  });
  taken.set(btf, found);
  return found;
}

/** Whether Linux takes a struct or map value with these fields. */
export function areFieldsTaken(btf: Btf, fields: readonly SpecialField[]): boolean {
  const count = (isWanted: (name: string) => boolean) => fields.filter(({ name }) => isWanted(name)).length;
  const has = (name: string) => count(item => item === name) > 0;
  if (fields.length > MAX_FIELDS || count(name => LOCKS.has(name)) > 1) return false;
  if (SINGLE.some(single => count(name => name === single) > 1)) return false;
  if (count(name => ROOTS.has(name)) > 0 && count(name => LOCKS.has(name)) === 0) return false;
  if (has('bpf_list_node') && has('bpf_rb_node') && !has('bpf_refcount')) return false;
  return fields.every(field => isFieldTaken(btf, field));
}

function isFieldTaken(btf: Btf, { name, offset, sizeBytes, contents, target, isRepeated }: SpecialField): boolean {
  const isPointer = name.endsWith('ptr');
  if (offset % (sizeBytes >= 8 ? 8 : 4) !== 0 || (isRepeated === true && !isPointer)) return false;
  if (isPointer) return target !== undefined;
  if (!ROOTS.has(name)) return true;
  return contents !== undefined && recordOf(btf, contents.typeId).length > 0;
}

/** What may stand in a list or tree must not hold what holds others again. */
function isOwnershipBounded(btf: Btf, fields: readonly SpecialField[]): boolean {
  if (!fields.some(({ name }) => NODES.has(name))) return true;
  return fields.every(
    ({ contents }) => contents === undefined || !recordOf(btf, contents.typeId).some(({ name }) => ROOTS.has(name)),
  );
}

function hasTrigger(btf: Btf, { members }: BtfComposite): boolean {
  return members.some(({ typeId }) => {
    const type = btf.typeById(typeId);
    if (type.kind === 'ptr') return isOwningPointer(btf, type.typeId);
    return type.kind === 'struct' && TRIGGERS.has(type.name) && (sizeOf(btf, typeId) ?? 0) > 0;
  });
}
