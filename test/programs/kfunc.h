/* SPDX-License-Identifier: MIT */
/* Kernel functions that XDP programs may call, declared without vmlinux.h. */
#ifndef KFUNC_H
#define KFUNC_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* libbpf wants structs where the kernel has structs; what is in them does not matter. */
struct bpf_map {
	__u32 id;
};
struct bpf_iter_num {
	__u64 opaque[1];
} __attribute__((aligned(8)));

extern int bpf_dynptr_from_xdp(struct xdp_md *context, __u64 flags, struct bpf_dynptr *dynptr) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *dynptr, __u32 offset, void *buffer, __u32 buffer__szk) __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *dynptr, __u32 offset, void *buffer, __u32 buffer__szk) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *dynptr, __u32 start, __u32 end) __ksym;
extern _Bool bpf_dynptr_is_null(const struct bpf_dynptr *dynptr) __ksym;
extern _Bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *dynptr) __ksym;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *dynptr) __ksym;
extern int bpf_dynptr_clone(const struct bpf_dynptr *dynptr, struct bpf_dynptr *clone) __ksym;
extern int bpf_dynptr_copy(struct bpf_dynptr *to, __u32 to_offset, struct bpf_dynptr *from, __u32 from_offset,
			   __u32 size) __ksym;
extern int bpf_dynptr_memset(struct bpf_dynptr *dynptr, __u32 offset, __u32 size, __u8 value) __ksym;
extern int bpf_probe_read_kernel_dynptr(struct bpf_dynptr *dynptr, __u32 offset, __u32 size, const void *from) __ksym;

extern int bpf_iter_num_new(struct bpf_iter_num *iterator, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *iterator) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *iterator) __ksym;

struct bpf_iter_bits {
	__u64 opaque[2];
} __attribute__((aligned(8)));
extern int bpf_iter_bits_new(struct bpf_iter_bits *iterator, const __u64 *words, __u32 count) __ksym;
extern int *bpf_iter_bits_next(struct bpf_iter_bits *iterator) __ksym;
extern void bpf_iter_bits_destroy(struct bpf_iter_bits *iterator) __ksym;

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;
extern void bpf_local_irq_save(unsigned long *flags) __ksym;
extern void bpf_local_irq_restore(unsigned long *flags) __ksym;
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym;
extern __s64 bpf_map_sum_elem_count(const struct bpf_map *map) __ksym;
extern int bpf_xdp_pull_data(struct xdp_md *context, __u32 length) __ksym;

extern int bpf_strcmp(const char *a, const char *b) __ksym;
extern int bpf_strcasecmp(const char *a, const char *b) __ksym;
extern int bpf_strchr(const char *text, char c) __ksym;
extern int bpf_strchrnul(const char *text, char c) __ksym;
extern int bpf_strnchr(const char *text, __u64 count, char c) __ksym;
extern int bpf_strrchr(const char *text, int c) __ksym;
extern int bpf_strlen(const char *text) __ksym;
extern int bpf_strnlen(const char *text, __u64 count) __ksym;
extern int bpf_strspn(const char *text, const char *accept) __ksym;
extern int bpf_strcspn(const char *text, const char *reject) __ksym;
extern int bpf_strstr(const char *text, const char *part) __ksym;
extern int bpf_strnstr(const char *text, const char *part, __u64 length) __ksym;

/* Options of connection tracking, as of Linux 6.9. */
struct bpf_ct_opts {
	__s32 netns_id;
	__s32 error;
	__u8 l4proto;
	__u8 dir;
	__u16 ct_zone_id;
	__u8 ct_zone_dir;
	__u8 reserved[3];
};
union nf_inet_addr {
	__u32 all[4];
};
enum nf_nat_manip_type {
	NF_NAT_MANIP_SRC,
	NF_NAT_MANIP_DST,
};
/* As Linux 6.18 on x86-64 lays it out; adapted where the kernel's types are at hand. */
struct nf_conntrack_tuple {
	struct {
		union nf_inet_addr u3;
		union {
			__u16 all;
		} u;
		__u16 l3num;
	} src;
	struct {
		union nf_inet_addr u3;
		union {
			__u16 all;
		} u;
		__u8 protonum;
		__u8 dir;
	} dst;
} __attribute__((preserve_access_index));
struct nf_conntrack_tuple_hash {
	__u64 hnnode[2];
	struct nf_conntrack_tuple tuple;
} __attribute__((preserve_access_index));
struct nf_conn {
	__u32 ct_general;
	__u32 lock;
	__u32 timeout;
	__u32 zone;
	struct nf_conntrack_tuple_hash tuplehash[2];
	unsigned long status;
	__u64 ct_net;
	__u64 nat_bysource[2];
	__u64 master;
	__u32 mark;
} __attribute__((preserve_access_index));
struct nf_conn___init {
	struct nf_conn ct;
} __attribute__((preserve_access_index));
extern struct nf_conn___init *bpf_xdp_ct_alloc(struct xdp_md *context, struct bpf_sock_tuple *tuple, __u32 tuple__sz,
					       struct bpf_ct_opts *options, __u32 options__sz) __ksym;
extern struct nf_conn *bpf_xdp_ct_lookup(struct xdp_md *context, struct bpf_sock_tuple *tuple, __u32 tuple__sz,
					 struct bpf_ct_opts *options, __u32 options__sz) __ksym;
extern int bpf_ct_set_nat_info(struct nf_conn___init *connection, union nf_inet_addr *address, int port,
			       enum nf_nat_manip_type kind) __ksym;
extern struct nf_conn *bpf_ct_insert_entry(struct nf_conn___init *connection) __ksym;
extern void bpf_ct_release(struct nf_conn *connection) __ksym;
extern void bpf_ct_set_timeout(struct nf_conn___init *connection, __u32 timeout) __ksym;
extern int bpf_ct_change_timeout(struct nf_conn *connection, __u32 timeout) __ksym;
extern int bpf_ct_set_status(const struct nf_conn___init *connection, __u32 status) __ksym;
extern int bpf_ct_change_status(struct nf_conn *connection, __u32 status) __ksym;

/* Objects of a program's own, and lists and trees of them. */
struct bpf_list_head {
	__u64 opaque[2];
} __attribute__((aligned(8)));
struct bpf_list_node {
	__u64 opaque[3];
} __attribute__((aligned(8)));
struct bpf_rb_root {
	__u64 opaque[2];
} __attribute__((aligned(8)));
struct bpf_rb_node {
	__u64 opaque[4];
} __attribute__((aligned(8)));
struct bpf_refcount {
	__u32 opaque[1];
} __attribute__((aligned(4)));
struct bpf_res_spin_lock {
	__u32 opaque;
};
struct bpf_wq {
	__u64 opaque[2];
} __attribute__((aligned(8)));

#define __contains(type, member) __attribute__((btf_decl_tag("contains:" #type ":" #member)))
#ifndef __kptr
#define __kptr __attribute__((btf_type_tag("kptr")))
#endif
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))
#define private(name) SEC(".data." #name) __hidden __attribute__((aligned(8)))
#define local_type_id(type) __builtin_btf_type_id(*(type *)0, 0)

extern void *bpf_obj_new_impl(__u64 local_type_id, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;
extern void *bpf_percpu_obj_new_impl(__u64 local_type_id, void *meta) __ksym;
extern void bpf_percpu_obj_drop_impl(void *object, void *meta) __ksym;
extern void *bpf_refcount_acquire_impl(void *object, void *meta) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 off) __ksym;
extern int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 off) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_front(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_back(struct bpf_list_head *head) __ksym;
typedef _Bool (bpf_less)(struct bpf_rb_node *node, const struct bpf_rb_node *other);
extern int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node, bpf_less less, void *meta,
			       __u64 off) __ksym;
extern struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root, struct bpf_rb_node *node) __ksym;
extern struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) __ksym;
extern struct bpf_rb_node *bpf_rbtree_root(struct bpf_rb_root *root) __ksym;
extern struct bpf_rb_node *bpf_rbtree_left(struct bpf_rb_root *root, struct bpf_rb_node *node) __ksym;
extern struct bpf_rb_node *bpf_rbtree_right(struct bpf_rb_root *root, struct bpf_rb_node *node) __ksym;
extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;
extern int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, unsigned long *flags) __ksym;
extern void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock, unsigned long *flags) __ksym;
extern int bpf_wq_init(struct bpf_wq *work, void *map, unsigned int flags) __ksym;
extern int bpf_wq_set_callback_impl(struct bpf_wq *work, int(callback)(void *map, int *key, void *value),
				    unsigned int flags, void *aux) __ksym;
extern void bpf_throw(__u64 cookie) __ksym;
extern int bpf_wq_start(struct bpf_wq *work, unsigned int flags) __ksym;

#endif
