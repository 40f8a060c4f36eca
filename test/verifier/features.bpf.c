// Programs that use what needs type information: locks, timers, callbacks, global functions, dynptrs, iterators, kfuncs. Above each stands what Linux 6.18
// says of it. Compiled with -O2 -g -mcpu=v3; the messages name registers and instructions of that build.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char _license[] SEC("license") = "GPL";
struct val { struct bpf_spin_lock lock; int n; };
struct tval { int x; struct bpf_timer t; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, int); __type(value, struct val); } locked SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key, int); __type(value, struct tval); } timed SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, int); __type(value, long); } arr SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } rb SEC(".maps");
struct bpf_iter_num { __u64 x; } __attribute__((aligned(8)));
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
extern int bpf_dynptr_from_xdp(struct xdp_md *x, __u64 flags, struct bpf_dynptr *ptr) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *p, __u32 off, void *buf, __u32 sz) __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *p, __u32 off, void *buf, __u32 sz) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *p) __ksym;


// expect p_csum: accepted
SEC("xdp") int p_csum(struct xdp_md *c){char*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; unsigned s=0; for(int i=0;i<60;i+=2){ if(d+i+2>e) break; s+=*(unsigned short*)(d+i);} return s&1;}

// expect p_dyn_mem: accepted
SEC("xdp") int p_dyn_mem(struct xdp_md *c){struct bpf_dynptr d; int k=0; long v; long *x=bpf_map_lookup_elem(&arr,&k); if(!x) return 1; bpf_dynptr_from_mem(x,8,0,&d); bpf_dynptr_read(&v,8,&d,0,0); bpf_dynptr_write(&d,0,&v,8,0); return v;}

// expect p_dyn_null: R0 invalid mem access 'rdonly_mem_or_null'
SEC("xdp") int p_dyn_null(struct xdp_md *c){struct bpf_dynptr d; char b[16]; bpf_dynptr_from_xdp(c,0,&d); char*x=bpf_dynptr_slice(&d,0,b,16); return x[3];}

// expect p_dyn_ok: accepted
SEC("xdp") int p_dyn_ok(struct xdp_md *c){struct bpf_dynptr d; char b[16]; bpf_dynptr_from_xdp(c,0,&d); char*x=bpf_dynptr_slice(&d,0,b,16); if(!x)return 1; return x[3];}

// expect p_dyn_oob: invalid access to memory, mem_size=16 off=16 size=1
SEC("xdp") int p_dyn_oob(struct xdp_md *c){struct bpf_dynptr d; char b[16]; bpf_dynptr_from_xdp(c,0,&d); char*x=bpf_dynptr_slice(&d,0,b,16); if(!x)return 1; return x[16];}

// expect p_dyn_over: cannot overwrite referenced dynptr
SEC("xdp") int p_dyn_over(struct xdp_md *c){struct bpf_dynptr d; bpf_ringbuf_reserve_dynptr(&rb,64,0,&d); *(volatile long*)&d=1; bpf_ringbuf_submit_dynptr(&d,0); return 2;}

// expect p_dyn_rdwr: accepted
SEC("xdp") int p_dyn_rdwr(struct xdp_md *c){struct bpf_dynptr d; char b[16]; bpf_dynptr_from_xdp(c,0,&d); char*x=bpf_dynptr_slice_rdwr(&d,0,b,16); if(!x)return 1; x[1]=3; return 2;}

// expect p_dyn_stale: R7 invalid mem access 'scalar'
SEC("xdp") int p_dyn_stale(struct xdp_md *c){struct bpf_dynptr d; char b[16]; bpf_dynptr_from_xdp(c,0,&d); char*x=bpf_dynptr_slice(&d,0,b,16); if(!x)return 1; bpf_xdp_adjust_head(c,4); return x[1];}

// expect p_dyn_uninit: Expected an initialized dynptr as arg #0
SEC("xdp") int p_dyn_uninit(struct xdp_md *c){struct bpf_dynptr d; return bpf_dynptr_size(&d);}

// expect p_dyn_write: R0 cannot write into rdonly_mem
SEC("xdp") int p_dyn_write(struct xdp_md *c){struct bpf_dynptr d; char b[16]; bpf_dynptr_from_xdp(c,0,&d); char*x=bpf_dynptr_slice(&d,0,b,16); if(!x)return 1; x[1]=3; return 2;}

// expect p_each_key: write to change key R2 not allowed
static long cb_each_key(void*m,int*k,long*v,long*s){*k=1; return 0;}
SEC("xdp") int p_each_key(struct xdp_md *c){long s=0; bpf_for_each_map_elem(&arr,cb_each_key,&s,0); return s&1;}

// expect p_each_ok: accepted
static long cb_each_ok(void*m,int*k,long*v,long*s){*s+=*v; return *s>100;}
SEC("xdp") int p_each_ok(struct xdp_md *c){long s=0; bpf_for_each_map_elem(&arr,cb_each_ok,&s,0); return s&1;}

// expect p_each_ring: callback function not allowed for map
static long cb_each_ring(void*m,int*k,long*v,long*s){return 0;}
SEC("xdp") int p_each_ring(struct xdp_md *c){long s=0; bpf_for_each_map_elem(&rb,cb_each_ring,&s,0); return s&1;}

// expect p_glob_arg: invalid read from stack R1 off=-8 size=44
struct s_glob_arg {int a; int b[10];};
__attribute__((noinline)) int f_glob_arg(struct s_glob_arg*x){return x? x->b[3]:0;}
SEC("xdp") int p_glob_arg(struct xdp_md *c){long s=c->ingress_ifindex; return f_glob_arg((void*)&s);}

// expect p_glob_mem: accepted
struct s_glob_mem {int a; int b;};
__attribute__((noinline)) int f_glob_mem(struct s_glob_mem*x){return x? x->b:0;}
SEC("xdp") int p_glob_mem(struct xdp_md *c){struct s_glob_mem s={1,c->ingress_ifindex}; return f_glob_mem(&s);}

// expect p_glob_null: R1 invalid mem access 'mem_or_null'
struct s_glob_null {int a; int b;};
__attribute__((noinline)) int f_glob_null(struct s_glob_null*x){return x->b;}
SEC("xdp") int p_glob_null(struct xdp_md *c){struct s_glob_null s={1,c->ingress_ifindex}; return f_glob_null(&s);}

// expect p_glob_ok: accepted
__attribute__((noinline)) int f_glob_ok(int a, struct xdp_md *c){return a+c->ingress_ifindex;}
SEC("xdp") int p_glob_ok(struct xdp_md *c){return f_glob_ok(3,c);}

// expect p_glob_pkt: R6 invalid mem access 'scalar'
__attribute__((noinline)) int f_glob_pkt(struct xdp_md *c){return bpf_xdp_adjust_head(c,4);}
SEC("xdp") int p_glob_pkt(struct xdp_md *c){char*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; if(d+4>e)return 1; f_glob_pkt(c); return d[1];}

// expect p_iter_arr: accepted
SEC("xdp") int p_iter_arr(struct xdp_md *c){struct bpf_iter_num it; int*v; long a[8]={}; bpf_iter_num_new(&it,0,8); while((v=bpf_iter_num_next(&it))) { int i=*v; if(i>=0&&i<8) a[i]=i; } bpf_iter_num_destroy(&it); return a[3];}

// expect p_iter_cnt: expected an initialized iter_num as arg #0
SEC("xdp") int p_iter_cnt(struct xdp_md *c){struct bpf_iter_num it; int*v; long a[8]={}; int i=0; bpf_iter_num_new(&it,0,8); while((v=bpf_iter_num_next(&it))) { a[i]=i; i++; } bpf_iter_num_destroy(&it); return a[3];}

// expect p_iter_leak: Unreleased reference id=1 alloc_insn=6
SEC("xdp") int p_iter_leak(struct xdp_md *c){struct bpf_iter_num it; int*v; long s=0; bpf_iter_num_new(&it,0,1000); while((v=bpf_iter_num_next(&it))) s+=*v; return s&1;}

// expect p_iter_nonew: expected an initialized iter_num as arg #0
SEC("xdp") int p_iter_nonew(struct xdp_md *c){struct bpf_iter_num it; bpf_iter_num_next(&it); return 1;}

// expect p_iter_ok: accepted
SEC("xdp") int p_iter_ok(struct xdp_md *c){struct bpf_iter_num it; int*v; long s=0; bpf_iter_num_new(&it,0,1000); while((v=bpf_iter_num_next(&it))) s+=*v; bpf_iter_num_destroy(&it); return s&1;}

// expect p_iter_use_after: R6 invalid mem access 'scalar'
SEC("xdp") int p_iter_use_after(struct xdp_md *c){struct bpf_iter_num it; int*v,*u=0; bpf_iter_num_new(&it,0,10); v=bpf_iter_num_next(&it); if(!v){bpf_iter_num_destroy(&it); return 1;} u=v; bpf_iter_num_destroy(&it); return *u;}

// expect p_iter_write: R0 cannot write into rdonly_mem
SEC("xdp") int p_iter_write(struct xdp_md *c){struct bpf_iter_num it; int*v; bpf_iter_num_new(&it,0,10); v=bpf_iter_num_next(&it); if(v)*v=1; bpf_iter_num_destroy(&it); return 1;}

// expect p_lock_call: function calls are not allowed while holding a lock
SEC("xdp") int p_lock_call(struct xdp_md *c){int k=0; struct val*v=bpf_map_lookup_elem(&locked,&k); if(!v)return 1; bpf_spin_lock(&v->lock); v->n=bpf_get_prandom_u32(); bpf_spin_unlock(&v->lock); return 2;}

// expect p_lock_direct: bpf_spin_lock cannot be accessed directly by load/store
SEC("xdp") int p_lock_direct(struct xdp_md *c){int k=0; struct val*v=bpf_map_lookup_elem(&locked,&k); if(!v)return 1; *(volatile int*)v=1; return 2;}

// expect p_lock_leak: BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region
SEC("xdp") int p_lock_leak(struct xdp_md *c){int k=0; struct val*v=bpf_map_lookup_elem(&locked,&k); if(!v)return 1; bpf_spin_lock(&v->lock); v->n++; return 2;}

// expect p_lock_ok: accepted
SEC("xdp") int p_lock_ok(struct xdp_md *c){int k=0; struct val*v=bpf_map_lookup_elem(&locked,&k); if(!v)return 1; bpf_spin_lock(&v->lock); v->n++; bpf_spin_unlock(&v->lock); return 2;}

// expect p_lock_other: bpf_spin_unlock of different lock
SEC("xdp") int p_lock_other(struct xdp_md *c){int k=0; struct val*v=bpf_map_lookup_elem(&locked,&k); if(!v)return 1; struct val*u=bpf_map_lookup_elem(&locked,&k); if(!u)return 1; bpf_spin_lock(&v->lock); v->n++; bpf_spin_unlock(&u->lock); return 2;}

// expect p_lock_twice: function calls are not allowed while holding a lock
SEC("xdp") int p_lock_twice(struct xdp_md *c){int k=0; struct val*v=bpf_map_lookup_elem(&locked,&k); if(!v)return 1; bpf_spin_lock(&v->lock); bpf_spin_lock(&v->lock); bpf_spin_unlock(&v->lock); return 2;}

// expect p_lock_update: bpf_spin_lock cannot be accessed directly by load/store
SEC("xdp") int p_lock_update(struct xdp_md *c){int k=0; struct val*v=bpf_map_lookup_elem(&locked,&k); if(!v)return 1; bpf_map_update_elem(&locked,&k,v,0); return 2;}

// expect p_loop_bad: invalid write to stack R2 off=32 size=8
static int cb_loop_bad(__u32 i,long*s){s[5]=1; return 0;}
SEC("xdp") int p_loop_bad(struct xdp_md *c){long s=0; bpf_loop(100,cb_loop_bad,&s,0); return s&1;}

// expect p_loop_idx: invalid write to stack R2 off=0 size=8
struct ctx_loop_idx { int i; long a[4]; };
static int cb_loop_idx(__u32 i,struct ctx_loop_idx*s){ s->i++; s->a[s->i]=1; return 0;}
SEC("xdp") int p_loop_idx(struct xdp_md *c){struct ctx_loop_idx s={}; bpf_loop(4,cb_loop_idx,&s,0); return s.a[0]&1;}

// expect p_loop_nested: accepted
static int in_loop_nested(__u32 i,long*s){*s+=i; return *s>5;}
static int cb_loop_nested(__u32 i,long*s){bpf_loop(i,in_loop_nested,s,0); return 0;}
SEC("xdp") int p_loop_nested(struct xdp_md *c){long s=0; bpf_loop(c->rx_queue_index,cb_loop_nested,&s,0); return s&1;}

// expect p_loop_ok: accepted
static int cb_loop_ok(__u32 i,long*s){*s+=i; return 0;}
SEC("xdp") int p_loop_ok(struct xdp_md *c){long s=0; bpf_loop(100,cb_loop_ok,&s,0); return s&1;}

// expect p_loop_ret: At callback return the register R0 has smin=0 smax=4294967295 should have been in [0, 1]
static int cb_loop_ret(__u32 i,long*s){*s+=i; return i;}
SEC("xdp") int p_loop_ret(struct xdp_md *c){long s=0; bpf_loop(100,cb_loop_ret,&s,0); return s&1;}

// expect p_pre_leak: BPF_EXIT instruction in main prog cannot be used inside bpf_preempt_disable-ed region
SEC("xdp") int p_pre_leak(struct xdp_md *c){bpf_preempt_disable(); return 2;}

// expect p_pre_un: unmatched attempt to enable preemption (kernel function bpf_preempt_enable)
SEC("xdp") int p_pre_un(struct xdp_md *c){bpf_preempt_enable(); return 2;}

// expect p_printk: accepted
SEC("xdp") int p_printk(struct xdp_md *c){bpf_printk("x %d", c->rx_queue_index); static const char f_printk[]="a %d"; char b[10]; __u64 a=1; bpf_snprintf(b,10,f_printk,&a,8); return bpf_strncmp(b,4,f_printk);}

// expect p_rcu_leak: BPF_EXIT instruction in main prog cannot be used inside bpf_rcu_read_lock-ed region
SEC("xdp") int p_rcu_leak(struct xdp_md *c){bpf_rcu_read_lock(); return 2;}

// expect p_rcu_ok: accepted
SEC("xdp") int p_rcu_ok(struct xdp_md *c){bpf_rcu_read_lock(); bpf_rcu_read_unlock(); return 2;}

// expect p_rcu_un: unmatched rcu read unlock (kernel function bpf_rcu_read_unlock)
SEC("xdp") int p_rcu_un(struct xdp_md *c){bpf_rcu_read_unlock(); return 2;}

// expect p_recurse: the call stack of 9 frames is too deep
__attribute__((noinline)) static int g_recurse(struct xdp_md*c,int n);
__attribute__((noinline)) static int h_recurse(struct xdp_md*c,int n){ if (n > c->ingress_ifindex) return 1; return g_recurse(c,n+1)+1;}
__attribute__((noinline)) static int g_recurse(struct xdp_md*c,int n){ if (n > c->rx_queue_index) return 1; return h_recurse(c,n+1)+2;}
SEC("xdp") int p_recurse(struct xdp_md *c){return g_recurse(c,0);}

// expect p_ring_dyn: accepted
SEC("xdp") int p_ring_dyn(struct xdp_md *c){struct bpf_dynptr d; bpf_ringbuf_reserve_dynptr(&rb,64,0,&d); long*x=bpf_dynptr_data(&d,0,8); if(x)*x=1; bpf_ringbuf_submit_dynptr(&d,0); return 2;}

// expect p_ring_dynleak: Unreleased reference id=2 alloc_insn=6
SEC("xdp") int p_ring_dynleak(struct xdp_md *c){struct bpf_dynptr d; bpf_ringbuf_reserve_dynptr(&rb,64,0,&d); return 2;}

// expect p_ring_dynuse: R6 invalid mem access 'scalar'
SEC("xdp") int p_ring_dynuse(struct xdp_md *c){struct bpf_dynptr d; bpf_ringbuf_reserve_dynptr(&rb,64,0,&d); long*x=bpf_dynptr_data(&d,0,8); bpf_ringbuf_submit_dynptr(&d,0); if(x)*x=1; return 2;}

// expect p_ring_off: R1 must have zero offset when passed to release func or trusted arg to kfunc
SEC("xdp") int p_ring_off(struct xdp_md *c){long*r=bpf_ringbuf_reserve(&rb,16,0); if(!r)return 1; bpf_ringbuf_submit(r+1,0); return 2;}

// expect p_ring_ok: accepted
SEC("xdp") int p_ring_ok(struct xdp_md *c){long*r=bpf_ringbuf_reserve(&rb,16,0); if(!r)return 1; r[1]=2; bpf_ringbuf_submit(r,0); return 2;}

// expect p_ring_uaf: R6 invalid mem access 'scalar'
SEC("xdp") int p_ring_uaf(struct xdp_md *c){long*r=bpf_ringbuf_reserve(&rb,16,0); if(!r)return 1; bpf_ringbuf_submit(r,0); return r[1];}

// expect p_sock_leak: Unreleased reference id=2 alloc_insn=12
SEC("xdp") int p_sock_leak(struct xdp_md *c){struct bpf_sock_tuple t={}; struct bpf_sock*s=bpf_sk_lookup_tcp(c,&t,sizeof(t.ipv4),-1,0); if(!s)return 1; return 2;}

// expect p_sock_ok: accepted
SEC("xdp") int p_sock_ok(struct xdp_md *c){struct bpf_sock_tuple t={}; struct bpf_sock*s=bpf_sk_lookup_tcp(c,&t,sizeof(t.ipv4),-1,0); if(!s)return 1; int f_sock_ok=s->family; bpf_sk_release(s); return f_sock_ok;}

// expect p_sock_tail: Unreleased reference id=2 alloc_insn=14
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __uint(key_size,4); __uint(value_size,4); } pa SEC(".maps");
SEC("xdp") int p_sock_tail(struct xdp_md *c){struct bpf_sock_tuple t={}; struct bpf_sock*s=bpf_sk_lookup_tcp(c,&t,sizeof(t.ipv4),-1,0); if(!s)return 1; bpf_tail_call(c,&pa,0); bpf_sk_release(s); return 2;}

// expect p_stack_big: accepted
__attribute__((noinline)) static int g_stack_big(struct xdp_md*c,char*q){volatile char b[300]; b[0]=c->ingress_ifindex; q[0]=b[0]; return b[0];}
SEC("xdp") int p_stack_big(struct xdp_md *c){char b[300]; bpf_xdp_load_bytes(c,0,b,300); return g_stack_big(c,b)+b[2];}

// expect p_strk: accepted
extern int bpf_strlen(const char*) __ksym;
SEC("xdp") int p_strk(struct xdp_md *c){char b[8]="abc"; return bpf_strlen(b);}

// expect p_timer_map: timer pointer in R1 map_uid=0 doesn't match map pointer in R2 map_uid=0
SEC("xdp") int p_timer_map(struct xdp_md *c){int k=0; struct tval*v=bpf_map_lookup_elem(&timed,&k); if(!v)return 1; bpf_timer_init(&v->t,&arr,1); return 2;}

// expect p_timer_ok: accepted
static int cb_timer_ok(void*m,int*k,struct tval*v){v->x++; return 0;}
SEC("xdp") int p_timer_ok(struct xdp_md *c){int k=0; struct tval*v=bpf_map_lookup_elem(&timed,&k); if(!v)return 1; bpf_timer_init(&v->t,&timed,1); bpf_timer_set_callback(&v->t,cb_timer_ok); bpf_timer_start(&v->t,1000,0); return 2;}

// expect p_timer_ret: At async callback return the register R0 has smin=1 smax=1 should have been in [0, 0]
static int cb_timer_ret(void*m,int*k,struct tval*v){v->x++; return 1;}
SEC("xdp") int p_timer_ret(struct xdp_md *c){int k=0; struct tval*v=bpf_map_lookup_elem(&timed,&k); if(!v)return 1; bpf_timer_init(&v->t,&timed,1); bpf_timer_set_callback(&v->t,cb_timer_ret); return 2;}

// expect p_unlock_only: bpf_spin_unlock without taking a lock
SEC("xdp") int p_unlock_only(struct xdp_md *c){int k=0; struct val*v=bpf_map_lookup_elem(&locked,&k); if(!v)return 1; bpf_spin_unlock(&v->lock); return 2;}

// expect p_xdp_bytes: accepted
SEC("xdp") int p_xdp_bytes(struct xdp_md *c){char b[64]; __u32 n=c->rx_queue_index; if(n>64||n<1) return 1; bpf_xdp_load_bytes(c,0,b,n); return b[3];}

// expect p_xdp_bytes2: R4 invalid zero-sized read: u64=[0,65]
SEC("xdp") int p_xdp_bytes2(struct xdp_md *c){char b[64]; __u32 n=c->rx_queue_index; if(n>65) return 1; bpf_xdp_load_bytes(c,0,b,n); return b[3];}

// expect p_format_few: Invalid format string
SEC("xdp") int p_format_few(struct xdp_md *c){char b[16]; static const char f[]="%d %s"; __u64 a[1]={1}; return bpf_snprintf(b,16,f,a,8);}

// expect p_format_odd: Invalid format string
SEC("xdp") int p_format_odd(struct xdp_md *c){char b[16]; static const char f[]="%hd"; __u64 a[1]={1}; return bpf_snprintf(b,16,f,a,8);}

// expect p_format_ok: accepted
SEC("xdp") int p_format_ok(struct xdp_md *c){char b[16]; static const char f[]="%05lx %pI4 %pks%% \x80"; __u64 a[3]={1}; return bpf_snprintf(b,16,f,a,24);}

// expect p_tail_void: tail_call is only allowed in functions that return 'int'.
__attribute__((noinline)) static void g_tail_void(struct xdp_md*c){bpf_tail_call(c,&pa,0);}
SEC("xdp") int p_tail_void(struct xdp_md *c){g_tail_void(c); return 2;}

extern int not_in_the_kernel(int x) __ksym __weak;
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;

// expect p_absent: invalid kernel function call not eliminated in verifier pass
SEC("xdp") int p_absent(struct xdp_md *c){if(c->rx_queue_index > 3) not_in_the_kernel(1); return 2;}

// expect p_absent_result: R0 !read_ok
SEC("xdp") int p_absent_result(struct xdp_md *c){return not_in_the_kernel(1);}

// expect p_absent_asked: accepted
SEC("xdp") int p_absent_asked(struct xdp_md *c){if(not_in_the_kernel) return not_in_the_kernel(1); return 2;}

// expect p_present_asked: accepted
SEC("xdp") int p_present_asked(struct xdp_md *c){if(bpf_rcu_read_lock){bpf_rcu_read_lock(); bpf_rcu_read_unlock();} return 2;}

// expect p_present_asked_bad: BPF_EXIT instruction in main prog cannot be used inside bpf_rcu_read_lock-ed region
SEC("xdp") int p_present_asked_bad(struct xdp_md *c){if(bpf_rcu_read_lock) bpf_rcu_read_lock(); return 2;}
