// The decoded form of a BPF instruction: a closed union of shapes, so that every consumer is one exhaustive switch.
// RFC 9669, sections 3 to 5; the Linux additions are marked.

/** Register number, 0 (result) to 10 (read-only frame pointer). */
export type Register = number;

/** The second operand: a register, or the immediate sign-extended to the operation's width. */
export type Operand =
  | { readonly kind: 'register'; readonly register: Register }
  | { readonly kind: 'immediate'; readonly value: number };

export type AluOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'sdiv'
  | 'or'
  | 'and'
  | 'lsh'
  | 'rsh'
  | 'mod'
  | 'smod'
  | 'xor'
  | 'mov'
  | 'arsh';

export type BranchOp = 'jeq' | 'jgt' | 'jge' | 'jset' | 'jne' | 'jsgt' | 'jsge' | 'jlt' | 'jle' | 'jslt' | 'jsle';

/** `xchg` and `cmpxchg` always fetch; the others have a plain and a fetching form. */
export type AtomicOp = 'add' | 'or' | 'and' | 'xor' | 'xchg' | 'cmpxchg';

/** Width of an ALU operation or a comparison. */
export type Width = 32 | 64;

/** Size of a memory access. */
export type SizeBytes = 1 | 2 | 4 | 8;

/** What a call instruction calls. */
export type CallTarget =
  /** Helper function by its number. */
  | { readonly kind: 'helper'; readonly id: number }
  /** Program-local function; `offset` in slots, relative to the slot after the call. */
  | { readonly kind: 'function'; readonly offset: number }
  /** Kernel function by BTF id; `offset` selects the BTF object (0: vmlinux). Linux. */
  | { readonly kind: 'kfunc'; readonly btfId: number; readonly offset: number };

/**
 * One instruction. Jump offsets are in slots (8 bytes), relative to the slot after the instruction. A 64-bit immediate load takes two
 * slots, every other instruction one.
 */
export type Instruction =
  /** dst = dst op source; for `mov` dst = source. A 32-bit operation zero-extends into the register. */
  | {
      readonly kind: 'alu';
      readonly op: AluOp;
      readonly width: Width;
      readonly dst: Register;
      readonly source: Operand;
    }
  | { readonly kind: 'neg'; readonly width: Width; readonly dst: Register }
  /** Sign-extending move of the low `bits` of src. */
  | {
      readonly kind: 'movsx';
      readonly width: Width;
      readonly bits: 8 | 16 | 32;
      readonly dst: Register;
      readonly src: Register;
    }
  /** `le`, `be`: to that byte order, truncating to `bits`; `bswap`: unconditionally. */
  | {
      readonly kind: 'byteswap';
      readonly op: 'le' | 'be' | 'bswap';
      readonly bits: 16 | 32 | 64;
      readonly dst: Register;
    }
  | {
      readonly kind: 'load';
      readonly size: SizeBytes;
      readonly isSigned: boolean;
      readonly dst: Register;
      readonly base: Register;
      readonly offset: number;
    }
  | {
      readonly kind: 'store';
      readonly size: SizeBytes;
      readonly base: Register;
      readonly offset: number;
      readonly source: Operand;
    }
  /** Read-modify-write of memory at base + offset with src; a fetching one returns the old value in src, `cmpxchg` in r0. */
  | {
      readonly kind: 'atomic';
      readonly op: AtomicOp;
      readonly fetch: boolean;
      readonly size: 4 | 8;
      readonly base: Register;
      readonly offset: number;
      readonly src: Register;
    }
  /** Linux 6.15. */
  | {
      readonly kind: 'loadAcquire';
      readonly size: SizeBytes;
      readonly dst: Register;
      readonly base: Register;
      readonly offset: number;
    }
  /** Linux 6.15. */
  | {
      readonly kind: 'storeRelease';
      readonly size: SizeBytes;
      readonly base: Register;
      readonly offset: number;
      readonly src: Register;
    }
  /** Unconditional; `isLong` is the 32-bit offset form (gotol). */
  | { readonly kind: 'jump'; readonly offset: number; readonly isLong: boolean }
  | {
      readonly kind: 'branch';
      readonly op: BranchOp;
      readonly width: Width;
      readonly dst: Register;
      readonly source: Operand;
      readonly offset: number;
    }
  /** Jumps once the loop budget is used up. Linux 6.9. */
  | { readonly kind: 'mayGoto'; readonly offset: number }
  | { readonly kind: 'call'; readonly target: CallTarget }
  | { readonly kind: 'exit' }
  /**
   * `source` 0: the constant high:low; 1 map fd, 2 map value, 3 BTF id, 4 function, 5 map index, 6 map index value. RFC 9669, 5.4.
   * `low` and `high` are the two immediate fields, signed 32-bit.
   */
  | {
      readonly kind: 'loadImmediate64';
      readonly dst: Register;
      readonly source: 0 | 1 | 2 | 3 | 4 | 5 | 6;
      readonly low: number;
      readonly high: number;
    }
  /** Legacy packet access (deprecated; Linux refuses it for XDP). */
  | {
      readonly kind: 'packetLoad';
      readonly mode: 'absolute' | 'indirect';
      readonly size: 1 | 2 | 4;
      readonly src: Register;
      readonly offset: number;
    }
  /** Arena pointers only. Linux 6.9. */
  | {
      readonly kind: 'addressSpaceCast';
      readonly dst: Register;
      readonly src: Register;
      readonly toUser: boolean;
    }
  /** Indirect jump through a jump table. Linux after 6.18. */
  | { readonly kind: 'jumpRegister'; readonly register: Register }
  /** Indirect call (0x8d). Linux after 6.18. */
  | { readonly kind: 'callRegister'; readonly register: Register };

/** Bytes of one instruction slot. */
export const SLOT_BYTES = 8;
