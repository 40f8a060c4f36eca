// SPDX-License-Identifier: MIT
/*
 * Values with a lock or a timer: what updates with each flag do to them, and what the timer's helpers answer. The timers
 * themselves run far in the future. What each call answers is mixed into `digest`, in order; `no_memory` counts the answers
 * -ENOMEM, which Linux gives to bpf_timer_init at times: it takes only memory that it can have without waiting.
 */
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/time.h>
#include <bpf/bpf_helpers.h>

#define FAR_NANOS 3600000000000ull

struct locked {
	struct bpf_spin_lock lock;
	__u32 count;
	__u64 sum;
};

struct timed {
	__u64 count;
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct locked);
} locked_array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct locked);
} locked_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct timed);
} timed_array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct timed);
} timed_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} plain_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} no_memory SEC(".maps");

__u64 digest;
__s64 answers[32];

static __always_inline void note(__u32 place, __s64 answer)
{
	answers[place & 31] = answer;
	digest = digest * 31 + (__u64)answer;
}

static __always_inline void note_new(__u32 place, __s64 answer)
{
	__u32 key = 0;
	__u64 *count = bpf_map_lookup_elem(&no_memory, &key);

	if (count)
		*count += answer == -ENOMEM;
	note(place, answer);
}

static __always_inline void add(void *map, __u32 key, __u32 length)
{
	struct locked *value = bpf_map_lookup_elem(map, &key);

	if (!value)
		return;
	bpf_spin_lock(&value->lock);
	value->count++;
	value->sum += length;
	bpf_spin_unlock(&value->lock);
}

SEC("xdp")
int locks(struct xdp_md *context)
{
	__u32 length = context->data_end - context->data;
	__u32 key = length & 7;
	struct locked value = { .count = length, .sum = 1 };
	__u64 plain = length;

	note(0, bpf_map_update_elem(&locked_array, &key, &value, BPF_F_LOCK));
	note(1, bpf_map_update_elem(&locked_array, &key, &value, BPF_F_LOCK | BPF_NOEXIST));
	note(2, bpf_map_update_elem(&locked_array, &key, &value, BPF_F_LOCK | BPF_EXIST));
	note(3, bpf_map_update_elem(&locked_hash, &key, &value, BPF_F_LOCK | BPF_EXIST));
	note(4, bpf_map_update_elem(&locked_hash, &key, &value, BPF_F_LOCK));
	note(5, bpf_map_update_elem(&locked_hash, &key, &value, BPF_F_LOCK | BPF_NOEXIST));
	note(6, bpf_map_update_elem(&locked_hash, &key, &value, BPF_ANY));
	note(7, bpf_map_update_elem(&plain_hash, &key, &plain, BPF_F_LOCK));
	note(8, bpf_map_update_elem(&plain_hash, &key, &plain, BPF_ANY));
	note(9, bpf_map_update_elem(&locked_hash, &key, &value, 8));
	add(&locked_array, key, length);
	add(&locked_hash, key, length);
	if (length & 1)
		note(10, bpf_map_delete_elem(&locked_hash, &key));
	return XDP_PASS;
}

static int expired(void *map, __u32 *key, struct timed *value)
{
	(void)map;
	(void)key;
	value->count++;
	return 0;
}

static __always_inline void drive(void *map, __u32 key)
{
	struct timed *value = bpf_map_lookup_elem(map, &key);

	if (!value)
		return;
	note(0, bpf_timer_set_callback(&value->timer, expired));
	note(1, bpf_timer_start(&value->timer, FAR_NANOS, 0));
	note(2, bpf_timer_cancel(&value->timer));
	note(3, bpf_timer_init(&value->timer, map, 3));
	note(4, bpf_timer_init(&value->timer, map, 1 << 8));
	note_new(5, bpf_timer_init(&value->timer, map, CLOCK_MONOTONIC));
	note_new(6, bpf_timer_init(&value->timer, map, CLOCK_MONOTONIC));
	note(7, bpf_timer_start(&value->timer, FAR_NANOS, 0));
	note(8, bpf_timer_set_callback(&value->timer, expired));
	note(9, bpf_timer_start(&value->timer, FAR_NANOS, 4));
	note(10, bpf_timer_start(&value->timer, FAR_NANOS, 2));
	note(11, bpf_timer_cancel(&value->timer));
	note(12, bpf_timer_cancel(&value->timer));
	note(13, bpf_timer_start(&value->timer, FAR_NANOS, 0));
	note(14, bpf_timer_set_callback(&value->timer, expired));
	note(15, bpf_timer_start(&value->timer, FAR_NANOS, 0));
	value->count += 1;
}

SEC("xdp")
int timers(struct xdp_md *context)
{
	__u32 length = context->data_end - context->data;
	__u32 key = length & 3;
	struct timed value = { .count = 5 };

	drive(&timed_array, key);
	if (length & 4)
		note(16, bpf_map_update_elem(&timed_array, &key, &value, BPF_ANY));
	note(17, bpf_map_update_elem(&timed_hash, &key, &value, BPF_NOEXIST));
	drive(&timed_hash, key);
	if (length & 8)
		note(18, bpf_map_update_elem(&timed_hash, &key, &value, BPF_ANY));
	if (length & 16)
		note(19, bpf_map_delete_elem(&timed_hash, &key));
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
