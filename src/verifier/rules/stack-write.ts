// Writing the stack: registers are spilled whole where they can be, everything else becomes miscellaneous data or zeros.
import { constant, widthOf } from '../number/bounds.js';
import type { MemoryAccess } from '../obligations.js';
import { markPrecise, markSlotPrecise } from '../prune/precision.js';
import { reject } from '../rejected.js';
import { type Register, scalar, UNINITIALISED } from '../state/register.js';
import {
  BYTE,
  byteAt,
  byteOf,
  isScalarSpill,
  isSpecial,
  type Slot,
  scrubbed,
  slotOf,
  withByte,
} from '../state/stack.js';
import type { Frame } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import { withId } from './arithmetic.js';
import { destroyDynptr } from './dynptr-slots.js';
import { noteStackSlot } from './stack-read.js';

/** Moves the stack for a store whose range was proved. */
export function writeStack(walker: Walker, request: MemoryAccess, base: Register, offset: number): void {
  const frame = walker.state.frames[base.frame]!;
  const { bits, smin, smax } = base.bounds;
  if (bits.mask === 0n) {
    writeFixed(walker, frame, offset + Number(BigInt.asIntN(64, bits.value)), request);
  } else {
    writeSomewhere(walker, frame, Number(smin) + offset, Number(smax) + offset + request.size, request);
  }
}

function writeFixed(walker: Walker, frame: Frame, offset: number, request: MemoryAccess): void {
  const index = slotOf(offset);
  const { size, value: register, constant: number } = request;
  destroyDynptr(walker, frame, index);
  walker.log.touchSlot(frame.number, index);
  const value = register === undefined ? undefined : walker.get(register);
  const isSlotStart = (offset & 7) === 0;
  if (value?.kind === 'scalar' && isSlotStart) {
    spillNumber(walker, frame, index, value, register!, size);
  } else if (value === undefined && number !== undefined && isSlotStart) {
    spill(walker, frame, index, scalar(constant(BigInt(number))), size);
  } else if (value !== undefined && value.kind !== 'scalar') {
    spillPointer(walker, frame, index, value, size);
  } else {
    writeBytes(walker, frame, index, offset, request, value);
  }
}

function spillNumber(
  walker: Walker,
  frame: Frame,
  index: number,
  value: Register,
  register: number,
  size: number,
): void {
  const fits = widthOf(value.bounds) <= 8 * size;
  const tied = fits ? withId(walker, value) : value;
  if (tied !== value) walker.set(register, tied);
  spill(walker, frame, index, fits ? tied : tied.with({ id: 0, sumWidth: 0, offset: 0 }), size);
}

function spillPointer(walker: Walker, frame: Frame, index: number, value: Register, size: number): void {
  if (size !== 8) reject('EACCES', 'invalid size of register spill');
  if (frame !== walker.frame && value.kind === 'stack') {
    reject('EINVAL', 'cannot spill pointers to stack into stack frame of the caller');
  }
  spill(walker, frame, index, value, size);
}

/** The bytes of the slot that the spill does not cover keep what they are where they are zero or untouched. */
function spill(walker: Walker, frame: Frame, index: number, register: Register, size: number): void {
  let { bytes } = frame.slot(index);
  for (let at = 0; at < 8; at++) {
    if (at >= 8 - size) bytes = withByte(bytes, at, BYTE.spill);
    else if (byteAt(bytes, at) !== BYTE.zero && byteAt(bytes, at) !== BYTE.invalid)
      bytes = withByte(bytes, at, BYTE.misc);
  }
  frame.slots[index] = { bytes, register, object: undefined };
  noteStackSlot(walker, frame, index);
}

function writeBytes(
  walker: Walker,
  frame: Frame,
  index: number,
  offset: number,
  request: MemoryAccess,
  value: Register | undefined,
): void {
  const before = frame.slot(index);
  let { bytes } = isSpecial(before) ? scrubbed(before) : before;
  const isZero = value === undefined ? request.constant === 0 : value.isNull;
  if (isZero && request.value !== undefined) markPrecise(walker, request.value);
  for (let at = 0; at < request.size; at++) {
    bytes = withByte(bytes, byteOf(offset + at), isZero ? BYTE.zero : BYTE.misc);
  }
  frame.slots[index] = { bytes, register: UNINITIALISED, object: undefined };
}

/** A write to one of several places leaves each of them uncertain. */
function writeSomewhere(walker: Walker, frame: Frame, from: number, to: number, request: MemoryAccess): void {
  const value = request.value === undefined ? undefined : walker.get(request.value);
  const writesZero = value === undefined ? request.constant === 0 : value.isNull;
  for (let at = from; at < to; at++) destroyDynptr(walker, frame, slotOf(at));
  let keptZero = false;
  for (let at = from; at < to; at++) {
    const index = slotOf(at);
    walker.log.touchSlot(frame.number, index);
    const slot = frame.slot(index);
    const kind = byteAt(slot.bytes, byteOf(at));
    if (writesZero && kind === BYTE.spill && isScalarSpill(slot) && slot.register.isNull) {
      keptZero = true;
      markSlotPrecise(walker, frame.number, index);
      continue;
    }
    const keeps = writesZero && kind === BYTE.zero;
    keptZero ||= keeps;
    frame.slots[index] = uncertain(isSpecial(slot) ? scrubbed(slot) : slot, at, keeps ? BYTE.zero : BYTE.misc);
  }
  if (keptZero && request.value !== undefined) markPrecise(walker, request.value);
}

function uncertain(slot: Slot, at: number, kind: number): Slot {
  return { bytes: withByte(slot.bytes, byteOf(at), kind), register: UNINITIALISED, object: undefined };
}
