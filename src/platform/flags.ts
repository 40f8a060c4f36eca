// Flag and option values of bpf(2) and of the helpers. Linux uapi linux/bpf.h; those after 6.3 from the BTF of Linux 6.18.

/** Flags of BPF_MAP_CREATE. */
export const MAP_CREATE_FLAG = {
  BPF_F_NO_PREALLOC: 1 << 0,
  BPF_F_NO_COMMON_LRU: 1 << 1,
  BPF_F_NUMA_NODE: 1 << 2,
  /** The syscall side may only read. */
  BPF_F_RDONLY: 1 << 3,
  /** The syscall side may only write. */
  BPF_F_WRONLY: 1 << 4,
  BPF_F_STACK_BUILD_ID: 1 << 5,
  BPF_F_ZERO_SEED: 1 << 6,
  /** Programs may only read. */
  BPF_F_RDONLY_PROG: 1 << 7,
  /** Programs may only write. */
  BPF_F_WRONLY_PROG: 1 << 8,
  BPF_F_CLONE: 1 << 9,
  BPF_F_MMAPABLE: 1 << 10,
  BPF_F_PRESERVE_ELEMS: 1 << 11,
  /** An inner array whose max_entries may differ from the outer map's template. */
  BPF_F_INNER_MAP: 1 << 12,
  BPF_F_LINK: 1 << 13,
  BPF_F_PATH_FD: 1 << 14,
  BPF_F_VTYPE_BTF_OBJ_FD: 1 << 15,
  BPF_F_TOKEN_FD: 1 << 16,
  BPF_F_SEGV_ON_FAULT: 1 << 17,
  BPF_F_NO_USER_CONV: 1 << 18,
} as const satisfies Record<string, number>;

/** Flags of bpf_map_update_elem and BPF_MAP_UPDATE_ELEM. */
export const MAP_UPDATE_FLAG = {
  /** Create or replace. */
  BPF_ANY: 0,
  /** Create; an existing key is EEXIST. */
  BPF_NOEXIST: 1,
  /** Replace; a missing key is ENOENT. */
  BPF_EXIST: 2,
  /** Under the value's bpf_spin_lock. */
  BPF_F_LOCK: 4,
} as const satisfies Record<string, number>;

/** Flags of BPF_PROG_LOAD. */
export const PROGRAM_LOAD_FLAG = {
  BPF_F_STRICT_ALIGNMENT: 1 << 0,
  BPF_F_ANY_ALIGNMENT: 1 << 1,
  BPF_F_TEST_RND_HI32: 1 << 2,
  BPF_F_TEST_STATE_FREQ: 1 << 3,
  BPF_F_SLEEPABLE: 1 << 4,
  /** The program understands packets of several buffers (`xdp.frags`). */
  BPF_F_XDP_HAS_FRAGS: 1 << 5,
  /** Bound to one device, yet run by the host: metadata kfuncs become callable. */
  BPF_F_XDP_DEV_BOUND_ONLY: 1 << 6,
  BPF_F_TEST_REG_INVARIANTS: 1 << 7,
} as const satisfies Record<string, number>;

/** Flags of BPF_PROG_TEST_RUN. */
export const TEST_RUN_FLAG = {
  BPF_F_TEST_RUN_ON_CPU: 1 << 0,
  BPF_F_TEST_XDP_LIVE_FRAMES: 1 << 1,
} as const satisfies Record<string, number>;

/** Flags of bpf_redirect_map; its low two bits are the action returned when the lookup misses. bpf_redirect takes none. */
export const REDIRECT_FLAG = {
  /** Mask of the action on a miss: XDP_ABORTED to XDP_TX. */
  ACTION_MASK: 3,
  /** Send to every entry of a devmap. */
  BPF_F_BROADCAST: 1 << 3,
  /** A broadcast leaves out the interface that the packet came from. */
  BPF_F_EXCLUDE_INGRESS: 1 << 4,
} as const satisfies Record<string, number>;

/** Parts of the flags of bpf_perf_event_output, as 64-bit masks. */
export const PERF_OUTPUT_FLAG = {
  /** Which slot of the map. */
  BPF_F_INDEX_MASK: 0xffff_ffffn,
  /** The slot of the running CPU. */
  BPF_F_CURRENT_CPU: 0xffff_ffffn,
  /** How many packet bytes to append, from bit 32 on. */
  BPF_F_CTXLEN_MASK: 0xf_ffffn << 32n,
} as const satisfies Record<string, bigint>;

/** Flags of bpf_ringbuf_output, bpf_ringbuf_submit and bpf_ringbuf_discard. */
export const RINGBUF_FLAG = {
  BPF_RB_NO_WAKEUP: 1,
  BPF_RB_FORCE_WAKEUP: 2,
} as const satisfies Record<string, number>;

/** What bpf_ringbuf_query can ask for. */
export const RINGBUF_QUERY = {
  BPF_RB_AVAIL_DATA: 0,
  BPF_RB_RING_SIZE: 1,
  BPF_RB_CONS_POS: 2,
  BPF_RB_PROD_POS: 3,
} as const satisfies Record<string, number>;

/** Header of a ring-buffer record: a u32 of length and the two bits, then a u32 page offset. */
export const RINGBUF_RECORD = {
  HEADER_BYTES: 8,
  BUSY_BIT: 0x8000_0000,
  DISCARD_BIT: 0x4000_0000,
} as const satisfies Record<string, number>;

/** Flags of bpf_fib_lookup. */
export const FIB_LOOKUP_FLAG = {
  BPF_FIB_LOOKUP_DIRECT: 1 << 0,
  BPF_FIB_LOOKUP_OUTPUT: 1 << 1,
  BPF_FIB_LOOKUP_SKIP_NEIGH: 1 << 2,
  BPF_FIB_LOOKUP_TBID: 1 << 3,
  BPF_FIB_LOOKUP_SRC: 1 << 4,
  BPF_FIB_LOOKUP_MARK: 1 << 5,
} as const satisfies Record<string, number>;

/** Non-negative results of bpf_fib_lookup. */
export const FIB_LOOKUP_RESULT = {
  BPF_FIB_LKUP_RET_SUCCESS: 0,
  BPF_FIB_LKUP_RET_BLACKHOLE: 1,
  BPF_FIB_LKUP_RET_UNREACHABLE: 2,
  BPF_FIB_LKUP_RET_PROHIBIT: 3,
  BPF_FIB_LKUP_RET_NOT_FWDED: 4,
  BPF_FIB_LKUP_RET_FWD_DISABLED: 5,
  BPF_FIB_LKUP_RET_UNSUPP_LWT: 6,
  BPF_FIB_LKUP_RET_NO_NEIGH: 7,
  BPF_FIB_LKUP_RET_FRAG_NEEDED: 8,
  BPF_FIB_LKUP_RET_NO_SRC_ADDR: 9,
} as const satisfies Record<string, number>;

/** Non-negative results of bpf_check_mtu. */
export const CHECK_MTU_RESULT = {
  BPF_MTU_CHK_RET_SUCCESS: 0,
  BPF_MTU_CHK_RET_FRAG_NEEDED: 1,
  BPF_MTU_CHK_RET_SEGS_TOOBIG: 2,
} as const satisfies Record<string, number>;

/** Flags of bpf_timer_start. */
export const TIMER_START_FLAG = {
  BPF_F_TIMER_ABS: 1,
  BPF_F_TIMER_CPU_PIN: 2,
} as const satisfies Record<string, number>;

/** Clocks that bpf_timer_init accepts. */
export const TIMER_CLOCK = {
  CLOCK_REALTIME: 0,
  CLOCK_MONOTONIC: 1,
  CLOCK_BOOTTIME: 7,
} as const satisfies Record<string, number>;

/** Socket lookups: this value of `netns` means the current network namespace. */
export const BPF_F_CURRENT_NETNS = -1;

/** Type bits that bpf_xdp_metadata_rx_hash reports (uapi-like enum xdp_rss_hash_type). */
export const RSS_HASH_TYPE = {
  XDP_RSS_L3_IPV4: 1 << 0,
  XDP_RSS_L3_IPV6: 1 << 1,
  XDP_RSS_L3_DYNHDR: 1 << 2,
  XDP_RSS_L4: 1 << 3,
  XDP_RSS_L4_TCP: 1 << 4,
  XDP_RSS_L4_UDP: 1 << 5,
  XDP_RSS_L4_SCTP: 1 << 6,
  XDP_RSS_L4_IPSEC: 1 << 7,
  XDP_RSS_L4_ICMP: 1 << 8,
} as const satisfies Record<string, number>;

/** Names of the bits set in `flags`, lowest first, from one of the tables above; bits without a name as `0x...`. */
export function flagNames(flags: number, table: Readonly<Record<string, number>>): string[] {
  const names: string[] = [];
  let rest = flags >>> 0;
  for (const [name, bit] of Object.entries(table)) {
    if (bit === 0 || (rest & bit) >>> 0 !== bit >>> 0) continue;
    names.push(name);
    rest = (rest & ~bit) >>> 0;
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names;
}
