// Reading the stack: a spilled register comes back whole where it is read whole, else a number or what its bytes are.
import { ZERO } from '../number/bounds.js';
import type { MemoryAccess } from '../obligations.js';
import { reject } from '../rejected.js';
import { type Register, scalar, UNKNOWN_SCALAR } from '../state/register.js';
import { BYTE, byteAt, byteOf, isSpill, type Slot, slotOf, spillBytes } from '../state/stack.js';
import type { Frame } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import { withId } from './arithmetic.js';
import { bitsText } from './names.js';
import { requireInitialised } from './stack-helper.js';

/** What the read leaves in its register. */
export function readStack(walker: Walker, request: MemoryAccess, base: Register, offset: number): Register {
  const frame = walker.state.frames[base.frame]!;
  const { bits } = base.bounds;
  if (bits.mask !== 0n) {
    if (request.value === undefined) {
      const place = `var_off=${bitsText(bits)} off=${offset} size=${request.size}`;
      reject('EACCES', `variable offset stack pointer cannot be passed into helper function; ${place}`, request.base);
    }
    requireInitialised(walker, {
      base,
      register: request.base,
      offset,
      size: request.size,
      mode: 'read',
      mayBeEmpty: false,
    });
    const [from, to] = [Number(base.bounds.smin) + offset, Number(base.bounds.smax) + offset + request.size];
    return bytesRead(frame, from, to);
  }
  return readFixed(walker, frame, offset + Number(BigInt.asIntN(64, bits.value)), request);
}

/** Zero where all bytes are, else unknown. */
function bytesRead(frame: Frame, from: number, to: number): Register {
  for (let at = from; at < to; at++) {
    if (byteAt(frame.slot(slotOf(at)).bytes, byteOf(at)) !== BYTE.zero) return UNKNOWN_SCALAR;
  }
  return scalar(ZERO);
}

function readFixed(walker: Walker, frame: Frame, offset: number, request: MemoryAccess): Register {
  const index = slotOf(offset);
  walker.log.touchSlot(frame.number, index);
  const slot = frame.slot(index);
  if (!isSpill(slot)) {
    requirePlainBytes(slot, offset, request.size);
    return bytesRead(frame, offset, offset + request.size);
  }
  const count = spillBytes(slot);
  if (request.size === 8 && count === 8) return fill(walker, frame, index, slot.register);
  if (slot.register.kind !== 'scalar') reject('EACCES', 'invalid size of register fill');
  if (request.value === undefined) return UNKNOWN_SCALAR;
  if (request.size <= count && (offset & 7) === 0) return fillPart(walker, frame, index, slot, request.size);
  return readAcross(walker, frame, slot, offset, request.size);
}

function requirePlainBytes(slot: Slot, offset: number, size: number): void {
  for (let at = 0; at < size; at++) {
    const kind = byteAt(slot.bytes, byteOf(offset + at));
    if (kind !== BYTE.misc && kind !== BYTE.zero && kind !== BYTE.invalid) {
      reject('EACCES', `invalid read from stack off ${offset}+${at} size ${size}`);
    }
  }
}

/** The spilled register, and a tie between it and the one it is filled into. */
function fill(walker: Walker, frame: Frame, index: number, spilled: Register): Register {
  const register = withId(walker, spilled);
  if (register !== spilled) frame.slots[index] = { ...frame.slot(index), register };
  noteStackSlot(walker, frame, index);
  return register;
}

function fillPart(walker: Walker, frame: Frame, index: number, slot: Slot, size: number): Register {
  const fits = slot.register.bounds.umax < 1n << BigInt(8 * size);
  const keepsTie = size === 4 && spillBytes(slot) === 4 && fits;
  const filled = keepsTie ? fill(walker, frame, index, slot.register) : slot.register;
  noteStackSlot(walker, frame, index);
  return fits ? filled : filled.with({ id: 0, sumWidth: 0, offset: 0 });
}

function readAcross(walker: Walker, frame: Frame, slot: Slot, offset: number, size: number): Register {
  let spilled = 0;
  let zeros = 0;
  for (let at = 0; at < size; at++) {
    const kind = byteAt(slot.bytes, byteOf(offset + at));
    if (kind === BYTE.spill) spilled++;
    else if (kind === BYTE.zero) zeros++;
    else if (kind !== BYTE.misc && kind !== BYTE.invalid) {
      reject('EACCES', `invalid read from stack off ${offset}+${at} size ${size}`);
    }
  }
  if (spilled === size && slot.register.isNull) {
    noteStackSlot(walker, frame, slotOf(offset));
    return scalar(ZERO);
  }
  return zeros === size ? scalar(ZERO) : UNKNOWN_SCALAR;
}

/** Remembers that this instruction moved a number between a register and this slot. */
export function noteStackSlot(walker: Walker, frame: Frame, index: number): void {
  if (walker.state.trace !== undefined) walker.state.trace.stackSlot = frame.number * 64 + index;
}
