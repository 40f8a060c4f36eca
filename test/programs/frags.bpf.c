// SPDX-License-Identifier: MIT
/*
 * Packets longer than a buffer arrive in fragments, and only programs in "xdp.frags" get to see them. data and data_end
 * bound the first fragment; helpers reach the rest. This program sums all bytes, wherever they lie, writes the sum over
 * the last 8 of them, and trims or grows some packets by a few bytes.
 */
#include "parse.h"

#define CHUNK_BYTES 64
#define MAX_CHUNKS 1100 /* of 64 bytes: more than the 64 KiB that a packet can have */

struct totals {
	__u64 packets;
	__u64 fragmented;   /* packets of more than one fragment */
	__u64 bytes;        /* in all fragments */
	__u64 linear_bytes; /* in the first ones */
	__u64 sum;
	__u64 grown, not_grown;
	__u64 trimmed, not_trimmed;
	__s64 last_tail_result;
};

struct totals totals;

struct sum_context {
	struct xdp_md *ctx;
	__u64 length;
	__u64 sum;
};

/* Adds 64 bytes, or as many single ones as there are at the end. A chunk may begin in one fragment and end in the next. */
static long sum_chunk(__u32 index, void *data)
{
	struct sum_context *context = data;
	__u64 words[CHUNK_BYTES / 8] = {};
	__u64 offset = (__u64)index * CHUNK_BYTES, left;

	if (offset >= context->length)
		return 1;
	left = context->length - offset;
	if (left > CHUNK_BYTES)
		left = CHUNK_BYTES;
	/* The compiler knows that left is 1 or more; hide that, or it leaves out the check that the verifier asks for. */
	asm volatile("" : "+r"(left));
	if (left == 0 || left > CHUNK_BYTES)
		return 1;
	if (bpf_xdp_load_bytes(context->ctx, offset, words, left) != 0)
		return 1;
	for (int i = 0; i < CHUNK_BYTES / 8; i++)
		context->sum = (context->sum ^ words[i]) * 0x100000001b3;
	return 0;
}

static __always_inline void change_length(struct xdp_md *ctx, __u64 length)
{
	int change = length % 3 == 0 ? 0 : length % 3 == 1 ? 24 : -40;
	long result;

	if (change == 0)
		return;
	result = bpf_xdp_adjust_tail(ctx, change);
	totals.last_tail_result = result;
	if (change > 0)
		*(result == 0 ? &totals.grown : &totals.not_grown) += 1;
	else
		*(result == 0 ? &totals.trimmed : &totals.not_trimmed) += 1;
}

SEC("xdp.frags")
int sum_fragments(struct xdp_md *ctx)
{
	struct sum_context context = { .ctx = ctx, .length = bpf_xdp_get_buff_len(ctx) };
	__u64 linear = ctx->data_end - ctx->data;

	bpf_loop(MAX_CHUNKS, sum_chunk, &context, 0);
	totals.packets += 1;
	totals.bytes += context.length;
	totals.linear_bytes += linear;
	totals.sum ^= context.sum;
	if (context.length > linear)
		totals.fragmented += 1;

	if (context.length < sizeof(context.sum))
		return XDP_DROP;
	if (bpf_xdp_store_bytes(ctx, context.length - sizeof(context.sum), &context.sum, sizeof(context.sum)) != 0)
		return XDP_ABORTED;
	change_length(ctx, context.length);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
