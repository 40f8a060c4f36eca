// SPDX-License-Identifier: MIT
// Objects that programs allocate, kptrs, lists and trees. Above each program stands what Linux 6.18 says of it, or, where that is said to be stricter, what the
// verifier says although Linux takes it. Compiled with -O2 -g -mcpu=v3.
#include "common.h"
struct plain { int a; long b; };
struct item { int key; struct bpf_list_node node; struct bpf_refcount ref; long data; };
struct tnode { long key; struct bpf_rb_node rb; long data; };
struct both { long key; struct bpf_rb_node rb; struct bpf_list_node ln; struct bpf_refcount ref; struct plain __kptr *p; };
struct own { int x; struct plain __kptr *p; };
struct plain *force1; struct item *force2; struct tnode *force3; struct both *force4; struct own *force5;
struct val { struct bpf_spin_lock lock; struct bpf_list_head head __contains(item, node); int n; };
struct kval { struct plain __kptr *p; struct item __kptr *it; int n; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, struct val); } lists SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, struct kval); } kptrs SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, int); __type(value, struct kval); } hkptrs SEC(".maps");
private(A) struct bpf_spin_lock glock;
private(A) struct bpf_list_head ghead __contains(item, node);
private(B) struct bpf_spin_lock tlock;
private(B) struct bpf_rb_root troot __contains(tnode, rb);
private(C) struct bpf_spin_lock block;
private(C) struct bpf_rb_root broot __contains(both, rb);
private(C) struct bpf_list_head bhead __contains(both, ln);
static _Bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b) { return container_of(a, struct tnode, rb)->key < container_of(b, struct tnode, rb)->key; }
static _Bool bless(struct bpf_rb_node *a, const struct bpf_rb_node *b) { return container_of(a, struct both, rb)->key < container_of(b, struct both, rb)->key; }


// expect new_drop: accepted
XDP new_drop(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; p->a = 3; int r = p->a; obj_drop(p); return r; }

// expect new_leak: Unreleased reference id=2 alloc_insn=3
XDP new_leak(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; p->a = 3; return 2; }

// expect new_null: R0 invalid mem access 'ptr_or_null_'
XDP new_null(struct xdp_md *c) { struct plain *p = obj_new(struct plain); p->a = 3; obj_drop(p); return 2; }

// expect new_nullcheck_drop: Possibly NULL pointer passed to trusted arg0
XDP new_nullcheck_drop(struct xdp_md *c) { struct plain *p = obj_new(struct plain); obj_drop(p); return 2; }

// expect new_double_drop: R1 must be referenced or trusted
XDP new_double_drop(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; obj_drop(p); obj_drop(p); return 2; }

// expect new_use_after: R6 invalid mem access 'scalar'
XDP new_use_after(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; obj_drop(p); return p->a; }

// expect new_oob: access beyond struct plain at off 16 size 8
XDP new_oob(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; ((volatile long*)p)[2] = 3; obj_drop(p); return 2; }

// expect new_oob_read: access beyond struct plain at off 16 size 8
XDP new_oob_read(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; long x = ((volatile long*)p)[2]; obj_drop(p); return x; }

// expect new_neg: R0 is ptr_plain invalid negative access: off=-8
XDP new_neg(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; long x = ((volatile long*)p)[-1]; obj_drop(p); return x; }

// expect new_hole: struct plain doesn't have field at offset 4
XDP new_hole(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; ((volatile int*)p)[1] = 3; obj_drop(p); return 2; }

// expect new_straddle: access beyond the end of member a (mend:4) in struct plain with off 0 size 8
XDP new_straddle(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; ((volatile long*)p)[0] = 3; obj_drop(p); return 2; }

// expect new_part: accepted
XDP new_part(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; ((volatile short*)p)[5] = 3; obj_drop(p); return 2; }

// expect new_special: direct access to bpf_list_node is disallowed
XDP new_special(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; ((volatile long*)p)[1] = 3; obj_drop(p); return 2; }

// expect new_special_rd: direct access to bpf_list_node is disallowed
XDP new_special_rd(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; long x = ((volatile long*)p)[1]; obj_drop(p); return x; }

// expect new_ref_rd: direct access to bpf_refcount is disallowed
XDP new_ref_rd(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; int x = *(volatile int*)&p->ref; obj_drop(p); return x; }

// expect new_drop_off: R1 must have zero offset when passed to release func or trusted arg to kfunc
XDP new_drop_off(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; obj_drop(&p->b); return 2; }

// expect new_var: R2 is ptr_plain invalid variable offset: off=0, var_off=(0x0; 0x3)
XDP new_var(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; *((char*)p + (c->ingress_ifindex & 3)) = 3; obj_drop(p); return 2; }

// expect new_badid: bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct
XDP new_badid(struct xdp_md *c) { struct plain *p = bpf_obj_new_impl(99999, 0); if (!p) return 1; obj_drop(p); return 2; }

// expect new_zeroid: bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct
XDP new_zeroid(struct xdp_md *c) { struct plain *p = bpf_obj_new_impl(0, 0); if (!p) return 1; obj_drop(p); return 2; }

// expect new_intid: bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct
XDP new_intid(struct xdp_md *c) { struct plain *p = bpf_obj_new_impl(type_id(int), 0); if (!p) return 1; obj_drop(p); return 2; }

// expect new_varid: R1 must be a known constant
XDP new_varid(struct xdp_md *c) { struct plain *p = bpf_obj_new_impl(c->ingress_ifindex, 0); if (!p) return 1; obj_drop(p); return 2; }

// expect new_helper: R2 type=ptr_ expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_
XDP new_helper(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; int k = 0; bpf_map_update_elem(&kptrs, p, p, 0); obj_drop(p); return 2; }

// expect new_printk: R1 type=ptr_ expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_
XDP new_printk(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; bpf_probe_read_kernel(p, 8, c); obj_drop(p); return 2; }

// expect drop_null: Possibly NULL pointer passed to trusted arg0
XDP drop_null(struct xdp_md *c) { obj_drop(0); return 2; }

// expect drop_stack: R1 must be referenced or trusted
XDP drop_stack(struct xdp_md *c) { long x = 0; obj_drop(&x); return 2; }

// expect drop_map: R1 must be referenced or trusted
XDP drop_map(struct xdp_md *c) { int k = 0; struct val *v = bpf_map_lookup_elem(&lists, &k); if (!v) return 1; obj_drop(v); return 2; }

// expect store_map: store to referenced kptr disallowed
XDP store_map(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct plain *p = obj_new(struct plain); if (!p) return 1; v->p = p; return 2; }

// expect xchg_ok: accepted
XDP xchg_ok(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct plain *p = obj_new(struct plain); if (!p) return 1; p->a = 5; p = bpf_kptr_xchg(&v->p, p); if (p) obj_drop(p); return 2; }

// expect xchg_leak: Unreleased reference id=4 alloc_insn=17
XDP xchg_leak(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct plain *p = obj_new(struct plain); if (!p) return 1; p = bpf_kptr_xchg(&v->p, p); return 2; }

// expect xchg_null: accepted
XDP xchg_null(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct plain *p = bpf_kptr_xchg(&v->p, 0); if (p) { k = p->a; obj_drop(p); } return k; }

// expect xchg_type: invalid kptr access, R2 type=ptr_item expected=ptr_plain
XDP xchg_type(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct item *p = obj_new(struct item); if (!p) return 1; p = bpf_kptr_xchg((void**)&v->p, p); if (p) obj_drop(p); return 2; }

// expect xchg_maybe: verifier bug: invalid PTR_TO_BTF_ID register for type match
XDP xchg_maybe(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct plain *p = obj_new(struct plain); p = bpf_kptr_xchg(&v->p, p); if (p) obj_drop(p); return 2; }

// expect xchg_off: off=16 doesn't point to kptr
XDP xchg_off(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct plain *p = bpf_kptr_xchg((void*)&v->n, 0); if (p) obj_drop(p); return 2; }

// expect xchg_var: R1 doesn't have constant offset. kptr has to be at the constant offset
XDP xchg_var(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct plain *p = bpf_kptr_xchg((void*)((char*)v + (c->ingress_ifindex & 8)), 0); if (p) obj_drop(p); return 2; }

// expect xchg_notnull_map: R1 type=map_value_or_null expected=map_value, ptr_
XDP xchg_notnull_map(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&hkptrs, &k); struct plain *p = bpf_kptr_xchg(&v->p, 0); if (p) obj_drop(p); return 2; }

// expect xchg_stack: R1 type=fp expected=map_value, ptr_
XDP xchg_stack(struct xdp_md *c) { void *x = 0; struct plain *p = bpf_kptr_xchg(&x, 0); if (p) obj_drop(p); return 2; }

// expect xchg_alloc: accepted
XDP xchg_alloc(struct xdp_md *c) { struct own *o = obj_new(struct own); if (!o) return 1; struct plain *p = obj_new(struct plain); if (!p) { obj_drop(o); return 1; } p = bpf_kptr_xchg(&o->p, p); if (p) obj_drop(p); obj_drop(o); return 2; }

// expect xchg_use: R6 invalid mem access 'scalar'
XDP xchg_use(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct plain *p = obj_new(struct plain); if (!p) return 1; struct plain *o = bpf_kptr_xchg(&v->p, p); if (o) obj_drop(o); return p->a; }

// expect kptr_load: accepted
XDP kptr_load(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct plain *p = v->p; if (!p) return 1; return p->a; }

// expect kptr_load_write: accepted
XDP kptr_load_write(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct plain *p = v->p; if (!p) return 1; p->a = 3; return 1; }

// expect kptr_load_nonull: R1 invalid mem access 'rcu_ptr_or_null_'
XDP kptr_load_nonull(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct plain *p = v->p; return p->a; }

// expect kptr_store_zero: store to referenced kptr disallowed
XDP kptr_store_zero(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; v->p = 0; return 1; }

// expect kptr_load_drop: R1 must be referenced or trusted
XDP kptr_load_drop(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct plain *p = v->p; if (!p) return 1; obj_drop(p); return 1; }

// expect kptr_load_acq: accepted
XDP kptr_load_acq(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; struct item *p = v->it; if (!p) return 1; p = refcount_acquire(p); if (!p) return 1; obj_drop(p); return 1; }

// expect kptr_load_rcu: accepted
XDP kptr_load_rcu(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; bpf_rcu_read_lock(); struct item *p = v->it; if (!p) { bpf_rcu_read_unlock(); return 1; } p = refcount_acquire(p); bpf_rcu_read_unlock(); if (!p) return 1; obj_drop(p); return 1; }

// expect kptr_load_small: kptr access size must be BPF_DW
XDP kptr_load_small(struct xdp_md *c) { int k = 0; struct kval *v = bpf_map_lookup_elem(&kptrs, &k); if (!v) return 1; return *(volatile int*)&v->p; }

// expect kptr_update: accepted
XDP kptr_update(struct xdp_md *c) { int k = 0; struct kval v = {}; bpf_map_update_elem(&kptrs, &k, &v, 0); return 1; }


// expect acq_ok: accepted
XDP acq_ok(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; struct item *q = refcount_acquire(p); obj_drop(p); if (q) { q->key = 4; obj_drop(q); } return 2; }

// expect acq_nonull: accepted
XDP acq_nonull(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; struct item *q = refcount_acquire(p); obj_drop(p); obj_drop(q); return 2; }

// expect acq_leak: Unreleased reference id=3 alloc_insn=9
XDP acq_leak(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; struct item *q = refcount_acquire(p); obj_drop(p); return 2; }

// expect acq_plain: verifier bug: Couldn't find btf_record
XDP acq_plain(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; struct plain *q = refcount_acquire(p); obj_drop(p); if (q) obj_drop(q); return 2; }

// stricter acq_off: bpf_refcount_acquire needs a pointer to the start of the object
XDP acq_off(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; struct item *q = bpf_refcount_acquire_impl(&p->data, 0); obj_drop(p); if (q) obj_drop(q); return 2; }

// expect acq_stack: arg#0 is neither owning or non-owning ref
XDP acq_stack(struct xdp_md *c) { long x[8] = {}; struct item *q = bpf_refcount_acquire_impl(x, 0); if (q) obj_drop(q); return 2; }


// expect push_ok: accepted
XDP push_ok(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; p->key = 1; bpf_spin_lock(&glock); push_front(&ghead, &p->node); bpf_spin_unlock(&glock); return 2; }

// expect push_nolock: bpf_spin_lock at off=0 must be held for bpf_list_head
XDP push_nolock(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; push_front(&ghead, &p->node); return 2; }

// expect push_wronglock: held lock and object are not in the same allocation
XDP push_wronglock(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; bpf_spin_lock(&tlock); push_front(&ghead, &p->node); bpf_spin_unlock(&tlock); return 2; }

// expect push_drop: R1 must be referenced or trusted
XDP push_drop(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; bpf_spin_lock(&glock); push_front(&ghead, &p->node); bpf_spin_unlock(&glock); obj_drop(p); return 2; }

// expect push_use: accepted
XDP push_use(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; bpf_spin_lock(&glock); push_front(&ghead, &p->node); p->key = 3; bpf_spin_unlock(&glock); return 2; }

// expect push_use_after: R6 invalid mem access 'scalar'
XDP push_use_after(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; bpf_spin_lock(&glock); push_front(&ghead, &p->node); bpf_spin_unlock(&glock); return p->key; }

// expect push_twice: arg#1 expected pointer to allocated object
XDP push_twice(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; bpf_spin_lock(&glock); push_front(&ghead, &p->node); push_front(&ghead, &p->node); bpf_spin_unlock(&glock); return 2; }

// expect push_badnode: bpf_list_node not found at offset=40
XDP push_badnode(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; bpf_spin_lock(&glock); push_front(&ghead, (void*)&p->data); bpf_spin_unlock(&glock); return 2; }

// expect push_badtype: operation on bpf_list_head expects arg#1 bpf_list_node at offset=8 in struct item, but arg is at offset=40 in struct both
XDP push_badtype(struct xdp_md *c) { struct both *p = obj_new(struct both); if (!p) return 1; bpf_spin_lock(&glock); push_front(&ghead, &p->ln); bpf_spin_unlock(&glock); return 2; }

// expect push_plain: bpf_list_node not found at offset=8
XDP push_plain(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; bpf_spin_lock(&glock); push_front(&ghead, (void*)&p->b); bpf_spin_unlock(&glock); return 2; }

// expect push_null: R6 pointer arithmetic on ptr_or_null_ prohibited, null-check it first
XDP push_null(struct xdp_md *c) { struct item *p = obj_new(struct item); bpf_spin_lock(&glock); push_front(&ghead, &p->node); bpf_spin_unlock(&glock); return 2; }

// expect push_stack: arg#1 expected pointer to allocated object
XDP push_stack(struct xdp_md *c) { struct item x = {}; bpf_spin_lock(&glock); push_front(&ghead, &x.node); bpf_spin_unlock(&glock); return 2; }

// expect push_badhead: bpf_list_head not found at offset=0
XDP push_badhead(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; bpf_spin_lock(&glock); push_front((void*)&glock, &p->node); bpf_spin_unlock(&glock); return 2; }

// expect push_stackhead: arg#0 expected pointer to map value or allocated object
XDP push_stackhead(struct xdp_md *c) { struct bpf_list_head h = {}; struct item *p = obj_new(struct item); if (!p) return 1; bpf_spin_lock(&glock); push_front(&h, &p->node); bpf_spin_unlock(&glock); return 2; }

// expect push_map: accepted
XDP push_map(struct xdp_md *c) { int k = 0; struct val *v = bpf_map_lookup_elem(&lists, &k); if (!v) return 1; struct item *p = obj_new(struct item); if (!p) return 1; bpf_spin_lock(&v->lock); push_back(&v->head, &p->node); bpf_spin_unlock(&v->lock); return 2; }

// expect push_map2: held lock and object are not in the same allocation
XDP push_map2(struct xdp_md *c) { int k = 0; struct val *v = bpf_map_lookup_elem(&lists, &k); if (!v) return 1; struct val *w = bpf_map_lookup_elem(&lists, &k); if (!w) return 1; struct item *p = obj_new(struct item); if (!p) return 1; bpf_spin_lock(&v->lock); push_back(&w->head, &p->node); bpf_spin_unlock(&v->lock); return 2; }

// expect pop_ok: accepted
XDP pop_ok(struct xdp_md *c) { bpf_spin_lock(&glock); struct bpf_list_node *n = bpf_list_pop_front(&ghead); bpf_spin_unlock(&glock); if (!n) return 1; struct item *p = container_of(n, struct item, node); int k = p->key; obj_drop(p); return k; }

// expect pop_leak: Unreleased reference id=2 alloc_insn=5
XDP pop_leak(struct xdp_md *c) { bpf_spin_lock(&glock); struct bpf_list_node *n = bpf_list_pop_front(&ghead); bpf_spin_unlock(&glock); if (!n) return 1; return 2; }

// expect pop_nolock: bpf_spin_lock at off=0 must be held for bpf_list_head
XDP pop_nolock(struct xdp_md *c) { struct bpf_list_node *n = bpf_list_pop_front(&ghead); if (!n) return 1; obj_drop(container_of(n, struct item, node)); return 2; }

// expect pop_nonull: R6 pointer arithmetic on ptr_or_null_ prohibited, null-check it first
XDP pop_nonull(struct xdp_md *c) { bpf_spin_lock(&glock); struct bpf_list_node *n = bpf_list_pop_back(&ghead); bpf_spin_unlock(&glock); obj_drop(container_of(n, struct item, node)); return 2; }

// expect pop_noadj: R1 must have zero offset when passed to release func or trusted arg to kfunc
XDP pop_noadj(struct xdp_md *c) { bpf_spin_lock(&glock); struct bpf_list_node *n = bpf_list_pop_back(&ghead); bpf_spin_unlock(&glock); if (!n) return 1; obj_drop(n); return 2; }

// expect front_ok: accepted
XDP front_ok(struct xdp_md *c) { int k = 0; bpf_spin_lock(&glock); struct bpf_list_node *n = bpf_list_front(&ghead); if (n) k = container_of(n, struct item, node)->key; bpf_spin_unlock(&glock); return k; }

// expect back_after: R6 invalid mem access 'scalar'
XDP back_after(struct xdp_md *c) { bpf_spin_lock(&glock); struct bpf_list_node *n = bpf_list_back(&ghead); bpf_spin_unlock(&glock); if (!n) return 1; return container_of(n, struct item, node)->key; }

// expect front_drop: function calls are not allowed while holding a lock
XDP front_drop(struct xdp_md *c) { bpf_spin_lock(&glock); struct bpf_list_node *n = bpf_list_front(&ghead); if (n) obj_drop(container_of(n, struct item, node)); bpf_spin_unlock(&glock); return 1; }

// expect front_acq: accepted
XDP front_acq(struct xdp_md *c) { struct item *p = 0; bpf_spin_lock(&glock); struct bpf_list_node *n = bpf_list_front(&ghead); if (n) p = refcount_acquire(container_of(n, struct item, node)); bpf_spin_unlock(&glock); if (p) obj_drop(p); return 1; }

// expect front_write: accepted
XDP front_write(struct xdp_md *c) { bpf_spin_lock(&glock); struct bpf_list_node *n = bpf_list_front(&ghead); if (n) container_of(n, struct item, node)->key = 3; bpf_spin_unlock(&glock); return 1; }

// expect front_repush: arg#1 expected pointer to allocated object
XDP front_repush(struct xdp_md *c) { bpf_spin_lock(&glock); struct bpf_list_node *n = bpf_list_front(&ghead); if (n) push_back(&ghead, n); bpf_spin_unlock(&glock); return 1; }

// expect lock_new: function calls are not allowed while holding a lock
XDP lock_new(struct xdp_md *c) { bpf_spin_lock(&glock); struct item *p = obj_new(struct item); bpf_spin_unlock(&glock); if (p) obj_drop(p); return 1; }

// expect lock_drop: function calls are not allowed while holding a lock
XDP lock_drop(struct xdp_md *c) { struct item *p = obj_new(struct item); if (!p) return 1; bpf_spin_lock(&glock); obj_drop(p); bpf_spin_unlock(&glock); return 1; }

// expect lock_exit: BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region
XDP lock_exit(struct xdp_md *c) { bpf_spin_lock(&glock); return 1; }

// expect head_rd: bpf_list_head cannot be accessed directly by load/store
XDP head_rd(struct xdp_md *c) { return *(volatile long*)&ghead; }


// expect rb_ok: accepted
XDP rb_ok(struct xdp_md *c) { struct tnode *p = obj_new(struct tnode); if (!p) return 1; p->key = c->ingress_ifindex; bpf_spin_lock(&tlock); rb_add(&troot, &p->rb, less); bpf_spin_unlock(&tlock); return 2; }

// expect rb_nolock: bpf_spin_lock at off=0 must be held for bpf_rb_root
XDP rb_nolock(struct xdp_md *c) { struct tnode *p = obj_new(struct tnode); if (!p) return 1; rb_add(&troot, &p->rb, less); return 2; }

// expect rb_first_ok: accepted
XDP rb_first_ok(struct xdp_md *c) { long k = 0; bpf_spin_lock(&tlock); struct bpf_rb_node *n = bpf_rbtree_first(&troot); if (n) k = container_of(n, struct tnode, rb)->key; bpf_spin_unlock(&tlock); return k; }

// expect rb_remove_ok: accepted
XDP rb_remove_ok(struct xdp_md *c) { bpf_spin_lock(&tlock); struct bpf_rb_node *n = bpf_rbtree_first(&troot); if (!n) { bpf_spin_unlock(&tlock); return 1; } n = bpf_rbtree_remove(&troot, n); bpf_spin_unlock(&tlock); if (!n) return 1; obj_drop(container_of(n, struct tnode, rb)); return 2; }

// expect rb_remove_leak: Unreleased reference id=3 alloc_insn=11
XDP rb_remove_leak(struct xdp_md *c) { bpf_spin_lock(&tlock); struct bpf_rb_node *n = bpf_rbtree_first(&troot); if (!n) { bpf_spin_unlock(&tlock); return 1; } n = bpf_rbtree_remove(&troot, n); bpf_spin_unlock(&tlock); return 2; }

// expect rb_remove_null: dereference of modified ptr_or_null_ ptr R2 off=8 disallowed
XDP rb_remove_null(struct xdp_md *c) { bpf_spin_lock(&tlock); struct bpf_rb_node *n = bpf_rbtree_first(&troot); n = bpf_rbtree_remove(&troot, n); bpf_spin_unlock(&tlock); if (!n) return 1; obj_drop(container_of(n, struct tnode, rb)); return 2; }

// expect rb_remove_owned: accepted
XDP rb_remove_owned(struct xdp_md *c) { struct tnode *p = obj_new(struct tnode); if (!p) return 1; bpf_spin_lock(&tlock); struct bpf_rb_node *n = bpf_rbtree_remove(&troot, &p->rb); bpf_spin_unlock(&tlock); if (n) obj_drop(container_of(n, struct tnode, rb)); obj_drop(p); return 2; }

// expect rb_add_remove: accepted
XDP rb_add_remove(struct xdp_md *c) { struct tnode *p = obj_new(struct tnode); if (!p) return 1; bpf_spin_lock(&tlock); rb_add(&troot, &p->rb, less); struct bpf_rb_node *n = bpf_rbtree_remove(&troot, &p->rb); bpf_spin_unlock(&tlock); if (n) obj_drop(container_of(n, struct tnode, rb)); return 2; }

// expect rb_remove_use: accepted
XDP rb_remove_use(struct xdp_md *c) { long k = 0; bpf_spin_lock(&tlock); struct bpf_rb_node *n = bpf_rbtree_first(&troot); if (!n) { bpf_spin_unlock(&tlock); return 1; } struct bpf_rb_node *m = bpf_rbtree_first(&troot); if (!m) { bpf_spin_unlock(&tlock); return 1; } n = bpf_rbtree_remove(&troot, n); k = container_of(m, struct tnode, rb)->key; bpf_spin_unlock(&tlock); if (!n) return 1; obj_drop(container_of(n, struct tnode, rb)); return k; }

// expect rb_walk: accepted
XDP rb_walk(struct xdp_md *c) { long k = 0; bpf_spin_lock(&tlock); struct bpf_rb_node *n = bpf_rbtree_root(&troot); if (n) { struct bpf_rb_node *l = bpf_rbtree_left(&troot, n), *r = bpf_rbtree_right(&troot, n); if (l) k += container_of(l, struct tnode, rb)->key; if (r) k += container_of(r, struct tnode, rb)->key; } bpf_spin_unlock(&tlock); return k; }

// expect rb_left_owned: accepted
XDP rb_left_owned(struct xdp_md *c) { long k = 0; struct tnode *p = obj_new(struct tnode); if (!p) return 1; bpf_spin_lock(&tlock); struct bpf_rb_node *n = bpf_rbtree_left(&troot, &p->rb); if (n) k = 1; bpf_spin_unlock(&tlock); obj_drop(p); return k; }
static _Bool less_bad(struct bpf_rb_node *a, const struct bpf_rb_node *b) { bpf_rbtree_add_impl(&troot, a, less, 0, 0); return 0; }

// expect rb_less_add: arg#1 expected pointer to allocated object
XDP rb_less_add(struct xdp_md *c) { struct tnode *p = obj_new(struct tnode); if (!p) return 1; bpf_spin_lock(&tlock); rb_add(&troot, &p->rb, less_bad); bpf_spin_unlock(&tlock); return 2; }
static _Bool less_unlock(struct bpf_rb_node *a, const struct bpf_rb_node *b) { bpf_spin_unlock(&tlock); return 0; }

// expect rb_less_unlock: can't spin_{lock,unlock} in rbtree cb
XDP rb_less_unlock(struct xdp_md *c) { struct tnode *p = obj_new(struct tnode); if (!p) return 1; bpf_spin_lock(&tlock); rb_add(&troot, &p->rb, less_unlock); bpf_spin_unlock(&tlock); return 2; }
static _Bool less_lock(struct bpf_rb_node *a, const struct bpf_rb_node *b) { bpf_spin_lock(&glock); bpf_spin_unlock(&glock); return 0; }

// expect rb_less_lock: function calls are not allowed while holding a lock
XDP rb_less_lock(struct xdp_md *c) { struct tnode *p = obj_new(struct tnode); if (!p) return 1; bpf_spin_lock(&tlock); rb_add(&troot, &p->rb, less_lock); bpf_spin_unlock(&tlock); return 2; }
static _Bool less_first(struct bpf_rb_node *a, const struct bpf_rb_node *b) { bpf_rbtree_first(&troot); return 0; }

// expect rb_less_first: accepted
XDP rb_less_first(struct xdp_md *c) { struct tnode *p = obj_new(struct tnode); if (!p) return 1; bpf_spin_lock(&tlock); rb_add(&troot, &p->rb, less_first); bpf_spin_unlock(&tlock); return 2; }
static _Bool less_remove(struct bpf_rb_node *a, const struct bpf_rb_node *b) { struct bpf_rb_node *n = bpf_rbtree_remove(&troot, a); if (n) obj_drop(container_of(n, struct tnode, rb)); return 0; }

// expect rb_less_remove: bpf_rbtree_remove not allowed in rbtree cb
XDP rb_less_remove(struct xdp_md *c) { struct tnode *p = obj_new(struct tnode); if (!p) return 1; bpf_spin_lock(&tlock); rb_add(&troot, &p->rb, less_remove); bpf_spin_unlock(&tlock); return 2; }
static _Bool less_write(struct bpf_rb_node *a, const struct bpf_rb_node *b) { container_of(a, struct tnode, rb)->key = 3; return 0; }

// expect rb_less_write: accepted
XDP rb_less_write(struct xdp_md *c) { struct tnode *p = obj_new(struct tnode); if (!p) return 1; bpf_spin_lock(&tlock); rb_add(&troot, &p->rb, less_write); bpf_spin_unlock(&tlock); return 2; }
static _Bool less_range(struct bpf_rb_node *a, const struct bpf_rb_node *b) { long x = container_of(a, struct tnode, rb)->key; asm volatile ("r0 = %0; exit" :: "r"(x) : "r0"); return 0; }

// expect rb_less_range: unreachable insn 27
XDP rb_less_range(struct xdp_md *c) { struct tnode *p = obj_new(struct tnode); if (!p) return 1; bpf_spin_lock(&tlock); rb_add(&troot, &p->rb, less_range); bpf_spin_unlock(&tlock); return 2; }
static _Bool less_printk(struct bpf_rb_node *a, const struct bpf_rb_node *b) { return bpf_get_prandom_u32() & 1; }

// expect rb_less_helper: function calls are not allowed while holding a lock
XDP rb_less_helper(struct xdp_md *c) { struct tnode *p = obj_new(struct tnode); if (!p) return 1; bpf_spin_lock(&tlock); rb_add(&troot, &p->rb, less_printk); bpf_spin_unlock(&tlock); return 2; }

// expect both_ok: accepted
XDP both_ok(struct xdp_md *c) { struct both *p = obj_new(struct both), *q; if (!p) return 1; q = refcount_acquire(p); if (!q) { obj_drop(p); return 1; } bpf_spin_lock(&block); rb_add(&broot, &p->rb, bless); push_front(&bhead, &q->ln); bpf_spin_unlock(&block); return 2; }

// expect both_loop: accepted
XDP both_loop(struct xdp_md *c) { for (int i = 0; i < 3; i++) { struct both *p = obj_new(struct both); if (!p) return 1; p->key = i; bpf_spin_lock(&block); rb_add(&broot, &p->rb, bless); bpf_spin_unlock(&block); } return 2; }

// expect both_use_owned: accepted
XDP both_use_owned(struct xdp_md *c) { struct both *p = obj_new(struct both), *q; if (!p) return 1; q = refcount_acquire(p); if (!q) { obj_drop(p); return 1; } bpf_spin_lock(&block); rb_add(&broot, &p->rb, bless); bpf_spin_unlock(&block); long k = q->key; obj_drop(q); return k; }

// expect both_use_released: R6 invalid mem access 'scalar'
XDP both_use_released(struct xdp_md *c) { struct both *p = obj_new(struct both), *q; if (!p) return 1; q = refcount_acquire(p); if (!q) { obj_drop(p); return 1; } bpf_spin_lock(&block); rb_add(&broot, &p->rb, bless); bpf_spin_unlock(&block); long k = p->key; obj_drop(q); return k; }
