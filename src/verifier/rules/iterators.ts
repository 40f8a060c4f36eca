// Open-coded iterators: they live in stack slots; each call of `next` walks on without an item, and pushes a walk with one.
import { ZERO } from '../number/bounds.js';
import { widen } from '../prune/visit.js';
import { reject } from '../rejected.js';
import { type Register, scalar, UNINITIALISED } from '../state/register.js';
import { allBytes, BYTE, byteAt, EMPTY_SLOT, type StackObject } from '../state/stack.js';
import type { Frame } from '../state/state.js';
import type { Walker } from '../walk/walker.js';
import { release } from './references.js';
import { requireStackRange } from './stack-range.js';

/** Stack slots that iterators take. */
const SLOTS: Readonly<Record<string, number>> = {
  num: 1,
  bits: 2,
  css: 3,
  task: 3,
  css_task: 1,
  task_vma: 1,
};

/** Where an iterator lies: its slot at the lowest address, and how many it takes. */
export interface IteratorPlace {
  readonly frame: number;
  readonly index: number;
  readonly count: number;
}

const ITERATOR_BYTES = allBytes(BYTE.iterator);

/** Proves that the register leads to an iterator of this kind, or for `new` to room for one. */
export function proveIterator(
  walker: Walker,
  register: Register,
  type: string,
  step: 'new' | 'next' | 'destroy',
  argument: number,
): IteratorPlace {
  const count = SLOTS[type] ?? 1;
  if (register.kind !== 'stack') reject('EINVAL', `arg#${argument} expected pointer to an iterator on stack`);
  const { bits } = register.bounds;
  if (bits.mask !== 0n) reject('EINVAL', 'iter has to be at a constant offset');
  const offset = register.offset + Number(BigInt.asIntN(64, bits.value));
  if (offset % 8 !== 0 || offset > -8 * count || offset < -512) {
    reject('EINVAL', `cannot pass in iter at an offset=${offset}`);
  }
  const place = { frame: register.frame, index: -offset / 8 - 1, count };
  if (step === 'new') {
    if (!isFree(walker, place)) reject('EINVAL', `expected uninitialized iter_${type} as arg #${argument}`);
    requireStackRange(walker, register, argument + 1, register.offset, 8 * count, 'write');
  } else if (!isIterator(walker, place, type)) {
    reject('EINVAL', `expected an initialized iter_${type} as arg #${argument}`);
  }
  return place;
}

function slotsOf({ index, count }: IteratorPlace): readonly number[] {
  return Array.from({ length: count }, (_, at) => index - at);
}

function isFree(walker: Walker, place: IteratorPlace): boolean {
  const frame = walker.state.frames[place.frame]!;
  return slotsOf(place).every(at => byteAt(frame.slot(at).bytes, 7) !== BYTE.iterator);
}

function isIterator(walker: Walker, place: IteratorPlace, type: string): boolean {
  const frame = walker.state.frames[place.frame]!;
  return slotsOf(place).every((at, position) => {
    const { object, bytes } = frame.slot(at);
    return (
      object?.kind === 'iterator' &&
      object.type === type &&
      object.isFirst === (position === 0) &&
      bytes === ITERATOR_BYTES
    );
  });
}

function write(walker: Walker, frame: Frame, place: IteratorPlace, object: StackObject): void {
  slotsOf(place).forEach((at, position) => {
    walker.log.touchSlot(frame.number, at);
    const isFirst = position === 0;
    frame.slots[at] = {
      bytes: ITERATOR_BYTES,
      register: UNINITIALISED,
      object: { ...object, isFirst, referenceId: isFirst ? object.referenceId : 0 },
    };
  });
}

/** Makes an iterator that holds a reference. */
export function placeIterator(walker: Walker, place: IteratorPlace, type: string, referenceId: number): void {
  const common = { kind: 'iterator', type, isFirst: true, id: 0, referenceId, isReadOnly: false } as const;
  write(walker, walker.state.frames[place.frame]!, place, { ...common, state: 'active', depth: 0 });
}

/** Ends an iterator and gives its reference back; items that it gave are mere numbers afterwards. */
export function destroyIterator(walker: Walker, place: IteratorPlace): void {
  const frame = walker.state.frames[place.frame]!;
  const referenceId = frame.slot(place.index).object?.referenceId ?? 0;
  release(walker, referenceId);
  for (const at of slotsOf(place)) frame.slots[at] = EMPTY_SLOT;
}

/** One call of `next`: the present walk goes on with NULL; another, with an item, is pushed. */
export function advanceIterator(walker: Walker, place: IteratorPlace, item: Register): void {
  const frame = walker.state.frames[place.frame]!;
  const object = frame.slot(place.index).object!;
  if (object.state === 'active') {
    const more = walker.push(walker.slot + 1);
    write(walker, more.frames[place.frame]!, place, { ...object, depth: object.depth + 1 });
    widen(walker.state.parent?.parent, walker.slot, more);
    more.frame.registers[0] = item.with({ referenceId: object.referenceId });
    write(walker, frame, place, { ...object, state: 'drained' });
  }
  walker.set(0, scalar(ZERO));
}
