// How kernel functions are written down here: arguments as for helpers, and what they do.
import type { ArgumentKind, MemoryAccess } from '../../platform/helper-types.js';
import type { Implementation } from '../helpers/words.js';

/** A kernel function as this machine has it. */
export interface KfuncRow extends Implementation {
  readonly arguments: readonly ArgumentKind[];
  /** Whether it may move the packet's bounds. */
  readonly changesPacketData: boolean;
}

/** A row of a table of kernel functions. */
export function kfunc(
  args: readonly ArgumentKind[],
  implementation: Implementation,
  { changesPacketData = false }: { readonly changesPacketData?: boolean } = {},
): KfuncRow {
  return { ...implementation, arguments: args, changesPacketData };
}

export const CONTEXT = { kind: 'context' } as const satisfies ArgumentKind;
export const ANYTHING = { kind: 'anything' } as const satisfies ArgumentKind;
export const DYNPTR = { kind: 'dynptr', of: 'any', use: 'use' } as const satisfies ArgumentKind;
export const NEW_DYNPTR = { kind: 'dynptr', of: 'any', use: 'create' } as const satisfies ArgumentKind;
/** Memory whose size is the next argument. */
export const BUFFER = { kind: 'memory', access: 'update', mayBeNull: false } as const satisfies ArgumentKind;
export const SIZE = { kind: 'size', mayBeZero: false } as const satisfies ArgumentKind;

/** Memory of a fixed size, such as an iterator on the stack. */
export function fixed(sizeBytes: number, access: MemoryAccess): ArgumentKind {
  return { kind: 'fixedMemory', access, sizeBytes, isAligned: true };
}
