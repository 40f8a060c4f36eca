// Registers and stack at one place of a program, and how states meet.
import { pointerTo, type Values } from './ranges.js';
import { joinStacks, type Stack } from './stack-facts.js';
import { areSame, unite } from './values.js';

/** Registers and stack before an instruction. */
export interface State {
  readonly registers: readonly Values[];
  readonly stack: Stack;
}

const FRAME_POINTER = 10;

/** Registers at a function's start: r1 to r5 as given, r10 its frame. */
export function frameRegisters(parameters: readonly Values[], start: number): readonly Values[] {
  const [r1, r2, r3, r4, r5] = parameters;
  const none = undefined;
  return [none, r1, r2, r3, r4, r5, none, none, none, none, [pointerTo('stack', { frame: start })]];
}

/** The state with another content of a register; the frame pointer never changes. */
export function withRegister({ registers, stack }: State, register: number, values: Values): State {
  if (register === FRAME_POINTER) return { registers, stack };
  const changed = registers.slice();
  changed[register] = values;
  return { registers: changed, stack };
}

/** What holds on both paths; `isWidening` gives up bounds so that loops end. */
export function join(known: State, other: State, isWidening: boolean): State {
  return {
    registers: known.registers.map((values, index) => joinValues(values, other.registers[index], isWidening)),
    stack: joinStacks(known.stack, other.stack, isWidening),
  };
}

/** What a register may hold on either path; `a` itself where `b` adds nothing. */
export function joinValues(a: Values, b: Values, isWidening: boolean): Values {
  if (a === b) return a;
  if (a === undefined || b === undefined) return undefined;
  if (areSame(a, b)) return a;
  const united = unite([...a, ...b], isWidening);
  return areSame(a, united) ? a : united;
}

/** Whether a joined state says the same as before: what nothing changed is shared. */
export function isSameState(known: State, joined: State): boolean {
  return joined.stack === known.stack && known.registers.every((values, index) => values === joined.registers[index]);
}
