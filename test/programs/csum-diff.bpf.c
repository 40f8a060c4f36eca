// SPDX-License-Identifier: MIT
/*
 * Source NAT for IPv4: every packet seems to come from 192.0.2.254. bpf_csum_diff gives the difference that the change
 * makes to a checksum over the address, and the same difference mends the IP checksum and the one of TCP or UDP, whose
 * pseudo header holds the address too. Headers whose checksum was wrong before are dropped and counted.
 */
#include "parse.h"
#include "checksum.h"

/* In host order. */
const volatile __u32 nat_address = 0xc00002fe;

enum outcome {
	REWRITTEN_TCP,
	REWRITTEN_UDP,
	REWRITTEN_UDP_WITHOUT_CHECKSUM,
	REWRITTEN_OTHER,
	BAD_HEADER_CHECKSUM,
	NOT_IPV4,
	OUTCOME_COUNT,
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, OUTCOME_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} outcomes SEC(".maps");

/* Every result of bpf_csum_diff, summed: so that two machines can be compared. */
__u64 difference_sum;
__s64 odd_difference; /* the last one over a length that is no multiple of 4: -EINVAL until Linux 6.12, a sum since then */

static __always_inline int count(enum outcome outcome, int action)
{
	__u32 key = outcome;
	__u64 *packets = bpf_map_lookup_elem(&outcomes, &key);

	if (packets)
		__sync_fetch_and_add(packets, 1);
	return action;
}

/* A difference is a 32-bit ones' complement sum; fold both before the carry of adding them could be lost. */
static __always_inline __u16 apply_difference(__u16 checksum, __u32 difference)
{
	return ~checksum_fold((__u32)(__u16)~checksum + checksum_fold(difference));
}

/* A header that holds its own checksum sums up to 0xffff. Options are left out of account: see the caller. */
static __always_inline bool has_good_checksum(struct iphdr *ip)
{
	__s64 sum = bpf_csum_diff(NULL, 0, (__be32 *)ip, sizeof(*ip), 0);

	difference_sum += sum;
	return checksum_fold(sum) == 0xffff;
}

static __always_inline enum outcome mend_transport(struct cursor *cursor, int protocol, __u32 difference)
{
	struct tcphdr *tcp;
	struct udphdr *udp;

	if (protocol == IPPROTO_TCP) {
		tcp = TAKE(cursor, struct tcphdr);
		if (!tcp)
			return REWRITTEN_OTHER;
		tcp->check = apply_difference(tcp->check, difference);
		return REWRITTEN_TCP;
	}
	if (protocol != IPPROTO_UDP)
		return REWRITTEN_OTHER;
	udp = TAKE(cursor, struct udphdr);
	if (!udp)
		return REWRITTEN_OTHER;
	/* UDP over IPv4 may go without a checksum, said by a zero; one that comes out as zero is sent as 0xffff. */
	if (udp->check == 0)
		return REWRITTEN_UDP_WITHOUT_CHECKSUM;
	udp->check = apply_difference(udp->check, difference);
	if (udp->check == 0)
		udp->check = 0xffff;
	return REWRITTEN_UDP;
}

SEC("xdp")
int rewrite_source(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	__be32 from, to = bpf_htonl(nat_address);
	__s64 difference;
	struct iphdr *ip;
	int protocol;

	if (take_ethernet(&cursor) != bpf_htons(ETH_P_IP))
		return count(NOT_IPV4, XDP_PASS);
	protocol = take_ipv4(&cursor, &ip);
	if (protocol == TRUNCATED)
		return count(NOT_IPV4, XDP_PASS);
	if (ip->ihl == 5 && !has_good_checksum(ip))
		return count(BAD_HEADER_CHECKSUM, XDP_DROP);

	from = ip->saddr;
	difference = bpf_csum_diff(&from, sizeof(from), &to, sizeof(to), 0);
	if (difference < 0)
		return XDP_ABORTED;
	difference_sum += difference;
	odd_difference = bpf_csum_diff(&from, 3, &to, sizeof(to), 0);

	ip->saddr = to;
	ip->check = apply_difference(ip->check, difference);
	return count(mend_transport(&cursor, protocol, difference), XDP_PASS);
}

char _license[] SEC("license") = "Dual MIT/GPL";
