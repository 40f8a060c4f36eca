// Holds the obligations of an instruction against the state, memory accesses excepted: those are in memory.ts.
import type { MemoryAccess, Obligation } from '../obligations.js';
import { reject } from '../rejected.js';
import { UNKNOWN_SCALAR } from '../state/register.js';
import type { Walker } from '../walk/walker.js';
import { typeName } from './names.js';

const NOT_ATOMIC: ReadonlySet<string> = new Set([
  'context',
  'packet',
  'packetMeta',
  'socket',
  'socketCommon',
  'xdpSocket',
]);

/** Throws Rejected unless the obligation holds. */
export function prove(walker: Walker, obligation: Exclude<Obligation, MemoryAccess>): void {
  switch (obligation.kind) {
    case 'readable':
      walker.read(obligation.register);
      return;
    case 'writable':
      return walker.requireWritable(obligation.register);
    case 'clobbered':
      walker.requireWritable(obligation.register);
      walker.set(obligation.register, UNKNOWN_SCALAR);
      return;
    case 'divisor':
      if (obligation.value === 0) reject('EINVAL', 'div by zero');
      return;
    case 'shift':
      if (obligation.bits < 0 || obligation.bits >= obligation.width)
        reject('EINVAL', `invalid shift ${obligation.bits}`);
      return;
    case 'atomicTarget': {
      const base = walker.get(obligation.base);
      if (!NOT_ATOMIC.has(base.kind) || base.isNullable) return;
      const text = `BPF_ATOMIC ${obligation.verb} R${obligation.base} ${typeName(base)} is not allowed`;
      reject('EACCES', text, obligation.base);
    }
  }
}
