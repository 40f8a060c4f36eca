// Dynptrs as arguments: made in two uninitialised stack slots, used while they live, given back where they hold a reference.
import type { ArgumentKind } from '../../platform/helper-types.js';
import { reject } from '../rejected.js';
import type { Register } from '../state/register.js';
import type { StackObject } from '../state/stack.js';
import type { Frame } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import { destroyDynptr, isDynptrSlot, placeDynptr, removeDynptr } from './dynptr-slots.js';
import type { CallFacts } from './helper-arguments.js';
import { bitsText } from './names.js';
import { acquire } from './references.js';
import { requireStackRange } from './stack-range.js';

type DynptrArgument = Extract<ArgumentKind, { kind: 'dynptr' }>;

/** Where a dynptr lies: the slot at its lower address. */
export interface DynptrPlace {
  readonly frame: Frame;
  readonly index: number;
}

/** Proves a dynptr argument of a helper. */
export function proveDynptr(
  walker: Walker,
  facts: CallFacts,
  want: DynptrArgument,
  register: Register,
  number: number,
): void {
  if (want.use === 'create') {
    requireRoom(walker, register, number, number - 1);
    facts.createsDynptr = { register: number, type: want.of };
    return;
  }
  const dynptr = initialisedDynptr(walker, register, number - 1);
  if (want.of !== 'any' && dynptr.type !== want.of) {
    reject('EINVAL', `Expected a dynptr of type ${want.of} as arg #${number - 1}`, number);
  }
  facts.dynptr = dynptr;
}

/** Proves that a new dynptr may be made where the register points. */
export function requireRoom(walker: Walker, register: Register, number: number, argument: number): void {
  if (register.kind === 'dynptr') reject('EINVAL', 'Dynptr has to be an uninitialized dynptr', number);
  if (register.kind !== 'stack') {
    reject('EINVAL', `arg#${argument} expected pointer to stack or const struct bpf_dynptr`, number);
  }
  placeOf(walker, register);
  requireStackRange(walker, register, number, register.offset, 16, 'write');
}

/** The place a dynptr pointer names; throws where it cannot be one. */
function placeOf(walker: Walker, register: Register): DynptrPlace {
  const { bits } = register.bounds;
  if (bits.mask !== 0n)
    reject('EINVAL', `dynptr has to be at a constant offset${bits.mask === 0n ? bitsText(bits) : ''}`);
  const offset = register.offset + Number(BigInt.asIntN(64, bits.value));
  if (offset % 8 !== 0 || offset > -16 || offset < -512) {
    reject('EINVAL', `cannot pass in dynptr at an offset=${offset}`);
  }
  return { frame: walker.state.frames[register.frame]!, index: -offset / 8 - 1 };
}

/** What is known of an initialised dynptr; throws where there is none. */
export function initialisedDynptr(walker: Walker, register: Register, argument: number): StackObject {
  if (register.kind === 'dynptr') {
    return {
      kind: 'dynptr',
      type: register.typeName,
      isFirst: true,
      id: register.id,
      referenceId: 0,
      state: 'active',
      depth: 0,
      isReadOnly: false,
    };
  }
  if (register.kind !== 'stack') {
    reject('EINVAL', `arg#${argument} expected pointer to stack or const struct bpf_dynptr`);
  }
  const { frame, index } = placeOf(walker, register);
  const { object } = frame.slot(index);
  const isWhole = object?.kind === 'dynptr' && object.isFirst && isDynptrSlot(frame, index - 1);
  if (!isWhole || object === undefined) reject('EINVAL', `Expected an initialized dynptr as arg #${argument}`);
  return object;
}

/** Makes a dynptr where the register points; `owner` 'new' takes a reference that it holds. */
export function createDynptr(
  walker: Walker,
  register: Register,
  type: string,
  owner: number | 'new',
  isReadOnly = false,
): void {
  const { frame, index } = placeOf(walker, register);
  destroyDynptr(walker, frame, index);
  if (index > 0) destroyDynptr(walker, frame, index - 1);
  const id = walker.newId();
  const referenceId = owner === 'new' ? acquire(walker) : owner;
  walker.log.touchSlot(frame.number, index);
  placeDynptr(frame, index, { type, id, referenceId, isReadOnly });
}

/** Ends the dynptr that the register names, with all others of the same reference. */
export function endDynptr(walker: Walker, register: Register): void {
  const { frame, index } = placeOf(walker, register);
  const { object } = frame.slot(index);
  const referenceId = object?.referenceId ?? 0;
  removeDynptr(walker, frame, index);
  if (referenceId === 0) return;
  for (const other of walker.state.frames) {
    other.slots.forEach((slot, at) => {
      if (slot.object?.kind === 'dynptr' && slot.object.isFirst && slot.object.referenceId === referenceId) {
        removeDynptr(walker, other, at);
      }
    });
  }
}
