// What the verifier knows of registers, gathered over all paths that it walks: what a driver's hook is shown, instruction by instruction.
import type { Instruction } from '../../isa/instruction.js';
import type { ErrnoName } from '../../platform/errno.js';
import type { Register, RegisterKind } from '../../verifier/state/register.js';
import { BYTE, byteAt, byteOf, slotOf } from '../../verifier/state/stack.js';
import { type Visit, verify } from '../../verifier/verify.js';
import { functionStart, type OffloadProgram } from './program.js';
import {
  constant,
  isConstant,
  type PointerFact,
  type PointerTarget,
  pointerTo,
  type RangeOracle,
  type ScalarFact,
  type ValueFact,
} from './ranges.js';
import { isSame } from './values.js';

/** The verifier's word on a program. */
export interface VerifiedRanges {
  readonly ranges: RangeOracle;
  /** Why Linux would not load the program at all; the ranges are those of the walk until there. */
  readonly rejection: Rejection | undefined;
  /** By slot, how many instructions were walked over for the first time before this one. */
  readonly visits: Visits;
}

/** When the verifier first came to each slot; a hole where it never did. */
export type Visits = readonly (number | undefined)[];

/** A refusal by the verifier itself. */
export interface Rejection {
  readonly message: string;
  readonly errno: ErrnoName;
  readonly slot: number | undefined;
}

/** More different constants or pointers than this become a range. */
const MAX_APART = 5;
const MAP_UPDATE = 2;

/**
 * Verifies a program as Linux would for a device, and keeps what was known at each instruction. Paths that the verifier prunes count for
 * nothing: do_check calls the driver's hook behind is_state_visited, so that no driver sees them either.
 */
export function verifiedRanges(program: OffloadProgram): VerifiedRanges {
  const observer = new Observer(program);
  const observe = (visit: Visit) => observer.see(visit);
  const verification = verify(program.object, program.spec, { observe, isDeviceBound: true });
  const { visits } = observer;
  if (verification.accepted) return { ranges: observer, rejection: undefined, visits };
  const { message, errno, findings } = verification;
  return { ranges: observer, rejection: { message, errno, slot: findings[0]?.slot }, visits };
}

class Observer implements RangeOracle {
  private readonly program: OffloadProgram;
  readonly visits: (number | undefined)[] = [];
  private seen = 0;
  private readonly facts: (Map<number, ValueFact[]> | undefined)[] = [];
  private readonly zeros = new Map<number, Map<number, boolean | undefined>>();

  constructor(program: OffloadProgram) {
    this.program = program;
  }

  valuesAt(slot: number, register: number): readonly ValueFact[] | undefined {
    return this.facts[slot]?.get(register);
  }

  isReached(slot: number): boolean {
    return this.facts[slot] !== undefined;
  }

  isStackZero(slot: number, offset: number, sizeBytes: number): boolean | undefined {
    const bytes = this.zeros.get(slot);
    let isKnown = true;
    for (let at = offset; at < offset + sizeBytes; at++) {
      const isZero = bytes?.get(at);
      if (isZero === false) return false;
      if (isZero === undefined) isKnown = false;
    }
    return isKnown ? true : undefined;
  }

  see(visit: Visit): void {
    const instruction = this.program.instructions[visit.slot];
    if (instruction === undefined) return;
    const facts = this.facts[visit.slot] ?? new Map<number, ValueFact[]>();
    this.facts[visit.slot] = facts;
    this.visits[visit.slot] ??= this.seen++;
    for (const register of registersOf(instruction)) {
      const fact = this.factOf(visit.registers[register], visit);
      if (fact !== undefined) facts.set(register, withFact(facts.get(register), fact));
    }
    if (instruction.kind === 'call' && instruction.target.kind === 'helper' && instruction.target.id === MAP_UPDATE) {
      this.seeValue(visit);
    }
  }

  private factOf(register: Register | undefined, visit: Visit): ValueFact | undefined {
    if (register === undefined || register.kind === 'uninitialised') return undefined;
    const { bits, umin, umax, smin, smax } = register.bounds;
    if (register.kind === 'scalar') {
      const isFixed = bits.mask === 0n;
      if (isFixed) return constant(bits.value);
      return { kind: 'scalar', minimum: umin, maximum: umax, mayBeNarrower: false, isVarying: true };
    }
    const [low, high] = smin >= 0n ? [umin, umax] : [smin, smax];
    const base = BigInt(register.offset);
    return pointerTo(TARGETS[register.kind] ?? 'other', {
      minimum: base + low,
      maximum: base + high,
      isVarying: bits.mask !== 0n,
      map: register.map?.spec.name,
      frame: register.kind === 'stack' ? this.frameStart(register.frame, visit) : undefined,
    });
  }

  /** Where the function starts whose frame has this number: that of the call above it, or the one being executed. */
  private frameStart(number: number, { slot, frames }: Visit): number {
    return functionStart(this.program, frames[number + 1]?.callSite ?? slot);
  }

  /** Which bytes of the value given to map_update_elem are zero. */
  private seeValue({ slot, registers, frames }: Visit): void {
    const [map, value] = [registers[1]?.map, registers[3]];
    if (map === undefined || value?.kind !== 'stack') return;
    const known = this.zeros.get(slot) ?? new Map<number, boolean | undefined>();
    this.zeros.set(slot, known);
    const start = value.offset + Number(BigInt.asIntN(64, value.bounds.bits.value));
    for (let at = start; at < start + map.valueBytes; at++) {
      const stackSlot = frames[value.frame]?.slot(slotOf(at));
      const kind = stackSlot === undefined ? BYTE.invalid : byteAt(stackSlot.bytes, byteOf(at));
      // Kernels differ in how they remember a spilled zero.
      const isZero = kind === BYTE.zero ? true : kind === BYTE.spill && stackSlot?.register.isNull ? undefined : false;
      known.set(at, known.has(at) && known.get(at) !== isZero ? mixed(known.get(at), isZero) : isZero);
    }
  }
}

/** Two paths that differ: not zero on one is not zero. */
function mixed(a: boolean | undefined, b: boolean | undefined): boolean | undefined {
  return a === false || b === false ? false : undefined;
}

const TARGETS: Partial<Record<RegisterKind, PointerTarget>> = {
  context: 'context',
  map: 'map',
  mapValue: 'mapValue',
  stack: 'stack',
  packet: 'packet',
  packetMeta: 'packetMeta',
  packetEnd: 'packetEnd',
  function: 'function',
};

/** The registers that a rule may ask for. */
function registersOf(instruction: Instruction): readonly number[] {
  switch (instruction.kind) {
    case 'alu':
      return instruction.source.kind === 'register'
        ? [instruction.dst, instruction.source.register]
        : [instruction.dst];
    case 'load':
    case 'loadAcquire':
      return [instruction.base];
    case 'store':
      return instruction.source.kind === 'register'
        ? [instruction.base, instruction.source.register]
        : [instruction.base];
    case 'storeRelease':
    case 'atomic':
      return [instruction.base, instruction.src];
    case 'call':
      return [1, 2, 3, 4, 5];
    case 'exit':
      return [0];
    default:
      return [];
  }
}

/** What was known, and this: constants and pointers apart while they are few, else a range. */
function withFact(known: ValueFact[] | undefined, fact: ValueFact): ValueFact[] {
  if (known === undefined) return [fact];
  if (known.some(other => isSame(other, fact))) return known;
  if (fact.kind === 'scalar') {
    const numbers = known.filter(value => value.kind === 'scalar');
    const isApart = isConstant(fact) && numbers.every(isConstant) && numbers.length < MAX_APART;
    if (isApart) return [...known, fact];
    return [...known.filter(value => value.kind !== 'scalar'), [...numbers, fact].reduce(spanningNumbers)];
  }
  const alike = known.filter(other => other.kind === 'pointer' && isAlike(other, fact));
  if (alike.length < MAX_APART && fact.to !== 'packet') return [...known, fact];
  const others = known.filter(other => !alike.includes(other));
  return [...others, [...(alike as PointerFact[]), fact].reduce(spanningPointers)];
}

function isAlike(a: PointerFact, b: PointerFact): boolean {
  return a.to === b.to && a.map === b.map && a.frame === b.frame;
}

function spanningNumbers(a: ScalarFact, b: ScalarFact): ScalarFact {
  const minimum = a.minimum < b.minimum ? a.minimum : b.minimum;
  const maximum = a.maximum > b.maximum ? a.maximum : b.maximum;
  return { kind: 'scalar', minimum, maximum, mayBeNarrower: false, isVarying: true };
}

function spanningPointers(a: PointerFact, b: PointerFact): PointerFact {
  const [low, high] = [a.minimum ?? 0n, a.maximum ?? 0n];
  const [otherLow, otherHigh] = [b.minimum ?? 0n, b.maximum ?? 0n];
  return {
    ...a,
    minimum: low < otherLow ? low : otherLow,
    maximum: high > otherHigh ? high : otherHigh,
    isVarying: a.isVarying || b.isVarying,
  };
}
