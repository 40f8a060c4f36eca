// Accepted programs are run: none may trap, and every number seen in a register is one that the verifier expected there.
import { describe, expect, it } from 'vitest';
import type { Packet } from '../../src/engine/engine.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import type { ObjectSpec, ProgramSpec } from '../../src/object/spec.js';
import { InputError } from '../../src/support/errors.js';
import type { Register } from '../../src/verifier/state/register.js';
import { verify } from '../../src/verifier/verify.js';
import { programText } from '../support/verifier-differential.js';
import { Dice, mutant, RANDOM_OBJECT, randomProgram } from '../support/verifier-programs.js';

const COUNT = Number(process.env.VERIFIER_SOUNDNESS ?? 1200);
const SEED = Number(process.env.VERIFIER_SEED ?? 3);
const LENGTHS = [14, 20, 34, 64, 200];

/** What the verifier said of the registers at each slot, over all visits. */
type Expected = Map<number, (readonly Register[])[]>;

function expectedOf(program: ProgramSpec): Expected | undefined {
  const expected: Expected = new Map();
  const { accepted } = verify(RANDOM_OBJECT, program, {
    cpuCount: 1,
    walksEveryPath: true,
    observe: ({ slot, registers }) => {
      const list = expected.get(slot) ?? [];
      list.push(registers.slice());
      expected.set(slot, list);
    },
  });
  return accepted ? expected : undefined;
}

function holds(register: Register, value: bigint): boolean {
  if (register.kind !== 'scalar') return true;
  const { bits, umin, umax, smin, smax, u32min, u32max, s32min, s32max } = register.bounds;
  const signed = BigInt.asIntN(64, value);
  const low = Number(value & 0xffff_ffffn);
  return (
    (value & ~bits.mask) === bits.value &&
    umin <= value &&
    value <= umax &&
    smin <= signed &&
    signed <= smax &&
    u32min <= low &&
    low <= u32max &&
    s32min <= (low | 0) &&
    (low | 0) <= s32max
  );
}

function packets(dice: Dice): Packet[] {
  return LENGTHS.map(length => ({
    bytes: Uint8Array.from({ length }, () => dice.below(256)),
    timestampNanos: 1_000n,
    queue: 0,
    cpu: 0,
    ingressIfindex: 1,
  }));
}

/** The first thing that went other than expected; undefined where all is well, null where the engine cannot take the program. */
function problemOf(program: ProgramSpec, expected: Expected, dice: Dice): string | undefined | null {
  const object: ObjectSpec = { ...RANDOM_OBJECT, programs: [program] };
  let surprise: string | undefined;
  const onStep = ({ slot, registers, depth }: { slot: number; registers: Int32Array; depth: number }): void => {
    if (depth !== 0 || surprise !== undefined) return;
    const words = new BigUint64Array(registers.buffer, registers.byteOffset, 11);
    const fits = expected.get(slot)?.some(known => known.every((register, at) => holds(register, words[at]!)));
    if (fits !== true)
      surprise = `slot ${slot}: registers ${[...words].map(word => `0x${word.toString(16)}`).join(' ')}`;
  };
  try {
    const session = createInterpreter().open(object, {
      cpuCount: 1,
      seed: 1,
      instructionBudget: 100_000,
      observe: { onStep },
    });
    const fault = session.run(program.name, packets(dice)).find(result => result.fault !== undefined)?.fault;
    return surprise ?? fault?.message;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

describe('programs that the verifier accepts', () => {
  it(`run without a trap and within the expected numbers: ${COUNT} random programs, seed ${SEED}`, () => {
    const dice = new Dice(SEED);
    const problems: string[] = [];
    let accepted = 0;
    for (let at = 0; at < COUNT; at++) {
      const program = dice.once(3) ? mutant(randomProgram(dice), dice) : randomProgram(dice);
      const expected = expectedOf(program);
      const problem = expected === undefined ? null : problemOf(program, expected, dice);
      if (problem === null) continue;
      accepted++;
      if (problem !== undefined) problems.push(`${problem}\n${programText(program)}`);
    }
    expect(problems).toEqual([]);
    expect(accepted).toBeGreaterThan(COUNT / 20);
  });
});
