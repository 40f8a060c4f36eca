// A map as the verifier knows it: its declaration and the special fields that its values hold.
import type { Btf } from '../../btf/btf.js';
import { asComposite, sizeOf, skipModifiers } from '../../btf/resolve.js';
import type { BtfType } from '../../btf/types.js';
import type { MapSpec } from '../../object/spec.js';
import { MAP_CREATE_FLAG } from '../../platform/flags.js';
import { mapType } from '../../platform/map-types.js';

/** A field that plain loads and stores must not touch. */
export interface SpecialField {
  /** `bpf_spin_lock`, `bpf_timer`, `kptr` ... as the kernel names it. */
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

/** A map of the object. */
export interface KnownMap {
  readonly spec: MapSpec;
  /** As BPF_MAP_CREATE was given it. */
  readonly type: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly maxEntries: number;
  readonly canRead: boolean;
  readonly canWrite: boolean;
  /** Contents cannot change: loads from it are constants. */
  readonly constants: Uint8Array | undefined;
  readonly fields: readonly SpecialField[];
  readonly inner: KnownMap | undefined;
}

/** devmap, devmap_hash: programs may only read them. */
const DEVICE_MAPS: ReadonlySet<number> = new Set([14, 25]);

/** What the verifier wants to know of a map. */
export function knownMap(spec: MapSpec, btf: Btf | undefined): KnownMap {
  const facts = mapType(spec.type);
  return {
    spec,
    type: spec.type,
    keyBytes: spec.keySizeBytes,
    valueBytes: spec.valueSizeBytes,
    maxEntries: spec.maxEntries,
    canRead: (spec.flags & MAP_CREATE_FLAG.BPF_F_WRONLY_PROG) === 0,
    canWrite: (spec.flags & MAP_CREATE_FLAG.BPF_F_RDONLY_PROG) === 0 && !DEVICE_MAPS.has(spec.type),
    constants: spec.isFrozen && facts?.name === 'array' ? spec.contents : undefined,
    fields: btf === undefined || spec.valueTypeId === undefined ? [] : specialFields(btf, spec.valueTypeId),
    inner: spec.inner === undefined ? undefined : knownMap(spec.inner, btf),
  };
}

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
/** The kernel looks this deep into nested structs. */
const MAX_DEPTH = 4;
/** And takes this many fields. */
const MAX_FIELDS = 11;

function specialFields(btf: Btf, valueTypeId: number): readonly SpecialField[] {
  const found: SpecialField[] = [];
  const value = skipModifiers(btf, valueTypeId);
  if (value.kind === 'datasec') {
    for (const { typeId, offsetBytes } of value.entries) {
      const variable = btf.typeById(typeId);
      if (variable.kind === 'var') collect(btf, variable.typeId, offsetBytes, 0, found);
    }
  } else {
    collect(btf, valueTypeId, 0, 0, found);
  }
  return found;
}

function collect(btf: Btf, typeId: number, offset: number, depth: number, found: SpecialField[]): void {
  if (depth > MAX_DEPTH || found.length > MAX_FIELDS) return;
  const pointer = pointerField(btf, typeId);
  if (pointer !== undefined) {
    found.push({ name: pointer, offset, sizeBytes: 8 });
    return;
  }
  const type = skipModifiers(btf, typeId);
  if (type.kind === 'array') return collectElements(btf, type, offset, depth, found);
  const struct = asComposite(btf, typeId);
  if (struct === undefined || struct.kind !== 'struct') return;
  if (SPECIAL_STRUCTS.has(struct.name)) {
    found.push({ name: struct.name, offset, sizeBytes: struct.sizeBytes });
    return;
  }
  for (const member of struct.members) {
    if (member.bitOffset % 8 === 0) collect(btf, member.typeId, offset + member.bitOffset / 8, depth + 1, found);
  }
}

function collectElements(
  btf: Btf,
  array: Extract<BtfType, { kind: 'array' }>,
  offset: number,
  depth: number,
  found: SpecialField[],
): void {
  const elementBytes = sizeOf(btf, array.elementTypeId) ?? 0;
  for (let at = 0; at < array.elementCount && found.length <= MAX_FIELDS; at++) {
    const before = found.length;
    collect(btf, array.elementTypeId, offset + at * elementBytes, depth, found);
    if (found.length === before) return;
  }
}

/** `kptr` and so on where the type is a pointer with such a tag. */
function pointerField(btf: Btf, typeId: number): string | undefined {
  const type = skipModifiers(btf, typeId);
  if (type.kind !== 'ptr') return undefined;
  const target = btf.typeById(type.typeId);
  return target.kind === 'type_tag' ? KPTR_TAGS.get(target.name) : undefined;
}
