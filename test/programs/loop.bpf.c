// SPDX-License-Identifier: MIT
/*
 * Loops that the verifier does not unroll: bpf_loop calls a function up to 2^23 times, bpf_for_each_map_elem calls one
 * for every entry of a map. Either hands its callback a pointer to a context on the caller's stack.
 *
 * Every packet's bytes are summed in 16-bit words; every 16th packet, the counters are gone through.
 */
#include "parse.h"

#define CHUNK_BYTES 32
#define MAX_CHUNKS 128
#define REVIEW_EVERY 16

/* The key is a packet's length in chunks, the value how many packets were that long. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_CHUNKS + 1);
	__type(key, __u32);
	__type(value, __u64);
} lengths SEC(".maps");

/* The key is the low bits of a packet's sum, the value how many packets had it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} sums SEC(".maps");

struct totals {
	__u64 packets;       /* seen */
	__u64 words;         /* summed */
	__u64 sum;           /* of all words of all packets */
	__u64 reviewed;      /* entries of either map that callbacks were called for */
	__u64 counted;       /* what the entries of `lengths` come to */
	__u64 stopped_early; /* reviews of `sums` that ended before the last entry */
	__u64 refused_loop;  /* what bpf_loop says about flags it does not know */
};

struct totals totals;

struct sum_context {
	struct xdp_md *ctx;
	__u32 length;
	__u32 words;
	__u64 sum;
};

/* Returns 0 to go on, or 1 to end the loop. */
static long sum_chunk(__u32 index, void *data)
{
	struct sum_context *context = data;
	__u16 words[CHUNK_BYTES / 2] = {};
	__u32 offset = index * CHUNK_BYTES;

	if (offset + CHUNK_BYTES > context->length)
		return 1;
	if (bpf_xdp_load_bytes(context->ctx, offset, words, sizeof(words)) != 0)
		return 1;
	for (int i = 0; i < CHUNK_BYTES / 2; i++)
		context->sum += words[i];
	context->words += CHUNK_BYTES / 2;
	return 0;
}

static long add_length(void *map UNUSED, const void *key, void *value, void *context)
{
	(void)key;
	totals.reviewed += 1;
	*(__u64 *)context += *(__u64 *)value;
	return 0;
}

/* Ends at the first sum that was never seen. */
static long find_unused(void *map UNUSED, const void *key, void *value, void *context)
{
	totals.reviewed += 1;
	if (*(__u64 *)value != 0)
		return 0;
	*(__u32 *)context = *(const __u32 *)key;
	return 1;
}

static __always_inline void count_length(__u32 chunks)
{
	__u64 one = 1, *packets = bpf_map_lookup_elem(&lengths, &chunks);

	if (packets)
		*packets += 1;
	else
		bpf_map_update_elem(&lengths, &chunks, &one, BPF_NOEXIST);
}

static __always_inline void count_sum(__u64 sum)
{
	__u32 key = sum % 16;
	__u64 *packets = bpf_map_lookup_elem(&sums, &key);

	if (packets)
		*packets += 1;
}

static __always_inline void review(void)
{
	__u32 unused = 16;
	__u64 counted = 0;

	bpf_for_each_map_elem(&lengths, add_length, &counted, 0);
	totals.counted = counted;
	bpf_for_each_map_elem(&sums, find_unused, &unused, 0);
	if (unused < 16)
		totals.stopped_early += 1;
}

SEC("xdp")
int sum_packets(struct xdp_md *ctx)
{
	struct sum_context context = { .ctx = ctx, .length = ctx->data_end - ctx->data };
	long iterations;

	iterations = bpf_loop(MAX_CHUNKS, sum_chunk, &context, 0);
	if (iterations < 0)
		return XDP_ABORTED;
	totals.packets += 1;
	totals.words += context.words;
	totals.sum += context.sum;
	totals.refused_loop = bpf_loop(1, sum_chunk, &context, 1);
	count_length(context.length / CHUNK_BYTES);
	count_sum(context.sum);
	if (totals.packets % REVIEW_EVERY == 0)
		review();
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
