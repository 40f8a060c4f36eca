// Dynptrs lie in two stack slots; overwriting one destroys the whole and what was taken from it.
import { reject } from '../rejected.js';
import { UNINITIALISED, UNKNOWN_SCALAR } from '../state/register.js';
import { allBytes, BYTE, byteAt, EMPTY_SLOT, type StackObject } from '../state/stack.js';
import type { Frame } from '../state/state.js';
import type { Walker } from '../walk/walker.js';

const DYNPTR_BYTES = allBytes(BYTE.dynptr);

/** Whether a dynptr covers this slot. */
export function isDynptrSlot(frame: Frame, index: number): boolean {
  return byteAt(frame.slot(index).bytes, 7) === BYTE.dynptr;
}

/** Puts a dynptr into slot `index` (its upper half) and the one below in memory, `index + 1`... */
export function placeDynptr(
  frame: Frame,
  first: number,
  object: Omit<StackObject, 'isFirst' | 'kind' | 'state' | 'depth'>,
): void {
  const shared = { kind: 'dynptr', state: 'active', depth: 0, ...object } as const;
  frame.slots[first] = { bytes: DYNPTR_BYTES, register: UNINITIALISED, object: { ...shared, isFirst: true } };
  frame.slots[first - 1] = { bytes: DYNPTR_BYTES, register: UNINITIALISED, object: { ...shared, isFirst: false } };
}

/** Empties both slots of the dynptr that covers slot `index`, and forgets the slices taken from it. */
export function removeDynptr(walker: Walker, frame: Frame, index: number): void {
  const { object } = frame.slot(index);
  const first = object?.isFirst === true ? index : index + 1;
  const id = frame.slot(first).object?.id;
  frame.slots[first] = EMPTY_SLOT;
  frame.slots[first - 1] = EMPTY_SLOT;
  if (id === undefined) return;
  walker.state.changeAll(register =>
    register.dynptrId === id && register.kind === 'memory' ? UNKNOWN_SCALAR : register,
  );
}

/** What a store into a slot does to a dynptr there: a referenced one must not be overwritten. */
export function destroyDynptr(walker: Walker, frame: Frame, index: number): void {
  if (!isDynptrSlot(frame, index)) return;
  const { object } = frame.slot(index);
  if (object !== undefined && object.referenceId !== 0) {
    const isShared = countReferences(walker, object.referenceId) > 1;
    if (!isShared) reject('EINVAL', 'cannot overwrite referenced dynptr');
  }
  removeDynptr(walker, frame, index);
}

function countReferences(walker: Walker, referenceId: number): number {
  let count = 0;
  for (const frame of walker.state.frames) {
    for (const slot of frame.slots) {
      if (slot.object?.kind === 'dynptr' && slot.object.isFirst && slot.object.referenceId === referenceId) count++;
    }
  }
  return count;
}
