// Interrupt flags: bpf_local_irq_save puts them into a stack slot, bpf_local_irq_restore takes the newest back.
import { reject } from '../rejected.js';
import { type Register, UNINITIALISED } from '../state/register.js';
import { allBytes, BYTE, byteAt, EMPTY_SLOT } from '../state/stack.js';
import type { Walker } from '../walk/walker.js';
import { acquire } from './references.js';
import { requireStackRange } from './stack-range.js';

const IRQ_BYTES = allBytes(BYTE.irqFlag);

/** Saves or restores at the slot that the register names. */
export function changeIrq(walker: Walker, register: Register, isSave: boolean): void {
  if (register.kind !== 'stack' || register.bounds.bits.mask !== 0n || register.offset % 8 !== 0) {
    reject('EINVAL', "arg#0 doesn't point to an irq flag on stack", 1);
  }
  requireStackRange(walker, register, 1, register.offset, 8, 'write');
  const frame = walker.state.frames[register.frame]!;
  const index = -register.offset / 8 - 1;
  const slot = frame.slot(index);
  const isFlag = byteAt(slot.bytes, 7) === BYTE.irqFlag;
  if (isSave) {
    if (isFlag) reject('EINVAL', 'expected uninitialized irq flag as arg#0', 1);
    const common = { kind: 'irqFlag', type: 'irq', isFirst: true, id: 0, state: 'active', depth: 0 } as const;
    const object = { ...common, referenceId: acquire(walker, 'irq'), isReadOnly: false };
    frame.slots[index] = { bytes: IRQ_BYTES, register: UNINITIALISED, object };
    return;
  }
  if (!isFlag) reject('EINVAL', 'expected an initialized irq flag as arg#0', 1);
  const flags = walker.state.references.filter(({ kind }) => kind === 'irq');
  const newest = flags.at(-1);
  if (newest === undefined || newest.id !== slot.object?.referenceId) {
    const place = `id=${newest?.id ?? 0} acquired at insn_idx=${newest?.slot ?? 0}`;
    reject('EACCES', `cannot restore irq state out of order, expected ${place}`, 1);
  }
  walker.state.references = walker.state.references.filter(reference => reference !== newest);
  frame.slots[index] = EMPTY_SLOT;
}
