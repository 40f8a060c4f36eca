// clang: -mcpu=v4
// SPDX-License-Identifier: MIT
/*
 * The instructions that came with -mcpu=v4 (Linux 6.6): signed division, moves and loads that extend the sign, a byte
 * swap that does not depend on the machine's order, and a jump with a 32-bit distance. On bytes of each packet, kept as
 * in alu.bpf.c. Everything passes.
 */
#include "operations.h"

#define RESULTS 32

__u64 signed_divisions[RESULTS];
__u64 sign_extensions[RESULTS];
__u64 signed_loads[RESULTS];
__u64 byte_swaps[RESULTS];
__u64 long_jumps[RESULTS];
__u64 from_c[RESULTS];
__u64 packets;

static __noinline int run_signed_divisions(__u64 a, __u64 b)
{
	__u64 least64 = BINARY64("^=", a - a, 1ULL << 63), least32 = 1ULL << 31;
	__u64 *slot = signed_divisions;

	/* The quotient is cut towards zero and the remainder has the sign of the dividend. */
	record(slot++, BINARY64("s/=", a, b));
	record(slot++, BINARY64("s%%=", a, b));
	record(slot++, BINARY64("s/=", a, (__s64)b >> 40));
	record(slot++, BINARY64("s%%=", a, (__s64)b >> 40));
	record(slot++, BINARY64("s/=", a, a - a)); /* a / 0 is 0 */
	record(slot++, BINARY64("s%%=", a, a - a)); /* a % 0 is a */
	record(slot++, BINARY64("s/=", least64, -1)); /* the least number by -1 is itself, */
	record(slot++, BINARY64("s%%=", least64, -1)); /* and the remainder 0 */
	record(slot++, BINARY32("s/=", a, b));
	record(slot++, BINARY32("s%%=", a, b));
	record(slot++, BINARY32("s/=", a, (__s32)b >> 20));
	record(slot++, BINARY32("s%%=", a, (__s32)b >> 20));
	record(slot++, BINARY32("s/=", a, a - a));
	record(slot++, BINARY32("s%%=", a, a - a));
	record(slot++, BINARY32("s/=", least32, -1));
	record(slot++, BINARY32("s%%=", least32, -1));
	record(slot++, IMMEDIATE64("s/=", a, "-3"));
	record(slot++, IMMEDIATE64("s%%=", a, "-3"));
	record(slot++, IMMEDIATE32("s/=", a, "-3"));
	record(slot++, IMMEDIATE32("s%%=", a, "-3"));
	return 0;
}

static __noinline int run_sign_extensions(__u64 a, __u64 b)
{
	__u64 *slot = sign_extensions;

	record(slot++, BINARY64("= (s8)", a, b));
	record(slot++, BINARY64("= (s16)", a, b));
	record(slot++, BINARY64("= (s32)", a, b));
	record(slot++, BINARY32("= (s8)", a, b)); /* extended to 32 bits; the upper half is zero */
	record(slot++, BINARY32("= (s16)", a, b));
	return 0;
}

#define SIGNED_LOAD(type, pointer, offset)                                                                            \
	({                                                                                                            \
		__u64 loaded_;                                                                                        \
		asm volatile("%0 = *(" type " *)(%1 + " offset ")" : "=r"(loaded_) : "r"(pointer) : "memory");        \
		loaded_;                                                                                              \
	})

/* From the packet and from a copy of it on the stack. */
static __noinline int run_signed_loads(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	struct ethhdr *packet = take_bytes(&cursor, sizeof(struct ethhdr) + sizeof(__u64));
	__u64 *slot = signed_loads;

	__u64 copy;

	if (!packet)
		return 0;
	record(slot++, SIGNED_LOAD("s8", packet, "0"));
	record(slot++, SIGNED_LOAD("s8", packet, "11"));
	record(slot++, SIGNED_LOAD("s16", packet, "6"));
	record(slot++, SIGNED_LOAD("s16", packet, "18"));
	record(slot++, SIGNED_LOAD("s32", packet, "8"));
	record(slot++, SIGNED_LOAD("s32", packet, "18"));

	__builtin_memcpy(&copy, packet + 1, sizeof(copy));
	record(slot++, SIGNED_LOAD("s8", &copy, "5"));
	record(slot++, SIGNED_LOAD("s16", &copy, "4"));
	record(slot++, SIGNED_LOAD("s32", &copy, "4"));
	return 0;
}

static __noinline int run_byte_swaps(__u64 a)
{
	__u64 *slot = byte_swaps;

	record(slot++, UNARY64("bswap16 ", a));
	record(slot++, UNARY64("bswap32 ", a));
	record(slot++, UNARY64("bswap64 ", a));
	return 0;
}

static __noinline int run_long_jumps(__u64 a)
{
	__u64 *slot = long_jumps;
	__u64 result = a;

	/* Forwards, over an instruction that only odd operands run ... */
	asm volatile("if %0 & 1 goto +1\n"
		     "gotol +1\n"
		     "%0 ^= 0x55\n"
		     : "+r"(result));
	record(slot++, result);

	/* ... and back: first to the end, from there to the middle, and out. */
	result = a;
	asm volatile("gotol 2f\n"
		     "1: %0 += 1\n"
		     "gotol 3f\n"
		     "2: %0 *= 3\n"
		     "gotol 1b\n"
		     "3:\n"
		     : "+r"(result));
	record(slot++, result);
	return 0;
}

/* What the compiler makes of ordinary C, now that it has these instructions. */
static __noinline int run_from_c(__s64 a, __s64 b)
{
	__s64 divisor = (b & 0xffff) + 2;
	__u64 *slot = from_c;

	record(slot++, a / divisor);
	record(slot++, a % divisor);
	record(slot++, (__s32)a / (__s32)divisor);
	record(slot++, (__s32)a % (__s32)divisor);
	record(slot++, (__s64)(__s8)a * (__s16)b);
	record(slot++, (__s64)(__s32)a + (__s8)b);
	record(slot++, __builtin_bswap64(a) ^ __builtin_bswap32(b) ^ __builtin_bswap16(a));
	return 0;
}

SEC("xdp")
int compute_v4(struct xdp_md *ctx)
{
	struct cursor cursor = cursor_of(ctx);
	__u64 a, b;

	if (!take_operands(&cursor, packets, &a, &b))
		return XDP_PASS;

	packets += 1;
	run_signed_loads(ctx);
	run_signed_divisions(a, b);
	run_sign_extensions(a, b);
	run_byte_swaps(a);
	run_long_jumps(a);
	run_from_c(a, b);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";
