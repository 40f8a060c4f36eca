// A rejection made into a finding: the kernel's message, the place in the source, what was known of the register, the way there, and advice.
import { disassemble } from '../isa/disassemble.js';
import { type ProgramSpec, sourceLineAt } from '../object/spec.js';
import type { Finding, PathStep } from './finding.js';
import { describeRegister } from './log/words.js';
import type { Rejected } from './rejected.js';
import type { Trace } from './state/trace.js';
import { suggestionFor } from './suggestions.js';
import type { Walker } from './walk/walker.js';

/** Longer paths are shown from their end. */
const MAX_STEPS = 64;

/** Explains a rejection; `walker` is undefined where no path was walked. */
export function explain(rejected: Rejected, program: ProgramSpec, walker: Walker | undefined): Finding {
  const slot = rejected.slot ?? walker?.slot;
  const instruction = slot === undefined ? undefined : walker?.prepared.instructions[slot];
  const { register } = rejected;
  const state = register === undefined ? undefined : walker?.state.frames.at(-1)?.registers[register];
  return {
    message: rejected.lines.join('\n'),
    slot,
    instruction: instruction === undefined ? undefined : disassemble(instruction),
    source: slot === undefined ? undefined : sourceLineAt(program, slot),
    register: state === undefined ? undefined : `r${register} ${describeRegister(state)}`,
    path: walker === undefined ? [] : pathOf(walker, program),
    suggestion: suggestionFor(rejected.lines, state),
  };
}

/** The decisions on the path being walked, first to last. */
function pathOf(walker: Walker, program: ProgramSpec): readonly PathStep[] {
  const steps: PathStep[] = [];
  let after: Trace | undefined;
  for (let at = walker.state.trace; at !== undefined && steps.length < MAX_STEPS; at = at.previous) {
    const decision = after === undefined ? undefined : decisionAt(walker, at.slot, after.slot);
    if (decision !== undefined) steps.push({ slot: at.slot, decision, source: sourceLineAt(program, at.slot) });
    after = at;
  }
  return steps.reverse();
}

function decisionAt(walker: Walker, slot: number, next: number): PathStep['decision'] | undefined {
  const instruction = walker.prepared.instructions[slot];
  switch (instruction?.kind) {
    case 'branch':
      return next === slot + 1 && instruction.offset !== 0 ? 'not taken' : 'taken';
    case 'call':
      return next === slot + 1 ? undefined : 'called';
    case 'exit':
      return 'returned';
    default:
      return undefined;
  }
}
