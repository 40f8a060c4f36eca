// SPDX-License-Identifier: MIT
/*
 * Limits how many TCP connections one source may begin per second. Each source has a fixed window that opens with its
 * first SYN; what exceeds the limit until the window ends is dropped. The table forgets the sources that were quiet
 * longest, so a flood from forged addresses cannot fill it.
 */
#include "parse.h"

const volatile __u64 window_nanos = 1000000000;
const volatile __u32 syns_per_window = 10;

struct window {
	__u64 opened_nanos;
	__u32 syns;
	__u32 dropped; /* since the source was last seen for the first time */
};

/* The key is an IPv6 address, or an IPv4 address mapped into IPv6 (::ffff:192.0.2.1). */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct in6_addr);
	__type(value, struct window);
} sources SEC(".maps");

/* Finds out whether this is a TCP segment, and from whom. Leaves the cursor at the TCP header. */
static __always_inline bool take_tcp_source(struct cursor *cursor, struct in6_addr *source)
{
	struct ipv6hdr *ipv6;
	struct iphdr *ipv4;

	switch (take_ethernet(cursor)) {
	case bpf_htons(ETH_P_IP):
		if (take_ipv4(cursor, &ipv4) != IPPROTO_TCP)
			return false;
		source->s6_addr16[5] = 0xffff;
		source->s6_addr32[3] = ipv4->saddr;
		return true;
	case bpf_htons(ETH_P_IPV6):
		if (take_ipv6(cursor, &ipv6) != IPPROTO_TCP)
			return false;
		*source = ipv6->saddr;
		return true;
	default:
		return false;
	}
}

static __always_inline int admit(struct window *window, __u64 now_nanos)
{
	if (now_nanos - window->opened_nanos >= window_nanos) {
		window->opened_nanos = now_nanos;
		window->syns = 0;
	}
	/* Two CPUs that count the same source at once may lose a SYN between them: good enough for a limiter. */
	window->syns += 1;
	if (window->syns <= syns_per_window)
		return XDP_PASS;
	window->dropped += 1;
	return XDP_DROP;
}

SEC("xdp")
int syn_limiter(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	struct in6_addr source = {};
	struct window *window;
	struct tcphdr *tcp;

	if (!take_tcp_source(&cursor, &source))
		return XDP_PASS;
	tcp = TAKE(&cursor, struct tcphdr);
	if (!tcp || !tcp->syn || tcp->ack)
		return XDP_PASS;

	window = bpf_map_lookup_elem(&sources, &source);
	if (!window) {
		struct window first = { .opened_nanos = bpf_ktime_get_ns(), .syns = 1 };

		bpf_map_update_elem(&sources, &source, &first, BPF_ANY);
		return XDP_PASS;
	}
	return admit(window, bpf_ktime_get_ns());
}

char _license[] SEC("license") = "Dual MIT/GPL";
