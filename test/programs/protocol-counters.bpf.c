// SPDX-License-Identifier: MIT
/*
 * Counts packets and bytes per IP protocol (one set of counters per CPU, so no atomics are needed), and packets per
 * EtherType class in a plain array that all CPUs share. Everything passes.
 */
#include "parse.h"

struct traffic {
	__u64 packets;
	__u64 bytes;
};

enum ethertype_class {
	CLASS_IPV4,
	CLASS_IPV6,
	CLASS_ARP,
	CLASS_OTHER,
	CLASS_TRUNCATED,
	CLASS_COUNT,
};

/* The key is the IP protocol number. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct traffic);
} per_protocol SEC(".maps");

/* The key is an enum ethertype_class. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CLASS_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} per_class SEC(".maps");

static __always_inline void count_protocol(__u32 protocol, __u64 bytes)
{
	struct traffic *traffic = bpf_map_lookup_elem(&per_protocol, &protocol);

	/* An array lookup fails only for an index past the end, but the verifier wants the check all the same. */
	if (!traffic)
		return;
	traffic->packets += 1;
	traffic->bytes += bytes;
}

static __always_inline void count_class(enum ethertype_class class)
{
	__u32 key = class;
	__u64 *packets = bpf_map_lookup_elem(&per_class, &key);

	if (packets)
		__sync_fetch_and_add(packets, 1);
}

SEC("xdp")
int count_protocols(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	__u64 bytes = cursor.end - cursor.at;
	struct ipv6hdr *ipv6;
	struct iphdr *ipv4;
	int protocol = TRUNCATED;

	switch (take_ethernet(&cursor)) {
	case bpf_htons(ETH_P_IP):
		count_class(CLASS_IPV4);
		protocol = take_ipv4(&cursor, &ipv4);
		break;
	case bpf_htons(ETH_P_IPV6):
		count_class(CLASS_IPV6);
		protocol = take_ipv6(&cursor, &ipv6);
		break;
	case bpf_htons(ETH_P_ARP):
		count_class(CLASS_ARP);
		break;
	case 0:
		count_class(CLASS_TRUNCATED);
		break;
	default:
		count_class(CLASS_OTHER);
	}

	if (protocol != TRUNCATED)
		count_protocol(protocol, bytes);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
