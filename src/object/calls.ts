// Which functions of an object call which.
import { SLOT_BYTES } from '../isa/instruction.js';
import { OPCODE } from '../isa/opcode.js';
import { readRawAt, viewOf } from '../isa/raw.js';
import type { CodeFunction, FunctionIndex } from './functions.js';
import { PSEUDO_CALL, PSEUDO_FUNCTION } from './pseudo.js';
import type { CodePlace } from './target.js';

/** An instruction that calls a function of the object, or takes its address. */
export interface CallInstruction {
  readonly slot: number;
  readonly isAddress: boolean;
  /** Where it points: what its relocation says, else relative to itself. Undefined where only a relocation could tell. */
  readonly place: Pick<CodePlace, 'sectionIndex' | 'slot'> | undefined;
  /** Kind of a relocation that does not fit the instruction. */
  readonly misfit: string | undefined;
}

/** The calls of a function, by slot. */
export function callInstructions(fn: CodeFunction): readonly CallInstruction[] {
  const view = viewOf(fn.code);
  const found: CallInstruction[] = [];
  for (let slot = 0; slot < fn.slots; slot++) {
    const { opcode, src, imm } = readRawAt(view, slot * SLOT_BYTES, 'little');
    const isAddress = opcode === OPCODE.loadImmediate64 && src === PSEUDO_FUNCTION;
    if (isAddress || (opcode === OPCODE.call && src === PSEUDO_CALL)) found.push(callAt(fn, slot, imm, isAddress));
  }
  return found;
}

function callAt(fn: CodeFunction, slot: number, imm: number, isAddress: boolean): CallInstruction {
  const target = fn.targets.get(slot);
  if (target?.kind === 'call' || target?.kind === 'functionAddress') {
    return { slot, isAddress, place: target, misfit: undefined };
  }
  // A call inside one section has no relocation: its immediate is relative already.
  const relative = { sectionIndex: fn.section.index, slot: fn.slot + slot + imm + 1 };
  return { slot, isAddress, place: isAddress || target !== undefined ? undefined : relative, misfit: target?.kind };
}

/** Every function that another one calls or takes the address of. */
export function calledFunctions(functions: FunctionIndex): ReadonlySet<CodeFunction> {
  const called = new Set<CodeFunction>();
  for (const caller of functions.all) {
    for (const { place } of callInstructions(caller)) {
      const callee = place && functions.at(place.sectionIndex, place.slot);
      if (callee !== undefined && callee !== caller) called.add(callee);
    }
  }
  return called;
}
