// Random programs on the compiler and the interpreter: both must leave the same 64 bits in r0.
import { describe, expect, it } from 'vitest';
import { createCompiler } from '../../src/engine/compiler/compiler.js';
import { createInterpreter } from '../../src/engine/interpreter/interpreter.js';
import { runCase } from '../support/cases.js';
import { randomProgram } from '../support/random-program.js';

const PROGRAMS = Number(process.env.RANDOM_PROGRAMS ?? 150);
const FIRST_SEED = Number(process.env.RANDOM_SEED ?? 1);

describe.each([
  { form: 'with checks', isChecked: true },
  { form: 'without checks', isChecked: false },
])('random programs compiled $form', ({ isChecked }) => {
  it(`give what they give on the interpreter, seeds ${FIRST_SEED} to ${FIRST_SEED + PROGRAMS - 1}`, () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + PROGRAMS; seed++) {
      const program = randomProgram(seed);
      const expected = runCase(createInterpreter(), program);
      const actual = runCase(createCompiler({ isChecked }), program);
      const text = `seed ${seed}: 0x${actual.r0.toString(16)} ${actual.result.fault?.message ?? ''}\n${program.text}`;
      expect(actual.r0, text).toBe(expected.r0);
    }
  });
});
