// An instruction that Linux rewrites for one kind of pointer cannot be used with another on a second path.
import { reject } from '../rejected.js';
import { FLAG, type Register, type RegisterKind } from '../state/register.js';
import type { Walker } from '../walk/walker.js';

/** Kind and flags of the pointer that a load or store was first walked with. */
export interface UsedPointer {
  readonly kind: RegisterKind;
  readonly flags: number;
}

const REWRITTEN: ReadonlySet<RegisterKind> = new Set(['context', 'socket', 'socketCommon', 'xdpSocket', 'object']);
const READABLE: ReadonlySet<RegisterKind> = new Set(['memory', 'object']);

/** Notes with what kind of pointer the load or store at hand was walked; throws where paths differ. */
export function requireSamePointer(walker: Walker, base: Register, instruction: string): void {
  const { pointerKinds, slot } = walker;
  const known = pointerKinds.get(slot);
  const { kind, flags } = base;
  if (known === undefined) {
    pointerKinds.set(slot, { kind, flags });
    return;
  }
  if (known.kind === kind && known.flags === flags) return;
  if (!REWRITTEN.has(kind) && !REWRITTEN.has(known.kind)) return;
  if (instruction !== 'load' || !READABLE.has(kind) || !READABLE.has(known.kind)) {
    reject('EINVAL', 'same insn cannot be used with different pointers');
  }
  const isMemory = kind === 'memory' && known.kind === 'memory';
  const shared = (known.flags | flags) & (FLAG.untrusted | FLAG.readOnly);
  pointerKinds.set(slot, { kind: isMemory ? 'memory' : 'object', flags: shared });
}
