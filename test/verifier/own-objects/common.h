/* SPDX-License-Identifier: MIT */
/* Short names for what the programs of this folder do all the time. */
#include "../../programs/kfunc.h"

extern void *bpf_cast_to_kern_ctx(void *object) __ksym;
struct bpf_task_work {
	__u64 opaque;
} __attribute__((aligned(8)));

#define type_id(type) local_type_id(type)
#define obj_new(type) ((type *)bpf_obj_new_impl(local_type_id(type), 0))
#define obj_drop(object) bpf_obj_drop_impl(object, 0)
#define push_front(head, node) bpf_list_push_front_impl(head, node, 0, 0)
#define push_back(head, node) bpf_list_push_back_impl(head, node, 0, 0)
#define rb_add(root, node, less) bpf_rbtree_add_impl(root, node, less, 0, 0)
#define refcount_acquire(object) ((typeof(object))bpf_refcount_acquire_impl(object, 0))
#define LOOK(map, type) int k = 0; struct type *v = bpf_map_lookup_elem(&map, &k); if (!v) return 1;
#define NEW(type, p) struct type *p = obj_new(struct type); if (!p) return 1;
#define XDP SEC("xdp") int

char _license[] SEC("license") = "GPL";
