// SPDX-License-Identifier: MIT
/*
 * Every arithmetic, logic and jump instruction of RFC 9669 up to -mcpu=v3, on bytes of each packet. What an instruction
 * gives goes into its own place of a table, together with what it gave before, so that one wrong result anywhere in a
 * capture leaves a table that differs. Everything passes.
 */
#include "operations.h"

#define RESULTS 32

/* One table per group; a group's operations are numbered as they are written below. */
__u64 arithmetic64[RESULTS];
__u64 arithmetic32[RESULTS];
__u64 immediates64[RESULTS];
__u64 immediates32[RESULTS];
__u64 byte_swaps[RESULTS];
__u64 compares64[RESULTS];
__u64 compares32[RESULTS];
__u64 compares_immediate[RESULTS];
__u64 packets;

static __noinline int run_arithmetic64(__u64 a, __u64 b)
{
	__u64 *slot = arithmetic64;

	record(slot++, BINARY64("+=", a, b));
	record(slot++, BINARY64("-=", a, b));
	record(slot++, BINARY64("*=", a, b));
	record(slot++, BINARY64("/=", a, b));
	record(slot++, BINARY64("%%=", a, b));
	record(slot++, BINARY64("/=", a, b & 0xff)); /* small enough to be zero now and then: a / 0 is 0 */
	record(slot++, BINARY64("%%=", a, b & 0xff)); /* and a % 0 is a */
	record(slot++, BINARY64("/=", a, a - a));
	record(slot++, BINARY64("%%=", a, a - a));
	record(slot++, BINARY64("&=", a, b));
	record(slot++, BINARY64("|=", a, b));
	record(slot++, BINARY64("^=", a, b));
	record(slot++, BINARY64("<<=", a, b)); /* only the low 6 bits of the amount count */
	record(slot++, BINARY64(">>=", a, b));
	record(slot++, BINARY64("s>>=", a, b));
	record(slot++, BINARY64("=", a, b));
	record(slot++, UNARY64("-", a));
	return 0;
}

static __noinline int run_arithmetic32(__u64 a, __u64 b)
{
	__u64 *slot = arithmetic32;

	/* The upper half of a 32-bit result is zero, whatever stood there. */
	record(slot++, BINARY32("+=", a, b));
	record(slot++, BINARY32("-=", a, b));
	record(slot++, BINARY32("*=", a, b));
	record(slot++, BINARY32("/=", a, b));
	record(slot++, BINARY32("%%=", a, b));
	record(slot++, BINARY32("/=", a, b & 0xff));
	record(slot++, BINARY32("%%=", a, b & 0xff));
	record(slot++, BINARY32("/=", a, a - a));
	record(slot++, BINARY32("%%=", a, a - a));
	record(slot++, BINARY32("&=", a, b));
	record(slot++, BINARY32("|=", a, b));
	record(slot++, BINARY32("^=", a, b));
	record(slot++, BINARY32("<<=", a, b)); /* only the low 5 bits of the amount count */
	record(slot++, BINARY32(">>=", a, b));
	record(slot++, BINARY32("s>>=", a, b));
	record(slot++, BINARY32("=", a, b));
	record(slot++, UNARY32("-", a));
	return 0;
}

static __noinline int run_immediates64(__u64 a)
{
	__u64 *slot = immediates64;

	/* Immediates have 32 bits and are sign-extended to 64. */
	record(slot++, IMMEDIATE64("+=", a, "-7"));
	record(slot++, IMMEDIATE64("-=", a, "-2147483648"));
	record(slot++, IMMEDIATE64("*=", a, "-3"));
	record(slot++, IMMEDIATE64("/=", a, "-5"));
	record(slot++, IMMEDIATE64("/=", a, "10"));
	record(slot++, IMMEDIATE64("%%=", a, "-5"));
	record(slot++, IMMEDIATE64("%%=", a, "10"));
	record(slot++, IMMEDIATE64("&=", a, "-256"));
	record(slot++, IMMEDIATE64("|=", a, "-65536"));
	record(slot++, IMMEDIATE64("^=", a, "-1"));
	record(slot++, IMMEDIATE64("<<=", a, "0"));
	record(slot++, IMMEDIATE64("<<=", a, "33"));
	record(slot++, IMMEDIATE64(">>=", a, "63"));
	record(slot++, IMMEDIATE64("s>>=", a, "31"));
	record(slot++, IMMEDIATE64("s>>=", a, "63"));
	record(slot++, IMMEDIATE64("=", a, "-1"));
	record(slot++, IMMEDIATE64("=", a, "0x123456789abcdef0 ll")); /* the one instruction of 16 bytes */
	return 0;
}

static __noinline int run_immediates32(__u64 a)
{
	__u64 *slot = immediates32;

	record(slot++, IMMEDIATE32("+=", a, "-7"));
	record(slot++, IMMEDIATE32("-=", a, "-2147483648"));
	record(slot++, IMMEDIATE32("*=", a, "-3"));
	record(slot++, IMMEDIATE32("/=", a, "-5"));
	record(slot++, IMMEDIATE32("/=", a, "10"));
	record(slot++, IMMEDIATE32("%%=", a, "-5"));
	record(slot++, IMMEDIATE32("%%=", a, "10"));
	record(slot++, IMMEDIATE32("&=", a, "-256"));
	record(slot++, IMMEDIATE32("|=", a, "-65536"));
	record(slot++, IMMEDIATE32("^=", a, "-1"));
	record(slot++, IMMEDIATE32("<<=", a, "0"));
	record(slot++, IMMEDIATE32("<<=", a, "17"));
	record(slot++, IMMEDIATE32(">>=", a, "31"));
	record(slot++, IMMEDIATE32("s>>=", a, "15"));
	record(slot++, IMMEDIATE32("s>>=", a, "31"));
	record(slot++, IMMEDIATE32("=", a, "-1"));
	return 0;
}

static __noinline int run_byte_swaps(__u64 a)
{
	__u64 *slot = byte_swaps;

	/* To the order named; the narrow ones also cut the value to their width. */
	record(slot++, UNARY64("be16 ", a));
	record(slot++, UNARY64("be32 ", a));
	record(slot++, UNARY64("be64 ", a));
	record(slot++, UNARY64("le16 ", a));
	record(slot++, UNARY64("le32 ", a));
	record(slot++, UNARY64("le64 ", a));
	return 0;
}

static __noinline int run_compares64(__u64 a, __u64 b)
{
	__u64 *slot = compares64;

	record(slot++, COMPARE64("==", a, b));
	record(slot++, COMPARE64("!=", a, b));
	record(slot++, COMPARE64("<", a, b));
	record(slot++, COMPARE64("<=", a, b));
	record(slot++, COMPARE64(">", a, b));
	record(slot++, COMPARE64(">=", a, b));
	record(slot++, COMPARE64("s<", a, b));
	record(slot++, COMPARE64("s<=", a, b));
	record(slot++, COMPARE64("s>", a, b));
	record(slot++, COMPARE64("s>=", a, b));
	record(slot++, COMPARE64("&", a, b));
	record(slot++, COMPARE64("<=", a, a));
	record(slot++, COMPARE64("s<", a, a));
	return 0;
}

static __noinline int run_compares32(__u64 a, __u64 b)
{
	__u64 *slot = compares32;

	record(slot++, COMPARE32("==", a, b));
	record(slot++, COMPARE32("!=", a, b));
	record(slot++, COMPARE32("<", a, b));
	record(slot++, COMPARE32("<=", a, b));
	record(slot++, COMPARE32(">", a, b));
	record(slot++, COMPARE32(">=", a, b));
	record(slot++, COMPARE32("s<", a, b));
	record(slot++, COMPARE32("s<=", a, b));
	record(slot++, COMPARE32("s>", a, b));
	record(slot++, COMPARE32("s>=", a, b));
	record(slot++, COMPARE32("&", a, b));
	record(slot++, COMPARE32("==", a, a | 0x100000000)); /* the upper halves do not take part */
	return 0;
}

static __noinline int run_compares_immediate(__u64 a)
{
	__u64 *slot = compares_immediate;

	record(slot++, COMPARE_IMMEDIATE64("<", a, "-1")); /* that is 0xffffffffffffffff here */
	record(slot++, COMPARE_IMMEDIATE64("s<", a, "-1"));
	record(slot++, COMPARE_IMMEDIATE64("s>=", a, "0"));
	record(slot++, COMPARE_IMMEDIATE64(">", a, "-2147483648"));
	record(slot++, COMPARE_IMMEDIATE64("&", a, "-2147483648"));
	record(slot++, COMPARE_IMMEDIATE64("&", a, "1"));
	record(slot++, COMPARE_IMMEDIATE32("<", a, "-1")); /* and 0xffffffff here */
	record(slot++, COMPARE_IMMEDIATE32("s<", a, "-1"));
	record(slot++, COMPARE_IMMEDIATE32("s>=", a, "0"));
	record(slot++, COMPARE_IMMEDIATE32(">", a, "-2147483648"));
	record(slot++, COMPARE_IMMEDIATE32("&", a, "-2147483648"));
	record(slot++, COMPARE_IMMEDIATE32("!=", a, "69"));
	return 0;
}

SEC("xdp")
int compute(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	__u64 a, b;

	if (!take_operands(&cursor, packets, &a, &b))
		return XDP_PASS;

	packets += 1;
	run_arithmetic64(a, b);
	run_arithmetic32(a, b);
	run_immediates64(b);
	run_immediates32(b);
	run_byte_swaps(a);
	run_compares64(a, b);
	run_compares32(a, b);
	run_compares_immediate(b);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
