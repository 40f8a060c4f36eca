// Words in linear memory that emitted code and its host share.

/** Byte offsets in a session's state block, which is aligned to 64. */
export const STATE = {
  /** r0 to r10, 8 bytes each: arguments and result of a helper, all registers of a trap. */
  REGISTERS: 0,
  /** u64: simulated time of the packet in nanoseconds. */
  TIME: 88,
  /** u32 each. */
  CPU: 96,
  TAIL_CALLS: 100,
  /** Map and key of the last redirect that emitted code made itself; map 0 where a helper made it or there was none. */
  REDIRECT_MAP: 104,
  REDIRECT_KEY: 108,
  /** Address of the record or frame descriptor whose packet runs, in loops over them. */
  RECORD: 112,
  /** i32: instructions that the packet may still execute, kept up to date around calls only. */
  BUDGET: 116,
  /** u32: why a loop over records stopped, see RECORDS_STOP. */
  RECORDS_STOP: 120,
  /** u32: not 0 where the headroom of the packet's buffer may hold bytes. */
  HEADROOM_USED: 124,
  /** u64: frames that are shorter in the capture than they were. */
  CUT: 128,
  /** For each action and for all other numbers, u64 packets and u64 bytes. */
  TALLIES: 136,
  /** u32: frame pointer of the running program's main function, which is not the first one after a tail call of a function. */
  PROGRAM_FRAME: 240,
  /** u32: lowest address of the stack that may be in use, in programs with tail calls. */
  STACK_LOW: 244,
  /** u64: cycles of the packet so far, in functions other than the packet loop; of all packets, in a loop over records. */
  CYCLES: 248,
  ALL_CYCLES: 256,
  /** u32: runs of instructions that the packet has entered, where they are noted. */
  TRACED: 264,
  /** u32: address from which on they are noted. */
  TRACE_AT: 268,
  /** u64: instructions that the packet has executed, where its way is noted and executions are counted. */
  EXECUTED: 272,
} as const;

/** In place of REDIRECT_MAP: the last redirect found nothing. */
export const NO_REDIRECT = 1;

/** Verdicts that are told apart: the five actions, and the rest. */
export const VERDICTS = 6;

/** Packets and bytes. */
export const TALLY_BYTES = 16;

/** Size of the state block. */
export const STATE_BYTES = 320;

/** Why a loop over records stopped. */
export const RECORDS_STOP = {
  /** What is left is not a whole record. */
  used: 0,
  /** The next record needs the host's attention. */
  unusual: 1,
  /** As many packets as asked for. */
  enough: 2,
} as const;

/** A record of a pcap file, little-endian. draft-ietf-opsawg-pcap, section 5. */
export const RECORD = { SECONDS: 0, FRACTION: 4, CAPTURED: 8, ORIGINAL: 12, BYTES: 16 } as const;

/** Why emitted code stops: the low bits of what it tells its host; the rest is the slot. */
export const STOP = {
  /** A memory access that is not allowed, or not aligned. */
  access: 0,
  /** Nothing that can be run. */
  instruction: 1,
  budget: 2,
  /** Calls nested too deep. */
  depth: 3,
  /** A helper refused its arguments; the host knows why. */
  helper: 4,
} as const;

/** Bits of a stop's number that tell why. */
export const STOP_BITS = 3;

/** Layout of a descriptor: where a frame lies and what became of it. u32 words. */
export const DESCRIPTOR_BYTES = 16;

/** Byte offsets in a descriptor. */
export const PACKET_DESCRIPTOR = {
  /** In: address and length of the frame's linear part. */
  ADDRESS: 0,
  LENGTH: 4,
  /** Out: r0 as u32. */
  VERDICT: 8,
  /** Out: cycles, where they are counted. */
  CYCLES: 12,
} as const;

/** Layout of a frame's descriptor, for loops over frames of one queue or several. */
export const FRAME_DESCRIPTOR_BYTES = 32;

/** Byte offsets in a frame's descriptor. u32 words, but for the time. */
export const FRAME_DESCRIPTOR = {
  /** In: address of the frame's linear part. */
  ADDRESS: 0,
  /** In: its length; out: that of the linear part as the program left it. */
  LENGTH: 4,
  /** In, u64: simulated time in nanoseconds. */
  TIME: 8,
  CPU: 16,
  QUEUE: 20,
  /** Out: r0 as u32. */
  VERDICT: 24,
  /** Out: runs of instructions that it has entered, where they are noted. */
  TRACED: 28,
} as const;
