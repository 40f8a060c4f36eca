// SPDX-License-Identifier: MIT
/*
 * A firewall by source prefix. Rules stand in two longest-prefix-match tries that user space fills; a packet that no
 * rule matches is held against a short built-in deny list, and passes if that does not list it either. So the program
 * does something useful from the moment it is loaded, and a rule can still let a built-in prefix through.
 */
#include "parse.h"

enum action {
	ACTION_PASS,
	ACTION_DROP,
};

enum verdict {
	PASSED_UNMATCHED,
	PASSED_BY_RULE,
	DROPPED_BY_RULE,
	DROPPED_BY_BUILT_IN_LIST,
	PASSED_NOT_IP,
	DROPPED_TRUNCATED,
	VERDICT_COUNT,
};

struct rule {
	__u32 action; /* enum action */
	__u32 reserved;
	__u64 packets;
	__u64 bytes;
};

/* Keys of a trie begin with the number of bits that count; the bytes after it are in network order. */
struct ipv4_prefix {
	__u32 length;
	__be32 address;
};

struct ipv6_prefix {
	__u32 length;
	struct in6_addr address;
};

/* Tries allocate an entry when it is added, and the kernel insists that their flags say so. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct ipv4_prefix);
	__type(value, struct rule);
} ipv4_rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct ipv6_prefix);
	__type(value, struct rule);
} ipv6_rules SEC(".maps");

/* The key is an enum verdict. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VERDICT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

struct ipv4_network {
	__u32 address; /* host order, as one writes it */
	__u32 mask;
};

/* RFC 5737: the second and third prefix set aside for documentation. Nobody sends from there in earnest. */
const volatile struct ipv4_network denied_ipv4[] = {
	{ 0xc6336400, 0xffffff00 }, /* 198.51.100.0/24 */
	{ 0xcb007100, 0xffffff00 }, /* 203.0.113.0/24 */
};

/* 2001:db8:bad::/48, of the documentation prefix of RFC 3849, as its first 48 bits. */
const volatile __u64 denied_ipv6 = 0x20010db80bad;

static __always_inline int count(enum verdict verdict, int action)
{
	__u32 key = verdict;
	__u64 *packets = bpf_map_lookup_elem(&verdicts, &key);

	if (packets)
		*packets += 1;
	return action;
}

static __always_inline int apply(struct rule *rule, __u64 bytes)
{
	__sync_fetch_and_add(&rule->packets, 1);
	__sync_fetch_and_add(&rule->bytes, bytes);
	if (rule->action == ACTION_DROP)
		return count(DROPPED_BY_RULE, XDP_DROP);
	return count(PASSED_BY_RULE, XDP_PASS);
}

static __always_inline int filter_ipv4(struct cursor *cursor, __u64 bytes)
{
	struct iphdr *ip = TAKE(cursor, struct iphdr);
	struct ipv4_prefix source = { .length = 32 };
	struct rule *rule;

	if (!ip)
		return count(DROPPED_TRUNCATED, XDP_DROP);
	source.address = ip->saddr;
	rule = bpf_map_lookup_elem(&ipv4_rules, &source);
	if (rule)
		return apply(rule, bytes);

	for (unsigned int i = 0; i < sizeof(denied_ipv4) / sizeof(denied_ipv4[0]); i++)
		if ((bpf_ntohl(ip->saddr) & denied_ipv4[i].mask) == denied_ipv4[i].address)
			return count(DROPPED_BY_BUILT_IN_LIST, XDP_DROP);
	return count(PASSED_UNMATCHED, XDP_PASS);
}

static __always_inline __u64 first_48_bits(const struct in6_addr *address)
{
	return (__u64)bpf_ntohl(address->s6_addr32[0]) << 16 | bpf_ntohs(address->s6_addr16[2]);
}

static __always_inline int filter_ipv6(struct cursor *cursor, __u64 bytes)
{
	struct ipv6hdr *ip = TAKE(cursor, struct ipv6hdr);
	struct ipv6_prefix source = { .length = 128 };
	struct rule *rule;

	if (!ip)
		return count(DROPPED_TRUNCATED, XDP_DROP);
	source.address = ip->saddr;
	rule = bpf_map_lookup_elem(&ipv6_rules, &source);
	if (rule)
		return apply(rule, bytes);

	if (first_48_bits(&ip->saddr) == denied_ipv6)
		return count(DROPPED_BY_BUILT_IN_LIST, XDP_DROP);
	return count(PASSED_UNMATCHED, XDP_PASS);
}

SEC("xdp")
int cidr_firewall(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	__u64 bytes = cursor.end - cursor.at;

	switch (take_ethernet(&cursor)) {
	case bpf_htons(ETH_P_IP):
		return filter_ipv4(&cursor, bytes);
	case bpf_htons(ETH_P_IPV6):
		return filter_ipv6(&cursor, bytes);
	case 0:
		return count(DROPPED_TRUNCATED, XDP_DROP);
	default:
		return count(PASSED_NOT_IP, XDP_PASS);
	}
}

char _license[] SEC("license") = "Dual MIT/GPL";
