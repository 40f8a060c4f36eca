// SPDX-License-Identifier: MIT
/*
 * Forwards packets to other interfaces by way of device maps, in three manners, one program each. Where the map has no
 * entry, the low bits of the flags say what becomes of the packet: here XDP_PASS. (BPF_PROG_TEST_RUN only reports the
 * verdict; a packet moves when the program is attached.)
 *
 * A device map's value may name a second program, which runs on the packet just before it leaves: `stamp_source` is one.
 */
#include "parse.h"

enum port {
	PORT_TCP,
	PORT_UDP,
	PORT_OTHER_IP,
	PORT_COUNT,
};

/* The key is an enum port. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, PORT_COUNT);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
} ports_by_protocol SEC(".maps");

/* The key is the index of the interface that the packet came in through; the value, where it goes. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
} ports_by_ingress SEC(".maps");

/* The key is an enum port, the value how many packets were to go there. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PORT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} chosen SEC(".maps");

static __always_inline enum port port_of(int protocol)
{
	if (protocol == IPPROTO_TCP)
		return PORT_TCP;
	return protocol == IPPROTO_UDP ? PORT_UDP : PORT_OTHER_IP;
}

SEC("xdp")
int redirect_by_protocol(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	__be16 ethertype = take_ethernet(&cursor);
	struct ipv6hdr *ipv6;
	struct iphdr *ipv4;
	int protocol;
	__u64 *packets;
	__u32 port;

	if (ethertype == bpf_htons(ETH_P_IP))
		protocol = take_ipv4(&cursor, &ipv4);
	else if (ethertype == bpf_htons(ETH_P_IPV6))
		protocol = take_ipv6(&cursor, &ipv6);
	else
		return XDP_PASS;
	if (protocol == TRUNCATED)
		return XDP_DROP;

	port = port_of(protocol);
	packets = bpf_map_lookup_elem(&chosen, &port);
	if (packets)
		__sync_fetch_and_add(packets, 1);
	return bpf_redirect_map(&ports_by_protocol, port, XDP_PASS);
}

SEC("xdp")
int redirect_by_ingress(struct xdp_md *ctx)
{
	return bpf_redirect_map(&ports_by_ingress, ctx->ingress_ifindex, XDP_PASS);
}

/* Sends a copy to every interface of the map but the one the packet came from. */
SEC("xdp")
int redirect_to_all(struct xdp_md *ctx)
{
	(void)ctx;
	return bpf_redirect_map(&ports_by_ingress, 0, BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS);
}

/* Runs on the way out: the egress interface is known now, and its number becomes the source address 02:00:index. */
SEC("xdp/devmap")
int stamp_source(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	struct ethhdr *ethernet = TAKE(&cursor, struct ethhdr);
	__be32 index = bpf_htonl(ctx->egress_ifindex);

	if (!ethernet)
		return XDP_DROP;
	ethernet->h_source[0] = 0x02;
	ethernet->h_source[1] = 0x00;
	__builtin_memcpy(&ethernet->h_source[2], &index, sizeof(index));
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
