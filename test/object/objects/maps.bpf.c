// Every way to write a map down in `.maps`: sizes, types, flags, inner maps, initial slots, pinning, NUMA node, map_extra.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct key {
	__u32 address;
	__u16 port;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct key);
	__type(value, __u64);
	__uint(key_size, sizeof(struct key));
	__uint(max_entries, 100);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE);
	__uint(numa_node, 0);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} sessions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(value_size, 8);
	__uint(max_entries, 1000);
	__uint(map_extra, 3);
} seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 5000);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 4);
} first SEC(".maps"), second SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, __u32);
	__array(values, struct inner);
} tables SEC(".maps") = { .values = { [1] = &first, [6] = &second } };

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__uint(key_size, 4);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(key_size, 4);
		__uint(value_size, 16);
		__uint(max_entries, 10);
	});
} by_number SEC(".maps");

int tail_pass(struct xdp_md *ctx);
int tail_drop(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, int(void *));
} stages SEC(".maps") = { .values = { [0] = (void *)&tail_pass, [3] = (void *)&tail_drop } };

SEC("xdp")
int tail_pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int tail_drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("xdp")
int use_maps(struct xdp_md *ctx)
{
	struct key key = { .address = ctx->rx_queue_index };
	__u32 slot = 1;
	__u64 value = 1, *count;
	void *table;

	bpf_map_update_elem(&sessions, &key, &value, BPF_ANY);
	bpf_map_push_elem(&seen, &value, 0);
	bpf_ringbuf_output(&samples, &value, sizeof(value), 0);
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &value, sizeof(value));
	table = bpf_map_lookup_elem(&tables, &slot);
	if (table) {
		count = bpf_map_lookup_elem(table, &slot);
		if (count)
			*count += 1;
	}
	if (bpf_map_lookup_elem(&by_number, &slot))
		bpf_tail_call(ctx, &stages, 0);
	bpf_tail_call(ctx, &stages, 3);
	return XDP_ABORTED;
}

char _license[] SEC("license") = "GPL";
