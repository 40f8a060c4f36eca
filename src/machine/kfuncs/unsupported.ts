// The kernel functions that Linux gives XDP programs and this machine does not have, each with what it would take.
import type { XdpKfuncName } from '../../platform/kfuncs.js';

const CGROUPS = 'there are no control groups here';
const TASKS = 'there are no tasks here';
const OTHER_CONTEXT = 'it takes the context of another program type';
const KEYS = 'there are no key rings here';
const USER = 'there is no user memory here';
const IPSEC = 'there are no IPsec states here';
const LATER = 'nothing runs later in a task here';
const KERNEL = 'it looks into the kernel itself';

/** By name: why it is not here. */
export const UNSUPPORTED_KFUNCS = {
  bpf_cast_to_kern_ctx: KERNEL,
  bpf_cgroup_acquire: CGROUPS,
  bpf_cgroup_ancestor: CGROUPS,
  bpf_cgroup_read_xattr: CGROUPS,
  bpf_cgroup_release: CGROUPS,
  bpf_crypto_decrypt: KEYS,
  bpf_crypto_encrypt: KEYS,
  bpf_get_kmem_cache: KERNEL,
  bpf_iter_css_destroy: CGROUPS,
  bpf_iter_css_new: CGROUPS,
  bpf_iter_css_next: CGROUPS,
  bpf_iter_css_task_destroy: CGROUPS,
  bpf_iter_css_task_new: CGROUPS,
  bpf_iter_css_task_next: CGROUPS,
  bpf_iter_task_destroy: TASKS,
  bpf_iter_task_new: TASKS,
  bpf_iter_task_next: TASKS,
  bpf_iter_task_vma_destroy: TASKS,
  bpf_iter_task_vma_new: TASKS,
  bpf_iter_task_vma_next: TASKS,
  bpf_key_put: KEYS,
  bpf_lookup_system_key: KEYS,
  bpf_modify_return_test_tp: KERNEL,
  bpf_probe_read_kernel_str_dynptr: KERNEL,
  bpf_probe_read_user_dynptr: USER,
  bpf_probe_read_user_str_dynptr: USER,
  bpf_send_signal_task: TASKS,
  bpf_skb_ct_alloc: OTHER_CONTEXT,
  bpf_skb_ct_lookup: OTHER_CONTEXT,
  bpf_stream_vprintk_impl: 'there are no streams of programs here',
  bpf_task_acquire: TASKS,
  bpf_task_get_cgroup1: TASKS,
  bpf_task_release: TASKS,
  bpf_task_under_cgroup: TASKS,
  bpf_task_work_schedule_resume_impl: LATER,
  bpf_task_work_schedule_signal_impl: LATER,
  bpf_xdp_get_xfrm_state: IPSEC,
  bpf_xdp_xfrm_state_release: IPSEC,
} as const satisfies Partial<Record<XdpKfuncName, string>>;
