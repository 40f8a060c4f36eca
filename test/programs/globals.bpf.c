// SPDX-License-Identifier: MIT
/*
 * What the loader has to put together before a program can run: globals of every kind, calls to subprograms, and field
 * offsets that are only settled against the type information of the kernel at hand (CO-RE).
 *
 * The program sorts packets by size and TTL, and passes all but those whose IPv4 TTL is below `minimum_ttl`.
 */
#include "parse.h"
#include <bpf/bpf_core_read.h>

/* .rodata: constants of the program once it is loaded. */
const volatile __u32 minimum_ttl = 2;
const volatile __u16 size_limits[] = { 64, 128, 256, 512, 1024, 1518 };
const volatile char label[] = "globals of every kind";

/* Sections of one's own become maps of their own. */
const volatile __u64 spread SEC(".rodata.tuning") = 0x9e3779b97f4a7c15;
__u64 busiest_bytes SEC(".data.peaks") = 60;

/* .data: begins with what is written here. */
__u64 ttl_sum = 1000;
__u32 lowest_ttl = 255;

/* .bss: begins as zeros. */
__u64 packets;
__u64 size_classes[8];
__u64 fingerprint;
static __u64 too_old; /* static, so known by an offset into .bss and not by a symbol of its own */

/*
 * Results of CO-RE: what the loader found out about the types it relocated against.
 * 1: struct xdp_md has egress_ifindex (since Linux 5.8)
 * 2: struct iphdr is 20 bytes
 * 4: enum xdp_action knows XDP_REDIRECT
 * 8: a type that nobody has does not exist
 */
__u32 findings;

/*
 * Only the fields in use, under names of our own: what stands behind the three underscores is not part of the name that
 * is looked up, and the offsets here are replaced by those of the type that is found.
 */
struct iphdr___part {
	__u8 ttl;
	__u8 protocol;
	__be32 daddr;
	__be32 saddr;
} __attribute__((preserve_access_index));

struct ipv6hdr___part {
	__u8 hop_limit;
} __attribute__((preserve_access_index));

struct xdp_md___new {
	__u32 egress_ifindex;
} __attribute__((preserve_access_index));

struct nobody_has_this {
	int field;
};

enum { SIZE_LIMITS = sizeof(size_limits) / sizeof(size_limits[0]) };

/* A static subprogram is verified anew for each call, with what is known about its arguments there. */
static __noinline __u32 size_class(__u32 bytes)
{
	__u32 class = 0;

	while (class < SIZE_LIMITS && bytes > size_limits[class])
		class ++;
	return class;
}

/* A global subprogram is verified once, for any arguments, and callers learn nothing about its result. */
__noinline __u64 mix(__u64 state, __u64 word)
{
	state = (state ^ word) * spread;
	return state ^ state >> 29;
}

/* A pointer to memory may be passed to a global subprogram, but it may be NULL for all the verifier knows. */
__noinline int note_ttl(__u64 *sum, __u32 ttl)
{
	if (!sum)
		return -1;
	*sum += ttl;
	if (ttl < lowest_ttl)
		lowest_ttl = ttl;
	return ttl < minimum_ttl;
}

/* Bytes of the label go into every fingerprint, so that a loader that loses .rodata is noticed. */
static __noinline __u64 fingerprint_label(__u64 state)
{
	for (unsigned int i = 0; i < sizeof(label) - 1; i++)
		state = mix(state, label[i]);
	return state;
}

static __always_inline __u32 look_at_types(void)
{
	__u32 found = 0;

	if (bpf_core_field_exists(struct xdp_md___new, egress_ifindex))
		found |= 1;
	if (bpf_core_type_size(struct iphdr) == 20)
		found |= 2;
	if (bpf_core_enum_value_exists(enum xdp_action, XDP_REDIRECT) &&
	    bpf_core_enum_value(enum xdp_action, XDP_REDIRECT) == XDP_REDIRECT)
		found |= 4;
	if (!bpf_core_type_exists(struct nobody_has_this))
		found |= 8;
	return found;
}

/* The TTL or hop limit, or -1 where there is none. The bounds were checked with the layout that parse.h knows. */
static __always_inline int ttl_of(struct cursor *cursor)
{
	struct ipv6hdr___part *ipv6;
	struct iphdr___part *ipv4;

	switch (take_ethernet(cursor)) {
	case bpf_htons(ETH_P_IP):
		ipv4 = take_bytes(cursor, sizeof(struct iphdr));
		if (!ipv4)
			return -1;
		fingerprint = mix(fingerprint, (__u64)ipv4->saddr << 32 | ipv4->daddr);
		fingerprint = mix(fingerprint, ipv4->protocol);
		return ipv4->ttl;
	case bpf_htons(ETH_P_IPV6):
		ipv6 = take_bytes(cursor, sizeof(struct ipv6hdr));
		return ipv6 ? ipv6->hop_limit : -1;
	default:
		return -1;
	}
}

SEC("xdp")
int sort_by_size(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	__u32 bytes = cursor.end - cursor.at;
	int ttl;

	packets += 1;
	findings = look_at_types();
	size_classes[size_class(bytes) & 7] += 1;
	if (bytes > busiest_bytes)
		busiest_bytes = bytes;
	fingerprint = fingerprint_label(fingerprint);

	ttl = ttl_of(&cursor);
	if (ttl < 0 || note_ttl(&ttl_sum, ttl) <= 0)
		return XDP_PASS;
	too_old += 1;
	return XDP_DROP;
}

/* A second program of the same object: it shares the globals and the subprograms. */
SEC("xdp")
int reset(struct xdp_md *ctx)
{
	(void)ctx;
	fingerprint = mix(0, packets);
	packets = 0;
	too_old = 0;
	lowest_ttl = 255;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
