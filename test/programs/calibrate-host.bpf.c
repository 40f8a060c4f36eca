// SPDX-License-Identifier: MIT
/*
 * Stand-ins for programs whose throughput with native XDP was published (The eXpress Data Path, CoNEXT 2018): what becomes of a frame, and no more.
 */
#include "parse.h"

#define PORT 1

SEC("xdp")
int drop(struct xdp_md *ctx UNUSED)
{
	return XDP_DROP;
}

SEC("xdp")
int drop_read(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	struct ethhdr *ethernet = TAKE(&cursor, struct ethhdr);

	if (!ethernet)
		return XDP_ABORTED;
	return ethernet->h_proto == bpf_htons(0xffff) ? XDP_ABORTED : XDP_DROP;
}

static __always_inline struct ethhdr *swapped(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	struct ethhdr *ethernet = TAKE(&cursor, struct ethhdr);
	__u8 saved[ETH_ALEN];

	if (!ethernet)
		return NULL;
	__builtin_memcpy(saved, ethernet->h_dest, ETH_ALEN);
	__builtin_memcpy(ethernet->h_dest, ethernet->h_source, ETH_ALEN);
	__builtin_memcpy(ethernet->h_source, saved, ETH_ALEN);
	return ethernet;
}

SEC("xdp")
int transmit(struct xdp_md *ctx)
{
	return swapped(ctx) ? XDP_TX : XDP_ABORTED;
}

SEC("xdp")
int redirect(struct xdp_md *ctx)
{
	return swapped(ctx) ? bpf_redirect(PORT, 0) : XDP_ABORTED;
}

/* Looks the route up and sends the frame on, whatever the answer: the cost is that of the lookup. */
SEC("xdp")
int route(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	struct ethhdr *ethernet = TAKE(&cursor, struct ethhdr);
	struct bpf_fib_lookup route = { .family = 2, .ifindex = ctx->ingress_ifindex };
	struct iphdr *ip;

	if (!ethernet || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return XDP_ABORTED;
	ip = TAKE(&cursor, struct iphdr);
	if (!ip)
		return XDP_ABORTED;
	route.ipv4_src = ip->saddr;
	route.ipv4_dst = ip->daddr;
	bpf_fib_lookup(ctx, &route, sizeof(route), 0);
	return swapped(ctx) ? bpf_redirect(PORT, 0) : XDP_ABORTED;
}

SEC("xdp")
int pass(struct xdp_md *ctx UNUSED)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
