// The 104 helper functions that Linux 6.18 lets XDP programs call, with what the verifier checks of each call.
// Read from the kernel's own prototypes (struct bpf_func_proto); the set was probed by loading one-call programs.
import type {
  ArgumentKind,
  CallbackArgument,
  HelperFacts,
  KernelObject,
  MemoryAccess,
  ResultKind,
} from './helper-types.js';

const CONTEXT = { kind: 'context' } as const satisfies ArgumentKind;
const MAP = { kind: 'map' } as const satisfies ArgumentKind;
const KEY = { kind: 'mapKey' } as const satisfies ArgumentKind;
const VALUE = { kind: 'mapValue', access: 'read', mayBeNull: false } as const satisfies ArgumentKind;
const VALUE_OR_NULL = { kind: 'mapValue', access: 'read', mayBeNull: true } as const satisfies ArgumentKind;
const VALUE_OUT = { kind: 'mapValue', access: 'write', mayBeNull: false } as const satisfies ArgumentKind;
const READ = memory('read');
const READ_OR_NULL = memory('read', true);
const WRITE = memory('write');
const UPDATE = memory('update');
const UPDATE_OR_NULL = memory('update', true);
const BYTES_20 = {
  kind: 'fixedMemory',
  access: 'read',
  sizeBytes: 20,
  isAligned: false,
} as const satisfies ArgumentKind;
const BYTES_40 = {
  kind: 'fixedMemory',
  access: 'read',
  sizeBytes: 40,
  isAligned: false,
} as const satisfies ArgumentKind;
const LONG_OUT = {
  kind: 'fixedMemory',
  access: 'write',
  sizeBytes: 8,
  isAligned: true,
} as const satisfies ArgumentKind;
const U32_IN_OUT = {
  kind: 'fixedMemory',
  access: 'update',
  sizeBytes: 4,
  isAligned: true,
} as const satisfies ArgumentKind;
const SIZE = { kind: 'size', mayBeZero: false } as const satisfies ArgumentKind;
const SIZE_OR_ZERO = { kind: 'size', mayBeZero: true } as const satisfies ArgumentKind;
const ALLOCATION_SIZE = { kind: 'allocationSize' } as const satisfies ArgumentKind;
const ANYTHING = { kind: 'anything' } as const satisfies ArgumentKind;
const SPIN_LOCK = { kind: 'spinLock' } as const satisfies ArgumentKind;
const TIMER = { kind: 'timer' } as const satisfies ArgumentKind;
const DYNPTR = { kind: 'dynptr', of: 'any', use: 'use' } as const satisfies ArgumentKind;
const NEW_LOCAL_DYNPTR = { kind: 'dynptr', of: 'local', use: 'create' } as const satisfies ArgumentKind;
const NEW_RINGBUF_DYNPTR = { kind: 'dynptr', of: 'ringbuf', use: 'create' } as const satisfies ArgumentKind;
const ENDED_RINGBUF_DYNPTR = { kind: 'dynptr', of: 'ringbuf', use: 'release' } as const satisfies ArgumentKind;
const EACH_ELEMENT = callback(['map', 'mapKey', 'mapValue', 'context'], 1);
const TIMER_EXPIRY = callback(['map', 'mapKey', 'mapValue'], 0);
const VMA_FOUND = callback(['task_struct', 'vm_area_struct', 'context'], 1);
const LOOP_BODY = callback(['index', 'context'], 1);
const USER_RECORD = callback(['dynptr', 'context'], 1);
const STACK_OR_NULL = { kind: 'stackOrNull' } as const satisfies ArgumentKind;
const TEXT = { kind: 'constantText' } as const satisfies ArgumentKind;
const SOCKET = { kind: 'socketObject' } as const satisfies ArgumentKind;
const SOCKET_COMMON = { kind: 'socketCommon' } as const satisfies ArgumentKind;
const TASK = { kind: 'kernelObject', object: 'task_struct', mayBeNull: false } as const satisfies ArgumentKind;
const TASK_OR_NULL = { kind: 'kernelObject', object: 'task_struct', mayBeNull: true } as const satisfies ArgumentKind;
const CGROUP_OR_NULL = { kind: 'kernelObject', object: 'cgroup', mayBeNull: true } as const satisfies ArgumentKind;
const KPTR_OR_NULL = { kind: 'kernelObject', object: 'kptr', mayBeNull: true } as const satisfies ArgumentKind;
const PER_CPU = { kind: 'perCpuObject' } as const satisfies ArgumentKind;
const RECORD = { kind: 'ringbufMemory' } as const satisfies ArgumentKind;
const KPTR_FIELD = { kind: 'kptrDestination' } as const satisfies ArgumentKind;

const INTEGER = { kind: 'integer' } as const satisfies ResultKind;
const VOID = { kind: 'void' } as const satisfies ResultKind;
const VALUE_RESULT = { kind: 'mapValueOrNull' } as const satisfies ResultKind;
const SOCKET_RESULT = { kind: 'socketOrNull' } as const satisfies ResultKind;
const SOCKET_COMMON_RESULT = { kind: 'socketCommonOrNull' } as const satisfies ResultKind;
const RECORD_OR_NULL = { kind: 'ringbufMemoryOrNull' } as const satisfies ResultKind;
const SLICE_OR_NULL = { kind: 'dynptrMemoryOrNull' } as const satisfies ResultKind;
const CPU_INSTANCE = { kind: 'perCpuInstance', mayBeNull: false } as const satisfies ResultKind;
const CPU_INSTANCE_OR_NULL = { kind: 'perCpuInstance', mayBeNull: true } as const satisfies ResultKind;
const CURRENT_TASK = object('task_struct', { isTrusted: true });
const TASK_REGISTERS = object('pt_regs', {});
const KPTR_RESULT = object('kptr', { mayBeNull: true });

/** Every helper that an XDP program may call on Linux 6.18, in order of ids. Its C declaration stands in `HELPER_SIGNATURES`. */
export const XDP_HELPERS = {
  map_lookup_elem: helper(1, [MAP, KEY], VALUE_RESULT, { packetAccess: true }),
  map_update_elem: helper(2, [MAP, KEY, VALUE, ANYTHING], INTEGER, { packetAccess: true }),
  map_delete_elem: helper(3, [MAP, KEY], INTEGER, { packetAccess: true }),
  ktime_get_ns: helper(5, [], INTEGER),
  trace_printk: helper(6, [READ, SIZE], INTEGER, { gplOnly: true }),
  get_prandom_u32: helper(7, [], INTEGER),
  get_smp_processor_id: helper(8, [], INTEGER),
  tail_call: helper(12, [CONTEXT, MAP, ANYTHING], VOID, { changesPacketData: true }),
  get_current_pid_tgid: helper(14, [], INTEGER, { xdpSince: '6.12' }),
  get_current_uid_gid: helper(15, [], INTEGER, { xdpSince: '6.18' }),
  get_current_comm: helper(16, [WRITE, SIZE], INTEGER, { xdpSince: '6.18' }),
  get_cgroup_classid: helper(17, [], INTEGER, { xdpSince: '6.18' }),
  perf_event_read: helper(22, [MAP, ANYTHING], INTEGER, { gplOnly: true, xdpSince: '6.18' }),
  redirect: helper(23, [ANYTHING, ANYTHING], INTEGER),
  perf_event_output: helper(25, [CONTEXT, MAP, ANYTHING, READ, SIZE_OR_ZERO], INTEGER, { gplOnly: true }),
  csum_diff: helper(28, [READ_OR_NULL, SIZE_OR_ZERO, READ_OR_NULL, SIZE_OR_ZERO, ANYTHING], INTEGER, {
    packetAccess: true,
  }),
  get_current_task: helper(35, [], INTEGER, { gplOnly: true }),
  current_task_under_cgroup: helper(37, [MAP, ANYTHING], INTEGER, { xdpSince: '6.18' }),
  get_numa_node_id: helper(42, [], INTEGER),
  xdp_adjust_head: helper(44, [CONTEXT, ANYTHING], INTEGER, { changesPacketData: true }),
  redirect_map: helper(51, [MAP, ANYTHING, ANYTHING], INTEGER),
  xdp_adjust_meta: helper(54, [CONTEXT, ANYTHING], INTEGER, { changesPacketData: true }),
  perf_event_read_value: helper(55, [MAP, ANYTHING, WRITE, SIZE], INTEGER, { gplOnly: true, xdpSince: '6.18' }),
  xdp_adjust_tail: helper(65, [CONTEXT, ANYTHING], INTEGER, { changesPacketData: true }),
  fib_lookup: helper(69, [CONTEXT, UPDATE, SIZE, ANYTHING], INTEGER, { gplOnly: true }),
  get_current_cgroup_id: helper(80, [], INTEGER, { xdpSince: '6.12' }),
  sk_lookup_tcp: helper(84, [CONTEXT, READ, SIZE_OR_ZERO, ANYTHING, ANYTHING], SOCKET_RESULT, {
    packetAccess: true,
    acquires: true,
  }),
  sk_lookup_udp: helper(85, [CONTEXT, READ, SIZE_OR_ZERO, ANYTHING, ANYTHING], SOCKET_RESULT, {
    packetAccess: true,
    acquires: true,
  }),
  sk_release: helper(86, [SOCKET], INTEGER, { releases: 0 }),
  map_push_elem: helper(87, [MAP, VALUE, ANYTHING], INTEGER, { packetAccess: true }),
  map_pop_elem: helper(88, [MAP, VALUE_OUT], INTEGER),
  map_peek_elem: helper(89, [MAP, VALUE_OUT], INTEGER),
  spin_lock: helper(93, [SPIN_LOCK], VOID),
  spin_unlock: helper(94, [SPIN_LOCK], VOID),
  skc_lookup_tcp: helper(99, [CONTEXT, READ, SIZE_OR_ZERO, ANYTHING, ANYTHING], SOCKET_COMMON_RESULT, {
    packetAccess: true,
    acquires: true,
  }),
  tcp_check_syncookie: helper(100, [SOCKET, READ, SIZE, READ, SIZE], INTEGER, { gplOnly: true, packetAccess: true }),
  strtol: helper(105, [READ, SIZE, ANYTHING, LONG_OUT], INTEGER),
  strtoul: helper(106, [READ, SIZE, ANYTHING, LONG_OUT], INTEGER),
  send_signal: helper(109, [ANYTHING], INTEGER, { xdpSince: '6.18' }),
  tcp_gen_syncookie: helper(110, [SOCKET, READ, SIZE, READ, SIZE], INTEGER, { gplOnly: true, packetAccess: true }),
  probe_read_user: helper(112, [WRITE, SIZE_OR_ZERO, ANYTHING], INTEGER, { gplOnly: true }),
  probe_read_kernel: helper(113, [WRITE, SIZE_OR_ZERO, ANYTHING], INTEGER, { gplOnly: true }),
  probe_read_user_str: helper(114, [WRITE, SIZE_OR_ZERO, ANYTHING], INTEGER, { gplOnly: true }),
  probe_read_kernel_str: helper(115, [WRITE, SIZE_OR_ZERO, ANYTHING], INTEGER, { gplOnly: true }),
  send_signal_thread: helper(117, [ANYTHING], INTEGER, { xdpSince: '6.18' }),
  jiffies64: helper(118, [], INTEGER),
  get_ns_current_pid_tgid: helper(120, [ANYTHING, ANYTHING, WRITE, SIZE], INTEGER, { xdpSince: '6.12' }),
  get_current_ancestor_cgroup_id: helper(123, [ANYTHING], INTEGER, { xdpSince: '6.12' }),
  ktime_get_boot_ns: helper(125, [], INTEGER),
  ringbuf_output: helper(130, [MAP, READ, SIZE_OR_ZERO, ANYTHING], INTEGER),
  ringbuf_reserve: helper(131, [MAP, ALLOCATION_SIZE, ANYTHING], RECORD_OR_NULL, { acquires: true }),
  ringbuf_submit: helper(132, [RECORD, ANYTHING], VOID, { releases: 0 }),
  ringbuf_discard: helper(133, [RECORD, ANYTHING], VOID, { releases: 0 }),
  ringbuf_query: helper(134, [MAP, ANYTHING], INTEGER),
  skc_to_tcp6_sock: helper(136, [SOCKET], socketObject('tcp6_sock')),
  skc_to_tcp_sock: helper(137, [SOCKET], socketObject('tcp_sock')),
  skc_to_tcp_timewait_sock: helper(138, [SOCKET], socketObject('tcp_timewait_sock')),
  skc_to_tcp_request_sock: helper(139, [SOCKET], socketObject('tcp_request_sock')),
  skc_to_udp6_sock: helper(140, [SOCKET], socketObject('udp6_sock')),
  get_task_stack: helper(141, [TASK, WRITE, SIZE_OR_ZERO, ANYTHING], INTEGER, { xdpSince: '6.18' }),
  copy_from_user: helper(148, [WRITE, SIZE_OR_ZERO, ANYTHING], INTEGER, { mightSleep: true, xdpSince: '6.18' }),
  snprintf_btf: helper(149, [UPDATE, SIZE, READ, SIZE, ANYTHING], INTEGER),
  per_cpu_ptr: helper(153, [PER_CPU, ANYTHING], CPU_INSTANCE_OR_NULL),
  this_cpu_ptr: helper(154, [PER_CPU], CPU_INSTANCE),
  task_storage_get: helper(156, [MAP, TASK_OR_NULL, VALUE_OR_NULL, ANYTHING], VALUE_RESULT, { xdpSince: '6.18' }),
  task_storage_delete: helper(157, [MAP, TASK_OR_NULL], INTEGER, { xdpSince: '6.18' }),
  get_current_task_btf: helper(158, [], CURRENT_TASK, { gplOnly: true }),
  ktime_get_coarse_ns: helper(160, [], INTEGER),
  check_mtu: helper(163, [CONTEXT, ANYTHING, U32_IN_OUT, ANYTHING, ANYTHING], INTEGER, { gplOnly: true }),
  for_each_map_elem: helper(164, [MAP, EACH_ELEMENT, STACK_OR_NULL, ANYTHING], INTEGER),
  snprintf: helper(165, [UPDATE_OR_NULL, SIZE_OR_ZERO, TEXT, READ_OR_NULL, SIZE_OR_ZERO], INTEGER, { gplOnly: true }),
  timer_init: helper(169, [TIMER, MAP, ANYTHING], INTEGER, { gplOnly: true }),
  timer_set_callback: helper(170, [TIMER, TIMER_EXPIRY], INTEGER, { gplOnly: true }),
  timer_start: helper(171, [TIMER, ANYTHING, ANYTHING], INTEGER, { gplOnly: true }),
  timer_cancel: helper(172, [TIMER], INTEGER, { gplOnly: true }),
  task_pt_regs: helper(175, [TASK], TASK_REGISTERS, { gplOnly: true }),
  get_branch_snapshot: helper(176, [WRITE, SIZE_OR_ZERO], INTEGER, { gplOnly: true, xdpSince: '6.18' }),
  trace_vprintk: helper(177, [READ, SIZE, READ_OR_NULL, SIZE_OR_ZERO], INTEGER, { gplOnly: true }),
  skc_to_unix_sock: helper(178, [SOCKET], socketObject('unix_sock')),
  find_vma: helper(180, [TASK, ANYTHING, VMA_FOUND, STACK_OR_NULL, ANYTHING], INTEGER, { xdpSince: '6.18' }),
  loop: helper(181, [ANYTHING, LOOP_BODY, STACK_OR_NULL, ANYTHING], INTEGER),
  strncmp: helper(182, [READ, SIZE, TEXT], INTEGER),
  xdp_get_buff_len: helper(188, [CONTEXT], INTEGER),
  xdp_load_bytes: helper(189, [CONTEXT, ANYTHING, WRITE, SIZE], INTEGER),
  xdp_store_bytes: helper(190, [CONTEXT, ANYTHING, READ, SIZE], INTEGER),
  copy_from_user_task: helper(191, [WRITE, SIZE_OR_ZERO, ANYTHING, TASK, ANYTHING], INTEGER, {
    gplOnly: true,
    mightSleep: true,
    xdpSince: '6.18',
  }),
  kptr_xchg: helper(194, [KPTR_FIELD, KPTR_OR_NULL], KPTR_RESULT, { acquires: true, releases: 1 }),
  map_lookup_percpu_elem: helper(195, [MAP, KEY, ANYTHING], VALUE_RESULT, { packetAccess: true }),
  skc_to_mptcp_sock: helper(196, [SOCKET_COMMON], socketObject('mptcp_sock')),
  dynptr_from_mem: helper(197, [WRITE, SIZE_OR_ZERO, ANYTHING, NEW_LOCAL_DYNPTR], INTEGER),
  ringbuf_reserve_dynptr: helper(198, [MAP, ANYTHING, ANYTHING, NEW_RINGBUF_DYNPTR], INTEGER, { acquires: true }),
  ringbuf_submit_dynptr: helper(199, [ENDED_RINGBUF_DYNPTR, ANYTHING], VOID, { releases: 0 }),
  ringbuf_discard_dynptr: helper(200, [ENDED_RINGBUF_DYNPTR, ANYTHING], VOID, { releases: 0 }),
  dynptr_read: helper(201, [WRITE, SIZE_OR_ZERO, DYNPTR, ANYTHING, ANYTHING], INTEGER),
  dynptr_write: helper(202, [DYNPTR, ANYTHING, READ, SIZE_OR_ZERO, ANYTHING], INTEGER),
  dynptr_data: helper(203, [DYNPTR, ANYTHING, ALLOCATION_SIZE], SLICE_OR_NULL),
  tcp_raw_gen_syncookie_ipv4: helper(204, [BYTES_20, READ, SIZE_OR_ZERO], INTEGER, {
    gplOnly: true,
    packetAccess: true,
  }),
  tcp_raw_gen_syncookie_ipv6: helper(205, [BYTES_40, READ, SIZE_OR_ZERO], INTEGER, {
    gplOnly: true,
    packetAccess: true,
  }),
  tcp_raw_check_syncookie_ipv4: helper(206, [BYTES_20, BYTES_20], INTEGER, { gplOnly: true, packetAccess: true }),
  tcp_raw_check_syncookie_ipv6: helper(207, [BYTES_40, BYTES_20], INTEGER, { gplOnly: true, packetAccess: true }),
  ktime_get_tai_ns: helper(208, [], INTEGER),
  user_ringbuf_drain: helper(209, [MAP, USER_RECORD, STACK_OR_NULL, ANYTHING], INTEGER),
  cgrp_storage_get: helper(210, [MAP, CGROUP_OR_NULL, VALUE_OR_NULL, ANYTHING], VALUE_RESULT, { xdpSince: '6.12' }),
  cgrp_storage_delete: helper(211, [MAP, CGROUP_OR_NULL], INTEGER, { xdpSince: '6.12' }),
} as const satisfies Record<string, HelperFacts>;

/** Name of a helper that XDP programs may call, without `bpf_`. */
export type XdpHelperName = keyof typeof XDP_HELPERS;

/** A helper that XDP programs may call, with its name. */
export interface XdpHelper extends HelperFacts {
  readonly name: XdpHelperName;
}

const BY_ID: ReadonlyMap<number, XdpHelper> = new Map(
  Object.entries(XDP_HELPERS).map(([name, facts]) => [facts.id, { ...facts, name: name as XdpHelperName }]),
);

/** The helper with this id if XDP programs may call it. `helperName` of helper-names.ts names the others. */
export function xdpHelper(id: number): XdpHelper | undefined {
  return BY_ID.get(id);
}

function helper(
  id: number,
  args: readonly ArgumentKind[],
  result: ResultKind,
  facts: Partial<HelperFacts> = {},
): HelperFacts {
  return {
    id,
    arguments: args,
    result,
    gplOnly: false,
    packetAccess: false,
    changesPacketData: false,
    mightSleep: false,
    acquires: false,
    releases: undefined,
    xdpSince: '6.1',
    ...facts,
  };
}

function memory(access: MemoryAccess, mayBeNull = false): ArgumentKind {
  return { kind: 'memory', access, mayBeNull };
}

/** A callback that may return 0 up to `maximum`. */
function callback(passes: readonly CallbackArgument[], maximum: 0 | 1): ArgumentKind {
  return { kind: 'callback', passes, returns: [0, maximum] };
}

function object(name: KernelObject, facts: { readonly mayBeNull?: true; readonly isTrusted?: true }): ResultKind {
  return { kind: 'kernelObject', object: name, mayBeNull: false, isTrusted: false, ...facts };
}

function socketObject(name: KernelObject): ResultKind {
  return object(name, { mayBeNull: true });
}
