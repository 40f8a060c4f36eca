// What helpers answer, as programs see it. Numbers observed on Linux 6.18 unless said otherwise.
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_ENGINE_OPTIONS,
  type EngineOptions,
  type Packet,
  type Result,
  type Session,
} from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { assembledObject, type TestMap } from '../support/assembled-object.js';
import { packetOf } from '../support/cases.js';
import { u32 } from './maps/host.js';

const ENOENT = -2;
const E2BIG = -7;
const EAGAIN = -11;
const EFAULT = -14;
const EEXIST = -17;
const ENODEV = -19;
const EINVAL = -22;
const ERANGE = -34;
const EOPNOTSUPP = -95;
const EAFNOSUPPORT = -97;

interface Setting extends Partial<EngineOptions> {
  readonly packet?: Partial<Packet>;
  /** Before the program runs. */
  readonly prepare?: (session: Session) => void;
}

function runText(text: string, maps: readonly TestMap[] = [], setting: Setting = {}): Result {
  const { packet, prepare, ...options } = setting;
  const session = createInterpreter().open(assembledObject({ main: text }, maps), {
    ...DEFAULT_ENGINE_OPTIONS,
    ...options,
  });
  prepare?.(session);
  return session.run('main', [{ ...packetOf(new Uint8Array(64)), ...packet }])[0]!;
}

/** r0 as a signed number. */
function answer(text: string, maps: readonly TestMap[] = [], setting: Setting = {}): number {
  const { returnValue, fault } = runText(text, maps, setting);
  if (fault !== undefined) throw new Error(fault.message);
  return returnValue | 0;
}

const HASH = { type: 1, value: 8, max: 2 };
/** r2: a key, r3: a value, both on the stack. */
const KEY_AND_VALUE = '*(u32 *)(r10 -4) = 5; *(u64 *)(r10 -16) = 77; r2 = r10; r2 += -4; r3 = r10; r3 += -16';

describe('map helpers', () => {
  const update = (flags: string): string => `${KEY_AND_VALUE}; r1 = map[fd:0]; r4 = ${flags}; call map_update_elem`;

  it('store and find', () => {
    expect(
      answer(`${update('0')}; r1 = map[fd:0]; r2 = r10; r2 += -4; call map_lookup_elem; r0 = *(u64 *)(r0 +0); exit`, [
        HASH,
      ]),
    ).toBe(77);
  });

  it('find nothing under an absent key', () => {
    expect(answer(`${KEY_AND_VALUE}; r1 = map[fd:0]; call map_lookup_elem; exit`, [HASH])).toBe(0);
  });

  it.each([
    { flags: '2', result: ENOENT },
    { flags: '3', result: EINVAL },
    { flags: '0x100000000 ll', result: EINVAL },
  ])('update an absent key with flags $flags: $result', ({ flags, result }) => {
    expect(answer(`${update(flags)}; exit`, [HASH])).toBe(result);
  });

  it('update an existing key with BPF_NOEXIST: EEXIST', () => {
    expect(answer(`${update('0')}; ${update('1')}; exit`, [HASH])).toBe(EEXIST);
  });

  it('delete, once', () => {
    const remove = 'r1 = map[fd:0]; r2 = r10; r2 += -4; call map_delete_elem';
    expect(answer(`${update('0')}; ${remove}; exit`, [HASH])).toBe(0);
    expect(answer(`${update('0')}; ${remove}; ${remove}; exit`, [HASH])).toBe(ENOENT);
  });

  it('push, peek and pop', () => {
    const queue = { type: 22, key: 0, value: 8, max: 2 };
    const push = `*(u64 *)(r10 -8) = 7; r1 = map[fd:0]; r2 = r10; r2 += -8; r3 = 0; call map_push_elem`;
    const take = (helper: string): string => `r1 = map[fd:0]; r2 = r10; r2 += -16; call ${helper}`;
    expect(
      answer(`${push}; ${take('map_peek_elem')}; ${take('map_pop_elem')}; r0 = *(u64 *)(r10 -16); exit`, [queue]),
    ).toBe(7);
    expect(answer(`${push}; ${take('map_pop_elem')}; ${take('map_pop_elem')}; exit`, [queue])).toBe(ENOENT);
    expect(answer(`${push}; ${push}; ${push}; exit`, [queue])).toBe(E2BIG);
  });

  it('look into another CPU’s copy, and into none past the last', () => {
    const perCpu = { type: 6, value: 8, max: 1 };
    const text = (cpu: number): string =>
      `*(u32 *)(r10 -4) = 0; r1 = map[fd:0]; r2 = r10; r2 += -4; r3 = ${cpu}; call map_lookup_percpu_elem; if r0 == 0 goto +1; r0 = *(u64 *)(r0 +0); exit`;
    const prepare = (session: Session): void => {
      session.maps.get('map0')!.update(u32(0), [u32(10, 0), u32(11, 0)], 0);
    };
    expect([0, 1, 2].map(cpu => answer(text(cpu), [perCpu], { cpuCount: 2, prepare }))).toEqual([10, 11, 0]);
  });

  it('want keys and values in memory that the program may touch', () => {
    const fault = (text: string): string | undefined => runText(`${text}; exit`, [HASH]).fault?.message;
    expect(fault('r1 = map[fd:0]; r2 = r10; r2 += -2; call map_lookup_elem')).toMatch(/^invalid read of 4 bytes/);
    expect(fault(`${KEY_AND_VALUE}; r1 = map[fd:0]; r3 = 0; r4 = 0; call map_update_elem`)).toBe(
      'invalid read of 8 bytes at 0x00000000 (NULL)',
    );
  });
});

describe('bpf_for_each_map_elem', () => {
  const array = { type: 2, value: 4, max: 4 };
  const prepare = (session: Session): void => {
    for (const key of [0, 1, 2, 3]) session.maps.get('map0')!.update(u32(key), [u32(key + 10)], 0);
  };
  const visit = (flags: number): string =>
    `*(u64 *)(r10 -8) = 0; r1 = map[fd:0]; r2 = subprog[body]; r3 = r10; r3 += -8; r4 = ${flags}; call for_each_map_elem`;
  const sum =
    'body: r1 = *(u32 *)(r2 +0); r3 = *(u32 *)(r3 +0); r3 *= r1; r1 = *(u64 *)(r4 +0); r1 += r3; *(u64 *)(r4 +0) = r1; r0 = 0';

  it('gives key, value and context to the callback', () => {
    expect(answer(`${visit(0)}; r0 = *(u64 *)(r10 -8); exit\n${sum}; exit`, [array], { prepare })).toBe(11 + 24 + 39);
  });

  it('gives the number of entries visited', () => {
    expect(answer(`${visit(0)}; exit\n${sum}; exit`, [array], { prepare })).toBe(4);
  });

  it('ends when the callback returns 1', () => {
    expect(answer(`${visit(0)}; exit\nbody: r0 = *(u32 *)(r2 +0); if r0 == 1 goto +1; r0 = 0; exit`, [array])).toBe(2);
  });

  it('takes no flags', () => expect(answer(`${visit(1)}; exit\n${sum}; exit`, [array])).toBe(EINVAL));
});

describe('bpf_redirect', () => {
  it('leaves its target beside XDP_REDIRECT', () => {
    const { returnValue, redirect } = runText('r1 = 3; r2 = 0; call redirect; exit');
    expect(returnValue).toBe(4);
    expect(redirect).toEqual({ kind: 'interface', ifindex: 3, map: undefined, key: undefined });
  });

  it('leaves nothing when the program returns something else', () => {
    expect(runText('r1 = 3; r2 = 0; call redirect; r0 = 2; exit').redirect).toBeUndefined();
  });
});

describe('bpf_redirect_map', () => {
  const devices = { type: 14, name: 'ports' };
  const cpus = { type: 16, name: 'cpus', max: 1 };
  const text = (key: number, flags: string): string =>
    `r1 = map[fd:0]; r2 = ${key}; r3 = ${flags}; call redirect_map; exit`;
  const prepare = (session: Session): void => {
    expect(session.maps.get('ports')?.update(u32(2), [u32(1)], 0) ?? 0).toBe(0);
    expect(session.maps.get('cpus')?.update(u32(0), [u32(64)], 0) ?? 0).toBe(0);
  };

  it('goes to what the key holds', () => {
    const { returnValue, redirect } = runText(text(2, '0'), [devices], { prepare });
    expect(returnValue).toBe(4);
    expect(redirect).toEqual({ kind: 'interface', ifindex: 1, map: 'ports', key: 2 });
  });

  it('goes to a CPU', () => {
    expect(runText(text(0, '0'), [cpus], { prepare }).redirect).toMatchObject({
      kind: 'cpu',
      cpu: 0,
      map: 'cpus',
      key: 0,
    });
  });

  it.each([0, 1, 2, 3])('returns the action %i of its flags when the key holds nothing', flags => {
    expect(answer(text(0, String(flags)), [devices])).toBe(flags);
  });

  it.each(['4', '5', '32', '0x100000000 ll'])('aborts with flags %s', flags => {
    expect(answer(text(2, flags), [devices], { prepare })).toBe(0);
  });

  it('broadcasts to all, or to all but where the packet came from', () => {
    const targets = (flags: string): unknown => runText(text(0, flags), [devices], { prepare }).redirect;
    expect(targets('8')).toEqual({ kind: 'broadcast', ifindexes: [1], map: 'ports' });
    expect(targets('24')).toEqual({ kind: 'broadcast', ifindexes: [], map: 'ports' });
  });

  it('does not broadcast to CPUs', () => expect(answer(text(0, '8'), [cpus], { prepare })).toBe(0));

  it('forgets an earlier target when it misses', () => {
    const missing = 'r1 = 1; r2 = 0; call redirect; r1 = map[fd:0]; r2 = 0; r3 = 0; call redirect_map; r0 = 4; exit';
    expect(runText(missing, [devices])).toMatchObject({ returnValue: 4, redirect: undefined });
  });

  it('takes no other map', () => {
    expect(runText(text(0, '0'), [HASH]).fault?.message).toBe('cannot pass map_type 1 into func bpf_redirect_map#51');
  });
});

describe('clock and CPU', () => {
  const packet = { timestampNanos: 1_700_000_000_123_456_789n, cpu: 1 };

  it.each(['ktime_get_ns', 'ktime_get_boot_ns', 'ktime_get_coarse_ns', 'ktime_get_tai_ns'])(
    '%s is the packet’s time',
    helper => {
      expect(answer(`call ${helper}; exit`, [], { packet }) >>> 0).toBe(Number(packet.timestampNanos & 0xffffffffn));
      expect(answer(`call ${helper}; r0 >>= 32; exit`, [], { packet }) >>> 0).toBe(
        Number(packet.timestampNanos >> 32n),
      );
    },
  );

  it('jiffies are 4 ms long', () => {
    expect(answer('call jiffies64; exit', [], { packet: { timestampNanos: 4_000_000_000n } })).toBe(1000);
  });

  it('the CPU is the packet’s', () => {
    expect(answer('call get_smp_processor_id; exit', [], { packet, cpuCount: 2 })).toBe(1);
  });
});

describe('bpf_perf_event_output', () => {
  const perf = { type: 4, name: 'samples', max: 2 };
  const text = (flags: string): string =>
    `*(u64 *)(r10 -8) = 0x55; r2 = map[fd:0]; r3 = ${flags}; r4 = r10; r4 += -8; r5 = 4; call perf_event_output; exit`;
  const packet = { bytes: Uint8Array.from({ length: 64 }, (_, at) => at) };

  it('sends the data', () => {
    expect(runText(text('0xffffffff ll'), [perf]).events).toEqual([
      { kind: 'perf', map: 'samples', cpu: 0, data: Uint8Array.of(0x55, 0, 0, 0) },
    ]);
  });

  it('appends packet bytes', () => {
    const [event] = runText(text('0x3ffffffff ll'), [perf], { packet }).events;
    expect(event).toMatchObject({ data: Uint8Array.of(0x55, 0, 0, 0, 0, 1, 2) });
  });

  it.each([
    { flags: '0x10000000000000 ll', result: EINVAL, what: 'flags that it does not know' },
    { flags: '0x41ffffffff ll', result: EFAULT, what: 'more bytes than the packet has' },
    { flags: '2', result: E2BIG, what: 'a slot past the end' },
    { flags: '1', result: EOPNOTSUPP, what: 'another CPU’s slot' },
  ])('refuses $what', ({ flags, result }) => expect(answer(text(flags), [perf], { cpuCount: 2 })).toBe(result));

  it('finds no reader for a CPU that is not there', () =>
    expect(answer(text('1'), [perf], { cpuCount: 1 })).toBe(ENOENT));
});

describe('ring buffers', () => {
  const ring = { type: 27, key: 0, value: 0, max: 4096, name: 'events' };
  const reserve = (size: string, flags = '0'): string =>
    `r1 = map[fd:0]; r2 = ${size}; r3 = ${flags}; call ringbuf_reserve`;

  it('deliver what was reserved, written and submitted', () => {
    const { events } = runText(
      `${reserve('8')}; *(u64 *)(r0 +0) = 9; r1 = r0; r2 = 0; call ringbuf_submit; r0 = 0; exit`,
      [ring],
    );
    expect(events).toEqual([{ kind: 'ringbuf', map: 'events', data: Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0) }]);
  });

  it('deliver nothing that was discarded', () => {
    expect(runText(`${reserve('8')}; r1 = r0; r2 = 0; call ringbuf_discard; r0 = 0; exit`, [ring]).events).toEqual([]);
  });

  it('deliver output in one call', () => {
    const text =
      '*(u64 *)(r10 -8) = 0x77; r1 = map[fd:0]; r2 = r10; r2 += -8; r3 = 3; r4 = 0; call ringbuf_output; exit';
    expect(runText(text, [ring]).events).toEqual([{ kind: 'ringbuf', map: 'events', data: Uint8Array.of(0x77, 0, 0) }]);
  });

  it('refuse output with flags that they do not know, and output without room', () => {
    const text = (size: string, flags: string): string =>
      `r1 = map[fd:0]; r2 = r10; r2 += -8; r3 = ${size}; r4 = ${flags}; call ringbuf_output; exit`;
    expect(answer(text('8', '4'), [ring])).toBe(EINVAL);
    const fill = Array.from(
      { length: 8 },
      () => '*(u64 *)(r10 -512) = 0; r1 = map[fd:0]; r2 = r10; r2 += -512; r3 = 512; r4 = 0; call ringbuf_output',
    );
    expect(answer(`${fill.join('; ')}; exit`, [ring])).toBe(EAGAIN);
  });

  it('reserve nothing with flags or without room', () => {
    expect(answer(`${reserve('8', '1')}; exit`, [ring])).toBe(0);
    expect(answer(`${reserve('4096')}; exit`, [ring])).toBe(0);
  });

  it('tell their size', () => expect(answer('r1 = map[fd:0]; r2 = 1; call ringbuf_query; exit', [ring])).toBe(4096));

  it('have room again for the next packet', () => {
    const session = createInterpreter().open(
      assembledObject(
        { main: `${reserve('4000')}; if r0 == 0 goto +4; r1 = r0; r2 = 0; call ringbuf_submit; r0 = 2; exit` },
        [ring],
      ),
      DEFAULT_ENGINE_OPTIONS,
    );
    const packets = [1, 2, 3].map(() => packetOf(new Uint8Array(64)));
    expect(session.run('main', packets).map(result => result.returnValue)).toEqual([2, 2, 2]);
  });

  it('submit nothing that was not reserved', () => {
    expect(runText('r1 = r10; r1 += -8; r2 = 0; call ringbuf_submit; r0 = 0; exit', [ring]).fault?.message).toMatch(
      /^no ring-buffer record is reserved at/,
    );
  });
});

describe('text helpers', () => {
  const text = (content: string): TestMap => ({
    type: 2,
    value: 64,
    max: 1,
    flags: 0x80,
    isFrozen: true,
    contents: Uint8Array.from({ length: 64 }, (_, at) => content.charCodeAt(at) || 0),
  });

  it('bpf_trace_printk says what it prints and gives its length', () => {
    const result = runText('r1 = map[fd:0][0]+0; r2 = 6; r3 = 5; r4 = -1; call trace_printk; exit', [text('%d %u\0')]);
    expect(result.events).toEqual([{ kind: 'printk', text: '5 4294967295' }]);
    expect(result.returnValue).toBe(12);
  });

  it('bpf_trace_printk refuses a format without end, and one with too many conversions', () => {
    const print = 'r1 = map[fd:0][0]+0; r2 = 4; r3 = 1; r4 = 2; r5 = 3; call trace_printk; exit';
    expect(answer(print, [text('%d %d')])).toBe(EINVAL);
    expect(answer(print.replace('r2 = 4', 'r2 = 12'), [text('%d %d %d %d\0')])).toBe(EINVAL);
  });

  it('bpf_trace_vprintk takes its values from memory', () => {
    const print =
      '*(u64 *)(r10 -16) = 1; *(u64 *)(r10 -8) = 2; r1 = map[fd:0][0]+0; r2 = 6; r3 = r10; r3 += -16; r4 = 16; call trace_vprintk; exit';
    expect(runText(print, [text('%d-%d\0')]).events).toEqual([{ kind: 'printk', text: '1-2' }]);
    expect(answer(print.replace('r4 = 16', 'r4 = 12'), [text('%d-%d\0')])).toBe(EINVAL);
  });

  it('bpf_snprintf cuts what does not fit and gives the length it wanted', () => {
    const print =
      '*(u64 *)(r10 -8) = 12345; *(u64 *)(r10 -16) = -1; r1 = r10; r1 += -16; r2 = 4; r3 = map[fd:0][0]+0; r4 = r10; r4 += -8; r5 = 8; call snprintf';
    expect(answer(`${print}; exit`, [text('%d\0')])).toBe(6);
    expect(answer(`${print}; r0 = *(u32 *)(r10 -16); exit`, [text('%d\0')])).toBe(0x333231);
  });

  it.each<[string, string, number, number, number, number]>([
    ['strtol', '123abc', 6, 0, 3, 123],
    ['strtol', '-42', 3, 10, 3, -42],
    ['strtol', '0x1F', 4, 0, 4, 31],
    ['strtol', '0x1F', 4, 16, 4, 31],
    ['strtol', '017', 3, 0, 3, 15],
    ['strtol', '  9', 3, 0, 3, 9],
    ['strtol', 'abc', 3, 10, EINVAL, 0],
    ['strtol', '9223372036854775808', 19, 10, ERANGE, 0],
    ['strtol', '12', 2, 7, EINVAL, 0],
    ['strtol', '-', 1, 10, EINVAL, 0],
    ['strtol', '0x', 2, 0, 1, 0],
    ['strtol', '+5', 2, 10, EINVAL, 0],
    ['strtol', '08', 2, 0, 1, 0],
    ['strtol', '12345', 3, 10, 3, 123],
    ['strtol', '0xg', 3, 16, EINVAL, 0],
    ['strtol', '-0x10', 5, 0, 5, -16],
    ['strtol', '- 5', 3, 0, EINVAL, 0],
    ['strtoul', '18446744073709551615', 20, 10, 20, -1],
    ['strtoul', '18446744073709551616', 20, 10, ERANGE, 0],
    ['strtoul', '-1', 2, 10, EINVAL, 0],
    ['strtoul', '-18446744073709551616', 21, 10, ERANGE, 0],
    ['strtoul', ' 7 ', 3, 10, 2, 7],
  ])('bpf_%s of %j, %i bytes, base %i gives %i and %i', (helper, content, length, base, consumed, value) => {
    const parse = `*(u64 *)(r10 -8) = 7; r1 = map[fd:0][0]+0; r2 = ${length}; r3 = ${base}; r4 = r10; r4 += -8; call ${helper}`;
    expect(answer(`${parse}; exit`, [text(content)])).toBe(consumed);
    expect(answer(`${parse}; r0 = *(u64 *)(r10 -8); exit`, [text(content)])).toBe(value);
  });

  it.each([
    ['abc', 4, 0],
    ['abd', 4, 1],
    ['abb', 4, -1],
    ['ab', 4, -1],
    ['abcd', 4, 1],
    ['abcd', 3, 0],
  ])('bpf_strncmp of %j and "abc" over %i bytes gives %i', (content, length, result) => {
    const compare = `r1 = map[fd:0][0]+0; r2 = ${length}; r3 = map[fd:1][0]+0; call strncmp; exit`;
    expect(answer(compare, [text(content), text('abc')])).toBe(result);
  });
});

describe('a new network namespace', () => {
  const checkMtu = (ifindex: number, length: number, difference: number, flags: number): string =>
    `*(u32 *)(r10 -4) = ${length}; r2 = ${ifindex}; r3 = r10; r3 += -4; r4 = ${difference}; r5 = ${flags}; call check_mtu`;

  it.each([
    [0, 0, 0, 0, 0],
    [1, 0, 0, 0, 0],
    [99, 7, 0, 0, ENODEV],
    [0, 7, 0, 1, EINVAL],
    [0, 65536, 0, 0, 0],
    [0, 65537, 0, 0, 1],
    [0, 65537, -1, 0, 0],
    [0, 0, 65486, 0, 0],
    [0, 0, 65487, 0, 1],
  ])(
    'bpf_check_mtu of interface %i, length %i, difference %i, flags %i gives %i',
    (ifindex, length, difference, flags, result) => {
      expect(answer(`${checkMtu(ifindex, length, difference, flags)}; exit`)).toBe(result);
      const mtu = answer(`${checkMtu(ifindex, length, difference, flags)}; r0 = *(u32 *)(r10 -4); exit`);
      expect(mtu).toBe(result < 0 ? length : 65536);
    },
  );

  it.each([
    [2, 1, 64, 0, 5],
    [10, 1, 64, 0, 5],
    [7, 1, 64, 0, EAFNOSUPPORT],
    [2, 99, 64, 0, ENODEV],
    [2, 1, 63, 0, EINVAL],
    [2, 1, 64, 64, EINVAL],
    [2, 0, 64, 0, ENODEV],
  ])(
    'bpf_fib_lookup of family %i, interface %i, size %i, flags %i gives %i',
    (family, ifindex, size, flags, result) => {
      const clear = Array.from({ length: 8 }, (_, at) => `*(u64 *)(r10 -${8 * (at + 1)}) = 0`).join('; ');
      const text = `${clear}; *(u8 *)(r10 -64) = ${family}; *(u32 *)(r10 -56) = ${ifindex}; r2 = r10; r2 += -64; r3 = ${size}; r4 = ${flags}; call fib_lookup; exit`;
      expect(answer(text)).toBe(result);
    },
  );

  it.each(['sk_lookup_tcp', 'sk_lookup_udp', 'skc_lookup_tcp'])('%s finds no socket', helper => {
    const text = `*(u64 *)(r10 -8) = 0; *(u64 *)(r10 -16) = 0; r2 = r10; r2 += -16; r3 = 12; r4 = -1; r5 = 0; call ${helper}; exit`;
    expect(answer(text)).toBe(0);
  });
});

describe('bpf_csum_diff', () => {
  it('reads the packet', () => {
    const text = 'r2 = *(u32 *)(r1 +0); r1 = 0; r3 = r2; r2 = 0; r4 = 64; r5 = 0; call csum_diff; exit';
    const bytes = Uint8Array.from({ length: 64 }, (_, at) => at);
    const sum = Array.from({ length: 32 }, (_, at) => 4 * at + 0x0100 + at * 0x0200 - 2 * at).reduce(
      (a, b) => a + b,
      0,
    );
    expect(answer(text, [], { packet: { bytes } })).toBe((sum & 0xffff) + (sum >>> 16));
  });
});

describe('events', () => {
  it('belong to their own packet, when several run at once', () => {
    const text = `r6 = *(u32 *)(r1 +0); r6 = *(u8 *)(r6 +0); if r6 == 0 goto end; r1 = map[fd:0]; r2 = r10; r2 += -8; *(u64 *)(r10 -8) = 1; r3 = 8; r4 = 0; call ringbuf_output; end: r0 = 2; exit`;
    const object = assembledObject({ main: text }, [{ type: 27, key: 0, value: 0, max: 4096 }]);
    const session = createInterpreter().open(object, DEFAULT_ENGINE_OPTIONS);
    const packets = [0, 0, 1, 0, 1].map(first => packetOf(new Uint8Array(64).fill(first)));
    expect(session.run('main', packets).map(({ events }) => events.length)).toEqual([0, 0, 1, 0, 1]);
  });
});
