// SPDX-License-Identifier: MIT
/*
 * Answers pings before the network stack sees them: an ICMP or ICMPv6 echo request becomes its own reply and leaves by
 * the port it came in through. Everything else passes.
 */
#include "parse.h"
#include "checksum.h"

/* How echo messages begin in ICMP (RFC 792) and ICMPv6 (RFC 4443). <linux/icmp.h> drags in headers of the C library. */
struct echo_header {
	__be16 type_and_code; /* two single bytes, taken as one word because the checksum does so */
	__sum16 checksum;
	__be16 identifier;
	__be16 sequence;
};

#define TYPE(number) bpf_htons((number) << 8)
#define ICMP_ECHO_REQUEST TYPE(8)
#define ICMP_ECHO_REPLY TYPE(0)
#define ICMPV6_ECHO_REQUEST TYPE(128)
#define ICMPV6_ECHO_REPLY TYPE(129)

static __always_inline void turn_into_reply(struct echo_header *icmp, __be16 reply)
{
	icmp->checksum = checksum_replace(icmp->checksum, icmp->type_and_code, reply);
	icmp->type_and_code = reply;
}

static __always_inline void swap_ethernet(struct ethhdr *ethernet)
{
	__u8 destination[ETH_ALEN];

	__builtin_memcpy(destination, ethernet->h_dest, ETH_ALEN);
	__builtin_memcpy(ethernet->h_dest, ethernet->h_source, ETH_ALEN);
	__builtin_memcpy(ethernet->h_source, destination, ETH_ALEN);
}

/* 224.0.0.0/4 and 255.255.255.255: such a request must be answered from an own address, which is not known here. */
static __always_inline bool is_group(__be32 address)
{
	return bpf_ntohl(address) >= 0xe0000000;
}

/* Swapping the addresses leaves every checksum over them right: a sum does not depend on the order. */
static __always_inline int answer_ipv4(struct cursor *cursor, struct ethhdr *ethernet)
{
	struct echo_header *icmp;
	struct iphdr *ip;
	__be32 source;

	if (take_ipv4(cursor, &ip) != IPPROTO_ICMP)
		return XDP_PASS;
	icmp = TAKE(cursor, struct echo_header);
	if (!icmp || icmp->type_and_code != ICMP_ECHO_REQUEST || is_group(ip->daddr))
		return XDP_PASS;

	turn_into_reply(icmp, ICMP_ECHO_REPLY);
	source = ip->saddr;
	ip->saddr = ip->daddr;
	ip->daddr = source;
	swap_ethernet(ethernet);
	return XDP_TX;
}

static __always_inline int answer_ipv6(struct cursor *cursor, struct ethhdr *ethernet)
{
	struct echo_header *icmp;
	struct in6_addr source;
	struct ipv6hdr *ip;

	if (take_ipv6(cursor, &ip) != IPPROTO_ICMPV6)
		return XDP_PASS;
	icmp = TAKE(cursor, struct echo_header);
	if (!icmp || icmp->type_and_code != ICMPV6_ECHO_REQUEST || ip->daddr.s6_addr[0] == 0xff)
		return XDP_PASS;

	turn_into_reply(icmp, ICMPV6_ECHO_REPLY);
	source = ip->saddr;
	ip->saddr = ip->daddr;
	ip->daddr = source;
	swap_ethernet(ethernet);
	return XDP_TX;
}

SEC("xdp")
int icmp_echo(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	struct ethhdr *ethernet = cursor.at;

	/* take_ethernet checks the bounds of *ethernet too. */
	switch (take_ethernet(&cursor)) {
	case bpf_htons(ETH_P_IP):
		return answer_ipv4(&cursor, ethernet);
	case bpf_htons(ETH_P_IPV6):
		return answer_ipv6(&cursor, ethernet);
	default:
		return XDP_PASS;
	}
}

char _license[] SEC("license") = "Dual MIT/GPL";
