// What is known of a stack frame: pointers and numbers kept in its 8-byte slots, and bytes that are zero. Offsets are those from the frame
// pointer, negative.
import { constantOf, type Values } from './ranges.js';
import { areSame, unite } from './values.js';

/** Bytes of a frame. */
const FRAME_BYTES = 512;

/** A frame's contents. Slots that are not listed may hold anything. */
export interface Stack {
  readonly slots: ReadonlyMap<number, Values>;
  /** By byte from the frame's lowest: ZERO, OTHER (certainly not zero) or UNKNOWN. */
  readonly zeros: Uint8Array;
}

const UNKNOWN = 0;
const ZERO = 1;
const OTHER = 2;

/** A frame of which nothing is known. */
export const EMPTY_STACK: Stack = { slots: new Map(), zeros: new Uint8Array(FRAME_BYTES) };

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
    const byte = zeros[at + FRAME_BYTES];
    if (byte === OTHER) return false;
    if (byte !== ZERO) isKnown = false;
  }
  return isKnown ? true : undefined;
}

/** The frame after a store. */
export function storeSlot(stack: Stack, offset: number, sizeBytes: number, values: Values): Stack {
  if (offset < -FRAME_BYTES || offset + sizeBytes > 0) return stack;
  const slots = new Map(stack.slots);
  for (let at = offset - 7; at < offset + sizeBytes; at++) slots.delete(at);
  if (sizeBytes === 8 && values !== undefined) slots.set(offset, values);
  const isZero = constantOf(values) === 0n;
  const isOther = values?.every(value => value.kind === 'pointer' || value.isVarying || value.minimum > 0n) ?? false;
  const zeros = stack.zeros.slice();
  const start = offset + FRAME_BYTES;
  zeros.fill(isZero ? ZERO : isOther ? OTHER : UNKNOWN, start, start + sizeBytes);
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
  const zeros = joinZeros(a.zeros, b.zeros);
  return isChanged || zeros !== a.zeros ? { slots, zeros } : a;
}

function joinZeros(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a === b) return a;
  let joined = a;
  for (let at = 0; at < FRAME_BYTES; at++) {
    if (a[at] === UNKNOWN || a[at] === b[at]) continue;
    if (joined === a) joined = a.slice();
    joined[at] = UNKNOWN;
  }
  return joined;
}
