// Where the pointers that kernel functions take may stand in what they lead to.
import { reject } from '../rejected.js';
import { FLAG, type Register, type RegisterKind } from '../state/register.js';
import { requireFixedOffset } from './memory.js';

const ANYWHERE: ReadonlySet<RegisterKind> = new Set([
  'scalar',
  'stack',
  'packet',
  'packetMeta',
  'mapKey',
  'mapValue',
  'memory',
]);
/** Pointers to structs that may carry a fixed offset. */
const WITH_OFFSET: readonly number[] = [
  0,
  FLAG.allocated,
  FLAG.trusted,
  FLAG.rcu,
  FLAG.allocated | FLAG.nonOwning,
  FLAG.allocated | FLAG.nonOwning | FLAG.rcu,
];

/** A pointer given back must stand at the start of what it leads to; others may stand where their kind allows. */
export function requireArgumentOffset(register: Register, number: number, isReleased: boolean): void {
  if (isReleased) {
    if (register.offset !== 0) {
      const text = `R${number} must have zero offset when passed to release func or trusted arg to kfunc`;
      reject('EINVAL', text, number);
    }
    return requireFixedOffset(register, number, false);
  }
  if (ANYWHERE.has(register.kind) && !register.isNullable) return;
  requireFixedOffset(register, number, register.kind === 'object' && WITH_OFFSET.includes(register.flags));
}
