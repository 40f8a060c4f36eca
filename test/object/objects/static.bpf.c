// A static function in a program section: libbpf refuses it.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
static __noinline int helper(int value)
{
	return value & 1;
}

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return helper(ctx->rx_queue_index) ? XDP_PASS : XDP_DROP;
}

SEC("?xdp")
int independent(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
