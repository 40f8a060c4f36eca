// clang: -Wno-implicit-function-declaration
// The most common mistake: a function of the C library.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int ntohs(int value);

SEC("xdp")
int prog(struct xdp_md *ctx)
{
	return ntohs(ctx->rx_queue_index) ? XDP_PASS : XDP_DROP;
}

SEC("tc")
int for_tc(struct __sk_buff *skb)
{
	return ntohs(skb->len);
}

char _license[] SEC("license") = "GPL";
