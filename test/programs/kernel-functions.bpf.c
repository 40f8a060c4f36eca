// SPDX-License-Identifier: MIT
/*
 * Exercises kernel functions: iterators, text, sections without preemption, pulling fragments into the linear part; what
 * each call answers is mixed into `digest`, in order.
 */
#include "kfunc.h"

#define TEXT_BYTES 32

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} lengths SEC(".maps");

__u64 digest;
__s64 answers[32];
char text[TEXT_BYTES] = "The quick brown fox";
const char part[] = "QUICK";
const char lower[] = "quick";
const char letters[] = "Teh ";
__u64 words[2] = { 0x8000000000000001, 0x5 };

static __always_inline void note(__u32 place, __s64 answer)
{
	answers[place & 31] = answer;
	digest = digest * 31 + (__u64)answer;
}

SEC("xdp")
int iterators(struct xdp_md *context)
{
	__u32 length = context->data_end - context->data;
	struct bpf_iter_num numbers;
	struct bpf_iter_bits bits;
	__u64 sum = 0;
	int *next;

	note(0, bpf_iter_num_new(&numbers, 3, length & 15));
	while ((next = bpf_iter_num_next(&numbers)))
		sum = sum * 3 + *next;
	bpf_iter_num_destroy(&numbers);
	note(1, sum);
	note(2, bpf_iter_num_new(&numbers, -5, 9000000));
	note(3, bpf_iter_num_next(&numbers) != NULL);
	bpf_iter_num_destroy(&numbers);
	note(4, bpf_iter_num_new(&numbers, -2, 2));
	while ((next = bpf_iter_num_next(&numbers)))
		sum = sum * 5 + *next;
	bpf_iter_num_destroy(&numbers);
	note(5, sum);
	words[0] = length;
	note(6, bpf_iter_bits_new(&bits, words, 1));
	while ((next = bpf_iter_bits_next(&bits)))
		sum = sum * 7 + *next;
	bpf_iter_bits_destroy(&bits);
	note(7, sum);
	note(8, bpf_iter_bits_new(&bits, words, 2));
	while ((next = bpf_iter_bits_next(&bits)))
		sum = sum * 7 + *next;
	bpf_iter_bits_destroy(&bits);
	note(9, sum);
	note(10, bpf_iter_bits_new(&bits, words, 0));
	note(11, bpf_iter_bits_next(&bits) != NULL);
	bpf_iter_bits_destroy(&bits);
	note(12, bpf_iter_bits_new(&bits, words, 512));
	bpf_iter_bits_destroy(&bits);
	return XDP_PASS;
}

SEC("xdp")
int sections(struct xdp_md *context)
{
	__u32 length = context->data_end - context->data;
	__u64 one = 1, *value;
	unsigned long flags;

	bpf_rcu_read_lock();
	bpf_map_update_elem(&lengths, &length, &one, BPF_ANY);
	bpf_rcu_read_unlock();
	bpf_preempt_disable();
	value = bpf_map_lookup_elem(&lengths, &length);
	if (value)
		*value += length;
	bpf_preempt_enable();
	bpf_local_irq_save(&flags);
	digest++;
	bpf_local_irq_restore(&flags);
	note(0, bpf_map_sum_elem_count((const struct bpf_map *)&lengths));
	return XDP_PASS;
}

SEC("xdp")
int texts(struct xdp_md *context)
{
	__u32 length = context->data_end - context->data;

	text[length & 15] = 'x';
	note(0, bpf_strlen(text));
	note(1, bpf_strnlen(text, 5));
	note(2, bpf_strchr(text, 'q'));
	note(3, bpf_strchr(text, 'Z'));
	note(4, bpf_strchr(text, 0));
	note(5, bpf_strchrnul(text, 'Z'));
	note(6, bpf_strnchr(text, 3, 'k'));
	note(7, bpf_strnchr(text, 30, 'k'));
	note(8, bpf_strrchr(text, 'o'));
	note(9, bpf_strcmp(text, part));
	note(10, bpf_strcmp(text, text));
	note(11, bpf_strcasecmp(part, lower));
	note(12, bpf_strspn(text, letters));
	note(13, bpf_strcspn(text, lower));
	note(14, bpf_strstr(text, lower));
	note(15, bpf_strstr(text, part));
	note(16, bpf_strnstr(text, lower, 6));
	note(17, bpf_strnstr(text, lower, 20));
	note(18, bpf_strnchr(text, 30, 0));
	note(19, bpf_strrchr(text, 0));
	note(20, bpf_strlen(NULL));
	note(21, bpf_strstr(text, ""));
	note(22, bpf_strnlen(text, 100));
	return XDP_PASS;
}

SEC("xdp.frags")
int pull(struct xdp_md *context)
{
	__u32 length = bpf_xdp_get_buff_len(context);

	note(0, bpf_xdp_pull_data(context, 64));
	note(1, bpf_xdp_pull_data(context, length + 1));
	note(2, bpf_xdp_pull_data(context, 3540));
	note(3, context->data_end - context->data);
	note(4, bpf_xdp_adjust_tail(context, 8));
	note(5, bpf_xdp_pull_data(context, 3700));
	note(6, context->data_end - context->data);
	note(7, bpf_xdp_pull_data(context, 3800));
	note(8, bpf_xdp_get_buff_len(context));
	note(9, bpf_xdp_adjust_tail(context, -300));
	return XDP_TX;
}

char _license[] SEC("license") = "GPL";
