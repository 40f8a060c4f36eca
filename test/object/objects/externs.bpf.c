// What a program may only declare: values of the kernel's configuration, kernel functions and variables.
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>

extern int LINUX_KERNEL_VERSION __kconfig;
extern bool LINUX_HAS_BPF_COOKIE __kconfig __weak;
extern unsigned int CONFIG_HZ __kconfig;
extern bool CONFIG_BPF_SYSCALL __kconfig;
extern enum libbpf_tristate CONFIG_IPV6 __kconfig __weak;
extern char CONFIG_CC_VERSION_TEXT[16] __kconfig __weak;
extern long CONFIG_OF_NO_KERNEL __kconfig __weak;
extern short CONFIG_ALSO_OF_NONE __kconfig __weak;

extern int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __ksym __weak;
extern void bpf_of_no_kernel(void) __ksym __weak;
extern const int bpf_prog_active __ksym;
extern const void init_task __ksym __weak;

SEC("xdp")
int read_externs(struct xdp_md *ctx)
{
	__u64 timestamp = 0;
	int sum = LINUX_KERNEL_VERSION + CONFIG_HZ + CONFIG_OF_NO_KERNEL + CONFIG_ALSO_OF_NONE;

	if (CONFIG_BPF_SYSCALL && LINUX_HAS_BPF_COOKIE)
		sum += CONFIG_IPV6 + CONFIG_CC_VERSION_TEXT[2];
	if (&bpf_of_no_kernel)
		bpf_of_no_kernel();
	if (&init_task)
		sum++;
	if (bpf_per_cpu_ptr(&bpf_prog_active, 0))
		sum++;
	return sum & 1 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
