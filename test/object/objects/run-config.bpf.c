// What libxdp is told about programs, in BTF alone.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(priority, 10);
	__uint(XDP_PASS, 1);
	__uint(XDP_DROP, 1);
} _early SEC(".xdp_run_config");

struct {
	__uint(priority, 90);
	__uint(XDP_PASS, 0);
	__uint(XDP_TX, 1);
} _late SEC(".xdp_run_config");

SEC("xdp")
int early(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int late(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int silent(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
