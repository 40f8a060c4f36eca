/* SPDX-License-Identifier: MIT */
/*
 * Reading packet headers with a cursor.
 *
 * A cursor stands somewhere between the packet's first byte and its end. Every take_* function checks that what it
 * is asked for lies before the end, moves the cursor behind it, and returns a pointer to it, or says that the packet is
 * too short. The check is what the verifier wants to see before it allows a load through the pointer.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define NULL ((void *)0)
#define UNUSED __attribute__((unused))

typedef _Bool bool;
#define true 1
#define false 0

/* The tag that IEEE 802.1Q puts between the source address and the EtherType; not among the exported headers. */
struct vlan_tag {
	__be16 control; /* priority (3 bits), drop eligible (1), VLAN id (12) */
	__be16 ethertype;
};

/* How TCP, UDP, SCTP and UDP-Lite headers all begin. */
struct ports {
	__be16 source;
	__be16 destination;
};

/* How most IPv6 extension headers begin. RFC 8200 section 4.2 */
struct extension_header {
	__u8 next_header;
	__u8 length; /* in units of 8 bytes, not counting the first 8 */
};

/* RFC 8200 section 4.5 */
struct fragment_header {
	__u8 next_header;
	__u8 reserved;
	__be16 offset_and_flags; /* offset in units of 8 bytes (13 bits), reserved (2), more fragments (1) */
	__be32 identification;
};

#define MAX_VLAN_TAGS 2
#define MAX_EXTENSION_HEADERS 6
#define IPV4_OFFSET_MASK 0x1fff
#define IPV6_OFFSET_MASK 0xfff8

/* What the take_* functions return for "the packet ends before this header does". */
#define TRUNCATED (-1)

struct cursor {
	void *at;
	void *end;
};

/* The addresses in xdp_md are 32 bits wide and the verifier turns each load of them into a pointer, hence the casts. */
static __always_inline struct cursor cursor_of(struct xdp_md *ctx)
{
	return (struct cursor){ .at = (void *)(long)ctx->data, .end = (void *)(long)ctx->data_end };
}

/*
 * length must be provably small (the verifier allows packet pointers to move by at most 65535).
 * Look at the result at once: after two takes in a row the verifier also follows the path, impossible in truth, where the
 * first fails and the second does not, and rejects what it finds there.
 */
static __always_inline void *take_bytes(struct cursor *cursor, __u32 length)
{
	void *start = cursor->at;

	if (start + length > cursor->end)
		return NULL;
	cursor->at = start + length;
	return start;
}

#define TAKE(cursor, type) ((type *)take_bytes(cursor, sizeof(type)))

/* Takes the Ethernet header and up to two VLAN tags. Returns the EtherType in network order, or 0 when truncated. */
UNUSED static __always_inline __be16 take_ethernet(struct cursor *cursor)
{
	struct ethhdr *ethernet = TAKE(cursor, struct ethhdr);
	__be16 ethertype;

	if (!ethernet)
		return 0;
	ethertype = ethernet->h_proto;
#pragma unroll
	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		struct vlan_tag *tag;

		if (ethertype != bpf_htons(ETH_P_8021Q) && ethertype != bpf_htons(ETH_P_8021AD))
			break;
		tag = TAKE(cursor, struct vlan_tag);
		if (!tag)
			return 0;
		ethertype = tag->ethertype;
	}
	return ethertype;
}

/*
 * Takes an IPv4 header with its options. Returns the protocol behind it, or TRUNCATED. A later fragment has no
 * transport header, so its protocol is given as IPPROTO_FRAGMENT, as it is for IPv6.
 */
UNUSED static __always_inline int take_ipv4(struct cursor *cursor, struct iphdr **header)
{
	struct iphdr *ip = TAKE(cursor, struct iphdr);

	if (!ip || ip->ihl < 5 || !take_bytes(cursor, (ip->ihl - 5) * 4))
		return TRUNCATED;
	*header = ip;
	return ip->frag_off & bpf_htons(IPV4_OFFSET_MASK) ? IPPROTO_FRAGMENT : ip->protocol;
}

/*
 * Takes an IPv6 header and the extension headers behind it. Returns the protocol of what follows, IPPROTO_FRAGMENT for
 * a later fragment, or TRUNCATED.
 */
UNUSED static __always_inline int take_ipv6(struct cursor *cursor, struct ipv6hdr **header)
{
	struct ipv6hdr *ip = TAKE(cursor, struct ipv6hdr);
	int protocol;

	if (!ip)
		return TRUNCATED;
	*header = ip;
	protocol = ip->nexthdr;
	for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		struct extension_header *extension;
		struct fragment_header *fragment;

		switch (protocol) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
			extension = TAKE(cursor, struct extension_header);
			if (!extension || !take_bytes(cursor, 6 + extension->length * 8))
				return TRUNCATED;
			protocol = extension->next_header;
			break;
		case IPPROTO_FRAGMENT:
			fragment = TAKE(cursor, struct fragment_header);
			if (!fragment)
				return TRUNCATED;
			if (fragment->offset_and_flags & bpf_htons(IPV6_OFFSET_MASK))
				return IPPROTO_FRAGMENT;
			protocol = fragment->next_header;
			break;
		default:
			return protocol;
		}
	}
	return protocol;
}
