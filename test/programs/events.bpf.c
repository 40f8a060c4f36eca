// SPDX-License-Identifier: MIT
/*
 * Tells user space about what it drops: TCP segments to the ports of remote shells. A summary of each goes into a ring
 * buffer that all CPUs share; a sample of the packet itself goes into the CPU's perf buffer.
 */
#include "parse.h"

const volatile __u16 ssh_port = 22;
const volatile __u16 telnet_port = 23;

/* At most this much of a packet is sampled. */
#define SAMPLE_BYTES 96

struct drop_event {
	__u32 packet_bytes;
	__u16 source_port;
	__u16 destination_port;
	__u8 source[16]; /* an IPv4 address takes the first four */
	__u8 version;    /* 4 or 6 */
	__u8 tcp_flags;
	__u8 reserved[6];
};

/* Goes before the bytes of the packet in every perf sample. */
struct sample_header {
	__u32 packet_bytes;
	__u32 sample_bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} drops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} samples SEC(".maps");

/* Globals are a map of their own, named .bss. */
__u64 dropped_packets;
__u64 lost_events;
__u64 lost_samples;

static __always_inline bool is_shell_port(__be16 port)
{
	return port == bpf_htons(ssh_port) || port == bpf_htons(telnet_port);
}

/* Either all of the event becomes visible to the reader, at bpf_ringbuf_submit, or nothing of it. */
static __always_inline void announce(const struct iphdr *ipv4, const struct ipv6hdr *ipv6, const struct tcphdr *tcp,
				     __u32 packet_bytes)
{
	struct drop_event *event = bpf_ringbuf_reserve(&drops, sizeof(*event), 0);

	if (!event) {
		__sync_fetch_and_add(&lost_events, 1);
		return;
	}
	/* Reserved memory holds what was there before. */
	__builtin_memset(event, 0, sizeof(*event));
	event->packet_bytes = packet_bytes;
	event->source_port = bpf_ntohs(tcp->source);
	event->destination_port = bpf_ntohs(tcp->dest);
	event->tcp_flags = ((const __u8 *)tcp)[13];
	if (ipv4) {
		event->version = 4;
		__builtin_memcpy(event->source, &ipv4->saddr, sizeof(ipv4->saddr));
	} else if (ipv6) {
		event->version = 6;
		__builtin_memcpy(event->source, &ipv6->saddr, sizeof(ipv6->saddr));
	}
	bpf_ringbuf_submit(event, 0);
}

/* For XDP the upper half of the flags says how many bytes of the packet follow the header. */
static __always_inline void sample(struct xdp_md *ctx, __u32 packet_bytes)
{
	struct sample_header header = { .packet_bytes = packet_bytes };
	__u64 flags = BPF_F_CURRENT_CPU;

	header.sample_bytes = packet_bytes < SAMPLE_BYTES ? packet_bytes : SAMPLE_BYTES;
	flags |= (__u64)header.sample_bytes << 32;
	if (bpf_perf_event_output(ctx, &samples, flags, &header, sizeof(header)) != 0)
		__sync_fetch_and_add(&lost_samples, 1);
}

SEC("xdp")
int drop_and_tell(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	__u32 packet_bytes = cursor.end - cursor.at;
	struct ipv6hdr *ipv6 = NULL;
	struct iphdr *ipv4 = NULL;
	struct tcphdr *tcp;
	int protocol;

	switch (take_ethernet(&cursor)) {
	case bpf_htons(ETH_P_IP):
		protocol = take_ipv4(&cursor, &ipv4);
		break;
	case bpf_htons(ETH_P_IPV6):
		protocol = take_ipv6(&cursor, &ipv6);
		break;
	default:
		return XDP_PASS;
	}
	if (protocol != IPPROTO_TCP)
		return XDP_PASS;
	tcp = TAKE(&cursor, struct tcphdr);
	if (!tcp || !is_shell_port(tcp->dest))
		return XDP_PASS;

	__sync_fetch_and_add(&dropped_packets, 1);
	announce(ipv4, ipv6, tcp, packet_bytes);
	sample(ctx, packet_bytes);
	return XDP_DROP;
}

/* bpf_perf_event_output is for GPL-compatible programs only. */
char _license[] SEC("license") = "Dual MIT/GPL";
