// Memory handed to a helper or kfunc: wherever the pointer leads, the bytes must be there and allow what the callee does with them.
import { reject } from '../rejected.js';
import { FLAG, type Register } from '../state/register.js';
import type { Walker } from '../walk/walker.js';
import { requireMapAccess, requireMapValue, requirePacket, requireRegion } from './memory.js';
import { typeName } from './names.js';
import { requireInitialised, requireWritable } from './stack-helper.js';

/** Memory that a call passes. */
export interface HelperMemory {
  readonly base: Register;
  readonly register: number;
  readonly size: number;
  readonly mode: 'read' | 'write';
  readonly mayBeEmpty: boolean;
  /** The callee only writes: what is on the stack there need not be initialised. */
  readonly isUninitialised?: boolean;
}

/** Proves that the memory may be passed. True where stack bytes are overwritten, which the caller must then note. */
export function requireHelperMemory(walker: Walker, memory: HelperMemory): boolean {
  const { base, register, size, mode, mayBeEmpty } = memory;
  const { offset } = base;
  switch (base.kind) {
    case 'packet':
    case 'packetMeta':
      requirePacket(base, register, offset, size, mayBeEmpty);
      return false;
    case 'mapKey':
      if (mode === 'write') refuseWrite(base, register);
      requireRegion(base, register, offset, size, base.map!.keyBytes, false);
      return false;
    case 'mapValue':
      requireMapAccess(base.map!, offset, size, mode);
      requireMapValue(base, register, offset, size, mayBeEmpty, true);
      return false;
    case 'memory':
      if ((base.flags & FLAG.readOnly) !== 0 && mode === 'write') refuseWrite(base, register);
      requireRegion(base, register, offset, size, base.memoryBytes, mayBeEmpty);
      return false;
    case 'stack':
      return requireStack(walker, memory);
    case 'object':
      if (base.isNullable || mode === 'write') break;
      return false;
    default:
  }
  if (mayBeEmpty && size === 0 && base.isNull) return false;
  return reject('EACCES', `R${register} type=${typeName(base)} expected=fp`, register);
}

function refuseWrite(base: Register, register: number): never {
  return reject('EACCES', `R${register} cannot write into ${typeName(base)}`, register);
}

function requireStack(walker: Walker, memory: HelperMemory): boolean {
  const { base, register, size, mode, mayBeEmpty } = memory;
  const onStack = { base, register, offset: base.offset, size, mode, mayBeEmpty };
  const isPlaced = base.bounds.bits.mask === 0n;
  if (memory.isUninitialised === true && isPlaced) {
    requireWritable(walker, onStack);
    return true;
  }
  requireInitialised(walker, onStack);
  return false;
}
