// What the verifier knows of the registers that each instruction reads, for listings.
import { decodeSlots } from '../isa/decode.js';
import { registersRead } from '../isa/registers.js';
import type { ObjectSpec, ProgramSpec } from '../object/spec.js';
import { registerText } from '../verifier/log/text.js';
import { type Visit, verify } from '../verifier/verify.js';

/** Different states shown of one instruction. */
const SHOWN_STATES = 3;

/**
 * By slot, the states in the form of the kernel's log: `R1=pkt(r=14) R2=scalar()`; those of different visits with ` | ` between, and how many
 * more there are. Slots that no path reaches are absent; a rejected program has what was seen until then.
 */
export function registerRanges(object: ObjectSpec, program: ProgramSpec): ReadonlyMap<number, string> {
  const { instructions } = decodeSlots(program.code);
  const reads = instructions.map(instruction => (instruction === undefined ? [] : registersRead(instruction)));
  const seen = new Map<number, Set<string>>();
  verify(object, program, { observe: visit => note(visit, reads[visit.slot] ?? [], seen) });
  return new Map([...seen].map(([slot, states]) => [slot, rangeText(states)]));
}

function note(visit: Visit, reads: readonly number[], seen: Map<number, Set<string>>): void {
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
