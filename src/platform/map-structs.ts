// The kernel's structs behind maps, which programs may read: their members in Linux 6.18 on x86-64, as its BTF lists them.

/** `inner`: a struct or union of its own, not listed further. */
export type MapMemberKind = 'number' | 'pointer' | 'inner';

/** Name, offset and size in bytes. */
export type MapMember = readonly [name: string, offset: number, sizeBytes: number, kind: MapMemberKind];

/** A struct that begins with `struct bpf_map`, whose members are left out, and its size. */
export interface MapStruct {
  readonly sizeBytes: number;
  readonly members: readonly MapMember[];
}

/** Members of `struct bpf_map`, with which all others begin. */
export const BPF_MAP_MEMBERS: readonly MapMember[] = [
  ['sha', 0, 32, 'number'],
  ['excl', 32, 4, 'number'],
  ['ops', 40, 8, 'pointer'],
  ['inner_map_meta', 48, 8, 'pointer'],
  ['security', 56, 8, 'pointer'],
  ['map_type', 64, 4, 'number'],
  ['key_size', 68, 4, 'number'],
  ['value_size', 72, 4, 'number'],
  ['max_entries', 76, 4, 'number'],
  ['map_extra', 80, 8, 'number'],
  ['map_flags', 88, 4, 'number'],
  ['id', 92, 4, 'number'],
  ['record', 96, 8, 'pointer'],
  ['numa_node', 104, 4, 'number'],
  ['btf_key_type_id', 108, 4, 'number'],
  ['btf_value_type_id', 112, 4, 'number'],
  ['btf_vmlinux_value_type_id', 116, 4, 'number'],
  ['btf', 120, 8, 'pointer'],
  ['objcg', 128, 8, 'pointer'],
  ['name', 136, 16, 'number'],
  ['freeze_mutex', 152, 32, 'inner'],
  ['refcnt', 184, 8, 'number'],
  ['usercnt', 192, 8, 'number'],
  ['(anon)', 200, 32, 'inner'],
  ['writecnt', 232, 8, 'number'],
  ['owner_lock', 240, 4, 'inner'],
  ['owner', 248, 8, 'pointer'],
  ['bypass_spec_v1', 256, 1, 'number'],
  ['frozen', 257, 1, 'number'],
  ['init_private', 258, 1, 'number'],
  ['free_after_mult_rcu_gp', 259, 1, 'number'],
  ['free_after_rcu_gp', 260, 1, 'number'],
  ['sleepable_refcnt', 264, 8, 'number'],
  ['elem_count', 272, 8, 'pointer'],
  ['cookie', 280, 8, 'number'],
  ['excl_prog_sha', 288, 8, 'pointer'],
];

/** Size of `struct bpf_map`. */
export const BPF_MAP_BYTES = 296;

/** By name. */
export const MAP_STRUCTS: Readonly<Record<string, MapStruct>> = {
  bpf_map: { sizeBytes: BPF_MAP_BYTES, members: [] },
  bpf_array: {
    sizeBytes: 312,
    members: [
      ['elem_size', 296, 4, 'number'],
      ['index_mask', 300, 4, 'number'],
      ['aux', 304, 8, 'pointer'],
    ],
  },
  bpf_htab: {
    sizeBytes: 832,
    members: [
      ['ma', 296, 64, 'inner'],
      ['pcpu_ma', 360, 64, 'inner'],
      ['buckets', 424, 8, 'pointer'],
      ['elems', 432, 8, 'pointer'],
      ['(anon)', 448, 256, 'inner'],
      ['extra_elems', 704, 8, 'pointer'],
      ['pcount', 712, 40, 'inner'],
      ['count', 752, 4, 'number'],
      ['use_percpu_counter', 756, 1, 'number'],
      ['n_buckets', 760, 4, 'number'],
      ['elem_size', 764, 4, 'number'],
      ['hashrnd', 768, 4, 'number'],
    ],
  },
  bpf_dtab: {
    sizeBytes: 344,
    members: [
      ['netdev_map', 296, 8, 'pointer'],
      ['list', 304, 16, 'inner'],
      ['dev_index_head', 320, 8, 'pointer'],
      ['index_lock', 328, 4, 'inner'],
      ['items', 332, 4, 'number'],
      ['n_buckets', 336, 4, 'number'],
    ],
  },
  bpf_cpu_map: { sizeBytes: 304, members: [['cpu_map', 296, 8, 'pointer']] },
  xsk_map: {
    sizeBytes: 304,
    members: [
      ['lock', 296, 4, 'inner'],
      ['count', 300, 4, 'number'],
    ],
  },
  lpm_trie: {
    sizeBytes: 400,
    members: [
      ['root', 296, 8, 'pointer'],
      ['ma', 304, 64, 'inner'],
      ['n_entries', 368, 8, 'number'],
      ['max_prefixlen', 376, 8, 'number'],
      ['data_size', 384, 8, 'number'],
      ['lock', 392, 4, 'inner'],
    ],
  },
  bpf_queue_stack: {
    sizeBytes: 312,
    members: [
      ['lock', 296, 4, 'inner'],
      ['head', 300, 4, 'number'],
      ['tail', 304, 4, 'number'],
      ['size', 308, 4, 'number'],
    ],
  },
  bpf_ringbuf_map: { sizeBytes: 304, members: [['rb', 296, 8, 'pointer']] },
  bpf_stab: {
    sizeBytes: 376,
    members: [
      ['sks', 296, 8, 'pointer'],
      ['progs', 304, 64, 'inner'],
      ['lock', 368, 4, 'inner'],
    ],
  },
  bpf_shtab: {
    sizeBytes: 384,
    members: [
      ['buckets', 296, 8, 'pointer'],
      ['buckets_num', 304, 4, 'number'],
      ['elem_size', 308, 4, 'number'],
      ['progs', 312, 64, 'inner'],
      ['count', 376, 4, 'number'],
    ],
  },
  bpf_bloom_filter: {
    sizeBytes: 312,
    members: [
      ['bitset_mask', 296, 4, 'number'],
      ['hash_seed', 300, 4, 'number'],
      ['nr_hash_funcs', 304, 4, 'number'],
    ],
  },
  bpf_stack_map: {
    sizeBytes: 320,
    members: [
      ['elems', 296, 8, 'pointer'],
      ['freelist', 304, 8, 'inner'],
      ['n_buckets', 312, 4, 'number'],
    ],
  },
};
