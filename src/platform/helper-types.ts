// The vocabulary in which helper prototypes are written: kinds of arguments and results, as the verifier tells them apart.
// Linux include/linux/bpf.h: enum bpf_arg_type, bpf_return_type and bpf_type_flag.

/**
 * What a helper does with memory it is given. `read`: it must be initialised, read-only memory will do (MEM_RDONLY). `write`: it need
 * not be initialised and is afterwards (MEM_UNINIT, MEM_WRITE). `update`: it must be initialised and may be changed (MEM_WRITE).
 */
export type MemoryAccess = 'read' | 'write' | 'update';

/** Struct of the kernel that a pointer leads to; `kptr`: whatever the kptr field in the map holds. */
export type KernelObject =
  | 'task_struct'
  | 'cgroup'
  | 'pt_regs'
  | 'tcp6_sock'
  | 'tcp_sock'
  | 'tcp_timewait_sock'
  | 'tcp_request_sock'
  | 'udp6_sock'
  | 'unix_sock'
  | 'mptcp_sock'
  | 'kptr';

/** What a callback finds in its registers from r1 on. `context` is the pointer given beside the callback. */
export type CallbackArgument =
  | 'map'
  | 'mapKey'
  | 'mapValue'
  | 'index'
  | 'context'
  | 'dynptr'
  | 'task_struct'
  | 'vm_area_struct';

/** What a helper wants in an argument register. */
export type ArgumentKind =
  /** The context as it was given to the program, unmodified. */
  | { readonly kind: 'context' }
  /** A map, from a 64-bit immediate load. */
  | { readonly kind: 'map' }
  /** Initialised memory of the map's key size. */
  | { readonly kind: 'mapKey' }
  /** Memory of the map's value size. */
  | { readonly kind: 'mapValue'; readonly access: MemoryAccess; readonly mayBeNull: boolean }
  /** Memory; the next argument is its size, kind `size`. */
  | { readonly kind: 'memory'; readonly access: MemoryAccess; readonly mayBeNull: boolean }
  /** Memory of a size that the helper fixes; on the stack or in a map it may have to be naturally aligned. */
  | {
      readonly kind: 'fixedMemory';
      readonly access: MemoryAccess;
      readonly sizeBytes: number;
      readonly isAligned: boolean;
    }
  /** Bounded size of the memory in the argument before. */
  | { readonly kind: 'size'; readonly mayBeZero: boolean }
  /** Constant size, zero included, of the memory that the helper returns. */
  | { readonly kind: 'allocationSize' }
  /** Any initialised register. */
  | { readonly kind: 'anything' }
  /** A bpf_spin_lock in a map value. */
  | { readonly kind: 'spinLock' }
  /** A bpf_timer in a map value. */
  | { readonly kind: 'timer' }
  /** A dynptr on the stack: `create` wants an uninitialised one, `release` ends it. `of` is the type it has or gets. */
  | {
      readonly kind: 'dynptr';
      readonly of: 'local' | 'ringbuf' | 'any';
      readonly use: 'create' | 'use' | 'release';
    }
  /** Address of a function of the program that takes `passes` and returns a value from `returns`, both ends included. */
  | {
      readonly kind: 'callback';
      readonly passes: readonly CallbackArgument[];
      readonly returns: readonly [minimum: number, maximum: number];
    }
  /** Pointer into the stack, or NULL. */
  | { readonly kind: 'stackOrNull' }
  /** Zero-terminated text in a frozen read-only map. */
  | { readonly kind: 'constantText' }
  /** Any socket: sock_common, sock, tcp_sock, or a trusted kernel pointer to one (ARG_PTR_TO_BTF_ID_SOCK_COMMON). */
  | { readonly kind: 'socketObject' }
  /** A socket that a lookup gave (ARG_PTR_TO_SOCK_COMMON). */
  | { readonly kind: 'socketCommon' }
  /** A pointer to a struct of the kernel. */
  | { readonly kind: 'kernelObject'; readonly object: KernelObject; readonly mayBeNull: boolean }
  /** A per-CPU variable of the kernel. */
  | { readonly kind: 'perCpuObject' }
  /** What bpf_ringbuf_reserve gave. */
  | { readonly kind: 'ringbufMemory' }
  /** A kptr field in a map value or an allocated object. */
  | { readonly kind: 'kptrDestination' };

/** What a helper leaves in r0. */
export type ResultKind =
  | { readonly kind: 'integer' }
  /** r0 is unusable afterwards. */
  | { readonly kind: 'void' }
  | { readonly kind: 'mapValueOrNull' }
  | { readonly kind: 'socketOrNull' }
  | { readonly kind: 'socketCommonOrNull' }
  /** Memory of the size in the `allocationSize` argument: a ring-buffer record. */
  | { readonly kind: 'ringbufMemoryOrNull' }
  /** Memory of the size in the `allocationSize` argument: part of what a dynptr covers. */
  | { readonly kind: 'dynptrMemoryOrNull' }
  | {
      readonly kind: 'kernelObject';
      readonly object: KernelObject;
      readonly mayBeNull: boolean;
      readonly isTrusted: boolean;
    }
  /** This or another CPU's instance of a per-CPU variable, read-only. */
  | { readonly kind: 'perCpuInstance'; readonly mayBeNull: boolean };

/** Kernels whose set of helpers was compared: the earliest of them that lets XDP call a helper. */
export type ReferenceKernel = '6.1' | '6.12' | '6.18';

/** What Linux says about a helper that XDP programs may call. */
export interface HelperFacts {
  readonly id: number;
  readonly arguments: readonly ArgumentKind[];
  readonly result: ResultKind;
  /** Only programs under a GPL-compatible licence may call it. */
  readonly gplOnly: boolean;
  /** Packet pointers are accepted for its key, value and memory arguments. */
  readonly packetAccess: boolean;
  /** It may move or resize the packet: every packet pointer is invalid afterwards. */
  readonly changesPacketData: boolean;
  /** Refused outside sleepable programs, and XDP programs never are. */
  readonly mightSleep: boolean;
  /** The result is a reference that the program must give back. */
  readonly acquires: boolean;
  /** Index of the argument whose reference the call gives back. */
  readonly releases: number | undefined;
  /** The earliest of the reference kernels that lets XDP programs call it. */
  readonly xdpSince: ReferenceKernel;
}
