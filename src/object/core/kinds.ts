// The kinds of CO-RE relocations. Linux uapi bpf.h, enum bpf_core_relo_kind; names as libbpf prints them.

/** What a relocation asks about: a place in a type, a type, or an enumerator. */
export type CoreGroup = 'field' | 'type' | 'enumerator';

/** A kind of relocation. `name` is what libbpf writes in messages. */
export interface CoreKind {
  readonly name: string;
  readonly title: string;
  readonly group: CoreGroup;
}

/** By number. */
export const CORE_KINDS = [
  { name: 'byte_off', title: 'field_byte_offset', group: 'field' },
  { name: 'byte_sz', title: 'field_byte_size', group: 'field' },
  { name: 'field_exists', title: 'field_exists', group: 'field' },
  { name: 'signed', title: 'field_signed', group: 'field' },
  { name: 'lshift_u64', title: 'field_lshift_u64', group: 'field' },
  { name: 'rshift_u64', title: 'field_rshift_u64', group: 'field' },
  { name: 'local_type_id', title: 'type_id_local', group: 'type' },
  { name: 'target_type_id', title: 'type_id_target', group: 'type' },
  { name: 'type_exists', title: 'type_exists', group: 'type' },
  { name: 'type_size', title: 'type_size', group: 'type' },
  { name: 'enumval_exists', title: 'enumval_exists', group: 'enumerator' },
  { name: 'enumval_value', title: 'enumval_value', group: 'enumerator' },
  { name: 'type_matches', title: 'type_matches', group: 'type' },
] as const satisfies readonly CoreKind[];

/** One of the 13. */
export type CoreKindName = (typeof CORE_KINDS)[number]['title'];

/** A known kind, with its title narrowed so that switches over it are exhaustive. */
export type KnownCoreKind = (typeof CORE_KINDS)[number];
