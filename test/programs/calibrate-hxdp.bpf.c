// clang: -mcpu=v1
// SPDX-License-Identifier: MIT
/*
 * Stand-ins for programs whose throughput on hXDP was published (OSDI 2020): single actions, lookups, runs of helper calls, and programs that do
 * what the samples of Linux of those names do. Written for the instruction set of that time, without 32-bit arithmetic.
 */
#include "parse.h"

#define PORT 1

/* RFC 792, Destination Unreachable; the exported header needs more than a BPF target has. */
#define ICMP_DEST_UNREACH 3
#define ICMP_FRAG_NEEDED 4

struct icmp_unreachable {
	__u8 type;
	__u8 code;
	__sum16 checksum;
	__be16 unused;
	__be16 mtu;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u64);
} packets SEC(".maps");

struct configuration {
	__u32 action;
	__u32 ifindex;
	__u32 options;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct configuration);
} configurations SEC(".maps");

struct record {
	__u64 processed;
	__u64 issues;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct record);
} totals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct record);
} queues SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

#define KEYED(n)                                                       \
	struct key_##n {                                               \
		__u8 bytes[n];                                         \
	};                                                             \
	struct {                                                       \
		__uint(type, BPF_MAP_TYPE_HASH);                       \
		__uint(max_entries, 16);                               \
		__type(key, struct key_##n);                           \
		__type(value, __u64);                                  \
	} by_key_##n SEC(".maps");                                     \
	SEC("xdp")                                                     \
	int lookup_##n(struct xdp_md *ctx UNUSED)                      \
	{                                                              \
		struct key_##n key = {};                               \
                                                                       \
		barrier_var_of(key);                                   \
		bpf_map_lookup_elem(&by_key_##n, &key);                \
		return XDP_DROP;                                       \
	}

#define barrier_var_of(value) asm volatile("" : : "r"(&value) : "memory")

KEYED(1)
KEYED(2)
KEYED(4)
KEYED(8)
KEYED(16)

SEC("xdp")
int drop(struct xdp_md *ctx UNUSED)
{
	return XDP_DROP;
}

SEC("xdp")
int transmit(struct xdp_md *ctx UNUSED)
{
	return XDP_TX;
}

SEC("xdp")
int redirect(struct xdp_md *ctx UNUSED)
{
	return bpf_redirect(PORT, 0);
}

static __always_inline int call_helper(int n)
{
	__u32 key = 1;

#pragma unroll
	for (int i = 0; i < n; i++)
		bpf_map_lookup_elem(&packets, &key);
	return XDP_DROP;
}

#define CALLS(n)                                                       \
	SEC("xdp")                                                     \
	int calls_##n(struct xdp_md *ctx UNUSED)                       \
	{                                                              \
		return call_helper(n);                                 \
	}

CALLS(1)
CALLS(10)
CALLS(20)
CALLS(30)
CALLS(40)

static __always_inline void swap_addresses(struct ethhdr *ethernet)
{
	__u16 *words = (__u16 *)ethernet;
	__u16 saved[3] = { words[0], words[1], words[2] };

	words[0] = words[3];
	words[1] = words[4];
	words[2] = words[5];
	words[3] = saved[0];
	words[4] = saved[1];
	words[5] = saved[2];
}

/* The protocol behind up to two VLAN tags; 0 where it is neither IPv4 nor IPv6, TRUNCATED where the frame is cut. */
static __always_inline int protocol_of(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	__be16 ethertype = take_ethernet(&cursor);

	if (!ethertype)
		return TRUNCATED;
	if (ethertype == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = TAKE(&cursor, struct iphdr);

		return ip ? ip->protocol : 0;
	}
	if (ethertype == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = TAKE(&cursor, struct ipv6hdr);

		return ip ? ip->nexthdr : 0;
	}
	return 0;
}

/* Counts by protocol and drops. */
SEC("xdp")
int xdp1(struct xdp_md *ctx)
{
	int protocol = protocol_of(ctx);
	__u32 key = protocol;
	__u64 *count;

	if (protocol == TRUNCATED)
		return XDP_DROP;
	count = bpf_map_lookup_elem(&packets, &key);
	if (count)
		*count += 1;
	return XDP_DROP;
}

/* Counts by protocol, and sends UDP back with its addresses swapped. */
SEC("xdp")
int xdp2(struct xdp_md *ctx)
{
	int protocol = protocol_of(ctx);
	__u32 key = protocol;
	struct cursor cursor;
	struct ethhdr *ethernet;
	__u64 *count;

	if (protocol == TRUNCATED)
		return XDP_DROP;
	count = bpf_map_lookup_elem(&packets, &key);
	if (count)
		*count += 1;
	if (protocol != IPPROTO_UDP)
		return XDP_DROP;
	cursor = cursor_of(ctx);
	ethernet = TAKE(&cursor, struct ethhdr);
	if (!ethernet)
		return XDP_DROP;
	swap_addresses(ethernet);
	return XDP_TX;
}

/* Counts in total and by receive queue, and does what the configuration says for its interface; frames of another one are issues. */
SEC("xdp")
int rxq_info(struct xdp_md *ctx)
{
	void *start = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	__u32 key = 0;
	struct configuration *configuration;
	struct record *total, *record;

	total = bpf_map_lookup_elem(&totals, &key);
	if (!total)
		return XDP_ABORTED;
	total->processed++;
	configuration = bpf_map_lookup_elem(&configurations, &key);
	if (!configuration)
		return XDP_ABORTED;
	if (ctx->ingress_ifindex != configuration->ifindex) {
		total->issues++;
		return XDP_ABORTED;
	}
	key = ctx->rx_queue_index;
	if (key >= 64)
		key = 63;
	record = bpf_map_lookup_elem(&queues, &key);
	if (!record)
		return XDP_ABORTED;
	record->processed++;
	if (key == 63)
		record->issues++;
	if (configuration->options & 3) {
		if (start + sizeof(struct ethhdr) > end)
			return XDP_ABORTED;
		if (configuration->options & 2)
			swap_addresses(start);
	}
	return configuration->action;
}

/* Swaps the addresses, counts, and sends the frame to a port. */
SEC("xdp")
int redirect_map(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	struct ethhdr *ethernet = TAKE(&cursor, struct ethhdr);
	__u32 key = 0;
	__u64 *count;

	if (!ethernet)
		return XDP_DROP;
	count = bpf_map_lookup_elem(&packets, &key);
	if (count)
		*count += 1;
	swap_addresses(ethernet);
	return bpf_redirect_map(&ports, 0, 0);
}

/* Both directions of a flow are one entry: the lower address comes first. */
struct flow {
	__be32 low_address;
	__be32 high_address;
	__be16 low_port;
	__be16 high_port;
	__u8 protocol;
	__u8 padding[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct flow);
	__type(value, __u32);
} flows SEC(".maps");

#define INSIDE 1
#define TO_INSIDE 1
#define TO_OUTSIDE 0

static __always_inline int read_flow(struct xdp_md *ctx, struct flow *flow)
{
	struct cursor cursor = cursor_of(ctx);
	struct ethhdr *ethernet = TAKE(&cursor, struct ethhdr);
	struct iphdr *ip;
	struct ports *ports;

	if (!ethernet || ethernet->h_proto != bpf_htons(ETH_P_IP))
		return -1;
	ip = TAKE(&cursor, struct iphdr);
	if (!ip || (ip->protocol != IPPROTO_UDP && ip->protocol != IPPROTO_TCP))
		return -1;
	ports = TAKE(&cursor, struct ports);
	if (!ports)
		return -1;
	flow->protocol = ip->protocol;
	if (ip->saddr < ip->daddr) {
		flow->low_address = ip->saddr;
		flow->high_address = ip->daddr;
		flow->low_port = ports->source;
		flow->high_port = ports->destination;
	} else {
		flow->low_address = ip->daddr;
		flow->high_address = ip->saddr;
		flow->low_port = ports->destination;
		flow->high_port = ports->source;
	}
	return 0;
}

/* Lets flows out that begin inside, and what answers them back in. */
SEC("xdp")
int firewall(struct xdp_md *ctx)
{
	struct flow flow = {};
	__u32 *port, back = TO_INSIDE;

	if (read_flow(ctx, &flow))
		return XDP_DROP;
	port = bpf_map_lookup_elem(&flows, &flow);
	if (ctx->ingress_ifindex == INSIDE) {
		if (!port)
			bpf_map_update_elem(&flows, &flow, &back, BPF_ANY);
		return bpf_redirect_map(&ports, TO_OUTSIDE, 0);
	}
	if (!port)
		return XDP_DROP;
	return bpf_redirect_map(&ports, *port, 0);
}

#define LONGEST_FRAME 600
#define ICMP_REPLY_BYTES 98
#define ICMP_HEADROOM ((int)(sizeof(struct iphdr) + sizeof(struct icmp_unreachable)))

static __always_inline __u16 checksum(void *start, __u32 bytes)
{
	__u32 sum = bpf_csum_diff(0, 0, start, bytes, 0);

	return ~((sum & 0xffff) + (sum >> 16));
}

/* Puts a new Ethernet, IPv4 and ICMP header in front of what is left of a frame that was too long, and sends it back. */
static __always_inline int answer_too_long(struct xdp_md *ctx)
{
	struct ethhdr *original, *ethernet;
	struct icmp_unreachable *icmp;
	struct iphdr *ip, *inner;
	void *end;
	__u64 *count;
	__u32 key = 0;

	if (bpf_xdp_adjust_head(ctx, -ICMP_HEADROOM))
		return XDP_DROP;
	ethernet = (void *)(long)ctx->data;
	end = (void *)(long)ctx->data_end;
	if ((void *)ethernet + ICMP_REPLY_BYTES > end)
		return XDP_DROP;
	original = (void *)ethernet + ICMP_HEADROOM;
	ip = (void *)(ethernet + 1);
	icmp = (void *)(ip + 1);
	inner = (void *)(icmp + 1);
	__builtin_memcpy(ethernet->h_dest, original->h_source, ETH_ALEN);
	__builtin_memcpy(ethernet->h_source, original->h_dest, ETH_ALEN);
	ethernet->h_proto = original->h_proto;
	icmp->type = ICMP_DEST_UNREACH;
	icmp->code = ICMP_FRAG_NEEDED;
	icmp->unused = 0;
	icmp->mtu = bpf_htons(LONGEST_FRAME - sizeof(struct ethhdr));
	icmp->checksum = 0;
	icmp->checksum = checksum(icmp, ICMP_REPLY_BYTES - 34);
	ip->version = 4;
	ip->ihl = 5;
	ip->tos = 0;
	ip->tot_len = bpf_htons(ICMP_REPLY_BYTES - sizeof(struct ethhdr));
	ip->id = 0;
	ip->frag_off = 0;
	ip->ttl = 64;
	ip->protocol = IPPROTO_ICMP;
	ip->saddr = inner->daddr;
	ip->daddr = inner->saddr;
	ip->check = 0;
	ip->check = checksum(ip, sizeof(*ip));
	count = bpf_map_lookup_elem(&packets, &key);
	if (count)
		*count += 1;
	return XDP_TX;
}

SEC("xdp")
int adjust_tail(struct xdp_md *ctx)
{
	void *start = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	int length = end - start;
	int excess = length - (ICMP_REPLY_BYTES - ICMP_HEADROOM);

	if (start + sizeof(struct ethhdr) > end)
		return XDP_DROP;
	if (((struct ethhdr *)start)->h_proto != bpf_htons(ETH_P_IP) || length <= LONGEST_FRAME)
		return XDP_PASS;
	if (bpf_xdp_adjust_tail(ctx, -excess))
		return XDP_PASS;
	return answer_too_long(ctx);
}

char _license[] SEC("license") = "Dual MIT/GPL";
