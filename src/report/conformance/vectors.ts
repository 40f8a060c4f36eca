// The vectors of the conformance report: case files of test/cases, part of the package. Written by `npm run golden`; change those files.

/** Case files by name. */
export const VECTOR_FILES: readonly { readonly file: string; readonly text: string }[] = [
  {
    file: 'arithmetic32.case',
    text: `// 32-bit arithmetic: the result's upper half is zero whatever was there. RFC 9669, section 4.1.

// == add32 zero-extends
r0 = 0x12345678ffffffff ll; w0 += 1; exit
// -> r0 = 0

// == add32 of registers looks at low halves only
r0 = 0x1200000001 ll; r1 = 0x3400000002 ll; w0 += w1; exit
// -> r0 = 3

// == sub32 wraps
r0 = 0; w0 -= 1; exit
// -> r0 = 0xffffffff

// == mul32 keeps the low 32 bits
r0 = 0x10001; r1 = 0x10001; w0 *= w1; exit
// -> r0 = 0x20001

// == mul32 of large numbers
r0 = 0xfffffff1 ll; w0 *= -15; exit
// -> r0 = 225

// == div32 is unsigned
r0 = 0xfffffffe ll; w0 /= 2; exit
// -> r0 = 0x7fffffff

// == div32 by a negative immediate
r0 = -1; w0 /= -1; exit
// -> r0 = 1

// == div32 by a register whose low half is zero gives zero
r0 = 7; r1 = 0x100000000 ll; w0 /= w1; exit
// -> r0 = 0

// == div32 zero-extends
r0 = 0x1200000007 ll; w0 /= 2; exit
// -> r0 = 3

// == mod32
r0 = 0xffffffff ll; w0 %= 10; exit
// -> r0 = 5

// == mod32 by zero keeps the low half and clears the high one
r0 = 0x0123456789abcdef ll; r1 = 0; w0 %= w1; exit
// -> r0 = 0x89abcdef

// == or32 zero-extends
r0 = 0x1200000001 ll; w0 |= -16; exit
// -> r0 = 0xfffffff1

// == and32 zero-extends
r0 = -1; w0 &= -1; exit
// -> r0 = 0xffffffff

// == xor32 zero-extends
r0 = -1; w0 ^= 0xf; exit
// -> r0 = 0xfffffff0

// == neg32 zero-extends
r0 = 1; w0 = -w0; exit
// -> r0 = 0xffffffff

// == neg32 of the smallest number is itself
r0 = -2147483648; w0 = -w0; exit
// -> r0 = 0x80000000

// == mov32 does not sign-extend its immediate
w0 = -1; exit
// -> r0 = 0xffffffff

// == mov32 of a register zero-extends
r1 = 0x123456789abcdef0 ll; w0 = w1; exit
// -> r0 = 0x9abcdef0

// == mov32 of a register to itself zero-extends
r0 = -1; w0 = w0; exit
// -> r0 = 0xffffffff
`,
  },
  {
    file: 'arithmetic64.case',
    text: `// 64-bit arithmetic. RFC 9669, section 4.1.

// == add carries into the high word
r0 = 0xffffffff ll; r0 += 1; exit
// -> r0 = 0x100000000

// == add wraps around
r0 = -1; r1 = 2; r0 += r1; exit
// -> r0 = 1

// == add sign-extends its immediate
r0 = 5; r0 += -7; exit
// -> r0 = -2

// == add of a negative immediate borrows from the high word
r0 = 0x100000000 ll; r0 += -1; exit
// -> r0 = 0xffffffff

// == sub borrows from the high word
r0 = 0x100000000 ll; r1 = 1; r0 -= r1; exit
// -> r0 = 0xffffffff

// == sub of a negative immediate adds
r0 = 0x7fffffff; r0 -= -1; exit
// -> r0 = 0x80000000

// == mul keeps the low 64 bits
r0 = 0x123456789abcdef1 ll; r1 = 0xfedcba9876543211 ll; r0 *= r1; exit
// -> r0 = 0x347e9a0f6729e001

// == mul of two 32-bit numbers fills 64 bits
r0 = 0xffffffff ll; r1 = r0; r0 *= r1; exit
// -> r0 = 0xfffffffe00000001

// == mul by a negative immediate
r0 = 7; r0 *= -3; exit
// -> r0 = -21

// == div is unsigned
r0 = -1; r1 = 2; r0 /= r1; exit
// -> r0 = 0x7fffffffffffffff

// == div of numbers above 2^53 is exact
r0 = 0xfffffffffffffffe ll; r1 = 0xffffffff ll; r0 /= r1; exit
// -> r0 = 0x100000000

// == div of numbers just below 2^53 is exact
r0 = 0x1fffffffffffff ll; r1 = 3; r0 /= r1; exit
// -> r0 = 0xaaaaaaaaaaaaa

// == div by zero gives zero
r0 = 7; r1 = 0; r0 /= r1; exit
// -> r0 = 0

// == div takes its immediate as a sign-extended, unsigned number
r0 = -1; r0 /= -10; exit
// -> r0 = 1

// == div looks at the whole divisor
r0 = 7; r1 = 0x100000000 ll; r0 /= r1; exit
// -> r0 = 0

// == mod is unsigned
r0 = -1; r1 = 10; r0 %= r1; exit
// -> r0 = 5

// == mod of large numbers
r0 = 0xfedcba9876543210 ll; r1 = 0x123456789a ll; r0 %= r1; exit
// -> r0 = 0xa543210

// == mod by zero leaves the number
r0 = 0x123456789abcdef0 ll; r1 = 0; r0 %= r1; exit
// -> r0 = 0x123456789abcdef0

// == mod takes its immediate as a sign-extended, unsigned number
r0 = -1; r0 %= -10; exit
// -> r0 = 9

// == or, and, xor sign-extend their immediates
r0 = 0x1234567800000000 ll; r0 |= -16; exit
// -> r0 = -16

// == and with a negative immediate keeps the high word
r0 = 0x123456789abcdef0 ll; r0 &= -256; exit
// -> r0 = 0x123456789abcde00

// == and with a positive immediate clears the high word
r0 = 0x123456789abcdef0 ll; r0 &= 0xff; exit
// -> r0 = 0xf0

// == xor with -1 inverts
r0 = 0x123456789abcdef0 ll; r0 ^= -1; exit
// -> r0 = 0xedcba9876543210f

// == or of registers
r0 = 0x1200000000 ll; r1 = 0x34; r0 |= r1; exit
// -> r0 = 0x1200000034

// == xor of a register with itself
r0 = 0x123456789abcdef0 ll; r0 ^= r0; exit
// -> r0 = 0

// == neg
r0 = 1; r0 = -r0; exit
// -> r0 = -1

// == neg carries into the high word
r0 = 0x100000000 ll; r0 = -r0; exit
// -> r0 = 0xffffffff00000000

// == neg of the smallest number is itself
r0 = 0x8000000000000000 ll; r0 = -r0; exit
// -> r0 = 0x8000000000000000

// == neg of zero
r0 = 0; r0 = -r0; exit
// -> r0 = 0

// == mov sign-extends its immediate
r0 = -5; exit
// -> r0 = -5

// == mov of a register copies all of it
r1 = 0x123456789abcdef0 ll; r0 = r1; exit
// -> r0 = 0x123456789abcdef0

// == a 64-bit immediate load takes both halves
r0 = 0x89abcdef01234567 ll; exit
// -> r0 = 0x89abcdef01234567
`,
  },
  {
    file: 'atomics.case',
    text: `// Atomic operations. RFC 9669, section 5.3.

// == add
*(u64 *)(r10 -8) = -1; r1 = 2; lock *(u64 *)(r10 -8) += r1; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 1

// == add32 touches 4 bytes
*(u64 *)(r10 -8) = -1; r1 = 2; lock *(u32 *)(r10 -8) += r1; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xffffffff00000001

// == or
*(u64 *)(r10 -8) = 0x0f; r1 = 0x100000000000000f ll; lock *(u64 *)(r10 -8) |= r1; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x100000000000000f

// == and
*(u64 *)(r10 -8) = -1; r1 = 0x1000000000000ff0 ll; lock *(u64 *)(r10 -8) &= r1; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x1000000000000ff0

// == xor
*(u64 *)(r10 -8) = -1; r1 = 0x1000000000000ff0 ll; lock *(u64 *)(r10 -8) ^= r1; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xeffffffffffff00f

// == or32, and32 and xor32 touch 4 bytes
*(u64 *)(r10 -8) = -1; r1 = 0xff00; r2 = 0x0f00; r3 = 0x00ff
lock *(u32 *)(r10 -8) &= r1; lock *(u32 *)(r10 -8) ^= r2; lock *(u32 *)(r10 -8) |= r3; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xffffffff0000f0ff

// == a plain operation leaves the register
*(u64 *)(r10 -8) = 5; r0 = 2; lock *(u64 *)(r10 -8) += r0; exit
// -> r0 = 2

// == fetch_add gives the old value
*(u64 *)(r10 -8) = -7; r0 = 2; r0 = atomic64_fetch_add((u64 *)(r10 -8), r0); r1 = *(u64 *)(r10 -8); r0 += r1; exit
// -> r0 = -12

// == fetch_add32 zero-extends the old value
*(u64 *)(r10 -8) = -7; r0 = 2; w0 = atomic_fetch_add((u32 *)(r10 -8), w0); exit
// -> r0 = 0xfffffff9

// == fetch_or gives the old value
*(u64 *)(r10 -8) = 5; r1 = 2; r1 = atomic64_fetch_or((u64 *)(r10 -8), r1); r0 = *(u64 *)(r10 -8); r0 <<= 8; r0 |= r1; exit
// -> r0 = 0x705

// == fetch_and gives the old value
*(u64 *)(r10 -8) = 5; r1 = 4; r1 = atomic64_fetch_and((u64 *)(r10 -8), r1); r0 = *(u64 *)(r10 -8); r0 <<= 8; r0 |= r1; exit
// -> r0 = 0x405

// == fetch_xor32 gives the old value
*(u64 *)(r10 -8) = 5; r1 = 4; w1 = atomic_fetch_xor((u32 *)(r10 -8), w1); r0 = *(u64 *)(r10 -8); r0 <<= 8; r0 |= r1; exit
// -> r0 = 0x105

// == xchg
*(u64 *)(r10 -8) = 5; r1 = -4; r1 = atomic64_xchg((u64 *)(r10 -8), r1); r0 = *(u64 *)(r10 -8); r0 *= r1; exit
// -> r0 = -20

// == xchg32 zero-extends and touches 4 bytes
*(u64 *)(r10 -8) = -1; r1 = 4; w1 = atomic_xchg((u32 *)(r10 -8), w1); r0 = *(u64 *)(r10 -8); r0 += r1; exit
// -> r0 = 3

// == cmpxchg stores where r0 equals the old value
*(u64 *)(r10 -8) = 5; r0 = 5; r1 = 9; r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r1); r2 = *(u64 *)(r10 -8); r0 <<= 8; r0 |= r2; exit
// -> r0 = 0x509

// == cmpxchg gives the old value where r0 differs
*(u64 *)(r10 -8) = 5; r0 = 6; r1 = 9; r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r1); r2 = *(u64 *)(r10 -8); r0 <<= 8; r0 |= r2; exit
// -> r0 = 0x505

// == cmpxchg compares all 64 bits
*(u64 *)(r10 -8) = 5; r0 = 0x100000005 ll; r1 = 9; r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r1); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 5

// == cmpxchg32 compares the low half and zero-extends r0 on success
*(u64 *)(r10 -8) = -1; r0 = 0x1ffffffff ll; r1 = 9; w0 = atomic_cmpxchg((u32 *)(r10 -8), w0, w1); exit
// -> r0 = 0xffffffff

// == cmpxchg32 zero-extends r0 on failure
*(u64 *)(r10 -8) = -2; r0 = -1; r1 = 9; w0 = atomic_cmpxchg((u32 *)(r10 -8), w0, w1); exit
// -> r0 = 0xfffffffe

// == cmpxchg leaves src
*(u64 *)(r10 -8) = 5; r0 = 5; r1 = 9; r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r1); r0 = r1; exit
// -> r0 = 9
`,
  },
  {
    file: 'byteswap.case',
    text: `// Byte order. RFC 9669, section 4.2. The machine is little-endian.

// == le16 truncates
r0 = 0x123456789abcdef0 ll; r0 = le16 r0; exit
// -> r0 = 0xdef0

// == le32 truncates
r0 = 0x123456789abcdef0 ll; r0 = le32 r0; exit
// -> r0 = 0x9abcdef0

// == le64 does nothing
r0 = 0x123456789abcdef0 ll; r0 = le64 r0; exit
// -> r0 = 0x123456789abcdef0

// == be16 swaps and truncates
r0 = 0x123456789abcdef0 ll; r0 = be16 r0; exit
// -> r0 = 0xf0de

// == be32 swaps and truncates
r0 = 0x123456789abcdef0 ll; r0 = be32 r0; exit
// -> r0 = 0xf0debc9a

// == be64 swaps
r0 = 0x123456789abcdef0 ll; r0 = be64 r0; exit
// -> r0 = 0xf0debc9a78563412

// == bswap16 swaps and truncates
r0 = 0x123456789abcdef0 ll; r0 = bswap16 r0; exit
// -> r0 = 0xf0de

// == bswap32 swaps and truncates
r0 = 0x123456789abcdef0 ll; r0 = bswap32 r0; exit
// -> r0 = 0xf0debc9a

// == bswap64 swaps
r0 = 0x123456789abcdef0 ll; r0 = bswap64 r0; exit
// -> r0 = 0xf0debc9a78563412
`,
  },
  {
    file: 'calls.case',
    text: `// Calls of functions of the same program. RFC 9669, section 4.3.1.

// == a function gets r1 to r5 and gives r0
r1 = 1; r2 = 20; r3 = 300; r4 = 4000; r5 = 50000; call sum; exit
sum: r0 = r1; r0 += r2; r0 += r3; r0 += r4; r0 += r5; exit
// -> r0 = 54321

// == r6 to r9 survive a call
r6 = 6; r7 = 0x700000000 ll; r8 = 8; r9 = 9; call clobber
r0 = r6; r0 += r7; r0 += r8; r0 += r9; exit
clobber: r6 = 0; r7 = 0; r8 = 0; r9 = 0; r0 = 0; exit
// -> r0 = 0x700000017

// == a function has a stack of its own
*(u64 *)(r10 -8) = 5; call other; r0 = *(u64 *)(r10 -8); exit
other: *(u64 *)(r10 -8) = 9; r0 = 0; exit
// -> r0 = 5

// == a function can reach its caller's stack through a pointer
r1 = r10; r1 += -8; *(u64 *)(r10 -8) = 5; call other; r0 = *(u64 *)(r10 -8); exit
other: *(u64 *)(r1 +0) = 9; r0 = 0; exit
// -> r0 = 9

// == a 64-bit value comes back whole
call wide; exit
wide: r0 = 0x123456789abcdef0 ll; exit
// -> r0 = 0x123456789abcdef0

// == functions call functions
r1 = 3; call one; exit
one: r1 += 1; call two; r0 += 1; exit
two: r1 *= 10; r0 = r1; exit
// -> r0 = 41
`,
  },
  {
    file: 'jumps.case',
    text: `// Comparisons and jumps. RFC 9669, section 4.3. A case gives the sum of the conditions that hold.

// == jeq and jne compare all 64 bits
r0 = 0; r1 = 0x100000005 ll; r2 = 5
if r1 == r2 goto +1
r0 += 1
if r1 != r2 goto +1
r0 += 2
exit
// -> r0 = 1

// == jeq sign-extends its immediate
r0 = 0; r1 = -1
if r1 == -1 goto yes
exit
yes: r0 = 1; exit
// -> r0 = 1

// == jgt, jge, jlt and jle are unsigned
r0 = 0; r1 = -1; r2 = 1
if r1 > r2 goto +1
r0 += 1
if r1 >= r2 goto +1
r0 += 2
if r2 < r1 goto +1
r0 += 4
if r2 <= r1 goto +1
r0 += 8
exit
// -> r0 = 0

// == jgt and jge of equal numbers
r0 = 0; r1 = 0x500000005 ll; r2 = r1
if r1 > r2 goto +1
r0 += 1
if r1 >= r2 goto +1
r0 += 2
if r1 < r2 goto +1
r0 += 4
if r1 <= r2 goto +1
r0 += 8
exit
// -> r0 = 5

// == jgt compares low halves where the high ones are equal
r0 = 0; r1 = 0x1ffffffff ll; r2 = 0x100000001 ll
if r1 > r2 goto yes
exit
yes: r0 = 1; exit
// -> r0 = 1

// == jsgt, jsge, jslt and jsle are signed
r0 = 0; r1 = -1; r2 = 1
if r1 s> r2 goto +1
r0 += 1
if r1 s>= r2 goto +1
r0 += 2
if r1 s< r2 goto +1
r0 += 4
if r1 s<= r2 goto +1
r0 += 8
exit
// -> r0 = 3

// == jsgt compares low halves unsigned
r0 = 0; r1 = 0xffffffff80000000 ll; r2 = 0xffffffff00000001 ll
if r1 s> r2 goto yes
exit
yes: r0 = 1; exit
// -> r0 = 1

// == jsge and jsle of equal numbers
r0 = 0; r1 = -5; r2 = -5
if r1 s>= r2 goto +1
r0 += 1
if r1 s<= r2 goto +1
r0 += 2
if r1 s> r2 goto +1
r0 += 4
if r1 s< r2 goto +1
r0 += 8
exit
// -> r0 = 12

// == jset looks at all 64 bits
r0 = 0; r1 = 0x100000000 ll; r2 = r1
if r1 & r2 goto yes
exit
yes: r0 = 1; exit
// -> r0 = 1

// == jset sign-extends its immediate
r0 = 0; r1 = 0x100000000 ll
if r1 & -1 goto yes
exit
yes: r0 = 1; exit
// -> r0 = 1

// == jset of no common bit falls through
r0 = 0; r1 = 6
if r1 & 9 goto yes
exit
yes: r0 = 1; exit
// -> r0 = 0

// == jeq32 and jne32 look at low halves only
r0 = 0; r1 = 0x100000005 ll; r2 = 5
if w1 == w2 goto +1
r0 += 1
if w1 != w2 goto +1
r0 += 2
exit
// -> r0 = 2

// == jgt32 is unsigned
r0 = 0; r1 = 0xffffffff ll
if w1 > 1 goto yes
exit
yes: r0 = 1; exit
// -> r0 = 1

// == jsgt32 and its relatives are signed in 32 bits
r0 = 0; r1 = 0xffffffff ll
if w1 s> 1 goto +1
r0 += 1
if w1 s>= 1 goto +1
r0 += 2
if w1 s< 1 goto +1
r0 += 4
if w1 s<= -1 goto +1
r0 += 8
exit
// -> r0 = 3

// == jlt32, jle32, jge32 ignore high halves
r0 = 0; r1 = 0x700000001 ll; r2 = 2
if w1 < w2 goto +1
r0 += 1
if w1 <= w2 goto +1
r0 += 2
if w1 >= w2 goto +1
r0 += 4
exit
// -> r0 = 4

// == jset32 ignores high halves
r0 = 0; r1 = 0x100000000 ll; r2 = -1
if w1 & w2 goto yes
exit
yes: r0 = 1; exit
// -> r0 = 0

// == a jump backwards makes a loop
r0 = 0; r1 = 10
again: r0 += r1; r1 += -1
if r1 != 0 goto again
exit
// -> r0 = 55

// == goto and gotol
r0 = 1; goto over
back: r0 += 16; exit
over: gotol back
// -> r0 = 17

// == may_goto goes on while the loop is short
r0 = 0
again: r0 += 1
if r0 == 1000 goto end
may_goto end
goto again
end: exit
// -> r0 = 1000
`,
  },
  {
    file: 'memory.case',
    text: `// Loads and stores on the stack and in the packet. RFC 9669, section 5.

// == stores of each size touch as many bytes
r1 = -1; *(u64 *)(r10 -8) = r1
r1 = 0; *(u8 *)(r10 -8) = r1; *(u16 *)(r10 -6) = r1; *(u8 *)(r10 -1) = r1
r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x00ffffff0000ff00

// == a 4-byte store leaves the upper half
r1 = -1; *(u64 *)(r10 -8) = r1; r1 = 0x12345678; *(u32 *)(r10 -8) = r1
r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xffffffff12345678

// == loads zero-extend
r1 = -1; *(u64 *)(r10 -8) = r1
r0 = *(u8 *)(r10 -8); r1 = *(u16 *)(r10 -8); r0 += r1; r1 = *(u32 *)(r10 -8); r0 += r1; exit
// -> r0 = 0x1000100fd

// == memory is little-endian
r1 = 0x0807060504030201 ll; *(u64 *)(r10 -8) = r1; r0 = *(u16 *)(r10 -6); exit
// -> r0 = 0x0403

// == loads need not be aligned in the packet
// packet 00 11 22 33 44 55 66 77 88 99
r2 = *(u32 *)(r1 +0); r3 = *(u32 *)(r1 +4); r0 = 0; r4 = r2; r4 += 16
if r4 > r3 goto out
r0 = *(u64 *)(r2 +1)
out: exit
// -> r0 = 0x8877665544332211

// == sign-extending loads
r1 = 0x80ff80; *(u64 *)(r10 -8) = r1
r0 = *(s8 *)(r10 -8); r2 = *(s16 *)(r10 -8); r0 += r2; exit
// -> r0 = -256

// == a sign-extending 4-byte load
r1 = 0x80000000 ll; *(u64 *)(r10 -8) = r1; r0 = *(s32 *)(r10 -8); exit
// -> r0 = 0xffffffff80000000

// == an 8-byte store of an immediate sign-extends it
*(u64 *)(r10 -8) = -2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = -2

// == smaller stores of an immediate truncate it
*(u64 *)(r10 -8) = 0; *(u8 *)(r10 -8) = 0x1ff; *(u16 *)(r10 -4) = -1; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xffff000000ff

// == a 4-byte store of an immediate
*(u64 *)(r10 -8) = -1; *(u32 *)(r10 -4) = 5; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x5ffffffff

// == the whole stack of 512 bytes can be used
*(u64 *)(r10 -512) = 7; r1 = r10; r1 += -512; r0 = *(u64 *)(r1 +0); exit
// -> r0 = 7

// == stores change the packet
r2 = *(u32 *)(r1 +0); r3 = *(u32 *)(r1 +4); r0 = 1; r4 = r2; r4 += 14
if r4 > r3 goto out
*(u16 *)(r2 +1) = 0x2211; *(u8 *)(r2 +13) = 0xee
out: exit
// -> r0 = 1
// -> packet 00 11 22 00 00 00 00 00 00 00 00 00 00 ee 00

// == the context gives the packet's length
r2 = *(u32 *)(r1 +0); r0 = *(u32 *)(r1 +4); r0 -= r2; exit
// -> r0 = 64

// == there is no metadata at first
r2 = *(u32 *)(r1 +8); r0 = *(u32 *)(r1 +0); r0 -= r2; exit
// -> r0 = 0

// == load_acquire of each size zero-extends
r1 = -1; *(u64 *)(r10 -8) = r1; r2 = r10; r2 += -8
r0 = load_acquire((u8 *)(r2 +0)); r3 = load_acquire((u16 *)(r2 +2)); r0 += r3
r3 = load_acquire((u32 *)(r2 +4)); r0 += r3; r3 = load_acquire((u64 *)(r2 +0)); r0 += r3; exit
// -> r0 = 0x1000100fc

// == store_release of each size touches as many bytes
*(u64 *)(r10 -8) = 0; *(u64 *)(r10 -16) = 0; r1 = 0x1122334455667788 ll; r2 = r10; r2 += -16
store_release((u8 *)(r2 +0), r1); store_release((u16 *)(r2 +2), r1); store_release((u32 *)(r2 +4), r1)
r0 = *(u64 *)(r10 -16); exit
// -> r0 = 0x5566778877880088

// == store_release of 8 bytes
r1 = 0x1122334455667788 ll; r2 = r10; store_release((u64 *)(r2 -8), r1); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x1122334455667788
`,
  },
  {
    file: 'shifts.case',
    text: `// Shifts: only the low 6 bits (5 for 32-bit shifts) of the count matter. RFC 9669, section 4.1.

// == lsh across the halves
r0 = 0x80000001; r1 = 4; r0 <<= r1; exit
// -> r0 = 0x800000010

// == lsh by 32
r0 = 0x1234; r0 <<= 32; exit
// -> r0 = 0x123400000000

// == lsh by 63
r0 = 3; r0 <<= 63; exit
// -> r0 = 0x8000000000000000

// == lsh by 0
r0 = 0x123456789abcdef0 ll; r1 = 0; r0 <<= r1; exit
// -> r0 = 0x123456789abcdef0

// == lsh by 64 in a register is a shift by 0
r0 = 0x123456789abcdef0 ll; r1 = 64; r0 <<= r1; exit
// -> r0 = 0x123456789abcdef0

// == lsh by -1 in a register is a shift by 63
r0 = 1; r1 = -1; r0 <<= r1; exit
// -> r0 = 0x8000000000000000

// == rsh across the halves
r0 = 0x123456789abcdef0 ll; r0 >>= 4; exit
// -> r0 = 0x123456789abcdef

// == rsh by 33
r0 = 0xfedcba9876543210 ll; r0 >>= 33; exit
// -> r0 = 0x7f6e5d4c

// == rsh by 32
r0 = 0xfedcba9876543210 ll; r1 = 32; r0 >>= r1; exit
// -> r0 = 0xfedcba98

// == rsh by 65 in a register is a shift by 1
r0 = 0x8000000000000000 ll; r1 = 65; r0 >>= r1; exit
// -> r0 = 0x4000000000000000

// == arsh fills with the sign
r0 = 0x8000000000000000 ll; r0 s>>= 4; exit
// -> r0 = 0xf800000000000000

// == arsh by 36
r0 = 0x8000000000000000 ll; r1 = 36; r0 s>>= r1; exit
// -> r0 = 0xfffffffff8000000

// == arsh by 63
r0 = -5; r0 s>>= 63; exit
// -> r0 = -1

// == arsh by 32
r0 = 0x8765432112345678 ll; r0 s>>= 32; exit
// -> r0 = 0xffffffff87654321

// == arsh of a positive number
r0 = 0x4000000000000000 ll; r0 s>>= 60; exit
// -> r0 = 4

// == arsh by 0
r0 = 0x8765432112345678 ll; r1 = 0; r0 s>>= r1; exit
// -> r0 = 0x8765432112345678

// == lsh32 drops what leaves the low half
r0 = 0xffffffff ll; w0 <<= 4; exit
// -> r0 = 0xfffffff0

// == lsh32 by 32 in a register is a shift by 0 and zero-extends
r0 = 0x12345678ffffffff ll; r1 = 32; w0 <<= w1; exit
// -> r0 = 0xffffffff

// == rsh32 looks at the low half only
r0 = 0x12345678f0000000 ll; w0 >>= 28; exit
// -> r0 = 0xf

// == rsh32 by 33 in a register is a shift by 1
r0 = 0x80000000 ll; r1 = 33; w0 >>= w1; exit
// -> r0 = 0x40000000

// == rsh32 by 0 zero-extends
r0 = -1; r1 = 0; w0 >>= w1; exit
// -> r0 = 0xffffffff

// == arsh32 fills with bit 31 and zero-extends
r0 = 0x80000000 ll; w0 s>>= 4; exit
// -> r0 = 0xf8000000

// == arsh32 by 0 zero-extends
r0 = -1; r1 = 0; w0 s>>= w1; exit
// -> r0 = 0xffffffff
`,
  },
  {
    file: 'signed.case',
    text: `// Signed division and sign extension (Linux 6.6). RFC 9669, section 4.1.

// == sdiv rounds to zero
r0 = -13; r1 = 3; r0 s/= r1; exit
// -> r0 = -4

// == sdiv by an immediate
r0 = 13; r0 s/= -3; exit
// -> r0 = -4

// == sdiv by zero gives zero
r0 = -13; r1 = 0; r0 s/= r1; exit
// -> r0 = 0

// == sdiv of the smallest number by -1 is itself
r0 = 0x8000000000000000 ll; r1 = -1; r0 s/= r1; exit
// -> r0 = 0x8000000000000000

// == sdiv of the smallest number by an immediate -1 is itself
r0 = 0x8000000000000000 ll; r0 s/= -1; exit
// -> r0 = 0x8000000000000000

// == smod has the sign of the dividend
r0 = -13; r1 = 3; r0 s%= r1; exit
// -> r0 = -1

// == smod of a positive number by a negative one
r0 = 13; r0 s%= -3; exit
// -> r0 = 1

// == smod by zero leaves the number
r0 = -13; r1 = 0; r0 s%= r1; exit
// -> r0 = -13

// == smod of the smallest number by -1 is zero
r0 = 0x8000000000000000 ll; r1 = -1; r0 s%= r1; exit
// -> r0 = 0

// == sdiv32 zero-extends its result
r0 = -13; w0 s/= 3; exit
// -> r0 = 0xfffffffc

// == sdiv32 looks at low halves only
r0 = 0x1fffffff3 ll; r1 = 0x100000003 ll; w0 s/= w1; exit
// -> r0 = 0xfffffffc

// == sdiv32 of the smallest number by -1 is itself
r0 = 0x80000000 ll; r1 = -1; w0 s/= w1; exit
// -> r0 = 0x80000000

// == sdiv32 by zero gives zero
r0 = -13; r1 = 0x700000000 ll; w0 s/= w1; exit
// -> r0 = 0

// == smod32 zero-extends its result
r0 = -13; r1 = 3; w0 s%= w1; exit
// -> r0 = 0xffffffff

// == smod32 of the smallest number by -1 is zero
r0 = 0x80000000 ll; r1 = -1; w0 s%= w1; exit
// -> r0 = 0

// == smod32 by zero keeps the low half
r0 = -13; r1 = 0; w0 s%= w1; exit
// -> r0 = 0xfffffff3

// == movsx from 8 bits
r1 = 0x80; r0 = (s8)r1; exit
// -> r0 = -128

// == movsx from 8 bits of a positive number drops what is above
r1 = 0x1234567f; r0 = (s8)r1; exit
// -> r0 = 0x7f

// == movsx from 16 bits
r1 = 0x18000; r0 = (s16)r1; exit
// -> r0 = -32768

// == movsx from 32 bits
r1 = 0x1280000000 ll; r0 = (s32)r1; exit
// -> r0 = 0xffffffff80000000

// == movsx32 from 8 bits zero-extends its result
r1 = 0x80; w0 = (s8)w1; exit
// -> r0 = 0xffffff80

// == movsx32 from 16 bits zero-extends its result
r1 = 0x8000; w0 = (s16)w1; exit
// -> r0 = 0xffff8000
`,
  },
  {
    file: 'rows-atomic32.case',
    text: `// Rows of conformance group atomic32.

// == add32 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u32 *)(r10 -8) += r2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f078563418

// == add32 leaves its source
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u32 *)(r10 -8) += r2; r0 = r2; exit
// -> r0 = 0x8765432187654323

// == fetch_add32 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; w2 = atomic_fetch_add((u32 *)(r10 -8), w2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f078563418

// == fetch_add32 gives the old value
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; w2 = atomic_fetch_add((u32 *)(r10 -8), w2); r0 = r2; exit
// -> r0 = 0xf0f0f0f5

// == or32 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u32 *)(r10 -8) |= r2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f0f7f5f3f7

// == or32 leaves its source
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u32 *)(r10 -8) |= r2; r0 = r2; exit
// -> r0 = 0x8765432187654323

// == fetch_or32 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; w2 = atomic_fetch_or((u32 *)(r10 -8), w2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f0f7f5f3f7

// == fetch_or32 gives the old value
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; w2 = atomic_fetch_or((u32 *)(r10 -8), w2); r0 = r2; exit
// -> r0 = 0xf0f0f0f5

// == and32 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u32 *)(r10 -8) &= r2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f080604021

// == and32 leaves its source
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u32 *)(r10 -8) &= r2; r0 = r2; exit
// -> r0 = 0x8765432187654323

// == fetch_and32 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; w2 = atomic_fetch_and((u32 *)(r10 -8), w2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f080604021

// == fetch_and32 gives the old value
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; w2 = atomic_fetch_and((u32 *)(r10 -8), w2); r0 = r2; exit
// -> r0 = 0xf0f0f0f5

// == xor32 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u32 *)(r10 -8) ^= r2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f07795b3d6

// == xor32 leaves its source
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u32 *)(r10 -8) ^= r2; r0 = r2; exit
// -> r0 = 0x8765432187654323

// == fetch_xor32 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; w2 = atomic_fetch_xor((u32 *)(r10 -8), w2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f07795b3d6

// == fetch_xor32 gives the old value
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; w2 = atomic_fetch_xor((u32 *)(r10 -8), w2); r0 = r2; exit
// -> r0 = 0xf0f0f0f5

// == xchg32 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; w2 = atomic_xchg((u32 *)(r10 -8), w2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f087654323

// == xchg32 gives the old value
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; w2 = atomic_xchg((u32 *)(r10 -8), w2); r0 = r2; exit
// -> r0 = 0xf0f0f0f5

// == cmpxchg32 stores where r0 is equal
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r0 = 0xf0f0f0f0f0f0f0f5 ll; w0 = atomic_cmpxchg((u32 *)(r10 -8), w0, w2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f087654323

// == cmpxchg32 gives the old value where r0 is equal
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r0 = 0xf0f0f0f0f0f0f0f5 ll; w0 = atomic_cmpxchg((u32 *)(r10 -8), w0, w2); exit
// -> r0 = 0xf0f0f0f5

// == cmpxchg32 does not store where r0 differs
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r0 = 7; w0 = atomic_cmpxchg((u32 *)(r10 -8), w0, w2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f0f0f0f0f5

// == cmpxchg32 gives the old value where r0 differs
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r0 = 7; w0 = atomic_cmpxchg((u32 *)(r10 -8), w0, w2); exit
// -> r0 = 0xf0f0f0f5

// == cmpxchg32 leaves its source
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r0 = 7; w0 = atomic_cmpxchg((u32 *)(r10 -8), w0, w2); r0 = r2; exit
// -> r0 = 0x8765432187654323

// == cmpxchg32 looks at its width of r0
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r0 = 0xf0f0f1f0f0f0f0f5 ll; w0 = atomic_cmpxchg((u32 *)(r10 -8), w0, w2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f087654323
`,
  },
  {
    file: 'rows-atomic64.case',
    text: `// Rows of conformance group atomic64.

// == add64 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u64 *)(r10 -8) += r2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x7856341278563418

// == add64 leaves its source
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u64 *)(r10 -8) += r2; r0 = r2; exit
// -> r0 = 0x8765432187654323

// == fetch_add64 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r2 = atomic64_fetch_add((u64 *)(r10 -8), r2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x7856341278563418

// == fetch_add64 gives the old value
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r2 = atomic64_fetch_add((u64 *)(r10 -8), r2); r0 = r2; exit
// -> r0 = 0xf0f0f0f0f0f0f0f5

// == or64 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u64 *)(r10 -8) |= r2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf7f5f3f1f7f5f3f7

// == or64 leaves its source
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u64 *)(r10 -8) |= r2; r0 = r2; exit
// -> r0 = 0x8765432187654323

// == fetch_or64 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r2 = atomic64_fetch_or((u64 *)(r10 -8), r2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf7f5f3f1f7f5f3f7

// == fetch_or64 gives the old value
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r2 = atomic64_fetch_or((u64 *)(r10 -8), r2); r0 = r2; exit
// -> r0 = 0xf0f0f0f0f0f0f0f5

// == and64 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u64 *)(r10 -8) &= r2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x8060402080604021

// == and64 leaves its source
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u64 *)(r10 -8) &= r2; r0 = r2; exit
// -> r0 = 0x8765432187654323

// == fetch_and64 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r2 = atomic64_fetch_and((u64 *)(r10 -8), r2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x8060402080604021

// == fetch_and64 gives the old value
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r2 = atomic64_fetch_and((u64 *)(r10 -8), r2); r0 = r2; exit
// -> r0 = 0xf0f0f0f0f0f0f0f5

// == xor64 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u64 *)(r10 -8) ^= r2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x7795b3d17795b3d6

// == xor64 leaves its source
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; lock *(u64 *)(r10 -8) ^= r2; r0 = r2; exit
// -> r0 = 0x8765432187654323

// == fetch_xor64 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r2 = atomic64_fetch_xor((u64 *)(r10 -8), r2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x7795b3d17795b3d6

// == fetch_xor64 gives the old value
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r2 = atomic64_fetch_xor((u64 *)(r10 -8), r2); r0 = r2; exit
// -> r0 = 0xf0f0f0f0f0f0f0f5

// == xchg64 changes memory
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r2 = atomic64_xchg((u64 *)(r10 -8), r2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x8765432187654323

// == xchg64 gives the old value
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r2 = atomic64_xchg((u64 *)(r10 -8), r2); r0 = r2; exit
// -> r0 = 0xf0f0f0f0f0f0f0f5

// == cmpxchg64 stores where r0 is equal
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r0 = 0xf0f0f0f0f0f0f0f5 ll; r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x8765432187654323

// == cmpxchg64 gives the old value where r0 is equal
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r0 = 0xf0f0f0f0f0f0f0f5 ll; r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r2); exit
// -> r0 = 0xf0f0f0f0f0f0f0f5

// == cmpxchg64 does not store where r0 differs
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r0 = 7; r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f0f0f0f0f5

// == cmpxchg64 gives the old value where r0 differs
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r0 = 7; r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r2); exit
// -> r0 = 0xf0f0f0f0f0f0f0f5

// == cmpxchg64 leaves its source
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r0 = 7; r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r2); r0 = r2; exit
// -> r0 = 0x8765432187654323

// == cmpxchg64 looks at its width of r0
r1 = 0xf0f0f0f0f0f0f0f5 ll; *(u64 *)(r10 -8) = r1; r2 = 0x8765432187654323 ll; r0 = 0xf0f0f1f0f0f0f0f5 ll; r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xf0f0f0f0f0f0f0f5
`,
  },
  {
    file: 'rows-base32.case',
    text: `// Rows of conformance group base32 of the IANA registry "BPF Instructions".

// == add32 imm adds
r0 = 0x5 ll; w0 += 2; exit
// -> r0 = 0x7

// == add32 imm wraps around
r0 = 0xffffffffffffffff ll; w0 += 1; exit
// -> r0 = 0x0

// == add32 imm takes a negative immediate
r0 = 0x1 ll; w0 += -2; exit
// -> r0 = 0xffffffff

// == add32 imm carries into bit 31
r0 = 0x7fffffff ll; w0 += 1; exit
// -> r0 = 0x80000000

// == add32 imm carries past 32 bits
r0 = 0xffffffff ll; w0 += 1; exit
// -> r0 = 0x0

// == add32 reg adds
r0 = 0x5 ll; r1 = 0x2 ll; w0 += w1; exit
// -> r0 = 0x7

// == add32 reg wraps around
r0 = 0xffffffffffffffff ll; r1 = 0x1 ll; w0 += w1; exit
// -> r0 = 0x0

// == add32 reg drops both carries
r0 = 0x8000000080000000 ll; r1 = 0x8000000080000000 ll; w0 += w1; exit
// -> r0 = 0x0

// == add32 reg adds its width of both
r0 = 0xffffffff ll; r1 = 0xffffffff00000001 ll; w0 += w1; exit
// -> r0 = 0x0

// == add32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 += w0; exit
// -> r0 = 0x3579bdea

// == add32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 += w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == sub32 imm subtracts
r0 = 0x5 ll; w0 -= 2; exit
// -> r0 = 0x3

// == sub32 imm wraps below zero
r0 = 0x0 ll; w0 -= 1; exit
// -> r0 = 0xffffffff

// == sub32 imm takes a negative immediate
r0 = 0x1 ll; w0 -= -1; exit
// -> r0 = 0x2

// == sub32 imm borrows past 32 bits
r0 = 0x100000000 ll; w0 -= 1; exit
// -> r0 = 0xffffffff

// == sub32 reg subtracts
r0 = 0x5 ll; r1 = 0x2 ll; w0 -= w1; exit
// -> r0 = 0x3

// == sub32 reg wraps below zero
r0 = 0x0 ll; r1 = 0x1 ll; w0 -= w1; exit
// -> r0 = 0xffffffff

// == sub32 reg borrows past 32 bits
r0 = 0x100000000 ll; r1 = 0x1 ll; w0 -= w1; exit
// -> r0 = 0xffffffff

// == sub32 reg passes the smallest number
r0 = 0x8000000000000000 ll; r1 = 0x1 ll; w0 -= w1; exit
// -> r0 = 0xffffffff

// == sub32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 -= w0; exit
// -> r0 = 0x0

// == sub32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 -= w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == or32 imm joins bits
r0 = 0xf0f0 ll; w0 |= 3855; exit
// -> r0 = 0xffff

// == or32 imm takes an immediate of all ones
r0 = 0x1000000000000000 ll; w0 |= -1; exit
// -> r0 = 0xffffffff

// == or32 imm keeps the rest
r0 = 0x123456789abcdef0 ll; w0 |= 15; exit
// -> r0 = 0x9abcdeff

// == or32 reg joins bits of both halves
r0 = 0xf0f0f0f000000000 ll; r1 = 0xf0f0f0f12345678 ll; w0 |= w1; exit
// -> r0 = 0x12345678

// == or32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 |= w0; exit
// -> r0 = 0x9abcdef5

// == or32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 |= w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == and32 imm keeps common bits
r0 = 0xff00ff00ff00ff00 ll; w0 &= 4080; exit
// -> r0 = 0xf00

// == and32 imm takes an immediate of all ones
r0 = 0x123456789abcdef0 ll; w0 &= -1; exit
// -> r0 = 0x9abcdef0

// == and32 imm takes a negative immediate
r0 = 0x123456789abcdef0 ll; w0 &= -256; exit
// -> r0 = 0x9abcde00

// == and32 reg keeps common bits of both halves
r0 = 0xff00ff00ff00ff00 ll; r1 = 0xff00ff00ff00ff0 ll; w0 &= w1; exit
// -> r0 = 0xf000f00

// == and32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 &= w0; exit
// -> r0 = 0x9abcdef5

// == and32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 &= w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == lsh32 imm by 0 changes no bit of its width
r0 = 0x8000000180000001 ll; w0 <<= 0; exit
// -> r0 = 0x80000001

// == lsh32 imm moves bits up
r0 = 0x8000000180000001 ll; w0 <<= 1; exit
// -> r0 = 0x2

// == lsh32 imm reaches bit 31
r0 = 0x1 ll; w0 <<= 31; exit
// -> r0 = 0x80000000

// == lsh32 reg masks the number of bits to its width
r0 = 0x8000000180000001 ll; r1 = 0x21 ll; w0 <<= w1; exit
// -> r0 = 0x2

// == lsh32 reg by 63
r0 = 0x3 ll; r1 = 0x3f ll; w0 <<= w1; exit
// -> r0 = 0x80000000

// == lsh32 reg looks at the lowest bits of the count alone
r0 = 0x123456789abcdef0 ll; r1 = 0xffffffffffffff04 ll; w0 <<= w1; exit
// -> r0 = 0xabcdef00

// == lsh32 reg by 64 is by 0
r0 = 0x8000000180000001 ll; r1 = 0x40 ll; w0 <<= w1; exit
// -> r0 = 0x80000001

// == lsh32 reg by 32
r0 = 0x5 ll; r1 = 0x20 ll; w0 <<= w1; exit
// -> r0 = 0x5

// == lsh32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 <<= w0; exit
// -> r0 = 0xdea00000

// == lsh32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 <<= w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == rsh32 imm by 0 changes no bit of its width
r0 = 0x8000000180000001 ll; w0 >>= 0; exit
// -> r0 = 0x80000001

// == rsh32 imm moves zeros in
r0 = 0x8000000180000001 ll; w0 >>= 1; exit
// -> r0 = 0x40000000

// == rsh32 imm reaches bit 31
r0 = 0xffffffff80000000 ll; w0 >>= 31; exit
// -> r0 = 0x1

// == rsh32 reg masks the number of bits to its width
r0 = 0x8000000180000001 ll; r1 = 0x21 ll; w0 >>= w1; exit
// -> r0 = 0x40000000

// == rsh32 reg by 63
r0 = 0xffffffffffffffff ll; r1 = 0x3f ll; w0 >>= w1; exit
// -> r0 = 0x1

// == rsh32 reg looks at the lowest bits of the count alone
r0 = 0x123456789abcdef0 ll; r1 = 0xffffffffffffff04 ll; w0 >>= w1; exit
// -> r0 = 0x9abcdef

// == rsh32 reg by 64 is by 0
r0 = 0x8000000180000001 ll; r1 = 0x40 ll; w0 >>= w1; exit
// -> r0 = 0x80000001

// == rsh32 reg by 32
r0 = 0xfedcba9876543210 ll; r1 = 0x20 ll; w0 >>= w1; exit
// -> r0 = 0x76543210

// == rsh32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 >>= w0; exit
// -> r0 = 0x4d5

// == rsh32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 >>= w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == xor32 imm flips bits
r0 = 0xff00ff00ff00ff00 ll; w0 ^= 4080; exit
// -> r0 = 0xff00f0f0

// == xor32 imm flips all bits with -1
r0 = 0x123456789abcdef0 ll; w0 ^= -1; exit
// -> r0 = 0x6543210f

// == xor32 reg flips bits of both halves
r0 = 0xff00ff00ff00ff00 ll; r1 = 0xff00ff00ff00ff0 ll; w0 ^= w1; exit
// -> r0 = 0xf0f0f0f0

// == xor32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 ^= w0; exit
// -> r0 = 0x0

// == xor32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 ^= w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == mov32 imm sets
r0 = 0x123456789abcdef0 ll; w0 = 7; exit
// -> r0 = 0x7

// == mov32 imm of -1 fills its width
r0 = 0x0 ll; w0 = -1; exit
// -> r0 = 0xffffffff

// == mov32 imm of the smallest immediate fills its width
r0 = 0x0 ll; w0 = -2147483648; exit
// -> r0 = 0x80000000

// == mov32 imm of the largest immediate
r0 = 0x123456789abcdef0 ll; w0 = 2147483647; exit
// -> r0 = 0x7fffffff

// == mov32 reg copies its width
r0 = 0x0 ll; r1 = 0x123456789abcdef0 ll; w0 = w1; exit
// -> r0 = 0x9abcdef0

// == mov32 reg does not extend a sign
r0 = 0xffffffffffffffff ll; r1 = 0x80000000 ll; w0 = w1; exit
// -> r0 = 0x80000000

// == mov32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 = w0; exit
// -> r0 = 0x9abcdef5

// == mov32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 = w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == arsh32 imm by 0 changes no bit of its width
r0 = 0x8000000180000001 ll; w0 s>>= 0; exit
// -> r0 = 0x80000001

// == arsh32 imm moves its sign in
r0 = 0x8000000180000001 ll; w0 s>>= 1; exit
// -> r0 = 0xc0000000

// == arsh32 imm by 31 leaves the sign of the lower half
r0 = 0xffffffff80000000 ll; w0 s>>= 31; exit
// -> r0 = 0xffffffff

// == arsh32 reg masks the number of bits to its width
r0 = 0x8000000180000001 ll; r1 = 0x21 ll; w0 s>>= w1; exit
// -> r0 = 0xc0000000

// == arsh32 reg by 63
r0 = 0x8000000000000000 ll; r1 = 0x3f ll; w0 s>>= w1; exit
// -> r0 = 0x0

// == arsh32 reg looks at the lowest bits of the count alone
r0 = 0xfedcba9876543210 ll; r1 = 0xffffffffffffff04 ll; w0 s>>= w1; exit
// -> r0 = 0x7654321

// == arsh32 reg by 64 is by 0
r0 = 0x8000000180000001 ll; r1 = 0x40 ll; w0 s>>= w1; exit
// -> r0 = 0x80000001

// == arsh32 reg by 32
r0 = 0xfedcba9876543210 ll; r1 = 0x20 ll; w0 s>>= w1; exit
// -> r0 = 0x76543210

// == arsh32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 s>>= w0; exit
// -> r0 = 0xfffffcd5

// == arsh32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 s>>= w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == neg32 of 0x1
r0 = 0x1 ll; w0 = -w0; exit
// -> r0 = 0xffffffff

// == neg32 of 0x0
r0 = 0x0 ll; w0 = -w0; exit
// -> r0 = 0x0

// == neg32 of 0x8000000000000000
r0 = 0x8000000000000000 ll; w0 = -w0; exit
// -> r0 = 0x0

// == neg32 of 0x80000000
r0 = 0x80000000 ll; w0 = -w0; exit
// -> r0 = 0x80000000

// == neg32 of 0x123456789abcdef0
r0 = 0x123456789abcdef0 ll; w0 = -w0; exit
// -> r0 = 0x65432110

// == movsx32 from 8 bits of 0x80
r1 = 0x80 ll; r0 = -1; w0 = (s8)w1; exit
// -> r0 = 0xffffff80

// == movsx32 from 8 bits of 0x7f
r1 = 0x7f ll; r0 = -1; w0 = (s8)w1; exit
// -> r0 = 0x7f

// == movsx32 from 8 bits of 0xfedcba9876543210
r1 = 0xfedcba9876543210 ll; r0 = -1; w0 = (s8)w1; exit
// -> r0 = 0x10

// == movsx32 from 16 bits of 0x8000
r1 = 0x8000 ll; r0 = -1; w0 = (s16)w1; exit
// -> r0 = 0xffff8000

// == movsx32 from 16 bits of 0x7fff
r1 = 0x7fff ll; r0 = -1; w0 = (s16)w1; exit
// -> r0 = 0x7fff

// == movsx32 from 16 bits of 0xfedcba9876543210
r1 = 0xfedcba9876543210 ll; r0 = -1; w0 = (s16)w1; exit
// -> r0 = 0x3210

// == le16 of 0x123456789abcdef
r0 = 0x123456789abcdef ll; r0 = le16 r0; exit
// -> r0 = 0xcdef

// == le16 of 0xfedcba9876543281
r0 = 0xfedcba9876543281 ll; r0 = le16 r0; exit
// -> r0 = 0x3281

// == be16 of 0x123456789abcdef
r0 = 0x123456789abcdef ll; r0 = be16 r0; exit
// -> r0 = 0xefcd

// == be16 of 0xfedcba9876543281
r0 = 0xfedcba9876543281 ll; r0 = be16 r0; exit
// -> r0 = 0x8132

// == bswap16 of 0x123456789abcdef
r0 = 0x123456789abcdef ll; r0 = bswap16 r0; exit
// -> r0 = 0xefcd

// == bswap16 of 0xfedcba9876543281
r0 = 0xfedcba9876543281 ll; r0 = bswap16 r0; exit
// -> r0 = 0x8132

// == le32 of 0x123456789abcdef
r0 = 0x123456789abcdef ll; r0 = le32 r0; exit
// -> r0 = 0x89abcdef

// == le32 of 0xfedcba9876543281
r0 = 0xfedcba9876543281 ll; r0 = le32 r0; exit
// -> r0 = 0x76543281

// == be32 of 0x123456789abcdef
r0 = 0x123456789abcdef ll; r0 = be32 r0; exit
// -> r0 = 0xefcdab89

// == be32 of 0xfedcba9876543281
r0 = 0xfedcba9876543281 ll; r0 = be32 r0; exit
// -> r0 = 0x81325476

// == bswap32 of 0x123456789abcdef
r0 = 0x123456789abcdef ll; r0 = bswap32 r0; exit
// -> r0 = 0xefcdab89

// == bswap32 of 0xfedcba9876543281
r0 = 0xfedcba9876543281 ll; r0 = bswap32 r0; exit
// -> r0 = 0x81325476

// == jeq32 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if w1 == 7 goto +1; r0 |= 1
r1 = 0x6 ll; if w1 == 7 goto +1; r0 |= 2
r1 = 0x8 ll; if w1 == 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if w1 == 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if w1 == 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if w1 == -1 goto +1; r0 |= 32
r1 = 0x5 ll; if w1 == -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if w1 == -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if w1 == -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if w1 == -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if w1 == 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x14e

// == jeq32 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if w1 == w2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if w1 == w2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if w1 == w2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if w1 == w2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if w1 == w2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if w1 == w2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if w1 == w2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if w1 == w2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if w1 == w2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if w1 == w2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if w1 == w2 goto +1; r0 |= 1024
exit
// -> r0 = 0x19e

// == jne32 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if w1 != 7 goto +1; r0 |= 1
r1 = 0x6 ll; if w1 != 7 goto +1; r0 |= 2
r1 = 0x8 ll; if w1 != 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if w1 != 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if w1 != 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if w1 != -1 goto +1; r0 |= 32
r1 = 0x5 ll; if w1 != -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if w1 != -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if w1 != -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if w1 != -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if w1 != 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x6b1

// == jne32 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if w1 != w2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if w1 != w2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if w1 != w2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if w1 != w2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if w1 != w2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if w1 != w2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if w1 != w2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if w1 != w2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if w1 != w2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if w1 != w2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if w1 != w2 goto +1; r0 |= 1024
exit
// -> r0 = 0x661

// == jset32 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if w1 & 7 goto +1; r0 |= 1
r1 = 0x6 ll; if w1 & 7 goto +1; r0 |= 2
r1 = 0x8 ll; if w1 & 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if w1 & 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if w1 & 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if w1 & -1 goto +1; r0 |= 32
r1 = 0x5 ll; if w1 & -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if w1 & -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if w1 & -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if w1 & -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if w1 & 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x504

// == jset32 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if w1 & w2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if w1 & w2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if w1 & w2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if w1 & w2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if w1 & w2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if w1 & w2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if w1 & w2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if w1 & w2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if w1 & w2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if w1 & w2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if w1 & w2 goto +1; r0 |= 1024
exit
// -> r0 = 0x784

// == jgt32 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if w1 > 7 goto +1; r0 |= 1
r1 = 0x6 ll; if w1 > 7 goto +1; r0 |= 2
r1 = 0x8 ll; if w1 > 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if w1 > 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if w1 > 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if w1 > -1 goto +1; r0 |= 32
r1 = 0x5 ll; if w1 > -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if w1 > -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if w1 > -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if w1 > -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if w1 > 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x7f3

// == jgt32 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if w1 > w2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if w1 > w2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if w1 > w2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if w1 > w2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if w1 > w2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if w1 > w2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if w1 > w2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if w1 > w2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if w1 > w2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if w1 > w2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if w1 > w2 goto +1; r0 |= 1024
exit
// -> r0 = 0x6f3

// == jge32 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if w1 >= 7 goto +1; r0 |= 1
r1 = 0x6 ll; if w1 >= 7 goto +1; r0 |= 2
r1 = 0x8 ll; if w1 >= 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if w1 >= 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if w1 >= 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if w1 >= -1 goto +1; r0 |= 32
r1 = 0x5 ll; if w1 >= -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if w1 >= -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if w1 >= -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if w1 >= -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if w1 >= 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x142

// == jge32 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if w1 >= w2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if w1 >= w2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if w1 >= w2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if w1 >= w2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if w1 >= w2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if w1 >= w2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if w1 >= w2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if w1 >= w2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if w1 >= w2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if w1 >= w2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if w1 >= w2 goto +1; r0 |= 1024
exit
// -> r0 = 0x92

// == jlt32 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if w1 < 7 goto +1; r0 |= 1
r1 = 0x6 ll; if w1 < 7 goto +1; r0 |= 2
r1 = 0x8 ll; if w1 < 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if w1 < 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if w1 < 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if w1 < -1 goto +1; r0 |= 32
r1 = 0x5 ll; if w1 < -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if w1 < -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if w1 < -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if w1 < -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if w1 < 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x6bd

// == jlt32 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if w1 < w2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if w1 < w2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if w1 < w2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if w1 < w2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if w1 < w2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if w1 < w2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if w1 < w2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if w1 < w2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if w1 < w2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if w1 < w2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if w1 < w2 goto +1; r0 |= 1024
exit
// -> r0 = 0x76d

// == jle32 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if w1 <= 7 goto +1; r0 |= 1
r1 = 0x6 ll; if w1 <= 7 goto +1; r0 |= 2
r1 = 0x8 ll; if w1 <= 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if w1 <= 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if w1 <= 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if w1 <= -1 goto +1; r0 |= 32
r1 = 0x5 ll; if w1 <= -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if w1 <= -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if w1 <= -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if w1 <= -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if w1 <= 0 goto +1; r0 |= 1024
exit
// -> r0 = 0xc

// == jle32 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if w1 <= w2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if w1 <= w2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if w1 <= w2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if w1 <= w2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if w1 <= w2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if w1 <= w2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if w1 <= w2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if w1 <= w2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if w1 <= w2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if w1 <= w2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if w1 <= w2 goto +1; r0 |= 1024
exit
// -> r0 = 0x10c

// == jsgt32 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if w1 s> 7 goto +1; r0 |= 1
r1 = 0x6 ll; if w1 s> 7 goto +1; r0 |= 2
r1 = 0x8 ll; if w1 s> 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if w1 s> 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if w1 s> 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if w1 s> -1 goto +1; r0 |= 32
r1 = 0x5 ll; if w1 s> -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if w1 s> -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if w1 s> -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if w1 s> -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if w1 s> 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x6bb

// == jsgt32 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if w1 s> w2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if w1 s> w2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if w1 s> w2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if w1 s> w2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if w1 s> w2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if w1 s> w2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if w1 s> w2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if w1 s> w2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if w1 s> w2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if w1 s> w2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if w1 s> w2 goto +1; r0 |= 1024
exit
// -> r0 = 0x76b

// == jsge32 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if w1 s>= 7 goto +1; r0 |= 1
r1 = 0x6 ll; if w1 s>= 7 goto +1; r0 |= 2
r1 = 0x8 ll; if w1 s>= 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if w1 s>= 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if w1 s>= 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if w1 s>= -1 goto +1; r0 |= 32
r1 = 0x5 ll; if w1 s>= -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if w1 s>= -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if w1 s>= -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if w1 s>= -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if w1 s>= 0 goto +1; r0 |= 1024
exit
// -> r0 = 0xa

// == jsge32 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if w1 s>= w2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if w1 s>= w2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if w1 s>= w2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if w1 s>= w2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if w1 s>= w2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if w1 s>= w2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if w1 s>= w2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if w1 s>= w2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if w1 s>= w2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if w1 s>= w2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if w1 s>= w2 goto +1; r0 |= 1024
exit
// -> r0 = 0x10a

// == jslt32 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if w1 s< 7 goto +1; r0 |= 1
r1 = 0x6 ll; if w1 s< 7 goto +1; r0 |= 2
r1 = 0x8 ll; if w1 s< 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if w1 s< 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if w1 s< 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if w1 s< -1 goto +1; r0 |= 32
r1 = 0x5 ll; if w1 s< -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if w1 s< -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if w1 s< -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if w1 s< -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if w1 s< 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x7f5

// == jslt32 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if w1 s< w2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if w1 s< w2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if w1 s< w2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if w1 s< w2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if w1 s< w2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if w1 s< w2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if w1 s< w2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if w1 s< w2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if w1 s< w2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if w1 s< w2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if w1 s< w2 goto +1; r0 |= 1024
exit
// -> r0 = 0x6f5

// == jsle32 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if w1 s<= 7 goto +1; r0 |= 1
r1 = 0x6 ll; if w1 s<= 7 goto +1; r0 |= 2
r1 = 0x8 ll; if w1 s<= 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if w1 s<= 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if w1 s<= 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if w1 s<= -1 goto +1; r0 |= 32
r1 = 0x5 ll; if w1 s<= -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if w1 s<= -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if w1 s<= -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if w1 s<= -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if w1 s<= 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x144

// == jsle32 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if w1 s<= w2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if w1 s<= w2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if w1 s<= w2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if w1 s<= w2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if w1 s<= w2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if w1 s<= w2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if w1 s<= w2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if w1 s<= w2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if w1 s<= w2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if w1 s<= w2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if w1 s<= w2 goto +1; r0 |= 1024
exit
// -> r0 = 0x94

// == goto jumps forwards
r0 = 1; r1 = 1; if r1 != 1 goto +1; goto +1; r0 = 2; exit
// -> r0 = 0x1

// == goto jumps backwards
r0 = 1; goto over
back: exit
over: r0 += 4; goto back
// -> r0 = 0x5

// == gotol jumps forwards
r0 = 1; r1 = 1; if r1 != 1 goto +1; gotol +1; r0 = 2; exit
// -> r0 = 0x1

// == gotol jumps backwards
r0 = 1; gotol over
back: exit
over: r0 += 4; gotol back
// -> r0 = 0x5

// == a local call goes to its function and comes back
r1 = 40; call twice; r0 += 1; exit
twice: r0 = r1; r0 += r1; exit
// -> r0 = 0x51

// == a local call backwards in the program
goto main
main: r1 = 3; call f; r0 += 1; exit
f: r0 = r1; r0 *= 5; exit
// -> r0 = 0x10

// == a helper is called by its number
call xdp_get_buff_len#188; exit
// -> r0 = 0x40

// == exit ends the program at the first one reached
r0 = 3; if r0 == 3 goto +1; exit; r0 = 4; exit
// -> r0 = 0x4

// == load u8 zero-extends
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -8) = r1; r0 = -1; r0 = *(u8 *)(r10 -8); exit
// -> r0 = 0x81

// == load u8 takes the bytes at its offset
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -16) = r1; r2 = r10; r2 += -512; r0 = *(u8 *)(r2 +503); exit
// -> r0 = 0xfe

// == load u8 into its own base
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -8) = r1; r1 = r10; r1 = *(u8 *)(r1 -8); r0 = r1; exit
// -> r0 = 0x81

// == load s8 extends a sign
r1 = 0x8080808080808080 ll; *(u64 *)(r10 -8) = r1; r0 = *(s8 *)(r10 -8); exit
// -> r0 = 0xffffffffffffff80

// == load s8 of a positive number
r1 = 0xff7f ll; *(u64 *)(r10 -8) = r1; r0 = -1; r0 = *(s8 *)(r10 -8); exit
// -> r0 = 0x7f

// == store u8 of a register touches 1 byte
r1 = -1; *(u64 *)(r10 -8) = r1; r2 = 0xfedcba9876543281 ll; *(u8 *)(r10 -8) = r2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xffffffffffffff81

// == store u8 of an immediate touches 1 byte
r1 = 0; *(u64 *)(r10 -8) = r1; *(u8 *)(r10 -8) = -2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xfe

// == store u8 of a positive immediate
r1 = -1; *(u64 *)(r10 -8) = r1; *(u8 *)(r10 -8) = 0x12345678; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xffffffffffffff78

// == load u16 zero-extends
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -8) = r1; r0 = -1; r0 = *(u16 *)(r10 -8); exit
// -> r0 = 0x3281

// == load u16 takes the bytes at its offset
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -16) = r1; r2 = r10; r2 += -512; r0 = *(u16 *)(r2 +502); exit
// -> r0 = 0xfedc

// == load u16 into its own base
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -8) = r1; r1 = r10; r1 = *(u16 *)(r1 -8); r0 = r1; exit
// -> r0 = 0x3281

// == load s16 extends a sign
r1 = 0x8080808080808080 ll; *(u64 *)(r10 -8) = r1; r0 = *(s16 *)(r10 -8); exit
// -> r0 = 0xffffffffffff8080

// == load s16 of a positive number
r1 = 0xf0f0f0f0f07f7f7f ll; *(u64 *)(r10 -8) = r1; r0 = -1; r0 = *(s16 *)(r10 -8); exit
// -> r0 = 0x7f7f

// == store u16 of a register touches 2 bytes
r1 = -1; *(u64 *)(r10 -8) = r1; r2 = 0xfedcba9876543281 ll; *(u16 *)(r10 -8) = r2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xffffffffffff3281

// == store u16 of an immediate touches 2 bytes
r1 = 0; *(u64 *)(r10 -8) = r1; *(u16 *)(r10 -8) = -2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xfffe

// == store u16 of a positive immediate
r1 = -1; *(u64 *)(r10 -8) = r1; *(u16 *)(r10 -8) = 0x12345678; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xffffffffffff5678

// == load u32 zero-extends
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -8) = r1; r0 = -1; r0 = *(u32 *)(r10 -8); exit
// -> r0 = 0x76543281

// == load u32 takes the bytes at its offset
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -16) = r1; r2 = r10; r2 += -512; r0 = *(u32 *)(r2 +500); exit
// -> r0 = 0xfedcba98

// == load u32 into its own base
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -8) = r1; r1 = r10; r1 = *(u32 *)(r1 -8); r0 = r1; exit
// -> r0 = 0x76543281

// == load s32 extends a sign
r1 = 0x8080808080808080 ll; *(u64 *)(r10 -8) = r1; r0 = *(s32 *)(r10 -8); exit
// -> r0 = 0xffffffff80808080

// == load s32 of a positive number
r1 = 0xf0f0f0f07f7f7f7f ll; *(u64 *)(r10 -8) = r1; r0 = -1; r0 = *(s32 *)(r10 -8); exit
// -> r0 = 0x7f7f7f7f

// == store u32 of a register touches 4 bytes
r1 = -1; *(u64 *)(r10 -8) = r1; r2 = 0xfedcba9876543281 ll; *(u32 *)(r10 -8) = r2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xffffffff76543281

// == store u32 of an immediate touches 4 bytes
r1 = 0; *(u64 *)(r10 -8) = r1; *(u32 *)(r10 -8) = -2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xfffffffe

// == store u32 of a positive immediate
r1 = -1; *(u64 *)(r10 -8) = r1; *(u32 *)(r10 -8) = 0x12345678; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xffffffff12345678

// == a kernel function is called by its BTF id
// map counts: hash key 4 value 8 entries 4
// map counts[01000000] = 0700000000000000
// map counts[02000000] = 0900000000000000
r0 = 5; r1 = map[counts]; call kfunc[bpf_map_sum_elem_count]; exit
// -> r0 = 0x2
`,
  },
  {
    file: 'rows-base64.case',
    text: `// Rows of conformance group base64 of the IANA registry "BPF Instructions".

// == add64 imm adds
r0 = 0x5 ll; r0 += 2; exit
// -> r0 = 0x7

// == add64 imm wraps around
r0 = 0xffffffffffffffff ll; r0 += 1; exit
// -> r0 = 0x0

// == add64 imm takes a negative immediate
r0 = 0x1 ll; r0 += -2; exit
// -> r0 = 0xffffffffffffffff

// == add64 imm carries into bit 31
r0 = 0x7fffffff ll; r0 += 1; exit
// -> r0 = 0x80000000

// == add64 imm carries past 32 bits
r0 = 0xffffffff ll; r0 += 1; exit
// -> r0 = 0x100000000

// == add64 reg adds
r0 = 0x5 ll; r1 = 0x2 ll; r0 += r1; exit
// -> r0 = 0x7

// == add64 reg wraps around
r0 = 0xffffffffffffffff ll; r1 = 0x1 ll; r0 += r1; exit
// -> r0 = 0x0

// == add64 reg drops both carries
r0 = 0x8000000080000000 ll; r1 = 0x8000000080000000 ll; r0 += r1; exit
// -> r0 = 0x100000000

// == add64 reg adds its width of both
r0 = 0xffffffff ll; r1 = 0xffffffff00000001 ll; r0 += r1; exit
// -> r0 = 0x0

// == add64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 += r0; exit
// -> r0 = 0x2468acf13579bdea

// == add64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 += r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == sub64 imm subtracts
r0 = 0x5 ll; r0 -= 2; exit
// -> r0 = 0x3

// == sub64 imm wraps below zero
r0 = 0x0 ll; r0 -= 1; exit
// -> r0 = 0xffffffffffffffff

// == sub64 imm takes a negative immediate
r0 = 0x1 ll; r0 -= -1; exit
// -> r0 = 0x2

// == sub64 imm borrows past 32 bits
r0 = 0x100000000 ll; r0 -= 1; exit
// -> r0 = 0xffffffff

// == sub64 reg subtracts
r0 = 0x5 ll; r1 = 0x2 ll; r0 -= r1; exit
// -> r0 = 0x3

// == sub64 reg wraps below zero
r0 = 0x0 ll; r1 = 0x1 ll; r0 -= r1; exit
// -> r0 = 0xffffffffffffffff

// == sub64 reg borrows past 32 bits
r0 = 0x100000000 ll; r1 = 0x1 ll; r0 -= r1; exit
// -> r0 = 0xffffffff

// == sub64 reg passes the smallest number
r0 = 0x8000000000000000 ll; r1 = 0x1 ll; r0 -= r1; exit
// -> r0 = 0x7fffffffffffffff

// == sub64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 -= r0; exit
// -> r0 = 0x0

// == sub64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 -= r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == or64 imm joins bits
r0 = 0xf0f0 ll; r0 |= 3855; exit
// -> r0 = 0xffff

// == or64 imm takes an immediate of all ones
r0 = 0x1000000000000000 ll; r0 |= -1; exit
// -> r0 = 0xffffffffffffffff

// == or64 imm keeps the rest
r0 = 0x123456789abcdef0 ll; r0 |= 15; exit
// -> r0 = 0x123456789abcdeff

// == or64 reg joins bits of both halves
r0 = 0xf0f0f0f000000000 ll; r1 = 0xf0f0f0f12345678 ll; r0 |= r1; exit
// -> r0 = 0xffffffff12345678

// == or64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 |= r0; exit
// -> r0 = 0x123456789abcdef5

// == or64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 |= r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == and64 imm keeps common bits
r0 = 0xff00ff00ff00ff00 ll; r0 &= 4080; exit
// -> r0 = 0xf00

// == and64 imm takes an immediate of all ones
r0 = 0x123456789abcdef0 ll; r0 &= -1; exit
// -> r0 = 0x123456789abcdef0

// == and64 imm takes a negative immediate
r0 = 0x123456789abcdef0 ll; r0 &= -256; exit
// -> r0 = 0x123456789abcde00

// == and64 reg keeps common bits of both halves
r0 = 0xff00ff00ff00ff00 ll; r1 = 0xff00ff00ff00ff0 ll; r0 &= r1; exit
// -> r0 = 0xf000f000f000f00

// == and64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 &= r0; exit
// -> r0 = 0x123456789abcdef5

// == and64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 &= r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == lsh64 imm by 0 changes no bit of its width
r0 = 0x8000000180000001 ll; r0 <<= 0; exit
// -> r0 = 0x8000000180000001

// == lsh64 imm moves bits up
r0 = 0x8000000180000001 ll; r0 <<= 1; exit
// -> r0 = 0x300000002

// == lsh64 imm reaches bit 31
r0 = 0x1 ll; r0 <<= 31; exit
// -> r0 = 0x80000000

// == lsh64 imm by 32
r0 = 0xfedcba9876543210 ll; r0 <<= 32; exit
// -> r0 = 0x7654321000000000

// == lsh64 imm by 63
r0 = 0xfedcba9876543210 ll; r0 <<= 63; exit
// -> r0 = 0x0

// == lsh64 reg masks the number of bits to its width
r0 = 0x8000000180000001 ll; r1 = 0x21 ll; r0 <<= r1; exit
// -> r0 = 0x200000000

// == lsh64 reg by 63
r0 = 0x3 ll; r1 = 0x3f ll; r0 <<= r1; exit
// -> r0 = 0x8000000000000000

// == lsh64 reg looks at the lowest bits of the count alone
r0 = 0x123456789abcdef0 ll; r1 = 0xffffffffffffff04 ll; r0 <<= r1; exit
// -> r0 = 0x23456789abcdef00

// == lsh64 reg by 64 is by 0
r0 = 0x8000000180000001 ll; r1 = 0x40 ll; r0 <<= r1; exit
// -> r0 = 0x8000000180000001

// == lsh64 reg by 32
r0 = 0x5 ll; r1 = 0x20 ll; r0 <<= r1; exit
// -> r0 = 0x500000000

// == lsh64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 <<= r0; exit
// -> r0 = 0xdea0000000000000

// == lsh64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 <<= r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == rsh64 imm by 0 changes no bit of its width
r0 = 0x8000000180000001 ll; r0 >>= 0; exit
// -> r0 = 0x8000000180000001

// == rsh64 imm moves zeros in
r0 = 0x8000000180000001 ll; r0 >>= 1; exit
// -> r0 = 0x40000000c0000000

// == rsh64 imm reaches bit 31
r0 = 0xffffffff80000000 ll; r0 >>= 31; exit
// -> r0 = 0x1ffffffff

// == rsh64 imm by 32
r0 = 0xfedcba9876543210 ll; r0 >>= 32; exit
// -> r0 = 0xfedcba98

// == rsh64 imm by 63
r0 = 0xfedcba9876543210 ll; r0 >>= 63; exit
// -> r0 = 0x1

// == rsh64 reg masks the number of bits to its width
r0 = 0x8000000180000001 ll; r1 = 0x21 ll; r0 >>= r1; exit
// -> r0 = 0x40000000

// == rsh64 reg by 63
r0 = 0xffffffffffffffff ll; r1 = 0x3f ll; r0 >>= r1; exit
// -> r0 = 0x1

// == rsh64 reg looks at the lowest bits of the count alone
r0 = 0x123456789abcdef0 ll; r1 = 0xffffffffffffff04 ll; r0 >>= r1; exit
// -> r0 = 0x123456789abcdef

// == rsh64 reg by 64 is by 0
r0 = 0x8000000180000001 ll; r1 = 0x40 ll; r0 >>= r1; exit
// -> r0 = 0x8000000180000001

// == rsh64 reg by 32
r0 = 0xfedcba9876543210 ll; r1 = 0x20 ll; r0 >>= r1; exit
// -> r0 = 0xfedcba98

// == rsh64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 >>= r0; exit
// -> r0 = 0x91

// == rsh64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 >>= r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == xor64 imm flips bits
r0 = 0xff00ff00ff00ff00 ll; r0 ^= 4080; exit
// -> r0 = 0xff00ff00ff00f0f0

// == xor64 imm flips all bits with -1
r0 = 0x123456789abcdef0 ll; r0 ^= -1; exit
// -> r0 = 0xedcba9876543210f

// == xor64 reg flips bits of both halves
r0 = 0xff00ff00ff00ff00 ll; r1 = 0xff00ff00ff00ff0 ll; r0 ^= r1; exit
// -> r0 = 0xf0f0f0f0f0f0f0f0

// == xor64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 ^= r0; exit
// -> r0 = 0x0

// == xor64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 ^= r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == mov64 imm sets
r0 = 0x123456789abcdef0 ll; r0 = 7; exit
// -> r0 = 0x7

// == mov64 imm of -1 fills its width
r0 = 0x0 ll; r0 = -1; exit
// -> r0 = 0xffffffffffffffff

// == mov64 imm of the smallest immediate fills its width
r0 = 0x0 ll; r0 = -2147483648; exit
// -> r0 = 0xffffffff80000000

// == mov64 imm of the largest immediate
r0 = 0x123456789abcdef0 ll; r0 = 2147483647; exit
// -> r0 = 0x7fffffff

// == mov64 reg copies its width
r0 = 0x0 ll; r1 = 0x123456789abcdef0 ll; r0 = r1; exit
// -> r0 = 0x123456789abcdef0

// == mov64 reg does not extend a sign
r0 = 0xffffffffffffffff ll; r1 = 0x80000000 ll; r0 = r1; exit
// -> r0 = 0x80000000

// == mov64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 = r0; exit
// -> r0 = 0x123456789abcdef5

// == mov64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 = r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == arsh64 imm by 0 changes no bit of its width
r0 = 0x8000000180000001 ll; r0 s>>= 0; exit
// -> r0 = 0x8000000180000001

// == arsh64 imm moves its sign in
r0 = 0x8000000180000001 ll; r0 s>>= 1; exit
// -> r0 = 0xc0000000c0000000

// == arsh64 imm by 31 leaves the sign of the lower half
r0 = 0xffffffff80000000 ll; r0 s>>= 31; exit
// -> r0 = 0xffffffffffffffff

// == arsh64 imm by 32
r0 = 0xfedcba9876543210 ll; r0 s>>= 32; exit
// -> r0 = 0xfffffffffedcba98

// == arsh64 imm by 63
r0 = 0xfedcba9876543210 ll; r0 s>>= 63; exit
// -> r0 = 0xffffffffffffffff

// == arsh64 reg masks the number of bits to its width
r0 = 0x8000000180000001 ll; r1 = 0x21 ll; r0 s>>= r1; exit
// -> r0 = 0xffffffffc0000000

// == arsh64 reg by 63
r0 = 0x8000000000000000 ll; r1 = 0x3f ll; r0 s>>= r1; exit
// -> r0 = 0xffffffffffffffff

// == arsh64 reg looks at the lowest bits of the count alone
r0 = 0xfedcba9876543210 ll; r1 = 0xffffffffffffff04 ll; r0 s>>= r1; exit
// -> r0 = 0xffedcba987654321

// == arsh64 reg by 64 is by 0
r0 = 0x8000000180000001 ll; r1 = 0x40 ll; r0 s>>= r1; exit
// -> r0 = 0x8000000180000001

// == arsh64 reg by 32
r0 = 0xfedcba9876543210 ll; r1 = 0x20 ll; r0 s>>= r1; exit
// -> r0 = 0xfffffffffedcba98

// == arsh64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 s>>= r0; exit
// -> r0 = 0x91

// == arsh64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 s>>= r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == neg64 of 0x1
r0 = 0x1 ll; r0 = -r0; exit
// -> r0 = 0xffffffffffffffff

// == neg64 of 0x0
r0 = 0x0 ll; r0 = -r0; exit
// -> r0 = 0x0

// == neg64 of 0x8000000000000000
r0 = 0x8000000000000000 ll; r0 = -r0; exit
// -> r0 = 0x8000000000000000

// == neg64 of 0x80000000
r0 = 0x80000000 ll; r0 = -r0; exit
// -> r0 = 0xffffffff80000000

// == neg64 of 0x123456789abcdef0
r0 = 0x123456789abcdef0 ll; r0 = -r0; exit
// -> r0 = 0xedcba98765432110

// == movsx64 from 8 bits of 0x80
r1 = 0x80 ll; r0 = -1; r0 = (s8)r1; exit
// -> r0 = 0xffffffffffffff80

// == movsx64 from 8 bits of 0x7f
r1 = 0x7f ll; r0 = -1; r0 = (s8)r1; exit
// -> r0 = 0x7f

// == movsx64 from 8 bits of 0xfedcba9876543210
r1 = 0xfedcba9876543210 ll; r0 = -1; r0 = (s8)r1; exit
// -> r0 = 0x10

// == movsx64 from 16 bits of 0x8000
r1 = 0x8000 ll; r0 = -1; r0 = (s16)r1; exit
// -> r0 = 0xffffffffffff8000

// == movsx64 from 16 bits of 0x7fff
r1 = 0x7fff ll; r0 = -1; r0 = (s16)r1; exit
// -> r0 = 0x7fff

// == movsx64 from 16 bits of 0xfedcba9876543210
r1 = 0xfedcba9876543210 ll; r0 = -1; r0 = (s16)r1; exit
// -> r0 = 0x3210

// == movsx64 from 32 bits of 0x80000000
r1 = 0x80000000 ll; r0 = -1; r0 = (s32)r1; exit
// -> r0 = 0xffffffff80000000

// == movsx64 from 32 bits of 0x7fffffff
r1 = 0x7fffffff ll; r0 = -1; r0 = (s32)r1; exit
// -> r0 = 0x7fffffff

// == movsx64 from 32 bits of 0xfedcba9876543210
r1 = 0xfedcba9876543210 ll; r0 = -1; r0 = (s32)r1; exit
// -> r0 = 0x76543210

// == le64 of 0x123456789abcdef
r0 = 0x123456789abcdef ll; r0 = le64 r0; exit
// -> r0 = 0x123456789abcdef

// == le64 of 0xfedcba9876543281
r0 = 0xfedcba9876543281 ll; r0 = le64 r0; exit
// -> r0 = 0xfedcba9876543281

// == be64 of 0x123456789abcdef
r0 = 0x123456789abcdef ll; r0 = be64 r0; exit
// -> r0 = 0xefcdab8967452301

// == be64 of 0xfedcba9876543281
r0 = 0xfedcba9876543281 ll; r0 = be64 r0; exit
// -> r0 = 0x8132547698badcfe

// == bswap64 of 0x123456789abcdef
r0 = 0x123456789abcdef ll; r0 = bswap64 r0; exit
// -> r0 = 0xefcdab8967452301

// == bswap64 of 0xfedcba9876543281
r0 = 0xfedcba9876543281 ll; r0 = bswap64 r0; exit
// -> r0 = 0x8132547698badcfe

// == jeq64 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if r1 == 7 goto +1; r0 |= 1
r1 = 0x6 ll; if r1 == 7 goto +1; r0 |= 2
r1 = 0x8 ll; if r1 == 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if r1 == 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if r1 == 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if r1 == -1 goto +1; r0 |= 32
r1 = 0x5 ll; if r1 == -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if r1 == -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if r1 == -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if r1 == -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if r1 == 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x3de

// == jeq64 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if r1 == r2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if r1 == r2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if r1 == r2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if r1 == r2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if r1 == r2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if r1 == r2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if r1 == r2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if r1 == r2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if r1 == r2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if r1 == r2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if r1 == r2 goto +1; r0 |= 1024
exit
// -> r0 = 0x1fe

// == jne64 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if r1 != 7 goto +1; r0 |= 1
r1 = 0x6 ll; if r1 != 7 goto +1; r0 |= 2
r1 = 0x8 ll; if r1 != 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if r1 != 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if r1 != 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if r1 != -1 goto +1; r0 |= 32
r1 = 0x5 ll; if r1 != -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if r1 != -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if r1 != -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if r1 != -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if r1 != 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x421

// == jne64 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if r1 != r2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if r1 != r2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if r1 != r2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if r1 != r2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if r1 != r2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if r1 != r2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if r1 != r2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if r1 != r2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if r1 != r2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if r1 != r2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if r1 != r2 goto +1; r0 |= 1024
exit
// -> r0 = 0x601

// == jset64 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if r1 & 7 goto +1; r0 |= 1
r1 = 0x6 ll; if r1 & 7 goto +1; r0 |= 2
r1 = 0x8 ll; if r1 & 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if r1 & 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if r1 & 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if r1 & -1 goto +1; r0 |= 32
r1 = 0x5 ll; if r1 & -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if r1 & -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if r1 & -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if r1 & -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if r1 & 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x404

// == jset64 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if r1 & r2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if r1 & r2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if r1 & r2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if r1 & r2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if r1 & r2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if r1 & r2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if r1 & r2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if r1 & r2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if r1 & r2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if r1 & r2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if r1 & r2 goto +1; r0 |= 1024
exit
// -> r0 = 0x384

// == jgt64 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if r1 > 7 goto +1; r0 |= 1
r1 = 0x6 ll; if r1 > 7 goto +1; r0 |= 2
r1 = 0x8 ll; if r1 > 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if r1 > 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if r1 > 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if r1 > -1 goto +1; r0 |= 32
r1 = 0x5 ll; if r1 > -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if r1 > -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if r1 > -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if r1 > -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if r1 > 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x7e3

// == jgt64 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if r1 > r2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if r1 > r2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if r1 > r2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if r1 > r2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if r1 > r2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if r1 > r2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if r1 > r2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if r1 > r2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if r1 > r2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if r1 > r2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if r1 > r2 goto +1; r0 |= 1024
exit
// -> r0 = 0x653

// == jge64 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if r1 >= 7 goto +1; r0 |= 1
r1 = 0x6 ll; if r1 >= 7 goto +1; r0 |= 2
r1 = 0x8 ll; if r1 >= 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if r1 >= 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if r1 >= 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if r1 >= -1 goto +1; r0 |= 32
r1 = 0x5 ll; if r1 >= -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if r1 >= -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if r1 >= -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if r1 >= -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if r1 >= 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x3c2

// == jge64 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if r1 >= r2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if r1 >= r2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if r1 >= r2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if r1 >= r2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if r1 >= r2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if r1 >= r2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if r1 >= r2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if r1 >= r2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if r1 >= r2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if r1 >= r2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if r1 >= r2 goto +1; r0 |= 1024
exit
// -> r0 = 0x52

// == jlt64 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if r1 < 7 goto +1; r0 |= 1
r1 = 0x6 ll; if r1 < 7 goto +1; r0 |= 2
r1 = 0x8 ll; if r1 < 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if r1 < 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if r1 < 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if r1 < -1 goto +1; r0 |= 32
r1 = 0x5 ll; if r1 < -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if r1 < -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if r1 < -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if r1 < -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if r1 < 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x43d

// == jlt64 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if r1 < r2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if r1 < r2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if r1 < r2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if r1 < r2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if r1 < r2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if r1 < r2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if r1 < r2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if r1 < r2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if r1 < r2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if r1 < r2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if r1 < r2 goto +1; r0 |= 1024
exit
// -> r0 = 0x7ad

// == jle64 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if r1 <= 7 goto +1; r0 |= 1
r1 = 0x6 ll; if r1 <= 7 goto +1; r0 |= 2
r1 = 0x8 ll; if r1 <= 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if r1 <= 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if r1 <= 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if r1 <= -1 goto +1; r0 |= 32
r1 = 0x5 ll; if r1 <= -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if r1 <= -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if r1 <= -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if r1 <= -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if r1 <= 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x1c

// == jle64 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if r1 <= r2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if r1 <= r2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if r1 <= r2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if r1 <= r2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if r1 <= r2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if r1 <= r2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if r1 <= r2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if r1 <= r2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if r1 <= r2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if r1 <= r2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if r1 <= r2 goto +1; r0 |= 1024
exit
// -> r0 = 0x1ac

// == jsgt64 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if r1 s> 7 goto +1; r0 |= 1
r1 = 0x6 ll; if r1 s> 7 goto +1; r0 |= 2
r1 = 0x8 ll; if r1 s> 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if r1 s> 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if r1 s> 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if r1 s> -1 goto +1; r0 |= 32
r1 = 0x5 ll; if r1 s> -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if r1 s> -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if r1 s> -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if r1 s> -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if r1 s> 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x52b

// == jsgt64 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if r1 s> r2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if r1 s> r2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if r1 s> r2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if r1 s> r2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if r1 s> r2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if r1 s> r2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if r1 s> r2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if r1 s> r2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if r1 s> r2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if r1 s> r2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if r1 s> r2 goto +1; r0 |= 1024
exit
// -> r0 = 0x6cb

// == jsge64 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if r1 s>= 7 goto +1; r0 |= 1
r1 = 0x6 ll; if r1 s>= 7 goto +1; r0 |= 2
r1 = 0x8 ll; if r1 s>= 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if r1 s>= 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if r1 s>= 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if r1 s>= -1 goto +1; r0 |= 32
r1 = 0x5 ll; if r1 s>= -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if r1 s>= -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if r1 s>= -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if r1 s>= -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if r1 s>= 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x10a

// == jsge64 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if r1 s>= r2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if r1 s>= r2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if r1 s>= r2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if r1 s>= r2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if r1 s>= r2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if r1 s>= r2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if r1 s>= r2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if r1 s>= r2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if r1 s>= r2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if r1 s>= r2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if r1 s>= r2 goto +1; r0 |= 1024
exit
// -> r0 = 0xca

// == jslt64 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if r1 s< 7 goto +1; r0 |= 1
r1 = 0x6 ll; if r1 s< 7 goto +1; r0 |= 2
r1 = 0x8 ll; if r1 s< 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if r1 s< 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if r1 s< 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if r1 s< -1 goto +1; r0 |= 32
r1 = 0x5 ll; if r1 s< -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if r1 s< -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if r1 s< -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if r1 s< -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if r1 s< 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x6f5

// == jslt64 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if r1 s< r2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if r1 s< r2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if r1 s< r2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if r1 s< r2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if r1 s< r2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if r1 s< r2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if r1 s< r2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if r1 s< r2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if r1 s< r2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if r1 s< r2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if r1 s< r2 goto +1; r0 |= 1024
exit
// -> r0 = 0x735

// == jsle64 imm: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; if r1 s<= 7 goto +1; r0 |= 1
r1 = 0x6 ll; if r1 s<= 7 goto +1; r0 |= 2
r1 = 0x8 ll; if r1 s<= 7 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; if r1 s<= 7 goto +1; r0 |= 8
r1 = 0x100000007 ll; if r1 s<= 7 goto +1; r0 |= 16
r1 = 0xffffffffffffffff ll; if r1 s<= -1 goto +1; r0 |= 32
r1 = 0x5 ll; if r1 s<= -1 goto +1; r0 |= 64
r1 = 0xffffffff ll; if r1 s<= -1 goto +1; r0 |= 128
r1 = 0x8000000000000000 ll; if r1 s<= -2147483648 goto +1; r0 |= 256
r1 = 0x80000000 ll; if r1 s<= -2147483648 goto +1; r0 |= 512
r1 = 0x0 ll; if r1 s<= 0 goto +1; r0 |= 1024
exit
// -> r0 = 0x2d4

// == jsle64 reg: one bit for each pair that does not jump
r0 = 0
r1 = 0x7 ll; r2 = 0x7 ll; if r1 s<= r2 goto +1; r0 |= 1
r1 = 0x6 ll; r2 = 0x7 ll; if r1 s<= r2 goto +1; r0 |= 2
r1 = 0x8 ll; r2 = 0x7 ll; if r1 s<= r2 goto +1; r0 |= 4
r1 = 0xffffffffffffffff ll; r2 = 0x1 ll; if r1 s<= r2 goto +1; r0 |= 8
r1 = 0x1 ll; r2 = 0xffffffffffffffff ll; if r1 s<= r2 goto +1; r0 |= 16
r1 = 0x100000007 ll; r2 = 0x7 ll; if r1 s<= r2 goto +1; r0 |= 32
r1 = 0x7 ll; r2 = 0x100000007 ll; if r1 s<= r2 goto +1; r0 |= 64
r1 = 0x8000000000000000 ll; r2 = 0x7fffffffffffffff ll; if r1 s<= r2 goto +1; r0 |= 128
r1 = 0x80000000 ll; r2 = 0x7fffffff ll; if r1 s<= r2 goto +1; r0 |= 256
r1 = 0x0 ll; r2 = 0x0 ll; if r1 s<= r2 goto +1; r0 |= 512
r1 = 0x8000000000000000 ll; r2 = 0x8000000000000000 ll; if r1 s<= r2 goto +1; r0 |= 1024
exit
// -> r0 = 0x134

// == load u64 zero-extends
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -8) = r1; r0 = -1; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xfedcba9876543281

// == load u64 takes the bytes at its offset
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -16) = r1; r2 = r10; r2 += -512; r0 = *(u64 *)(r2 +496); exit
// -> r0 = 0xfedcba9876543281

// == load u64 into its own base
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -8) = r1; r1 = r10; r1 = *(u64 *)(r1 -8); r0 = r1; exit
// -> r0 = 0xfedcba9876543281

// == store u64 of a register touches 8 bytes
r1 = -1; *(u64 *)(r10 -8) = r1; r2 = 0xfedcba9876543281 ll; *(u64 *)(r10 -8) = r2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xfedcba9876543281

// == store u64 of an immediate touches 8 bytes
r1 = 0; *(u64 *)(r10 -8) = r1; *(u64 *)(r10 -8) = -2; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xfffffffffffffffe

// == store u64 of a positive immediate
r1 = -1; *(u64 *)(r10 -8) = r1; *(u64 *)(r10 -8) = 0x12345678; r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0x12345678

// == a 64-bit immediate load takes both halves
r0 = 0x123456789abcdef0 ll; exit
// -> r0 = 0x123456789abcdef0

// == a 64-bit immediate load extends no sign
r0 = 0x80000000 ll; exit
// -> r0 = 0x80000000

// == a 64-bit immediate load of all ones
r0 = 0xffffffffffffffff ll; exit
// -> r0 = 0xffffffffffffffff

// == a jump goes over both slots of a 64-bit immediate load
r0 = 1; r1 = 1; if r1 != 1 goto +1; goto +2; r0 = 0x123456789abcdef0 ll; exit
// -> r0 = 0x1

// == a map is loaded by its file descriptor
// map counts: array key 4 value 8 entries 2
// map counts[01000000] = 0700000000000000
*(u32 *)(r10 -4) = 1; r2 = r10; r2 += -4; r1 = map[counts]; call map_lookup_elem#1; if r0 == 0 goto +1; r0 = *(u64 *)(r0 +0); exit
// -> r0 = 0x7

// == the value of a map is loaded by its file descriptor and an offset
// map case.data: array key 4 value 16 entries 1 flags 1024
// map case.data[00000000] = 07000000000000000900000000000000
r1 = map[case.data]+8; r0 = *(u64 *)(r1 +0); *(u64 *)(r1 -8) = 5; exit
// -> r0 = 0x9
// -> map case.data[00000000] = 05000000000000000900000000000000

// == a map is loaded by its index
// map other: array key 4 value 8 entries 1
// map counts: array key 4 value 8 entries 2
// map counts[01000000] = 0700000000000000
*(u32 *)(r10 -4) = 1; r2 = r10; r2 += -4; r1 = map[idx:counts]; call map_lookup_elem#1; if r0 == 0 goto +1; r0 = *(u64 *)(r0 +0); exit
// -> r0 = 0x7

// == the value of a map is loaded by its index and an offset
// map other: array key 4 value 8 entries 1
// map case.data: array key 4 value 16 entries 1 flags 1024
// map case.data[00000000] = 07000000000000000900000000000000
r1 = map[idx:case.data]+8; r0 = *(u64 *)(r1 +0); exit
// -> r0 = 0x9

// == the address of a function is loaded for a callback
*(u64 *)(r10 -8) = 0; r1 = 5; r2 = subprog[each]; r3 = r10; r3 += -8; r4 = 0; call loop#181
r0 <<= 32; r1 = *(u64 *)(r10 -8); r0 |= r1; exit
each: r3 = *(u64 *)(r2 +0); r3 += r1; *(u64 *)(r2 +0) = r3; r0 = 0; exit
// -> r0 = 0x50000000a

// == the address of a kernel symbol is loaded by its BTF id
r1 = ksym[bpf_map_sum_elem_count]; r0 = 5; if r1 == 0 goto +1; r0 = 7; exit
// -> r0 = 0x7
`,
  },
  {
    file: 'rows-divmul32.case',
    text: `// Rows of conformance group divmul32.

// == mul32 imm multiplies
r0 = 0x7 ll; w0 *= 6; exit
// -> r0 = 0x2a

// == mul32 imm gives 1 for -1 times -1
r0 = 0xffffffffffffffff ll; w0 *= -1; exit
// -> r0 = 0x1

// == mul32 imm drops what does not fit
r0 = 0x100000001 ll; w0 *= 65537; exit
// -> r0 = 0x10001

// == mul32 imm takes a negative immediate
r0 = 0x123456789 ll; w0 *= -3; exit
// -> r0 = 0x962fc965

// == mul32 reg multiplies
r0 = 0x7 ll; r1 = 0x6 ll; w0 *= w1; exit
// -> r0 = 0x2a

// == mul32 reg drops what does not fit
r0 = 0x100000000 ll; r1 = 0x100000000 ll; w0 *= w1; exit
// -> r0 = 0x0

// == mul32 reg gives 1 for -1 times -1
r0 = 0xffffffffffffffff ll; r1 = 0xffffffffffffffff ll; w0 *= w1; exit
// -> r0 = 0x1

// == mul32 reg multiplies across halves
r0 = 0x123456789 ll; r1 = 0x987654321 ll; w0 *= w1; exit
// -> r0 = 0xce1833a9

// == mul32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 *= w0; exit
// -> r0 = 0xfe05d679

// == mul32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 *= w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == div32 imm rounds down
r0 = 0x2a ll; w0 /= 5; exit
// -> r0 = 0x8

// == div32 imm is unsigned
r0 = 0xffffffffffffffff ll; w0 /= 2; exit
// -> r0 = 0x7fffffff

// == div32 imm divides by an immediate of all ones
r0 = 0xffffffffffffffff ll; w0 /= -1; exit
// -> r0 = 0x1

// == div32 imm gives 0 for a dividend below the divisor
r0 = 0x8000000000000000 ll; w0 /= -1; exit
// -> r0 = 0x0

// == div32 imm uses its width of the dividend
r0 = 0x100000007 ll; w0 /= 7; exit
// -> r0 = 0x1

// == div32 reg rounds down
r0 = 0x2a ll; r1 = 0x5 ll; w0 /= w1; exit
// -> r0 = 0x8

// == div32 reg by 0 gives 0
r0 = 0x123456789abcdef0 ll; r1 = 0x0 ll; w0 /= w1; exit
// -> r0 = 0x0

// == div32 reg uses its width of the divisor
r0 = 0x123456789abcdef0 ll; r1 = 0x100000000 ll; w0 /= w1; exit
// -> r0 = 0x0

// == div32 reg of equal numbers gives 1
r0 = 0xffffffffffffffff ll; r1 = 0xffffffffffffffff ll; w0 /= w1; exit
// -> r0 = 0x1

// == div32 reg is unsigned
r0 = 0x8000000000000000 ll; r1 = 0x3 ll; w0 /= w1; exit
// -> r0 = 0x0

// == div32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 /= w0; exit
// -> r0 = 0x1

// == div32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 /= w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == sdiv32 imm rounds towards zero
r0 = 0xfffffffffffffff3 ll; w0 s/= 3; exit
// -> r0 = 0xfffffffc

// == sdiv32 imm takes a negative divisor
r0 = 0xd ll; w0 s/= -3; exit
// -> r0 = 0xfffffffc

// == sdiv32 imm gives a positive quotient for two negative numbers
r0 = 0xfffffffffffffff3 ll; w0 s/= -3; exit
// -> r0 = 0x4

// == sdiv32 imm gives the smallest 64-bit number over -1
r0 = 0x8000000000000000 ll; w0 s/= -1; exit
// -> r0 = 0x0

// == sdiv32 imm handles the smallest 32-bit number over -1
r0 = 0x80000000 ll; w0 s/= -1; exit
// -> r0 = 0x80000000

// == sdiv32 reg rounds towards zero
r0 = 0xfffffffffffffff3 ll; r1 = 0x3 ll; w0 s/= w1; exit
// -> r0 = 0xfffffffc

// == sdiv32 reg by 0 gives 0
r0 = 0xfffffffffffffff3 ll; r1 = 0x0 ll; w0 s/= w1; exit
// -> r0 = 0x0

// == sdiv32 reg gives the smallest 64-bit number over -1
r0 = 0x8000000000000000 ll; r1 = 0xffffffffffffffff ll; w0 s/= w1; exit
// -> r0 = 0x0

// == sdiv32 reg handles the smallest 32-bit number over -1
r0 = 0xffffffff80000000 ll; r1 = 0xffffffffffffffff ll; w0 s/= w1; exit
// -> r0 = 0x80000000

// == sdiv32 reg looks at its width alone
r0 = 0x1fffffff3 ll; r1 = 0x100000003 ll; w0 s/= w1; exit
// -> r0 = 0xfffffffc

// == sdiv32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 s/= w0; exit
// -> r0 = 0x1

// == sdiv32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 s/= w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == mod32 imm gives the remainder
r0 = 0x2a ll; w0 %= 5; exit
// -> r0 = 0x2

// == mod32 imm is unsigned
r0 = 0xffffffffffffffff ll; w0 %= 10; exit
// -> r0 = 0x5

// == mod32 imm takes an immediate of all ones as a large number
r0 = 0x7 ll; w0 %= -1; exit
// -> r0 = 0x7

// == mod32 imm uses its width of the dividend
r0 = 0x100000007 ll; w0 %= 7; exit
// -> r0 = 0x0

// == mod32 reg gives the remainder
r0 = 0x2a ll; r1 = 0x5 ll; w0 %= w1; exit
// -> r0 = 0x2

// == mod32 reg by 0 keeps its width of the dividend
r0 = 0x123456789abcdef0 ll; r1 = 0x0 ll; w0 %= w1; exit
// -> r0 = 0x9abcdef0

// == mod32 reg uses its width of the divisor
r0 = 0x123456789abcdef0 ll; r1 = 0x100000000 ll; w0 %= w1; exit
// -> r0 = 0x9abcdef0

// == mod32 reg is unsigned
r0 = 0x8000000000000001 ll; r1 = 0x3 ll; w0 %= w1; exit
// -> r0 = 0x1

// == mod32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 %= w0; exit
// -> r0 = 0x0

// == mod32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 %= w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == smod32 imm takes the sign of the dividend
r0 = 0xfffffffffffffff3 ll; w0 s%= 3; exit
// -> r0 = 0xffffffff

// == smod32 imm does not take the sign of the divisor
r0 = 0xd ll; w0 s%= -3; exit
// -> r0 = 0x1

// == smod32 imm gives 0 for the smallest 64-bit number over -1
r0 = 0x8000000000000000 ll; w0 s%= -1; exit
// -> r0 = 0x0

// == smod32 imm handles the smallest 32-bit number over -1
r0 = 0x80000000 ll; w0 s%= -1; exit
// -> r0 = 0x0

// == smod32 reg takes the sign of the dividend
r0 = 0xfffffffffffffff3 ll; r1 = 0x3 ll; w0 s%= w1; exit
// -> r0 = 0xffffffff

// == smod32 reg does not take the sign of the divisor
r0 = 0xd ll; r1 = 0xfffffffffffffffd ll; w0 s%= w1; exit
// -> r0 = 0x1

// == smod32 reg by 0 keeps its width of the dividend
r0 = 0xfffffffffffffff3 ll; r1 = 0x0 ll; w0 s%= w1; exit
// -> r0 = 0xfffffff3

// == smod32 reg gives 0 for the smallest 64-bit number over -1
r0 = 0x8000000000000000 ll; r1 = 0xffffffffffffffff ll; w0 s%= w1; exit
// -> r0 = 0x0

// == smod32 reg handles the smallest 32-bit number over -1
r0 = 0xffffffff80000000 ll; r1 = 0xffffffffffffffff ll; w0 s%= w1; exit
// -> r0 = 0x0

// == smod32 reg of a register with itself
r0 = 0x123456789abcdef5 ll; w0 s%= w0; exit
// -> r0 = 0x0

// == smod32 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; w1 s%= w2; r0 = r2; exit
// -> r0 = 0xffffffff00000007
`,
  },
  {
    file: 'rows-divmul64.case',
    text: `// Rows of conformance group divmul64.

// == mul64 imm multiplies
r0 = 0x7 ll; r0 *= 6; exit
// -> r0 = 0x2a

// == mul64 imm gives 1 for -1 times -1
r0 = 0xffffffffffffffff ll; r0 *= -1; exit
// -> r0 = 0x1

// == mul64 imm drops what does not fit
r0 = 0x100000001 ll; r0 *= 65537; exit
// -> r0 = 0x1000100010001

// == mul64 imm takes a negative immediate
r0 = 0x123456789 ll; r0 *= -3; exit
// -> r0 = 0xfffffffc962fc965

// == mul64 reg multiplies
r0 = 0x7 ll; r1 = 0x6 ll; r0 *= r1; exit
// -> r0 = 0x2a

// == mul64 reg drops what does not fit
r0 = 0x100000000 ll; r1 = 0x100000000 ll; r0 *= r1; exit
// -> r0 = 0x0

// == mul64 reg gives 1 for -1 times -1
r0 = 0xffffffffffffffff ll; r1 = 0xffffffffffffffff ll; r0 *= r1; exit
// -> r0 = 0x1

// == mul64 reg multiplies across halves
r0 = 0x123456789 ll; r1 = 0x987654321 ll; r0 *= r1; exit
// -> r0 = 0xd77d742cce1833a9

// == mul64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 *= r0; exit
// -> r0 = 0x5bed6946fe05d679

// == mul64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 *= r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == div64 imm rounds down
r0 = 0x2a ll; r0 /= 5; exit
// -> r0 = 0x8

// == div64 imm is unsigned
r0 = 0xffffffffffffffff ll; r0 /= 2; exit
// -> r0 = 0x7fffffffffffffff

// == div64 imm divides by an immediate of all ones
r0 = 0xffffffffffffffff ll; r0 /= -1; exit
// -> r0 = 0x1

// == div64 imm gives 0 for a dividend below the divisor
r0 = 0x8000000000000000 ll; r0 /= -1; exit
// -> r0 = 0x0

// == div64 imm uses its width of the dividend
r0 = 0x100000007 ll; r0 /= 7; exit
// -> r0 = 0x24924925

// == div64 reg rounds down
r0 = 0x2a ll; r1 = 0x5 ll; r0 /= r1; exit
// -> r0 = 0x8

// == div64 reg by 0 gives 0
r0 = 0x123456789abcdef0 ll; r1 = 0x0 ll; r0 /= r1; exit
// -> r0 = 0x0

// == div64 reg uses its width of the divisor
r0 = 0x123456789abcdef0 ll; r1 = 0x100000000 ll; r0 /= r1; exit
// -> r0 = 0x12345678

// == div64 reg of equal numbers gives 1
r0 = 0xffffffffffffffff ll; r1 = 0xffffffffffffffff ll; r0 /= r1; exit
// -> r0 = 0x1

// == div64 reg is unsigned
r0 = 0x8000000000000000 ll; r1 = 0x3 ll; r0 /= r1; exit
// -> r0 = 0x2aaaaaaaaaaaaaaa

// == div64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 /= r0; exit
// -> r0 = 0x1

// == div64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 /= r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == sdiv64 imm rounds towards zero
r0 = 0xfffffffffffffff3 ll; r0 s/= 3; exit
// -> r0 = 0xfffffffffffffffc

// == sdiv64 imm takes a negative divisor
r0 = 0xd ll; r0 s/= -3; exit
// -> r0 = 0xfffffffffffffffc

// == sdiv64 imm gives a positive quotient for two negative numbers
r0 = 0xfffffffffffffff3 ll; r0 s/= -3; exit
// -> r0 = 0x4

// == sdiv64 imm gives the smallest 64-bit number over -1
r0 = 0x8000000000000000 ll; r0 s/= -1; exit
// -> r0 = 0x8000000000000000

// == sdiv64 imm handles the smallest 32-bit number over -1
r0 = 0x80000000 ll; r0 s/= -1; exit
// -> r0 = 0xffffffff80000000

// == sdiv64 reg rounds towards zero
r0 = 0xfffffffffffffff3 ll; r1 = 0x3 ll; r0 s/= r1; exit
// -> r0 = 0xfffffffffffffffc

// == sdiv64 reg by 0 gives 0
r0 = 0xfffffffffffffff3 ll; r1 = 0x0 ll; r0 s/= r1; exit
// -> r0 = 0x0

// == sdiv64 reg gives the smallest 64-bit number over -1
r0 = 0x8000000000000000 ll; r1 = 0xffffffffffffffff ll; r0 s/= r1; exit
// -> r0 = 0x8000000000000000

// == sdiv64 reg handles the smallest 32-bit number over -1
r0 = 0xffffffff80000000 ll; r1 = 0xffffffffffffffff ll; r0 s/= r1; exit
// -> r0 = 0x80000000

// == sdiv64 reg looks at its width alone
r0 = 0x1fffffff3 ll; r1 = 0x100000003 ll; r0 s/= r1; exit
// -> r0 = 0x1

// == sdiv64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 s/= r0; exit
// -> r0 = 0x1

// == sdiv64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 s/= r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == mod64 imm gives the remainder
r0 = 0x2a ll; r0 %= 5; exit
// -> r0 = 0x2

// == mod64 imm is unsigned
r0 = 0xffffffffffffffff ll; r0 %= 10; exit
// -> r0 = 0x5

// == mod64 imm takes an immediate of all ones as a large number
r0 = 0x7 ll; r0 %= -1; exit
// -> r0 = 0x7

// == mod64 imm uses its width of the dividend
r0 = 0x100000007 ll; r0 %= 7; exit
// -> r0 = 0x4

// == mod64 reg gives the remainder
r0 = 0x2a ll; r1 = 0x5 ll; r0 %= r1; exit
// -> r0 = 0x2

// == mod64 reg by 0 keeps its width of the dividend
r0 = 0x123456789abcdef0 ll; r1 = 0x0 ll; r0 %= r1; exit
// -> r0 = 0x123456789abcdef0

// == mod64 reg uses its width of the divisor
r0 = 0x123456789abcdef0 ll; r1 = 0x100000000 ll; r0 %= r1; exit
// -> r0 = 0x9abcdef0

// == mod64 reg is unsigned
r0 = 0x8000000000000001 ll; r1 = 0x3 ll; r0 %= r1; exit
// -> r0 = 0x0

// == mod64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 %= r0; exit
// -> r0 = 0x0

// == mod64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 %= r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007

// == smod64 imm takes the sign of the dividend
r0 = 0xfffffffffffffff3 ll; r0 s%= 3; exit
// -> r0 = 0xffffffffffffffff

// == smod64 imm does not take the sign of the divisor
r0 = 0xd ll; r0 s%= -3; exit
// -> r0 = 0x1

// == smod64 imm gives 0 for the smallest 64-bit number over -1
r0 = 0x8000000000000000 ll; r0 s%= -1; exit
// -> r0 = 0x0

// == smod64 imm handles the smallest 32-bit number over -1
r0 = 0x80000000 ll; r0 s%= -1; exit
// -> r0 = 0x0

// == smod64 reg takes the sign of the dividend
r0 = 0xfffffffffffffff3 ll; r1 = 0x3 ll; r0 s%= r1; exit
// -> r0 = 0xffffffffffffffff

// == smod64 reg does not take the sign of the divisor
r0 = 0xd ll; r1 = 0xfffffffffffffffd ll; r0 s%= r1; exit
// -> r0 = 0x1

// == smod64 reg by 0 keeps its width of the dividend
r0 = 0xfffffffffffffff3 ll; r1 = 0x0 ll; r0 s%= r1; exit
// -> r0 = 0xfffffffffffffff3

// == smod64 reg gives 0 for the smallest 64-bit number over -1
r0 = 0x8000000000000000 ll; r1 = 0xffffffffffffffff ll; r0 s%= r1; exit
// -> r0 = 0x0

// == smod64 reg handles the smallest 32-bit number over -1
r0 = 0xffffffff80000000 ll; r1 = 0xffffffffffffffff ll; r0 s%= r1; exit
// -> r0 = 0x0

// == smod64 reg of a register with itself
r0 = 0x123456789abcdef5 ll; r0 s%= r0; exit
// -> r0 = 0x0

// == smod64 reg leaves its source
r1 = 0x123456789abcdef5 ll; r2 = 0xffffffff00000007 ll; r1 s%= r2; r0 = r2; exit
// -> r0 = 0xffffffff00000007
`,
  },
  {
    file: 'rows-linux.case',
    text: `// What Linux has beyond RFC 9669.

// == load_acquire of 8 bits zero-extends
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -8) = r1; r0 = -1; r0 = load_acquire((u8 *)(r10 -8)); exit
// -> r0 = 0x81

// == store_release of 8 bits touches 1 byte
r1 = -1; *(u64 *)(r10 -8) = r1; r2 = 0xfedcba9876543281 ll; store_release((u8 *)(r10 -8), r2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xffffffffffffff81

// == load_acquire of 16 bits zero-extends
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -8) = r1; r0 = -1; r0 = load_acquire((u16 *)(r10 -8)); exit
// -> r0 = 0x3281

// == store_release of 16 bits touches 2 bytes
r1 = -1; *(u64 *)(r10 -8) = r1; r2 = 0xfedcba9876543281 ll; store_release((u16 *)(r10 -8), r2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xffffffffffff3281

// == load_acquire of 32 bits zero-extends
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -8) = r1; r0 = -1; r0 = load_acquire((u32 *)(r10 -8)); exit
// -> r0 = 0x76543281

// == store_release of 32 bits touches 4 bytes
r1 = -1; *(u64 *)(r10 -8) = r1; r2 = 0xfedcba9876543281 ll; store_release((u32 *)(r10 -8), r2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xffffffff76543281

// == load_acquire of 64 bits zero-extends
r1 = 0xfedcba9876543281 ll; *(u64 *)(r10 -8) = r1; r0 = -1; r0 = load_acquire((u64 *)(r10 -8)); exit
// -> r0 = 0xfedcba9876543281

// == store_release of 64 bits touches 8 bytes
r1 = -1; *(u64 *)(r10 -8) = r1; r2 = 0xfedcba9876543281 ll; store_release((u64 *)(r10 -8), r2); r0 = *(u64 *)(r10 -8); exit
// -> r0 = 0xfedcba9876543281

// == may_goto does not jump while its budget lasts
r0 = 0; may_goto +1; r0 = 5; exit
// -> r0 = 0x5

// == a loop of may_goto ends when its own condition does
r0 = 0
loop: may_goto end; r0 += 1; if r0 != 1000 goto loop
end: exit
// -> r0 = 0x3e8

// == an address space cast to the kernel's
r0 = 0; r1 = 0; r1 = addr_space_cast(r1, 0, 1); exit
// -> trap instruction: addressSpaceCast cannot be run
// -> refused: addr_space_cast insn can only be used in a program that has an associated arena

// == an address space cast to user space's
r0 = 0; r1 = 0; r1 = addr_space_cast(r1, 1, 0); exit
// -> trap instruction: addressSpaceCast cannot be run
// -> refused: addr_space_cast insn can only be used in a program that has an associated arena

// == an indirect jump
r0 = 0; gotox r1; exit
// -> trap instruction: unknown opcode 0d
// -> refused: unknown opcode 0d

// == an indirect call
r0 = 0; callx r1; exit
// -> trap instruction: unknown opcode 8d
// -> refused: unknown opcode 8d
`,
  },
  {
    file: 'rows-packet.case',
    text: `// Rows of conformance group packet, which is deprecated and which Linux gives XDP programs none of.

// == a legacy absolute packet load of 8 bits
r6 = 0; r0 = *(u8 *)skb[12]; exit
// -> trap instruction: packetLoad cannot be run
// -> refused: BPF_LD_[ABS|IND] instructions not allowed for this program type

// == a legacy absolute packet load of 16 bits
r6 = 0; r0 = *(u16 *)skb[12]; exit
// -> trap instruction: packetLoad cannot be run
// -> refused: BPF_LD_[ABS|IND] instructions not allowed for this program type

// == a legacy absolute packet load of 32 bits
r6 = 0; r0 = *(u32 *)skb[12]; exit
// -> trap instruction: packetLoad cannot be run
// -> refused: BPF_LD_[ABS|IND] instructions not allowed for this program type

// == a legacy indirect packet load of 8 bits
r6 = 0; r0 = *(u8 *)skb[r6 + 12]; exit
// -> trap instruction: packetLoad cannot be run
// -> refused: BPF_LD_[ABS|IND] instructions not allowed for this program type

// == a legacy indirect packet load of 16 bits
r6 = 0; r0 = *(u16 *)skb[r6 + 12]; exit
// -> trap instruction: packetLoad cannot be run
// -> refused: BPF_LD_[ABS|IND] instructions not allowed for this program type

// == a legacy indirect packet load of 32 bits
r6 = 0; r0 = *(u32 *)skb[r6 + 12]; exit
// -> trap instruction: packetLoad cannot be run
// -> refused: BPF_LD_[ABS|IND] instructions not allowed for this program type
`,
  },
];
