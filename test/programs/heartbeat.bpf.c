// SPDX-License-Identifier: MIT
/*
 * A timer that starts with the first packet and then beats every second; tells user space how many packets came
 * between two beats. The clock is that of the packets, so a real kernel counts differently.
 */
#include <linux/bpf.h>
#include <linux/time.h>
#include <bpf/bpf_helpers.h>

#define PERIOD_NANOS 1000000000ull

struct heart {
	__u64 packets;
	__u64 beats;
	__u64 last_beat_nanos;
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct heart);
} hearts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} beats SEC(".maps");

static int beat(void *map, __u32 *key, struct heart *heart)
{
	(void)map;
	heart->beats += *key;
	heart->last_beat_nanos = bpf_ktime_get_ns();
	bpf_ringbuf_output(&beats, &heart->packets, sizeof(heart->packets), 0);
	heart->packets = 0;
	bpf_timer_start(&heart->timer, PERIOD_NANOS, 0);
	return 0;
}

SEC("xdp")
int heartbeat(struct xdp_md *context)
{
	__u32 one = 1;
	struct heart *heart = bpf_map_lookup_elem(&hearts, &one);

	(void)context;
	if (!heart)
		return XDP_ABORTED;
	heart->packets++;
	if (bpf_timer_init(&heart->timer, &hearts, CLOCK_MONOTONIC) == 0) {
		bpf_timer_set_callback(&heart->timer, beat);
		bpf_timer_start(&heart->timer, PERIOD_NANOS, 0);
	}
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
