// The way of one packet through a program, as the cost of a card is counted on it: executed instructions in order, with what is known of
// each. Costs are counted on paths, never on program lengths.
import { programOfStep, slotOfStep, type Way } from '../../engine/observe.js';
import type { CallTarget, Instruction } from '../../isa/instruction.js';
import type { ObjectSpec } from '../../object/spec.js';
import { xdpHelper } from '../../platform/helpers.js';
import { InputError } from '../../support/errors.js';
import { type PreparedProgram, prepareCheck } from '../offload/check.js';
import { pointersIn } from '../offload/pointers.js';
import type { PointerTarget } from '../offload/ranges.js';

/** One executed instruction. */
export interface PathStep {
  readonly instruction: Instruction;
  readonly slot: number;
  readonly prepared: PreparedProgram;
  /** It went on elsewhere than with the next instruction. */
  readonly isTaken: boolean;
  /** Some branch or jump of the program leads here. */
  readonly isTarget: boolean;
  /** Call depth; 0 is the main program. */
  readonly depth: number;
}

/** Programs of an object prepared once, so that the ways of packets become paths. */
export class PathReader {
  private readonly object: ObjectSpec;
  private readonly known = new Map<number, Known>();

  constructor(object: ObjectSpec) {
    this.object = object;
  }

  /**
   * The executed instructions of a way.
   * @throws InputError `path-length` where the way's beginning was not kept
   */
  pathOf(way: Way): readonly PathStep[] {
    if (!way.isWhole) {
      throw new InputError(
        'path-length',
        `${this.object.fileName}: a packet executes more instructions than a way keeps`,
      );
    }
    const steps: PathStep[] = [];
    for (let at = 0; at < way.steps.length; at++) {
      const step = way.steps[at]!;
      const slot = slotOfStep(step);
      const { prepared, targets } = this.program(programOfStep(step));
      const instruction = prepared.program.instructions[slot];
      if (instruction === undefined) continue;
      const next = way.steps[at + 1];
      const isTaken =
        next !== undefined && slotOfStep(next) !== slot + (instruction.kind === 'loadImmediate64' ? 2 : 1);
      steps.push({ instruction, slot, prepared, isTaken, isTarget: targets[slot] === 1, depth: way.depths[at]! });
    }
    return steps;
  }

  private program(index: number): Known {
    const known = this.known.get(index);
    if (known !== undefined) return known;
    const prepared = prepareCheck(this.object, this.object.programs[index]!);
    const made = { prepared, targets: targetsOf(prepared.program.instructions) };
    this.known.set(index, made);
    return made;
  }
}

interface Known {
  readonly prepared: PreparedProgram;
  readonly targets: Uint8Array;
}

function targetsOf(instructions: readonly (Instruction | undefined)[]): Uint8Array {
  const targets = new Uint8Array(instructions.length);
  instructions.forEach((instruction, slot) => {
    if (instruction?.kind === 'jump' || instruction?.kind === 'branch' || instruction?.kind === 'mayGoto') {
      targets[slot + 1 + instruction.offset] = 1;
    }
  });
  return targets;
}

/** What kind of memory a load, store or atomic operation reaches; undefined where that is not known or the step is none. */
export function memoryOf({ instruction, slot, prepared }: PathStep): PointerTarget | undefined {
  if (!('base' in instruction)) return undefined;
  return pointersIn(prepared.ranges.valuesAt(slot, instruction.base))[0]?.to;
}

/** Whether a branch compares with the end of the packet. */
export function isBoundsCheck({ instruction, slot, prepared }: PathStep): boolean {
  if (instruction.kind !== 'branch' || instruction.source.kind !== 'register') return false;
  return [instruction.dst, instruction.source.register].some(register =>
    pointersIn(prepared.ranges.valuesAt(slot, register)).some(({ to }) => to === 'packetEnd'),
  );
}

/** Registers that an instruction reads and writes; `wide` are those whose upper half it reads. */
export interface RegisterUse {
  readonly reads: readonly number[];
  readonly wide: readonly number[];
  readonly writes: readonly number[];
}

const NONE: readonly number[] = [];
const ALL_ARGUMENTS: readonly number[] = [1, 2, 3, 4, 5];
/** A call leaves nothing readable in the argument registers. */
const CALL_WRITES: readonly number[] = [0, 1, 2, 3, 4, 5];

function argumentsOf(target: CallTarget): readonly number[] {
  const helper = target.kind === 'helper' ? xdpHelper(target.id) : undefined;
  return helper === undefined ? ALL_ARGUMENTS : ALL_ARGUMENTS.slice(0, helper.arguments.length);
}

/** What an instruction does with registers. */
export function registerUse(instruction: Instruction): RegisterUse {
  switch (instruction.kind) {
    case 'alu': {
      const { op, dst, source, width } = instruction;
      const reads = [...(op === 'mov' ? NONE : [dst]), ...(source.kind === 'register' ? [source.register] : NONE)];
      return { reads, wide: width === 64 ? reads : NONE, writes: [dst] };
    }
    case 'neg':
      return {
        reads: [instruction.dst],
        wide: instruction.width === 64 ? [instruction.dst] : NONE,
        writes: [instruction.dst],
      };
    case 'byteswap':
      return {
        reads: [instruction.dst],
        wide: instruction.bits === 64 ? [instruction.dst] : NONE,
        writes: [instruction.dst],
      };
    case 'movsx':
    case 'addressSpaceCast':
      return { reads: [instruction.src], wide: NONE, writes: [instruction.dst] };
    case 'load':
    case 'loadAcquire':
      return { reads: [instruction.base], wide: [instruction.base], writes: [instruction.dst] };
    case 'store':
    case 'storeRelease':
    case 'atomic':
      return memoryWriteUse(instruction);
    case 'branch': {
      const { dst, source, width } = instruction;
      const reads = source.kind === 'register' ? [dst, source.register] : [dst];
      return { reads, wide: width === 64 ? reads : NONE, writes: NONE };
    }
    case 'call': {
      const reads = argumentsOf(instruction.target);
      return { reads, wide: reads, writes: CALL_WRITES };
    }
    case 'exit':
      return { reads: [0], wide: NONE, writes: NONE };
    case 'loadImmediate64':
      return { reads: NONE, wide: NONE, writes: [instruction.dst] };
    case 'packetLoad':
      return { reads: [6, instruction.src], wide: [6], writes: [0] };
    case 'jumpRegister':
    case 'callRegister':
      return { reads: [instruction.register], wide: [instruction.register], writes: NONE };
    default:
      return { reads: NONE, wide: NONE, writes: NONE };
  }
}

function memoryWriteUse(instruction: Extract<Instruction, { kind: 'store' | 'storeRelease' | 'atomic' }>): RegisterUse {
  const { base, size } = instruction;
  const value = instruction.kind === 'store' ? registerOf(instruction.source) : [instruction.src];
  const fetched = instruction.kind === 'atomic' && instruction.fetch ? value : NONE;
  return { reads: [base, ...value], wide: size === 8 ? [base, ...value] : [base], writes: fetched };
}

function registerOf(source: Extract<Instruction, { kind: 'store' }>['source']): readonly number[] {
  return source.kind === 'register' ? [source.register] : NONE;
}
