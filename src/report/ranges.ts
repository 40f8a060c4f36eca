// What the verifier knows of the registers that each instruction reads, for listings.
import { decodeSlots } from '../isa/decode.js';
import { registersRead } from '../isa/registers.js';
import type { ObjectSpec, ProgramSpec } from '../object/spec.js';
import { registerText } from '../verifier/log/text.js';
import { type VerifyOptions, type Visit, verify } from '../verifier/verify.js';

/** Different states shown of one instruction. */
const SHOWN_STATES = 3;
/** Walking every path takes longer than this for programs with loops and many branches: those show what a walk that prunes sees. */
const EVERY_PATH_BUDGET = 20_000;

type Seen = Map<number, Set<string>>;

/**
 * By slot, the states in the form of the kernel's log: `R1=pkt(r=14) R2=scalar()`; those of different paths with ` | ` between, and how many
 * more there are. Every path is walked where that is possible; else numbers on which no proof relied may also be others than those shown. Slots
 * that no path reaches are absent; a rejected program has what was seen until then.
 */
export function registerRanges(object: ObjectSpec, program: ProgramSpec): ReadonlyMap<number, string> {
  const { instructions } = decodeSlots(program.code);
  const reads = instructions.map(instruction => (instruction === undefined ? [] : registersRead(instruction)));
  const everyPath = { walksEveryPath: true, instructionBudget: EVERY_PATH_BUDGET };
  const seen = statesSeen(object, program, reads, everyPath) ?? statesSeen(object, program, reads, {}) ?? new Map();
  return new Map([...seen].map(([slot, states]) => [slot, rangeText(states)]));
}

/** Undefined where the walk did not come to an end within a budget of its own. */
function statesSeen(
  object: ObjectSpec,
  program: ProgramSpec,
  reads: readonly (readonly number[])[],
  options: VerifyOptions,
): Seen | undefined {
  const seen: Seen = new Map();
  const observe = (visit: Visit) => note(visit, reads[visit.slot] ?? [], seen);
  const result = verify(object, program, { ...options, observe });
  const gaveUp = !result.accepted && TOO_MUCH.test(result.message);
  return gaveUp && options.walksEveryPath === true ? undefined : seen;
}

const TOO_MUCH = /^BPF program is too large|^The sequence of \d+ jumps is too complex/;

function note(visit: Visit, reads: readonly number[], seen: Seen): void {
  const depth = visit.frames.length - 1;
  const known = reads.filter(register => visit.registers[register]?.kind !== 'uninitialised');
  const text = known.map(register => `R${register}=${registerText(visit.registers[register]!, depth)}`).join(' ');
  const states = seen.get(visit.slot) ?? new Set();
  states.add(text);
  seen.set(visit.slot, states);
}

function rangeText(states: ReadonlySet<string>): string {
  const texts = [...states].filter(text => text !== '');
  const more = texts.length - SHOWN_STATES;
  return texts.slice(0, SHOWN_STATES).join(' | ') + (more > 0 ? ` | ${more} more` : '');
}
