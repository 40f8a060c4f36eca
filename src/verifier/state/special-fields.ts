// Fields of map values and of a program's own structs that belong to the kernel, and what they lead to. Kernel Documentation/bpf/graph_ds_impl.rst
// and kptr documentation; tags as libbpf's headers write them.
import type { Btf } from '../../btf/btf.js';
import { asComposite, sizeOf, skipModifiers } from '../../btf/resolve.js';
import type { BtfType } from '../../btf/types.js';

/** What a pointer field holds: a struct of the object's types, or of the kernel where `typeId` is 0. */
export interface PointerTarget {
  readonly struct: string;
  readonly typeId: number;
  /** Marked `kptr` or `percpu_kptr`: it owns what it points to. */
  readonly isOwner: boolean;
}

/** What a list head or tree root holds. */
export interface RootContents {
  /** The struct in the object's types. */
  readonly typeId: number;
  readonly struct: string;
  /** Of the node field in it. */
  readonly nodeOffset: number;
}

/** A field that plain loads and stores must not touch. */
export interface SpecialField {
  /** `bpf_spin_lock`, `bpf_timer`, `kptr` ... as the kernel names it. */
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Of `kptr` and `percpu_kptr`. */
  readonly target?: PointerTarget;
  /** Of `bpf_list_head` and `bpf_rb_root` with a tag `contains:`. */
  readonly contents?: RootContents;
  /** One of several in an array. */
  readonly isRepeated?: boolean;
}

const NODE_OF: Readonly<Record<string, string>> = { bpf_list_head: 'bpf_list_node', bpf_rb_root: 'bpf_rb_node' };
const SPECIAL_STRUCTS: ReadonlySet<string> = new Set([
  'bpf_spin_lock',
  'bpf_res_spin_lock',
  'bpf_timer',
  'bpf_wq',
  'bpf_list_head',
  'bpf_list_node',
  'bpf_rb_root',
  'bpf_rb_node',
  'bpf_refcount',
  'bpf_task_work',
]);
const KPTR_TAGS: ReadonlyMap<string, string> = new Map([
  ['kptr', 'kptr'],
  ['kptr_untrusted', 'kptr'],
  ['percpu_kptr', 'percpu_kptr'],
  ['uptr', 'uptr'],
]);
/** Structs of the kernel that a kptr may own in Linux 6.18: those with a destructor. Other names are the program's own. */
const KERNEL_STRUCTS: ReadonlySet<string> = new Set([
  'task_struct',
  'cgroup',
  'bpf_cpumask',
  'bpf_crypto_ctx',
  'bpf_key',
]);
/** The kernel looks this deep into nested structs. */
const MAX_DEPTH = 4;
/** And takes this many fields. */
const MAX_FIELDS = 11;

const records = new WeakMap<Btf, Map<number, readonly SpecialField[]>>();

/**
 * The special fields of a type: a map's value, a data section, or a struct that a program allocates.
 * @param places offsets of a data section's variables by name, where the types leave them 0
 */
export function specialFields(btf: Btf, typeId: number, places?: ReadonlyMap<string, number>): readonly SpecialField[] {
  let known = records.get(btf);
  if (known === undefined) {
    known = new Map();
    records.set(btf, known);
  }
  const found = known.get(typeId) ?? findFields(btf, typeId, places);
  known.set(typeId, found);
  return found;
}

function findFields(btf: Btf, typeId: number, places?: ReadonlyMap<string, number>): readonly SpecialField[] {
  const found: SpecialField[] = [];
  const value = skipModifiers(btf, typeId);
  if (value.kind === 'datasec') {
    for (const entry of value.entries) {
      const variable = btf.typeById(entry.typeId);
      if (variable.kind !== 'var') continue;
      const tag = containsTag(btf, variable.id, -1);
      collect({ btf, found, tag }, variable.typeId, places?.get(variable.name) ?? entry.offsetBytes, 0);
    }
  } else {
    collect({ btf, found, tag: undefined }, typeId, 0, 0);
  }
  return found;
}

interface Search {
  readonly btf: Btf;
  readonly found: SpecialField[];
  /** `contains:` tag of the variable or member at hand. */
  readonly tag: string | undefined;
}

function collect(search: Search, typeId: number, offset: number, depth: number): void {
  const { btf, found } = search;
  if (depth > MAX_DEPTH || found.length > MAX_FIELDS) return;
  const pointer = pointerField(btf, typeId);
  if (pointer !== undefined) {
    found.push({ ...pointer, offset, sizeBytes: 8 });
    return;
  }
  const type = skipModifiers(btf, typeId);
  if (type.kind === 'array') return collectElements(search, type, offset, depth);
  const struct = asComposite(btf, typeId);
  if (struct === undefined || struct.kind !== 'struct') return;
  if (SPECIAL_STRUCTS.has(struct.name)) {
    const contents = rootContents(search, struct.name);
    found.push({
      name: struct.name,
      offset,
      sizeBytes: struct.sizeBytes,
      ...(contents === undefined ? {} : { contents }),
    });
    return;
  }
  struct.members.forEach((member, at) => {
    if (member.bitOffset % 8 !== 0) return;
    const tag = containsTag(btf, struct.id, at);
    collect({ btf, found, tag }, member.typeId, offset + member.bitOffset / 8, depth + 1);
  });
}

function collectElements(
  search: Search,
  array: Extract<BtfType, { kind: 'array' }>,
  offset: number,
  depth: number,
): void {
  const { btf, found } = search;
  const elementBytes = sizeOf(btf, array.elementTypeId) ?? 0;
  for (let at = 0; at < array.elementCount && found.length <= MAX_FIELDS; at++) {
    const before = found.length;
    collect(search, array.elementTypeId, offset + at * elementBytes, depth);
    if (found.length === before) return;
    if (array.elementCount > 1) repeat(found, before);
  }
}

/** Marks the fields from `start` on as part of an array. */
function repeat(found: SpecialField[], start: number): void {
  for (let at = start; at < found.length; at++) found[at] = { ...found[at]!, isRepeated: true };
}

/** Whether a pointer to this type is one that map values and objects may keep. */
export function isOwningPointer(btf: Btf, targetId: number): boolean {
  const tag = btf.typeById(targetId);
  return tag.kind === 'type_tag' && KPTR_TAGS.has(tag.name);
}

/** `kptr` and so on where the type is a pointer with such a tag. */
function pointerField(btf: Btf, typeId: number): Pick<SpecialField, 'name' | 'target'> | undefined {
  const type = skipModifiers(btf, typeId);
  if (type.kind !== 'ptr') return undefined;
  const tag = btf.typeById(type.typeId);
  const name = tag.kind === 'type_tag' ? KPTR_TAGS.get(tag.name) : undefined;
  if (name === undefined) return undefined;
  const struct = skipModifiers(btf, type.typeId);
  if (struct.kind !== 'struct' && struct.kind !== 'fwd') return { name };
  const isOwner = tag.name === 'kptr' || tag.name === 'percpu_kptr';
  const typeId0 = isOwner && struct.kind === 'struct' && !KERNEL_STRUCTS.has(struct.name) ? struct.id : 0;
  return { name, target: { struct: struct.name, typeId: typeId0, isOwner } };
}

/** What a tag `contains:STRUCT:MEMBER` says of a list head or tree root. */
function rootContents({ btf, tag }: Search, root: string): RootContents | undefined {
  const node = NODE_OF[root];
  const [, name, member] = tag === undefined || node === undefined ? [] : (/^contains:([^:]+):(.+)$/.exec(tag) ?? []);
  if (name === undefined) return undefined;
  const struct = btf.typesByName(name).find(({ kind }) => kind === 'struct');
  if (struct?.kind !== 'struct') return undefined;
  const field = struct.members.find(item => item.name === member);
  if (field === undefined || asComposite(btf, field.typeId)?.name !== node) return undefined;
  return { typeId: struct.id, struct: name, nodeOffset: field.bitOffset / 8 };
}

/** Undefined for a place with more than one tag. */
const tagsOf = new WeakMap<Btf, ReadonlyMap<string, string | undefined>>();

/** The `contains:` tag of a variable (`member` -1) or of a member of a struct. */
function containsTag(btf: Btf, typeId: number, member: number): string | undefined {
  let tags = tagsOf.get(btf);
  if (tags === undefined) {
    const found = new Map<string, string | undefined>();
    for (const type of btf.types()) {
      if (type.kind !== 'decl_tag' || !type.name.startsWith('contains:')) continue;
      const place = `${type.typeId}.${type.componentIndex}`;
      found.set(place, found.has(place) ? undefined : type.name);
    }
    tags = found;
    tagsOf.set(btf, tags);
  }
  return tags.get(`${typeId}.${member}`);
}
