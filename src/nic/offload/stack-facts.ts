// What is known of a stack frame: pointers and numbers kept in its 8-byte slots, and bytes that are zero. Offsets are those from the frame
// pointer, negative.
import { constantOf, type Values } from './ranges.js';
import { areSame, unite } from './values.js';

/** Bytes of a frame. */
const FRAME_BYTES = 512;

/** A frame's contents. Slots that are not listed may hold anything. */
export interface Stack {
  readonly slots: ReadonlyMap<number, Values>;
  /** By offset, bytes known to be zero (true) or known to hold something else. */
  readonly zeros: ReadonlyMap<number, boolean>;
}

/** A frame of which nothing is known. */
export const EMPTY_STACK: Stack = { slots: new Map(), zeros: new Map() };

/** Gives up all that was known. */
export function forgetStack(): Stack {
  return EMPTY_STACK;
}

/** The content of a slot; undefined where it is not known. */
export function loadSlot({ slots }: Stack, offset: number, sizeBytes: number): Values {
  return sizeBytes === 8 ? slots.get(offset) : undefined;
}

/** Whether all these bytes are zero; undefined where that is not known. */
export function isZeroAt({ zeros }: Stack, offset: number, sizeBytes: number): boolean | undefined {
  let isKnown = true;
  for (let at = offset; at < offset + sizeBytes; at++) {
    const isZero = zeros.get(at);
    if (isZero === false) return false;
    if (isZero === undefined) isKnown = false;
  }
  return isKnown ? true : undefined;
}

/** The frame after a store. */
export function storeSlot(stack: Stack, offset: number, sizeBytes: number, values: Values): Stack {
  if (offset < -FRAME_BYTES || offset + sizeBytes > 0) return stack;
  const slots = new Map([...stack.slots].filter(([at]) => at + 8 <= offset || at >= offset + sizeBytes));
  if (sizeBytes === 8 && values !== undefined) slots.set(offset, values);
  const zeros = new Map(stack.zeros);
  const isZero = constantOf(values) === 0n;
  const isOther = values?.every(value => value.kind === 'pointer' || value.isVarying || value.minimum > 0n) ?? false;
  for (let at = offset; at < offset + sizeBytes; at++) {
    if (isZero || isOther) zeros.set(at, isZero);
    else zeros.delete(at);
  }
  return { slots, zeros };
}

/** What both paths agree on; the first itself where the second adds nothing. */
export function joinStacks(a: Stack, b: Stack, isWidening: boolean): Stack {
  if (a === b) return a;
  const slots = new Map<number, Values>();
  let isChanged = false;
  for (const [at, values] of a.slots) {
    const other = b.slots.get(at);
    const joined =
      values === undefined || other === undefined
        ? undefined
        : areSame(values, other)
          ? values
          : unite([...values, ...other], isWidening);
    if (joined !== undefined) slots.set(at, joined);
    if (joined !== values) isChanged = true;
  }
  const zeros = new Map([...a.zeros].filter(([at, isZero]) => b.zeros.get(at) === isZero));
  if (zeros.size !== a.zeros.size) isChanged = true;
  return isChanged ? { slots, zeros } : a;
}
