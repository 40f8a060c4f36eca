// Helpers and maps at their edges, on both engines. What is expected here is what Linux 6.18 gave to the same calls.
import { describe, expect, it } from 'vitest';
import { DEFAULT_ENGINE_OPTIONS, type Result } from '../../src/engine/engine.js';
import { MAP_TYPES } from '../../src/platform/map-types.js';
import { assembledObject, type TestMap } from '../support/assembled-object.js';
import { packetOf } from '../support/cases.js';
import { ENGINES } from '../support/engines.js';

const [E2BIG, EEXIST, EINVAL] = [-7, -17, -22];

describe.each(ENGINES)('$name', engine => {
  function run(text: string, maps: readonly TestMap[] = [], lengthBytes = 64): Result {
    const session = engine.open(assembledObject({ main: text }, maps, { hasFragments: true }), DEFAULT_ENGINE_OPTIONS);
    const [result] = session.run('main', [packetOf(new Uint8Array(lengthBytes))]);
    expect(result!.fault).toBeUndefined();
    return result!;
  }
  const answer = (...parameters: Parameters<typeof run>): number => run(...parameters).returnValue | 0;

  it('prints values that are not in the prototype of bpf_trace_printk, also through the stack', () => {
    const format = new TextEncoder().encode('%d %s %d\0');
    const map = { type: MAP_TYPES.array.id, value: 9, max: 1, contents: format };
    const text = `r6 = r1; *(u32 *)(r10 -8) = 0x6968; *(u32 *)(r10 -4) = 0; r3 = *(u32 *)(r6 +4); r2 = *(u32 *)(r6 +0); r3 -= r2
      r1 = map[fd:0][0]+0; r2 = 9; r4 = r10; r4 += -8; r5 = -3; call trace_printk; exit`;
    expect(run(text, [map]).events).toEqual([{ kind: 'printk', text: '64 hi -3' }]);
  });

  it('gives -E2BIG of bpf_loop as a number of 32 bits, since Linux writes the loop in place of the call', () => {
    const loop = (rounds: string, flags: number) =>
      `r1 = ${rounds}; r2 = subprog[body]; r3 = 0; r4 = ${flags}; call loop; r0 s>>= 32; exit; body: r0 = 0; exit`;
    expect([answer(loop('0x800001', 0)), answer(loop('8', 1))]).toEqual([0, -1]);
  });

  it.each([
    [0x7fffffff, 0],
    [70000, 1],
    [-0x80000000, 0],
  ])('lets a difference of %i to the MTU wrap round', (difference, expected) => {
    const text = `r2 = 0; r3 = r10; r3 += -8; *(u64 *)(r10 -8) = 0; r4 = ${difference}; r5 = 0; call check_mtu; exit`;
    expect(answer(text)).toBe(expected);
  });

  it('takes nothing from fragments that are to shrink by 2^31', () => {
    const shrink = 'r2 = -0x80000000; call xdp_adjust_tail; exit';
    expect([answer(shrink, [], 9000), answer(shrink, [], 64)]).toEqual([0, EINVAL]);
    expect(run(shrink, [], 9000).bytes.byteLength).toBe(9000);
  });

  it.each([
    ['array', 0, 4, EINVAL],
    ['percpu_array', 0, 4, EINVAL],
    ['percpu_array', 5, 4, E2BIG],
    ['percpu_array', 0, 5, EEXIST],
    ['percpu_array', 0, 8, EINVAL],
    ['array', 5, 8, EINVAL],
  ] as const)('updates of %s [%i] with flags %i from a program give %i', (type, index, flags, expected) => {
    const map = { type: MAP_TYPES[type].id, value: 8, max: 4 };
    const text = `*(u32 *)(r10 -4) = ${index}; *(u64 *)(r10 -16) = 1; r1 = map[fd:0]; r2 = r10; r2 += -4; r3 = r10; r3 += -16
      r4 = ${flags}; call map_update_elem; exit`;
    expect(answer(text, [map])).toBe(expected);
  });
});
