// The stack of one function, in slots of 8 bytes. Each byte of a slot is invalid, part of a spilled register, miscellaneous data, zero, or part
// of a dynptr or iterator. Slot 0 lies directly below the frame pointer; byte 7 of a slot is the one at its lowest address.
import { type Register, UNINITIALISED } from './register.js';

/** What a byte of the stack is. */
export const BYTE = { invalid: 0, spill: 1, misc: 2, zero: 3, dynptr: 4, iterator: 5, irqFlag: 6 } as const;

/** Eight byte kinds of four bits each, byte 0 in the low bits; the spilled register where a byte says so. */
export interface Slot {
  readonly bytes: number;
  readonly register: Register;
  readonly object: StackObject | undefined;
}

/** A dynptr or an iterator that lies in this slot (the one at its lowest address is `isFirst`). */
export interface StackObject {
  readonly kind: 'dynptr' | 'iterator' | 'irqFlag';
  /** `local`, `ringbuf`, `xdp`, or the kind of iterator: `num`. */
  readonly type: string;
  readonly isFirst: boolean;
  readonly id: number;
  readonly referenceId: number;
  /** Of an iterator. */
  readonly state: 'active' | 'drained';
  /** How often an iterator was advanced on this path. */
  readonly depth: number;
  readonly isReadOnly: boolean;
}

/** A byte kind in all eight places. */
export function allBytes(kind: number): number {
  return (kind * 0x1111_1111) >>> 0;
}

/** The kind of byte `at`. */
export function byteAt(bytes: number, at: number): number {
  return (bytes >>> (4 * at)) & 15;
}

/** `bytes` with byte `at` changed. */
export function withByte(bytes: number, at: number, kind: number): number {
  return ((bytes & ~(15 << (4 * at))) | (kind << (4 * at))) >>> 0;
}

export const EMPTY_SLOT: Slot = { bytes: 0, register: UNINITIALISED, object: undefined };
export const MISC_BYTES = allBytes(BYTE.misc);
export const SPILL_BYTES = allBytes(BYTE.spill);
export const ZERO_BYTES = allBytes(BYTE.zero);

/** Whether a register was spilled here; its lowest byte tells. */
export function isSpill(slot: Slot): boolean {
  return slot.bytes >>> 28 === BYTE.spill;
}

/** Whether a number was spilled here. */
export function isScalarSpill(slot: Slot): boolean {
  return isSpill(slot) && slot.register.kind === 'scalar';
}

/** Whether the slot holds part of a register, a dynptr or an iterator. */
export function isSpecial(slot: Slot): boolean {
  const lowest = slot.bytes >>> 28;
  return lowest === BYTE.spill || lowest >= BYTE.dynptr;
}

/** Bytes of the spill, counted from the lowest address. */
export function spillBytes(slot: Slot): number {
  let count = 0;
  while (count < 8 && byteAt(slot.bytes, 7 - count) === BYTE.spill) count++;
  return count;
}

/** A slot with no spill left: what was something is miscellaneous data. */
export function scrubbed(slot: Slot): Slot {
  let bytes = slot.bytes;
  for (let at = 0; at < 8; at++) if (byteAt(bytes, at) !== BYTE.invalid) bytes = withByte(bytes, at, BYTE.misc);
  return { bytes, register: UNINITIALISED, object: undefined };
}

/** The slot of an offset from the frame pointer, -1 downwards. */
export function slotOf(offset: number): number {
  return (-offset - 1) >> 3;
}

/** The byte in its slot of an offset from the frame pointer. */
export function byteOf(offset: number): number {
  return (-offset - 1) & 7;
}
