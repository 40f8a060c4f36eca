// SPDX-License-Identifier: MIT
/*
 * Two programs, each the other's reverse: vlan_pop takes the outer VLAN tag off, vlan_push puts one on.
 *
 *     | destination | source | 0x8100 | control | type | ...     pop moves the addresses 4 bytes to the right
 *                   | destination | source      | type | ...     push moves them 4 bytes to the left
 */
#include "parse.h"

/* The VLAN that vlan_push puts packets into. */
const volatile __u16 vlan_id = 100;

struct tagged_ethernet {
	struct ethhdr ethernet;
	struct vlan_tag tag;
};

struct addresses {
	__u8 destination[ETH_ALEN];
	__u8 source[ETH_ALEN];
};

SEC("xdp")
int vlan_pop(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	struct tagged_ethernet *header = TAKE(&cursor, struct tagged_ethernet);
	struct addresses addresses;
	__be16 type;

	if (!header)
		return XDP_PASS;
	type = header->ethernet.h_proto;
	if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
		return XDP_PASS;

	/* Source and target of the move overlap, so it goes by way of the stack. */
	__builtin_memcpy(&addresses, header, sizeof(addresses));
	__builtin_memcpy((void *)header + sizeof(struct vlan_tag), &addresses, sizeof(addresses));
	return bpf_xdp_adjust_head(ctx, sizeof(struct vlan_tag)) == 0 ? XDP_PASS : XDP_ABORTED;
}

SEC("xdp")
int vlan_push(struct xdp_md *ctx)
{
	struct tagged_ethernet *header;
	struct addresses *addresses;
	struct cursor cursor;

	if (bpf_xdp_adjust_head(ctx, -(int)sizeof(struct vlan_tag)) != 0)
		return XDP_ABORTED;

	/* Moving the head makes all earlier pointers void, so the packet is read (and checked) afresh. */
	cursor = cursor_of(ctx);
	header = TAKE(&cursor, struct tagged_ethernet);
	if (!header)
		return XDP_ABORTED;

	/* The old header begins 4 bytes into the new one; its EtherType already stands where the tag's belongs. */
	addresses = (void *)header + sizeof(struct vlan_tag);
	__builtin_memmove(header, addresses, sizeof(*addresses));
	header->ethernet.h_proto = bpf_htons(ETH_P_8021Q);
	header->tag.control = bpf_htons(vlan_id);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
