// What is known of registers at an instruction. The verifier can answer this; until it does, flow.ts answers from the program's text.

/** Largest unsigned 32-bit and 64-bit numbers. */
export const U32_MAX = 0xffff_ffffn;
export const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** An unsigned 64-bit number within bounds, both included. */
export interface ScalarFact {
  readonly kind: 'scalar';
  readonly minimum: bigint;
  readonly maximum: bigint;
  /** The kernel may know narrower bounds: these can show that a rule is met, but not that it is broken. */
  readonly mayBeNarrower: boolean;
  /** It is certain that this is no constant. */
  readonly isVarying: boolean;
}

/** What a pointer leads to. `map` is the map itself; `other` anything that is not listed. */
export type PointerTarget =
  | 'context'
  | 'map'
  | 'mapValue'
  | 'stack'
  | 'packetMeta'
  | 'packet'
  | 'packetEnd'
  | 'function'
  | 'other';

/** A pointer, and the bounds of its offset (undefined: unbounded) from where its target starts; on the stack from the frame pointer. */
export interface PointerFact {
  readonly kind: 'pointer';
  readonly to: PointerTarget;
  readonly minimum: bigint | undefined;
  readonly maximum: bigint | undefined;
  /** It is certain that the offset is not constant. */
  readonly isVarying: boolean;
  /** The map, for `map` and `mapValue`. */
  readonly map: string | undefined;
  /** Slot at which the function starts whose frame it is, for `stack`. */
  readonly frame: number | undefined;
  /** NULL is possible; equal numbers become non-NULL together. */
  readonly nullId: number | undefined;
}

/** One possible content of a register. */
export type ValueFact = ScalarFact | PointerFact;

/** Everything a register may hold; undefined: nothing is known. Several numbers are all constants. */
export type Values = readonly ValueFact[] | undefined;

/** Answers about one program. Every answer holds before the instruction at `slot`, over all paths that lead there. */
export interface RangeOracle {
  /** What a register holds; undefined where that is not known. */
  valuesAt(slot: number, register: number): Values;
  /** Whether a path leads there; the kernel never looks at instructions that none reaches. */
  isReached(slot: number): boolean;
  /** Whether these bytes of the current frame (offset from the frame pointer) are zero; undefined where not known. */
  isStackZero(slot: number, offset: number, sizeBytes: number): boolean | undefined;
}

/** The number that the values all are; undefined where they are not one known number. */
export function constantOf(values: Values): bigint | undefined {
  const [only, ...others] = values ?? [];
  if (only?.kind !== 'scalar' || others.length > 0 || only.minimum !== only.maximum) return undefined;
  return only.minimum;
}

/** The constant offset of a pointer, undefined where it varies. */
export function offsetOf(pointer: PointerFact): number | undefined {
  const { minimum, maximum } = pointer;
  return minimum !== undefined && minimum === maximum ? Number(minimum) : undefined;
}

/** A known number. */
export function constant(value: bigint): ScalarFact {
  const unsigned = BigInt.asUintN(64, value);
  return { kind: 'scalar', minimum: unsigned, maximum: unsigned, mayBeNarrower: false, isVarying: false };
}

/** Any number of so many bits, as a load or a call gives it. */
export function anyOf(bits: 8 | 16 | 32 | 64): ScalarFact {
  return ANY[bits];
}

const ANY = { 8: range(0xffn), 16: range(0xffffn), 32: range(U32_MAX), 64: range(U64_MAX) };

function range(maximum: bigint): ScalarFact {
  return { kind: 'scalar', minimum: 0n, maximum, mayBeNarrower: false, isVarying: true };
}

/** A number of so many bits of which this analysis knows nothing more, though the kernel may. */
export function someOf(bits: 32 | 64, isVarying = false): ScalarFact {
  return { ...anyOf(bits), mayBeNarrower: true, isVarying };
}

/** A pointer to the start of its target. */
export function pointerTo(to: PointerTarget, more: Partial<PointerFact> = {}): PointerFact {
  return {
    kind: 'pointer',
    to,
    minimum: 0n,
    maximum: 0n,
    isVarying: false,
    map: undefined,
    frame: undefined,
    nullId: undefined,
    ...more,
  };
}

/** Whether a fact is one known number. */
export function isConstant(value: ValueFact): boolean {
  return value.kind === 'scalar' && value.minimum === value.maximum;
}
