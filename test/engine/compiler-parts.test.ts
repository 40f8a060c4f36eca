// The compiler's parts: numbers as WebAssembly encodes them, graphs, and what is found out about pointers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../src/engine/compiler/analysis/analyse.js';
import { extentOf } from '../../src/engine/compiler/analysis/stack.js';
import { buildGraph, dominates } from '../../src/engine/compiler/graph.js';
import { WasmBytes } from '../../src/engine/compiler/wasm/bytes.js';
import { assemble } from '../../src/isa/assemble.js';
import { bindObject } from '../../src/machine/bind.js';
import { Machine } from '../../src/machine/machine.js';
import { assembledObject, type TestMap } from '../support/assembled-object.js';

/** What the bytes mean, by the definition of LEB128. */
function decode(bytes: Uint8Array, isSigned: boolean): bigint {
  let value = 0n;
  for (const [at, byte] of bytes.entries()) value |= BigInt(byte & 0x7f) << BigInt(7 * at);
  return isSigned ? BigInt.asIntN(7 * bytes.length, value) : value;
}

const written = (write: (bytes: WasmBytes) => void): Uint8Array => {
  const bytes = new WasmBytes();
  write(bytes);
  return bytes.written;
};

describe('LEB128', () => {
  it('keeps unsigned 32-bit numbers', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff_ffff),
        value =>
          decode(
            written(out => out.u32(value)),
            false,
          ) === BigInt(value),
      ),
    );
  });

  it('keeps signed 32-bit numbers', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        value =>
          decode(
            written(out => out.s32(value)),
            true,
          ) === BigInt(value),
      ),
    );
  });

  it('keeps signed 64-bit numbers, in no more bytes than they need', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), value => {
        const bytes = written(out => out.s64(Number(BigInt.asIntN(32, value)), Number(value >> 32n)));
        const isShortest = bytes.length === 1 || BigInt.asIntN(7 * (bytes.length - 1), value) !== value;
        return decode(bytes, true) === value && isShortest;
      }),
    );
  });
});

const graphOf = (text: string) => buildGraph(assemble(text), 0);

describe('a graph', () => {
  it('has blocks in reverse postorder, entry first, with what dominates each', () => {
    const { blocks, dominator } = graphOf('if r1 == 0 goto a; r0 = 1; goto end; a: r0 = 2; end: exit');
    expect(blocks.map(({ start, ending }) => `${start} ${ending}`)).toEqual(['0 branch', '1 jump', '3 next', '4 exit']);
    expect([...dominator]).toEqual([0, 0, 0, 0]);
    expect(dominates(dominator, 0, 3)).toBe(true);
    expect(dominates(dominator, 1, 3)).toBe(false);
  });

  it('knows its loops, and cycles that are entered in two places', () => {
    const loop = graphOf('r0 = 0; a: r0 += 1; if r0 < 9 goto a; exit');
    expect([[...loop.isLoop], loop.isReducible]).toEqual([[0, 1, 0], true]);
    expect(graphOf('if r1 == 0 goto b; a: r0 += 1; b: if r0 < 9 goto a; exit').isReducible).toBe(false);
  });

  it('ends in a trap where control leaves the program', () => {
    expect(graphOf('r0 = 0; goto +5').blocks.map(({ start, ending }) => `${start} ${ending}`)).toEqual([
      '0 jump',
      '2 trap',
    ]);
  });
});

/** Kinds of check of the loads and stores in a text. */
function checksOf(text: string, maps: readonly TestMap[] = []): string[] {
  const machine = new Machine({ cpuCount: 1, seed: 1 });
  const program = bindObject(machine, assembledObject({ main: text }, maps)).programs.get('main')!;
  const findings = analyse(machine, program, buildGraph(program.instructions, 0), true);
  return [...program.instructions.entries()]
    .filter(([, instruction]) => instruction?.kind === 'load' || instruction?.kind === 'store')
    .map(([slot]) => findings.check(slot).kind)
    .filter(kind => kind !== 'contextField');
}

const BOUNDS = 'r2 = *(u32 *)(r1 +0); r3 = *(u32 *)(r1 +4);';
const LOOKUP = '*(u32 *)(r10 -4) = 1; r2 = r10; r2 += -4; r1 = map[fd:0]; call map_lookup_elem;';
const HASH = [{ type: 1, value: 8, max: 4 }];

const FINDINGS: readonly { what: string; text: string; maps?: readonly TestMap[]; checks: readonly string[] }[] = [
  {
    what: 'a load within what was compared',
    text: `${BOUNDS} r4 = r2; r4 += 8; if r4 > r3 goto end; r0 = *(u64 *)(r2 +0); end: exit`,
    checks: ['none'],
  },
  {
    what: 'a load one byte behind it',
    text: `${BOUNDS} r4 = r2; r4 += 8; if r4 > r3 goto end; r0 = *(u64 *)(r2 +1); end: exit`,
    checks: ['packet'],
  },
  {
    what: 'a load where the comparison failed',
    text: `${BOUNDS} r4 = r2; r4 += 8; if r4 <= r3 goto end; r0 = *(u64 *)(r2 +0); end: exit`,
    checks: ['packet'],
  },
  {
    what: 'a comparison that leaves one byte more',
    text: `${BOUNDS} r4 = r2; r4 += 7; if r4 >= r3 goto end; r0 = *(u64 *)(r2 +0); end: exit`,
    checks: ['none'],
  },
  {
    what: 'a header behind options',
    text: `${BOUNDS} r4 = r2; r4 += 20; if r4 > r3 goto end; r5 = *(u8 *)(r2 +0); r5 &= 15; r5 <<= 2; r2 += r5; r4 = r2; r4 += 8; if r4 > r3 goto end; r0 = *(u64 *)(r2 +0); end: exit`,
    checks: ['none', 'none'],
  },
  {
    what: 'a pointer moved by anything at all',
    text: `${BOUNDS} r5 = *(u64 *)(r10 -8); r2 += r5; r4 = r2; r4 += 8; if r4 > r3 goto end; r0 = *(u8 *)(r2 +0); end: exit`,
    checks: ['none', 'packet'],
  },
  {
    what: 'what is known on both ways',
    text: `${BOUNDS} r4 = r2; r4 += 20; if r4 > r3 goto end; r5 = *(u8 *)(r2 +12); if r5 == 1 goto a; r2 += 4; a: r0 = *(u64 *)(r2 +8); end: exit`,
    checks: ['none', 'none'],
  },
  {
    what: 'what is known on one way only',
    text: `${BOUNDS} r4 = r2; r4 += 16; if r4 > r3 goto end; r5 = *(u8 *)(r2 +12); if r5 == 1 goto a; r2 += 4; a: r0 = *(u64 *)(r2 +8); end: exit`,
    checks: ['none', 'packet'],
  },
  {
    what: 'a pointer that a loop moves',
    text: `${BOUNDS} r5 = 3; again: r4 = r2; r4 += 4; if r4 > r3 goto end; r0 = *(u32 *)(r2 +0); r2 += 4; r5 -= 1; if r5 != 0 goto again; end: exit`,
    checks: ['none'],
  },
  {
    what: 'a packet that was moved',
    text: `r6 = r1; ${BOUNDS} r7 = r2; r4 = r2; r4 += 8; if r4 > r3 goto end; r2 = 4; call xdp_adjust_head; r0 = *(u8 *)(r7 +0); end: exit`,
    checks: ['unknown'],
  },
  {
    what: 'the frame',
    text: '*(u64 *)(r10 -8) = 1; *(u64 *)(r10 -512) = 1; *(u64 *)(r10 -7) = 1; *(u64 *)(r10 -520) = 1; exit',
    checks: ['none', 'none', 'unknown', 'unknown'],
  },
  {
    what: 'a value that is there',
    text: `${LOOKUP} if r0 == 0 goto end; r1 = *(u64 *)(r0 +0); r1 = *(u64 *)(r0 +4); end: exit`,
    maps: HASH,
    checks: ['none', 'none', 'unknown'],
  },
  {
    what: 'a value that may not be there',
    text: `${LOOKUP} r1 = *(u64 *)(r0 +0); exit`,
    maps: HASH,
    checks: ['none', 'unknown'],
  },
  {
    what: 'a pointer that lay on the stack',
    text: `${BOUNDS} r4 = r2; r4 += 8; if r4 > r3 goto end; *(u64 *)(r10 -8) = r2; r5 = *(u64 *)(r10 -8); r0 = *(u64 *)(r5 +0); end: exit`,
    checks: ['none', 'none', 'none'],
  },
  {
    what: 'a pointer on the stack that may have been written over',
    text: `${BOUNDS} r4 = r2; r4 += 8; if r4 > r3 goto end; *(u64 *)(r10 -8) = r2; *(u32 *)(r10 -4) = 0; r5 = *(u64 *)(r10 -8); r0 = *(u64 *)(r5 +0); end: exit`,
    checks: ['none', 'none', 'none', 'unknown'],
  },
  {
    what: 'a global variable',
    text: 'r1 = map[fd:0][0]+4; r0 = *(u32 *)(r1 +0); r0 = *(u64 *)(r1 +0); exit',
    maps: [{ type: 2, value: 8, max: 1 }],
    checks: ['none', 'unknown'],
  },
];

it.each(FINDINGS)('the analysis knows of $what', ({ text, maps, checks }) => {
  expect(checksOf(text, maps)).toEqual(checks);
});

it('only the stack that may be read before it is written is cleared', () => {
  const unwritten = (text: string) => {
    const machine = new Machine({ cpuCount: 1, seed: 1 });
    const program = bindObject(machine, assembledObject({ main: text })).programs.get('main')!;
    return extentOf(analyse(machine, program, buildGraph(program.instructions, 0), true).unwritten);
  };
  expect(unwritten('*(u64 *)(r10 -8) = 1; r0 = *(u64 *)(r10 -8); exit')).toBeUndefined();
  expect(unwritten('*(u32 *)(r10 -8) = 1; r0 = *(u64 *)(r10 -8); exit')).toEqual({ start: -8, end: 0 });
  expect(unwritten('if r1 == 0 goto +1; *(u64 *)(r10 -24) = 1; r0 = *(u64 *)(r10 -24); exit')).toEqual({
    start: -24,
    end: -16,
  });
});
