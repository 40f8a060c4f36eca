// Whether an access by a stack pointer stays within the 512 bytes below the frame pointer.
import { VERIFIER_LIMIT } from '../../platform/limits.js';
import { reject } from '../rejected.js';
import type { Register } from '../state/register.js';
import type { Walker } from '../walk/walker.js';
import { bitsText } from './names.js';

const MAX_STACK = VERIFIER_LIMIT.MAX_STACK_BYTES;

/** Where an access begins at least and at most, relative to the frame pointer. */
export interface StackRange {
  readonly from: number;
  /** Behind the last byte. */
  readonly to: number;
}

/** Proves the range and makes room for it. `size` may be 0. */
export function requireStackRange(
  walker: Walker,
  base: Register,
  register: number,
  offset: number,
  size: number,
  mode: 'read' | 'write',
): StackRange {
  const verb = mode === 'read' ? ' read from' : ' write to';
  const { bits, smin, smax } = base.bounds;
  const isFixed = bits.mask === 0n;
  const limit = BigInt(VERIFIER_LIMIT.MAX_VARIABLE_OFFSET);
  if (!isFixed && (smax >= limit || smin <= -limit)) {
    reject('EACCES', `invalid unbounded variable-offset${verb} stack R${register}`, register);
  }
  const from = Number(isFixed ? BigInt.asIntN(64, bits.value) : smin) + offset;
  const to = Number(isFixed ? BigInt.asIntN(64, bits.value) : smax) + offset + size;
  const isBelow = from < -MAX_STACK || from > -1;
  if (isBelow || to > 0) {
    const place = isFixed
      ? `stack R${register} off=${from}`
      : `variable-offset stack R${register} var_off=${bitsText(bits)} off=${offset}`;
    const text = isFixed
      ? `invalid${verb} ${place} size=${size}`
      : `invalid variable-offset${verb} stack R${register} var_off=${bitsText(bits)} off=${offset} size=${size}`;
    reject(isBelow ? 'EACCES' : 'EINVAL', text, register);
  }
  const frame = walker.state.frames[base.frame]!;
  frame.grow(-from);
  const used = walker.stackBytes;
  used[frame.subprogram] = Math.max(used[frame.subprogram]!, -from);
  return { from, to };
}
