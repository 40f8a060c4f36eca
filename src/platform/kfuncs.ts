// Kernel functions (kfuncs) that Linux 6.18 lets XDP programs call: every FUNC of the kernel's BTF with the tag `bpf_kfunc` was tried. Prototypes
// are from that BTF, flags from the kernel's own kfunc sets.

/** KF_* flags of a kfunc (Linux include/linux/btf.h), without the prefix. */
export type KfuncFlag =
  /** The result is a reference that must be given back. */
  | 'acquire'
  /** Gives back the reference in its first argument. */
  | 'release'
  /** The result may be NULL. */
  | 'retNull'
  /** Pointer arguments must be trusted and unmodified. */
  | 'trustedArgs'
  | 'destructive'
  /** Pointers valid in an RCU section are enough. */
  | 'rcu'
  | 'iterNew'
  | 'iterNext'
  | 'iterDestroy'
  | 'rcuProtected'
  | 'fastcall';

/**
 * A kfunc. Parameter names tell the verifier more, by suffix: `__sz` and `__szk` (constant) are the size of the memory before, `__k` is a
 * constant, `__opt` may be NULL, `__nullable` likewise, `__uninit` is initialised by the call, `__str` is constant text, `__ign` is not
 * checked, `__map`, `__prog`, `__alloc`, `__irq_flag` and `__refcounted_kptr` say what is meant.
 */
export interface Kfunc {
  /** C type of the result. */
  readonly result: string;
  /** C declarations of the parameters; a function to call back stands as `callback`. */
  readonly parameters: readonly string[];
  readonly flags: readonly KfuncFlag[];
  /** Release that brought it, undefined where not known. */
  readonly since: string | undefined;
}

/** The kfuncs that XDP programs may call, in order of names. */
export const XDP_KFUNCS = {
  bpf_cast_to_kern_ctx: kfunc('void *', ['void *obj'], ['fastcall'], '6.2'),
  bpf_cgroup_acquire: kfunc('struct cgroup *', ['struct cgroup *cgrp'], ['acquire', 'retNull', 'rcu']),
  bpf_cgroup_ancestor: kfunc('struct cgroup *', ['struct cgroup *cgrp', 'int level'], ['acquire', 'retNull', 'rcu']),
  bpf_cgroup_from_id: kfunc('struct cgroup *', ['u64 cgid'], ['acquire', 'retNull']),
  bpf_cgroup_read_xattr: kfunc(
    'int',
    ['struct cgroup *cgroup', 'const char *name__str', 'struct bpf_dynptr *value_p'],
    ['rcu'],
  ),
  bpf_cgroup_release: kfunc('void', ['struct cgroup *cgrp'], ['release']),
  bpf_crypto_decrypt: kfunc(
    'int',
    [
      'struct bpf_crypto_ctx *ctx',
      'const struct bpf_dynptr *src',
      'const struct bpf_dynptr *dst',
      'const struct bpf_dynptr *siv__nullable',
    ],
    ['rcu'],
    '6.10',
  ),
  bpf_crypto_encrypt: kfunc(
    'int',
    [
      'struct bpf_crypto_ctx *ctx',
      'const struct bpf_dynptr *src',
      'const struct bpf_dynptr *dst',
      'const struct bpf_dynptr *siv__nullable',
    ],
    ['rcu'],
    '6.10',
  ),
  bpf_ct_change_status: kfunc('int', ['struct nf_conn *nfct', 'u32 status'], ['trustedArgs'], '6.0'),
  bpf_ct_change_timeout: kfunc('int', ['struct nf_conn *nfct', 'u32 timeout'], ['trustedArgs'], '6.0'),
  bpf_ct_insert_entry: kfunc(
    'struct nf_conn *',
    ['struct nf_conn___init *nfct_i'],
    ['acquire', 'release', 'retNull'],
    '6.0',
  ),
  bpf_ct_release: kfunc('void', ['struct nf_conn *nfct'], ['release'], '5.18'),
  bpf_ct_set_nat_info: kfunc(
    'int',
    ['struct nf_conn___init *nfct', 'union nf_inet_addr *addr', 'int port', 'enum nf_nat_manip_type manip'],
    ['trustedArgs'],
    '6.1',
  ),
  bpf_ct_set_status: kfunc('int', ['const struct nf_conn___init *nfct', 'u32 status'], ['trustedArgs'], '6.0'),
  bpf_ct_set_timeout: kfunc('void', ['struct nf_conn___init *nfct', 'u32 timeout'], ['trustedArgs'], '6.0'),
  bpf_dynptr_adjust: kfunc('int', ['const struct bpf_dynptr *p', 'u32 start', 'u32 end'], [], '6.5'),
  bpf_dynptr_clone: kfunc('int', ['const struct bpf_dynptr *p', 'struct bpf_dynptr *clone__uninit'], [], '6.5'),
  bpf_dynptr_copy: kfunc(
    'int',
    ['struct bpf_dynptr *dst_ptr', 'u32 dst_off', 'struct bpf_dynptr *src_ptr', 'u32 src_off', 'u32 size'],
    [],
    '6.16',
  ),
  bpf_dynptr_from_xdp: kfunc('int', ['struct xdp_md *x', 'u64 flags', 'struct bpf_dynptr *ptr__uninit'], [], '6.4'),
  bpf_dynptr_is_null: kfunc('bool', ['const struct bpf_dynptr *p'], [], '6.5'),
  bpf_dynptr_is_rdonly: kfunc('bool', ['const struct bpf_dynptr *p'], [], '6.5'),
  bpf_dynptr_memset: kfunc('int', ['struct bpf_dynptr *p', 'u32 offset', 'u32 size', 'u8 val'], [], '6.17'),
  bpf_dynptr_size: kfunc('__u32', ['const struct bpf_dynptr *p'], [], '6.5'),
  bpf_dynptr_slice: kfunc(
    'void *',
    ['const struct bpf_dynptr *p', 'u32 offset', 'void *buffer__opt', 'u32 buffer__szk'],
    ['retNull'],
    '6.4',
  ),
  bpf_dynptr_slice_rdwr: kfunc(
    'void *',
    ['const struct bpf_dynptr *p', 'u32 offset', 'void *buffer__opt', 'u32 buffer__szk'],
    ['retNull'],
    '6.4',
  ),
  bpf_get_kmem_cache: kfunc('struct kmem_cache *', ['u64 addr'], []),
  bpf_iter_bits_destroy: kfunc('void', ['struct bpf_iter_bits *it'], ['iterDestroy'], '6.11'),
  bpf_iter_bits_new: kfunc(
    'int',
    ['struct bpf_iter_bits *it', 'const u64 *unsafe_ptr__ign', 'u32 nr_words'],
    ['iterNew'],
    '6.11',
  ),
  bpf_iter_bits_next: kfunc('int *', ['struct bpf_iter_bits *it'], ['retNull', 'iterNext'], '6.11'),
  bpf_iter_css_destroy: kfunc('void', ['struct bpf_iter_css *it'], ['iterDestroy'], '6.7'),
  bpf_iter_css_new: kfunc(
    'int',
    ['struct bpf_iter_css *it', 'struct cgroup_subsys_state *start', 'unsigned int flags'],
    ['trustedArgs', 'iterNew', 'rcuProtected'],
    '6.7',
  ),
  bpf_iter_css_next: kfunc('struct cgroup_subsys_state *', ['struct bpf_iter_css *it'], ['retNull', 'iterNext'], '6.7'),
  bpf_iter_css_task_destroy: kfunc('void', ['struct bpf_iter_css_task *it'], ['iterDestroy']),
  bpf_iter_css_task_new: kfunc(
    'int',
    ['struct bpf_iter_css_task *it', 'struct cgroup_subsys_state *css', 'unsigned int flags'],
    ['trustedArgs', 'iterNew'],
  ),
  bpf_iter_css_task_next: kfunc('struct task_struct *', ['struct bpf_iter_css_task *it'], ['retNull', 'iterNext']),
  bpf_iter_num_destroy: kfunc('void', ['struct bpf_iter_num *it'], ['iterDestroy'], '6.4'),
  bpf_iter_num_new: kfunc('int', ['struct bpf_iter_num *it', 'int start', 'int end'], ['iterNew'], '6.4'),
  bpf_iter_num_next: kfunc('int *', ['struct bpf_iter_num *it'], ['retNull', 'iterNext'], '6.4'),
  bpf_iter_task_destroy: kfunc('void', ['struct bpf_iter_task *it'], ['iterDestroy'], '6.7'),
  bpf_iter_task_new: kfunc(
    'int',
    ['struct bpf_iter_task *it', 'struct task_struct *task__nullable', 'unsigned int flags'],
    ['trustedArgs', 'iterNew', 'rcuProtected'],
    '6.7',
  ),
  bpf_iter_task_next: kfunc('struct task_struct *', ['struct bpf_iter_task *it'], ['retNull', 'iterNext'], '6.7'),
  bpf_iter_task_vma_destroy: kfunc('void', ['struct bpf_iter_task_vma *it'], ['iterDestroy']),
  bpf_iter_task_vma_new: kfunc(
    'int',
    ['struct bpf_iter_task_vma *it', 'struct task_struct *task', 'u64 addr'],
    ['rcu', 'iterNew'],
  ),
  bpf_iter_task_vma_next: kfunc('struct vm_area_struct *', ['struct bpf_iter_task_vma *it'], ['retNull', 'iterNext']),
  bpf_key_put: kfunc('void', ['struct bpf_key *bkey'], ['release'], '6.1'),
  bpf_list_back: kfunc('struct bpf_list_node *', ['struct bpf_list_head *head'], ['retNull']),
  bpf_list_front: kfunc('struct bpf_list_node *', ['struct bpf_list_head *head'], ['retNull']),
  bpf_list_pop_back: kfunc('struct bpf_list_node *', ['struct bpf_list_head *head'], ['acquire', 'retNull'], '6.2'),
  bpf_list_pop_front: kfunc('struct bpf_list_node *', ['struct bpf_list_head *head'], ['acquire', 'retNull'], '6.2'),
  bpf_list_push_back_impl: kfunc(
    'int',
    ['struct bpf_list_head *head', 'struct bpf_list_node *node', 'void *meta__ign', 'u64 off'],
    [],
    '6.2',
  ),
  bpf_list_push_front_impl: kfunc(
    'int',
    ['struct bpf_list_head *head', 'struct bpf_list_node *node', 'void *meta__ign', 'u64 off'],
    [],
    '6.2',
  ),
  bpf_local_irq_restore: kfunc('void', ['unsigned long *flags__irq_flag'], [], '6.14'),
  bpf_local_irq_save: kfunc('void', ['unsigned long *flags__irq_flag'], [], '6.14'),
  bpf_lookup_system_key: kfunc('struct bpf_key *', ['u64 id'], ['acquire', 'retNull'], '6.1'),
  bpf_map_sum_elem_count: kfunc('s64', ['const struct bpf_map *map'], ['trustedArgs'], '6.6'),
  bpf_modify_return_test_tp: kfunc('int', ['int nonce'], []),
  bpf_obj_drop_impl: kfunc('void', ['void *p__alloc', 'void *meta__ign'], ['release'], '6.2'),
  bpf_obj_new_impl: kfunc('void *', ['u64 local_type_id__k', 'void *meta__ign'], ['acquire', 'retNull'], '6.2'),
  bpf_percpu_obj_drop_impl: kfunc('void', ['void *p__alloc', 'void *meta__ign'], ['release'], '6.7'),
  bpf_percpu_obj_new_impl: kfunc('void *', ['u64 local_type_id__k', 'void *meta__ign'], ['acquire', 'retNull'], '6.7'),
  bpf_preempt_disable: kfunc('void', [], [], '6.10'),
  bpf_preempt_enable: kfunc('void', [], [], '6.10'),
  bpf_probe_read_kernel_dynptr: kfunc(
    'int',
    ['struct bpf_dynptr *dptr', 'u32 off', 'u32 size', 'const void *unsafe_ptr__ign'],
    [],
  ),
  bpf_probe_read_kernel_str_dynptr: kfunc(
    'int',
    ['struct bpf_dynptr *dptr', 'u32 off', 'u32 size', 'const void *unsafe_ptr__ign'],
    [],
  ),
  bpf_probe_read_user_dynptr: kfunc(
    'int',
    ['struct bpf_dynptr *dptr', 'u32 off', 'u32 size', 'const void *unsafe_ptr__ign'],
    [],
  ),
  bpf_probe_read_user_str_dynptr: kfunc(
    'int',
    ['struct bpf_dynptr *dptr', 'u32 off', 'u32 size', 'const void *unsafe_ptr__ign'],
    [],
  ),
  bpf_rbtree_add_impl: kfunc(
    'int',
    ['struct bpf_rb_root *root', 'struct bpf_rb_node *node', 'callback less', 'void *meta__ign', 'u64 off'],
    [],
    '6.3',
  ),
  bpf_rbtree_first: kfunc('struct bpf_rb_node *', ['struct bpf_rb_root *root'], ['retNull'], '6.3'),
  bpf_rbtree_left: kfunc('struct bpf_rb_node *', ['struct bpf_rb_root *root', 'struct bpf_rb_node *node'], ['retNull']),
  bpf_rbtree_remove: kfunc(
    'struct bpf_rb_node *',
    ['struct bpf_rb_root *root', 'struct bpf_rb_node *node'],
    ['acquire', 'retNull'],
    '6.3',
  ),
  bpf_rbtree_right: kfunc(
    'struct bpf_rb_node *',
    ['struct bpf_rb_root *root', 'struct bpf_rb_node *node'],
    ['retNull'],
  ),
  bpf_rbtree_root: kfunc('struct bpf_rb_node *', ['struct bpf_rb_root *root'], ['retNull']),
  bpf_rcu_read_lock: kfunc('void', [], [], '6.2'),
  bpf_rcu_read_unlock: kfunc('void', [], [], '6.2'),
  bpf_rdonly_cast: kfunc('void *', ['const void *obj__ign', 'u32 btf_id__k'], ['fastcall'], '6.2'),
  bpf_refcount_acquire_impl: kfunc(
    'void *',
    ['void *p__refcounted_kptr', 'void *meta__ign'],
    ['acquire', 'retNull', 'rcu'],
    '6.4',
  ),
  bpf_res_spin_lock: kfunc('int', ['struct bpf_res_spin_lock *lock'], ['retNull'], '6.15'),
  bpf_res_spin_lock_irqsave: kfunc(
    'int',
    ['struct bpf_res_spin_lock *lock', 'unsigned long *flags__irq_flag'],
    ['retNull'],
    '6.15',
  ),
  bpf_res_spin_unlock: kfunc('void', ['struct bpf_res_spin_lock *lock'], [], '6.15'),
  bpf_res_spin_unlock_irqrestore: kfunc(
    'void',
    ['struct bpf_res_spin_lock *lock', 'unsigned long *flags__irq_flag'],
    [],
    '6.15',
  ),
  bpf_send_signal_task: kfunc(
    'int',
    ['struct task_struct *task', 'int sig', 'enum pid_type type', 'u64 value'],
    ['trustedArgs'],
  ),
  bpf_skb_ct_alloc: kfunc(
    'struct nf_conn___init *',
    [
      'struct __sk_buff *skb_ctx',
      'struct bpf_sock_tuple *bpf_tuple',
      'u32 tuple__sz',
      'struct bpf_ct_opts *opts',
      'u32 opts__sz',
    ],
    ['acquire', 'retNull'],
    '6.0',
  ),
  bpf_skb_ct_lookup: kfunc(
    'struct nf_conn *',
    [
      'struct __sk_buff *skb_ctx',
      'struct bpf_sock_tuple *bpf_tuple',
      'u32 tuple__sz',
      'struct bpf_ct_opts *opts',
      'u32 opts__sz',
    ],
    ['acquire', 'retNull'],
    '5.18',
  ),
  bpf_strcasecmp: kfunc('int', ['const char *s1__ign', 'const char *s2__ign'], [], '6.18'),
  bpf_strchr: kfunc('int', ['const char *s__ign', 'char c'], [], '6.17'),
  bpf_strchrnul: kfunc('int', ['const char *s__ign', 'char c'], [], '6.17'),
  bpf_strcmp: kfunc('int', ['const char *s1__ign', 'const char *s2__ign'], [], '6.17'),
  bpf_strcspn: kfunc('int', ['const char *s__ign', 'const char *reject__ign'], [], '6.17'),
  bpf_stream_vprintk_impl: kfunc(
    'int',
    ['int stream_id', 'const char *fmt__str', 'const void *args', 'u32 len__sz', 'void *aux__prog'],
    ['trustedArgs'],
    '6.17',
  ),
  bpf_strlen: kfunc('int', ['const char *s__ign'], [], '6.17'),
  bpf_strnchr: kfunc('int', ['const char *s__ign', 'size_t count', 'char c'], [], '6.17'),
  bpf_strnlen: kfunc('int', ['const char *s__ign', 'size_t count'], [], '6.17'),
  bpf_strnstr: kfunc('int', ['const char *s1__ign', 'const char *s2__ign', 'size_t len'], [], '6.17'),
  bpf_strrchr: kfunc('int', ['const char *s__ign', 'int c'], [], '6.17'),
  bpf_strspn: kfunc('int', ['const char *s__ign', 'const char *accept__ign'], [], '6.17'),
  bpf_strstr: kfunc('int', ['const char *s1__ign', 'const char *s2__ign'], [], '6.17'),
  bpf_task_acquire: kfunc('struct task_struct *', ['struct task_struct *p'], ['acquire', 'retNull', 'rcu'], '6.2'),
  bpf_task_from_pid: kfunc('struct task_struct *', ['s32 pid'], ['acquire', 'retNull']),
  bpf_task_from_vpid: kfunc('struct task_struct *', ['s32 vpid'], ['acquire', 'retNull']),
  bpf_task_get_cgroup1: kfunc(
    'struct cgroup *',
    ['struct task_struct *task', 'int hierarchy_id'],
    ['acquire', 'retNull', 'rcu'],
  ),
  bpf_task_release: kfunc('void', ['struct task_struct *p'], ['release'], '6.2'),
  bpf_task_under_cgroup: kfunc('long', ['struct task_struct *task', 'struct cgroup *ancestor'], ['rcu']),
  bpf_task_work_schedule_resume_impl: kfunc(
    'int',
    [
      'struct task_struct *task',
      'struct bpf_task_work *tw',
      'void *map__map',
      'bpf_task_work_callback_t callback',
      'void *aux__prog',
    ],
    ['trustedArgs'],
  ),
  bpf_task_work_schedule_signal_impl: kfunc(
    'int',
    [
      'struct task_struct *task',
      'struct bpf_task_work *tw',
      'void *map__map',
      'bpf_task_work_callback_t callback',
      'void *aux__prog',
    ],
    ['trustedArgs'],
  ),
  bpf_throw: kfunc('void', ['u64 cookie'], [], '6.7'),
  bpf_wq_init: kfunc('int', ['struct bpf_wq *wq', 'void *p__map', 'unsigned int flags'], [], '6.10'),
  bpf_wq_set_callback_impl: kfunc(
    'int',
    ['struct bpf_wq *wq', 'callback callback_fn', 'unsigned int flags', 'void *aux__prog'],
    [],
    '6.10',
  ),
  bpf_wq_start: kfunc('int', ['struct bpf_wq *wq', 'unsigned int flags'], [], '6.10'),
  bpf_xdp_ct_alloc: kfunc(
    'struct nf_conn___init *',
    [
      'struct xdp_md *xdp_ctx',
      'struct bpf_sock_tuple *bpf_tuple',
      'u32 tuple__sz',
      'struct bpf_ct_opts *opts',
      'u32 opts__sz',
    ],
    ['acquire', 'retNull'],
    '6.0',
  ),
  bpf_xdp_ct_lookup: kfunc(
    'struct nf_conn *',
    [
      'struct xdp_md *xdp_ctx',
      'struct bpf_sock_tuple *bpf_tuple',
      'u32 tuple__sz',
      'struct bpf_ct_opts *opts',
      'u32 opts__sz',
    ],
    ['acquire', 'retNull'],
    '5.18',
  ),
  bpf_xdp_get_xfrm_state: kfunc(
    'struct xfrm_state *',
    ['struct xdp_md *ctx', 'struct bpf_xfrm_state_opts *opts', 'u32 opts__sz'],
    ['acquire', 'retNull'],
    '6.8',
  ),
  bpf_xdp_metadata_rx_hash: kfunc(
    'int',
    ['const struct xdp_md *ctx', 'u32 *hash', 'enum xdp_rss_hash_type *rss_type'],
    ['trustedArgs'],
    '6.3',
  ),
  bpf_xdp_metadata_rx_timestamp: kfunc('int', ['const struct xdp_md *ctx', 'u64 *timestamp'], ['trustedArgs'], '6.3'),
  bpf_xdp_metadata_rx_vlan_tag: kfunc(
    'int',
    ['const struct xdp_md *ctx', '__be16 *vlan_proto', 'u16 *vlan_tci'],
    ['trustedArgs'],
    '6.8',
  ),
  bpf_xdp_pull_data: kfunc('int', ['struct xdp_md *x', 'u32 len'], [], '6.18'),
  bpf_xdp_xfrm_state_release: kfunc('void', ['struct xfrm_state *x'], ['release'], '6.8'),
} as const satisfies Record<string, Kfunc>;

/** Name of a kfunc that XDP programs may call. */
export type XdpKfuncName = keyof typeof XDP_KFUNCS;

/** Registered for XDP as well, but refused: `program must be sleepable to call sleepable kfunc %s`, and XDP programs never are. */
export const SLEEPABLE_KFUNCS = [
  'bpf_arena_alloc_pages',
  'bpf_arena_free_pages',
  'bpf_arena_reserve_pages',
  'bpf_copy_from_user_dynptr',
  'bpf_copy_from_user_str',
  'bpf_copy_from_user_str_dynptr',
  'bpf_copy_from_user_task_dynptr',
  'bpf_copy_from_user_task_str',
  'bpf_copy_from_user_task_str_dynptr',
  'bpf_iter_dmabuf_destroy',
  'bpf_iter_dmabuf_new',
  'bpf_iter_dmabuf_next',
  'bpf_iter_kmem_cache_destroy',
  'bpf_iter_kmem_cache_new',
  'bpf_iter_kmem_cache_next',
  'bpf_lookup_user_key',
] as const satisfies readonly string[];

/** Kfuncs that only programs bound to a device may call; others get `metadata kfuncs require device-bound program`. */
export const METADATA_KFUNCS = [
  'bpf_xdp_metadata_rx_timestamp',
  'bpf_xdp_metadata_rx_hash',
  'bpf_xdp_metadata_rx_vlan_tag',
] as const satisfies readonly XdpKfuncName[];

/** Callable in kernels with CONFIG_NF_FLOW_TABLE only; the kernel that was probed has none. */
export const OPTIONAL_KFUNCS = ['bpf_xdp_flow_lookup'] as const satisfies readonly string[];

/** The kfunc with this name if XDP programs may call it; a flavour suffix (`___name`) is ignored, as libbpf does. */
export function xdpKfunc(name: string): Kfunc | undefined {
  const known: Readonly<Record<string, Kfunc>> = XDP_KFUNCS;
  const plain = name.replace(/___.*$/, '');
  return Object.hasOwn(known, plain) ? known[plain] : undefined;
}

function kfunc(result: string, parameters: readonly string[], flags: readonly KfuncFlag[], since?: string): Kfunc {
  return { result, parameters, flags, since };
}
