// SPDX-License-Identifier: MIT
/*
 * Helpers and maps where their arguments end: `evictions` fills maps that make room by themselves, `limits` asks for too much and for the least
 * and the most there is. What is answered goes into `answers`, in `digest` all of it in order. The length of a packet decides about numbers.
 */
#include "parse.h"

__u64 digest;
__s64 answers[32];

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 60);
	__type(key, __u32);
	__type(value, __u64);
} recent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 60);
	__uint(map_flags, BPF_F_NO_COMMON_LRU);
	__type(key, __u32);
	__type(value, __u64);
} recent_by_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, 300);
	__type(key, __u32);
	__type(value, __u64);
} recent_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static __always_inline void note(__u32 place, __s64 answer)
{
	answers[place & 31] = answer;
	digest = digest * 31 + (__u64)answer;
}

static __always_inline __u32 length_of(struct xdp_md *context)
{
	return context->data_end - context->data;
}

static __always_inline void use(void *map, __u32 place, __u32 key, __u64 value, __u32 choice)
{
	__u64 *found;

	if (choice % 3 == 0) {
		found = bpf_map_lookup_elem(map, &key);
		note(place, found ? (__s64)*found : -1);
	} else if (choice % 17 == 1) {
		note(place + 1, bpf_map_delete_elem(map, &key));
	} else {
		note(place + 2, bpf_map_update_elem(map, &key, &value, choice >> 8 & 3));
	}
}

SEC("xdp")
int evictions(struct xdp_md *context)
{
	__u32 state = length_of(context) * 7919 + 1;

	for (__u64 round = 0; round < 100; round++) {
		state = state * 1103515245 + 12345;
		__u32 key = (state >> 16) % 90;

		use(&recent, 0, key, round, state >> 8 & 0x3ff);
		use(&recent_by_cpu, 3, key, round, state >> 8 & 0x3ff);
		use(&recent_counters, 6, 5 * key, round, state >> 8 & 0x3ff);
	}
	return XDP_PASS;
}

static int never(__u32 round __attribute__((unused)), void *context __attribute__((unused)))
{
	return 0;
}

static const __s32 distances[] = { -1, 1, -216, 200, -256, 14, -14, 40, 5000, -100, 0x7fffffff, -0x80000000 };

SEC("xdp.frags")
int limits(struct xdp_md *context)
{
	__u32 length = bpf_xdp_get_buff_len(context), index = length & 7, mtu = 0, words[16];
	__u64 value = length;

	for (__u64 flags = 0; flags < 9; flags++)
		note(0, bpf_map_update_elem(&counters, &index, &value, flags));
	for (__u32 at = 0; at < 16; at++)
		words[at] = at * 0x01020304 + length;
	for (__u32 bytes = 0; bytes < 60; bytes += 7) {
		note(1, bpf_csum_diff(0, 0, words, bytes, length));
		note(2, bpf_csum_diff(words, bytes, 0, 0, ~length));
		note(3, bpf_csum_diff(words, bytes, words, 64 - bytes, 1));
	}
	note(4, bpf_loop(0x800001, never, 0, 0));
	note(5, bpf_loop(5, never, 0, 1));
	for (__u32 at = 0; at < sizeof(distances) / sizeof(*distances); at++) {
		note(6, bpf_check_mtu(context, 0, &mtu, distances[at], 0));
		note(7, bpf_xdp_adjust_meta(context, -4 * (__s32)at));
		note(8, bpf_xdp_adjust_head(context, distances[at]));
		note(9, length_of(context));
		note(10, bpf_xdp_adjust_tail(context, distances[at]));
		note(11, bpf_xdp_get_buff_len(context));
		note(12, bpf_xdp_load_bytes(context, distances[at], words, 33));
		note(13, bpf_xdp_store_bytes(context, distances[at], words, 5));
		mtu = 0;
	}
	return XDP_TX;
}

char _license[] SEC("license") = "Dual MIT/GPL";
