// Fields of map values that belong to the kernel: locks, timers, kptrs, list heads. Updates do not overwrite them, user space reads zeros.
import type { Btf } from '../../btf/btf.js';
import { sizeOf, skipModifiers } from '../../btf/resolve.js';
import type { BtfType } from '../../btf/types.js';
import type { MapSpec } from '../../object/spec.js';

/** Sizes by struct name. Linux kernel/bpf/btf.c, btf_get_field_type; uapi linux/bpf.h. */
const STRUCTS = {
  bpf_spin_lock: 4,
  bpf_res_spin_lock: 4,
  bpf_refcount: 4,
  bpf_timer: 16,
  bpf_wq: 16,
  bpf_list_head: 16,
  bpf_list_node: 24,
  bpf_rb_root: 16,
  bpf_rb_node: 32,
} as const;
const KPTR_TAGS: readonly string[] = ['kptr', 'kptr_untrusted', 'percpu_kptr'];
const KPTR_BYTES = 8;
/** As deep as the kernel looks (MAX_RESOLVE_DEPTH), and as many fields as it takes (BTF_FIELDS_MAX). */
const MAX_DEPTH = 32;
const MAX_FIELDS = 11;

/** Place of such a field in the value. */
export interface ValueField {
  readonly kind: keyof typeof STRUCTS | 'kptr';
  readonly offset: number;
  readonly sizeBytes: number;
}

/** Fields of a map's values, as far as the object's type information tells; none without it. */
export function valueFields(btf: Btf | undefined, spec: MapSpec): readonly ValueField[] {
  if (btf === undefined || spec.valueTypeId === undefined || spec.contents !== undefined) return [];
  const found: ValueField[] = [];
  collect(btf, spec.valueTypeId, 0, 0, found);
  return found.filter(field => field.offset + field.sizeBytes <= spec.valueSizeBytes);
}

/** Fields of a struct that programs allocate. */
export function typeFields(btf: Btf, typeId: number): readonly ValueField[] {
  const found: ValueField[] = [];
  collect(btf, typeId, 0, 0, found);
  return found;
}

function collect(btf: Btf, typeId: number, offset: number, depth: number, found: ValueField[]): void {
  if (depth > MAX_DEPTH || found.length >= MAX_FIELDS) return;
  const type = skipModifiers(btf, typeId);
  const sizeBytes = Object.hasOwn(STRUCTS, type.name) ? STRUCTS[type.name as keyof typeof STRUCTS] : undefined;
  if (type.kind === 'struct' && sizeBytes !== undefined) {
    found.push({ kind: type.name as keyof typeof STRUCTS, offset, sizeBytes });
  } else if (type.kind === 'struct') {
    for (const member of type.members) {
      if (member.bitOffset % 8 === 0) collect(btf, member.typeId, offset + member.bitOffset / 8, depth + 1, found);
    }
  } else if (type.kind === 'array') collectElements(btf, type, offset, depth, found);
  else if (type.kind === 'ptr' && isKptr(btf.typeById(type.typeId)))
    found.push({ kind: 'kptr', offset, sizeBytes: KPTR_BYTES });
}

function collectElements(
  btf: Btf,
  { elementTypeId, elementCount }: BtfType & { kind: 'array' },
  offset: number,
  depth: number,
  found: ValueField[],
): void {
  const sizeBytes = sizeOf(btf, elementTypeId);
  if (sizeBytes === undefined) return;
  for (let at = 0; at < Math.min(elementCount, MAX_FIELDS); at++)
    collect(btf, elementTypeId, offset + at * sizeBytes, depth + 1, found);
}

function isKptr(type: BtfType): boolean {
  return type.kind === 'type_tag' && KPTR_TAGS.includes(type.name);
}
