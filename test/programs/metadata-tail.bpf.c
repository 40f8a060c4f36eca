// SPDX-License-Identifier: MIT
/*
 * Keeps the first 128 bytes of each packet, as a recorder of headers would, and leaves a note of what was cut in the
 * metadata before the packet, where a program behind this one (on the TC hook, or an AF_XDP socket) can read it.
 *
 *     | headroom ... | mark | packet, at most 128 bytes |
 *                    data_meta  data                    data_end
 */
#include "parse.h"

const volatile __u32 keep_bytes = 128;

/* A multiple of 4 bytes, at most 252: so the kernel wants it. */
struct mark {
	__u32 magic;
	__u32 original_bytes;
};

#define MARK_MAGIC 0x4b52414d /* "MARK" */

/* packets trimmed, and bytes taken off them */
__u64 trimmed_packets;
__u64 trimmed_bytes;

static __always_inline bool write_mark(struct xdp_md *ctx, __u32 original_bytes)
{
	struct mark *mark;

	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(*mark)) != 0)
		return false;
	/* The metadata's bound is the packet's first byte, and must be checked against that. */
	mark = (void *)(long)ctx->data_meta;
	if ((void *)(mark + 1) > (void *)(long)ctx->data)
		return false;
	mark->magic = MARK_MAGIC;
	mark->original_bytes = original_bytes;
	return true;
}

SEC("xdp")
int mark_and_trim(struct xdp_md *ctx)
{
	__u32 bytes = ctx->data_end - ctx->data;

	if (!write_mark(ctx, bytes))
		return XDP_ABORTED;
	if (bytes <= keep_bytes)
		return XDP_PASS;
	if (bpf_xdp_adjust_tail(ctx, (int)(keep_bytes - bytes)) != 0)
		return XDP_ABORTED;
	__sync_fetch_and_add(&trimmed_packets, 1);
	__sync_fetch_and_add(&trimmed_bytes, bytes - keep_bytes);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
