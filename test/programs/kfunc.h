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

#endif
