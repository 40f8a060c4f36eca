// The instructions that a path reaches, sorted once by what rules look at, so that checks against many models are quick.
import type { Instruction } from '../../isa/instruction.js';
import { type RawInstruction, readRawAt, viewOf } from '../../isa/raw.js';
import { findOperation, type Operation } from '../../isa/table.js';
import { exceptionsOf, type IsaException } from './exceptions.js';
import type { OffloadProgram } from './program.js';
import type { RangeOracle } from './ranges.js';

/** Instructions that read or write memory through a register. */
export type MemoryAccess = Extract<Instruction, { kind: 'load' | 'store' | 'atomic' | 'loadAcquire' | 'storeRelease' }>;

/** A call. */
export type Call = Extract<Instruction, { kind: 'call' }>;

/** An instruction of some kind, and its slot. */
export interface Placed<Kind> {
  readonly slot: number;
  readonly instruction: Kind;
}

/** An instruction with its fields and its row in the operation table. */
export interface PlacedOperation extends Placed<Instruction> {
  readonly raw: RawInstruction;
  readonly operation: Operation | undefined;
  /** Names under which a model can say that it lacks the operation. */
  readonly exceptions: readonly IsaException[];
}

/** Reached instructions by what rules look at, each list in the order of the program. */
export interface Reached {
  readonly operations: readonly Placed<Instruction>[];
  readonly accesses: readonly Placed<MemoryAccess>[];
  readonly calls: readonly Placed<Call>[];
  readonly exits: readonly number[];
}

/** Sorts the reached instructions of a program. */
export function reachedIn({ instructions }: OffloadProgram, ranges: RangeOracle): Reached {
  const operations: Placed<Instruction>[] = [];
  const accesses: Placed<MemoryAccess>[] = [];
  const calls: Placed<Call>[] = [];
  const exits: number[] = [];
  instructions.forEach((instruction, slot) => {
    if (instruction === undefined || !ranges.isReached(slot)) return;
    operations.push({ slot, instruction });
    const access = accessOf(instruction);
    if (access !== undefined) accesses.push({ slot, instruction: access });
    if (instruction.kind === 'call') calls.push({ slot, instruction });
    if (instruction.kind === 'exit') exits.push(slot);
  });
  return { operations, accesses, calls, exits };
}

/** Looks up the operations of instructions. */
export function operationsOf(
  placed: readonly Placed<Instruction>[],
  { spec }: OffloadProgram,
): readonly PlacedOperation[] {
  const view = viewOf(spec.code);
  return placed.map(({ slot, instruction }) => {
    const raw = readRawAt(view, slot * 8, 'little');
    return { slot, instruction, raw, operation: findOperation(raw), exceptions: exceptionsOf(instruction) };
  });
}

function accessOf(instruction: Instruction): MemoryAccess | undefined {
  switch (instruction.kind) {
    case 'load':
    case 'store':
    case 'atomic':
    case 'loadAcquire':
    case 'storeRelease':
      return instruction;
    default:
      return undefined;
  }
}
