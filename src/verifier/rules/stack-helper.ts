// Stack memory that a helper reads or writes.
import { UNKNOWN } from '../number/bounds.js';
import { reject } from '../rejected.js';
import { type Register, scalar } from '../state/register.js';
import { BYTE, byteAt, byteOf, isSpill, scrubbed, slotOf, withByte } from '../state/stack.js';
import type { Frame } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import { bitsText } from './names.js';
import { requireStackRange } from './stack-range.js';

/** Memory that a call passes. */
export interface StackMemory {
  readonly base: Register;
  readonly register: number;
  readonly offset: number;
  readonly size: number;
  readonly mode: 'read' | 'write';
  readonly mayBeEmpty: boolean;
}

/** Proves that the bytes are on the stack and no pointers' parts, and forgets what a helper may overwrite. */
export function requireInitialised(walker: Walker, memory: StackMemory): void {
  const { base, register, offset, size, mode, mayBeEmpty } = memory;
  if (size === 0 && !mayBeEmpty) reject('EACCES', 'invalid zero-sized read');
  requireStackRange(walker, base, register, offset, size, mode);
  const frame = walker.state.frames[base.frame]!;
  const { from, to } = placesOf(memory);
  for (let at = from; at < to + size; at++) {
    if (touch(walker, frame, at, mode === 'write')) continue;
    const { bits } = base.bounds;
    const place = bits.mask === 0n ? `off ${from}+${at - from}` : `var_off ${bitsText(bits)}+${at - from}`;
    reject('EACCES', `invalid read from stack R${register} ${place} size ${size}`, register);
  }
}

/** As requireInitialised for memory that a helper only writes, at a known place: what was there does not matter. */
export function requireWritable(walker: Walker, memory: StackMemory): void {
  const { base, register, offset, size, mode, mayBeEmpty } = memory;
  if (size === 0 && !mayBeEmpty) reject('EACCES', 'invalid zero-sized read');
  requireStackRange(walker, base, register, offset, size, mode);
  const frame = walker.state.frames[base.frame]!;
  const { from } = placesOf(memory);
  for (let at = from; at < from + size; at++) {
    if (byteAt(frame.slot(slotOf(at)).bytes, byteOf(at)) !== BYTE.dynptr) continue;
    reject('EACCES', `potential write to dynptr at off=${at} disallowed`);
  }
}

/** Where the memory begins at least and at most. */
function placesOf({ base, offset }: StackMemory): { readonly from: number; readonly to: number } {
  const { bits, smin, smax } = base.bounds;
  const isFixed = bits.mask === 0n;
  return {
    from: Number(isFixed ? BigInt.asIntN(64, bits.value) : smin) + offset,
    to: Number(isFixed ? BigInt.asIntN(64, bits.value) : smax) + offset,
  };
}

/** Whether a helper may read the byte; where it may write, what was known of the byte is lost. */
function touch(walker: Walker, frame: Frame, at: number, isWritten: boolean): boolean {
  const index = slotOf(at);
  const slot = frame.slot(index);
  const kind = byteAt(slot.bytes, byteOf(at));
  if (kind === BYTE.misc) return true;
  if (kind === BYTE.zero || kind === BYTE.invalid) {
    if (isWritten) frame.slots[index] = { ...slot, bytes: withByte(slot.bytes, byteOf(at), BYTE.misc) };
    return true;
  }
  if (!isSpill(slot)) return false;
  if (isWritten) {
    walker.log.touchSlot(frame.number, index);
    frame.slots[index] = { ...scrubbed(slot), register: scalar(UNKNOWN) };
  }
  return true;
}
