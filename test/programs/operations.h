/* SPDX-License-Identifier: MIT */
/*
 * For the programs that try single instructions: operands from the packet, and a way to keep what comes out.
 *
 * The instructions work on values that the compiler knows nothing about. Written in assembly, because from C the compiler
 * picks other instructions, folds constants, and may assume that no divisor is zero.
 * A percent sign is written twice, since a single one names an operand.
 * In the constraints "r" is a 64-bit register and "w" its 32-bit half.
 */
#pragma once

#include "parse.h"

/* 16 bytes from the network header on; in IPv4, `a` holds identification, TTL and checksum, and `b` both addresses. */
struct operands {
	__u8 skipped[4];
	__u64 a;
	__u64 b;
} __attribute__((packed));

static __always_inline __u64 rotate(__u64 value, __u32 bits)
{
	return value << bits | value >> (-bits & 63);
}

/*
 * Two operands for the packet with this number: unrelated in most packets, the second one short (so that quotients are
 * large and shift amounts small) in every fourth, and both the same in every eighth. False when the packet is too short.
 */
static __always_inline bool take_operands(struct cursor *cursor, __u64 number, __u64 *a, __u64 *b)
{
	struct operands *operands = take_bytes(cursor, sizeof(struct ethhdr) + sizeof(*operands));

	if (!operands)
		return false;
	operands = (void *)operands + sizeof(struct ethhdr);
	*a = rotate(operands->a, number % 64); /* or its sign bit, a part of the identification, would hardly ever be set */
	*b = (operands->a ^ operands->b) * 0x9e3779b97f4a7c15;
	if (number % 4 == 1)
		*b >>= 44;
	if (number % 8 == 7)
		*b = *a;
	return true;
}

/* Mixes a result into those before it; rotating by 7 puts each at another place than the last. */
static __always_inline void record(__u64 *slot, __u64 result)
{
	*slot = rotate(*slot, 7) ^ result;
}

/* What `a operation b` leaves, both in registers; the operation as the assembler writes it, such as "+=". */
#define BINARY64(operation, a, b)                                                                                     \
	({                                                                                                            \
		__u64 result_ = (a);                                                                                  \
		asm volatile("%0 " operation " %1" : "+r"(result_) : "r"((__u64)(b)));                                \
		result_;                                                                                              \
	})

#define BINARY32(operation, a, b)                                                                                     \
	({                                                                                                            \
		__u32 result_ = (a);                                                                                  \
		asm volatile("%0 " operation " %1" : "+w"(result_) : "w"((__u32)(b)));                                \
		(__u64) result_;                                                                                      \
	})

/* The same with the operand inside the instruction: a string, as it is part of the assembly. */
#define IMMEDIATE64(operation, a, immediate)                                                                          \
	({                                                                                                            \
		__u64 result_ = (a);                                                                                  \
		asm volatile("%0 " operation " " immediate : "+r"(result_));                                          \
		result_;                                                                                              \
	})

#define IMMEDIATE32(operation, a, immediate)                                                                          \
	({                                                                                                            \
		__u32 result_ = (a);                                                                                  \
		asm volatile("%0 " operation " " immediate : "+w"(result_));                                          \
		(__u64) result_;                                                                                      \
	})

/* An operation that has the register on both sides: "be16", "bswap32", "-" (as in r1 = -r1). */
#define UNARY64(operation, a)                                                                                         \
	({                                                                                                            \
		__u64 result_ = (a);                                                                                  \
		asm volatile("%0 = " operation "%0" : "+r"(result_));                                                 \
		result_;                                                                                              \
	})

#define UNARY32(operation, a)                                                                                         \
	({                                                                                                            \
		__u32 result_ = (a);                                                                                  \
		asm volatile("%0 = " operation "%0" : "+w"(result_));                                                 \
		(__u64) result_;                                                                                      \
	})

/* 1 where the jump is taken, else 0; the condition as the assembler writes it, such as "s<". */
#define COMPARE64(condition, a, b)                                                                                    \
	({                                                                                                            \
		__u64 result_ = 1;                                                                                    \
		asm volatile("if %1 " condition " %2 goto +1\n%0 = 0"                                                 \
			     : "+&r"(result_)                                                                         \
			     : "r"((__u64)(a)), "r"((__u64)(b)));                                                     \
		result_;                                                                                              \
	})

#define COMPARE32(condition, a, b)                                                                                    \
	({                                                                                                            \
		__u64 result_ = 1;                                                                                    \
		asm volatile("if %1 " condition " %2 goto +1\n%0 = 0"                                                 \
			     : "+&r"(result_)                                                                         \
			     : "w"((__u32)(a)), "w"((__u32)(b)));                                                     \
		result_;                                                                                              \
	})

#define COMPARE_IMMEDIATE64(condition, a, immediate)                                                                  \
	({                                                                                                            \
		__u64 result_ = 1;                                                                                    \
		asm volatile("if %1 " condition " " immediate " goto +1\n%0 = 0" : "+&r"(result_) : "r"((__u64)(a))); \
		result_;                                                                                              \
	})

#define COMPARE_IMMEDIATE32(condition, a, immediate)                                                                  \
	({                                                                                                            \
		__u64 result_ = 1;                                                                                    \
		asm volatile("if %1 " condition " " immediate " goto +1\n%0 = 0" : "+&r"(result_) : "w"((__u32)(a))); \
		result_;                                                                                              \
	})
