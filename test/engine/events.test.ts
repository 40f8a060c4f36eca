// What programs leave for user space, read there: ring buffers, perf buffers and user ring buffers, on both engines and on Linux.
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS, type Engine, type Packet } from '../../src/engine/engine.js';
import type { PacketEvent } from '../../src/machine/events.js';
import type { ObjectSpec } from '../../src/object/spec.js';
import { MAP_TYPES } from '../../src/platform/map-types.js';
import { fromHex, toHex } from '../../src/support/bytes.js';
import { assembledObject, type TestMap } from '../support/assembled-object.js';
import { packetOf } from '../support/cases.js';
import { ENGINES } from '../support/engines.js';
import { runJobs } from '../support/kernel-machine.js';
import { canUseBpf } from '../support/tools.js';

/** A program over packets of these lengths: what user space reads after each. */
interface Row {
  readonly name: string;
  readonly text: string;
  readonly maps: readonly TestMap[];
  readonly lengths: readonly number[];
  /** Records in hexadecimal that the last map, a user ring buffer, holds before the first packet. */
  readonly records?: readonly string[];
}

const RING: TestMap = { type: MAP_TYPES.ringbuf.id, key: 0, value: 0, max: 4096 };
const PERF: TestMap = { type: MAP_TYPES.perf_event_array.id, key: 4, value: 4, max: 1 };
const USER_RING: TestMap = { type: MAP_TYPES.user_ringbuf.id, key: 0, value: 0, max: 4096 };
const NO_KEY = new Uint8Array(0);
/** The length of the packet in r7 and on the stack. */
const LENGTH = 'r7 = *(u32 *)(r1 +4); r3 = *(u32 *)(r1 +0); r7 -= r3; *(u64 *)(r10 -8) = r7';

const ROWS: readonly Row[] = [
  {
    name: 'bpf_ringbuf_output',
    text: `${LENGTH}; r1 = map[fd:0]; r2 = r10; r2 += -8; r3 = 5; r4 = 0; call ringbuf_output; exit`,
    maps: [RING],
    lengths: [64, 65, 300],
  },
  {
    name: 'records submitted in another order than they were reserved in, and one discarded',
    text: `r1 = map[fd:0]; r2 = 8; r3 = 0; call ringbuf_reserve; if r0 == 0 goto none; r6 = r0
      r1 = map[fd:0]; r2 = 16; r3 = 0; call ringbuf_reserve; if r0 == 0 goto one; r7 = r0
      r1 = map[fd:0]; r2 = 4; r3 = 0; call ringbuf_reserve; if r0 == 0 goto two; r8 = r0
      *(u32 *)(r8 +0) = 3; *(u64 *)(r7 +0) = 2; *(u64 *)(r7 +8) = 2; *(u64 *)(r6 +0) = 1
      r1 = r8; r2 = 0; call ringbuf_submit; r1 = r7; r2 = 0; call ringbuf_discard
      *(u32 *)(r10 -4) = 4; r1 = map[fd:0]; r2 = r10; r2 += -4; r3 = 4; r4 = 0; call ringbuf_output
      r1 = r6; r2 = 0; call ringbuf_submit; r0 = 2; exit
      two: r1 = r7; r2 = 0; call ringbuf_discard; one: r1 = r6; r2 = 0; call ringbuf_discard; none: r0 = 1; exit`,
    maps: [RING],
    lengths: Array.from({ length: 90 }, () => 64),
  },
  {
    name: 'records that fill the ring',
    text: `${LENGTH}; r6 = 0; again: r1 = map[fd:0]; r2 = 1000; r3 = 0; call ringbuf_reserve; if r0 == 0 goto full
      *(u64 *)(r0 +0) = r6; r1 = 0; fill: r1 += 8; r2 = r0; r2 += r1; *(u64 *)(r2 +0) = r6; if r1 < 992 goto fill
      r1 = r0; r2 = 0; call ringbuf_submit; r6 += 1; if r6 < 9 goto again; full: r0 = r6; exit`,
    maps: [RING],
    lengths: [64, 64, 64],
  },
  {
    name: 'bpf_perf_event_output with bytes of the packet behind it',
    text: `r6 = r1; ${LENGTH}; r3 = r7; r3 <<= 32; r4 = 0xffffffff ll; r3 |= r4; r1 = r6; r2 = map[fd:0]; r4 = r10; r4 += -8
      r5 = 7; call perf_event_output; exit`,
    maps: [PERF],
    lengths: [64, 65, 66, 67, 68, 69, 70, 71, 4000, 9000],
  },
  {
    // One byte more, and the length of the record does not fit the 16 bits that Linux has for it.
    name: 'bpf_perf_event_output with whole frames of many fragments',
    text: `r6 = r1; call xdp_get_buff_len; *(u64 *)(r10 -8) = r0; r3 = r0; r3 <<= 32; r1 = r6; r2 = map[fd:0]; r4 = r10; r4 += -8
      r5 = 8; call perf_event_output; exit`,
    maps: [PERF],
    lengths: [3520, 3521, 9000, 65508],
  },
  {
    name: 'bpf_perf_event_output that is refused, and one of no bytes',
    text: `r6 = r1; call xdp_get_buff_len; r7 = r0; *(u64 *)(r10 -8) = r0; r8 = r0; r8 += 1; r8 <<= 32; r3 = r8; r1 = r6; r2 = map[fd:0]; r4 = r10; r4 += -8
      r5 = 8; call perf_event_output; if r7 == 65 goto out; r3 = 1; r1 = r6; r2 = map[fd:0]; r4 = r10; r4 += -8; r5 = 8; call perf_event_output
      if r7 == 66 goto out; r3 = 1; r3 <<= 52; r1 = r6; r2 = map[fd:0]; r4 = r10; r4 += -8; r5 = 8; call perf_event_output;
      if r7 == 67 goto out; r3 = 0; r1 = r6; r2 = map[fd:0]; r4 = r10; r4 += -8; r5 = 0; call perf_event_output; out: exit`,
    maps: [PERF],
    lengths: [64, 65, 66, 67],
  },
  {
    name: 'records written through dynptrs',
    text: `r1 = map[fd:0]; r2 = 20; r3 = 0; r4 = r10; r4 += -16; call ringbuf_reserve_dynptr; r6 = r0
      r1 = map[fd:0]; r2 = 7; r3 = 0; r4 = r10; r4 += -32; call ringbuf_reserve_dynptr; r6 += r0
      *(u64 *)(r10 -40) = 0x1234; r1 = r10; r1 += -16; r2 = 11; r3 = r10; r3 += -40; r4 = 8; r5 = 0; call dynptr_write; r6 += r0
      r1 = r10; r1 += -32; r2 = 0; r3 = r10; r3 += -40; r4 = 8; r5 = 0; call dynptr_write; r6 += r0
      r1 = r10; r1 += -32; r2 = 0; r3 = r10; r3 += -40; r4 = 7; r5 = 0; call dynptr_write; r6 += r0
      r1 = r10; r1 += -16; r2 = 0; r3 = 11; call dynptr_data; if r0 == 0 goto no; *(u64 *)(r0 +0) = -1; *(u8 *)(r0 +8) = 1; *(u16 *)(r0 +9) = 1; no:
      r1 = r10; r1 += -16; r2 = 19; r3 = 1; call dynptr_data; if r0 == 0 goto non; *(u8 *)(r0 +0) = 9; non:
      r1 = r10; r1 += -32; r2 = 0; call ringbuf_submit_dynptr
      r1 = r10; r1 += -16; r2 = 0; call ringbuf_submit_dynptr
      r1 = map[fd:0]; r2 = 4096; r3 = 0; r4 = r10; r4 += -16; call ringbuf_reserve_dynptr; r6 += r0; r1 = r10; r1 += -16; r2 = 0; call ringbuf_discard_dynptr
      r1 = map[fd:0]; r2 = 0; call ringbuf_query; r6 <<= 8; r6 += r0; r0 = r6; exit`,
    maps: [RING],
    lengths: [64, 64],
  },
  {
    name: 'bpf_user_ringbuf_drain',
    text: `r1 = map[fd:1]; r2 = subprog[body]; r3 = 0; r4 = 0; call user_ringbuf_drain; r6 = r0
      *(u64 *)(r10 -8) = r6; r1 = map[fd:0]; r2 = r10; r2 += -8; r3 = 8; r4 = 0; call ringbuf_output; r0 = r6; exit
      body: *(u64 *)(r10 -8) = 0; r4 = r1; r1 = r10; r1 += -8; r2 = 6; r3 = r4; r4 = 0; r5 = 0; call dynptr_read; r6 = r0
      *(u32 *)(r10 -16) = r6; r1 = map[fd:0]; r2 = r10; r2 += -16; r3 = 16; r4 = 0; *(u32 *)(r10 -12) = 0; call ringbuf_output
      r0 = *(u8 *)(r10 -8); r0 &= 1; exit`,
    maps: [RING, USER_RING],
    lengths: [64, 64, 64],
    records: ['020304050607', '', '0408', '010000000000aa', '0a0b0c0d0e0f1011'],
  },
];

/** The return value of each packet and the records that user space reads after it. */
function ours(engine: Engine, { maps, records }: Row, object: ObjectSpec, packets: readonly Packet[]): string[] {
  const session = engine.open(object, DEFAULT_ENGINE_OPTIONS);
  for (const record of records ?? []) session.maps.get(`map${maps.length - 1}`)!.preload!(NO_KEY, [fromHex(record)]);
  return session.run('main', packets).map(({ returnValue, events, fault }) => {
    expect(fault).toBeUndefined();
    return lineOf(returnValue, events.map(recordOf));
  });
}

/** Linux pads perf samples: with the four bytes of their length they fill words of eight. */
function recordOf(event: PacketEvent): string {
  if (event.kind === 'printk') return event.text;
  const { byteLength } = event.data;
  const padding = event.kind === 'perf' ? (8 - ((byteLength + 4) % 8)) % 8 : 0;
  return toHex(event.data) + '00'.repeat(padding);
}

function onLinux({ maps, records }: Row, object: ObjectSpec, packets: readonly Packet[]): string[] {
  const contents = (records ?? []).map(record => ['', record] as const);
  const [answer] = runJobs([
    {
      object,
      maps: [{ name: `map${maps.length - 1}`, entries: contents }],
      program: 'main',
      packets: packets.map(({ bytes }) => bytes),
    },
  ]);
  expect(answer!.log).toBe('');
  return answer!.results.map(({ returnValue, events }) =>
    lineOf(
      returnValue,
      events.map(([, record]) => record),
    ),
  );
}

function lineOf(returnValue: number, records: readonly string[]): string {
  return `${returnValue | 0}: ${records.join(', ')}`;
}

describe.skipIf(!canUseBpf())('user space reads what Linux gives it (skipped where bpftool or root is missing)', () => {
  it.each(ROWS)('$name', row => {
    const object = assembledObject({ main: row.text }, row.maps, { hasFragments: true });
    const packets = row.lengths.map(length => packetOf(Uint8Array.from({ length }, (_, at) => at)));
    const expected = onLinux(row, object, packets);
    for (const engine of ENGINES) expect(ours(engine, row, object, packets), engine.name).toEqual(expected);
  });
});
