// SPDX-License-Identifier: MIT
/*
 * Every kind of map that a program fills by itself, and what each says to lookups, updates with each flag, and deletions:
 * of keys that are there and keys that are not, within bounds and past them, with room and without. The keys come from
 * the packet, the maps are small, and every answer is kept in `answers`, so that two implementations of maps can be held
 * against each other packet by packet. Everything passes.
 *
 * Which entry a full LRU map gives up differs between kernels and CPUs, so the LRU maps here are never full.
 */
#include "parse.h"

struct answer {
	__u64 calls;
	__s64 last;
	__u64 history; /* all answers, one mixed into the other */
};

enum operation {
	LOOKUP,
	UPDATE_ANY,
	UPDATE_NOEXIST,
	UPDATE_EXIST,
	UPDATE_BAD_FLAGS,
	DELETE,
	LOOKUP_AGAIN,
	OPERATION_COUNT,
};

enum animal {
	ANIMAL_ARRAY,
	ANIMAL_PERCPU_ARRAY,
	ANIMAL_HASH,
	ANIMAL_HASH_ON_DEMAND,
	ANIMAL_PERCPU_HASH,
	ANIMAL_LRU_HASH,
	ANIMAL_LRU_PERCPU_HASH,
	ANIMAL_LPM_TRIE,
	ANIMAL_COUNT,
};

/* The key is animal * OPERATION_COUNT + operation. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ANIMAL_COUNT * OPERATION_COUNT);
	__type(key, __u32);
	__type(value, struct answer);
} answers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 6);
	__type(key, __u32);
	__type(value, __u64);
} array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 6);
	__type(key, __u32);
	__type(value, __u64);
} percpu_array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 6);
	__type(key, __u32);
	__type(value, __u64);
} hash SEC(".maps");

/* Takes memory for an entry when it comes, and not for all at the start. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 5);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64);
} hash_on_demand SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 6);
	__type(key, __u32);
	__type(value, __u64);
} percpu_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} lru_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u64);
} lru_percpu_hash SEC(".maps");

struct prefix {
	__u32 length; /* in bits; what is past 32 is refused */
	__be32 address;
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 6);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u64);
} lpm_trie SEC(".maps");

__u64 packets;

static __always_inline void record(enum animal animal, enum operation operation, __s64 result)
{
	__u32 key = animal * OPERATION_COUNT + operation;
	struct answer *answer = bpf_map_lookup_elem(&answers, &key);

	if (!answer)
		return;
	answer->calls += 1;
	answer->last = result;
	answer->history = (answer->history << 7 | answer->history >> 57) ^ (__u64)result;
}

/* A lookup's answer: the value, or -1 for none. What is found is also counted up, in place. */
static __always_inline __s64 look_up(void *map, const void *key)
{
	__u64 *value = bpf_map_lookup_elem(map, key);

	return value ? (__s64)(*value)++ : -1;
}

/*
 * One packet's visit. `choice` says which of the writing operations are tried, so that keys come and go. The map must be
 * known for each call to a helper, hence a macro and not a function.
 */
#define VISIT(animal, map, key, choice)                                                                               \
	do {                                                                                                          \
		__u64 value_ = (choice);                                                                              \
                                                                                                                      \
		record(animal, LOOKUP, look_up(map, key));                                                            \
		if ((choice) & 1)                                                                                     \
			record(animal, UPDATE_ANY, bpf_map_update_elem(map, key, &value_, BPF_ANY));                  \
		if ((choice) & 2)                                                                                     \
			record(animal, UPDATE_NOEXIST, bpf_map_update_elem(map, key, &value_, BPF_NOEXIST));          \
		if ((choice) & 4)                                                                                     \
			record(animal, UPDATE_EXIST, bpf_map_update_elem(map, key, &value_, BPF_EXIST));              \
		if ((choice) & 8)                                                                                     \
			record(animal, UPDATE_BAD_FLAGS, bpf_map_update_elem(map, key, &value_, 99));                 \
		if ((choice) & 16)                                                                                    \
			record(animal, DELETE, bpf_map_delete_elem(map, key));                                        \
		record(animal, LOOKUP_AGAIN, look_up(map, key));                                                      \
	} while (0)

/* 32 bits that depend on all of the 24 bytes that follow the Ethernet header. */
static __always_inline __u32 mix_packet(const __u64 words[3])
{
	__u64 state = 0x9e3779b97f4a7c15;

	for (int i = 0; i < 3; i++)
		state = (state ^ words[i]) * 0xff51afd7ed558ccd;
	return state >> 32;
}

SEC("xdp")
int visit_maps(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	struct prefix prefix;
	__u32 mixed, choice, key;
	__u64 *words;

	if (!take_bytes(&cursor, sizeof(struct ethhdr)))
		return XDP_PASS;
	words = take_bytes(&cursor, 3 * sizeof(*words));
	if (!words)
		return XDP_PASS;

	packets += 1;
	mixed = mix_packet(words) + packets;
	choice = mixed & 31;
	key = mixed >> 5 & 7; /* 8 keys for 6 places: some are past the end, or find no room */
	VISIT(ANIMAL_ARRAY, &array, &key, choice);
	VISIT(ANIMAL_PERCPU_ARRAY, &percpu_array, &key, choice);
	VISIT(ANIMAL_HASH, &hash, &key, choice);
	VISIT(ANIMAL_HASH_ON_DEMAND, &hash_on_demand, &key, choice);
	VISIT(ANIMAL_PERCPU_HASH, &percpu_hash, &key, choice);
	VISIT(ANIMAL_LRU_HASH, &lru_hash, &key, choice);
	VISIT(ANIMAL_LRU_PERCPU_HASH, &lru_percpu_hash, &key, choice);

	/* Prefixes of 0 to 34 bits; bits behind the prefix do not count, so different keys may mean the same entry. */
	prefix.length = (mixed >> 8) % 35;
	if (mixed & 0x10000)
		prefix.length &= ~7;
	prefix.address = bpf_htonl(0x0a000000 | (mixed >> 17 & 0x3) << 22 | (mixed >> 19 & 0x3));
	VISIT(ANIMAL_LPM_TRIE, &lpm_trie, &prefix, choice);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
