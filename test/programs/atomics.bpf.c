// SPDX-License-Identifier: MIT
/*
 * Every atomic instruction, 64 and 32 bits wide, with and without the old value given back, on map values. The operands
 * are bytes of the packet. What the instructions give back is mixed into `fetched`. Everything passes.
 */
#include "operations.h"

struct cells64 {
	__u64 added, anded, ored, xored;
	__u64 fetch_added, fetch_anded, fetch_ored, fetch_xored;
	__u64 exchanged, compared;
};

struct cells32 {
	__u32 added, anded, ored, xored;
	__u32 fetch_added, fetch_anded, fetch_ored, fetch_xored;
	__u32 exchanged, compared;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cells64);
} cells64 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cells32);
} cells32 SEC(".maps");

__u64 fetched[12];
__u64 swaps_done;
__u64 packets;

/* The same text for both widths: the type of the cells decides which instruction it becomes. */
#define RUN(cells, a, b, slot)                                                                                        \
	do {                                                                                                          \
		/* Where nobody looks at the old value, it is not fetched. */                                         \
		__sync_fetch_and_add(&(cells)->added, a);                                                             \
		__sync_fetch_and_and(&(cells)->anded, (a) | 0xff);                                                    \
		__sync_fetch_and_or(&(cells)->ored, (a) & 0x0f0f0f0f);                                                \
		__sync_fetch_and_xor(&(cells)->xored, b);                                                             \
		record((slot) + 0, __sync_fetch_and_add(&(cells)->fetch_added, b));                                   \
		record((slot) + 1, __sync_fetch_and_and(&(cells)->fetch_anded, ~(b)));                                \
		record((slot) + 2, __sync_fetch_and_or(&(cells)->fetch_ored, (b) & 0xf0f0f0f0));                      \
		record((slot) + 3, __sync_fetch_and_xor(&(cells)->fetch_xored, a));                                   \
		record((slot) + 4, __sync_lock_test_and_set(&(cells)->exchanged, a));                                 \
		/* Even operands expect what was written last, odd ones do not. */                                    \
		record((slot) + 5, __sync_val_compare_and_swap(&(cells)->compared, (cells)->compared + ((a) & 1), b));   \
	} while (0)

SEC("xdp")
int run_atomics(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	struct cells64 *wide;
	struct cells32 *narrow;
	__u64 a, b, before;
	__u32 zero = 0;

	if (!take_operands(&cursor, packets, &a, &b))
		return XDP_PASS;

	wide = bpf_map_lookup_elem(&cells64, &zero);
	if (!wide)
		return XDP_ABORTED;
	narrow = bpf_map_lookup_elem(&cells32, &zero);
	if (!narrow)
		return XDP_ABORTED;

	/* The cells that are only ever cleared begin full again every 8th packet. */
	if (packets % 8 == 0) {
		wide->anded = wide->fetch_anded = ~0ULL;
		narrow->anded = narrow->fetch_anded = ~0U;
	}
	packets += 1;
	before = wide->compared;
	RUN(wide, a, b, fetched);
	RUN(narrow, (__u32)a, (__u32)b, fetched + 6);
	if (wide->compared != before)
		swaps_done += 1;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
