// Interrupt flags: bpf_local_irq_save puts them into a stack slot, bpf_local_irq_restore takes the newest back.
import { reject } from '../rejected.js';
import { type Register, UNINITIALISED } from '../state/register.js';
import { allBytes, BYTE, byteAt, EMPTY_SLOT } from '../state/stack.js';
import type { Walker } from '../walk/walker.js';
import { acquire } from './references.js';
import { requireStackRange } from './stack-range.js';

const IRQ_BYTES = allBytes(BYTE.irqFlag);

/** What is done with the flags of argument `argument` (from 0), and by which kfuncs. */
export interface IrqChange {
  readonly isSave: boolean;
  readonly argument: number;
  readonly family: 'native' | 'lock';
}

/** Saves or restores at the slot that the register names. */
export function changeIrq(walker: Walker, register: Register, { isSave, argument, family }: IrqChange): void {
  const number = argument + 1;
  if (register.kind !== 'stack') reject('EINVAL', `arg#${argument} doesn't point to an irq flag on stack`, number);
  if (register.bounds.bits.mask !== 0n) reject('EINVAL', 'irq_flag has to be at a constant offset', number);
  if (register.offset % 8 !== 0) reject('EINVAL', `cannot pass in irq_flag at an offset=${register.offset}`, number);
  requireStackRange(walker, register, number, register.offset, 8, 'write');
  const frame = walker.state.frames[register.frame]!;
  const index = -register.offset / 8 - 1;
  const slot = frame.slot(index);
  const isFlag = byteAt(slot.bytes, 7) === BYTE.irqFlag;
  if (isSave) {
    if (isFlag) reject('EINVAL', `expected uninitialized irq flag as arg#${argument}`, number);
    const common = { kind: 'irqFlag', type: family, isFirst: true, id: 0, state: 'active', depth: 0 } as const;
    const object = { ...common, referenceId: acquire(walker, 'irq'), isReadOnly: false };
    frame.slots[index] = { bytes: IRQ_BYTES, register: UNINITIALISED, object };
    return;
  }
  if (!isFlag) reject('EINVAL', `expected an initialized irq flag as arg#${argument}`, number);
  const made = slot.object?.type ?? '';
  if (made !== family) {
    const text = `irq flag acquired by ${made} kfuncs cannot be restored with ${family} kfuncs`;
    reject('EINVAL', text, number);
  }
  const flags = walker.state.references.filter(({ kind }) => kind === 'irq');
  const newest = flags.at(-1);
  if (newest === undefined || newest.id !== slot.object?.referenceId) {
    const place = `id=${newest?.id ?? 0} acquired at insn_idx=${newest?.slot ?? 0}`;
    reject('EACCES', `cannot restore irq state out of order, expected ${place}`, number);
  }
  walker.state.references = walker.state.references.filter(reference => reference !== newest);
  frame.slots[index] = EMPTY_SLOT;
}
