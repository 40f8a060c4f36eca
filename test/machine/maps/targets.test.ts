// What packets are sent to and programs are run from: DEVMAP, DEVMAP_HASH, CPUMAP, XSKMAP, PROG_ARRAY, PERF_EVENT_ARRAY, SOCKMAP.
import { describe, expect, it } from 'vitest';
import type { CpuMap } from '../../../src/machine/maps/cpumap.js';
import type { DevMap } from '../../../src/machine/maps/devmap.js';
import type { PerfEventArray, ProgramArray } from '../../../src/machine/maps/reference-array.js';
import type { XskMap } from '../../../src/machine/maps/xskmap.js';
import { MAP_TYPES } from '../../../src/platform/map-types.js';
import { TestHost, type TestProgram, u32 } from './host.js';

const PLAIN: TestProgram = { attachPoint: 'xdp', hasFragments: false };
const FRAGS: TestProgram = { attachPoint: 'xdp', hasFragments: true };
const ON_DEVICE: TestProgram = { attachPoint: 'xdp/devmap', hasFragments: false };
const ON_DEVICE_FRAGS: TestProgram = { attachPoint: 'xdp/devmap', hasFragments: true };
const ON_CPU: TestProgram = { attachPoint: 'xdp/cpumap', hasFragments: false };

function hostWith(...programs: TestProgram[]): TestHost {
  const host = new TestHost(2);
  host.programs.push(...programs);
  return host;
}

for (const name of ['devmap', 'devmap_hash'] as const) {
  describe(name, () => {
    const { id: type } = MAP_TYPES[name];

    it('redirects to the interface of an entry, and programs may read but not write it', () => {
      const host = hostWith();
      const map = host.create({ type, value: 8 });
      expect(map.update(u32(2), [u32(3, 0)], 0)).toBe(0);
      const expected = { kind: 'interface', ifindex: 3, map: 'sample', key: 2 };
      expect(map.redirects!.target(2)).toEqual(expected);
      expect([map.redirects!.target(1), map.redirects!.target(77)]).toEqual([undefined, undefined]);
      const address = map.lookupAddress(host.key(u32(2)), 0);
      expect(host.bytesAt(address, 8)).toEqual(u32(3, 0));
      expect(host.regions.allows(address, 8, false)).toBe(true);
      expect([host.regions.allows(address, 4, true), host.regions.allows(address, 9, false)]).toEqual([false, false]);
      map.update(u32(2), [u32(1, 0)], 0);
      expect(map.redirects!.target(2)).toEqual({ ...expected, ifindex: 1 });
      map.delete(u32(2));
      expect([map.redirects!.target(2), map.size]).toEqual([undefined, 0]);
    });

    it('takes programs for xdp/devmap that agree with the first on fragments', () => {
      const host = hostWith(PLAIN, ON_DEVICE, ON_DEVICE_FRAGS, ON_CPU);
      const map = host.create({ type, value: 8 });
      const results = [1, 2, 3, 4, 5].map(program => map.update(u32(0), [u32(1, program)], 0));
      expect(results).toEqual([-22, 0, -22, -22, -22]);
      expect((map as DevMap).programOf(0)).toBe(2);
      expect(map.lookup(u32(0))).toEqual([u32(1, 2)]);
    });
  });
}

describe('broadcast', () => {
  it('follows a devmap by index', () => {
    const map = hostWith().create({ type: MAP_TYPES.devmap.id });
    for (const [key, ifindex] of [
      [3, 1],
      [0, 2],
      [2, 3],
    ] as const)
      map.update(u32(key), [u32(ifindex)], 0);
    expect(map.redirects!.interfaces()).toEqual([2, 3, 1]);
  });

  it('follows a devmap_hash by the low bits of the key, new entries first', () => {
    const map = hostWith().create({ type: MAP_TYPES.devmap_hash.id, max: 4 });
    for (const [key, ifindex] of [
      [5, 1],
      [1, 2],
      [4, 3],
    ] as const)
      map.update(u32(key), [u32(ifindex)], 0);
    expect(map.redirects!.interfaces()).toEqual([3, 2, 1]);
    map.update(u32(5), [u32(1)], 0);
    expect(map.redirects!.interfaces()).toEqual([3, 1, 2]);
    map.delete(u32(4));
    expect(map.redirects!.interfaces()).toEqual([1, 2]);
  });
});

describe('CPUMAP', () => {
  it('redirects to CPUs that exist, with a program for xdp/cpumap or none', () => {
    const host = hostWith(ON_CPU, ON_DEVICE);
    const map = host.create({ type: MAP_TYPES.cpumap.id, value: 8, max: 8 }) as CpuMap;
    expect(map.update(u32(1), [u32(64, 1)], 0)).toBe(0);
    expect(map.target(1)).toEqual({ kind: 'cpu', cpu: 1, map: 'sample', key: 1 });
    expect([map.queueOf(1), map.programOf(1), map.canBroadcast]).toEqual([64, 1, false]);
    expect(map.update(u32(0), [u32(64, 2)], 0)).toBe(-12);
    expect(map.update(u32(2), [u32(64, 0)], 0)).toBe(-19);
    expect(map.update(u32(1), [u32(0, 0)], 0)).toBe(0);
    expect([map.target(1), map.target(9)]).toEqual([undefined, undefined]);
  });
});

describe('XSKMAP', () => {
  it('has the sockets that are opened, whose queue programs may read', () => {
    const host = hostWith();
    const map = host.create({ type: MAP_TYPES.xskmap.id }) as XskMap;
    expect([map.lookupAddress(host.key(u32(1)), 0), map.target(1)]).toEqual([0, undefined]);
    expect([map.openSocket(1, 0), map.openSocket(4, 0)]).toEqual([0, -7]);
    const address = map.lookupAddress(host.key(u32(1)), 0);
    expect(host.memory.view.getUint32(address, true)).toBe(0);
    expect([host.regions.allows(address, 4, false), host.regions.allows(address, 4, true)]).toEqual([true, false]);
    expect(map.target(1)).toEqual({ kind: 'socket', queue: 0, map: 'sample', key: 1 });
    expect([map.delete(u32(1)), map.target(1)]).toEqual([0, undefined]);
  });
});

describe('PROG_ARRAY', () => {
  it('holds programs that are like the first, which stays the measure when it is gone', () => {
    const map = hostWith(PLAIN, FRAGS, ON_DEVICE, PLAIN).create({ type: MAP_TYPES.prog_array.id }) as ProgramArray;
    const results = [1, 2, 3, 4, 5].map((program, index) => map.update(u32(index % 4), [u32(program)], 0));
    expect(results).toEqual([0, -22, -22, 0, -9]);
    expect([map.program(0), map.program(3), map.program(1), map.program(4)]).toEqual([1, 4, 0, 0]);
    expect(map.lookup(u32(3))).toEqual([u32(4)]);
    expect([map.delete(u32(0)), map.delete(u32(0)), map.delete(u32(4))]).toEqual([0, -2, -7]);
    expect([map.admitCaller(FRAGS), map.admitCaller(PLAIN)]).toEqual([false, true]);
  });

  it('belongs to the first caller where no program came first', () => {
    const map = hostWith(PLAIN).create({ type: MAP_TYPES.prog_array.id }) as ProgramArray;
    expect(map.admitCaller(FRAGS)).toBe(true);
    expect(map.update(u32(0), [u32(1)], 0)).toBe(-22);
  });
});

describe('PERF_EVENT_ARRAY', () => {
  it('gets a slot per CPU where the object leaves its size open, and a reader in each', () => {
    const map = hostWith().create({ type: MAP_TYPES.perf_event_array.id, max: 0 }) as PerfEventArray;
    expect([map.spec.maxEntries, map.size]).toEqual([2, 2]);
    expect([0, 1, 2].map(cpu => map.isOpen(cpu))).toEqual([true, true, false]);
    expect([map.delete(u32(1)), map.isOpen(1), map.delete(u32(1))]).toEqual([0, false, -2]);
    map.openSlot(1);
    expect(map.isOpen(1)).toBe(true);
  });
});

describe('SOCKMAP and SOCKHASH', () => {
  it('can be created and stay empty', () => {
    const host = hostWith();
    const maps = [MAP_TYPES.sockmap.id, MAP_TYPES.sockhash.id].map(type => host.create({ type }));
    expect(maps.map(map => map.update(u32(0), [u32(9)], 0))).toEqual([-88, -88]);
    expect(maps.map(map => map.delete(u32(0)))).toEqual([-22, -2]);
    expect(maps.map(map => [map.size, map.lookupAddress(host.key(u32(0)), 0)])).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});
