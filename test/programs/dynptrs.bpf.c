// SPDX-License-Identifier: MIT
/*
 * Exercises dynptrs over map values, packets and ring-buffer records, in and out of range; what each call answers is mixed
 * into `digest`, in order. Offsets and sizes come from the packet's length.
 */
#include "kfunc.h"

#define BUFFER_BYTES 16

struct value {
	__u8 bytes[64];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct value);
} values SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} records SEC(".maps");

__u64 digest;
__s64 answers[32];

static __always_inline void note(__u32 place, __s64 answer)
{
	answers[place & 31] = answer;
	digest = digest * 31 + (__u64)answer;
}

/* NULL, or the first bytes behind the pointer. */
static __always_inline __s64 seen(const void *pointer)
{
	return pointer ? *(const __u32 *)pointer : -1;
}

SEC("xdp")
int over_memory(struct xdp_md *context)
{
	__u32 length = context->data_end - context->data;
	struct bpf_dynptr memory, part;
	__u8 buffer[BUFFER_BYTES] = {};
	__u32 zero = 0;
	struct value *value = bpf_map_lookup_elem(&values, &zero);

	if (!value)
		return XDP_ABORTED;
	note(0, bpf_dynptr_from_mem(value, sizeof(*value), 1, &memory));
	note(1, bpf_dynptr_write(&memory, 0, buffer, 4, 0));
	note(2, bpf_dynptr_is_null(&memory));
	note(3, bpf_dynptr_size(&memory));
	note(4, bpf_dynptr_from_mem(value, sizeof(*value), 0, &memory));
	note(5, bpf_dynptr_size(&memory));
	note(6, bpf_dynptr_write(&memory, length & 63, &length, 4, 0));
	note(7, bpf_dynptr_write(&memory, 0, &length, 4, 1));
	note(8, bpf_dynptr_read(buffer, 8, &memory, length & 63, 0));
	note(9, bpf_dynptr_read(buffer, 8, &memory, 0, 1));
	note(10, *(__u64 *)buffer);
	note(11, seen(bpf_dynptr_data(&memory, length & 127, 4)));
	note(12, bpf_dynptr_clone(&memory, &part));
	note(13, bpf_dynptr_adjust(&part, length & 31, length & 63));
	note(14, bpf_dynptr_size(&part));
	note(15, bpf_dynptr_adjust(&part, 8, 4));
	note(16, bpf_dynptr_adjust(&part, 0, 65));
	note(17, seen(bpf_dynptr_slice(&part, 4, NULL, 4)));
	note(18, bpf_dynptr_is_rdonly(&part));
	note(19, bpf_dynptr_copy(&memory, length & 7, &part, 0, 8));
	note(20, bpf_dynptr_memset(&part, length & 15, 8, 0x5a));
	note(21, bpf_dynptr_memset(&part, 0, 100, 1));
	note(22, bpf_probe_read_kernel_dynptr(&part, 0, 4, value));
	return XDP_PASS;
}

SEC("xdp.frags")
int over_packet(struct xdp_md *context)
{
	__u32 length = bpf_xdp_get_buff_len(context);
	struct bpf_dynptr packet, part;
	__u8 buffer[BUFFER_BYTES] = {};
	__u8 *slice;

	note(0, bpf_dynptr_from_xdp(context, 1, &packet));
	note(1, bpf_dynptr_size(&packet));
	note(2, bpf_dynptr_from_xdp(context, 0, &packet));
	note(3, bpf_dynptr_size(&packet));
	note(4, bpf_dynptr_is_rdonly(&packet));
	note(5, bpf_dynptr_read(buffer, 12, &packet, 2, 0));
	note(6, *(__u64 *)buffer);
	note(7, bpf_dynptr_read(buffer, 16, &packet, length - 8, 0));
	note(8, bpf_dynptr_write(&packet, 6, buffer, 6, 0));
	note(9, bpf_dynptr_write(&packet, 0, buffer, 4, 1));
	note(10, seen(bpf_dynptr_slice(&packet, 12, NULL, 4)));
	note(11, seen(bpf_dynptr_slice(&packet, length - 2, buffer, 4)));
	note(12, seen(bpf_dynptr_slice(&packet, 3518, NULL, 4)));
	note(13, seen(bpf_dynptr_slice(&packet, 3518, buffer, 4)));
	note(14, seen(bpf_dynptr_slice(&packet, 3600, buffer, 4)));
	slice = bpf_dynptr_slice_rdwr(&packet, 3600, buffer, 8);
	if (slice)
		slice[1] ^= 0xff;
	note(15, bpf_dynptr_clone(&packet, &part));
	note(16, bpf_dynptr_adjust(&part, 14, length));
	note(17, bpf_dynptr_size(&part));
	note(18, seen(bpf_dynptr_slice(&part, 0, buffer, 4)));
	note(19, bpf_dynptr_memset(&part, 3500, 100, 7));
	note(20, bpf_dynptr_copy(&packet, 0, &part, 3490, 40));
	note(21, bpf_dynptr_copy(&part, 3450, &packet, 3460, 100));
	note(22, (__s64)(bpf_dynptr_data(&packet, 0, 4) != NULL));
	note(23, bpf_dynptr_memset(&packet, 12, 2, 0x88));
	return XDP_TX;
}

SEC("xdp")
int over_records(struct xdp_md *context)
{
	__u32 length = context->data_end - context->data;
	struct bpf_dynptr record;
	__u8 *data;

	note(0, bpf_ringbuf_reserve_dynptr(&records, length & 255, 0, &record));
	note(1, bpf_dynptr_write(&record, length & 127, &length, 4, 0));
	data = bpf_dynptr_data(&record, 8, 4);
	if (data)
		data[0] = 1;
	note(2, data != NULL);
	if (length & 1)
		bpf_ringbuf_submit_dynptr(&record, 0);
	else
		bpf_ringbuf_discard_dynptr(&record, 0);
	note(3, bpf_ringbuf_reserve_dynptr(&records, 8, 1, &record));
	bpf_ringbuf_submit_dynptr(&record, 0);
	note(4, bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA));
	note(5, bpf_ringbuf_query(&records, BPF_RB_PROD_POS));
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
