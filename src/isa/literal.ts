// Numbers and registers in assembly text.
import { InputError } from '../support/errors.js';
import type { Operand, Width } from './instruction.js';

/** An immediate operand of an operation of this width; throws InputError `assemble` where it does not fit. */
export function immediate(text: string | undefined, width: Width): Operand {
  return { kind: 'immediate', value: bits32(text, width) };
}

/** A 32-bit field's value. 0x80000000 to 0xffffffff mean the same bits, except where the field is sign-extended to 64 bits. */
export function bits32(text: string | undefined, width: Width = 32): number {
  const value = integer(text);
  if (value < -0x8000_0000 || value > (width === 32 ? 0xffff_ffff : 0x7fff_ffff)) {
    throw new InputError('assemble', `${text} does not fit a ${width === 32 ? '' : 'sign-extended '}32-bit immediate`);
  }
  return value | 0;
}

/** A decimal or hexadecimal number, its sign perhaps apart from it. */
export function integer(text: string | undefined): number {
  return Number(bigintOf(text ?? ''));
}

/** As integer, of any size. */
export function bigintOf(text: string): bigint {
  const compact = text.replace(/ /g, '');
  const value = BigInt(compact.replace(/^[-+]/, ''));
  return compact.startsWith('-') ? -value : value;
}

/** Number and width of `r1` or `w1`. */
export function sized(text = ''): { readonly register: number; readonly width: Width } {
  return { register: Number(text.slice(1)), width: text.startsWith('w') ? 32 : 64 };
}

/** Number of `r1` or `w1`. */
export function registerOf(text: string | undefined): number {
  return sized(text).register;
}

/** Number of `r1`; throws InputError `assemble` for `w1`. */
export function register64(text: string | undefined): number {
  return sameWidth(text, 64);
}

/** Number of a register that must have this width; throws InputError `assemble` where it has the other. */
export function sameWidth(text: string | undefined, width: Width): number {
  const operand = sized(text);
  if (operand.width !== width) throw new InputError('assemble', `${text} is not ${width} bits wide`);
  return operand.register;
}
