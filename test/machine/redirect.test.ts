// What becomes of redirected frames: interfaces, CPUs, sockets, and the programs that maps hold for them. Rules from Linux
// net/core/filter.c, kernel/bpf/devmap.c and kernel/bpf/cpumap.c.
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS, type Engine, type Packet, type Session } from '../../src/engine/engine.js';
import type { Delivery } from '../../src/machine/events.js';
import { parseHost } from '../../src/machine/host-file.js';
import type { XskMap } from '../../src/machine/maps/xskmap.js';
import type { AttachPoint, ObjectSpec } from '../../src/object/spec.js';
import { assembledObject, type TestMap } from '../support/assembled-object.js';
import { packetOf } from '../support/cases.js';
import { ENGINES } from '../support/engines.js';
import { u32 } from './maps/host.js';

const DEVICES = { type: 14, value: 8, max: 4, name: 'ports' };
const CPUS = { type: 16, value: 8, max: 4, name: 'cpus' };
const host = parseHost(
  JSON.stringify({
    interfaces: [
      { index: 2, name: 'eth0', mtu: 1500 },
      { index: 3, name: 'eth1', mtu: 1500, up: false },
      { index: 4, name: 'eth2', xdpTransmit: false },
      { index: 5, name: 'eth3', mtu: 9000, xdpTransmitFragments: false },
    ],
  }),
  'host.json',
);

const throughMap = (key: number, flags = 0): string =>
  `r1 = map[fd:0]; r2 = ${key}; r3 = ${flags}; call redirect_map; exit`;
const direct = (ifindex: number): string => `r1 = ${ifindex}; r2 = 0; call redirect; exit`;

/** An object whose program `main` goes in at `xdp`, and `second` at another place. */
function objectWith(
  main: string,
  maps: readonly TestMap[],
  second?: string,
  place: AttachPoint = 'xdp/devmap',
): ObjectSpec {
  const object = assembledObject({ main, ...(second !== undefined && { second }) }, maps);
  const programs = object.programs.map(program =>
    program.name === 'second' ? { ...program, attachPoint: place } : program,
  );
  return { ...object, programs };
}

interface Setting {
  readonly fill?: (session: Session) => void;
  readonly packet?: Partial<Packet>;
}

function deliveries(
  engine: Engine,
  object: ObjectSpec,
  { fill, packet }: Setting = {},
): readonly Delivery[] | undefined {
  const session = engine.open(object, { ...DEFAULT_ENGINE_OPTIONS, cpuCount: 4, host });
  fill?.(session);
  return session.run('main', [{ ...packetOf(new Uint8Array(64)), ...packet }])[0]!.deliveries;
}

function put(map: string, ...entries: readonly (readonly [key: number, first: number, program: number])[]) {
  return (session: Session): void => {
    for (const [key, first, program] of entries)
      expect(session.maps.get(map)!.update(u32(key), [u32(first, program)], 0)).toBe(0);
  };
}

describe.each(ENGINES)('a redirected frame, in the $name', engine => {
  it.each([
    { to: 2, length: 1518, fate: 'transmitted', reason: undefined },
    { to: 2, length: 1519, fate: 'dropped', reason: /^EMSGSIZE: 1519 bytes/ },
    { to: 3, length: 64, fate: 'dropped', reason: /^ENETDOWN: eth1/ },
    { to: 4, length: 64, fate: 'dropped', reason: /^EOPNOTSUPP: the driver of eth2/ },
    { to: 5, length: 3521, fate: 'dropped', reason: /several buffers$/ },
    { to: 5, length: 3520, fate: 'transmitted', reason: undefined },
    { to: 9, length: 64, fate: 'dropped', reason: /^EINVAL: no interface has the index 9/ },
    { to: 1, length: 64, fate: 'dropped', reason: /^EOPNOTSUPP: the driver of lo/ },
  ])('of $length bytes to interface $to is $fate', ({ to, length, fate, reason }) => {
    const [delivery] = deliveries(engine, objectWith(direct(to), []), { packet: { bytes: new Uint8Array(length) } })!;
    expect(delivery).toMatchObject({ target: { kind: 'interface', ifindex: to }, fate });
    if (reason === undefined) expect(delivery!.reason).toBeUndefined();
    else expect(delivery!.reason).toMatch(reason);
  });

  it('goes through the program of the device map, which sees both interfaces', () => {
    const second =
      'r2 = *(u32 *)(r1 +20); r3 = *(u32 *)(r1 +12); r4 = *(u32 *)(r1 +0); *(u8 *)(r4 +0) = r2; *(u8 *)(r4 +1) = r3; r0 = 2; exit';
    const object = objectWith(throughMap(1), [DEVICES], second);
    const [delivery] = deliveries(engine, object, { fill: put('ports', [1, 2, 2]), packet: { ingressIfindex: 5 } })!;
    expect(delivery).toMatchObject({ fate: 'transmitted', program: { name: 'second', returnValue: 2 } });
    expect([...delivery!.frame!.subarray(0, 3)]).toEqual([2, 5, 0]);
  });

  it.each([1, 3, 4, 77])('is dropped where that program returns %i', returned => {
    const object = objectWith(throughMap(1), [DEVICES], `r0 = ${returned}; exit`);
    const [delivery] = deliveries(engine, object, { fill: put('ports', [1, 2, 2]) })!;
    expect(delivery).toMatchObject({ fate: 'dropped', reason: `second returned ${returned}` });
  });

  it('is dropped where that program stops', () => {
    const object = objectWith(throughMap(1), [DEVICES], 'r1 = 0; r0 = *(u32 *)(r1 +0); exit');
    const [delivery] = deliveries(engine, object, { fill: put('ports', [1, 2, 2]) })!;
    expect(delivery).toMatchObject({
      fate: 'dropped',
      reason: 'second stopped: invalid read of 4 bytes at 0x00000000 (NULL)',
    });
  });

  it.each([
    { length: 1508, fate: 'transmitted' },
    { length: 1509, fate: 'dropped' },
  ])(
    'of $length bytes to which that program adds ten is $fate, by an interface that takes 1518',
    ({ length, fate }) => {
      const object = objectWith(throughMap(1), [DEVICES], 'r2 = 10; call xdp_adjust_tail; r0 = 2; exit');
      const packet = { bytes: new Uint8Array(length) };
      const [delivery] = deliveries(engine, object, { fill: put('ports', [1, 2, 2]), packet })!;
      expect([delivery!.fate, delivery!.frame!.byteLength]).toEqual([fate, length + 10]);
    },
  );

  it.each(['xdp/devmap', 'xdp/cpumap'] as const)('keeps its metadata on the way to a program of %s', place => {
    const marked = `r6 = r1; r2 = -4; call xdp_adjust_meta; r2 = *(u32 *)(r6 +8); r3 = r2; r3 += 4; r4 = *(u32 *)(r6 +0)
      if r3 > r4 goto out; *(u32 *)(r2 +0) = 77; out: ${throughMap(1)}`;
    const second = `r2 = *(u32 *)(r1 +8); r4 = *(u32 *)(r1 +0); r3 = r2; r3 += 4; r0 = 1; if r3 > r4 goto out; r0 = *(u32 *)(r2 +0)
      out: exit`;
    const [map, fill] = place === 'xdp/devmap' ? [DEVICES, put('ports', [1, 2, 2])] : [CPUS, put('cpus', [1, 64, 2])];
    const [delivery] = deliveries(engine, objectWith(marked, [map], second, place), { fill })!;
    expect(delivery!.program).toEqual({ name: 'second', returnValue: 77 });
  });

  it('is broadcast to every interface, each copy as the first program left it', () => {
    const second = 'r4 = *(u32 *)(r1 +0); r2 = *(u8 *)(r4 +0); r2 += 1; *(u8 *)(r4 +0) = r2; r0 = 2; exit';
    const object = objectWith(throughMap(0, 8), [DEVICES], second);
    const fill = put('ports', [0, 2, 2], [1, 3, 0], [2, 5, 2]);
    const all = deliveries(engine, object, { fill })!;
    expect(all.map(({ target, fate, frame }) => [target, fate, frame?.[0]])).toEqual([
      [{ kind: 'interface', ifindex: 2 }, 'transmitted', 1],
      [{ kind: 'interface', ifindex: 3 }, 'dropped', undefined],
      [{ kind: 'interface', ifindex: 5 }, 'transmitted', 1],
    ]);
  });

  it('is received on another CPU', () => {
    const fill = put('cpus', [3, 64, 0]);
    expect(deliveries(engine, objectWith(throughMap(3), [CPUS]), { fill })).toEqual([
      { target: { kind: 'cpu', cpu: 3 }, fate: 'received' },
    ]);
  });

  it('goes on from the program of the CPU map, which runs on that CPU and sees queue 0', () => {
    const second =
      'r6 = r1; r7 = *(u32 *)(r6 +0); call get_smp_processor_id; *(u8 *)(r7 +0) = r0; r1 = *(u32 *)(r6 +16); *(u8 *)(r7 +1) = r1; r1 = 2; r2 = 0; call redirect; exit';
    const object = objectWith(throughMap(3), [CPUS], second, 'xdp/cpumap');
    const all = deliveries(engine, object, { fill: put('cpus', [3, 64, 2]), packet: { queue: 6 } })!;
    expect(all.map(({ fate }) => fate)).toEqual(['redirected', 'transmitted']);
    expect([...all[0]!.frame!.subarray(0, 2)]).toEqual([3, 0]);
  });

  it('does not go round in circles without end', () => {
    const object = objectWith(throughMap(3), [CPUS], throughMap(3), 'xdp/cpumap');
    const all = deliveries(engine, object, { fill: put('cpus', [3, 64, 2]) })!;
    expect(all).toHaveLength(17);
    expect(all.at(-1)).toMatchObject({ fate: 'dropped', reason: 'redirected too often' });
  });

  it.each([
    { queue: 5, fate: 'received' },
    { queue: 6, fate: 'dropped' },
  ])('from queue $queue is $fate by a socket of queue 5', ({ queue, fate }) => {
    const fill = (session: Session): void => {
      (session.maps.get('sockets') as unknown as XskMap).openSocket(1, 5);
    };
    const object = objectWith(throughMap(1), [{ type: 17, value: 4, max: 4, name: 'sockets' }]);
    expect(deliveries(engine, object, { fill, packet: { queue } })).toMatchObject([
      { target: { kind: 'socket', queue: 5 }, fate },
    ]);
  });

  it('leaves return value and bytes of the first program as they were', () => {
    const object = objectWith(throughMap(1), [DEVICES], 'r4 = *(u32 *)(r1 +0); *(u8 *)(r4 +0) = 9; r0 = 1; exit');
    const session = engine.open(object, { ...DEFAULT_ENGINE_OPTIONS, host });
    put('ports', [1, 2, 2])(session);
    const [result] = session.run('main', [packetOf(new Uint8Array(64))]);
    expect(result).toMatchObject({ returnValue: 4, bytes: new Uint8Array(64), fault: undefined });
  });
});
