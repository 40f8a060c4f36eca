// SPDX-License-Identifier: MIT
/*
 * Objects that a program allocates: in lists, in trees, in both at once, behind pointers in map values, and per CPU. Each program mixes
 * what it finds into `results`, so that two machines that ran the same packets can be compared.
 */
#include "kfunc.h"

#define MAX_NODES 24

struct parcel {
	__u64 key;
	struct bpf_list_node in_list;
	struct bpf_rb_node in_tree;
	struct bpf_refcount owners;
	__u64 weight;
};

struct box {
	__u64 label;
	struct parcel __kptr *content;
};

struct tally {
	__u64 bytes;
	__u64 spare;
};

struct shelf {
	struct box __kptr *box;
	struct parcel __kptr *parcel;
	struct tally __percpu_kptr *tally;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, struct shelf);
} shelves SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} results SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} no_memory SEC(".maps");

struct guarded {
	struct bpf_res_spin_lock lock;
	__u32 count;
	__u64 digest;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct guarded);
} guarded SEC(".maps");

private(Q) struct bpf_spin_lock queue_lock;
private(Q) struct bpf_list_head queue __contains(parcel, in_list);
private(T) struct bpf_spin_lock tree_lock;
private(T) struct bpf_rb_root tree __contains(parcel, in_tree);
private(B) struct bpf_spin_lock both_lock;
private(B) struct bpf_rb_root both_tree __contains(parcel, in_tree);
private(B) struct bpf_list_head both_list __contains(parcel, in_list);
private(R) struct bpf_res_spin_lock resilient;

static __u64 nodes_in_tree;
static __u64 seed = 1;

static void mix(__u32 at, __u64 value)
{
	__u64 *result = bpf_map_lookup_elem(&results, &at);

	if (result)
		*result = *result * 31 + value;
}

static void count_failure(void)
{
	__u32 zero = 0;
	__u64 *failures = bpf_map_lookup_elem(&no_memory, &zero);

	if (failures)
		(*failures)++;
}

static struct parcel *new_parcel(__u64 key)
{
	struct parcel *parcel = bpf_obj_new_impl(local_type_id(struct parcel), 0);

	if (!parcel) {
		count_failure();
		return 0;
	}
	parcel->key = key;
	parcel->weight = key * 7 + 1;
	return parcel;
}

static __u64 draw(const struct xdp_md *context)
{
	seed = seed * 6364136223846793005ull + (context->data_end - context->data) + 1;
	return seed >> 33;
}

static _Bool lighter(struct bpf_rb_node *node, const struct bpf_rb_node *other)
{
	return container_of(node, struct parcel, in_tree)->key < container_of(other, struct parcel, in_tree)->key;
}

SEC("xdp")
int lists(struct xdp_md *context)
{
	__u64 turn = draw(context), ends = 0, taken = 0;
	struct bpf_list_node *node;
	struct parcel *parcel;

	if (turn % 3 != 0) {
		parcel = new_parcel(turn % 1000);
		if (!parcel)
			return XDP_ABORTED;
		bpf_spin_lock(&queue_lock);
		if (turn & 8)
			bpf_list_push_front_impl(&queue, &parcel->in_list, 0, 0);
		else
			bpf_list_push_back_impl(&queue, &parcel->in_list, 0, 0);
		parcel->weight++;
		bpf_spin_unlock(&queue_lock);
		return XDP_PASS;
	}
	bpf_spin_lock(&queue_lock);
	node = bpf_list_front(&queue);
	if (node)
		ends = container_of(node, struct parcel, in_list)->weight;
	node = bpf_list_back(&queue);
	if (node)
		ends += 1000003 * container_of(node, struct parcel, in_list)->key;
	if (turn & 8)
		node = bpf_list_pop_front(&queue);
	else
		node = bpf_list_pop_back(&queue);
	bpf_spin_unlock(&queue_lock);
	if (node) {
		parcel = container_of(node, struct parcel, in_list);
		taken = parcel->key;
		bpf_obj_drop_impl(parcel, 0);
	}
	mix(0, ends);
	mix(0, taken);
	return taken & 1 ? XDP_TX : XDP_DROP;
}

/* Way down the tree, a bit a step; what is met on it. */
static __u64 walk(__u64 way)
{
	struct bpf_rb_node *node = bpf_rbtree_root(&tree);
	__u64 digest = 0;
	int step;

	for (step = 0; step < 5 && node; step++) {
		digest = digest * 131 + container_of(node, struct parcel, in_tree)->key + 1;
		if (way & 1)
			node = bpf_rbtree_left(&tree, node);
		else
			node = bpf_rbtree_right(&tree, node);
		way >>= 1;
	}
	return digest;
}

SEC("xdp")
int trees(struct xdp_md *context)
{
	__u64 turn = draw(context), first = 0, met;
	struct bpf_rb_node *node;
	struct parcel *parcel;

	if (turn % 5 < 3 && nodes_in_tree < MAX_NODES) {
		parcel = new_parcel(turn % 100);
		if (!parcel)
			return XDP_ABORTED;
		nodes_in_tree++;
		bpf_spin_lock(&tree_lock);
		bpf_rbtree_add_impl(&tree, &parcel->in_tree, lighter, 0, 0);
		met = walk(turn >> 8);
		bpf_spin_unlock(&tree_lock);
		mix(1, met);
		return XDP_PASS;
	}
	bpf_spin_lock(&tree_lock);
	node = bpf_rbtree_first(&tree);
	if (node && turn & 16)
		node = bpf_rbtree_root(&tree);
	if (!node) {
		bpf_spin_unlock(&tree_lock);
		return XDP_DROP;
	}
	node = bpf_rbtree_remove(&tree, node);
	met = walk(turn >> 8);
	bpf_spin_unlock(&tree_lock);
	if (node) {
		parcel = container_of(node, struct parcel, in_tree);
		first = parcel->weight;
		bpf_obj_drop_impl(parcel, 0);
		nodes_in_tree--;
	}
	mix(2, met);
	mix(3, first);
	return XDP_TX;
}

/* One object in a list and in a tree: whoever lets go of it last gives it back. */
SEC("xdp")
int shared(struct xdp_md *context)
{
	struct parcel *parcel = new_parcel(draw(context) % 50), *second;
	struct bpf_rb_node *in_tree;
	struct bpf_list_node *in_list;
	int again;

	if (!parcel)
		return XDP_ABORTED;
	second = bpf_refcount_acquire_impl(parcel, 0);
	bpf_spin_lock(&both_lock);
	bpf_rbtree_add_impl(&both_tree, &parcel->in_tree, lighter, 0, 0);
	again = bpf_list_push_back_impl(&both_list, &second->in_list, 0, 0);
	parcel->weight = 5;
	in_tree = bpf_rbtree_first(&both_tree);
	in_list = bpf_list_front(&both_list);
	if (!in_tree || !in_list) {
		bpf_spin_unlock(&both_lock);
		return XDP_ABORTED;
	}
	again = again * 3 + (int)container_of(in_list, struct parcel, in_list)->key;
	second = bpf_refcount_acquire_impl(container_of(in_tree, struct parcel, in_tree), 0);
	if (second)
		again = again * 3 + bpf_rbtree_add_impl(&both_tree, &second->in_tree, lighter, 0, 0);
	if (context->data_end - context->data > 100)
		in_list = bpf_list_pop_back(&both_list);
	else
		in_list = bpf_list_pop_front(&both_list);
	bpf_spin_unlock(&both_lock);
	mix(4, again);
	if (!in_list)
		return XDP_DROP;
	parcel = container_of(in_list, struct parcel, in_list);
	bpf_spin_lock(&both_lock);
	in_tree = bpf_rbtree_remove(&both_tree, &parcel->in_tree);
	bpf_spin_unlock(&both_lock);
	mix(4, parcel->key + (in_tree != 0));
	if (in_tree)
		bpf_obj_drop_impl(container_of(in_tree, struct parcel, in_tree), 0);
	bpf_obj_drop_impl(parcel, 0);
	return XDP_PASS;
}

#define MAX_CPUS 4

/* Linux gives memory as it was left: every CPU's part starts anew here. */
static void clear_all(struct tally *tally)
{
	struct tally *one;
	int cpu;

	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		one = bpf_per_cpu_ptr(tally, cpu);
		if (one)
			one->bytes = 0;
	}
}

static __u64 sum_of_all(struct tally *tally)
{
	struct tally *one;
	__u64 sum = 0;
	int cpu;

	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		one = bpf_per_cpu_ptr(tally, cpu);
		if (one)
			sum += one->bytes;
	}
	return sum;
}

static __u64 count_per_cpu(struct shelf *shelf, __u64 bytes)
{
	struct tally *tally = shelf->tally, *mine;

	if (tally) {
		mine = bpf_this_cpu_ptr(tally);
		mine->bytes += bytes;
		return bpf_per_cpu_ptr(tally, 1 << 20) ? 0 : sum_of_all(tally);
	}
	tally = bpf_percpu_obj_new_impl(local_type_id(struct tally), 0);
	if (!tally) {
		count_failure();
		return 0;
	}
	tally = bpf_kptr_xchg(&shelf->tally, tally);
	if (tally)
		bpf_percpu_obj_drop_impl(tally, 0);
	tally = shelf->tally;
	if (tally)
		clear_all(tally);
	return 1;
}

SEC("xdp")
int kept(struct xdp_md *context)
{
	__u64 length = context->data_end - context->data, found = 0;
	__u32 key = length % 16;
	struct shelf *shelf, empty = {};
	struct parcel *parcel;
	struct box *box;

	if (draw(context) % 13 == 0)
		bpf_map_delete_elem(&shelves, &key);
	bpf_map_update_elem(&shelves, &key, &empty, BPF_NOEXIST);
	shelf = bpf_map_lookup_elem(&shelves, &key);
	if (!shelf)
		return XDP_ABORTED;
	parcel = shelf->parcel;
	if (parcel)
		found = parcel->key;
	parcel = new_parcel(length);
	if (!parcel)
		return XDP_ABORTED;
	parcel = bpf_kptr_xchg(&shelf->parcel, parcel);
	box = bpf_kptr_xchg(&shelf->box, 0);
	if (!box) {
		box = bpf_obj_new_impl(local_type_id(struct box), 0);
		if (!box) {
			count_failure();
			if (parcel)
				bpf_obj_drop_impl(parcel, 0);
			return XDP_ABORTED;
		}
		box->label = 0;
	}
	box->label += found;
	found = box->label;
	if (parcel)
		parcel = bpf_kptr_xchg(&box->content, parcel);
	if (parcel) {
		found += parcel->weight;
		bpf_obj_drop_impl(parcel, 0);
	}
	box = bpf_kptr_xchg(&shelf->box, box);
	if (box)
		bpf_obj_drop_impl(box, 0);
	mix(5, found);
	mix(6, count_per_cpu(shelf, length));
	return XDP_PASS;
}

SEC("xdp")
int resilient_locks(struct xdp_md *context)
{
	__u32 zero = 0, one = (context->data_end - context->data) % 32 != 0;
	struct guarded *a = bpf_map_lookup_elem(&guarded, &zero), *b = bpf_map_lookup_elem(&guarded, &one);
	unsigned long flags;
	int error;

	if (!a || !b)
		return XDP_ABORTED;
	if (bpf_res_spin_lock(&a->lock))
		return XDP_ABORTED;
	error = bpf_res_spin_lock(&b->lock);
	if (!error) {
		b->count++;
		bpf_res_spin_unlock(&b->lock);
	}
	a->digest = a->digest * 31 + error;
	bpf_res_spin_unlock(&a->lock);
	if (bpf_res_spin_lock_irqsave(&resilient, &flags))
		return XDP_ABORTED;
	bpf_res_spin_unlock_irqrestore(&resilient, &flags);
	return error ? XDP_DROP : XDP_PASS;
}

struct job {
	__u64 runs;
	__u64 started;
	struct bpf_wq work;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct job);
} jobs SEC(".maps");

static int work(void *map, int *key, void *value)
{
	struct job *job = value;

	(void)map;
	job->runs += 100 + *key;
	return 0;
}

/* Work that runs once the packet is done. */
SEC("xdp")
int later(struct xdp_md *context)
{
	__u32 key = (context->data_end - context->data) % 4;
	struct job *job = bpf_map_lookup_elem(&jobs, &key);
	int error;

	if (!job)
		return XDP_ABORTED;
	error = bpf_wq_start(&job->work, 0);
	error = error * 3 + bpf_wq_init(&job->work, &jobs, 1);
	error = error * 3 + bpf_wq_init(&job->work, &jobs, 0);
	error = error * 3 + bpf_wq_set_callback_impl(&job->work, work, 1, 0);
	error = error * 3 + bpf_wq_set_callback_impl(&job->work, work, 0, 0);
	error = error * 3 + bpf_wq_start(&job->work, 1);
	error = error * 3 + bpf_wq_start(&job->work, 0);
	job->started++;
	mix(7, error);
	return XDP_PASS;
}

static __noinline __u64 checked(__u64 length)
{
	if (length % 8 == 3)
		bpf_throw(XDP_TX);
	return length;
}

/* An exception ends the program wherever it is thrown. */
SEC("xdp")
int throws(struct xdp_md *context)
{
	__u64 length = checked(context->data_end - context->data);

	if (length % 8 == 5)
		bpf_throw(0x100000000ull + XDP_DROP);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
