// All kinds of CO-RE relocations, on types that look different from the kernel's.
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define PRESERVED __attribute__((preserve_access_index))

/* The kernel's has more members, in other places. */
struct net_device {
	unsigned int mtu;
	int ifindex;
	char name[16];
} PRESERVED;

struct net_device___older {
	int ifindex;
	int member_that_never_was;
} PRESERVED;

struct type_that_never_was {
	int member;
} PRESERVED;

struct sk_buff {
	__u16 protocol;
	__u8 pkt_type : 3;
	__u8 ip_summed : 2;
	unsigned int len;
	/* As wide as it never was: an unsigned integer may be read with another width. */
	__u64 hash;
} PRESERVED;

struct list_head {
	struct list_head *next, *prev;
} PRESERVED;

struct task_struct {
	int pid;
	struct list_head tasks;
	char comm[16];
} PRESERVED;

enum bpf_map_type___mine {
	BPF_MAP_TYPE_CPUMAP___mine = 77,
	BPF_MAP_TYPE_THAT_NEVER_WAS___mine = 78,
};

volatile __u64 results[32];

SEC("xdp")
int ask_kernel(struct xdp_md *ctx)
{
	struct net_device *device = (void *)(long)ctx->ingress_ifindex;
	struct net_device___older *older = (void *)device;
	struct sk_buff *skb = (void *)device;
	struct task_struct *task = (void *)device;
	struct type_that_never_was *never = (void *)device;

	results[0] = (__u64)(long)__builtin_preserve_access_index(&device->mtu);
	results[1] = bpf_core_field_size(device->name);
	results[2] = bpf_core_field_exists(older->member_that_never_was);
	results[3] = bpf_core_field_exists(older->ifindex);
	results[4] = bpf_core_field_offset(struct task_struct, tasks.prev);
	results[5] = bpf_core_type_id_local(struct net_device);
	results[6] = bpf_core_type_id_kernel(struct net_device);
	results[7] = bpf_core_type_id_kernel(struct type_that_never_was);
	results[8] = bpf_core_type_exists(struct net_device___older);
	results[9] = bpf_core_type_exists(struct type_that_never_was);
	results[10] = bpf_core_type_size(struct net_device);
	results[11] = bpf_core_type_matches(struct list_head);
	results[12] = bpf_core_type_matches(struct net_device);
	results[13] = bpf_core_enum_value_exists(enum bpf_map_type___mine, BPF_MAP_TYPE_CPUMAP___mine);
	results[14] = bpf_core_enum_value_exists(enum bpf_map_type___mine, BPF_MAP_TYPE_THAT_NEVER_WAS___mine);
	results[15] = bpf_core_enum_value(enum bpf_map_type___mine, BPF_MAP_TYPE_CPUMAP___mine);
	results[16] = BPF_CORE_READ_BITFIELD(skb, pkt_type);
	results[17] = BPF_CORE_READ_BITFIELD(skb, ip_summed);
	results[18] = skb->protocol;
	results[19] = skb->len;
	results[20] = skb->hash;
	results[21] = (__u64)(long)&task->comm[3];
	results[22] = __builtin_preserve_field_info(task->pid, BPF_FIELD_SIGNED);
	if (bpf_core_field_exists(never->member))
		results[23] = never->member;
	if (bpf_core_field_exists(older->member_that_never_was))
		results[24] = older->member_that_never_was;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
