/* SPDX-License-Identifier: MIT */
/* The internet checksum: the ones' complement of the ones' complement sum of 16-bit words. RFC 1071 */
#pragma once

#include <linux/types.h>

/* Adds the carries back in until 16 bits are left. Twice is enough for any 32-bit sum. */
static __always_inline __u16 checksum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/*
 * The checksum after one of the summed words changes: HC' = ~(~HC + ~m + m'). RFC 1624 section 3
 * Words and checksum are taken as they stand in the packet; the sum does not mind the byte order.
 */
static __always_inline __u16 checksum_replace(__u16 checksum, __u16 from, __u16 to)
{
	return ~checksum_fold((__u32)(__u16)~checksum + (__u16)~from + to);
}
