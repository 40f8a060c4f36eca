// SPDX-License-Identifier: MIT
/*
 * Moves every bound that a packet has, by amounts taken from its own bytes: among a few hundred packets some ask for
 * too much headroom, a length below an Ethernet header, metadata of an odd size, or bytes past the end. What each helper
 * answered is kept in `outcomes`. Memory that a move exposes is overwritten before anybody can see it, so that the
 * resulting packet depends on the packet alone.
 */
#include "parse.h"

enum step {
	STEP_LOAD_SEED,
	STEP_ADJUST_META,
	STEP_ADJUST_HEAD,
	STEP_FILL_HEAD,
	STEP_ADJUST_TAIL,
	STEP_LOAD_BYTES,
	STEP_STORE_BYTES,
	STEP_BUFFER_LENGTH,
	STEP_COUNT,
};

struct outcome {
	__u64 calls;
	__u64 failures;
	__s64 last; /* result */
	__u64 history; /* all results, one mixed into the other */
};

/* The key is an enum step. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, STEP_COUNT);
	__type(key, __u32);
	__type(value, struct outcome);
} outcomes SEC(".maps");

#define MAX_HEAD_MOVE 320
#define MAX_META_BYTES 288
#define MAX_TAIL_MOVE 4096
#define MAX_COPY_BYTES 32

/* What exposed headroom is overwritten with. Not constant: helpers take only writable memory for this argument. */
__u8 filler[MAX_HEAD_MOVE] = { 0xf1, 0x11 };

static __always_inline long record(enum step step, long result)
{
	__u32 key = step;
	struct outcome *outcome = bpf_map_lookup_elem(&outcomes, &key);

	if (!outcome)
		return result;
	outcome->calls += 1;
	if (result < 0)
		outcome->failures += 1;
	outcome->last = result;
	outcome->history = (outcome->history << 7 | outcome->history >> 57) ^ (__u64)result;
	return result;
}

/* Spreads the seed's bits, so that all that is cut from it looks unrelated. */
static __always_inline __u64 scramble(__u64 seed)
{
	seed *= 0x9e3779b97f4a7c15;
	return seed ^ seed >> 32;
}

/* Takes 0 to MAX_META_BYTES - 1 bytes of metadata, every other time a multiple of 4, and fills what it was given. */
static __always_inline void move_meta(struct xdp_md *ctx, __u32 amount)
{
	int bytes = amount % MAX_META_BYTES;
	__u8 *meta, *data;

	if (amount & 0x10000)
		bytes &= ~3;
	if (record(STEP_ADJUST_META, bpf_xdp_adjust_meta(ctx, -bytes)) != 0)
		return;
	meta = (void *)(long)ctx->data_meta;
	data = (void *)(long)ctx->data;
	for (int i = 0; i < MAX_META_BYTES && meta + i + 1 <= data; i++)
		meta[i] = i;
}

/* Moves the head by -MAX_HEAD_MOVE to MAX_HEAD_MOVE bytes. */
static __always_inline void move_head(struct xdp_md *ctx, __u32 amount)
{
	int bytes = (int)(amount % (2 * MAX_HEAD_MOVE + 1)) - MAX_HEAD_MOVE;
	__u32 exposed;

	if (record(STEP_ADJUST_HEAD, bpf_xdp_adjust_head(ctx, bytes)) != 0 || bytes >= 0)
		return;
	exposed = -bytes;
	if (exposed >= 1 && exposed <= MAX_HEAD_MOVE)
		record(STEP_FILL_HEAD, bpf_xdp_store_bytes(ctx, 0, filler, exposed));
}

/* Moves the end by -MAX_TAIL_MOVE / 2 to MAX_TAIL_MOVE / 2 - 1 bytes. The kernel itself clears what growing exposes. */
static __always_inline void move_tail(struct xdp_md *ctx, __u32 amount)
{
	int bytes = (int)(amount % MAX_TAIL_MOVE) - MAX_TAIL_MOVE / 2;

	/* Every other packet moves a little only. */
	if (amount & 0x10000)
		bytes >>= 5;
	record(STEP_ADJUST_TAIL, bpf_xdp_adjust_tail(ctx, bytes));
}

/* Copies 1 to MAX_COPY_BYTES bytes from one place of the packet to another; either may lie past the end. */
static __always_inline void copy_bytes(struct xdp_md *ctx, __u32 amount)
{
	__u8 buffer[MAX_COPY_BYTES] = {};
	__u32 bytes = amount % MAX_COPY_BYTES + 1;
	__u32 from = amount >> 8 & 0xff;
	__u32 to = amount >> 16 & 0x3ff;

	if (record(STEP_LOAD_BYTES, bpf_xdp_load_bytes(ctx, from, buffer, bytes)) == 0)
		record(STEP_STORE_BYTES, bpf_xdp_store_bytes(ctx, to, buffer, bytes));
}

SEC("xdp")
int adjust_all(struct xdp_md *ctx)
{
	__u64 seed = 0, more;

	/* From the network header's identification and checksum, if it is IPv4: these differ from packet to packet. */
	if (record(STEP_LOAD_SEED, bpf_xdp_load_bytes(ctx, 18, &seed, sizeof(seed))) != 0)
		return XDP_DROP;
	seed = scramble(seed);
	more = scramble(seed);

	if (seed & 1) {
		move_meta(ctx, seed >> 8);
		move_head(ctx, seed >> 32);
	} else {
		move_head(ctx, seed >> 32);
		move_meta(ctx, seed >> 8);
	}
	if (seed & 2)
		move_tail(ctx, more);
	copy_bytes(ctx, more >> 24);
	record(STEP_BUFFER_LENGTH, bpf_xdp_get_buff_len(ctx));
	return seed & 4 ? XDP_TX : XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
