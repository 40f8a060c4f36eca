// XDP programs beside programs of other types, in sections of every kind, with subprograms called in an order of their own.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

volatile int calls;

static __noinline int leaf(int value)
{
	calls += 1;
	return value + calls;
}

static __noinline int middle(int value)
{
	return leaf(value) * 3;
}

__noinline int global_first(int value)
{
	return middle(value) + leaf(value);
}

__hidden __noinline int hidden_one(int value)
{
	return leaf(value) - 1;
}

__weak __noinline int weak_one(int value)
{
	return value ^ calls;
}

static long each(__u32 index, void *context)
{
	*(int *)context += leaf(index);
	return 0;
}

SEC("xdp")
int first(struct xdp_md *ctx)
{
	int sum = weak_one(ctx->rx_queue_index);

	bpf_loop(4, each, &sum, 0);
	return (global_first(sum) + hidden_one(sum)) & 3;
}

SEC("xdp")
int second(struct xdp_md *ctx)
{
	return (hidden_one(ctx->ingress_ifindex) + middle(1)) & 3;
}

SEC("xdp.frags/devmap")
int for_devmap(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp/cpumap")
int for_cpumap(struct xdp_md *ctx)
{
	return leaf(0) & 1 ? XDP_PASS : XDP_DROP;
}

SEC("?xdp")
int on_demand(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("xdp_other")
int odd_name(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("tc")
int for_tc(struct __sk_buff *skb)
{
	return leaf(skb->len);
}

SEC("my_section")
int other_argument(struct __sk_buff *skb)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
