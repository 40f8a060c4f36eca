// Advice for the causes that refuse most programs. The first rule that fits the message counts.
import type { Register } from './state/register.js';

interface Advice {
  readonly pattern: RegExp;
  readonly text: string;
}

const ADVICE: readonly Advice[] = [
  {
    pattern: /offset is outside of the packet/,
    text: 'compare the pointer plus the size of what is read with data_end before this access, on every path that leads here, with the same pointer: if (ptr + size > data_end) return XDP_PASS;',
  },
  {
    pattern: /invalid mem access '\w*_or_null'/,
    text: 'a lookup may give NULL: test the pointer (if (!ptr) return ...;) before it is used',
  },
  {
    pattern: /pointer arithmetic on \w*_or_null/,
    text: 'test the pointer for NULL first, then calculate with it',
  },
  {
    pattern: /invalid mem access 'scalar'/,
    text: 'the register holds a number, no pointer. Packet pointers become numbers when bpf_xdp_adjust_head, _tail or _meta is called: load ctx->data and ctx->data_end again and repeat the bounds check',
  },
  {
    pattern: /invalid mem access 'pkt_end'/,
    text: 'data_end may only be compared with packet pointers, not read through',
  },
  {
    pattern: /min value is negative/,
    text: 'the index may be negative for all that is known: make it unsigned, or mask it (index &= SIZE - 1), or test index >= 0',
  },
  {
    pattern: /max value is outside of the allowed memory range|unbounded memory access/,
    text: 'the index or size has no sufficient upper limit: test it against the size, or mask it, right before the access, and keep the compiler from using another copy',
  },
  {
    pattern: /min value is outside of the allowed memory range|invalid access to map value/,
    text: 'the access lies outside the map value: compare offset and size with the value size of the map',
  },
  {
    pattern: /invalid bpf_context access/,
    text: 'fields of struct xdp_md are read-only and can only be read whole: 4 bytes at a time, at their own offsets; egress_ifindex only in xdp/devmap programs',
  },
  {
    pattern: /dereference of modified ctx ptr/,
    text: 'use the context pointer as it was given: add nothing to it, and read its fields with constant offsets',
  },
  {
    pattern: /unbounded min value is not allowed|makes \w+ pointer be out of bounds/,
    text: 'the number added to the pointer is not limited: test it, or mask it, and use an unsigned type before adding it',
  },
  {
    pattern: /BPF program is too large/,
    text: 'the verifier walked too many paths: bound loops with small constants, use bpf_loop or an open-coded iterator, or move parts into global functions',
  },
  {
    pattern: /sequence of \d+ jumps is too complex/,
    text: 'too many branches are open at once: simplify conditions, or move parts into global functions',
  },
  {
    pattern: /infinite loop detected/,
    text: 'no turn of the loop changes anything that the exit condition depends on: let a counter with a constant limit end it',
  },
  {
    pattern: /kernel function call not eliminated/,
    text: 'the kernel lacks this weak kernel function: call it only where bpf_ksym_exists() says that it is there (newer versions of libbpf name it: "referenced but wasn\'t resolved")',
  },
  { pattern: /back-edge from insn/, text: 'loops need a kernel since 5.3, or unrolling' },
  {
    pattern: /!read_ok/,
    text: 'the register was not written on this path: initialise the variable; after a call only r0 and r6 to r9 keep values',
  },
  {
    pattern: /Unreleased reference/,
    text: 'what was taken must be given back on every path: bpf_sk_release for sockets, bpf_ringbuf_submit or _discard for records',
  },
  {
    pattern: /cannot use helper|unknown func|invalid func/,
    text: 'this helper does not exist for XDP programs: see the table of helpers for what may be called',
  },
  {
    pattern: /GPL-restricted function/,
    text: 'declare a GPL-compatible licence: char _license[] SEC("license") = "GPL";',
  },
  { pattern: /cannot pass map_type/, text: 'this helper does not work on maps of this type' },
  {
    pattern: /combined stack size|stack R\d+ off=-\d{3,}/,
    text: 'at most 512 bytes of stack serve all functions on a path: move large variables into a per-CPU array map',
  },
  {
    pattern: /invalid (read from|write to) stack/,
    text: 'the access lies outside the 512 bytes of stack: check the index against the size of the array',
  },
  {
    pattern: /pointer arithmetic|bitwise operator|32-bit pointer/,
    text: 'only adding to and subtracting from pointers is possible; cast to a number only to calculate, never to come back',
  },
  {
    pattern: /R\d+ type=\w+ expected=/,
    text: 'the helper wants another kind of argument: compare with its declaration',
  },
  { pattern: /unreachable insn/, text: 'remove code that nothing jumps to; compilers do so when optimising' },
  { pattern: /frame pointer is read only/, text: 'r10 cannot be written: copy it first' },
  {
    pattern: /misaligned (stack|value|context) access/,
    text: 'align the access to its size: avoid packed structs on the stack',
  },
];

/** Advice for the kernel's lines, undefined where none is known. */
export function suggestionFor(lines: readonly string[], register: Register | undefined): string | undefined {
  const text = lines.join('\n');
  if (register?.isPacketPointer === true && register.bounds.umax > 0xffffn && text.includes('offset is outside')) {
    return 'the variable offset of this packet pointer may exceed 65535, so no comparison with data_end can prove it: limit the offset (offset &= 0x3fff) before adding it, then compare with data_end';
  }
  return ADVICE.find(({ pattern }) => pattern.test(text))?.text;
}
