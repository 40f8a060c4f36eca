// clang: -mcpu=v1
// SPDX-License-Identifier: MIT
/*
 * Stand-ins for programs whose throughput on an NFP-4000 was published (Krude et al., CoNEXT 2021): a drop, n reads of DRAM, and a Count-Min sketch
 * with n rows, of about the published length: 162 instructions for one row, 29 to 31 for each other. Written for the instruction set of that time,
 * without 32-bit arithmetic.
 */
#include "parse.h"

#define CELLS 65536

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CELLS);
	__type(key, __u32);
	__type(value, __u64);
} cells SEC(".maps");

SEC("xdp")
int drop(struct xdp_md *ctx UNUSED)
{
	return XDP_DROP;
}

/* Reads n values, each from an entry of its own. */
static __always_inline int read_cells(int n)
{
	__u64 sum = 0;

#pragma unroll
	for (int i = 0; i < n; i++) {
		__u32 key = i;
		volatile __u64 *cell = bpf_map_lookup_elem(&cells, &key);

		if (__builtin_expect(!cell, 0))
			return XDP_ABORTED;
		sum += *cell;
		asm volatile("" : "+r"(sum));
	}
	return XDP_DROP;
}

/* What identifies a flow; ports are 0 where there are none. */
struct flow {
	__u32 source;
	__u32 destination;
	__u32 ports;
	__u32 protocol;
};

static __always_inline __u32 rotate(__u32 value, int bits)
{
	return value << bits | value >> (32 - bits);
}

/* Every bit of the three words reaches every bit of the result. */
static __always_inline __u32 mix(__u32 a, __u32 b, __u32 c)
{
	c ^= b;
	c -= rotate(b, 14);
	a ^= c;
	a -= rotate(c, 11);
	b ^= a;
	b -= rotate(a, 25);
	c ^= b;
	c -= rotate(b, 16);
	a ^= c;
	a -= rotate(c, 4);
	b ^= a;
	b -= rotate(a, 14);
	c ^= b;
	c -= rotate(b, 24);
	return c;
}

static __always_inline __u32 hash_flow(const struct flow *flow)
{
	return mix(flow->source, flow->destination, flow->ports + flow->protocol);
}

/* One hash of a family, told apart by what is added. */
static __always_inline __u32 hash_row(__u32 hash, __u32 addend)
{
	hash += addend;
	hash ^= rotate(hash, 13);
	hash ^= hash >> 16;
	hash *= 0x85ebca6b;
	hash ^= hash >> 13;
	hash *= 0xc2b2ae35;
	return (hash ^ hash >> 16) % CELLS;
}

static __always_inline int read_flow(struct xdp_md *ctx, struct flow *flow)
{
	struct cursor cursor = cursor_of(ctx);
	struct ethhdr *ethernet = TAKE(&cursor, struct ethhdr);
	struct iphdr *ip;
	struct ports *ports;

	if (!ethernet)
		return -1;
	if (ethernet->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	ip = TAKE(&cursor, struct iphdr);
	if (!ip)
		return -1;
	flow->source = ip->saddr;
	flow->destination = ip->daddr;
	flow->protocol = ip->protocol;
	if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
		return 0;
	ports = TAKE(&cursor, struct ports);
	if (!ports)
		return -1;
	flow->ports = (__u32)ports->source << 16 | ports->destination;
	return 0;
}

static __always_inline int count_flow(struct xdp_md *ctx, int rows)
{
	struct flow flow = {};
	__u32 hash;

	if (read_flow(ctx, &flow))
		return XDP_ABORTED;
	hash = hash_flow(&flow);
#pragma unroll
	for (int i = 0; i < rows; i++) {
		__u32 key = hash_row(hash, 0x3c6ef372 * (__u32)(i + 1));
		__u64 *cell = bpf_map_lookup_elem(&cells, &key);

		if (__builtin_expect(!cell, 0))
			return XDP_ABORTED;
		__sync_fetch_and_add(cell, 1);
	}
	return XDP_DROP;
}

#define READS(n)                                    \
	SEC("xdp")                                  \
	int reads_##n(struct xdp_md *ctx UNUSED)    \
	{                                           \
		return read_cells(n);               \
	}

#define COUNT_MIN(n)                                \
	SEC("xdp")                                  \
	int count_min_##n(struct xdp_md *ctx)       \
	{                                           \
		return count_flow(ctx, n);          \
	}

READS(4)
READS(8)
READS(10)
COUNT_MIN(1)
COUNT_MIN(2)
COUNT_MIN(4)
COUNT_MIN(6)
COUNT_MIN(8)
COUNT_MIN(10)
COUNT_MIN(20)

char _license[] SEC("license") = "Dual MIT/GPL";
