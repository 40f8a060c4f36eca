// SPDX-License-Identifier: MIT
// Fields of objects, locks in them, per-CPU objects, resilient locks, work queues, exceptions, casts. Above each program stands what Linux 6.18 says of it, or, where that is said to be stricter, what the
// verifier says although Linux takes it. Compiled with -O2 -g -mcpu=v3.
#include "common.h"
struct plain { int a; long b; };
struct item { int key; struct bpf_list_node node; struct bpf_refcount ref; long data; };
struct nolk { int key; struct bpf_list_node node; };
struct tnode { long key; struct bpf_rb_node rb; long data; };
struct own { int x; struct plain __kptr *p; struct item __kptr *it; void *raw; char c[10]; };
struct lk { int x; struct bpf_spin_lock l; struct bpf_list_head head __contains(item, node); };
struct rlk { int x; struct bpf_res_spin_lock l; struct bpf_list_head head __contains(nolk, node); };
struct plain *force1; struct item *force2; struct tnode *force3; struct own *force5; struct lk *force6; struct nolk *force7;struct rlk *force8;
union un { int a; long b; }; union un *forceu;
struct big { char x[5000]; }; struct big *force9;
struct kval { struct plain __kptr *p; struct item __kptr *it; struct lk __kptr *lk; struct plain __percpu_kptr *pp; int n; };
struct rval { struct bpf_res_spin_lock lock; int n; struct bpf_list_head head __contains(nolk, node); };
struct wval { int n; struct bpf_wq w; };
struct twval { int n; struct bpf_task_work w; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, struct kval); } kptrs SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, struct rval); } res SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, struct wval); } wqs SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, int); __type(value, struct wval); } wqh SEC(".maps");
private(A) struct bpf_spin_lock glock;
private(A) struct bpf_list_head ghead __contains(item, node);
private(B) struct bpf_spin_lock tlock;
private(B) struct bpf_rb_root troot __contains(tnode, rb);
private(R) struct bpf_res_spin_lock rlock;
private(S) struct bpf_res_spin_lock slock;
static _Bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b) { return container_of(a, struct tnode, rb)->key < container_of(b, struct tnode, rb)->key; }


// expect own_read_kptr: direct access to kptr is disallowed
XDP own_read_kptr(struct xdp_md *c) { NEW(own, o) long x = *(volatile long *)&o->p; obj_drop(o); return x; }

// stricter own_read_raw: R6 invalid mem access 'scalar'
XDP own_read_raw(struct xdp_md *c) { NEW(own, o) char *x = *(void *volatile *)&o->raw; obj_drop(o); return *x; }

// expect own_write_raw: accepted
XDP own_write_raw(struct xdp_md *c) { NEW(own, o) o->raw = c; obj_drop(o); return 1; }

// expect own_write_raw4: cannot access ptr member raw with moff 24 in struct own with off 24 size 4
XDP own_write_raw4(struct xdp_md *c) { NEW(own, o) *(volatile int *)&o->raw = 1; obj_drop(o); return 1; }

// expect own_arr: accepted
XDP own_arr(struct xdp_md *c) { NEW(own, o) ((volatile char*)o->c)[9] = 1; obj_drop(o); return 1; }

// expect own_arr_over: struct own doesn't have field at offset 42
XDP own_arr_over(struct xdp_md *c) { NEW(own, o) ((volatile char*)o->c)[10] = 1; obj_drop(o); return 1; }

// expect own_arr_wide: accepted
XDP own_arr_wide(struct xdp_md *c) { NEW(own, o) *(volatile int*)&o->c[4] = 1; obj_drop(o); return 1; }

// expect own_arr_wide2: access beyond the end of member c (mend:42) in struct own with off 40 size 4
XDP own_arr_wide2(struct xdp_md *c) { NEW(own, o) *(volatile int*)&o->c[8] = 1; obj_drop(o); return 1; }

// expect own_xchg_item: accepted
XDP own_xchg_item(struct xdp_md *c) { NEW(own, o) struct item *i = bpf_kptr_xchg(&o->it, 0); obj_drop(o); if (i) obj_drop(i); return 1; }

// expect own_xchg_wrong: off=0 doesn't point to kptr
XDP own_xchg_wrong(struct xdp_md *c) { NEW(own, o) struct item *i = bpf_kptr_xchg(&o->x, 0); obj_drop(o); if (i) obj_drop(i); return 1; }

// expect own_xchg_self: invalid kptr access, R2 type=ptr_own expected=ptr_item
XDP own_xchg_self(struct xdp_md *c) { NEW(own, o) struct item *i = bpf_kptr_xchg(&o->it, o); if (i) obj_drop(i); return 1; }

// expect own_atomic: accepted
XDP own_atomic(struct xdp_md *c) { NEW(plain, o) __sync_fetch_and_add(&o->b, 1); obj_drop(o); return 1; }

// expect own_cmp: accepted
XDP own_cmp(struct xdp_md *c) { NEW(plain, o) struct plain *q = o; asm volatile("" : "+r"(q)); int r = q == o; obj_drop(o); return r; }

// expect own_spill: R1 invalid mem access 'scalar'
XDP own_spill(struct xdp_md *c) { NEW(plain, o) struct plain *volatile q = o; obj_drop(o); return q->a; }

// expect own_arith: accepted
XDP own_arith(struct xdp_md *c) { NEW(plain, o) long x = (long)o * 3; obj_drop(o); return x; }

// expect own_ret: Unreleased reference id=2 alloc_insn=3
XDP own_ret(struct xdp_md *c) { NEW(plain, o) return (long)o; }

// expect un_new: bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct
XDP un_new(struct xdp_md *c) { union un *o = obj_new(union un); if (!o) return 1; obj_drop(o); return 1; }

// expect big_new: accepted
XDP big_new(struct xdp_md *c) { NEW(big, o) o->x[3000] = 1; obj_drop(o); return 1; }

// expect meta_new: accepted
XDP meta_new(struct xdp_md *c) { struct plain *o = bpf_obj_new_impl(type_id(struct plain), c); if (!o) return 1; bpf_obj_drop_impl(o, c); return 1; }

// expect drop_ctx: R1 must be referenced or trusted
XDP drop_ctx(struct xdp_md *c) { obj_drop(c); return 1; }

// expect lk_ok: accepted
XDP lk_ok(struct xdp_md *c) { NEW(lk, o)  struct item *p = obj_new(struct item); if (!p) { obj_drop(o); return 1; } bpf_spin_lock(&o->l); push_front(&o->head, &p->node); bpf_spin_unlock(&o->l); obj_drop(o); return 1; }

// expect lk_nolock: bpf_spin_lock at off=4 must be held for bpf_list_head
XDP lk_nolock(struct xdp_md *c) { NEW(lk, o) struct item *p = obj_new(struct item); if (!p) { obj_drop(o); return 1; } push_front(&o->head, &p->node); obj_drop(o); return 1; }

// expect lk_other: held lock and object are not in the same allocation
XDP lk_other(struct xdp_md *c) { NEW(lk, o) struct item *p = obj_new(struct item); if (!p) { obj_drop(o); return 1; } bpf_spin_lock(&glock); push_front(&o->head, &p->node); bpf_spin_unlock(&glock); obj_drop(o); return 1; }

// expect lk_two: held lock and object are not in the same allocation
XDP lk_two(struct xdp_md *c) { NEW(lk, o) struct lk *o2 = obj_new(struct lk); if (!o2) { obj_drop(o); return 1; } struct item *p = obj_new(struct item); if (!p) { obj_drop(o); obj_drop(o2); return 1; } bpf_spin_lock(&o->l); push_front(&o2->head, &p->node); bpf_spin_unlock(&o->l); obj_drop(o); obj_drop(o2); return 1; }

// expect lk_offs: off 0 doesn't point to 'struct bpf_spin_lock' that is at 4
XDP lk_offs(struct xdp_md *c) { NEW(lk, o) bpf_spin_lock((void*)&o->x); bpf_spin_unlock((void*)&o->x); obj_drop(o); return 1; }

// expect lk_plain: local 'kptr' has no valid bpf_spin_lock
XDP lk_plain(struct xdp_md *c) { NEW(plain, o) bpf_spin_lock((void*)&o->a); bpf_spin_unlock((void*)&o->a); obj_drop(o); return 1; }

// expect lk_kptr: R1 type=rcu_ptr_ expected=map_value, ptr_
XDP lk_kptr(struct xdp_md *c) { LOOK(kptrs, kval) struct lk *o = v->lk; if (!o) return 1; bpf_spin_lock(&o->l); bpf_spin_unlock(&o->l); return 1; }

// expect lk_kptr_push: R1 type=rcu_ptr_ expected=map_value, ptr_
XDP lk_kptr_push(struct xdp_md *c) { LOOK(kptrs, kval) struct lk *o = v->lk; if (!o) return 1; NEW(item, p) bpf_spin_lock(&o->l); push_front(&o->head, &p->node); bpf_spin_unlock(&o->l); return 1; }

// expect lk_drop_locked: function calls are not allowed while holding a lock
XDP lk_drop_locked(struct xdp_md *c) { NEW(lk, o) bpf_spin_lock(&o->l); bpf_kptr_xchg(&o->x, 0); bpf_spin_unlock(&o->l); obj_drop(o); return 1; }

// expect lk_unlock_other: bpf_spin_unlock of different lock
XDP lk_unlock_other(struct xdp_md *c) { NEW(lk, o) bpf_spin_lock(&o->l); bpf_spin_unlock(&glock); obj_drop(o); return 1; }

// expect lock_xchg: function calls are not allowed while holding a lock
XDP lock_xchg(struct xdp_md *c) { LOOK(kptrs, kval) bpf_spin_lock(&glock); struct plain *p = bpf_kptr_xchg(&v->p, 0); bpf_spin_unlock(&glock); if (p) obj_drop(p); return 1; }

// expect kp_item_read: accepted
XDP kp_item_read(struct xdp_md *c) { LOOK(kptrs, kval) struct item *p = v->it; if (!p) return 1; return p->key; }

// expect kp_item_push: arg#1 expected pointer to allocated object
XDP kp_item_push(struct xdp_md *c) { LOOK(kptrs, kval) struct item *p = v->it; if (!p) return 1; bpf_spin_lock(&glock); push_front(&ghead, &p->node); bpf_spin_unlock(&glock); return 1; }

// expect kp_item_unlock: R6 invalid mem access 'scalar'
XDP kp_item_unlock(struct xdp_md *c) { LOOK(kptrs, kval) struct item *p = v->it; if (!p) return 1; bpf_spin_lock(&glock); bpf_spin_unlock(&glock); return p->key; }

// expect kp_plain_unlock: accepted
XDP kp_plain_unlock(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = v->p; if (!p) return 1; bpf_spin_lock(&glock); bpf_spin_unlock(&glock); return p->a; }

// expect kp_plain_acq: verifier bug: Couldn't find btf_record
XDP kp_plain_acq(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = v->p; if (!p) return 1; p = refcount_acquire(p); if (p) obj_drop(p); return 1; }

// expect kp_acq_nonull: Possibly NULL pointer passed to trusted arg0
XDP kp_acq_nonull(struct xdp_md *c) { LOOK(kptrs, kval) struct item *p = v->it; if (!p) return 1; p = refcount_acquire(p); obj_drop(p); return 1; }

// expect kp_acq_maybe: Possibly NULL pointer passed to trusted arg0
XDP kp_acq_maybe(struct xdp_md *c) { LOOK(kptrs, kval) struct item *p = v->it; p = refcount_acquire(p); if (p) obj_drop(p); return 1; }

// expect kp_rcu_unlock: verifier bug: ref_obj_id for allocated object must be non-zero
XDP kp_rcu_unlock(struct xdp_md *c) { LOOK(kptrs, kval) bpf_rcu_read_lock(); struct plain *p = v->p; bpf_rcu_read_unlock(); if (!p) return 1; return p->a; }

// expect kp_rcu_unlock2: verifier bug: ref_obj_id for allocated object must be non-zero
XDP kp_rcu_unlock2(struct xdp_md *c) { LOOK(kptrs, kval) bpf_rcu_read_lock(); struct plain *p = v->p; if (!p) { bpf_rcu_read_unlock(); return 1; } bpf_rcu_read_unlock(); return p->a; }

// expect kp_rcu_unlock_w: only read is supported
XDP kp_rcu_unlock_w(struct xdp_md *c) { LOOK(kptrs, kval) bpf_rcu_read_lock(); struct plain *p = v->p; if (!p) { bpf_rcu_read_unlock(); return 1; } bpf_rcu_read_unlock(); p->a = 1; return 1; }

// expect kp_xchg_back: verifier bug: invalid PTR_TO_BTF_ID register for type match
XDP kp_xchg_back(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = v->p; if (!p) return 1; p = bpf_kptr_xchg(&v->p, p); if (p) obj_drop(p); return 1; }

// expect kp_xchg_nonown: R2 type=rcu_ptr_ expected=ptr_, trusted_ptr_, rcu_ptr_
XDP kp_xchg_nonown(struct xdp_md *c) { LOOK(kptrs, kval) struct item *p = v->it; if (!p) return 1; p = bpf_kptr_xchg(&v->it, p); if (p) obj_drop(p); return 1; }

// expect kp_store: store to referenced kptr disallowed
XDP kp_store(struct xdp_md *c) { LOOK(kptrs, kval) NEW(plain, p) *(void *volatile *)&v->p = p; return 1; }

// expect kp_atomic: kptr in map can only be accessed using BPF_MEM instruction mode
XDP kp_atomic(struct xdp_md *c) { LOOK(kptrs, kval) __sync_fetch_and_add((long *)&v->p, 1); return 1; }

// expect kp_off: kptr access misaligned expected=0 off=4
XDP kp_off(struct xdp_md *c) { LOOK(kptrs, kval) return *(volatile int *)((char *)&v->p + 4); }

// expect kp_noconst: kptr access cannot have variable offset
XDP kp_noconst(struct xdp_md *c) { LOOK(kptrs, kval) return *(volatile long *)((char *)v + (c->ingress_ifindex & 8)); }

// expect kp_helper: kptr cannot be accessed indirectly by helper
XDP kp_helper(struct xdp_md *c) { LOOK(kptrs, kval) bpf_probe_read_kernel(v, 16, c); return 1; }

// expect xchg_pkt: R2 type=ctx expected=ptr_, trusted_ptr_, rcu_ptr_
XDP xchg_pkt(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = bpf_kptr_xchg(&v->p, c); if (p) obj_drop(p); return 1; }

// expect xchg_scalar: R2 type=scalar expected=ptr_, trusted_ptr_, rcu_ptr_
XDP xchg_scalar(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = bpf_kptr_xchg(&v->p, (void *)5); if (p) obj_drop(p); return 1; }

// expect xchg_offs: invalid kptr access, R2 type=ptr_plain expected=ptr_plain
XDP xchg_offs(struct xdp_md *c) { LOOK(kptrs, kval) NEW(plain, o) struct plain *p = bpf_kptr_xchg(&v->p, &o->b); if (p) obj_drop(p); return 1; }

// expect xchg_result_nonull: R0 invalid mem access 'ptr_or_null_'
XDP xchg_result_nonull(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = bpf_kptr_xchg(&v->p, 0); return p->a; }

// expect xchg_dropped: R2 type=scalar expected=ptr_, trusted_ptr_, rcu_ptr_
XDP xchg_dropped(struct xdp_md *c) { LOOK(kptrs, kval) NEW(plain, o) obj_drop(o); struct plain *p = bpf_kptr_xchg(&v->p, o); if (p) obj_drop(p); return 1; }

// expect pc_ok: accepted
XDP pc_ok(struct xdp_md *c) { struct plain *p = bpf_percpu_obj_new_impl(type_id(struct plain), 0); if (!p) return 1; bpf_percpu_obj_drop_impl(p, 0); return 2; }

// expect pc_drop_plain: arg#0 expected for bpf_percpu_obj_drop_impl()
XDP pc_drop_plain(struct xdp_md *c) { struct plain *p = bpf_percpu_obj_new_impl(type_id(struct plain), 0); if (!p) return 1; obj_drop(p); return 2; }

// expect plain_drop_pc: arg#0 expected for bpf_obj_drop_impl()
XDP plain_drop_pc(struct xdp_md *c) { struct plain *p = obj_new(struct plain); if (!p) return 1; bpf_percpu_obj_drop_impl(p, 0); return 2; }

// expect pc_read: R0 is ptr_plain access percpu memory: off=0
XDP pc_read(struct xdp_md *c) { struct plain *p = bpf_percpu_obj_new_impl(type_id(struct plain), 0); if (!p) return 1; int r = p->a; bpf_percpu_obj_drop_impl(p, 0); return r; }

// expect pc_item: bpf_percpu_obj_new type ID argument must not contain special fields
XDP pc_item(struct xdp_md *c) { struct item *p = bpf_percpu_obj_new_impl(type_id(struct item), 0); if (!p) return 1; bpf_percpu_obj_drop_impl(p, 0); return 1; }

// expect pc_big: bpf_percpu_obj_new type size (5000) is greater than 512
XDP pc_big(struct xdp_md *c) { struct big *p = bpf_percpu_obj_new_impl(type_id(struct big), 0); if (!p) return 1; bpf_percpu_obj_drop_impl(p, 0); return 1; }

// expect pc_this: accepted
XDP pc_this(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = v->pp; if (!p) return 1; struct plain *q = bpf_this_cpu_ptr(p); q->a = 4; return q->a; }

// expect pc_per: accepted
XDP pc_per(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = v->pp; if (!p) return 1; struct plain *q = bpf_per_cpu_ptr(p, 1); if (!q) return 1; q->a = 4; return q->a; }

// stricter pc_per_null: R1 invalid mem access 'rcu_ptr_or_null_'
XDP pc_per_null(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = v->pp; if (!p) return 1; struct plain *q = bpf_per_cpu_ptr(p, 1); q->a = 4; return q->a; }

// expect pc_xchg: accepted
XDP pc_xchg(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = bpf_percpu_obj_new_impl(type_id(struct plain), 0); if (!p) return 1; p = bpf_kptr_xchg(&v->pp, p); if (p) bpf_percpu_obj_drop_impl(p, 0); return 1; }

// stricter pc_xchg_plain: invalid kptr access, R2 type=ptr_plain expected=ptr_plain
XDP pc_xchg_plain(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = obj_new(struct plain); if (!p) return 1; p = bpf_kptr_xchg(&v->pp, p); if (p) bpf_percpu_obj_drop_impl(p, 0); return 1; }

// expect pc_kptr_read: R1 is ptr_plain access percpu memory: off=0
XDP pc_kptr_read(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = v->pp; if (!p) return 1; return p->a; }


// expect res_ok: accepted
XDP res_ok(struct xdp_md *c) { if (bpf_res_spin_lock(&rlock)) return 1; bpf_res_spin_unlock(&rlock); return 2; }

// expect res_nocheck: bpf_res_spin_unlock without taking a lock
XDP res_nocheck(struct xdp_md *c) { bpf_res_spin_lock(&rlock); bpf_res_spin_unlock(&rlock); return 2; }

// expect res_noun: BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region
XDP res_noun(struct xdp_md *c) { if (bpf_res_spin_lock(&rlock)) return 1; return 2; }

// expect res_unheld: bpf_res_spin_unlock without taking a lock
XDP res_unheld(struct xdp_md *c) { bpf_res_spin_unlock(&rlock); return 2; }

// expect res_both: accepted
XDP res_both(struct xdp_md *c) { if (bpf_res_spin_lock(&rlock)) return 1; if (bpf_res_spin_lock(&slock)) { bpf_res_spin_unlock(&rlock); return 1; } bpf_res_spin_unlock(&slock); bpf_res_spin_unlock(&rlock); return 2; }

// expect res_order: bpf_res_spin_unlock cannot be out of order
XDP res_order(struct xdp_md *c) { if (bpf_res_spin_lock(&rlock)) return 1; if (bpf_res_spin_lock(&slock)) { bpf_res_spin_unlock(&rlock); return 1; } bpf_res_spin_unlock(&rlock); bpf_res_spin_unlock(&slock); return 2; }

// expect res_same: Acquiring the same lock again, AA deadlock detected
XDP res_same(struct xdp_md *c) { if (bpf_res_spin_lock(&rlock)) return 1; if (bpf_res_spin_lock(&rlock)) { bpf_res_spin_unlock(&rlock); return 1; } bpf_res_spin_unlock(&rlock); bpf_res_spin_unlock(&rlock); return 2; }

// expect res_irq: accepted
XDP res_irq(struct xdp_md *c) { unsigned long f; if (bpf_res_spin_lock_irqsave(&rlock, &f)) return 1; bpf_res_spin_unlock_irqrestore(&rlock, &f); return 2; }

// expect res_irq_mix: bpf_res_spin_unlock of different lock
XDP res_irq_mix(struct xdp_md *c) { unsigned long f; if (bpf_res_spin_lock_irqsave(&rlock, &f)) return 1; bpf_res_spin_unlock(&rlock); return 2; }

// expect res_irq_mix2: bpf_res_spin_unlock of different lock
XDP res_irq_mix2(struct xdp_md *c) { unsigned long f; if (bpf_res_spin_lock(&rlock)) return 1; bpf_res_spin_unlock_irqrestore(&rlock, &f); return 2; }

// expect res_map: accepted
XDP res_map(struct xdp_md *c) { LOOK(res, rval) if (bpf_res_spin_lock(&v->lock)) return 1; v->n = 1; bpf_res_spin_unlock(&v->lock); return 2; }

// expect res_map_off: off 4 doesn't point to 'struct bpf_res_spin_lock' that is at 0
XDP res_map_off(struct xdp_md *c) { LOOK(res, rval) if (bpf_res_spin_lock((void*)&v->n)) return 1; bpf_res_spin_unlock((void*)&v->n); return 2; }

// expect res_push: accepted
XDP res_push(struct xdp_md *c) { LOOK(res, rval) NEW(nolk, p) if (bpf_res_spin_lock(&v->lock)) { obj_drop(p); return 1; } push_front(&v->head, &p->node); bpf_res_spin_unlock(&v->lock); return 2; }

// expect res_helper: function calls are not allowed while holding a lock
XDP res_helper(struct xdp_md *c) { LOOK(res, rval) if (bpf_res_spin_lock(&v->lock)) return 1; v->n = bpf_get_prandom_u32(); bpf_res_spin_unlock(&v->lock); return 2; }

// expect res_spin: function calls are not allowed while holding a lock
XDP res_spin(struct xdp_md *c) { if (bpf_res_spin_lock(&rlock)) return 1; bpf_spin_lock(&glock); bpf_spin_unlock(&glock); bpf_res_spin_unlock(&rlock); return 2; }

// expect spin_res: accepted
XDP spin_res(struct xdp_md *c) { bpf_spin_lock(&glock); if (bpf_res_spin_lock(&rlock)) { bpf_spin_unlock(&glock); return 1; } bpf_res_spin_unlock(&rlock); bpf_spin_unlock(&glock); return 2; }

// expect res_stack: arg#0 doesn't point to map value or allocated object
XDP res_stack(struct xdp_md *c) { struct bpf_res_spin_lock l = {}; if (bpf_res_spin_lock(&l)) return 1; bpf_res_spin_unlock(&l); return 2; }

// expect res_glock: map '.data.A' has no valid bpf_res_spin_lock
XDP res_glock(struct xdp_md *c) { if (bpf_res_spin_lock((void*)&glock)) return 1; bpf_res_spin_unlock((void*)&glock); return 2; }

// expect res_as_spin: map '.data.R' has no valid bpf_spin_lock
XDP res_as_spin(struct xdp_md *c) { bpf_spin_lock((void*)&rlock); bpf_spin_unlock((void*)&rlock); return 2; }

// expect res_neg: accepted
XDP res_neg(struct xdp_md *c) { int e = bpf_res_spin_lock(&rlock); if (e < 0) return 1; bpf_res_spin_unlock(&rlock); return 2; }

// expect res_eq1: bpf_res_spin_unlock without taking a lock
XDP res_eq1(struct xdp_md *c) { int e = bpf_res_spin_lock(&rlock); if (e == 1) return 1; bpf_res_spin_unlock(&rlock); return 2; }

static int wcb(void *map, int *key, void *value) { return 0; }
static int wcb1(void *map, int *key, void *value) { return *key; }
static int wcbv(void *map, int *key, struct wval *value) { value->n = *key; return 0; }

// expect wq_ok: accepted
XDP wq_ok(struct xdp_md *c) { LOOK(wqs, wval) if (bpf_wq_init(&v->w, &wqs, 0)) return 1; if (bpf_wq_set_callback_impl(&v->w, wcb, 0, 0)) return 1; if (bpf_wq_start(&v->w, 0)) return 1; return 2; }

// expect wq_cbv: accepted
XDP wq_cbv(struct xdp_md *c) { LOOK(wqs, wval) if (bpf_wq_init(&v->w, &wqs, 0)) return 1; if (bpf_wq_set_callback_impl(&v->w, (void *)wcbv, 0, 0)) return 1; return 2; }

// expect wq_cb1: At async callback return the register R0 has smin=0 smax=4294967295 should have been in [0, 0]
XDP wq_cb1(struct xdp_md *c) { LOOK(wqs, wval) if (bpf_wq_init(&v->w, &wqs, 0)) return 1; if (bpf_wq_set_callback_impl(&v->w, wcb1, 0, 0)) return 1; return 2; }

// expect wq_othermap: workqueue pointer in R1 map_uid=0 doesn't match map pointer in R2 map_uid=0
XDP wq_othermap(struct xdp_md *c) { LOOK(wqs, wval) if (bpf_wq_init(&v->w, &wqh, 0)) return 1; return 2; }

// stricter wq_badmap: workqueue pointer in R1 map_uid=0 doesn't match map pointer in R2 map_uid=0
XDP wq_badmap(struct xdp_md *c) { LOOK(wqs, wval) if (bpf_wq_init(&v->w, &kptrs, 0)) return 1; return 2; }

// expect wq_off: off 0 doesn't point to 'struct bpf_wq' that is at 8
XDP wq_off(struct xdp_md *c) { LOOK(wqs, wval) if (bpf_wq_init((void*)&v->n, &wqs, 0)) return 1; return 2; }

// expect wq_stack: arg#0 doesn't point to a map value
XDP wq_stack(struct xdp_md *c) { struct bpf_wq w = {}; if (bpf_wq_start(&w, 0)) return 1; return 2; }

// expect wq_read: bpf_wq cannot be accessed directly by load/store
XDP wq_read(struct xdp_md *c) { LOOK(wqs, wval) return *(volatile long*)&v->w; }

// expect wq_null: R0 pointer arithmetic on map_value_or_null prohibited, null-check it first
XDP wq_null(struct xdp_md *c) { int k = 0; struct wval *v = bpf_map_lookup_elem(&wqh, &k); return bpf_wq_start(&v->w, 0); }

// expect wq_nomap: pointer in R2 isn't map pointer
XDP wq_nomap(struct xdp_md *c) { LOOK(wqs, wval) if (bpf_wq_init(&v->w, c, 0)) return 1; return 2; }

// expect wq_kptrs: map 'kptrs' has no valid bpf_wq
XDP wq_kptrs(struct xdp_md *c) { LOOK(kptrs, kval) if (bpf_wq_start((void*)v, 0)) return 1; return 2; }


// expect throw_ok: accepted
XDP throw_ok(struct xdp_md *c) { if (c->ingress_ifindex == 7) bpf_throw(1); return 2; }

// expect throw_ref: Unreleased reference id=2 alloc_insn=4
XDP throw_ref(struct xdp_md *c) { NEW(plain, p) if (c->ingress_ifindex == 7) bpf_throw(1); obj_drop(p); return 2; }

// expect throw_lock: function calls are not allowed while holding a lock
XDP throw_lock(struct xdp_md *c) { bpf_spin_lock(&glock); if (c->ingress_ifindex == 7) bpf_throw(1); bpf_spin_unlock(&glock); return 2; }

// expect throw_rcu: bpf_throw cannot be used inside bpf_rcu_read_lock-ed region
XDP throw_rcu(struct xdp_md *c) { bpf_rcu_read_lock(); if (c->ingress_ifindex == 7) bpf_throw(1); bpf_rcu_read_unlock(); return 2; }
static __noinline int thrower(int x) { if (x == 7) bpf_throw(3); return x; }

// expect throw_sub: accepted
XDP throw_sub(struct xdp_md *c) { return thrower(c->ingress_ifindex); }

// expect throw_sub_ref: Unreleased reference id=2 alloc_insn=4
XDP throw_sub_ref(struct xdp_md *c) { NEW(plain, p) int x = thrower(c->ingress_ifindex); obj_drop(p); return x; }
__noinline int gthrower(int x) { if (x == 7) bpf_throw(3); return x; }

// expect throw_glob: accepted
XDP throw_glob(struct xdp_md *c) { return gthrower(c->ingress_ifindex); }

// expect throw_glob_ref: accepted
XDP throw_glob_ref(struct xdp_md *c) { NEW(plain, p) int x = gthrower(c->ingress_ifindex); obj_drop(p); return x; }
static long loopcb(int i, void *x) { bpf_throw(1); return 0; }

// expect throw_cb: bpf_throw kfunc (insn 9) cannot be called from callback subprog 1
XDP throw_cb(struct xdp_md *c) { bpf_loop(3, loopcb, 0, 0); return 2; }
static _Bool less_throw(struct bpf_rb_node *a, const struct bpf_rb_node *b) { bpf_throw(1); return 0; }

// expect throw_less: function calls are not allowed while holding a lock
XDP throw_less(struct xdp_md *c) { NEW(tnode, p) bpf_spin_lock(&tlock); rb_add(&troot, &p->rb, less_throw); bpf_spin_unlock(&tlock); return 2; }

// expect throw_ptr: R1 is not a scalar
XDP throw_ptr(struct xdp_md *c) { bpf_throw((long)c); return 2; }

// expect throw_preempt: bpf_throw cannot be used inside bpf_preempt_disable-ed region
XDP throw_preempt(struct xdp_md *c) { bpf_preempt_disable(); bpf_throw(0); return 2; }

struct xdp_buff { void *data; void *data_end; } __attribute__((preserve_access_index));

// expect cast_ok: accepted
XDP cast_ok(struct xdp_md *c) { struct xdp_buff *x = bpf_cast_to_kern_ctx(c); return x->data != 0; }

// expect cast_write: only read is supported
XDP cast_write(struct xdp_md *c) { struct xdp_buff *x = bpf_cast_to_kern_ctx(c); x->data = 0; return 2; }

// expect cast_bad: arg#0 expected pointer to ctx, but got fp
XDP cast_bad(struct xdp_md *c) { long y; struct xdp_buff *x = bpf_cast_to_kern_ctx(&y); return x->data != 0; }

// expect rdonly_mem: accepted
XDP rdonly_mem(struct xdp_md *c) { char *x = bpf_rdonly_cast((void*)0x1000, 0); return x[3]; }

// expect rdonly_memw: R0 cannot write into rdonly_untrusted_mem
XDP rdonly_memw(struct xdp_md *c) { char *x = bpf_rdonly_cast(c, 0); x[3] = 1; return 2; }

// expect rdonly_bad: Unknown type ID 2147483647 passed to kfunc bpf_rdonly_cast
XDP rdonly_bad(struct xdp_md *c) { char *x = bpf_rdonly_cast(c, 0x7fffffff); return x[3]; }
