// SPDX-License-Identifier: MIT
/*
 * What helpers answer that other programs do not call: text, queues, maps in maps, copies of other CPUs, memory, the network around,
 * a task that is none. What each call answers is mixed into a digest in `digests`, in order; arguments follow from the packet's length
 * modulo 32.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define LENGTHS 32
#define MOST_CPUS 256

struct digest {
	__u64 value;
	__u64 last[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct digest);
} digests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 3);
	__type(value, __u64);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 3);
	__type(value, __u64);
} stack SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 1000);
	__type(value, __u64);
} bloom SEC(".maps");

struct inner_array {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} first SEC(".maps"), second SEC(".maps");

struct inner_hash {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} members SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct inner_array);
} arrays SEC(".maps") = { .values = { [0] = &first, [2] = &second } };

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct inner_hash);
} hashes SEC(".maps") = { .values = { [1] = &members } };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} copies SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} recent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} hashed_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} user_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} processors SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} records SEC(".maps");

/* Padded to 24 bytes each, zeros behind the text. */
const char numbers[LENGTHS][24] = {
	"0", "1", "-1", "12345", "-12345", "0x1f", "0X1F", "017", "08", "  9", " -9", "+5", "- 5", "", "-", "0x",
	"0xg", "abc", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
	"18446744073709551615", "18446744073709551616", "7 8", "7abc", "\t3", "1_000", "1.5", "0b11", "00", "zz",
};
/* None can be read. */
const __u64 nowhere[8] = {
	0, 8, 1ull << 33, 1ull << 46, 1ull << 48, 0xffff800000000000, 0xfffffffffffff000, 0xfffffffffffffff8,
};
const char format_of_numbers[] = "%d|%5u|%-6x|%08llx|%i|%%";
const char format_of_text[] = "%s|%c|%pI4|%5s";
const char greeting[] = "hello";

static __always_inline void note(struct digest *digest, __u32 place, __s64 answer)
{
	digest->last[place & 7] = answer;
	digest->value = digest->value * 31 + (__u64)answer;
}

static __always_inline __u32 length_of(struct xdp_md *context)
{
	return (context->data_end - context->data) & (LENGTHS - 1);
}

/* Only XDP_ABORTED where there is no such digest, which never is. */
#define WITH_DIGEST(name, number)                                                                                      \
	__u32 name##_key = number;                                                                                     \
	struct digest *name = bpf_map_lookup_elem(&digests, &name##_key);                                              \
	if (!name) return XDP_ABORTED

SEC("xdp")
int texts(struct xdp_md *context)
{
	__u32 length = length_of(context);
	const char *number = numbers[length];
	char text[24] = {}, out[40] = {};
	long signed_result = 7;
	unsigned long unsigned_result = 7;
	__u64 values[5] = { length, -1, length * 1000, -length, -5 };
	__u64 address = 0x0100007f + length;
	__u64 pieces[4] = { (__u64)number, 'a' + length, (__u64)&address, (__u64)greeting };
	WITH_DIGEST(digest, 0);

	bpf_probe_read_kernel(text, sizeof(text), number);
	note(digest, 0, bpf_strtol(text, 1 + length / 2, 0, &signed_result));
	note(digest, 1, signed_result);
	note(digest, 2, bpf_strtol(text, sizeof(text), 10, &signed_result));
	note(digest, 3, bpf_strtol(text, sizeof(text), length, &signed_result));
	note(digest, 4, signed_result);
	note(digest, 0, bpf_strtoul(text, sizeof(text), 16, &unsigned_result));
	note(digest, 1, unsigned_result);
	note(digest, 2, bpf_strtoul(text, sizeof(text), 0, &unsigned_result));
	note(digest, 3, unsigned_result);
	note(digest, 4, bpf_strtoul(text, sizeof(text), 0x100000008, &unsigned_result));
	note(digest, 5, bpf_strncmp(text, sizeof(text), greeting));
	note(digest, 6, bpf_strncmp("hello", 6, greeting) + bpf_strncmp("help", 5, greeting));
	note(digest, 7, bpf_snprintf(out, 1 + length, format_of_numbers, values, sizeof(values)));
	note(digest, 0, *(__u64 *)out);
	note(digest, 1, *(__u64 *)(out + 16));
	note(digest, 2, bpf_snprintf(out, sizeof(out), format_of_text, pieces, sizeof(pieces)));
	note(digest, 3, *(__u64 *)out);
	note(digest, 4, *(__u64 *)(out + 16));
	return XDP_PASS;
}

SEC("xdp")
int queues(struct xdp_md *context)
{
	__u64 value = length_of(context);
	__u64 out = 99;
	WITH_DIGEST(digest, 1);

	note(digest, 0, bpf_map_push_elem(&queue, &value, value & 3));
	note(digest, 1, bpf_map_push_elem(&stack, &value, value & 3));
	note(digest, 2, bpf_map_peek_elem(&queue, &out));
	note(digest, 3, out);
	note(digest, 4, bpf_map_peek_elem(&stack, &out));
	note(digest, 5, out);
	note(digest, 6, bpf_map_push_elem(&queue, &value, BPF_EXIST));
	note(digest, 7, bpf_map_push_elem(&stack, &value, BPF_EXIST));
	note(digest, 0, value & 4 ? bpf_map_pop_elem(&queue, &out) : 1);
	note(digest, 1, out);
	note(digest, 2, value & 8 ? bpf_map_pop_elem(&stack, &out) : 1);
	note(digest, 3, value & 8 ? bpf_map_pop_elem(&stack, &out) : 1);
	note(digest, 4, out);
	note(digest, 5, bpf_map_push_elem(&bloom, &value, value & 1));
	note(digest, 6, bpf_map_push_elem(&bloom, &value, 0));
	note(digest, 7, bpf_map_peek_elem(&bloom, &value));
	return XDP_PASS;
}

static __always_inline void visit(struct digest *digest, void *inner, __u32 key, __u64 number)
{
	__u64 *value = inner ? bpf_map_lookup_elem(inner, &key) : NULL;

	note(digest, 0, inner != NULL);
	note(digest, 1, value ? *value : 77);
	note(digest, 2, inner ? bpf_map_update_elem(inner, &key, &number, number & 3) : 88);
	note(digest, 3, inner ? bpf_map_delete_elem(inner, &key) : 99);
	note(digest, 4, inner ? bpf_map_update_elem(inner, &key, &number, BPF_ANY) : 88);
}

SEC("xdp")
int nested(struct xdp_md *context)
{
	__u32 length = length_of(context), key = length & 7, zero = 0, one = 1;
	WITH_DIGEST(digest, 2);

	visit(digest, bpf_map_lookup_elem(&arrays, &key), length >> 3, length);
	visit(digest, bpf_map_lookup_elem(&arrays, &zero), length & 3, length);
	visit(digest, bpf_map_lookup_elem(&hashes, &key), length >> 3, length);
	visit(digest, bpf_map_lookup_elem(&hashes, &one), length & 3, length);
	return XDP_PASS;
}

SEC("xdp")
int other_copies(struct xdp_md *context)
{
	__u32 length = length_of(context), key = length & 3;
	__u64 number = length, *value;
	WITH_DIGEST(digest, 3);

	note(digest, 0, bpf_map_update_elem(&copies, &key, &number, BPF_ANY));
	note(digest, 1, bpf_map_update_elem(&recent, &key, &number, length & 3));
	value = bpf_map_lookup_percpu_elem(&copies, &key, 0);
	note(digest, 2, value ? *value : 77);
	value = bpf_map_lookup_percpu_elem(&copies, &key, MOST_CPUS << 10);
	note(digest, 3, value ? *value : 77);
	value = bpf_map_lookup_percpu_elem(&recent, &key, 0);
	note(digest, 4, value ? *value : 77);
	note(digest, 5, bpf_get_smp_processor_id());
	return XDP_PASS;
}

SEC("xdp")
int memory(struct xdp_md *context)
{
	__u32 length = length_of(context);
	char text[24] = "untouched";
	__u64 word = 5;
	WITH_DIGEST(digest, 4);

	note(digest, 0, bpf_probe_read_kernel(text, length & 15, numbers[length]));
	note(digest, 1, *(__u64 *)text);
	note(digest, 2, bpf_probe_read_kernel_str(text, length & 7, numbers[length]));
	note(digest, 3, *(__u64 *)text);
	note(digest, 4, bpf_probe_read_kernel(&word, sizeof(word), (void *)nowhere[length & 7]));
	note(digest, 5, word);
	note(digest, 6, bpf_probe_read_kernel_str(text, sizeof(text), (void *)nowhere[length & 7]));
	note(digest, 7, *(__u64 *)(text + 8));
	note(digest, 0, bpf_probe_read_user(&word, sizeof(word), NULL));
	note(digest, 1, bpf_probe_read_user_str(text, sizeof(text), NULL));
	note(digest, 2, *(__u64 *)text);
	return XDP_PASS;
}

#define RELEASE(socket) ((socket) ? bpf_sk_release(socket) : 0)

SEC("xdp")
int around(struct xdp_md *context)
{
	__u32 length = length_of(context), mtu = length & 1 ? 0 : length << 11;
	struct bpf_sock_tuple tuple = {};
	struct bpf_fib_lookup route = { .family = length & 7, .ifindex = length >> 4 };
	struct bpf_sock *socket;
	WITH_DIGEST(digest, 5);

	note(digest, 0, bpf_check_mtu(context, length >> 3, &mtu, length << 8, length == 31));
	note(digest, 1, mtu);
	note(digest, 2, bpf_fib_lookup(context, &route, sizeof(route), length >> 2));
	socket = bpf_sk_lookup_tcp(context, &tuple, length & 8 ? 12 : 36, length & 1 ? -1 : length, length >> 4);
	note(digest, 3, !socket);
	RELEASE(socket);
	socket = bpf_sk_lookup_udp(context, &tuple, length & 8 ? 12 : length, -1, 0);
	note(digest, 4, !socket);
	RELEASE(socket);
	socket = bpf_skc_lookup_tcp(context, &tuple, sizeof(tuple.ipv4), -1, 0);
	note(digest, 5, !socket);
	RELEASE(socket);
	return XDP_PASS;
}

SEC("xdp")
int nobody(struct xdp_md *context)
{
	__u32 length = length_of(context);
	struct bpf_perf_event_value counter = { .counter = 5 };
	__u64 branches[3] = { 1, 2, 3 };
	WITH_DIGEST(digest, 6);

	note(digest, 0, bpf_get_numa_node_id());
	note(digest, 1, bpf_perf_event_read(&counters, length));
	note(digest, 2, bpf_perf_event_read(&counters, 0x100000000 + length));
	note(digest, 3, bpf_perf_event_read_value(&counters, length, &counter, sizeof(counter)));
	note(digest, 4, counter.counter);
	note(digest, 5, bpf_current_task_under_cgroup(&groups, length));
	note(digest, 6, bpf_get_branch_snapshot(branches, sizeof(branches), 1 + length));
	note(digest, 7, bpf_get_cgroup_classid((void *)context));
	return XDP_PASS;
}

static long drained(struct bpf_dynptr *record, void *count)
{
	(void)record;
	*(__u64 *)count += 1;
	return 0;
}

SEC("xdp")
int empty(struct xdp_md *context)
{
	__u32 length = length_of(context), key = length & 3;
	__u64 count = 0;
	struct bpf_sock *socket;
	WITH_DIGEST(digest, 7);

	socket = bpf_map_lookup_elem(&sockets, &key);
	note(digest, 0, !socket);
	RELEASE(socket);
	socket = bpf_map_lookup_elem(&hashed_sockets, &key);
	note(digest, 1, !socket);
	RELEASE(socket);
	note(digest, 2, bpf_map_delete_elem(&sockets, &key));
	note(digest, 3, bpf_map_delete_elem(&hashed_sockets, &key));
	note(digest, 4, !bpf_map_lookup_elem(&user_sockets, &key));
	note(digest, 5, bpf_redirect_map(&user_sockets, key, length >> 3));
	note(digest, 6, bpf_redirect_map(&processors, key, length >> 3));
	note(digest, 7, bpf_user_ringbuf_drain(&records, drained, &count, length >> 2));
	note(digest, 0, count);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
