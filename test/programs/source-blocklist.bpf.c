// SPDX-License-Identifier: MIT
/*
 * Drops IPv4 packets whose source address is listed. User space lists an address by adding it with a value of 0; the
 * value then counts what was dropped.
 *
 *     bpftool map update name blocked_sources key 192 0 2 1 value 0 0 0 0 0 0 0 0
 */
#include "parse.h"

/* The key is an IPv4 address as it stands in the packet (network byte order). */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __be32);
	__type(value, __u64);
} blocked_sources SEC(".maps");

SEC("xdp")
int source_blocklist(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	struct iphdr *ip;
	__be32 source;
	__u64 *hits;

	if (take_ethernet(&cursor) != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	if (take_ipv4(&cursor, &ip) == TRUNCATED)
		return XDP_PASS;

	/* The key is handed over by address, and keys live on the stack. */
	source = ip->saddr;
	hits = bpf_map_lookup_elem(&blocked_sources, &source);
	if (!hits)
		return XDP_PASS;

	/* All CPUs share the value, hence the atomic add. */
	__sync_fetch_and_add(hits, 1);
	return XDP_DROP;
}

char _license[] SEC("license") = "Dual MIT/GPL";
