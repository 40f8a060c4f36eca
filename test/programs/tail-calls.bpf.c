// SPDX-License-Identifier: MIT
/*
 * A parser in stages, each a program of its own: ethernet, then IPv4 or IPv6, then TCP or UDP. A stage ends by jumping
 * into the next through `stages`, whose entries the loader fills from the initialiser below. A tail call does not
 * return; where the entry is empty (or 33 calls were made) it does nothing, and the line after it runs.
 *
 * Stages hand on what they found in a per-CPU scratch value: a packet stays on one CPU from its first stage to its last.
 */
#include "parse.h"

enum stage {
	STAGE_ETHERNET,
	STAGE_IPV4,
	STAGE_IPV6,
	STAGE_TCP,
	STAGE_UDP,
	STAGE_COUNT,
};

struct scratch {
	__u32 offset; /* of the header that the next stage reads, from the packet's first byte */
	__u32 stages; /* how many were run */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* The key is an enum stage, the value how many packets came to it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STAGE_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} reached SEC(".maps");

int parse_ethernet(struct xdp_md *ctx);
int parse_ipv4(struct xdp_md *ctx);
int parse_ipv6(struct xdp_md *ctx);
int parse_tcp(struct xdp_md *ctx);
int parse_udp(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, STAGE_COUNT);
	__uint(key_size, sizeof(__u32));
	__array(values, int(struct xdp_md *));
} stages SEC(".maps") = {
	.values = {
		[STAGE_ETHERNET] = &parse_ethernet,
		[STAGE_IPV4] = &parse_ipv4,
		[STAGE_IPV6] = &parse_ipv6,
		[STAGE_TCP] = &parse_tcp,
		[STAGE_UDP] = &parse_udp,
	},
};

static __always_inline struct scratch *enter(enum stage stage)
{
	__u32 key = stage, zero = 0;
	__u64 *packets = bpf_map_lookup_elem(&reached, &key);
	struct scratch *scratch = bpf_map_lookup_elem(&scratches, &zero);

	if (packets)
		__sync_fetch_and_add(packets, 1);
	if (scratch)
		scratch->stages += 1;
	return scratch;
}

/* A cursor at the header that the stage before found. The mask gives the verifier a bound it can work with. */
static __always_inline struct cursor resume(struct xdp_md *ctx, const struct scratch *scratch)
{
	struct cursor cursor = cursor_of(ctx);

	cursor.at += scratch->offset & 0xfff;
	return cursor;
}

/* Notes where the cursor stands and jumps into the stage for `protocol`, if there is one. */
static __always_inline void leave(struct xdp_md *ctx, struct scratch *scratch, struct cursor *cursor, int protocol)
{
	scratch->offset = cursor->at - (void *)(long)ctx->data;
	if (protocol == IPPROTO_TCP)
		bpf_tail_call(ctx, &stages, STAGE_TCP);
	else if (protocol == IPPROTO_UDP)
		bpf_tail_call(ctx, &stages, STAGE_UDP);
}

SEC("xdp")
int parse_ethernet(struct xdp_md *ctx)
{
	struct scratch *scratch = enter(STAGE_ETHERNET);
	struct cursor cursor = cursor_of(ctx);
	__be16 ethertype = take_ethernet(&cursor);

	if (!scratch || !ethertype)
		return XDP_DROP;
	scratch->stages = 1;
	scratch->offset = cursor.at - (void *)(long)ctx->data;
	if (ethertype == bpf_htons(ETH_P_IP))
		bpf_tail_call(ctx, &stages, STAGE_IPV4);
	else if (ethertype == bpf_htons(ETH_P_IPV6))
		bpf_tail_call(ctx, &stages, STAGE_IPV6);
	return XDP_PASS;
}

SEC("xdp")
int parse_ipv4(struct xdp_md *ctx)
{
	struct scratch *scratch = enter(STAGE_IPV4);
	struct cursor cursor;
	struct iphdr *ip;
	int protocol;

	if (!scratch)
		return XDP_DROP;
	cursor = resume(ctx, scratch);
	protocol = take_ipv4(&cursor, &ip);
	if (protocol == TRUNCATED)
		return XDP_DROP;
	leave(ctx, scratch, &cursor, protocol);
	return XDP_PASS;
}

SEC("xdp")
int parse_ipv6(struct xdp_md *ctx)
{
	struct scratch *scratch = enter(STAGE_IPV6);
	struct cursor cursor;
	struct ipv6hdr *ip;
	int protocol;

	if (!scratch)
		return XDP_DROP;
	cursor = resume(ctx, scratch);
	protocol = take_ipv6(&cursor, &ip);
	if (protocol == TRUNCATED)
		return XDP_DROP;
	leave(ctx, scratch, &cursor, protocol);
	return XDP_PASS;
}

/* Drops what no honest sender makes: a segment that opens and closes a connection at once, or has no flag at all. */
SEC("xdp")
int parse_tcp(struct xdp_md *ctx)
{
	struct scratch *scratch = enter(STAGE_TCP);
	struct cursor cursor;
	struct tcphdr *tcp;

	if (!scratch)
		return XDP_DROP;
	cursor = resume(ctx, scratch);
	tcp = TAKE(&cursor, struct tcphdr);
	if (!tcp || tcp->doff < 5)
		return XDP_DROP;
	if (tcp->syn && (tcp->fin || tcp->rst))
		return XDP_DROP;
	return tcp->syn || tcp->ack || tcp->rst ? XDP_PASS : XDP_DROP;
}

/* Drops a datagram whose length field cannot be. */
SEC("xdp")
int parse_udp(struct xdp_md *ctx)
{
	struct scratch *scratch = enter(STAGE_UDP);
	struct cursor cursor;
	struct udphdr *udp;

	if (!scratch)
		return XDP_DROP;
	cursor = resume(ctx, scratch);
	udp = TAKE(&cursor, struct udphdr);
	if (!udp || bpf_ntohs(udp->len) < sizeof(*udp))
		return XDP_DROP;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
