// SPDX-License-Identifier: MIT
/*
 * Drops UDP datagrams to one port, over IPv4 and IPv6, with or without VLAN tags.
 *
 * `port` lives in .rodata: a loader may write another value there before the program is loaded, and the verifier then
 * treats it as a constant.
 */
#include "parse.h"

const volatile __u16 port = 7777;

SEC("xdp")
int drop_udp_port(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	__be16 ethertype = take_ethernet(&cursor);
	struct ipv6hdr *ipv6;
	struct udphdr *udp;
	struct iphdr *ipv4;
	int protocol;

	if (ethertype == bpf_htons(ETH_P_IP))
		protocol = take_ipv4(&cursor, &ipv4);
	else if (ethertype == bpf_htons(ETH_P_IPV6))
		protocol = take_ipv6(&cursor, &ipv6);
	else
		return XDP_PASS;

	if (protocol != IPPROTO_UDP)
		return XDP_PASS;
	udp = TAKE(&cursor, struct udphdr);
	if (!udp)
		return XDP_PASS;
	return udp->dest == bpf_htons(port) ? XDP_DROP : XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
