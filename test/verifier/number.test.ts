// What is known of numbers stays true: whatever two numbers are, the result of an operation on them is among those that the verifier expects.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AluOp, BranchOp, Width } from '../../src/isa/instruction.js';
import { evaluate, negate } from '../../src/verifier/number/arithmetic.js';
import { type Bounds, constant, Draft, UNKNOWN } from '../../src/verifier/number/bounds.js';
import { NEGATED, outcome, refine } from '../../src/verifier/number/compare.js';
import { settle } from '../../src/verifier/number/deduce.js';
import { changeByteOrder, signExtend, signExtend32, truncate, zeroExtend32 } from '../../src/verifier/number/resize.js';

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const s64 = (value: bigint): bigint => BigInt.asIntN(64, value);

/** Numbers near powers of two are where ranges break. */
const number = fc.oneof(
  fc.bigInt(0n, (1n << 64n) - 1n),
  fc
    .tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: -3, max: 3 }))
    .map(([bit, add]) => u64((1n << BigInt(bit)) + BigInt(add))),
  fc.integer({ min: -300, max: 300 }).map(value => u64(BigInt(value))),
);

/** A number, and bounds that hold it: what is known after it was compared, masked and moved. */
const known = fc
  .tuple(
    number,
    fc.array(fc.tuple(fc.constantFrom('jle', 'jge', 'jsle', 'jsge', 'and', 'mask'), number, fc.boolean()), {
      maxLength: 3,
    }),
  )
  .map(([value, steps]) => {
    let current = value;
    let bounds: Bounds = UNKNOWN;
    for (const [step, other, narrow] of steps) {
      const width: Width = narrow ? 32 : 64;
      if (step === 'and' || step === 'mask') {
        const mask = step === 'and' ? other : (1n << (other & 63n)) - 1n;
        current &= mask;
        bounds = evaluate('and', 64, bounds, constant(mask));
      } else {
        const relation = compare(step as BranchOp, width, current, other)
          ? (step as BranchOp)
          : NEGATED[step as BranchOp];
        [bounds] = refine(relation, width, bounds, constant(other));
      }
    }
    return { value: current, bounds };
  });

function compare(op: BranchOp, width: Width, a: bigint, b: bigint): boolean {
  const [x, y] = [BigInt.asUintN(width, a), BigInt.asUintN(width, b)];
  const [sx, sy] = [BigInt.asIntN(width, a), BigInt.asIntN(width, b)];
  const table: Record<BranchOp, boolean> = {
    jeq: x === y,
    jne: x !== y,
    jset: (x & y) !== 0n,
    jgt: x > y,
    jge: x >= y,
    jlt: x < y,
    jle: x <= y,
    jsgt: sx > sy,
    jsge: sx >= sy,
    jslt: sx < sy,
    jsle: sx <= sy,
  };
  return table[op];
}

function compute(op: AluOp, width: Width, a: bigint, b: bigint): bigint {
  const bits = BigInt(width);
  const [x, y] = [BigInt.asUintN(width, a), BigInt.asUintN(width, b)];
  const [sx, sy] = [BigInt.asIntN(width, a), BigInt.asIntN(width, b)];
  const shift = y & (bits - 1n);
  const table: Record<AluOp, () => bigint> = {
    add: () => x + y,
    sub: () => x - y,
    mul: () => x * y,
    div: () => (y === 0n ? 0n : x / y),
    sdiv: () => (sy === 0n ? 0n : sx / sy),
    mod: () => (y === 0n ? x : x % y),
    smod: () => (sy === 0n ? sx : sx % sy),
    and: () => x & y,
    or: () => x | y,
    xor: () => x ^ y,
    mov: () => y,
    lsh: () => x << shift,
    rsh: () => x >> shift,
    arsh: () => sx >> shift,
  };
  return BigInt.asUintN(width, table[op]());
}

function expectHolds(bounds: Bounds, value: bigint): void {
  const low = Number(value & 0xffff_ffffn);
  expect({
    bits: (value & ~bounds.bits.mask) === bounds.bits.value,
    unsigned: bounds.umin <= value && value <= bounds.umax,
    signed: bounds.smin <= s64(value) && s64(value) <= bounds.smax,
    unsigned32: bounds.u32min <= low && low <= bounds.u32max,
    signed32: bounds.s32min <= (low | 0) && (low | 0) <= bounds.s32max,
  }).toEqual({ bits: true, unsigned: true, signed: true, unsigned32: true, signed32: true });
}

const OPS: readonly AluOp[] = [
  'add',
  'sub',
  'mul',
  'div',
  'sdiv',
  'mod',
  'smod',
  'and',
  'or',
  'xor',
  'lsh',
  'rsh',
  'arsh',
];
const BRANCHES: readonly BranchOp[] = [
  'jeq',
  'jne',
  'jset',
  'jgt',
  'jge',
  'jlt',
  'jle',
  'jsgt',
  'jsge',
  'jslt',
  'jsle',
];
const WIDTHS: readonly Width[] = [32, 64];

describe('what is known of numbers', () => {
  it('holds the number it was learned from', () => {
    fc.assert(
      fc.property(known, ({ value, bounds }) => expectHolds(bounds, value)),
      { numRuns: 500 },
    );
  });

  it.each(OPS.flatMap(op => WIDTHS.map(width => [op, width] as const)))(
    'holds the result of %s with %i bits',
    (op, width) => {
      fc.assert(
        fc.property(known, known, (a, b) => {
          expectHolds(evaluate(op, width, a.bounds, b.bounds), compute(op, width, a.value, b.value));
        }),
        { numRuns: 150 },
      );
    },
  );

  it.each(BRANCHES.flatMap(op => WIDTHS.map(width => [op, width] as const)))(
    'stays true on the side that %s with %i bits takes',
    (op, width) => {
      fc.assert(
        fc.property(known, known, (a, b) => {
          const isTaken = compare(op, width, a.value, b.value);
          const decided = outcome(op, width, a.bounds, b.bounds);
          expect(decided ?? isTaken).toBe(isTaken);
          const [left, right] = refine(isTaken ? op : NEGATED[op], width, a.bounds, b.bounds);
          expectHolds(left, a.value);
          expectHolds(right, b.value);
        }),
        { numRuns: 150 },
      );
    },
  );

  it('holds the number cut, extended, negated and turned round', () => {
    fc.assert(
      fc.property(known, ({ value, bounds }) => {
        for (const bytes of [1, 2, 4] as const) {
          expectHolds(truncate(bounds, bytes), BigInt.asUintN(8 * bytes, value));
          expectHolds(signExtend(bounds, bytes), u64(BigInt.asIntN(8 * bytes, value)));
        }
        for (const bytes of [1, 2] as const)
          expectHolds(signExtend32(bounds, bytes), BigInt.asUintN(32, BigInt.asIntN(8 * bytes, value)));
        expectHolds(zeroExtend32(bounds), BigInt.asUintN(32, value));
        expectHolds(negate(bounds, 64), u64(-value));
        expectHolds(negate(bounds, 32), BigInt.asUintN(32, -value));
        for (const bits of [16, 32, 64] as const) {
          expectHolds(changeByteOrder(bounds, 'be', bits), reversed(value, bits));
          expectHolds(changeByteOrder(bounds, 'le', bits), BigInt.asUintN(bits, value));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('says the same when it is settled twice', () => {
    fc.assert(
      fc.property(known, ({ value, bounds }) => {
        expectHolds(settle(new Draft(bounds)), value);
      }),
    );
  });
});

function reversed(value: bigint, bits: number): bigint {
  let result = 0n;
  for (let at = 0; at < bits; at += 8) result = (result << 8n) | ((value >> BigInt(at)) & 0xffn);
  return result;
}
