// Sizes and limits that Linux holds XDP programs to. Values of Linux 6.18; where another version differs, the comment says so.

/** Where a frame lies in its buffer. Sources: net/bpf/test_run.c, net/core/filter.c bpf_xdp_adjust_*; checked on 6.18. */
export const FRAME = {
  /** Room in front of a received frame (XDP_PACKET_HEADROOM). */
  HEADROOM_BYTES: 256,
  /** The first bytes of the headroom, where struct xdp_frame goes: adjust_head and adjust_meta stop there. */
  RESERVED_BYTES: 40,
  /** Tail of the buffer that struct skb_shared_info takes. */
  TAILROOM_BYTES: 320,
  /** One page: headroom, linear part and tailroom. */
  SLOT_BYTES: 4096,
  /** The most that data to data_end may hold: slot less headroom less tailroom. */
  MAX_LINEAR_BYTES: 3520,
  /** adjust_head and adjust_tail leave at least an Ethernet header (ETH_HLEN). */
  MIN_LENGTH_BYTES: 14,
  /** Fragments behind the linear part (MAX_SKB_FRAGS). */
  MAX_FRAGMENTS: 17,
  /** One page each. */
  MAX_FRAGMENT_BYTES: 4096,
  /** Metadata is a multiple of this. */
  METADATA_ALIGNMENT_BYTES: 4,
  /** Metadata in front of the packet: the largest multiple of 4 in a u8; 32 before Linux 6.3. */
  MAX_METADATA_BYTES: 252,
} as const satisfies Record<string, number>;

/** A VLAN tag (VLAN_HLEN): frames to transmit may be so much longer than MTU and header. */
export const VLAN_BYTES = 4;

/** BPF_PROG_TEST_RUN of an XDP program. Source: net/bpf/test_run.c bpf_prog_test_run_xdp; checked on 6.18. */
export const TEST_RUN = {
  /** Shorter input is EINVAL. */
  MIN_INPUT_BYTES: 14,
  /** Linear part plus 17 fragments; longer input is ENOMEM. */
  MAX_INPUT_BYTES: 73152,
  /** Ingress interface where the caller names none: the loopback device. */
  DEFAULT_INGRESS_IFINDEX: 1,
  /** Receive queue where the caller names none. */
  DEFAULT_RX_QUEUE: 0,
  /** Metadata of the input context, limited by the room in front of the frame. */
  MAX_METADATA_BYTES: 216,
  /** Frames of one live batch; more is E2BIG. */
  MAX_LIVE_BATCH: 256,
} as const satisfies Record<string, number>;

/** What the verifier allows a privileged caller. Source: kernel/bpf/verifier.c, include/linux/bpf_verifier.h. */
export const VERIFIER_LIMIT = {
  /** Instructions of one program; more is E2BIG without a log (BPF_COMPLEXITY_LIMIT_INSNS). */
  MAX_INSTRUCTIONS: 1_000_000,
  /** Instructions of one program for a caller without CAP_BPF (BPF_MAXINSNS). */
  MAX_INSTRUCTIONS_UNPRIVILEGED: 4096,
  /** Instructions walked over all paths. */
  MAX_PROCESSED_INSTRUCTIONS: 1_000_000,
  /** Branches waiting to be explored (BPF_COMPLEXITY_LIMIT_JMP_SEQ). */
  MAX_PENDING_JUMPS: 8192,
  /** States kept for one instruction before old ones are dropped (BPF_COMPLEXITY_LIMIT_STATES). */
  MAX_STATES_PER_INSTRUCTION: 64,
  /** Maps one program may use (MAX_USED_MAPS). */
  MAX_MAPS: 64,
  /** Functions of one program, the main one included (BPF_MAX_SUBPROGS). */
  MAX_SUBPROGRAMS: 256,
  /** Different kfuncs one program may call (MAX_KFUNC_DESCS). */
  MAX_KFUNCS: 256,
  /** BTF objects that kfunc calls of one program may name (MAX_KFUNC_BTFS). */
  MAX_KFUNC_BTFS: 256,
  /** Frames on the call stack, the main function's included (MAX_CALL_FRAMES). */
  MAX_CALL_FRAMES: 8,
  /** Stack of one frame, and of all frames on one path together (MAX_BPF_STACK). */
  MAX_STACK_BYTES: 512,
  /** A frame's stack is counted in multiples of this where the program is compiled (32 where it is interpreted). */
  STACK_ROUNDING_BYTES: 16,
  /** Stack of the callers of a function that tail-calls. */
  MAX_CALLER_STACK_WITH_TAIL_CALL_BYTES: 256,
  /** Variable part of a pointer's offset, each way (BPF_MAX_VAR_OFF). */
  MAX_VARIABLE_OFFSET: 1 << 29,
  /** Size of a variable-sized access (BPF_MAX_VAR_SIZ). */
  MAX_VARIABLE_SIZE: 1 << 29,
  /** Largest offset into a packet that a comparison with data_end can prove (MAX_PACKET_OFF). */
  MAX_PACKET_OFFSET: 0xffff,
  /** Registers a helper call may pass (MAX_BPF_FUNC_REG_ARGS). */
  MAX_HELPER_ARGUMENTS: 5,
} as const satisfies Record<string, number>;

/** What programs meet while they run. */
export const RUN_LIMIT = {
  /** Successful tail calls after the first program (MAX_TAIL_CALL_CNT): 34 programs in one chain. */
  MAX_TAIL_CALLS: 33,
  /** Iterations of bpf_loop and of may_goto (BPF_MAX_LOOPS). */
  MAX_LOOP_ITERATIONS: 8 * 1024 * 1024,
  /** Highest offset and length that bpf_xdp_load_bytes and bpf_xdp_store_bytes take; above is EFAULT. */
  MAX_LOAD_BYTES_OFFSET: 0xffff,
  /** from_size + to_size of bpf_csum_diff. */
  MAX_CSUM_DIFF_BYTES: 512,
  /** Size of a dynptr (DYNPTR_MAX_SIZE); more is E2BIG. */
  MAX_DYNPTR_BYTES: 0xff_ffff,
  /** Variadic values of bpf_snprintf, bpf_trace_vprintk, in 8-byte words (MAX_BPRINTF_VARARGS). */
  MAX_PRINTF_ARGUMENTS: 12,
  /** Values that bpf_trace_printk takes after its format. */
  MAX_TRACE_PRINTK_ARGUMENTS: 3,
  /** Queue of a cpumap entry; more is EOVERFLOW. */
  MAX_CPUMAP_QUEUE: 16384,
  /** Hash functions of a bloom filter where map_extra is 0. */
  BLOOM_FILTER_DEFAULT_HASHES: 5,
  /** Smallest struct bpf_fib_lookup that bpf_fib_lookup takes. */
  FIB_LOOKUP_BYTES: 64,
} as const satisfies Record<string, number>;

/** Lengths of names and texts as the kernel stores them. */
export const NAME_LIMIT = {
  /** Map and program names without the terminator (BPF_OBJ_NAME_LEN - 1). */
  MAX_OBJECT_NAME_CHARACTERS: 15,
  /** Licence text that libbpf passes on. */
  MAX_LICENSE_CHARACTERS: 63,
} as const satisfies Record<string, number>;
