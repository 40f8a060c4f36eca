// Cases of the offload check: memory accesses.
import { COUNT, COUNTERS, EBPF, lookup, PASS, packet, type RuleCase, UPDATE, UPDATE_AND_COUNT } from './build.js';

/** Memory accesses. */
export const MEMORY: readonly RuleCase[] = [
  {
    rule: 'contextRead',
    breaks: { code: 'r2 = *(u32 *)(r1 + 12); r0 = 2; exit' },
    meets: { code: 'r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r0 = 2; exit' },
  },
  ...(
    [
      ['data_meta', 8],
      ['rx_queue_index', 16],
    ] as const
  ).map(
    ([about, offset]): RuleCase => ({
      rule: 'contextRead',
      about,
      breaks: { code: `r2 = *(u32 *)(r1 + ${offset}); r0 = 2; exit` },
      meets: { code: 'r2 = *(u32 *)(r1 + 0); r0 = 2; exit' },
    }),
  ),
  {
    rule: 'contextRead',
    about: 'egress_ifindex',
    isQuick: true,
    breaks: { code: 'r2 = *(u32 *)(r1 + 20); r0 = 2; exit' },
    meets: { code: 'r2 = *(u32 *)(r1 + 4); r0 = 2; exit' },
  },
  {
    rule: 'contextStore',
    breaks: { code: 'r2 = 0; *(u32 *)(r1 + 12) = r2; r0 = 2; exit' },
    meets: { code: 'r2 = 3; *(u32 *)(r1 + 16) = r2; r0 = 2; exit' },
  },
  {
    rule: 'queueSelect',
    changes: { contextAccess: { reads: ['data', 'data_end'], writes: [], source: 'test' } },
    breaks: { code: 'r2 = 3; *(u32 *)(r1 + 16) = r2; r0 = 2; exit' },
    meets: PASS,
  },
  {
    rule: 'pointerType',
    breaks: {
      code: 'r2 = *(u32 *)(r1 + 8); r3 = *(u32 *)(r1 + 0); r4 = r2; r4 += 4; if r4 > r3 goto out; r5 = *(u32 *)(r2 + 0); out: r0 = 2; exit',
    },
    meets: { code: packet('r5 = *(u32 *)(r2 + 0)') },
  },
  {
    rule: 'pointerTypeChanged',
    breaks: {
      code: packet(
        'r6 = *(u8 *)(r2 + 0); r5 = r2; if r6 == 0 goto use; *(u64 *)(r10 - 8) = r6; r5 = r10; r5 += -8; use: r6 = *(u8 *)(r5 + 0)',
      ),
    },
    meets: { code: packet('r6 = *(u8 *)(r2 + 0); r5 = r2; if r6 == 0 goto use; r5 += 4; use: r6 = *(u8 *)(r5 + 0)') },
  },
  {
    rule: 'stackVariable',
    breaks: {
      code: packet(
        'r6 = *(u8 *)(r2 + 0); r6 &= 7; *(u64 *)(r10 - 8) = r6; *(u64 *)(r10 - 16) = r6; r5 = r10; r5 += -16; r5 += r6; r0 = *(u8 *)(r5 + 0)',
      ),
    },
    meets: { code: 'r6 = 1; *(u64 *)(r10 - 8) = r6; r5 = r10; r5 += -7; r0 = *(u8 *)(r5 + 0); r0 = 2; exit' },
  },
  {
    rule: 'stackChanged',
    breaks: {
      code: packet(
        'r6 = *(u8 *)(r2 + 0); *(u64 *)(r10 - 8) = r6; r5 = r10; r5 += -8; if r6 == 0 goto use; r5 += 2; use: r6 = *(u8 *)(r5 + 0)',
      ),
    },
    meets: {
      code: packet(
        'r6 = *(u8 *)(r2 + 0); *(u64 *)(r10 - 8) = r6; r5 = r10; r5 += -8; if r6 == 0 goto use; r5 += 4; use: r6 = *(u8 *)(r5 + 0)',
      ),
    },
  },
  {
    rule: 'mapOffsetVariable',
    breaks: {
      code: packet(
        'r9 = *(u8 *)(r2 + 0); r9 &= 7; r1 = 0; *(u32 *)(r10 - 4) = r1; r2 = r10; r2 += -4; r1 = map[m]; call map_lookup_elem; if r0 == 0 goto out; r0 += r9; r1 = *(u8 *)(r0 + 0)',
      ),
      maps: { m: { value: 8 } },
    },
    meets: { code: lookup('r0 += 3; r1 = *(u8 *)(r0 + 0)'), maps: { m: { value: 8 } } },
  },
  {
    rule: 'mapOutOfBounds',
    breaks: { code: lookup('r1 = *(u32 *)(r0 + 6)'), maps: { m: { value: 8 } } },
    meets: { code: lookup('r1 = *(u32 *)(r0 + 4)'), maps: { m: { value: 8 } } },
  },
  {
    rule: 'mapStore',
    breaks: { code: lookup('r1 = 1; *(u64 *)(r0 + 0) = r1'), maps: { m: {} } },
    meets: { code: lookup('r1 = 1; lock *(u64 *)(r0 + 0) += r1'), maps: { m: {} } },
  },
  {
    rule: 'mapWordConflict',
    breaks: { code: lookup('r1 = *(u32 *)(r0 + 4); lock *(u64 *)(r0 + 0) += r1'), maps: { m: {} } },
    meets: { code: lookup('r1 = *(u32 *)(r0 + 4); lock *(u32 *)(r0 + 0) += r1'), maps: { m: {} } },
  },
  {
    rule: 'atomicInitialised',
    nic: EBPF,
    breaks: {
      code: `r6 = r1; r9 = 5; *(u64 *)(r10 - 16) = r9; r1 = 0; *(u32 *)(r10 - 4) = r1; ${UPDATE}; r1 = r6; ${lookup(COUNT)}`,
      maps: COUNTERS,
    },
    meets: UPDATE_AND_COUNT,
  },
  {
    rule: 'updateNonZero',
    nic: EBPF,
    breaks: {
      code: lookup(`${COUNT}; r9 = 5; *(u64 *)(r10 - 16) = r9; r1 = 0; *(u32 *)(r10 - 4) = r1; ${UPDATE}`),
      maps: COUNTERS,
    },
    meets: UPDATE_AND_COUNT,
  },
  ...(
    [
      ['or', 'lock *(u32 *)(r0 + 0) |= r1'],
      ['and', 'lock *(u64 *)(r0 + 0) &= r1'],
      ['xor', 'lock *(u64 *)(r0 + 0) ^= r1'],
      ['fetch', 'r1 = atomic64_fetch_add((u64 *)(r0 + 0), r1)'],
      ['exchange', 'r1 = atomic64_xchg((u64 *)(r0 + 0), r1)'],
      ['compare', 'r9 = r0; r0 = 0; r0 = atomic64_cmpxchg((u64 *)(r9 + 0), r0, r1)'],
      ['acquire', 'r1 = load_acquire((u64 *)(r0 + 0))'],
    ] as const
  ).map(
    ([about, code]): RuleCase => ({
      rule: 'atomicOperation',
      about,
      breaks: { code: lookup(`r1 = 1; ${code}`), maps: { m: {} } },
      meets: { code: lookup('r1 = 1; lock *(u64 *)(r0 + 0) += r1'), maps: { m: {} } },
    }),
  ),
  {
    rule: 'atomicOperation',
    about: '32-bit fetch',
    breaks: { code: lookup('r1 = 1; w1 = atomic_fetch_add((u32 *)(r0 + 0), w1)'), maps: { m: {} } },
    meets: { code: lookup('r1 = 1; lock *(u32 *)(r0 + 0) += r1'), maps: { m: {} } },
  },
  {
    rule: 'atomicPointer',
    breaks: { code: 'r1 = 1; *(u64 *)(r10 - 8) = r1; lock *(u64 *)(r10 - 8) += r1; r0 = 2; exit' },
    meets: { code: lookup('r1 = 1; lock *(u64 *)(r0 + 0) += r1'), maps: { m: {} } },
  },
  {
    rule: 'atomicSource',
    breaks: { code: lookup('lock *(u64 *)(r0 + 0) += r10'), maps: { m: {} } },
    meets: { code: lookup('r1 = 1; lock *(u64 *)(r0 + 0) += r1'), maps: { m: {} } },
  },
  {
    rule: 'immediateStore',
    breaks: { code: '*(u32 *)(r10 - 4) = 0; r0 = 2; exit' },
    meets: { code: packet('*(u32 *)(r2 + 0) = 0') },
  },
];
