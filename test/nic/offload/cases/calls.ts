// Cases of the offload check: helper calls, their arguments, and what runs differently.
import type { TestProgram } from '../../../support/offload-object.js';
import {
  COUNTERS,
  EBPF,
  event,
  KFUNC,
  LOWER_32,
  lookup,
  PASS,
  packet,
  type RuleCase,
  STACK_DATA,
  UPDATE,
} from './build.js';

/** Sets so many bytes below the frame pointer to zero. */
const zeros = (bytes: number) =>
  ['r9 = 0', ...Array.from({ length: bytes / 8 }, (_, at) => `*(u64 *)(r10 - ${8 * (at + 1)}) = r9`)].join('; ');

const adjust = (end: 'head' | 'tail', bytes: number): TestProgram => ({
  code: `r2 = ${bytes}; call xdp_adjust_${end}; r0 = 2; exit`,
});

const LOOKUP_AT = (offset: number) =>
  `r1 = 0; *(u64 *)(r10 - 8) = r1; *(u64 *)(r10 - 16) = r1; r2 = r10; r2 += ${offset}; r1 = map[m]; call map_lookup_elem; r0 = 2; exit`;

/** Helper calls, their arguments, and what runs differently. */
export const HELPERS: readonly RuleCase[] = [
  {
    rule: 'helper',
    breaks: { code: 'call ktime_get_ns; r0 = 2; exit' },
    meets: { code: 'call get_prandom_u32; r0 = 2; exit' },
  },
  ...(
    [
      ['csum_diff', 'r1 = 0; r2 = 0; r3 = 0; r4 = 0; r5 = 0; call csum_diff; r0 = 2; exit'],
      ['xdp_adjust_meta', 'r2 = -4; call xdp_adjust_meta; r0 = 2; exit'],
      ['fib_lookup', `r2 = r10; r2 += -64; ${zeros(64)}; r3 = 64; r4 = 0; call fib_lookup; r0 = 2; exit`],
    ] as const
  ).map(([about, code]): RuleCase => ({ rule: 'helper', about, breaks: { code }, meets: PASS })),
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
    rule: 'helperFirmware',
    about: 'event_output',
    breaks: event(`${STACK_DATA}; ${LOWER_32}`),
    meets: { code: LOOKUP_AT(-8), maps: COUNTERS },
  },
  {
    rule: 'adjustHeadMetadata',
    changes: { adjustHead: { needsMetadataShift: true, source: 'test' } },
    breaks: { code: 'r2 = 4; call xdp_adjust_head; r0 = 2; exit' },
    meets: PASS,
  },
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
  { rule: 'growHead', finds: 'warning', breaks: adjust('head', -88), meets: adjust('head', -84) },
  {
    rule: 'growHead',
    about: 'native',
    nic: 'ice',
    finds: 'warning',
    breaks: adjust('head', -156),
    meets: adjust('head', -152),
  },
  {
    rule: 'growHead',
    about: 'generic',
    nic: 'ice',
    mode: 'generic',
    finds: 'warning',
    breaks: adjust('head', -220),
    meets: adjust('head', -216),
  },
  { rule: 'shrinkHead', finds: 'warning', breaks: adjust('head', 124), meets: adjust('head', 120) },
  { rule: 'growTail', finds: 'warning', breaks: adjust('tail', 8), meets: adjust('tail', -8) },
  {
    rule: 'queueRange',
    finds: 'warning',
    breaks: { code: 'r2 = 64; *(u32 *)(r1 + 16) = r2; r0 = 2; exit' },
    meets: { code: 'r2 = 63; *(u32 *)(r1 + 16) = r2; r0 = 2; exit' },
  },
  { rule: 'redirectVerdict', finds: 'warning', breaks: { code: 'r0 = 4; exit' }, meets: PASS },
  { rule: 'unknownVerdict', finds: 'warning', breaks: { code: 'r0 = 7; exit' }, meets: PASS },
];
