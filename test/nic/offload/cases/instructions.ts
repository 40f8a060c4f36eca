// Cases of the offload check: instructions and their operands.
import type { RuleName } from '../../../../src/nic/offload/rules.js';
import { PASS, packet, type RuleCase } from './build.js';

const isa = (about: string, breaks: string, meets: string, rule: RuleName = 'instruction'): RuleCase => ({
  rule,
  about,
  breaks: { code: breaks },
  meets: { code: meets },
});

/** The conformance groups of a card that lacks one of them, and what includes it. */
const WITHOUT = {
  base64: ['base32'],
  divmul32: ['base64'],
  divmul64: ['base64', 'divmul32'],
  atomic32: ['base64'],
  atomic64: ['base64', 'atomic32'],
};

/** Every instruction that the driver of nfp translates, in one program of 34 bytes and a map. */
const EVERYTHING = `r6 = r1; r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 34; if r4 > r3 goto out
  r5 = *(u8 *)(r2 + 0); w7 = *(u16 *)(r2 + 2); r8 = *(u32 *)(r2 + 4); r9 = *(u64 *)(r2 + 8)
  r5 += r7; r5 -= 1; w5 ^= w7; w5 |= 2; r5 &= 7; r5 <<= 1; r5 >>= r7; w5 s>>= 1; r5 = -r5; w5 = w5
  r7 *= 5; r8 /= 7; r8 = be16 r8; r9 = be32 r9; r9 = be64 r9; r1 = 0x123456789 ll
  *(u8 *)(r2 + 0) = r5; *(u16 *)(r2 + 2) = r7; *(u32 *)(r2 + 4) = r8; *(u64 *)(r2 + 8) = r9; *(u32 *)(r2 + 16) = 7
  if r5 == 1 goto next; if r5 != r7 goto next; if w5 > 3 goto next; if r5 s>= -1 goto next; if w7 & 4 goto next
  if r5 < r7 goto next; if r5 <= 9 goto next; if r5 s< r7 goto next; goto next
  next: r1 = 0; *(u32 *)(r10 - 4) = r1; r2 = r10; r2 += -4; r1 = map[m]; call map_lookup_elem; if r0 == 0 goto out
  r1 = 1; lock *(u64 *)(r0 + 0) += r1; call f; out: r0 = 2; exit; f: r0 = 0; exit`;
const EVERYTHING_FUNCTION = 54;

/** Instructions and their operands. */
export const INSTRUCTIONS: readonly RuleCase[] = [
  isa('modulo', packet('r5 = *(u8 *)(r2 + 0); r5 %= 3'), packet('r5 = *(u8 *)(r2 + 0); r5 &= 3')),
  isa('32-bit modulo', packet('r5 = *(u8 *)(r2 + 0); w5 %= 3'), packet('r5 = *(u8 *)(r2 + 0); w5 &= 3')),
  isa('to little endian', 'r0 = 2; r0 = le16 r0; exit', 'r0 = 0x200; r0 = be16 r0; r0 = 2; exit'),
  isa('unconditional swap', 'r0 = 2; r0 = bswap64 r0; r0 = 2; exit', 'r0 = 2; r0 = be64 r0; r0 = 2; exit'),
  isa('sign-extending load', packet('r5 = *(s8 *)(r2 + 0)'), packet('r5 = *(u8 *)(r2 + 0)')),
  isa('long jump', 'r0 = 2; gotol out; out: exit', 'r0 = 2; goto out; out: exit'),
  isa('may_goto', 'r0 = 2; may_goto out; r0 = 2; out: exit', 'r0 = 2; goto out; out: exit'),
  isa(
    'ordered load of a byte',
    packet('r5 = r10; r5 += -8; r6 = 0; *(u64 *)(r10 - 8) = r6; r6 = load_acquire((u8 *)(r5 + 0))'),
    PASS.code,
  ),
  isa(
    'register jump to a long target',
    'r0 = 2; if w0 == 2 goto +0; gotol out; out: exit',
    'r0 = 2; if w0 == 2 goto out; out: exit',
  ),
  isa('sign-extending move', 'r1 = 200; r0 = (s8)r1; r0 = 2; exit', 'r1 = 200; r0 = r1; r0 = 2; exit', 'misread'),
  isa('signed division', 'r0 = 6; r0 s/= 3; exit', 'r0 = 6; w0 = 6; r0 /= 3; exit', 'misread'),
  isa(
    '64-bit multiplier',
    packet('r5 = *(u64 *)(r2 + 0); r5 *= 3'),
    packet('r5 = *(u32 *)(r2 + 0); r5 *= 3'),
    'multiplier',
  ),
  isa(
    '64-bit multiplicand',
    packet('r5 = *(u64 *)(r2 + 0); r6 = 3; r6 *= r5'),
    packet('r5 = *(u32 *)(r2 + 0); r6 = 3; r6 *= r5'),
    'multiplicand',
  ),
  isa('negative multiplicand', 'r5 = 3; r5 *= -3; r0 = 2; exit', 'w5 = 3; w5 *= -3; r0 = 2; exit', 'multiplicandSign'),
  isa(
    '64-bit dividend',
    packet('r5 = *(u64 *)(r2 + 0); r5 /= 3'),
    packet('r5 = *(u32 *)(r2 + 0); r5 /= 3'),
    'dividend',
  ),
  isa(
    'divisor from the packet',
    packet('r5 = 100; r6 = *(u8 *)(r2 + 0); r5 /= r6'),
    packet('r5 = 100; r6 = 7; r5 /= r6'),
    'divisorVariable',
  ),
  isa(
    'divisor above 32 bits',
    'r5 = 100; r6 = 0x100000000 ll; r5 /= r6; r0 = 2; exit',
    'r5 = 100; r6 = 0xffffffff ll; r5 /= r6; r0 = 2; exit',
    'divisor',
  ),
  isa('negative divisor', 'r5 = 100; r5 /= -3; r0 = 2; exit', 'r5 = 100; r5 /= 3; r0 = 2; exit', 'divisorSign'),
  isa('remainder of a signed division', 'r0 = 6; r0 s%= 4; r0 = 2; exit', 'r0 = 6; r0 &= 3; r0 = 2; exit'),
  isa('signed 32-bit division', 'r0 = 6; w0 s/= 3; exit', 'r0 = 6; w0 /= 3; exit', 'misread'),
  {
    rule: 'instruction',
    about: 'all that the driver translates',
    breaks: { code: EVERYTHING.replace('r5 &= 7', 'r5 %= 7'), maps: { m: {} }, functions: [EVERYTHING_FUNCTION] },
    meets: { code: EVERYTHING, maps: { m: {} }, functions: [EVERYTHING_FUNCTION] },
  },
  ...(
    [
      ['base32', 'base64', 'r0 = 2; w0 += 1; exit'.replace('r0 = 2', 'w0 = 2'), 'w0 = 2; r0 += 1; exit'],
      ['divmul32', 'divmul32', 'w0 = 6; w0 += 3; exit', 'w0 = 6; w0 *= 3; exit'],
      ['divmul64', 'divmul64', 'w0 = 6; w0 /= 3; exit', 'w0 = 6; r0 /= 3; exit'],
      [
        'atomic32',
        'atomic32',
        'r1 = 1; *(u64 *)(r10 - 8) = r1; r0 = 2; exit',
        'r1 = 1; *(u64 *)(r10 - 8) = r1; lock *(u32 *)(r10 - 8) += r1; r0 = 2; exit',
      ],
      [
        'atomic64',
        'atomic64',
        'r1 = 1; *(u64 *)(r10 - 8) = r1; lock *(u32 *)(r10 - 8) += r1; r0 = 2; exit',
        'r1 = 1; *(u64 *)(r10 - 8) = r1; lock *(u64 *)(r10 - 8) += r1; r0 = 2; exit',
      ],
    ] as const
  ).map(
    ([, group, meets, breaks]): RuleCase => ({
      rule: 'instruction',
      about: `a card without ${group}`,
      nic: 'line-rate',
      mode: 'hw',
      changes: { isa: { groups: WITHOUT[group], source: 'test' } },
      breaks: { code: breaks },
      meets: { code: meets },
    }),
  ),
  {
    rule: 'instruction',
    about: 'hBPF has no atomics',
    nic: 'hbpf',
    breaks: { code: 'r1 = 1; *(u64 *)(r10 - 8) = r1; lock *(u64 *)(r10 - 8) += r1; r0 = 2; exit' },
    meets: { code: 'r1 = 1; *(u64 *)(r10 - 8) = r1; r0 = 2; exit' },
  },
];
