// Kernel functions on zero-terminated text (Linux 6.17). Linux kernel/bpf/helpers.c, bpf_str*.
import { ERRNO } from '../../platform/errno.js';
import { give, low, real, wide } from '../helpers/words.js';
import type { Machine } from '../machine.js';
import { ANYTHING, type KfuncRow, kfunc } from './row.js';

/** Longest text that they look at (XATTR_SIZE_MAX). */
const MAX_TEXT_BYTES = 65_536;

/** Text, or the negative errno of one that cannot be read to its end. */
type Text = Uint8Array | number;

/** The text at an address: ERANGE for what is no address of the kernel's, EFAULT for what cannot be read, E2BIG for one that is too long. */
function textAt(machine: Machine, address: number, most = MAX_TEXT_BYTES): Text {
  const { bytes } = machine.memory;
  for (let length = 0; length < most; length++) {
    if (!machine.guard.allows(address + length, 1, false)) return -machine.guard.readError(address + length);
    if (bytes[address + length] === 0) return bytes.subarray(address, address + length);
  }
  return most < MAX_TEXT_BYTES ? bytes.subarray(address, address + most) : -ERRNO.E2BIG;
}

/** A row for one text and a number. */
function onText(result: (text: Uint8Array, second: number, third: number) => number, limit?: 'limited'): KfuncRow {
  return kfunc(
    [ANYTHING, ANYTHING, ANYTHING],
    real((machine, words) => {
      const most = limit === 'limited' ? Math.min(wide(words, 2), MAX_TEXT_BYTES) : MAX_TEXT_BYTES;
      const text = textAt(machine, wide(words, 1), most);
      give(words, typeof text === 'number' ? text : result(text, low(words, 2), low(words, 3)));
    }),
  );
}

/** A row for two texts. */
function onTexts(result: (a: Uint8Array, b: Uint8Array, third: number) => number): KfuncRow {
  return kfunc(
    [ANYTHING, ANYTHING, ANYTHING],
    real((machine, words) => {
      const [a, b] = [textAt(machine, wide(words, 1)), textAt(machine, wide(words, 2))];
      if (typeof a === 'number') return give(words, a);
      give(words, typeof b === 'number' ? b : result(a, b, wide(words, 3)));
    }),
  );
}

const found = (index: number): number => (index < 0 ? -ERRNO.ENOENT : index);

/** The end of a text counts as a character 0. */
function indexOf(text: Uint8Array, character: number): number {
  return (character & 0xff) === 0 ? text.byteLength : text.indexOf(character & 0xff);
}

function lastIndexOf(text: Uint8Array, character: number): number {
  return (character & 0xff) === 0 ? text.byteLength : text.lastIndexOf(character & 0xff);
}

function compare(a: Uint8Array, b: Uint8Array, fold: (byte: number) => number): number {
  const length = Math.min(a.byteLength, b.byteLength);
  for (let at = 0; at <= length; at++) {
    const [x, y] = [fold(a[at] ?? 0), fold(b[at] ?? 0)];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

const asIs = (byte: number): number => byte;
const lowerCase = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte);

/** How many bytes from the start on are, or are not, in a set. */
function span(text: Uint8Array, set: Uint8Array, isIn: boolean): number {
  const end = text.findIndex(byte => set.includes(byte) !== isIn);
  return end < 0 ? text.byteLength : end;
}

/** Where `part` first stands in the first `most` bytes of `text`. */
function search(text: Uint8Array, part: Uint8Array, most = MAX_TEXT_BYTES): number {
  const last = Math.min(text.byteLength, most) - part.byteLength;
  for (let at = 0; at <= last; at++) {
    if (part.every((byte, index) => text[at + index] === byte)) return at;
  }
  return -ERRNO.ENOENT;
}

/** By name. */
export const TEXT_KFUNCS = {
  bpf_strlen: onText(text => text.byteLength),
  bpf_strnlen: onText(text => text.byteLength, 'limited'),
  bpf_strchr: onText((text, character) => found(indexOf(text, character))),
  bpf_strrchr: onText((text, character) => found(lastIndexOf(text, character))),
  bpf_strchrnul: onText((text, character) => {
    const index = indexOf(text, character);
    return index < 0 ? text.byteLength : index;
  }),
  bpf_strnchr: onText((text, _count, character) => {
    const index = indexOf(text, character);
    return found(index);
  }, 'limited'),
  bpf_strcmp: onTexts((a, b) => compare(a, b, asIs)),
  bpf_strcasecmp: onTexts((a, b) => compare(a, b, lowerCase)),
  bpf_strspn: onTexts((a, b) => span(a, b, true)),
  bpf_strcspn: onTexts((a, b) => span(a, b, false)),
  bpf_strstr: onTexts((a, b) => search(a, b)),
  bpf_strnstr: onTexts((a, b, most) => search(a, b, most)),
} as const satisfies Record<string, KfuncRow>;
