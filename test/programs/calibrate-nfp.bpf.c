// clang: -mcpu=v1
// SPDX-License-Identifier: MIT
/*
 * Stand-ins for programs whose throughput on an NFP-4000 was published (Krude et al., CoNEXT 2021): a drop, n reads of DRAM, a Count-Min sketch with n
 * rows that hashes each field of a flow by itself, and a loop that turns A-law samples into mu-law ones. Written for the instruction set of that time,
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

#define WORDS 16

struct words {
	__u32 word[WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct words);
} words SEC(".maps");

/* Looks the words up once, then reads n of them, one after the other; all are 0. */
static __always_inline int read_words(int n)
{
	__u32 key = 0;
	volatile struct words *found = bpf_map_lookup_elem(&words, &key);

	if (!found)
		return XDP_PASS;
#pragma unroll
	for (int i = 0; i < n; i++)
		if (found->word[i])
			return XDP_PASS;
	return XDP_DROP;
}

/* What identifies a flow; ports are 0 where there are none. */
struct flow {
	__u32 source;
	__u32 destination;
	__u32 source_port;
	__u32 destination_port;
	__u32 protocol;
	__u32 ethertype;
};

/*
 * One hash of a family, told apart by its first factor: two multiplications, each behind a shift. What is multiplied passes through memory, as in the
 * published program.
 */
static __always_inline __u32 scramble(__u32 value, __u32 factor)
{
	volatile __u32 kept;

	kept = value ^ value >> 16;
	value = kept * factor;
	kept = value ^ value >> 15;
	value = kept * 0x846ca68b;
	return value ^ value >> 16;
}

#define FIELD_FACTOR 0x7feb352d

static __always_inline __u32 hash_flow(const struct flow *flow)
{
	return scramble(flow->source, FIELD_FACTOR) ^ scramble(flow->destination, FIELD_FACTOR) ^
	       scramble(flow->protocol, FIELD_FACTOR) ^ scramble(flow->source_port, FIELD_FACTOR) ^
	       scramble(flow->destination_port, FIELD_FACTOR) ^ scramble(flow->ethertype, FIELD_FACTOR);
}

static __always_inline int read_flow(struct xdp_md *ctx, struct flow *flow)
{
	struct cursor cursor = cursor_of(ctx);
	struct ethhdr *ethernet = TAKE(&cursor, struct ethhdr);
	struct iphdr *ip;
	struct ports *ports;

	if (!ethernet)
		return -1;
	flow->ethertype = ethernet->h_proto;
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
	flow->source_port = ports->source;
	flow->destination_port = ports->destination;
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
		__u32 key = scramble(hash, FIELD_FACTOR + 0x3c6ef372 * (__u32)(i + 1)) % CELLS;
		__u64 *cell = bpf_map_lookup_elem(&cells, &key);

		if (__builtin_expect(!cell, 0))
			return XDP_ABORTED;
		__sync_fetch_and_add(cell, 1);
	}
	return XDP_DROP;
}

/* RFC 3550 section 5.1, as far as it is looked at. */
struct rtp_header {
	__u8 version_and_counts;
	__u8 marker_and_type;
	__be16 sequence;
	__be32 timestamp;
	__be32 source;
};

#define RTP_PORT 1026
#define PAYLOAD_TYPE_PCMA 8
#define PAYLOAD_TYPE_MASK 0x7f
#define SAMPLES 160

/* The magnitude of a mu-law sample for that of an A-law one. ITU-T G.711, table 4 */
static __always_inline __u8 mu_law_of(__u8 magnitude)
{
	if (magnitude < 8)
		return 2 * magnitude + 1;
	if (magnitude < 24)
		return magnitude + 8;
	if (magnitude < 31) {
		__u32 distance = 32 - magnitude;

		/* Half of it, rounded towards zero: compilers of that time did not see that it is positive. */
		asm volatile("" : "+r"(distance));
		magnitude += (distance + (distance >> 31)) >> 1;
	}
	if (magnitude < 45)
		magnitude++;
	if (magnitude < 47)
		magnitude++;
	if (magnitude < 63)
		magnitude++;
	if (magnitude < 80)
		magnitude++;
	return magnitude;
}

/* Turns the samples of an RTP packet with A-law audio into mu-law ones. */
SEC("xdp")
int transcode(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	struct ethhdr *ethernet = TAKE(&cursor, struct ethhdr);
	struct rtp_header *rtp;
	struct udphdr *udp;
	struct iphdr *ip;
	__u8 *samples;

	if (!ethernet || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	ip = TAKE(&cursor, struct iphdr);
	if (!ip || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	udp = TAKE(&cursor, struct udphdr);
	if (!udp || udp->dest != bpf_htons(RTP_PORT))
		return XDP_PASS;
	rtp = TAKE(&cursor, struct rtp_header);
	if (!rtp || (rtp->marker_and_type & PAYLOAD_TYPE_MASK) != PAYLOAD_TYPE_PCMA)
		return XDP_PASS;
	rtp->marker_and_type &= ~PAYLOAD_TYPE_MASK;
	samples = cursor.at;
#pragma clang loop unroll(disable)
	for (__u64 i = 0; i < SAMPLES; i++) {
		__u8 *sample = samples + i;
		__u8 value;

		if ((void *)(sample + 1) > cursor.end)
			return XDP_PASS;
		value = *sample ^ 0x55;
		*sample = (value & 0x80) | (mu_law_of(value & 0x7f) ^ 0x7f);
	}
	return XDP_PASS;
}

#define READS(n)                                    \
	SEC("xdp")                                  \
	int reads_##n(struct xdp_md *ctx UNUSED)    \
	{                                           \
		return read_words(n);               \
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
READS(12)
COUNT_MIN(1)
COUNT_MIN(2)
COUNT_MIN(3)
COUNT_MIN(4)
COUNT_MIN(5)
COUNT_MIN(6)
COUNT_MIN(8)
COUNT_MIN(10)
COUNT_MIN(12)
COUNT_MIN(15)
COUNT_MIN(20)

char _license[] SEC("license") = "Dual MIT/GPL";
