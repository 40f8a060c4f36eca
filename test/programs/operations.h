/* SPDX-License-Identifier: MIT */
/*
 * Single instructions on values that the compiler knows nothing about. Written in assembly, because from C the compiler
 * picks other instructions, folds constants, and may assume that no divisor is zero.
 * A percent sign is written twice, since a single one names an operand.
 * In the constraints "r" is a 64-bit register and "w" its 32-bit half.
 */
#pragma once

#include <linux/types.h>

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
