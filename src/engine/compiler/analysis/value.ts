// What is known of a register: the values of an analysis that finds accesses which need no check. It knows less than a verifier and never
// refuses; what it does not know is checked while the program runs.
import type { BpfMap } from '../../../machine/map.js';

/** Names a packet pointer whose distance from `data` is not known; equal ids mean equal pointers up to their offsets. */
export type BaseId = number;

/** The base of `data` and that of `data_meta`, as of the last load from the context. */
export const DATA: BaseId = 0;
export const DATA_META: BaseId = 1;
/** First id that is free for others. */
export const FIRST_ID: BaseId = 2;

export type Value =
  | { readonly kind: 'unknown' }
  /** An unsigned number of at most `max`, which is below 2^32. */
  | { readonly kind: 'scalar'; readonly max: number }
  /** A number from 0 to 2^32 - 1, or a negative one down to -2^31. */
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'context'; readonly offset: number }
  /** `offset` from the function's frame pointer. */
  | { readonly kind: 'stack'; readonly offset: number }
  | { readonly kind: 'packet'; readonly id: BaseId; readonly offset: number }
  | { readonly kind: 'packetEnd' }
  /** The result of a lookup; equal ids mean equal results. */
  | { readonly kind: 'valueOrNull'; readonly map: BpfMap; readonly id: number }
  | { readonly kind: 'value'; readonly map: BpfMap; readonly offset: number }
  /** Somewhere around the memory from `start`, `lengthBytes` long, which never moves. */
  | { readonly kind: 'around'; readonly start: number; readonly lengthBytes: number; readonly isWritable: boolean };

export const UNKNOWN: Value = { kind: 'unknown' };

/** Offsets are followed this far, so that an address in memory, which is at least as large, plus or minus one never wraps. */
export const MAX_OFFSET = 0xffff;

/** Whether two values are the same for all that is known. */
export function isSame(a: Value, b: Value): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case 'unknown':
    case 'packetEnd':
      return a.kind === b.kind;
    case 'scalar':
      return b.kind === 'scalar' && a.max === b.max;
    case 'constant':
      return b.kind === 'constant' && a.value === b.value;
    case 'context':
      return b.kind === 'context' && a.offset === b.offset;
    case 'stack':
      return b.kind === 'stack' && a.offset === b.offset;
    case 'packet':
      return b.kind === 'packet' && a.id === b.id && a.offset === b.offset;
    case 'valueOrNull':
      return b.kind === 'valueOrNull' && a.id === b.id && a.map === b.map;
    case 'value':
      return b.kind === 'value' && a.map === b.map && a.offset === b.offset;
    case 'around':
      return b.kind === 'around' && a.start === b.start;
  }
}

/** The largest value of a number that is not negative; undefined where that is not known. */
export function maximum(value: Value): number | undefined {
  if (value.kind === 'scalar') return value.max;
  return value.kind === 'constant' && value.value >= 0 ? value.value : undefined;
}

/** A number of at most `max`; unknown where that does not fit 32 bits. */
export function scalar(max: number): Value {
  return max <= 0xffff_ffff ? { kind: 'scalar', max } : UNKNOWN;
}

/** A pointer moved by a constant; unknown where it leaves what is followed. */
export function moved(value: Value, by: number): Value {
  switch (value.kind) {
    case 'context':
    case 'stack':
    case 'packet':
    case 'value': {
      const offset = value.offset + by;
      return Math.abs(offset) <= MAX_OFFSET ? { ...value, offset } : UNKNOWN;
    }
    case 'constant': {
      const sum = value.value + by;
      return sum >= -0x8000_0000 && sum <= 0xffff_ffff ? { kind: 'constant', value: sum } : UNKNOWN;
    }
    case 'scalar':
      return by >= 0 ? scalar(value.max + by) : UNKNOWN;
    case 'around':
      return value;
    default:
      return UNKNOWN;
  }
}
