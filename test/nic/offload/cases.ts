// Programs that meet each rule of the offload check, and programs that break it.
import type { Mode } from '../../../src/nic/model.js';
import type { RuleName } from '../../../src/nic/offload/rules.js';
import type { TestProgram } from '../../support/offload-object.js';

/** A rule on one card. */
export interface RuleCase {
  readonly rule: RuleName;
  /** Sets apart cases of one rule. */
  readonly about?: string;
  /** `nfp-agilio-open` unless said otherwise. */
  readonly nic?: string;
  readonly mode?: Mode;
  readonly mtu?: number;
  /** Figures laid over the model, as its file would state them. */
  readonly changes?: Readonly<Record<string, object>>;
  /** What is found where the program breaks the rule; `broken` unless said otherwise. */
  readonly finds?: 'undecided' | 'warning';
  /** Look at the text alone: with the verifier's help another rule would come first. */
  readonly isQuick?: true;
  readonly breaks: TestProgram;
  /** For the same card and mode. */
  readonly meets: TestProgram;
}

const PASS = { code: 'r0 = 2; exit' } satisfies TestProgram;

/** r2 to r3 is the packet, with `bytes` bytes at least; the code goes on there, and ends at `out` with r0 = 2. */
function packet(code: string, bytes = 34): string {
  return `r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += ${bytes}; if r4 > r3 goto out
    ${code}
    out: r0 = 2; exit`;
}

/** r0 is a value of `map`, r6 the context; the code goes on there. */
function lookup(code: string, map = 'm'): string {
  return `r6 = r1; r1 = 0; *(u32 *)(r10 - 4) = r1; r2 = r10; r2 += -4; r1 = map[${map}]; call map_lookup_elem
    if r0 == 0 goto out
    ${code}
    out: r0 = 2; exit`;
}

/** Updates an entry of `m` with the 8 bytes at r10 - 16. */
const UPDATE = 'r1 = map[m]; r2 = r10; r2 += -4; r3 = r10; r3 += -16; r4 = 0; call map_update_elem';
const COUNTERS = { m: { type: 'hash', value: 8 } };
const COUNT = 'r1 = 1; lock *(u64 *)(r0 + 0) += r1';
const EBPF = 'nfp-agilio-ebpf';
/** One map is written, another counts. (One for both does not do: newer verifiers remember a zero on the stack as any spilled number.) */
const UPDATE_AND_COUNT: TestProgram = {
  code: lookup(`${COUNT}; r9 = 5; *(u64 *)(r10 - 16) = r9; r1 = 0; *(u32 *)(r10 - 4) = r1; ${UPDATE}`, 'n'),
  maps: { m: { type: 'hash', value: 8 }, n: {} },
};
const event = (code: string): TestProgram => ({
  code: `r6 = r1; ${code}; r1 = r6; r2 = map[events]; r5 = 4; call perf_event_output; r0 = 2; exit`,
  maps: { events: { type: 'perf_event_array', value: 4 } },
});
const STACK_DATA = 'r1 = 1; *(u64 *)(r10 - 8) = r1; r4 = r10; r4 += -8';
const LOWER_32 = 'r3 = 0xffffffff ll';
const METADATA =
  'r2 = r10; r2 += -8; r3 = 0; *(u64 *)(r10 - 8) = r3; call kfunc bpf_xdp_metadata_rx_timestamp; r0 = 2; exit';
const KFUNC = 'call kfunc bpf_rcu_read_lock; call kfunc bpf_rcu_read_unlock; r0 = 2; exit';

/** A chain of calls, `depth` functions long, each with `bytes` of stack. */
function chain(depth: number, bytes: number): TestProgram {
  const use = `r5 = 1; *(u64 *)(r10 - ${bytes}) = r5`;
  const inner = Array.from({ length: depth - 1 }, (_, at) => {
    const last = at === depth - 2;
    return `f${at + 1}: ${use}; ${last ? '' : `call f${at + 2};`} r0 = 2; exit`;
  });
  const starts = inner.map((_, at) => 5 + at * 5);
  return { code: `${use}; call f1; r0 = 2; exit; ${inner.join('; ')}`, functions: starts };
}

const wide = (count: number): TestProgram => ({
  code: `r5 = 1; ${'r5 += 0x12345678; '.repeat(count)} r0 = 2; exit`,
});

const MAPS: readonly RuleCase[] = [
  {
    rule: 'mapCreate',
    breaks: { code: lookup(''), maps: { m: { key: 8 } } },
    meets: { code: lookup(''), maps: { m: { key: 4 } } },
  },
  {
    rule: 'mapTypeCore',
    breaks: { code: lookup(''), maps: { m: { type: 'percpu_array' } } },
    meets: { code: lookup(''), maps: { m: { type: 'array' } } },
  },
  {
    rule: 'mapTypesNone',
    changes: { maps: { types: [], source: 'test' } },
    breaks: { code: lookup(''), maps: { m: {} } },
    meets: PASS,
  },
  {
    rule: 'mapType',
    nic: 'nfp-research',
    breaks: { code: lookup(''), maps: { m: { type: 'hash' } } },
    meets: { code: lookup(''), maps: { m: { type: 'array' } } },
  },
  {
    rule: 'mapFlags',
    breaks: { code: lookup(''), maps: { m: { type: 'hash', flags: 1 } } },
    meets: { code: lookup(''), maps: { m: { type: 'hash' } } },
  },
  {
    rule: 'mapFlags',
    about: 'netdevsim',
    nic: 'netdevsim',
    breaks: { code: lookup(''), maps: { m: { type: 'hash', flags: 1, entries: 2 } } },
    meets: { code: lookup(''), maps: { m: { type: 'hash', entries: 2 } } },
  },
  {
    rule: 'mapEntries',
    nic: 'netdevsim',
    breaks: { code: lookup(''), maps: { m: { entries: 3 } } },
    meets: { code: lookup(''), maps: { m: { entries: 2 } } },
  },
  {
    rule: 'mapCount',
    changes: { maps: { maximumMaps: 1, source: 'test' } },
    breaks: { code: `${lookup('r1 = map[n]')}`, maps: { m: {}, n: {} } },
    meets: { code: lookup(''), maps: { m: {} } },
  },
  {
    rule: 'mapTotalEntries',
    breaks: { code: lookup('r1 = map[n]'), maps: { m: { entries: 2_000_000 }, n: { entries: 48_001 } } },
    meets: { code: lookup('r1 = map[n]'), maps: { m: { entries: 2_000_000 }, n: { entries: 48_000 } } },
  },
  {
    rule: 'mapElement',
    breaks: { code: lookup(''), maps: { m: { value: 57 } } },
    meets: { code: lookup(''), maps: { m: { value: 56 } } },
  },
  {
    rule: 'mapElement',
    about: 'rounded',
    breaks: { code: 'r1 = map[m]; r0 = 2; exit', maps: { m: { type: 'hash', key: 9, value: 49 } } },
    meets: { code: 'r1 = map[m]; r0 = 2; exit', maps: { m: { type: 'hash', key: 9, value: 48 } } },
  },
  {
    rule: 'mapKey',
    breaks: { code: 'r1 = map[m]; r0 = 2; exit', maps: { m: { type: 'hash', key: 57, value: 1 } } },
    meets: { code: 'r1 = map[m]; r0 = 2; exit', maps: { m: { type: 'hash', key: 56, value: 1 } } },
  },
  {
    rule: 'mapValue',
    breaks: { code: lookup(''), maps: { m: { value: 60 } } },
    meets: { code: lookup(''), maps: { m: { value: 8 } } },
  },
  {
    rule: 'directMapValue',
    breaks: { code: 'r1 = map[m]+4; r0 = *(u32 *)(r1 + 0); r0 = 2; exit', maps: { m: {} } },
    meets: { code: lookup('r1 = *(u32 *)(r0 + 4)'), maps: { m: {} } },
  },
];

const LOADING: readonly RuleCase[] = [
  { rule: 'modeMissing', nic: 'hxdp-netfpga', mode: 'native', breaks: PASS, meets: PASS },
  { rule: 'noNdoBpf', nic: 'generic-skb', mode: 'hw', breaks: PASS, meets: PASS },
  { rule: 'noOffloadDevice', nic: 'mlx5-cx5-100g', mode: 'hw', breaks: PASS, meets: PASS },
  { rule: 'loadFlags', breaks: { ...PASS, hasFragments: true }, meets: PASS },
  {
    rule: 'verifier',
    nic: 'ice',
    breaks: { code: 'r0 = r3; exit' },
    meets: PASS,
  },
  { rule: 'undecodable', isQuick: true, breaks: { code: 'gotox r1; r0 = 2; exit' }, meets: PASS },
  { rule: 'metadataOffload', breaks: { code: METADATA }, meets: PASS },
  { rule: 'deviceBoundGeneric', nic: 'ice', mode: 'generic', breaks: { code: METADATA }, meets: PASS },
  { rule: 'metadataMissing', nic: 'ixgbe', finds: 'warning', breaks: { code: METADATA }, meets: PASS },
  { rule: 'nativeMissing', nic: 'generic-skb', mode: 'native', breaks: PASS, meets: PASS },
  { rule: 'devmapAttach', nic: 'ice', breaks: { ...PASS, attachPoint: 'xdp/devmap' }, meets: PASS },
  { rule: 'cpumapAttach', nic: 'ice', breaks: { ...PASS, attachPoint: 'xdp/cpumap' }, meets: PASS },
  ...['mlx5-cx5-100g', 'i40e-xl710-40g', 'ice', 'bnxt', 'virtio-net', 'veth'].map(
    (nic): RuleCase => ({
      rule: 'mtu',
      about: nic,
      nic,
      mtu: 4000,
      breaks: PASS,
      meets: { ...PASS, hasFragments: true },
    }),
  ),
  { rule: 'mtu', about: 'ixgbe', nic: 'ixgbe', mtu: 3047, breaks: PASS, meets: PASS },
  { rule: 'mtu', about: 'ena', nic: 'ena', mtu: 3499, breaks: PASS, meets: PASS },
  { rule: 'mtu', about: 'netdevsim', nic: 'netdevsim', mode: 'native', mtu: 4001, breaks: PASS, meets: PASS },
  { rule: 'neverRun', nic: 'netdevsim', finds: 'warning', breaks: PASS, meets: PASS },
  {
    rule: 'redirectFeature',
    nic: 'ice',
    changes: { native: { features: ['BASIC'], source: 'test' } },
    finds: 'warning',
    breaks: { code: 'r1 = 1; r2 = 0; call redirect; exit' },
    meets: PASS,
  },
];

const isa = (about: string, breaks: string, meets: string, rule: RuleName = 'instruction'): RuleCase => ({
  rule,
  about,
  breaks: { code: breaks },
  meets: { code: meets },
});

const INSTRUCTIONS: readonly RuleCase[] = [
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
  {
    rule: 'instruction',
    about: 'hBPF has no atomics',
    nic: 'hbpf',
    breaks: { code: 'r1 = 1; *(u64 *)(r10 - 8) = r1; lock *(u64 *)(r10 - 8) += r1; r0 = 2; exit' },
    meets: { code: 'r1 = 1; *(u64 *)(r10 - 8) = r1; r0 = 2; exit' },
  },
];

const MEMORY: readonly RuleCase[] = [
  {
    rule: 'contextRead',
    breaks: { code: 'r2 = *(u32 *)(r1 + 12); r0 = 2; exit' },
    meets: { code: 'r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r0 = 2; exit' },
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

const LOOKUP_AT = (offset: number) =>
  `r1 = 0; *(u64 *)(r10 - 8) = r1; *(u64 *)(r10 - 16) = r1; r2 = r10; r2 += ${offset}; r1 = map[m]; call map_lookup_elem; r0 = 2; exit`;

const HELPERS: readonly RuleCase[] = [
  {
    rule: 'helper',
    breaks: { code: 'call ktime_get_ns; r0 = 2; exit' },
    meets: { code: 'call get_prandom_u32; r0 = 2; exit' },
  },
  { rule: 'helper', about: 'redirect', breaks: { code: 'r1 = 1; r2 = 0; call redirect; r0 = 2; exit' }, meets: PASS },
  {
    rule: 'helper',
    about: 'tail call',
    breaks: {
      code: 'r2 = map[m]; r3 = 0; call tail_call; r0 = 2; exit',
      maps: { m: { type: 'prog_array', value: 4 } },
    },
    meets: { code: 'call f; r0 = 2; exit; f: r0 = 2; exit', functions: [3] },
  },
  { rule: 'helper', about: 'kernel function', breaks: { code: KFUNC }, meets: PASS },
  {
    rule: 'helperUnknown',
    nic: 'hxdp-netfpga',
    finds: 'undecided',
    breaks: { code: 'call ktime_get_ns; r0 = 2; exit' },
    meets: PASS,
  },
  {
    rule: 'helperFirmware',
    breaks: {
      code: `r1 = 0; *(u32 *)(r10 - 4) = r1; *(u64 *)(r10 - 16) = r1; ${UPDATE}; r0 = 2; exit`,
      maps: COUNTERS,
    },
    meets: { code: lookup(''), maps: COUNTERS },
  },
  {
    rule: 'helperFirmware',
    about: 'delete',
    breaks: {
      code: 'r1 = 0; *(u32 *)(r10 - 4) = r1; r1 = map[m]; r2 = r10; r2 += -4; call map_delete_elem; r0 = 2; exit',
      maps: COUNTERS,
    },
    meets: { code: lookup(''), maps: COUNTERS },
  },
  ...(
    [
      ['xdp_adjust_head', 'r2 = 4; call xdp_adjust_head; r0 = 2; exit'],
      ['xdp_adjust_tail', 'r2 = -4; call xdp_adjust_tail; r0 = 2; exit'],
      ['get_prandom_u32', 'call get_prandom_u32; r0 = 2; exit'],
    ] as const
  ).map(
    ([about, code]): RuleCase => ({
      rule: 'helperFirmware',
      about,
      changes: { helpers: { firmware: ['map_lookup_elem'], source: 'test' } },
      breaks: { code },
      meets: { code: lookup(''), maps: COUNTERS },
    }),
  ),
  {
    rule: 'argumentType',
    breaks: { code: packet('r1 = map[m]; call map_lookup_elem'), maps: COUNTERS },
    meets: { code: LOOKUP_AT(-8), maps: COUNTERS },
  },
  {
    rule: 'argumentVariable',
    breaks: {
      code: packet(
        'r6 = *(u8 *)(r2 + 0); r6 &= 4; r1 = 0; *(u64 *)(r10 - 8) = r1; *(u64 *)(r10 - 16) = r1; r2 = r10; r2 += -16; r2 += r6; r1 = map[m]; call map_lookup_elem',
      ),
      maps: COUNTERS,
    },
    meets: { code: LOOKUP_AT(-16), maps: COUNTERS },
  },
  {
    rule: 'argumentUnaligned',
    breaks: { code: LOOKUP_AT(-6), maps: COUNTERS },
    meets: { code: LOOKUP_AT(-4), maps: COUNTERS },
  },
  { rule: 'eventFlags', nic: EBPF, breaks: event(`${STACK_DATA}; r3 = 0`), meets: event(`${STACK_DATA}; ${LOWER_32}`) },
  {
    rule: 'eventFlags',
    about: 'unknown flags',
    nic: EBPF,
    breaks: event(`call get_prandom_u32; r3 = r0; w3 = w3; ${STACK_DATA}`),
    meets: event(`${STACK_DATA}; ${LOWER_32}`),
  },
  {
    rule: 'eventPointer',
    nic: EBPF,
    breaks: event(`r4 = r6; ${LOWER_32}`),
    meets: event(`${STACK_DATA}; ${LOWER_32}`),
  },
  {
    rule: 'eventPointerChanged',
    nic: EBPF,
    breaks: event(
      `r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r1 = r2; r1 += 34; ${STACK_DATA}; r1 = r2; r1 += 34; if r1 > r3 goto use; r4 = r2; use: ${LOWER_32}`,
    ),
    meets: event(`${STACK_DATA}; ${LOWER_32}`),
  },
  { rule: 'eventNote', nic: EBPF, finds: 'warning', breaks: event(`${STACK_DATA}; ${LOWER_32}`), meets: PASS },
  { rule: 'redirectVerdict', finds: 'warning', breaks: { code: 'r0 = 4; exit' }, meets: PASS },
  { rule: 'unknownVerdict', finds: 'warning', breaks: { code: 'r0 = 7; exit' }, meets: PASS },
];

const SIZES: readonly RuleCase[] = [
  { rule: 'callFrames', nic: 'hxdp-netfpga', breaks: chain(9, 8), meets: chain(8, 8) },
  { rule: 'stack', breaks: chain(2, 256), meets: chain(2, 248) },
  { rule: 'programLength', breaks: wide(900), meets: wide(100) },
  {
    rule: 'packetWindow',
    mtu: 3000,
    breaks: { code: packet('r5 = *(u8 *)(r2 + 1889)', 2000) },
    meets: { code: packet('r5 = *(u8 *)(r2 + 1888)', 2000) },
  },
  {
    rule: 'packetWindowLater',
    finds: 'warning',
    breaks: { code: packet('r5 = *(u8 *)(r2 + 1889)', 2000) },
    meets: { code: packet('r5 = *(u8 *)(r2 + 1888)', 2000) },
  },
];

/** All cases. */
export const RULE_CASES: readonly RuleCase[] = [...MAPS, ...LOADING, ...INSTRUCTIONS, ...MEMORY, ...HELPERS, ...SIZES];
