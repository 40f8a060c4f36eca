// A program with a function of its own for what it throws; only a tag in BTF names it. libbpf knows these since 1.3.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern void bpf_throw(__u64 cookie) __ksym;

volatile int limit;

__noinline int on_throw(__u64 cookie)
{
	return limit;
}

static __noinline int next(int value)
{
	return value + limit;
}

__attribute__((btf_decl_tag("exception_callback:on_throw")))
SEC("xdp")
int prog(struct xdp_md *ctx)
{
	if (next(1) == 3)
		bpf_throw(2);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
