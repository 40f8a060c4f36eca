// SPDX-License-Identifier: MIT
// The same over loops, functions and callbacks; several fields of a kind; tasks; work with and without RCU. Above each program stands what Linux 6.18 says of it, or, where that is said to be stricter, what the
// verifier says although Linux takes it. Compiled with -O2 -g -mcpu=v3.
#include "common.h"
struct task_struct { int pid; };
typedef int (*bpf_task_work_callback_t)(struct bpf_map *map, void *key, void *value);
extern int bpf_task_work_schedule_signal_impl(struct task_struct *t, struct bpf_task_work *tw, void *map, bpf_task_work_callback_t cb, void *aux) __ksym __weak;
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern struct task_struct *bpf_task_from_pid(int pid) __ksym;
extern void bpf_local_irq_save(unsigned long *f) __ksym;
extern void bpf_local_irq_restore(unsigned long *f) __ksym;
struct plain { int a; long b; };
struct item { int key; struct bpf_list_node node; struct bpf_refcount ref; long data; };
struct norc { int key; struct bpf_list_node node; };
struct two { int key; struct bpf_list_node n1; struct bpf_list_node n2; };
struct lkonly { long x; struct bpf_spin_lock l; };
struct rlk { long x; struct bpf_res_spin_lock l; };
struct inner { int z; struct bpf_rb_node rb; };
struct nest { long k; struct inner in; };
struct plain *f1; struct item *f2; struct norc *f3; struct two *f4; struct lkonly *f5; struct nest *f6; struct rlk *f7;
struct kval { struct plain __kptr *p; struct norc __kptr *nr; struct lkonly __kptr *lk; struct task_struct __kptr *t; struct plain __kptr *arr[2]; int n; };
struct twval { int n; struct bpf_task_work w; };
struct lval { struct bpf_spin_lock lock; int pad; struct bpf_list_head h1 __contains(norc, node); struct bpf_list_head h2 __contains(two, n2); int n; };
struct wval { int n; struct bpf_wq w; struct plain __kptr *p; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, struct kval); } kptrs SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, struct twval); } tws SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, int); __type(value, struct lval); } lists SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, int); __type(value, struct wval); } wqs SEC(".maps");
private(A) struct bpf_spin_lock glock;
private(A) struct bpf_list_head ghead __contains(item, node);
private(A) struct bpf_list_head nhead __contains(norc, node);
private(N) struct bpf_spin_lock nlock;
private(N) struct bpf_rb_root nroot __contains(nest, in);
private(R) struct bpf_res_spin_lock rlock;
private(S) struct bpf_res_spin_lock slock;
static int twcb(struct bpf_map *map, void *key, void *value) { return 0; }


// expect loop_push: accepted
XDP loop_push(struct xdp_md *c) { int i; for (i = 0; i < 100; i++) { NEW(item, p) p->key = i; bpf_spin_lock(&glock); push_back(&ghead, &p->node); bpf_spin_unlock(&glock); } return 2; }

// expect loop_pop: accepted
XDP loop_pop(struct xdp_md *c) { int i, s = 0; for (i = 0; i < 50; i++) { bpf_spin_lock(&glock); struct bpf_list_node *n = bpf_list_pop_front(&ghead); bpf_spin_unlock(&glock); if (!n) break; struct item *p = container_of(n, struct item, node); s += p->key; obj_drop(p); } return s & 1; }

// expect loop_leak: Unreleased reference id=18 alloc_insn=15
XDP loop_leak(struct xdp_md *c) { int i; struct item *keep = 0; for (i = 0; i < 10; i++) { struct item *p = obj_new(struct item); if (!p) break; if (i == c->ingress_ifindex) { keep = p; continue; } obj_drop(p); } if (keep) obj_drop(keep); return 1; }
static __noinline struct plain *make(int a) { struct plain *p = obj_new(struct plain); if (p) p->a = a; return p; }
static __noinline void unmake(struct plain *p) { obj_drop(p); }

// expect sub_make: accepted
XDP sub_make(struct xdp_md *c) { struct plain *p = make(c->ingress_ifindex); if (!p) return 1; int a = p->a; unmake(p); return a & 1; }
static __noinline int borrow(struct plain *p) { return p->a; }

// expect sub_borrow: accepted
XDP sub_borrow(struct xdp_md *c) { NEW(plain, p) int a = borrow(p); obj_drop(p); return a & 1; }
static __noinline int lockedsub(int x) { bpf_spin_unlock(&glock); return x; }

// expect sub_unlock: accepted
XDP sub_unlock(struct xdp_md *c) { bpf_spin_lock(&glock); return lockedsub(1); }
static long each(void *m, int *k, struct kval *v, struct plain **q) { struct plain *p = bpf_kptr_xchg(&v->p, 0); if (p) obj_drop(p); return 0; }

// expect each_xchg: accepted
XDP each_xchg(struct xdp_md *c) { struct plain *q = 0; bpf_for_each_map_elem(&kptrs, each, &q, 0); return 1; }
static long looper(int i, struct plain **q) { struct plain *p = obj_new(struct plain); if (!p) return 1; obj_drop(p); return 0; }

// expect loop_cb: accepted
XDP loop_cb(struct xdp_md *c) { struct plain *q = 0; bpf_loop(5, looper, &q, 0); return 1; }
static long loopleak(int i, struct plain **q) { struct plain *p = obj_new(struct plain); return 0; }

// expect loop_cb_leak: Unreleased reference id=2 alloc_insn=14
XDP loop_cb_leak(struct xdp_md *c) { struct plain *q = 0; bpf_loop(5, loopleak, &q, 0); return 1; }
static long loopdrop(int i, struct plain **q) { obj_drop(*q); return 0; }

// expect loop_cb_drop: Unreleased reference id=2 alloc_insn=3
XDP loop_cb_drop(struct xdp_md *c) { NEW(plain, p) struct plain *q = p; bpf_loop(5, loopdrop, &q, 0); return 1; }

// expect norc_acq: arg#0 doesn't point to a type with bpf_refcount field
XDP norc_acq(struct xdp_md *c) { NEW(norc, p) struct norc *q = refcount_acquire(p); obj_drop(p); if (q) obj_drop(q); return 1; }

// expect two_n1: arg#1 offset=8, but expected bpf_list_node at offset=32 in struct two
XDP two_n1(struct xdp_md *c) { LOOK(lists, lval) NEW(two, p) bpf_spin_lock(&v->lock); push_front(&v->h2, &p->n1); bpf_spin_unlock(&v->lock); return 1; }

// expect two_n2: accepted
XDP two_n2(struct xdp_md *c) { LOOK(lists, lval) NEW(two, p) bpf_spin_lock(&v->lock); push_front(&v->h2, &p->n2); bpf_spin_unlock(&v->lock); return 1; }

// expect two_h1: operation on bpf_list_head expects arg#1 bpf_list_node at offset=8 in struct norc, but arg is at offset=32 in struct two
XDP two_h1(struct xdp_md *c) { LOOK(lists, lval) NEW(two, p) bpf_spin_lock(&v->lock); push_front(&v->h1, &p->n2); bpf_spin_unlock(&v->lock); return 1; }

// expect map_two_vals: held lock and object are not in the same allocation
XDP map_two_vals(struct xdp_md *c) { int k = 0, k2 = 1; struct lval *v = bpf_map_lookup_elem(&lists, &k), *w = bpf_map_lookup_elem(&lists, &k2); if (!v || !w) return 1; NEW(norc, p) bpf_spin_lock(&v->lock); push_front(&w->h1, &p->node); bpf_spin_unlock(&v->lock); return 1; }

// expect map_var_off: R1 doesn't have constant offset. bpf_list_head has to be at the constant offset
XDP map_var_off(struct xdp_md *c) { LOOK(lists, lval) NEW(norc, p) bpf_spin_lock(&v->lock); push_front((void*)&v->h1 + (c->ingress_ifindex & 16), &p->node); bpf_spin_unlock(&v->lock); return 1; }

// expect map_wide: accepted
XDP map_wide(struct xdp_md *c) { LOOK(lists, lval) v->n = 3; return v->pad; }

// expect map_memcpy: accepted
XDP map_memcpy(struct xdp_md *c) { LOOK(lists, lval) struct lval l = *v; return l.n; }

// expect map_upd_ptr: bpf_spin_lock cannot be accessed directly by load/store
XDP map_upd_ptr(struct xdp_md *c) { LOOK(lists, lval) int k2 = 2; bpf_map_update_elem(&lists, &k2, v, 0); return 1; }

// expect nonown_store: accepted
XDP nonown_store(struct xdp_md *c) { NEW(norc, p) bpf_spin_lock(&glock); push_front(&nhead, &p->node); p->key = 4; bpf_spin_unlock(&glock); return 1; }

// expect nonown_spill: R1 invalid mem access 'scalar'
XDP nonown_spill(struct xdp_md *c) { struct norc *volatile s; NEW(norc, p) bpf_spin_lock(&glock); push_front(&nhead, &p->node); s = p; bpf_spin_unlock(&glock); return s->key; }

// expect nonown_pop: accepted
XDP nonown_pop(struct xdp_md *c) { NEW(norc, p) bpf_spin_lock(&glock); push_front(&nhead, &p->node); struct bpf_list_node *n = bpf_list_pop_back(&nhead); p->key = 5; bpf_spin_unlock(&glock); if (n) obj_drop(container_of(n, struct norc, node)); return 1; }

// expect nonown_cmp: accepted
XDP nonown_cmp(struct xdp_md *c) { int r = 0; NEW(norc, p) bpf_spin_lock(&glock); struct bpf_list_node *n = bpf_list_front(&nhead), *m = bpf_list_back(&nhead); if (n == m) r = 1; bpf_spin_unlock(&glock); obj_drop(p); return r; }

// expect own_cmp_null: accepted
XDP own_cmp_null(struct xdp_md *c) { NEW(norc, p) int r = 2; if (!p) r = 3; obj_drop(p); return r; }

// expect lkonly_ok: accepted
XDP lkonly_ok(struct xdp_md *c) { NEW(lkonly, p) bpf_spin_lock(&p->l); p->x++; bpf_spin_unlock(&p->l); obj_drop(p); return 1; }

// expect lkonly_kptr: accepted
XDP lkonly_kptr(struct xdp_md *c) { LOOK(kptrs, kval) struct lkonly *p = bpf_kptr_xchg(&v->lk, 0); if (!p) return 1; bpf_spin_lock(&p->l); p->x++; bpf_spin_unlock(&p->l); p = bpf_kptr_xchg(&v->lk, p); if (p) obj_drop(p); return 1; }

// expect lkonly_two: bpf_spin_unlock of different lock
XDP lkonly_two(struct xdp_md *c) { NEW(lkonly, p) struct lkonly *q = obj_new(struct lkonly); if (!q) { obj_drop(p); return 1; } bpf_spin_lock(&p->l); bpf_spin_unlock(&q->l); obj_drop(p); obj_drop(q); return 1; }

// expect lkonly_both: function calls are not allowed while holding a lock
XDP lkonly_both(struct xdp_md *c) { NEW(lkonly, p) bpf_spin_lock(&p->l); bpf_spin_lock(&glock); bpf_spin_unlock(&glock); bpf_spin_unlock(&p->l); obj_drop(p); return 1; }

// expect rlk_ok: local 'kptr' has no valid bpf_res_spin_lock
XDP rlk_ok(struct xdp_md *c) { NEW(rlk, p) if (bpf_res_spin_lock(&p->l)) { obj_drop(p); return 1; } p->x = 1; bpf_res_spin_unlock(&p->l); obj_drop(p); return 1; }

// expect nest_ok: accepted
XDP nest_ok(struct xdp_md *c) { NEW(nest, p) p->in.z = 3; obj_drop(p); return 1; }

// expect nest_direct: accepted
XDP nest_direct(struct xdp_md *c) { NEW(nest, p) *(volatile long *)&p->in.rb = 3; obj_drop(p); return 1; }

// expect task_kptr: accepted
XDP task_kptr(struct xdp_md *c) { LOOK(kptrs, kval) struct task_struct *t = bpf_task_from_pid(1); if (!t) return 1; t = bpf_kptr_xchg(&v->t, t); if (t) bpf_task_release(t); return 1; }

// expect task_kptr_drop: arg#0 expected pointer to allocated object
XDP task_kptr_drop(struct xdp_md *c) { LOOK(kptrs, kval) struct task_struct *t = bpf_kptr_xchg(&v->t, 0); if (t) obj_drop(t); return 1; }

// expect task_kptr_load: accepted
XDP task_kptr_load(struct xdp_md *c) { LOOK(kptrs, kval) struct task_struct *t = v->t; if (!t) return 1; return t->pid; }

// expect task_kptr_acq: accepted
XDP task_kptr_acq(struct xdp_md *c) { LOOK(kptrs, kval) struct task_struct *t = v->t; if (!t) return 1; t = bpf_task_acquire(t); if (t) bpf_task_release(t); return 1; }

// expect task_wrong: invalid kptr access, R2 type=ptr_plain expected=ptr_task_struct
XDP task_wrong(struct xdp_md *c) { LOOK(kptrs, kval) NEW(plain, p) p = bpf_kptr_xchg((void **)&v->t, p); return 1; }

// expect task_in_plain: invalid kptr access, R2 type=ptr_task_struct expected=ptr_plain
XDP task_in_plain(struct xdp_md *c) { LOOK(kptrs, kval) struct task_struct *t = bpf_task_from_pid(1); if (!t) return 1; t = bpf_kptr_xchg((void **)&v->p, t); return 1; }

// expect plain_release: kernel function bpf_task_release args#0 expected pointer to STRUCT task_struct but R1 has a pointer to STRUCT plain
XDP plain_release(struct xdp_md *c) { NEW(plain, p) bpf_task_release((void *)p); return 1; }

// expect arr_kptr: accepted
XDP arr_kptr(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = bpf_kptr_xchg(&v->arr[1], 0); if (p) obj_drop(p); return 1; }

// expect arr_kptr_var: R1 doesn't have constant offset. kptr has to be at the constant offset
XDP arr_kptr_var(struct xdp_md *c) { LOOK(kptrs, kval) struct plain *p = bpf_kptr_xchg(&v->arr[c->ingress_ifindex & 1], 0); if (p) obj_drop(p); return 1; }

// expect tw_ok: accepted
XDP tw_ok(struct xdp_md *c) { LOOK(tws, twval) struct task_struct *t = (void *)bpf_get_current_task_btf(); bpf_task_work_schedule_signal_impl(t, &v->w, &tws, twcb, 0); return 1; }

// expect tw_off: off 0 doesn't point to 'struct bpf_task_work' that is at 8
XDP tw_off(struct xdp_md *c) { LOOK(tws, twval) struct task_struct *t = (void *)bpf_get_current_task_btf(); bpf_task_work_schedule_signal_impl(t, (void *)&v->n, &tws, twcb, 0); return 1; }

// expect tw_notask: Possibly NULL pointer passed to trusted arg0
XDP tw_notask(struct xdp_md *c) { LOOK(tws, twval) bpf_task_work_schedule_signal_impl(0, &v->w, &tws, twcb, 0); return 1; }

// expect tw_ctx: arg#0 pointer type STRUCT task_struct must point to scalar, or struct with scalar
XDP tw_ctx(struct xdp_md *c) { LOOK(tws, twval) bpf_task_work_schedule_signal_impl((void *)c, &v->w, &tws, twcb, 0); return 1; }

// expect tw_map: workqueue pointer in R1 map_uid=0 doesn't match map pointer in R2 map_uid=0
XDP tw_map(struct xdp_md *c) { LOOK(tws, twval) struct task_struct *t = (void *)bpf_get_current_task_btf(); bpf_task_work_schedule_signal_impl(t, &v->w, &wqs, twcb, 0); return 1; }

// stricter tw_map2: workqueue pointer in R1 map_uid=0 doesn't match map pointer in R2 map_uid=0
XDP tw_map2(struct xdp_md *c) { LOOK(tws, twval) struct task_struct *t = (void *)bpf_get_current_task_btf(); bpf_task_work_schedule_signal_impl(t, &v->w, &kptrs, twcb, 0); return 1; }

// expect tw_read: bpf_task_work cannot be accessed directly by load/store
XDP tw_read(struct xdp_md *c) { LOOK(tws, twval) return *(volatile int *)&v->w; }

// expect tw_nullval: off 0 doesn't point to 'struct bpf_task_work' that is at 8
XDP tw_nullval(struct xdp_md *c) { int k = 0; struct twval *v = bpf_map_lookup_elem(&tws, &k); struct task_struct *t = (void *)bpf_get_current_task_btf(); struct bpf_task_work *w = (void*)v; bpf_task_work_schedule_signal_impl(t, w, &tws, twcb, 0); return 1; }
static int wcbx(void *map, int *key, void *value) { struct wval *v = value; struct plain *p = bpf_kptr_xchg(&v->p, 0); if (p) obj_drop(p); return 0; }
static int wcbl(void *map, int *key, void *value) { struct wval *v = value; struct plain *p = v->p; if (!p) return 0; p->a = 3; return 0; }
static int wcblr(void *map, int *key, void *value) { struct wval *v = value; bpf_rcu_read_lock(); struct plain *p = v->p; if (p) p->a = 3; bpf_rcu_read_unlock(); return 0; }
static int wcblrd(void *map, int *key, void *value) { struct wval *v = value; struct plain *p = v->p; if (!p) return 0; return p->a & 0; }
static int wcbleak(void *map, int *key, void *value) { struct plain *p = obj_new(struct plain); return 0; }
static int wcbkey(void *map, int *key, void *value) { *key = 1; return 0; }
static int wcblk(void *map, int *key, void *value) { bpf_spin_lock(&glock); return 0; }
#define WQ(name, cb) XDP name(struct xdp_md *c) { LOOK(wqs, wval) bpf_wq_init(&v->w, &wqs, 0); bpf_wq_set_callback_impl(&v->w, cb, 0, 0); bpf_wq_start(&v->w, 0); return 2; }

// expect wq_x: accepted
WQ(wq_x, wcbx)

// expect wq_l: only read is supported
WQ(wq_l, wcbl)

// expect wq_lr: accepted
WQ(wq_lr, wcblr)

// expect wq_lrd: accepted
WQ(wq_lrd, wcblrd)

// expect wq_leak: Unreleased reference id=3 alloc_insn=30
WQ(wq_leak, wcbleak)

// expect wq_key: write to change key R2 not allowed
WQ(wq_key, wcbkey)

// expect wq_lk: BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region
WQ(wq_lk, wcblk)

// expect wq_holding: accepted
XDP wq_holding(struct xdp_md *c) { LOOK(wqs, wval) NEW(plain, p) bpf_wq_init(&v->w, &wqs, 0); bpf_wq_set_callback_impl(&v->w, wcbx, 0, 0); obj_drop(p); return 2; }

// expect wq_scalar_cb: arg1 expected pointer to func
XDP wq_scalar_cb(struct xdp_md *c) { LOOK(wqs, wval) bpf_wq_set_callback_impl(&v->w, (void *)5, 0, 0); return 2; }

// expect irq_res: accepted
XDP irq_res(struct xdp_md *c) { unsigned long f; bpf_local_irq_save(&f); if (bpf_res_spin_lock(&rlock)) { bpf_local_irq_restore(&f); return 1; } bpf_res_spin_unlock(&rlock); bpf_local_irq_restore(&f); return 2; }

// expect irq_cross: function calls are not allowed while holding a lock
XDP irq_cross(struct xdp_md *c) { unsigned long f; if (bpf_res_spin_lock_irqsave(&rlock, &f)) return 1; bpf_local_irq_restore(&f); return 2; }

// expect irq_cross2: bpf_res_spin_unlock without taking a lock
XDP irq_cross2(struct xdp_md *c) { unsigned long f; bpf_local_irq_save(&f); bpf_res_spin_unlock_irqrestore(&rlock, &f); return 2; }

// expect irq_order: cannot restore irq state out of order, expected id=2 acquired at insn_idx=11
XDP irq_order(struct xdp_md *c) { unsigned long f, g; if (bpf_res_spin_lock_irqsave(&rlock, &f)) return 1; if (bpf_res_spin_lock_irqsave(&slock, &g)) { bpf_res_spin_unlock_irqrestore(&rlock, &f); return 1; } bpf_res_spin_unlock_irqrestore(&slock, &f); bpf_res_spin_unlock_irqrestore(&rlock, &g); return 2; }

// expect irq_flag_reuse: expected uninitialized irq flag as arg#1
XDP irq_flag_reuse(struct xdp_md *c) { unsigned long f; if (bpf_res_spin_lock_irqsave(&rlock, &f)) return 1; if (bpf_res_spin_lock_irqsave(&slock, &f)) { bpf_res_spin_unlock_irqrestore(&rlock, &f); return 1; } return 2; }

// expect irq_noflag: arg#1 doesn't point to an irq flag on stack
XDP irq_noflag(struct xdp_md *c) { if (bpf_res_spin_lock_irqsave(&rlock, (void *)&slock)) return 1; return 2; }

// expect res_in_cb: function calls are not allowed while holding a lock
XDP res_in_cb(struct xdp_md *c) { if (bpf_res_spin_lock(&rlock)) return 1; bpf_loop(3, looper, 0, 0); bpf_res_spin_unlock(&rlock); return 2; }

// expect res_sub: accepted
XDP res_sub(struct xdp_md *c) { if (bpf_res_spin_lock(&rlock)) return 1; int r = borrow((void *)0 + 0); bpf_res_spin_unlock(&rlock); return r; }

// expect tail_held: expected prog array map for tail call
XDP tail_held(struct xdp_md *c) { NEW(plain, p) bpf_tail_call(c, &kptrs, 0); obj_drop(p); return 2; }

// expect cond_drop: accepted
XDP cond_drop(struct xdp_md *c) { NEW(plain, p) if (c->ingress_ifindex == 3) { obj_drop(p); return 1; } p->a = 3; obj_drop(p); return 2; }

// expect cond_leak: Unreleased reference id=2 alloc_insn=4
XDP cond_leak(struct xdp_md *c) { NEW(plain, p) if (c->ingress_ifindex == 3) return 1; obj_drop(p); return 2; }

// expect rdcast_null: accepted
XDP rdcast_null(struct xdp_md *c) { char *x = bpf_rdonly_cast(0, 0); return x[0]; }
