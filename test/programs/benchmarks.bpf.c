// SPDX-License-Identifier: MIT
/*
 * What the benchmark measures (test/bench), from nothing at all to a thousand instructions a packet. Headers without options are enough here.
 */
#include "parse.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u64);
} protocols SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __be32);
	__type(value, __u64);
} sources SEC(".maps");

/* The IPv4 header behind Ethernet, or NULL. */
static __always_inline struct iphdr *ipv4_of(struct xdp_md *ctx)
{
	struct ethhdr *ethernet = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(ethernet + 1);

	if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
		return NULL;
	return ethernet->h_proto == bpf_htons(ETH_P_IP) ? ip : NULL;
}

static __always_inline bool is_udp_to_port(struct xdp_md *ctx, struct iphdr *ip)
{
	struct udphdr *udp = (void *)(ip + 1);

	if (ip->protocol != IPPROTO_UDP || (void *)(udp + 1) > (void *)(long)ctx->data_end)
		return false;
	return udp->dest == bpf_htons(7777);
}

SEC("xdp")
int a_pass(struct xdp_md *ctx UNUSED)
{
	return XDP_PASS;
}

SEC("xdp")
int b_drop_udp(struct xdp_md *ctx)
{
	struct iphdr *ip = ipv4_of(ctx);

	return ip && is_udp_to_port(ctx, ip) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int c_count(struct xdp_md *ctx)
{
	struct iphdr *ip = ipv4_of(ctx);
	__u32 protocol;
	__u64 *packets;

	if (!ip)
		return XDP_PASS;
	protocol = ip->protocol;
	packets = bpf_map_lookup_elem(&protocols, &protocol);
	if (packets)
		(*packets)++;
	return is_udp_to_port(ctx, ip) ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int d_blocklist(struct xdp_md *ctx)
{
	struct iphdr *ip = ipv4_of(ctx);
	__u64 *hits;

	if (!ip)
		return XDP_PASS;
	hits = bpf_map_lookup_elem(&sources, &ip->saddr);
	if (!hits)
		return XDP_PASS;
	(*hits)++;
	return XDP_DROP;
}

SEC("xdp")
int e_forward(struct xdp_md *ctx)
{
	struct ethhdr *ethernet = (void *)(long)ctx->data;
	struct iphdr *ip = ipv4_of(ctx);
	__u8 address[ETH_ALEN];
	__u16 *words = (void *)ip;
	__u32 sum = 0;

	if (!ip || ip->ttl <= 1)
		return XDP_DROP;
	ip->ttl--;
	ip->check = 0;
#pragma unroll
	for (int word = 0; word < (int)sizeof(*ip) / 2; word++)
		sum += words[word];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	ip->check = ~sum;
	__builtin_memcpy(address, ethernet->h_dest, ETH_ALEN);
	__builtin_memcpy(ethernet->h_dest, ethernet->h_source, ETH_ALEN);
	__builtin_memcpy(ethernet->h_source, address, ETH_ALEN);
	return XDP_TX;
}

SEC("xdp")
int f_mix(struct xdp_md *ctx)
{
	struct iphdr *ip = ipv4_of(ctx);
	__u64 a, b;

	if (!ip)
		return XDP_PASS;
	a = ip->saddr;
	b = ip->daddr;
#pragma clang loop unroll(disable)
	for (int round = 0; round < 64; round++) {
		a ^= b >> 33;
		a *= 0xff51afd7ed558ccdULL;
		b ^= a >> 29;
		b += a << 7;
		a = (a >> 13) | (a << 51);
		b *= 0xc4ceb9fe1a85ec53ULL;
	}
	return (a ^ b) & 1 ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
